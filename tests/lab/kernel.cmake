# SPDX-License-Identifier: GPL-3.0-or-later
# The agent on Debian's own kernel, in an emulated machine. Emulated, a sanitizer takes minutes more
# and finds nothing that tests/system does not: only builds without one have these tests.
if(NOT SEKISHO_SANITIZE)
    sekisho_script_test(lab 900-luks SERIAL TIMEOUT 1100)
    foreach(test 910-rooms 920-fd-store 930-places)
        sekisho_script_test(lab ${test} SERIAL TIMEOUT 1800)
    endforeach()
    foreach(test 960-devices 961-device-gadgets 962-device-cycles 963-device-lockout 964-device-beyond)
        sekisho_script_test(lab ${test} SERIAL TIMEOUT 1200)
    endforeach()
    # each in a guest of its own: what failed is run again alone
    foreach(system 100-guard-decides 110-guard-killed 130-guard-rooms 135-guard-kept 600-room)
        set(test lab/940-system-${system})
        add_test(NAME ${test}
            COMMAND ${CMAKE_CURRENT_LIST_DIR}/940-system ${PROJECT_BINARY_DIR} ${system})
        set_tests_properties(${test} PROPERTIES LABELS lab TIMEOUT 5400 RUN_SERIAL ON)
    endforeach()
    foreach(test 966-media 967-media-pulled 969-media-more)
        sekisho_script_test(lab ${test} SERIAL TIMEOUT 1800)
    endforeach()
    sekisho_script_test(lab 968-media-power SERIAL TIMEOUT 3600) # six lives of a guest
    sekisho_script_test(lab 950-ledger-power-cut SERIAL TIMEOUT 1800)
endif()
