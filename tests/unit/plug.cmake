# SPDX-License-Identifier: GPL-3.0-or-later
# What sekisho-plug makes of devices.
sekisho_unit_test(plug-descriptors SOURCES ${CMAKE_CURRENT_LIST_DIR}/plug-descriptors.c LINK sekisho_plug)
sekisho_unit_test(plug-desk SOURCES ${CMAKE_CURRENT_LIST_DIR}/plug-desk.c ${CMAKE_CURRENT_LIST_DIR}/policy-help.c
    LINK sekisho_plug)
target_link_options(plug-desk PRIVATE -Wl,--wrap=clock_boot_ns,--wrap=fd_wait)
sekisho_unit_test(plug-repeats SOURCES ${CMAKE_CURRENT_LIST_DIR}/plug-repeats.c LINK sekisho_plug)
# libudev is shown devices that umockdev makes up.
pkg_check_modules(UMOCKDEV IMPORTED_TARGET umockdev-1.0)
if(UMOCKDEV_FOUND)
    sekisho_unit_test(plug-monitor SOURCES ${CMAKE_CURRENT_LIST_DIR}/plug-monitor.c LINK sekisho_plug PkgConfig::UMOCKDEV)
    # as umockdev-wrapper(1) does; a sanitizer's own library need not be the first then
    set_property(TEST unit/plug-monitor PROPERTY ENVIRONMENT LD_PRELOAD=libumockdev-preload.so.0
        ASAN_OPTIONS=verify_asan_link_order=0)
else()
    message(STATUS "no umockdev (installer/packages/test): unit/plug-monitor is left out")
endif()
