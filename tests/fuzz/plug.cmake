# SPDX-License-Identifier: GPL-3.0-or-later
# What sekisho-plug reads of a device that is plugged in.
sekisho_fuzz_target(usb-descriptors CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/usb-descriptors
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/usb-descriptors.c LINK sekisho_plug)
