/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_armor.c owns the reading of ASCII armor: strict PEM with lines of 64 columns. It must never
 * accept what a stock age refuses. Armor is never written. */
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include "crypto/age_internal.h"

#define ARMOR_BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define ARMOR_END   "-----END AGE ENCRYPTED FILE-----"
#define ARMOR_SIGN  "-----BEGIN"

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(struct cursor *c)
{
    while (c->left > 0 && is_space(*c->at))
        (void)cursor_bytes(c, 1);
}

bool age_armor_is(const void *file, size_t len)
{
    struct cursor c;
    cursor_init(&c, file, len);
    skip_space(&c);
    return c.left >= strlen(ARMOR_SIGN) && memcmp(c.at, ARMOR_SIGN, strlen(ARMOR_SIGN)) == 0;
}

static bool slice_is(const struct age_slice *s, const char *text)
{
    return s->len == strlen(text) && memcmp(s->at, text, s->len) == 0;
}

/* The next line; one '\r' before its '\n' does not belong to it. *ret_ended: a '\n' closed it. */
static bool next_line(struct cursor *c, struct age_slice *ret, bool *ret_ended)
{
    size_t left = c->left;
    if (!cursor_line(c, &ret->at, &ret->len))
        return false;
    *ret_ended = left - c->left > ret->len;
    if (*ret_ended && ret->len > 0 && ret->at[ret->len - 1] == '\r')
        ret->len--;
    return true;
}

/* One line of base64; *ret_last when no further one may follow it (it is not full). */
static int decode_line(const struct age_slice *line, struct buf *out, bool *ret_last)
{
    uint8_t bytes[AGE_LINE_BYTES];
    size_t len;
    if (line->len == 0 || line->len > AGE_LINE_COLUMNS || line->len % 4 != 0)
        return SK_ERR_FORMAT;
    if (sodium_base642bin(bytes, sizeof bytes, line->at, line->len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return SK_ERR_FORMAT;
    buf_put(out, bytes, len);
    *ret_last = len < AGE_LINE_BYTES;
    return out->err;
}

int age_armor_decode(const void *file, size_t len, struct buf *out)
{
    struct cursor c;
    struct age_slice line;
    bool ended, last = false;
    cursor_init(&c, file, len);
    skip_space(&c);
    if (!next_line(&c, &line, &ended) || !ended || !slice_is(&line, ARMOR_BEGIN))
        return SK_ERR_FORMAT;
    for (;;) {
        if (!next_line(&c, &line, &ended))
            return SK_ERR_FORMAT;
        if (slice_is(&line, ARMOR_END))
            break;
        if (last || !ended)
            return SK_ERR_FORMAT;
        int r = decode_line(&line, out, &last);
        if (r != 0)
            return r;
    }
    skip_space(&c);
    return cursor_done(&c);
}
