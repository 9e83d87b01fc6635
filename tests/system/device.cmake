# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(device-client ${CMAKE_CURRENT_LIST_DIR}/device-client.c)
target_link_libraries(device-client PRIVATE sekisho_flags sekisho_wire PkgConfig::JANSSON)
set_target_properties(device-client PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

sekisho_script_test(system 200-device-areas SERIAL)
sekisho_script_test(system 210-device-jobs SERIAL)
sekisho_script_test(system 220-device-killed SERIAL)
