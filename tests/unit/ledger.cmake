sekisho_unit_test(test_proof SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_proof.c LINK sekisho_ledger_core)
sekisho_unit_test(test_record SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_record.c LINK sekisho_record)
sekisho_unit_test(phrase SOURCES ${CMAKE_CURRENT_LIST_DIR}/phrase.c LINK sekisho_record)
sekisho_unit_test(test_segment SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_segment.c LINK sekisho_ledger_core)
sekisho_unit_test(test_ring SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_ring.c LINK sekisho_wire
    LABELS thread)
sekisho_unit_test(ledger-numbers SOURCES ${CMAKE_CURRENT_LIST_DIR}/ledger-numbers.c LINK sekisho_ledger_core)
sekisho_unit_test(proof-path SOURCES ${CMAKE_CURRENT_LIST_DIR}/proof-path.c LINK sekisho_proof)
sekisho_unit_test(test_search SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_search.c
    LINK sekisho_search sekisho_ledger_core)
