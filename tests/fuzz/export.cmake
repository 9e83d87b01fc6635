# SPDX-License-Identifier: GPL-3.0-or-later
foreach(target age_file age_key)
    sekisho_fuzz_target(fuzz_${target} CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${target}
        SOURCES ${target}.c LINK sekisho_crypto sekisho_base)
endforeach()
sekisho_fuzz_target(fuzz_export_job CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/export_job
    SOURCES export_job.c LINK sekisho_export_core)
