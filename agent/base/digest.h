/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 (FIPS 180-4), by libcrypto because it uses the processor's SHA instructions. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

#define DIGEST_LEN     32                   /* bytes */
#define DIGEST_HEX_CAP (2 * DIGEST_LEN + 1) /* bytes with NUL */

struct digest; /* opaque, a hash in progress */

/* A new hash, to be freed with digest_free. 0 or -ENOMEM. */
int digest_new(struct digest **ret) SK_MUST_CHECK;
void digest_free(struct digest **d);
#define autodigest __attribute__((cleanup(digest_free)))

/* 0 or SK_ERR_CRYPTO. digest_end gives the digest and makes d ready for a new hash. */
int digest_add(struct digest *d, const void *data, size_t len) SK_MUST_CHECK;
int digest_end(struct digest *d, uint8_t ret[static DIGEST_LEN]) SK_MUST_CHECK;
/* All at once. 0 or SK_ERR_CRYPTO. */
int digest_of(const void *data, size_t len, uint8_t ret[static DIGEST_LEN]) SK_MUST_CHECK;

/* From the start of the file to its end; the descriptor's offset is left alone. 0, -errno or
 * SK_ERR_CRYPTO. *ret_bytes (may be NULL) gets the length read. */
int digest_of_fd(int fd, uint8_t ret[static DIGEST_LEN], uint64_t *ret_bytes) SK_MUST_CHECK;

/* Lower-case hex as sha256sum(1) prints it. */
void digest_hex(char out[static DIGEST_HEX_CAP], const uint8_t digest[static DIGEST_LEN]);

#endif
