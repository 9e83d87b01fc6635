# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_fuzz_target(fuzz-device-request SOURCES ${CMAKE_CURRENT_LIST_DIR}/device-request.c
    CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/device-request LINK sekisho_device)
sekisho_fuzz_target(medium-identity CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/medium-identity
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/medium-identity.c LINK sekisho_device)
