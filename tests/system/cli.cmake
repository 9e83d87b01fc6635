# SPDX-License-Identifier: GPL-3.0-or-later
# The command-line tool against answers written down beforehand (tests/unit/cli-control.c).
sekisho_script_test(system 400-cli-screens COST 50)
sekisho_script_test(system 410-cli-approve COST 95)
sekisho_script_test(system 420-cli-files)
sekisho_script_test(system 440-cli-room COST 40)
