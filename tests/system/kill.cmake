# SPDX-License-Identifier: GPL-3.0-or-later
# kill -9 at each step of what must be on record, and the clock set meanwhile.
add_executable(kill-step ${CMAKE_CURRENT_LIST_DIR}/kill-step.c)
target_link_libraries(kill-step PRIVATE sekisho_flags sekisho_base)
set_target_properties(kill-step PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
# every eleventh step in each run of all tests, every step in the lab
sekisho_script_test(system 270-kill-steps TIMEOUT 600 COST 150 LABELS long)
sekisho_script_test(system 275-retire-steps TIMEOUT 600 COST 90 LABELS long)
sekisho_script_test(system 276-prune-steps TIMEOUT 600 COST 90 LABELS long)
set_tests_properties(system/270-kill-steps system/275-retire-steps system/276-prune-steps PROPERTIES
    ENVIRONMENT SEKISHO_STRIDE=11)
foreach(name 270-kill-steps 275-retire-steps 276-prune-steps)
    add_test(NAME lab/${name} COMMAND ${CMAKE_CURRENT_LIST_DIR}/${name} ${PROJECT_BINARY_DIR})
    set_tests_properties(lab/${name} PROPERTIES LABELS lab TIMEOUT 3600 RUN_SERIAL ON)
endforeach()

# a clock that a test can set
add_library(preload-clock MODULE ${CMAKE_CURRENT_LIST_DIR}/preload-clock.c)
target_compile_definitions(preload-clock PRIVATE _GNU_SOURCE)
set_target_properties(preload-clock PROPERTIES
    PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
sekisho_script_test(system 265-clock-set)
