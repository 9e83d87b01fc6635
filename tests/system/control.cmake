# SPDX-License-Identifier: GPL-3.0-or-later
# sekisho-control alone, with fakes in the places of ledger, device and guard.
foreach(helper control-fakes control-client)
    add_executable(${helper} ${CMAKE_CURRENT_LIST_DIR}/${helper}.c)
    target_link_libraries(${helper} PRIVATE sekisho_flags sekisho_wire sekisho_record)
    set_target_properties(${helper} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endforeach()
sekisho_script_test(system 300-control-case SERIAL TIMEOUT 300)
sekisho_script_test(system 310-control-faults SERIAL TIMEOUT 300)
sekisho_script_test(system 320-control-rooms SERIAL TIMEOUT 300)
