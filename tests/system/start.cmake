# The starter, with small fakes in the places of the daemons.
add_executable(start-fake ${CMAKE_CURRENT_LIST_DIR}/start-fake.c)
target_link_libraries(start-fake PRIVATE sekisho_wire)
set_target_properties(start-fake PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
sekisho_script_test(system 050-start TIMEOUT 180 COST 45)
