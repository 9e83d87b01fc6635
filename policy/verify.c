/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c owns the check of a policy's signature. It must never look at the policy's text: what is
 * not signed is not read. */
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include "policy/policy.h"

int policy_verify(const void *bytes, size_t len, const char *signature, size_t signature_len,
                  const struct minisign_public *keys, size_t key_count,
                  struct minisign_signature *ret)
{
    if (signature_len > SK_SIGNATURE_MAX)
        return SK_ERR_FORMAT;
    return minisign_verify(bytes, len, signature, signature_len, keys, key_count, ret, NULL);
}
