# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_unit_test(device-names SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-names.c
    LINK sekisho_device)
sekisho_unit_test(device-request SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-request.c
    LINK sekisho_device)
sekisho_unit_test(device-place SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-place.c
    LINK sekisho_device)
