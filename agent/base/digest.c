/* SPDX-License-Identifier: GPL-3.0-or-later */
/* digest.c owns SHA-256, by libcrypto. It must never use any other algorithm
 * of that library. */
/* SHA256_* as of OpenSSL 1.1.1: they compute and do nothing else. EVP_* of version 3 first reads a
 * configuration, loads what that and the environment name, and takes milliseconds of each program. */
#define OPENSSL_API_COMPAT 10101
#include "base/digest.h"
#include <errno.h>
#include <openssl/sha.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/str.h"

struct digest {
    SHA256_CTX context;
};

int digest_new(struct digest **ret)
{
    struct digest *d = calloc(1, sizeof *d);
    if (!d)
        return -ENOMEM;
    if (SHA256_Init(&d->context) != 1) {
        digest_free(&d);
        return SK_ERR_CRYPTO;
    }
    *ret = d;
    return 0;
}

void digest_free(struct digest **d)
{
    free(*d);
    *d = NULL;
}

int digest_add(struct digest *d, const void *data, size_t len)
{
    return SHA256_Update(&d->context, data, len) == 1 ? 0 : SK_ERR_CRYPTO;
}

int digest_end(struct digest *d, uint8_t ret[static DIGEST_LEN])
{
    if (SHA256_Final(ret, &d->context) != 1)
        return SK_ERR_CRYPTO;
    return SHA256_Init(&d->context) == 1 ? 0 : SK_ERR_CRYPTO;
}

int digest_of(const void *data, size_t len, uint8_t ret[static DIGEST_LEN])
{
    SHA256_CTX context;
    if (SHA256_Init(&context) != 1 || SHA256_Update(&context, data, len) != 1)
        return SK_ERR_CRYPTO;
    return SHA256_Final(ret, &context) == 1 ? 0 : SK_ERR_CRYPTO;
}

#define DIGEST_STEP ((size_t)256 * 1024) /* bytes read at a time */
/* what the kernel copies to 16 bytes behind a page's beginning (malloc) takes some processors
 * thrice the time */
#define DIGEST_ALIGNMENT ((size_t)4096)

int digest_of_fd(int fd, uint8_t ret[static DIGEST_LEN], uint64_t *ret_bytes)
{
    autodigest struct digest *d = NULL;
    autofree char *step = aligned_alloc(DIGEST_ALIGNMENT, DIGEST_STEP);
    int r = step ? digest_new(&d) : -ENOMEM;
    uint64_t at = 0;
    while (r == 0) {
        ssize_t n = fd_pread_full(fd, step, DIGEST_STEP, at);
        if (n < 0)
            return (int)n;
        r = digest_add(d, step, (size_t)n);
        at += (uint64_t)n;
        if ((size_t)n < DIGEST_STEP)
            break;
    }
    if (r == 0)
        r = digest_end(d, ret);
    if (r == 0 && ret_bytes)
        *ret_bytes = at;
    return r;
}

void digest_hex(char out[static DIGEST_HEX_CAP], const uint8_t digest[static DIGEST_LEN])
{
    str_hex(out, digest, DIGEST_LEN);
}
