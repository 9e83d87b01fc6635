# SPDX-License-Identifier: GPL-3.0-or-later
# The agent on Debian's own kernel, in an emulated machine. Emulated, a sanitizer takes minutes more
# and finds nothing that tests/system does not: only builds without one have these tests.
if(NOT SEKISHO_SANITIZE)
    sekisho_script_test(lab 900-luks SERIAL TIMEOUT 900)
endif()
