/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Error codes. Every function that can fail returns 0 (or a count) or a negative code: -errno for
 * what the kernel said, or one of these for what the kernel has no word for. */
#ifndef SEKISHO_ERR_H
#define SEKISHO_ERR_H

enum sk_err {
    SK_ERR_FIRST = -4200,
    SK_ERR_FORMAT = -4199,      /* bytes do not have the form that they must have */
    SK_ERR_LIMIT = -4198,       /* larger, longer or more than a named limit allows */
    SK_ERR_SIGNATURE = -4197,   /* a signature does not verify */
    SK_ERR_KEY_UNKNOWN = -4196, /* signed or encrypted for a key that is not trusted or not held */
    SK_ERR_DIGEST = -4195,      /* content is not what a digest says */
    SK_ERR_ROLLBACK = -4194,    /* a version went back */
    SK_ERR_EXPIRED = -4193,     /* a period is over, or has not begun */
    SK_ERR_REFUSED = -4192,     /* the policy says no */
    SK_ERR_STATE = -4191,       /* not possible in the present state of the thing named */
    SK_ERR_PEER = -4190,        /* the other side is not who may ask this */
    SK_ERR_CLOSED = -4189,      /* the other side went away */
    SK_ERR_PASSPHRASE = -4188,  /* wrong or too weak passphrase */
    SK_ERR_CRYPTO = -4187,      /* the cryptographic library failed */
    SK_ERR_NOT_FOUND = -4186,   /* no such person, area, case, record, … */
    SK_ERR_EXISTS = -4185,      /* there is one already */
    SK_ERR_TIMEOUT = -4184,     /* no answer within the named time */
    SK_ERR_UNSUPPORTED = -4183, /* this kernel, file system or build can't */
    SK_ERR_TAMPERED = -4182,    /* a record or checkpoint was altered, dropped, moved or added */
    SK_ERR_KIND = -4181,        /* it is there, but no regular file */
    SK_ERR_LAST = -4180,
};

/* One short English sentence part for a code; never NULL. For -errno this is strerrordesc_np. */
const char *sk_strerror(int code);

/* The stable upper-case name of a code ("SK_ERR_FORMAT", "ENOENT"), for --json; never NULL. */
const char *sk_errname(int code);

#endif
