# SPDX-License-Identifier: GPL-3.0-or-later
# Ways out of a room, and ordinary work in it. The helpers stand for programs of a user: they are built
# as a user would, without what the agent's own code gets.
add_executable(ways-copy ${CMAKE_CURRENT_LIST_DIR}/ways-copy.c)
add_executable(ways-peek ${CMAKE_CURRENT_LIST_DIR}/ways-peek.c)
add_library(ways-preload MODULE ${CMAKE_CURRENT_LIST_DIR}/ways-preload.c)
target_compile_definitions(ways-copy PRIVATE _GNU_SOURCE)
target_compile_definitions(ways-peek PRIVATE _GNU_SOURCE)
target_compile_definitions(ways-preload PRIVATE _GNU_SOURCE)
set_target_properties(ways-peek PROPERTIES POSITION_INDEPENDENT_CODE OFF)
target_compile_options(ways-peek PRIVATE -fno-pie)
target_link_options(ways-peek PRIVATE -no-pie)
set_target_properties(ways-copy ways-peek ways-preload PROPERTIES
    PREFIX "" RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
# without a C library, so that no 32-bit one has to be there
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/tests/ways-32
    COMMAND ${CMAKE_C_COMPILER} -m32 -nostdlib -static -fno-pic -no-pie -fno-stack-protector -O1
        ${CMAKE_CURRENT_LIST_DIR}/ways-32.c -o ${PROJECT_BINARY_DIR}/tests/ways-32
    DEPENDS ${CMAKE_CURRENT_LIST_DIR}/ways-32.c)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_custom_target(ways-32 ALL DEPENDS ${PROJECT_BINARY_DIR}/tests/ways-32)
endif()
# one build is enough for these: they take minutes
sekisho_script_test(system ways-out TIMEOUT 600 COST 250 LABELS long)
sekisho_script_test(system 620-ordinary-work TIMEOUT 600 COST 120 LABELS long)
sekisho_script_test(system 625-room-rules)
sekisho_script_test(system 665-prompt COST 90 LABELS long)
sekisho_script_test(system 667-prompt-day COST 90 LABELS long)
sekisho_script_test(system 660-desktop TIMEOUT 600 COST 60 LABELS long)
