# The leaf parsers: everything that reads bytes from a peer or a person before anything else does.
foreach(part cursor unescape clock wire-head)
    sekisho_fuzz_target(fuzz-${part} CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/${part}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz-${part}.c LINK sekisho_wire)
endforeach()
