# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_unit_test(sandbox SOURCES ${CMAKE_CURRENT_LIST_DIR}/sandbox.c LINK sekisho_sandbox)
sekisho_unit_test(guard-proc SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-proc.c LINK sekisho_watch)
sekisho_unit_test(guard-patience SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-patience.c LINK sekisho_watch)
