# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_unit_test(sandbox SOURCES ${CMAKE_CURRENT_LIST_DIR}/sandbox.c LINK sekisho_sandbox)
sekisho_unit_test(sandbox-inside SOURCES ${CMAKE_CURRENT_LIST_DIR}/sandbox-inside.c
    LINK sekisho_sandbox PkgConfig::SECCOMP ${CMAKE_DL_LIBS})
sekisho_unit_test(guard-proc SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-proc.c LINK sekisho_watch)
sekisho_unit_test(guard-patience SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-patience.c LINK sekisho_watch)
sekisho_unit_test(guard-backlog SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-backlog.c LINK sekisho_watch)
sekisho_unit_test(guard-report SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-report.c LINK sekisho_watch)
sekisho_unit_test(guard-latest SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-latest.c LINK sekisho_watch)
sekisho_unit_test(guard-verdict SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-verdict.c LINK sekisho_watch)
