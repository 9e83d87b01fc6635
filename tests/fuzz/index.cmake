# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_fuzz_target(fuzz-index-read SOURCES ${CMAKE_CURRENT_LIST_DIR}/index-read.c
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/index-read LINK sekisho_index)
