# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_script_test(system 630-index TIMEOUT 900 COST 130)
