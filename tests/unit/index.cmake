# SPDX-License-Identifier: GPL-3.0-or-later
foreach(part rules state decide)
    sekisho_unit_test(index-${part} SOURCES ${CMAKE_CURRENT_LIST_DIR}/index-${part}.c
        LINK sekisho_index)
endforeach()
