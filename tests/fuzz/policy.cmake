# What reads a policy file and a signature before anything is trusted.
sekisho_fuzz_target(fuzz-policy CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/policy
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz-policy.c LINK sekisho_policy)
sekisho_fuzz_target(fuzz-minisign CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/minisign
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz-minisign.c LINK sekisho_crypto)
