/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The least strength of an approver's passphrase (ACC-2). */
#ifndef CLIENT_PASSPHRASE_H
#define CLIENT_PASSPHRASE_H

#include "base/fault.h"

#define PASSPHRASE_MAX             1024 /* bytes */
#define PASSPHRASE_LEAST           12   /* characters (UTF-8 sequences) */
#define PASSPHRASE_LEAST_KINDS     2    /* of: small, capital, digit, other */
#define PASSPHRASE_LEAST_DIFFERENT 6    /* different characters */

/* NULL when the passphrase is strong enough, else the translated sentence that says what it lacks. */
const char *passphrase_weakness(const char *passphrase);

/* Is it as long as the policy in force asks? Where no agent answers nothing more is asked. May take as long as an
 * answer of control does. 0, or the code of the fault. */
int passphrase_suits_policy(const char *passphrase, struct fault *f) SK_MUST_CHECK;

#endif
