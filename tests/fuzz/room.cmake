# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_fuzz_target(fuzz-room-request SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-request.c
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/room-request LINK sekisho_room)
sekisho_fuzz_target(fuzz-room-served SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-served.c
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/room-served LINK sekisho_room)
sekisho_fuzz_target(fuzz-room-btf SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-btf.c
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/room-btf LINK sekisho_room)
