# The policy library and minisign's formats.
foreach(part parse lint decide diff model deadline plugged)
    sekisho_unit_test(policy-${part} SOURCES ${CMAKE_CURRENT_LIST_DIR}/policy-${part}.c
        ${CMAKE_CURRENT_LIST_DIR}/policy-help.c LINK sekisho_policy)
endforeach()
sekisho_unit_test(minisign SOURCES ${CMAKE_CURRENT_LIST_DIR}/minisign.c LINK sekisho_crypto)

# Every allocation fails once: the library's calls to the allocator go through the test's own.
sekisho_unit_test(policy-memory SOURCES ${CMAKE_CURRENT_LIST_DIR}/policy-memory.c
    ${CMAKE_CURRENT_LIST_DIR}/policy-help.c LINK sekisho_policy)
foreach(function malloc calloc realloc strdup strndup)
    target_link_options(policy-memory PRIVATE -Wl,--wrap=${function})
endforeach()
