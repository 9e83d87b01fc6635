add_executable(ledger-client ${CMAKE_CURRENT_LIST_DIR}/ledger-client.c)
target_link_libraries(ledger-client PRIVATE sekisho_wire sekisho_base PkgConfig::JANSSON)
set_target_properties(ledger-client PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
sekisho_script_test(system 200-ledger SERIAL)
