# SPDX-License-Identifier: GPL-3.0-or-later
# What sekisho-control reads from anybody: questions, and the texts of permits.
sekisho_fuzz_target(fuzz-control-text SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-text.c
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/control-text LINK sekisho_control_cases)
sekisho_fuzz_target(fuzz-control-ask SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-ask.c
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/control-ask LINK sekisho_control_parts)
