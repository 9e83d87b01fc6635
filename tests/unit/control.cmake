# SPDX-License-Identifier: GPL-3.0-or-later
# sekisho-control: the pure parts, and the table of who may ask what.
sekisho_unit_test(control-texts SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-texts.c
    LINK sekisho_control_cases)
foreach(part again came-back fold permit register standing trouble)
    sekisho_unit_test(control-${part} SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-${part}.c
        ${CMAKE_CURRENT_LIST_DIR}/control-help.c LINK sekisho_control_cases)
endforeach()
sekisho_unit_test(control-incident SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-incident.c
    LINK sekisho_control_cases)
sekisho_unit_test(control-ops SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-ops.c
    LINK sekisho_control_parts)
sekisho_unit_test(control-event SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-event.c
    LINK sekisho_control_parts)
sekisho_unit_test(control-shelf SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-shelf.c
    ${CMAKE_CURRENT_LIST_DIR}/control-help.c LINK sekisho_control_cases)
sekisho_unit_test(control-life SOURCES ${CMAKE_CURRENT_LIST_DIR}/control-life.c
    ${CMAKE_CURRENT_LIST_DIR}/control-help.c LINK sekisho_control_parts)
