/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minisign.c owns minisign's three file formats and their cryptography. It must never accept the
 * legacy form or trailing data, never look at an untrusted comment, and never leave a secret in
 * memory that it gives up. */
#include "crypto/minisign.h"
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include "base/str.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED   "trusted comment: "

#define HASH_LEN   64 /* bytes: BLAKE2b-512 of what is signed */
#define ED_LEN     64 /* bytes of an Ed25519 signature */
#define ALG_LEN    2
#define SALT_LEN   32
#define CHECK_LEN  32 /* bytes: BLAKE2b-256 over algorithm, id and secret key */
#define SECRET_LEN 64

#define PUBLIC_BIN_LEN    (ALG_LEN + MINISIGN_KEY_ID_LEN + 32)
#define SIGNATURE_BIN_LEN (ALG_LEN + MINISIGN_KEY_ID_LEN + ED_LEN)

_Static_assert(SALT_LEN == crypto_pwhash_scryptsalsa208sha256_SALTBYTES, "minisign's salt");

/* The most that a key file may ask of scrypt: what `minisign -G` writes. */
#define OPS_MAX    ((uint64_t)crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE)
#define MEMORY_MAX ((uint64_t)crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE)

/* The last part of a secret key file; encrypted as a whole. */
struct locked {
    uint8_t id[MINISIGN_KEY_ID_LEN];
    uint8_t secret[SECRET_LEN];
    uint8_t check[CHECK_LEN];
};

/* The bytes of a secret key file behind its base64. */
struct key_file {
    uint8_t sign_alg[ALG_LEN];
    uint8_t kdf_alg[ALG_LEN];
    uint8_t check_alg[ALG_LEN];
    uint8_t salt[SALT_LEN];
    uint8_t ops_le[8];
    uint8_t memory_le[8];
    struct locked locked;
};
_Static_assert(sizeof(struct key_file) == 158, "no padding in a key file");

static const uint8_t KDF_NONE[ALG_LEN] = {0, 0};
static const uint8_t KDF_SCRYPT[ALG_LEN] = {'S', 'c'};

struct line {
    const char *text;
    size_t len; /* bytes without the line's end */
};

/* The next line, without "\n" or "\r\n". */
static bool next_line(struct cursor *c, struct line *ret)
{
    if (!cursor_line(c, &ret->text, &ret->len))
        return false;
    if (ret->len > 0 && ret->text[ret->len - 1] == '\r')
        ret->len--;
    return true;
}

/* What stands behind prefix in the next line. */
static bool next_comment(struct cursor *c, const char *prefix, struct line *ret)
{
    struct line l;
    size_t prefix_len = strlen(prefix);
    if (!next_line(c, &l) || l.len < prefix_len || memcmp(l.text, prefix, prefix_len) != 0 ||
        l.len - prefix_len > MINISIGN_COMMENT_MAX)
        return false;
    *ret = (struct line){.text = l.text + prefix_len, .len = l.len - prefix_len};
    return true;
}

static bool next_base64(struct cursor *c, void *data, size_t len)
{
    struct line l;
    if (!next_line(c, &l))
        return false;
    for (size_t i = 0; i < l.len; i++)
        if ((unsigned char)l.text[i] > 0x7f) /* libsodium 1.0.18 takes some of these for letters */
            return false;
    return str_unbase64(l.text, l.len, data, len) == 0;
}

int minisign_public_parse(const char *text, size_t len, struct minisign_public *ret)
{
    struct cursor c;
    struct line comment;
    uint8_t bin[PUBLIC_BIN_LEN];
    cursor_init(&c, text, len);
    if (len >= strlen(UNTRUSTED) && memcmp(text, UNTRUSTED, strlen(UNTRUSTED)) == 0 &&
        !next_comment(&c, UNTRUSTED, &comment))
        return SK_ERR_FORMAT;
    if (!next_base64(&c, bin, sizeof bin) || cursor_done(&c) != 0 ||
        memcmp(bin, "Ed", ALG_LEN) != 0)
        return SK_ERR_FORMAT;
    memcpy(ret->id, bin + ALG_LEN, sizeof ret->id);
    memcpy(ret->key, bin + ALG_LEN + sizeof ret->id, sizeof ret->key);
    return 0;
}

