# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(device-client ${CMAKE_CURRENT_LIST_DIR}/device-client.c ${CMAKE_CURRENT_LIST_DIR}/client.c)
target_link_libraries(device-client PRIVATE sekisho_flags sekisho_wire PkgConfig::JANSSON)
set_target_properties(device-client PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# an attacker of theirs and of 240-area-held
add_executable(hold-mount ${CMAKE_CURRENT_LIST_DIR}/hold-mount.c)
target_link_libraries(hold-mount PRIVATE sekisho_flags sekisho_base)
set_target_properties(hold-mount PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

sekisho_script_test(system 200-device-areas)
sekisho_script_test(system 210-device-jobs)
sekisho_script_test(system 215-device-silent)
sekisho_script_test(system 220-device-killed)
sekisho_script_test(system 230-device-erase)
sekisho_script_test(system 235-erase-trouble TIMEOUT 300)
sekisho_script_test(system 240-area-held TIMEOUT 900)
sekisho_script_test(system 245-device-media)
sekisho_script_test(system 246-medium-silent)
sekisho_script_test(system 346-media-export)
sekisho_script_test(system 347-media-return)
