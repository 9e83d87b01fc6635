# SPDX-License-Identifier: GPL-3.0-or-later
# What watch reads while an opener waits, and what the ledger reads of it.
foreach(part proc message ring)
    sekisho_fuzz_target(fuzz-guard-${part} CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/guard-${part}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/guard-${part}.c LINK sekisho_watch)
endforeach()
