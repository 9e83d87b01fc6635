# SPDX-License-Identifier: GPL-3.0-or-later
# The whole path, with every process running.
add_library(preload-nothing MODULE ${CMAKE_CURRENT_LIST_DIR}/preload-nothing.c)
set_target_properties(preload-nothing PROPERTIES
    PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
sekisho_script_test(system 500-whole-path TIMEOUT 900 COST 85)
sekisho_script_test(system 510-register-path TIMEOUT 900)
sekisho_script_test(system 520-contract-end TIMEOUT 900 COST 85)
sekisho_script_test(system 530-user-guide TIMEOUT 1800 COST 200 LABELS long)
