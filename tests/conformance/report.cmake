# SPDX-License-Identifier: GPL-3.0-or-later
# Every form of the example contract (tests/example), as HTML, CSV and PDF; one of 10 000 rows; each by WeasyPrint.
sekisho_script_test(conformance report-forms)
add_test(NAME conformance/report-forms-long
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/report-forms ${PROJECT_BINARY_DIR} long)
set_tests_properties(conformance/report-forms-long PROPERTIES LABELS "conformance;long" TIMEOUT 900)
add_test(NAME conformance/report-forms-weasyprint
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/report-forms ${PROJECT_BINARY_DIR} weasyprint)
# minutes of a processor, so only when it is asked for: tests/run weasyprint
set_tests_properties(conformance/report-forms-weasyprint PROPERTIES LABELS "weasyprint" TIMEOUT 3600)
