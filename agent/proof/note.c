/* SPDX-License-Identifier: GPL-3.0-or-later */
/* note.c owns the form of checkpoints and their keys. It must never accept two spellings of one
 * note, and never keep a secret key longer than one signature. */
#include "proof/note.h"
#include <inttypes.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"

#define KEY_HASH_LEN      4    /* bytes */
#define ALGORITHM_ED25519 0x01 /* c2sp.org/signed-note */
#define DASH              "\xe2\x80\x94 "
#define NOTE_LINES        6    /* origin, size, root, empty, signature, empty */

int note_name(const uint8_t key[static NOTE_KEY_LEN], char ret[static NOTE_NAME_CAP])
{
    static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t digest[DIGEST_LEN];
    int r = digest_of(key, NOTE_KEY_LEN, digest);
    if (r != 0)
        return r;
    uint32_t bits = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
                    (uint32_t)digest[2] << 8 | digest[3];
    memcpy(ret, "sk", 2);
    for (unsigned i = 2; i < NOTE_NAME_LEN; i++, bits <<= 5)
        ret[i] = base32[bits >> 27];
    ret[NOTE_NAME_LEN] = '\0';
    return 0;
}

/* The first bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key). */
static int key_hash(const struct note_key *key, uint8_t ret[static KEY_HASH_LEN])
{
    uint8_t digest[DIGEST_LEN], text[NOTE_NAME_LEN + 2 + NOTE_KEY_LEN];
    memcpy(text, key->name, NOTE_NAME_LEN);
    text[NOTE_NAME_LEN] = '\n';
    text[NOTE_NAME_LEN + 1] = ALGORITHM_ED25519;
    memcpy(text + NOTE_NAME_LEN + 2, key->key, NOTE_KEY_LEN);
    int r = digest_of(text, sizeof text, digest);
    if (r == 0)
        memcpy(ret, digest, KEY_HASH_LEN);
    return r;
}

int note_vkey_format(const struct note_key *key, char ret[static NOTE_VKEY_CAP])
{
    uint8_t hash[KEY_HASH_LEN], typed[1 + NOTE_KEY_LEN];
    char hex[2 * KEY_HASH_LEN + 1], base64[45];
    int r = key_hash(key, hash);
    if (r != 0)
        return r;
    str_hex(hex, hash, sizeof hash);
    typed[0] = ALGORITHM_ED25519;
    memcpy(typed + 1, key->key, NOTE_KEY_LEN);
    sodium_bin2base64(base64, sizeof base64, typed, sizeof typed, sodium_base64_VARIANT_ORIGINAL);
    snprintf(ret, NOTE_VKEY_CAP, "%.*s+%s+%s", NOTE_NAME_LEN, key->name, hex, base64);
    return 0;
}

int note_vkey_parse(const char *text, size_t len, struct note_key *ret)
{
    uint8_t typed[1 + NOTE_KEY_LEN];
    char again[NOTE_VKEY_CAP];
    const size_t key_at = NOTE_NAME_LEN + 1 + 2 * KEY_HASH_LEN + 1;
    if (len != NOTE_VKEY_LEN ||
        str_unbase64(text + key_at, len - key_at, typed, sizeof typed) != 0)
        return SK_ERR_FORMAT;
    struct note_key key = {0};
    for (unsigned i = 0; i < NOTE_NAME_LEN; i++) {
        bool letter = text[i] >= 'a' && text[i] <= 'z';
        if (!letter && !(text[i] >= '2' && text[i] <= '7'))
            return SK_ERR_FORMAT;
        key.name[i] = text[i];
    }
    memcpy(key.key, typed + 1, NOTE_KEY_LEN);
    int r = note_vkey_format(&key, again);
    if (r != 0)
        return r;
    if (memcmp(again, text, len) != 0)
        return SK_ERR_FORMAT;
    *ret = key;
    return 0;
}

static void put_text(const struct checkpoint *c, const char *origin, struct buf *out)
{
    buf_printf(out, "%s\n%" PRIu64 "\n", origin, c->size);
    str_base64(out, c->root, sizeof c->root);
    buf_putc(out, '\n');
}

static int put_signature_line(const struct note_key *key,
                              const uint8_t signature[static NOTE_SIGNATURE_LEN], struct buf *out)
{
    uint8_t blob[KEY_HASH_LEN + NOTE_SIGNATURE_LEN];
    int r = key_hash(key, blob);
    if (r != 0)
        return r;
    memcpy(blob + KEY_HASH_LEN, signature, NOTE_SIGNATURE_LEN);
    buf_printf(out, "\n" DASH "%s ", key->name);
    str_base64(out, blob, sizeof blob);
    buf_puts(out, "\n\n");
    return out->err;
}

