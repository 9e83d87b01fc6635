sekisho_unit_test(test_sandbox SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_sandbox.c
    LINK sekisho_sandbox)
