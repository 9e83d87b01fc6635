/* SPDX-License-Identifier: GPL-3.0-or-later */
/* digest.c owns SHA-256 and is the only user of libcrypto. It must never use any other algorithm
 * of that library. */
#include "base/digest.h"
#include <errno.h>
#include <openssl/evp.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/str.h"

struct digest {
    EVP_MD_CTX *context;
};

int digest_new(struct digest **ret)
{
    struct digest *d = calloc(1, sizeof *d);
    if (!d)
        return -ENOMEM;
    d->context = EVP_MD_CTX_new();
    if (!d->context || EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) != 1) {
        digest_free(&d);
        return -ENOMEM;
    }
    *ret = d;
    return 0;
}

void digest_free(struct digest **d)
{
    if (!*d)
        return;
    EVP_MD_CTX_free((*d)->context);
    free(*d);
    *d = NULL;
}

int digest_add(struct digest *d, const void *data, size_t len)
{
    return EVP_DigestUpdate(d->context, data, len) == 1 ? 0 : SK_ERR_CRYPTO;
}

int digest_end(struct digest *d, uint8_t ret[static DIGEST_LEN])
{
    if (EVP_DigestFinal_ex(d->context, ret, NULL) != 1)
        return SK_ERR_CRYPTO;
    return EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) == 1 ? 0 : SK_ERR_CRYPTO;
}

int digest_of(const void *data, size_t len, uint8_t ret[static DIGEST_LEN])
{
    return EVP_Digest(data, len, ret, NULL, EVP_sha256(), NULL) == 1 ? 0 : SK_ERR_CRYPTO;
}

#define DIGEST_STEP ((size_t)256 * 1024) /* bytes read at a time */

int digest_of_fd(int fd, uint8_t ret[static DIGEST_LEN], uint64_t *ret_bytes)
{
    autodigest struct digest *d = NULL;
    autofree char *step = malloc(DIGEST_STEP);
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
