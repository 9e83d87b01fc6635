/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_header.c owns the text in front of a payload: its grammar, its stanzas in order, its MAC. It
 * must never accept a header that another reader could understand differently (c2sp.org/age). */
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include "crypto/age_internal.h"

#define VERSION_LINE "age-encryption.org/v1"
#define STANZA_SIGN  "-> "
#define FOOTER_SIGN  "---"
#define MAC_COLUMNS  43 /* base64 of 32 bytes */

bool age_stanza_is(const struct age_stanza *s, const char *kind)
{
    return s->args[0].len == strlen(kind) && memcmp(s->args[0].at, kind, s->args[0].len) == 0;
}

/* A line that a '\n' closes; what lacks one is no line of a header. */
static int header_line(struct cursor *c, struct age_slice *ret)
{
    size_t left = c->left;
    if (!cursor_line(c, &ret->at, &ret->len) || left - c->left == ret->len)
        return SK_ERR_FORMAT;
    return 0;
}

/* Arguments are separated by one space each; none is empty, all are visible ASCII. */
static int parse_args(const struct age_slice *line, struct age_stanza *s)
{
    size_t sign = strlen(STANZA_SIGN);
    if (line->len < sign || memcmp(line->at, STANZA_SIGN, sign) != 0)
        return SK_ERR_FORMAT;
    struct age_slice arg = {line->at + sign, 0};
    for (size_t i = sign; i <= line->len; i++) {
        unsigned char c = i < line->len ? (unsigned char)line->at[i] : ' ';
        if (c > ' ' && c < 0x7f) {
            arg.len++;
            continue;
        }
        if (c != ' ' || arg.len == 0)
            return SK_ERR_FORMAT;
        if (s->arg_count < AGE_STANZA_ARGS)
            s->args[s->arg_count] = arg;
        s->arg_count++;
        arg = (struct age_slice){line->at + i + 1, 0};
    }
    return 0;
}

/* Full lines of 64 columns and one shorter (maybe empty) line that ends the body. */
static int parse_body(struct cursor *c, struct age_stanza *s)
{
    for (;;) {
        struct age_slice line;
        uint8_t bytes[AGE_LINE_BYTES];
        size_t len;
        int r = header_line(c, &line);
        if (r == 0 && line.len > AGE_LINE_COLUMNS)
            r = SK_ERR_FORMAT;
        if (r == 0)
            r = age_base64_decode_some(line.at, line.len, bytes, sizeof bytes, &len);
        if (r != 0)
            return r;
        if (s->body_len == 0)
            memcpy(s->body, bytes, len);
        s->body_len += len;
        if (line.len < AGE_LINE_COLUMNS)
            return 0;
    }
}

/* What the header gave so far. */
struct reading {
    const struct age_identity *identities;
    size_t identity_count;
    const char *passphrase;
    size_t stanza_count;
    struct age_stanza scrypt; /* kept until it is known to stand alone */
    bool has_scrypt;
    bool has_key;
    uint8_t key[AGE_FILE_KEY_LEN];
};

static int take_x25519(struct reading *r, const struct age_stanza *s)
{
    int found = r->identity_count > 0 ? age_x25519_check(s) : 0;
    for (size_t i = 0; i < r->identity_count && found == 0 && !r->has_key; i++)
        found = age_x25519_unwrap(s, &r->identities[i], r->key);
    r->has_key |= found == 1;
    return found < 0 ? found : 0;
}

static int take_stanza(struct reading *r, const struct age_stanza *s)
{
    r->stanza_count++;
    if (age_stanza_is(s, "scrypt")) {
        r->has_scrypt = true;
        r->scrypt = *s;
    }
    return age_stanza_is(s, "X25519") ? take_x25519(r, s) : 0;
}

/* A passphrase stanza stands alone, so that a file opened by passphrase has one author. */
static int finish_keys(struct reading *r)
{
    if (r->stanza_count == 0 || (r->has_scrypt && r->stanza_count != 1))
        return SK_ERR_FORMAT;
    if (r->has_scrypt && r->passphrase) {
        int found = age_scrypt_unwrap(&r->scrypt, r->passphrase, r->key);
        if (found < 0)
            return found;
        r->has_key = found == 1;
    }
    return r->has_key ? 0 : SK_ERR_KEY_UNKNOWN;
}