void minisign_public_format(const struct minisign_public *pub,
                            char out[static MINISIGN_PUBLIC_TEXT_CAP])
{
    uint8_t bin[PUBLIC_BIN_LEN] = {'E', 'd'};
    memcpy(bin + ALG_LEN, pub->id, sizeof pub->id);
    memcpy(bin + ALG_LEN + sizeof pub->id, pub->key, sizeof pub->key);
    sodium_bin2base64(out, MINISIGN_PUBLIC_TEXT_CAP, bin, sizeof bin,
                      sodium_base64_VARIANT_ORIGINAL);
}

void minisign_id_format(const uint8_t id[static MINISIGN_KEY_ID_LEN],
                        char out[static MINISIGN_ID_TEXT_CAP])
{
    uint64_t number;
    memcpy(&number, id, sizeof number);
    snprintf(out, MINISIGN_ID_TEXT_CAP, "%" PRIX64, le64toh(number));
}

void minisign_public_file(const struct minisign_public *pub, struct buf *out)
{
    char id[MINISIGN_ID_TEXT_CAP], text[MINISIGN_PUBLIC_TEXT_CAP];
    minisign_id_format(pub->id, id);
    minisign_public_format(pub, text);
    buf_printf(out, UNTRUSTED "minisign public key %s\n%s\n", id, text);
}

/* A .minisig file taken apart. */
struct signature_file {
    uint8_t bin[SIGNATURE_BIN_LEN];
    uint8_t global[ED_LEN];
    struct line comment;
};

static int parse_signature(const char *text, size_t len, struct signature_file *ret)
{
    struct cursor c;
    struct line untrusted;
    cursor_init(&c, text, len);
    if (!next_comment(&c, UNTRUSTED, &untrusted) || !next_base64(&c, ret->bin, sizeof ret->bin) ||
        !next_comment(&c, TRUSTED, &ret->comment) ||
        !next_base64(&c, ret->global, sizeof ret->global) || cursor_done(&c) != 0)
        return SK_ERR_FORMAT;
    if (memcmp(ret->bin, "ED", ALG_LEN) != 0 || !str_is_utf8(ret->comment.text, ret->comment.len) ||
        memchr(ret->comment.text, '\0', ret->comment.len))
        return SK_ERR_FORMAT;
    return 0;
}

/* What the second signature covers: the first one and the trusted comment. */
static size_t global_message(const uint8_t ed[static ED_LEN], const char *comment, size_t len,
                             uint8_t out[static ED_LEN + MINISIGN_COMMENT_MAX])
{
    memcpy(out, ed, ED_LEN);
    memcpy(out + ED_LEN, comment, len);
    return ED_LEN + len;
}

static bool verify_with(const uint8_t hash[static HASH_LEN], const struct signature_file *s,
                        const struct minisign_public *key)
{
    uint8_t message[ED_LEN + MINISIGN_COMMENT_MAX];
    const uint8_t *ed = s->bin + ALG_LEN + MINISIGN_KEY_ID_LEN;
    size_t len = global_message(ed, s->comment.text, s->comment.len, message);
    return crypto_sign_verify_detached(ed, hash, HASH_LEN, key->key) == 0 &&
           crypto_sign_verify_detached(s->global, message, len, key->key) == 0;
}

static int prehash(const void *data, size_t len, uint8_t ret[static HASH_LEN])
{
    if (sodium_init() < 0 || crypto_generichash(ret, HASH_LEN, data, len, NULL, 0) != 0)
        return SK_ERR_CRYPTO;
    return 0;
}

int minisign_verify(const void *data, size_t len, const char *signature, size_t signature_len,
                    const struct minisign_public *keys, size_t count,
                    struct minisign_signature *ret, size_t *ret_which)
{
    struct signature_file s;
    uint8_t hash[HASH_LEN];
    int r = parse_signature(signature, signature_len, &s);
    if (r == 0)
        r = prehash(data, len, hash);
    if (r != 0)
        return r;
    const uint8_t *id = s.bin + ALG_LEN;
    r = SK_ERR_KEY_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(keys[i].id, id, MINISIGN_KEY_ID_LEN) != 0)
            continue;
        r = SK_ERR_SIGNATURE;
        if (!verify_with(hash, &s, &keys[i]))
            continue; /* another trusted key may have the same id */
        if (ret) {
            memcpy(ret->key_id, id, MINISIGN_KEY_ID_LEN);
            memcpy(ret->trusted_comment, s.comment.text, s.comment.len);
            ret->trusted_comment[s.comment.len] = '\0';
        }
        if (ret_which)
            *ret_which = i;
        return 0;
    }
    return r;
}

