# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(egress-driver ${CMAKE_CURRENT_LIST_DIR}/egress-driver.c)
target_link_libraries(egress-driver PRIVATE sekisho_flags sekisho_egress)
set_target_properties(egress-driver PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
sekisho_script_test(system 700-egress-judge)
