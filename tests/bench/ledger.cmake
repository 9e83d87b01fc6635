# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_script_test(bench ledger TIMEOUT 900)
sekisho_script_test(bench search TIMEOUT 1800)
sekisho_script_test(bench durable TIMEOUT 900)
