# The ledger as an auditor checks it who has none of our programs.
add_executable(ledger-tool ${CMAKE_CURRENT_LIST_DIR}/ledger-tool.c)
target_link_libraries(ledger-tool PRIVATE sekisho_flags sekisho_ledger_core)
sekisho_script_test(conformance ledger-stock-tools)
sekisho_script_test(conformance ledger-vectors)
# Both verifiers over some hundred altered ledgers and extracts: the same verdict on each.
sekisho_script_test(conformance ledger-mutations)
# And over ledgers of somebody who holds every key.
sekisho_script_test(conformance ledger-crafted)
