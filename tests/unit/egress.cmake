# SPDX-License-Identifier: GPL-3.0-or-later
# What is read of connections and names.
sekisho_unit_test(egress-names SOURCES ${CMAKE_CURRENT_LIST_DIR}/egress-names.c LINK sekisho_egress)
sekisho_unit_test(egress-hello SOURCES ${CMAKE_CURRENT_LIST_DIR}/egress-hello.c LINK sekisho_egress)
sekisho_unit_test(egress-dns SOURCES ${CMAKE_CURRENT_LIST_DIR}/egress-dns.c LINK sekisho_egress)
sekisho_unit_test(egress-judge SOURCES ${CMAKE_CURRENT_LIST_DIR}/egress-judge.c LINK sekisho_egress)
