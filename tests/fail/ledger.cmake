# Every call of the ledger that can fail does, one by one.
add_executable(ledger-faults ${CMAKE_CURRENT_LIST_DIR}/ledger-faults.c)
target_link_libraries(ledger-faults PRIVATE sekisho_ledger_core PkgConfig::CMOCKA)
foreach(call pwrite64 fdatasync fsync ftruncate64 fallocate64 renameat)
    target_link_options(ledger-faults PRIVATE -Wl,--wrap=${call})
endforeach()
add_test(NAME fail/ledger-faults COMMAND ledger-faults)
set_tests_properties(fail/ledger-faults PROPERTIES LABELS fail TIMEOUT 300)
