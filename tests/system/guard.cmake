# SPDX-License-Identifier: GPL-3.0-or-later
# sekishod alone, with a client in the places of device, control and ledger.
foreach(helper guard-client guard-opener guard-injector)
    add_executable(${helper} ${CMAKE_CURRENT_LIST_DIR}/${helper}.c)
    target_link_libraries(${helper} PRIVATE sekisho_flags sekisho_wire)
    set_target_properties(${helper} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endforeach()
# a user's program and library: built as a user would, without what the agent's own code gets
add_executable(guard-attacker ${CMAKE_CURRENT_LIST_DIR}/guard-attacker.c)
add_library(guard-attack MODULE ${CMAKE_CURRENT_LIST_DIR}/guard-attacker.c)
target_compile_definitions(guard-attack PRIVATE ATTACK_LIBRARY)
set_target_properties(guard-attack PROPERTIES PREFIX "")
set_target_properties(guard-attacker guard-attack PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
sekisho_script_test(system 100-guard-decides)
sekisho_script_test(system 110-guard-killed COST 60)
sekisho_script_test(system 130-guard-rooms)
sekisho_script_test(system 135-guard-kept COST 60)
