# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_unit_test(age SOURCES age.c LINK sekisho_crypto sekisho_base)
sekisho_unit_test(export SOURCES export.c export_peer.c LINK sekisho_export_core)
sekisho_unit_test(export-seal SOURCES export-seal.c LINK sekisho_export_core LABELS thread)

# what scripts run a real exporter with
add_executable(export-driver ${CMAKE_CURRENT_SOURCE_DIR}/export-driver.c
    ${CMAKE_CURRENT_SOURCE_DIR}/export_peer.c)
target_link_libraries(export-driver PRIVATE sekisho_flags sekisho_export_core)
