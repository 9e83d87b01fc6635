/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that travel inside the tool, as embed.cmake makes them. */
#ifndef CLI_EMBEDDED_H
#define CLI_EMBEDDED_H

#include <stddef.h>

extern const unsigned char embedded_verifier[]; /* contrib/verify/verify.py */
extern const size_t embedded_verifier_len;
extern const unsigned char embedded_check[];    /* contrib/verify/CHECK.txt */
extern const size_t embedded_check_len;

#endif
