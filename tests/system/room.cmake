# SPDX-License-Identifier: GPL-3.0-or-later
# sekisho-room with the real sekishod and device, and clients in the places of control and ledger.
add_executable(room-client ${CMAKE_CURRENT_LIST_DIR}/room-client.c ${CMAKE_CURRENT_LIST_DIR}/client.c)
target_link_libraries(room-client PRIVATE sekisho_flags sekisho_wire)
set_target_properties(room-client PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
sekisho_script_test(system 600-room COST 75)
sekisho_script_test(system 605-room-logout COST 45)
sekisho_script_test(system 610-room-display)
# it types with other programs: a build with a sanitizer shows nothing more
sekisho_script_test(system 615-room-input COST 110 LABELS long)
sekisho_script_test(system 618-room-quiet COST 45)
