sekisho_unit_test(test_proof SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_proof.c LINK sekisho_ledger_core)
sekisho_unit_test(test_record SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_record.c LINK sekisho_record)
sekisho_unit_test(test_ring SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_ring.c LINK sekisho_wire
    LABELS tsan)
