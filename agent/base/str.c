/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str.c owns what the agent does to text. It must never depend on the locale. */
#include "base/str.h"
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>

bool str_eq(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

size_t str_span_id(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
                       (s[n] >= '0' && s[n] <= '9') || s[n] == '.' || s[n] == '_' || s[n] == '-'))
        n++;
    return n;
}

int str_to_u64(const char *s, uint64_t max, uint64_t *ret)
{
    if (!*s || (s[0] == '0' && s[1]))
        return SK_ERR_FORMAT;
    uint64_t v = 0;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return SK_ERR_FORMAT;
        uint64_t digit = (uint64_t)(*s - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return SK_ERR_LIMIT;
        v = v * 10 + digit;
    }
    if (v > max)
        return SK_ERR_LIMIT;
    *ret = v;
    return 0;
}

/* Decode one character; its length in bytes, or 0 when it is not valid UTF-8. */
static size_t decode(const char *s, size_t len, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)s[0];
    size_t n = first < 0x80 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3
             : (first & 0xf8) == 0xf0 ? 4 : 0;
    if (n == 0 || n > len)
        return 0;
    uint32_t c = n == 1 ? first : first & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | ((unsigned char)s[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return n;
}

bool str_is_utf8(const char *s, size_t len)
{
    uint32_t c;
    for (size_t n; len > 0; s += n, len -= n)
        if ((n = decode(s, len, &c)) == 0)
            return false;
    return true;
}

/* Characters that move, hide or reorder what a terminal shows. */
static bool deceives(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x061c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

size_t str_deceptive(const char *s, size_t len, uint32_t *ret)
{
    uint32_t c;
    size_t n = decode(s, len, &c);
    if (n == 0 || !deceives(c))
        return 0;
    *ret = c;
    return n;
}

void str_escape(struct buf *b, const char *s, size_t len)
{
    while (len > 0) {
        uint32_t c;
        size_t n = decode(s, len, &c);
        if (n == 0) {
            buf_printf(b, "\\x%02x", (unsigned char)*s);
            n = 1;
        } else if (c == '\n') {
            buf_puts(b, "\\n");
        } else if (c == '\t') {
            buf_puts(b, "\\t");
        } else if (c == '\\') {
            buf_puts(b, "\\\\");
        } else if (c < 0x80 && deceives(c)) {
            buf_printf(b, "\\x%02x", c);
        } else if (deceives(c)) {
            buf_printf(b, "\\u{%04x}", c);
        } else {
            buf_put(b, s, n);
        }
        s += n;
        len -= n;
    }
}

static void put_utf8(struct buf *b, uint32_t c)
{
    char out[4];
    size_t n;
    if (c < 0x80) {
        out[0] = (char)c;
        n = 1;
    } else if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        n = 2;
    } else if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        n = 3;
    } else {
        out[0] = (char)(0xf0 | c >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++)
        out[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
    buf_put(b, out, n);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What stands behind a backslash; the bytes used, or 0 when it is no escape of ours. */
static size_t unescape_one(struct buf *b, const char *s, size_t len)
{
    if (len >= 1 && (s[0] == 'n' || s[0] == 't' || s[0] == '\\')) {
        buf_putc(b, s[0] == 'n' ? '\n' : s[0] == 't' ? '\t' : '\\');
        return 1;
    }
    if (len >= 3 && s[0] == 'x' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
        buf_putc(b, (char)(hex_digit(s[1]) << 4 | hex_digit(s[2])));
        return 3;
    }
    if (len < 4 || s[0] != 'u' || s[1] != '{')
        return 0;
    uint32_t c = 0;
    size_t at = 2;
    for (; at < len && hex_digit(s[at]) >= 0 && c <= 0x10ffff; at++)
        c = c << 4 | (uint32_t)hex_digit(s[at]);
    if (at == len || at == 2 || s[at] != '}' || c > 0x10ffff)
        return 0;
    put_utf8(b, c);
    return at + 1;
}

int str_unescape(struct buf *b, const char *s, size_t len)
{
    while (len > 0) {
        size_t used = 1;
        if (*s == '\\') {
            used = unescape_one(b, s + 1, len - 1);
            if (used == 0)
                return SK_ERR_FORMAT;
            used++;
        } else {
            buf_putc(b, *s);
        }
        s += used;
        len -= used;
    }
    return b->err;
}

static size_t columns_of(uint32_t c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x3099 && c <= 0x309a) || (c >= 0xfe00 && c <= 0xfe0f) ||
        (c >= 0xe0100 && c <= 0xe01ef))
        return 0;
    bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0x303e) ||
                (c >= 0x3041 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
                (c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) ||
                (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

size_t str_columns(const char *s, size_t len)
{
    size_t columns = 0;
    while (len > 0) {
        uint32_t c;
        size_t n = decode(s, len, &c);
        columns += n ? columns_of(c) : 1;
        n = n ? n : 1;
        s += n;
        len -= n;
    }
    return columns;
}

void str_hex(char *out, const void *data, size_t len)
{
    sodium_bin2hex(out, 2 * len + 1, data, len);
}

int str_unhex(const char *hex, size_t hex_len, void *data, size_t len)
{
    unsigned char *out = data;
    if (hex_len != 2 * len)
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < hex_len; i++)
        if (hex_digit(hex[i]) < 0)
            return SK_ERR_FORMAT;
    for (size_t i = 0; i < len; i++)
        out[i] = (unsigned char)((unsigned)hex_digit(hex[2 * i]) << 4 |
                                 (unsigned)hex_digit(hex[2 * i + 1]));
    return 0;
}

void str_base64(struct buf *b, const void *data, size_t len)
{
    size_t room_len = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    char *room = buf_room(b, room_len);
    if (!room)
        return;
    sodium_bin2base64(room, room_len, data, len, sodium_base64_VARIANT_ORIGINAL);
    buf_grow(b, room_len - 1);
}

int str_unbase64(const char *text, size_t text_len, void *data, size_t len)
{
    size_t got;
    const char *end;
    if (text_len != sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL) - 1)
        return SK_ERR_FORMAT;
    /* libsodium 1.0.18 takes some bytes above 0x7f for letters */
    for (size_t i = 0; i < text_len; i++)
        if ((unsigned char)text[i] > 0x7f)
            return SK_ERR_FORMAT;
    if (sodium_base642bin(data, len, text, text_len, NULL, &got, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return SK_ERR_FORMAT;
    return got == len && end == text + text_len ? 0 : SK_ERR_FORMAT;
}

#define NEAREST_WORD_MAX 64 /* bytes; longer words have no neighbours */

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[NEAREST_WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b_len];
}

const char *str_nearest(const char *word, const char *const *names, size_t count)
{
    size_t len = strlen(word);
    size_t best = len / 3 > 1 ? len / 3 + 1 : 2;
    const char *nearest = NULL;
    for (size_t i = 0; i < count && len <= NEAREST_WORD_MAX; i++) {
        size_t name_len = strlen(names[i]);
        if (name_len > NEAREST_WORD_MAX)
            continue;
        size_t d = distance(word, len, names[i], name_len);
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

bool str_next_word(const char **at, const char **ret_word, size_t *ret_len)
{
    if (!*at)
        return false;
    const char *word = *at + strspn(*at, " \t");
    size_t len = strcspn(word, ",");
    *at = word[len] ? word + len + 1 : NULL;
    while (len > 0 && (word[len - 1] == ' ' || word[len - 1] == '\t'))
        len--;
    *ret_word = word;
    *ret_len = len;
    return true;
}
