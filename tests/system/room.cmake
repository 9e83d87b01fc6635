# SPDX-License-Identifier: GPL-3.0-or-later
# sekisho-room with the real sekishod and device, and clients in the places of control and ledger.
add_executable(room-client ${CMAKE_CURRENT_LIST_DIR}/room-client.c)
target_link_libraries(room-client PRIVATE sekisho_flags sekisho_wire)
set_target_properties(room-client PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
sekisho_script_test(system 600-room SERIAL TIMEOUT 300)
sekisho_script_test(system 610-room-display SERIAL TIMEOUT 300)
