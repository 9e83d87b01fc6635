# SPDX-License-Identifier: GPL-3.0-or-later
# sekisho-notify: what it takes, says and starts.
sekisho_unit_test(notify SOURCES ${CMAKE_CURRENT_LIST_DIR}/notify.c LINK sekisho_notify_core)
