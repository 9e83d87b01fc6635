# SPDX-License-Identifier: GPL-3.0-or-later
# Opening: a user's plain program and a bare responder, without what the agent's own code gets.
add_executable(open-bench ${CMAKE_CURRENT_LIST_DIR}/open-bench.c)
target_compile_options(open-bench PRIVATE -O2 -Wall -Wextra -Werror)
set_target_properties(open-bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
sekisho_script_test(bench open SERIAL TIMEOUT 900)
sekisho_script_test(bench bystander SERIAL TIMEOUT 900)
