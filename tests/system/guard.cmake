# SPDX-License-Identifier: GPL-3.0-or-later
# sekishod alone, with a client in the places of device, control and ledger.
foreach(helper guard-client guard-opener)
    add_executable(${helper} ${CMAKE_CURRENT_LIST_DIR}/${helper}.c)
    target_link_libraries(${helper} PRIVATE sekisho_flags sekisho_wire)
    set_target_properties(${helper} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endforeach()
sekisho_script_test(system 100-guard-decides SERIAL TIMEOUT 120)
sekisho_script_test(system 110-guard-killed SERIAL TIMEOUT 120)
