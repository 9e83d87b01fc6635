# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_unit_test(room-request SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-request.c LINK sekisho_room)
sekisho_unit_test(room-walls SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-walls.c LINK sekisho_room)
sekisho_unit_test(room-scratch SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-scratch.c LINK sekisho_room)
sekisho_unit_test(room-quiet SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-quiet.c LINK sekisho_room)
sekisho_unit_test(room-command SOURCES ${CMAKE_CURRENT_LIST_DIR}/room-command.c LINK sekisho_room)
