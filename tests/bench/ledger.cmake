# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_script_test(bench ledger TIMEOUT 900)
