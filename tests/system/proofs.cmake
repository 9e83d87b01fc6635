# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_script_test(system 640-ledger-proofs TIMEOUT 600 COST 30)
