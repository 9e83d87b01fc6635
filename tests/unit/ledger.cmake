sekisho_unit_test(test_proof SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_proof.c LINK sekisho_ledger_core)