int checkpoint_sign(const struct checkpoint *c, const struct note_key *key,
                    const uint8_t seed[static NOTE_KEY_LEN], struct buf *out)
{
    uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    uint8_t signature[NOTE_SIGNATURE_LEN];
    autobuf struct buf text = {0};
    put_text(c, key->name, &text);
    if (text.err)
        return text.err;
    crypto_sign_seed_keypair(public, secret, seed);
    bool fits = memcmp(public, key->key, sizeof public) == 0;
    crypto_sign_detached(signature, NULL, (const uint8_t *)text.data, text.len, secret);
    sodium_memzero(secret, sizeof secret);
    if (!fits)
        return SK_ERR_CRYPTO;
    buf_put(out, text.data, text.len);
    return put_signature_line(key, signature, out);
}

/* The bytes of the next note with its empty line, or NULL when they are not all there. */
static const char *whole_note(const struct cursor *notes, size_t *ret_len)
{
    const char *start = (const char *)notes->at, *at = start;
    size_t left = notes->left < NOTE_MAX ? notes->left : NOTE_MAX;
    for (unsigned lines = 0; lines < NOTE_LINES; lines++) {
        const char *end = memchr(at, '\n', left - (size_t)(at - start));
        if (!end)
            return NULL;
        at = end + 1;
    }
    *ret_len = (size_t)(at - start);
    return start;
}

/* Size and root from the second and third line. */
static int read_fields(const char *note, size_t len, struct checkpoint *ret)
{
    struct cursor c;
    const char *line;
    size_t line_len;
    char number[24];
    cursor_init(&c, note, len);
    cursor_line(&c, &line, &line_len);
    if (!cursor_line(&c, &line, &line_len) || line_len >= sizeof number)
        return SK_ERR_FORMAT;
    memcpy(number, line, line_len);
    number[line_len] = '\0';
    if (strlen(number) != line_len || str_to_u64(number, INT64_MAX, &ret->size) != 0)
        return SK_ERR_FORMAT;
    if (!cursor_line(&c, &line, &line_len))
        return SK_ERR_FORMAT;
    return str_unbase64(line, line_len, ret->root, sizeof ret->root);
}

static int read_signature(const char *note, size_t len, size_t text_len,
                          uint8_t ret_blob[static KEY_HASH_LEN + NOTE_SIGNATURE_LEN])
{
    const size_t before = strlen("\n" DASH) + NOTE_NAME_LEN + 1, after = strlen("\n\n");
    if (len < text_len + before + after)
        return SK_ERR_FORMAT;
    return str_unbase64(note + text_len + before, len - text_len - before - after, ret_blob,
                        KEY_HASH_LEN + NOTE_SIGNATURE_LEN);
}

int checkpoint_read(struct cursor *notes, const struct note_key *key, struct checkpoint *ret)
{
    size_t len;
    struct checkpoint c = {0};
    uint8_t blob[KEY_HASH_LEN + NOTE_SIGNATURE_LEN], hash[KEY_HASH_LEN];
    const char *note = notes->err ? NULL : whole_note(notes, &len);
    if (!note || len < NOTE_NAME_LEN || read_fields(note, len, &c) != 0)
        return SK_ERR_FORMAT;
    if (memcmp(note, key->name, NOTE_NAME_LEN) != 0)
        return SK_ERR_KEY_UNKNOWN;
    /* what was read must be what would be written: then there is one spelling only */
    autobuf struct buf again = {0};
    put_text(&c, key->name, &again);
    size_t text_len = again.len;
    int r = again.err ? again.err : read_signature(note, len, text_len, blob);
    if (r == 0)
        r = key_hash(key, hash);
    if (r != 0)
        return r;
    if (memcmp(blob, hash, KEY_HASH_LEN) != 0)
        return SK_ERR_KEY_UNKNOWN;
    r = put_signature_line(key, blob + KEY_HASH_LEN, &again);
    if (r != 0)
        return r;
    if (again.len != len || memcmp(again.data, note, len) != 0)
        return SK_ERR_FORMAT;
    if (crypto_sign_verify_detached(blob + KEY_HASH_LEN, (const uint8_t *)note, text_len,
                                    key->key) != 0)
        return SK_ERR_SIGNATURE;
    cursor_bytes(notes, len);
    *ret = c;
    return 0;
}
