/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The least strength of an approver's passphrase (ACC-2). */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include <stddef.h>

#define PASSPHRASE_MAX             1024 /* bytes */
#define PASSPHRASE_LEAST           12   /* characters (UTF-8 sequences) */
#define PASSPHRASE_LEAST_KINDS     2    /* of: small, capital, digit, other */
#define PASSPHRASE_LEAST_DIFFERENT 6    /* different characters */

/* NULL when the passphrase is strong enough, else the translated sentence that says what it lacks. */
const char *passphrase_weakness(const char *passphrase);

#endif
