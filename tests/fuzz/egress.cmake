# SPDX-License-Identifier: GPL-3.0-or-later
# What strangers' connections and name servers say.
foreach(what hello dns packet)
    sekisho_fuzz_target(egress_${what} CORPUS ${CMAKE_CURRENT_LIST_DIR}/corpus/egress_${what}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/egress_${what}.c LINK sekisho_egress)
endforeach()
