# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_unit_test(report SOURCES ${CMAKE_CURRENT_LIST_DIR}/report.c
    LINK sekisho_report sekisho_control_cases)
sekisho_unit_test(report-system SOURCES ${CMAKE_CURRENT_LIST_DIR}/report-system.c LINK sekisho_report)
sekisho_unit_test(report-compliance SOURCES ${CMAKE_CURRENT_LIST_DIR}/report-compliance.c LINK sekisho_report)
sekisho_unit_test(report-papers SOURCES ${CMAKE_CURRENT_LIST_DIR}/report-papers.c LINK sekisho_report)
