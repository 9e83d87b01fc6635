# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_script_test(bench export TIMEOUT 900)
