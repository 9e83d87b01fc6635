# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_unit_test(device-names SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-names.c
    LINK sekisho_device)
sekisho_unit_test(device-request SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-request.c
    LINK sekisho_device)
sekisho_unit_test(device-place SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-place.c
    LINK sekisho_device)
sekisho_unit_test(device-erase SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-erase.c LINK sekisho_device)
sekisho_unit_test(device-identity SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-identity.c LINK sekisho_device)
sekisho_unit_test(device-medium-files SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-medium-files.c LINK sekisho_device)
sekisho_unit_test(device-holders SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-holders.c LINK sekisho_device)
sekisho_unit_test(device-medium-turn SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-medium-turn.c LINK sekisho_device)
sekisho_unit_test(device-unknown SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-unknown.c LINK sekisho_device)
target_link_options(device-unknown PRIVATE -Wl,--wrap=loopdev_hold,--wrap=opendir,--wrap=file_read,--wrap=child_start
    -Wl,--wrap=clock_boot_ns)
