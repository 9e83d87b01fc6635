# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_script_test(system 120-export COST 55)
