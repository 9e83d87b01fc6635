# SPDX-License-Identifier: GPL-3.0-or-later
# What sekisho-notify reads from its connection.
sekisho_fuzz_target(notify-notice CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/notify-notice
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/notify-notice.c LINK sekisho_notify_core)
