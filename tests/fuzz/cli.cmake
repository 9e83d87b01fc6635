# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_fuzz_target(fuzz_cli_xauth CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/cli-xauth
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli-xauth.c LINK sekisho_cli)
sekisho_fuzz_target(fuzz-cli-anchors CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/cli-anchors
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli-anchors.c LINK sekisho_cli)
