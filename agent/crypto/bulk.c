/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bulk.c owns libcrypto's ciphers. It must never use any other of them, nor let that library read a
 * configuration or load code: a library context of its own knows the built-in provider and nothing
 * else. */
#include "crypto/bulk.h"
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sekisho/err.h>
#include <stdbool.h>

static EVP_CIPHER *cipher; /* both live as long as the process */
static EVP_MAC *tag;

struct bulk {
    EVP_CIPHER_CTX *cipher;
    EVP_MAC_CTX *tag;
};

static void load(void)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    if (!library)
        return;
    cipher = EVP_CIPHER_fetch(library, "ChaCha20-Poly1305", NULL);
    tag = EVP_MAC_fetch(library, "Poly1305", NULL);
}

int bulk_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return cipher && tag ? 0 : SK_ERR_CRYPTO;
}

int bulk_new(struct bulk **ret)
{
    int r = bulk_prepare();
    if (r != 0)
        return r;
    autobulk struct bulk *b = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    b->cipher = EVP_CIPHER_CTX_new();
    b->tag = EVP_MAC_CTX_new(tag);
    if (!b->cipher || !b->tag)
        return -ENOMEM;
    if (EVP_EncryptInit_ex2(b->cipher, cipher, NULL, NULL, NULL) != 1)
        return SK_ERR_CRYPTO;
    *ret = steal_ptr(&b);
    return 0;
}

void bulk_free(struct bulk **b)
{
    if (!*b)
        return;
    EVP_CIPHER_CTX_free((*b)->cipher);
    EVP_MAC_CTX_free((*b)->tag);
    free(*b);
    *b = NULL;
}

int bulk_seal(struct bulk *b, const uint8_t key[static BULK_KEY_LEN],
              const uint8_t nonce[static BULK_NONCE_LEN], const void *plain, size_t len,
              uint8_t *out)
{
    int put = 0, rest = 0;
    bool sealed =
        EVP_EncryptInit_ex2(b->cipher, NULL, key, nonce, NULL) == 1 &&
        (len == 0 || EVP_EncryptUpdate(b->cipher, out, &put, plain, (int)len) == 1) &&
        EVP_EncryptFinal_ex(b->cipher, out + put, &rest) == 1 && (size_t)put + (size_t)rest == len &&
        EVP_CIPHER_CTX_ctrl(b->cipher, EVP_CTRL_AEAD_GET_TAG, BULK_TAG_LEN, out + len) == 1;
    return sealed ? 0 : SK_ERR_CRYPTO;
}

int bulk_tag_begin(struct bulk *b, const uint8_t key[static BULK_KEY_LEN])
{
    return EVP_MAC_init(b->tag, key, BULK_KEY_LEN, NULL) == 1 ? 0 : SK_ERR_CRYPTO;
}

int bulk_tag_add(struct bulk *b, const void *data, size_t len)
{
    return EVP_MAC_update(b->tag, data, len) == 1 ? 0 : SK_ERR_CRYPTO;
}

int bulk_tag_end(struct bulk *b, uint8_t ret[static BULK_TAG_LEN])
{
    size_t len = 0;
    return EVP_MAC_final(b->tag, ret, &len, BULK_TAG_LEN) == 1 && len == BULK_TAG_LEN
               ? 0
               : SK_ERR_CRYPTO;
}
