# SPDX-License-Identifier: GPL-3.0-or-later
# The command-line tool against answers written down beforehand (tests/unit/cli-control.c).
foreach(name 400-cli-screens 410-cli-approve 420-cli-files 440-cli-room)
    sekisho_script_test(system ${name})
endforeach()
