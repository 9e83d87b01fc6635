# SPDX-License-Identifier: GPL-3.0-or-later
# Openers by the thousand against the whole agent. Built as a user's programs are: plain.
find_package(Threads REQUIRED)
foreach(program storm-opener storm-lead storm-trouble storm-inside)
    add_executable(${program} ${CMAKE_CURRENT_LIST_DIR}/${program}.c)
    target_compile_options(${program} PRIVATE -O2 -Wall -Wextra -Werror)
    target_link_libraries(${program} PRIVATE Threads::Threads)
    set_target_properties(${program} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endforeach()
sekisho_script_test(system 140-kill-matrix SERIAL TIMEOUT 900 LABELS long)
sekisho_script_test(system 145-room-storm SERIAL TIMEOUT 900 LABELS long)
sekisho_script_test(system 150-overload SERIAL TIMEOUT 900 LABELS long)
sekisho_script_test(system soak SERIAL TIMEOUT 7200)
set_tests_properties(system/soak PROPERTIES LABELS soak)
