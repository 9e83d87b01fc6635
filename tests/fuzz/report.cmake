# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_fuzz_target(fuzz-report-template CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/report-template
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/report-template.c LINK sekisho_report)
sekisho_fuzz_target(fuzz-report-system CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/report-system
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/report-system.c LINK sekisho_report)
