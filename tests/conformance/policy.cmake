# minisign's formats against the stock program, and the policy commands as an administrator uses them.
add_executable(minisign-tool ${CMAKE_CURRENT_LIST_DIR}/minisign-tool.c)
target_link_libraries(minisign-tool PRIVATE sekisho_flags sekisho_crypto sekisho_base)
sekisho_script_test(conformance minisign-both-ways)
sekisho_script_test(conformance policy-commands)