static bool is_one_line(const char *text, size_t len)
{
    return str_is_utf8(text, len) && !memchr(text, '\n', len) && !memchr(text, '\r', len);
}

int minisign_sign(const void *data, size_t len, const struct minisign_secret *secret,
                  const char *trusted_comment, struct buf *out)
{
    size_t comment_len = strlen(trusted_comment);
    if (comment_len > MINISIGN_COMMENT_MAX)
        return SK_ERR_LIMIT;
    if (!is_one_line(trusted_comment, comment_len))
        return SK_ERR_FORMAT;
    uint8_t hash[HASH_LEN], bin[SIGNATURE_BIN_LEN] = {'E', 'D'}, global[ED_LEN];
    uint8_t message[ED_LEN + MINISIGN_COMMENT_MAX];
    uint8_t *ed = bin + ALG_LEN + MINISIGN_KEY_ID_LEN;
    int r = prehash(data, len, hash);
    if (r != 0)
        return r;
    memcpy(bin + ALG_LEN, secret->pub.id, MINISIGN_KEY_ID_LEN);
    if (crypto_sign_detached(ed, NULL, hash, sizeof hash, secret->seed_and_key) != 0)
        return SK_ERR_CRYPTO;
    size_t message_len = global_message(ed, trusted_comment, comment_len, message);
    if (crypto_sign_detached(global, NULL, message, message_len, secret->seed_and_key) != 0)
        return SK_ERR_CRYPTO;

    autobuf struct buf file = {0};
    buf_puts(&file, UNTRUSTED "signature from minisign secret key\n");
    str_base64(&file, bin, sizeof bin);
    buf_printf(&file, "\n" TRUSTED "%s\n", trusted_comment);
    str_base64(&file, global, sizeof global);
    buf_putc(&file, '\n');
    if (file.err)
        return file.err;
    buf_put(out, file.data, file.len);
    return out->err;
}

int minisign_generate(struct minisign_secret *ret)
{
    struct minisign_secret s;
    if (sodium_init() < 0 || crypto_sign_keypair(s.pub.key, s.seed_and_key) != 0)
        return SK_ERR_CRYPTO;
    randombytes_buf(s.pub.id, sizeof s.pub.id);
    *ret = s;
    minisign_secret_wipe(&s);
    return 0;
}

void minisign_secret_wipe(struct minisign_secret *secret)
{
    sodium_memzero(secret, sizeof *secret);
}

static int checksum(const struct key_file *f, uint8_t ret[static CHECK_LEN])
{
    crypto_generichash_state state;
    if (crypto_generichash_init(&state, NULL, 0, CHECK_LEN) != 0 ||
        crypto_generichash_update(&state, f->sign_alg, sizeof f->sign_alg) != 0 ||
        crypto_generichash_update(&state, f->locked.id, sizeof f->locked.id) != 0 ||
        crypto_generichash_update(&state, f->locked.secret, sizeof f->locked.secret) != 0 ||
        crypto_generichash_final(&state, ret, CHECK_LEN) != 0)
        return SK_ERR_CRYPTO;
    return 0;
}

/* Encrypt or decrypt: XOR with a stream that scrypt makes of the passphrase. */
static int toggle(struct key_file *f, const char *passphrase)
{
    uint64_t ops, memory;
    memcpy(&ops, f->ops_le, sizeof ops);
    memcpy(&memory, f->memory_le, sizeof memory);
    ops = le64toh(ops);
    memory = le64toh(memory);
    if (ops > OPS_MAX || memory > MEMORY_MAX)
        return SK_ERR_LIMIT;
    uint8_t stream[sizeof f->locked], bytes[sizeof f->locked];
    errno = 0;
    if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof stream, passphrase, strlen(passphrase),
                                           f->salt, ops, (size_t)memory) != 0)
        return errno == ENOMEM ? -ENOMEM : SK_ERR_CRYPTO;
    memcpy(bytes, &f->locked, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] ^= stream[i];
    memcpy(&f->locked, bytes, sizeof bytes);
    sodium_memzero(stream, sizeof stream);
    sodium_memzero(bytes, sizeof bytes);
    return 0;
}

