# What is read from a ledger that may have been altered.
foreach(part record note segment proof archive)
    sekisho_fuzz_target(fuzz-ledger-${part} CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/ledger-${part}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/ledger-${part}.c LINK sekisho_proof)
endforeach()
sekisho_fuzz_target(fuzz-search-note CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/search-note
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/search-note.c LINK sekisho_search)
