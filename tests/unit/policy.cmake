# The policy library and minisign's formats.
foreach(part parse lint decide diff model)
    sekisho_unit_test(policy-${part} SOURCES ${CMAKE_CURRENT_LIST_DIR}/policy-${part}.c
        ${CMAKE_CURRENT_LIST_DIR}/policy-help.c LINK sekisho_policy)
endforeach()
sekisho_unit_test(minisign SOURCES ${CMAKE_CURRENT_LIST_DIR}/minisign.c LINK sekisho_crypto)
