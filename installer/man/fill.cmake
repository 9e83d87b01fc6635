# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DSOURCE= -DTOOL= -DLOCALE= -DLOCALE_DIR= -DOUTPUT= -DVERSION= -P fill.cmake: put the tool's
# own description of its commands into a man page.
cmake_minimum_required(VERSION 3.25)
execute_process(
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C.UTF-8 LANGUAGE=${LOCALE}
        SEKISHO_LOCALE_DIR=${LOCALE_DIR} ${TOOL} help --format man
    OUTPUT_FILE ${OUTPUT}.commands COMMAND_ERROR_IS_FATAL ANY)
file(READ ${SOURCE} page)
file(READ ${OUTPUT}.commands commands)
string(REPLACE "@VERSION@" "${VERSION}" page "${page}")
string(REPLACE "@COMMANDS@\n" "${commands}" page "${page}")
file(WRITE ${OUTPUT} "${page}")
file(REMOVE ${OUTPUT}.commands)