/* HMAC over everything up to and with "---". */
static void header_mac(uint8_t out[static AGE_KEY_LEN], const uint8_t key[static AGE_FILE_KEY_LEN],
                       const void *header, size_t len)
{
    uint8_t mac_key[AGE_KEY_LEN];
    crypto_auth_hmacsha256_state state;
    age_hkdf(mac_key, (struct age_bytes){key, AGE_FILE_KEY_LEN}, (struct age_bytes){0}, "header");
    crypto_auth_hmacsha256_init(&state, mac_key, sizeof mac_key);
    crypto_auth_hmacsha256_update(&state, header, len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(mac_key, sizeof mac_key);
    sodium_memzero(&state, sizeof state);
}

/* Stanzas until the footer, whose MAC is handed out; *ret_covered bytes stand under it. */
static int parse_stanzas(struct cursor *c, struct reading *reading, const unsigned char *start,
                         uint8_t ret_mac[static AGE_KEY_LEN], size_t *ret_covered)
{
    const size_t sign = strlen(FOOTER_SIGN);
    for (;;) {
        struct age_slice line;
        struct age_stanza stanza = {0};
        int r = header_line(c, &line);
        if (r != 0)
            return r;
        if (line.len >= sign && memcmp(line.at, FOOTER_SIGN, sign) == 0) {
            *ret_covered = (size_t)((const unsigned char *)line.at - start) + sign;
            if (line.len != sign + 1 + MAC_COLUMNS || line.at[sign] != ' ')
                return SK_ERR_FORMAT;
            return age_base64_decode(line.at + sign + 1, MAC_COLUMNS, ret_mac, AGE_KEY_LEN);
        }
        r = parse_args(&line, &stanza);
        if (r == 0)
            r = parse_body(c, &stanza);
        if (r == 0)
            r = take_stanza(reading, &stanza);
        if (r != 0)
            return r;
    }
}

/* The header's own part of age_read_header: the file key in reading->key once the MAC holds. */
static int read_text(struct cursor *c, struct reading *reading)
{
    const unsigned char *start = c->at;
    uint8_t mac[AGE_KEY_LEN], expected[AGE_KEY_LEN];
    size_t covered = 0;
    struct age_slice line;
    int r = header_line(c, &line);
    if (r == 0 && (line.len != strlen(VERSION_LINE) || memcmp(line.at, VERSION_LINE, line.len) != 0))
        r = SK_ERR_FORMAT;
    if (r == 0)
        r = parse_stanzas(c, reading, start, mac, &covered);
    if (r == 0)
        r = finish_keys(reading);
    if (r != 0)
        return r;
    header_mac(expected, reading->key, start, covered);
    return sodium_memcmp(mac, expected, sizeof mac) == 0 ? 0 : SK_ERR_SIGNATURE;
}

int age_read_header(const void *file, size_t len, const struct age_identity *identities,
                    size_t count, const char *passphrase, size_t *ret_len, struct age_stream *ret)
{
    struct cursor c;
    struct reading reading = {.identities = identities, .identity_count = count,
                              .passphrase = passphrase};
    if (sodium_init() < 0)
        return SK_ERR_CRYPTO;
    size_t seen = len < AGE_HEADER_MAX ? len : AGE_HEADER_MAX;
    cursor_init(&c, file, seen);
    int r = read_text(&c, &reading);
    if (r == SK_ERR_FORMAT && c.left == 0 && seen < len)
        r = SK_ERR_LIMIT;
    const uint8_t *nonce = r == 0 ? cursor_bytes(&c, AGE_NONCE_LEN) : NULL;
    if (r == 0 && !nonce)
        r = SK_ERR_FORMAT;
    if (r == 0) {
        age_stream_derive(ret, reading.key, nonce);
        *ret_len = seen - c.left;
    }
    sodium_memzero(&reading, sizeof reading);
    return r;
}

int age_write_header(const struct age_recipient *recipients, size_t count, struct buf *out,
                     struct age_stream *ret)
{
    uint8_t key[AGE_FILE_KEY_LEN], nonce[AGE_NONCE_LEN], mac[AGE_KEY_LEN];
    if (count == 0 || count > AGE_RECIPIENTS_MAX)
        return SK_ERR_LIMIT;
    if (sodium_init() < 0)
        return SK_ERR_CRYPTO;
    size_t start = out->len;
    randombytes_buf(key, sizeof key);
    randombytes_buf(nonce, sizeof nonce);
    buf_puts(out, VERSION_LINE "\n");
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++)
        r = age_x25519_wrap(&recipients[i], key, out);
    buf_puts(out, FOOTER_SIGN);
    if (r == 0)
        r = out->err;
    if (r == 0) {
        header_mac(mac, key, out->data + start, out->len - start);
        buf_putc(out, ' ');
        age_base64_put(out, mac, sizeof mac);
        buf_putc(out, '\n');
        buf_put(out, nonce, sizeof nonce);
        r = out->err;
    }
    if (r == 0)
        age_stream_derive(ret, key, nonce);
    sodium_memzero(key, sizeof key);
    return r;
}