int minisign_secret_format(const struct minisign_secret *secret, const char *passphrase, bool light,
                           struct buf *out)
{
    uint64_t ops = htole64(light ? crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_INTERACTIVE
                                 : OPS_MAX);
    uint64_t memory = htole64(light ? crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_INTERACTIVE
                                    : MEMORY_MAX);
    struct key_file f = {.sign_alg = {'E', 'd'}, .check_alg = {'B', '2'}};
    int r = sodium_init() < 0 ? SK_ERR_CRYPTO : 0;
    memcpy(f.locked.id, secret->pub.id, sizeof f.locked.id);
    memcpy(f.locked.secret, secret->seed_and_key, sizeof f.locked.secret);
    if (r == 0 && passphrase) {
        memcpy(f.kdf_alg, KDF_SCRYPT, sizeof f.kdf_alg);
        memcpy(f.ops_le, &ops, sizeof ops);
        memcpy(f.memory_le, &memory, sizeof memory);
        randombytes_buf(f.salt, sizeof f.salt);
        r = checksum(&f, f.locked.check);
        if (r == 0)
            r = toggle(&f, passphrase);
    }
    if (r == 0) {
        autobuf struct buf file = {0};
        buf_puts(&file, UNTRUSTED "minisign encrypted secret key\n"); /* -W writes the same */
        str_base64(&file, &f, sizeof f);
        buf_putc(&file, '\n');
        if (file.err)
            r = file.err;
        else
            buf_put(out, file.data, file.len);
    }
    sodium_memzero(&f, sizeof f);
    return r != 0 ? r : out->err;
}

/* A key in clear carries no checksum or a right one; an encrypted one always carries it. */
static int check_key(const struct key_file *f, bool encrypted)
{
    uint8_t want[CHECK_LEN];
    if (!encrypted && sodium_is_zero(f->locked.check, CHECK_LEN))
        return 0;
    if (checksum(f, want) != 0)
        return SK_ERR_CRYPTO;
    if (sodium_memcmp(want, f->locked.check, CHECK_LEN) != 0)
        return encrypted ? SK_ERR_PASSPHRASE : SK_ERR_FORMAT;
    return 0;
}

static int parse_key_file(const char *text, size_t len, struct key_file *ret)
{
    struct cursor c;
    struct line comment;
    cursor_init(&c, text, len);
    if (!next_comment(&c, UNTRUSTED, &comment) || !next_base64(&c, ret, sizeof *ret) ||
        cursor_done(&c) != 0 || memcmp(ret->sign_alg, "Ed", ALG_LEN) != 0 ||
        memcmp(ret->check_alg, "B2", ALG_LEN) != 0)
        return SK_ERR_FORMAT;
    return 0;
}

static int open_key_file(struct key_file *f, const char *passphrase, struct minisign_secret *ret)
{
    bool encrypted = memcmp(f->kdf_alg, KDF_SCRYPT, ALG_LEN) == 0;
    if (!encrypted && memcmp(f->kdf_alg, KDF_NONE, ALG_LEN) != 0)
        return SK_ERR_FORMAT;
    if (encrypted && !passphrase)
        return SK_ERR_PASSPHRASE;
    int r = encrypted ? toggle(f, passphrase) : 0;
    if (r == 0)
        r = check_key(f, encrypted);
    if (r != 0)
        return r;
    /* the public half must belong to the seed, or signatures made with it would leak the key */
    struct minisign_secret s;
    if (crypto_sign_seed_keypair(s.pub.key, s.seed_and_key, f->locked.secret) != 0)
        r = SK_ERR_CRYPTO;
    else if (sodium_memcmp(s.seed_and_key, f->locked.secret, SECRET_LEN) != 0)
        r = SK_ERR_FORMAT;
    if (r == 0) {
        memcpy(s.pub.id, f->locked.id, sizeof s.pub.id);
        *ret = s;
    }
    minisign_secret_wipe(&s);
    return r;
}

int minisign_secret_parse(const char *text, size_t len, const char *passphrase,
                          struct minisign_secret *ret)
{
    struct key_file f;
    int r = sodium_init() < 0 ? SK_ERR_CRYPTO : parse_key_file(text, len, &f);
    if (r == 0)
        r = open_key_file(&f, passphrase, ret);
    sodium_memzero(&f, sizeof f);
    return r;
}
