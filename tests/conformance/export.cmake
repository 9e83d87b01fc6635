# SPDX-License-Identifier: GPL-3.0-or-later
foreach(program age-vectors age-tool)
    add_executable(${program} ${CMAKE_CURRENT_SOURCE_DIR}/${program}.c)
    target_link_libraries(${program} PRIVATE sekisho_flags sekisho_crypto sekisho_base)
endforeach()
sekisho_script_test(conformance age-vectors)
sekisho_script_test(conformance age-program)
sekisho_script_test(conformance export-archive)
sekisho_script_test(conformance recipient-page TIMEOUT 300)
