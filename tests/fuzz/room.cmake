# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_fuzz_target(fuzz-room-request SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-request.c
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/room-request LINK sekisho_room)
