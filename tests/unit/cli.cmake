# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_unit_test(cli-frame SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli-frame.c LINK sekisho_cli)
sekisho_unit_test(cli-screen SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli-screen.c LINK sekisho_cli)
sekisho_unit_test(cli-room SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli-room.c LINK sekisho_cli)
sekisho_unit_test(cli-tty SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli-tty.c LINK sekisho_cli)

sekisho_unit_test(client SOURCES ${CMAKE_CURRENT_LIST_DIR}/client.c LINK sekisho_client)

# The scripts of tests/system/4NN-* run the tool against this instead of an agent.
add_executable(cli-control ${CMAKE_CURRENT_LIST_DIR}/cli-control.c)
target_link_libraries(cli-control PRIVATE sekisho_flags sekisho_wire sekisho_record)
