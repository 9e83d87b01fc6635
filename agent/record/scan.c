/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scan.c owns the check of one line against the canonical form. It must never accept a line that
 * record_write would write otherwise, and never allocate. */
#include "record/scan.h"
#include <endian.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"

struct scanner {
    const char *line, *at, *end;
    struct scan_field *fields; /* sorted, so that one look at a key is enough */
    size_t count, next;
};

/* Bytes that stand for themselves in a string: printable ASCII without quote and backslash. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#define EIGHT         8                          /* bytes looked at in one step */
#define IN_EACH(byte) (UINT64_MAX / 255 * (byte)) /* in each of eight bytes */

/* Of eight bytes, how many are plain before the first that is not. */
static unsigned plain_of_eight(const char *at)
{
    uint64_t x;
    memcpy(&x, at, sizeof x);
    x = le64toh(x);
    /* n - 1 & ~n sets the top bit of a byte that is 0; a borrow can only set further ones behind it */
    uint64_t quote = x ^ IN_EACH('"'), backslash = x ^ IN_EACH('\\');
    uint64_t other = (x | ((x - IN_EACH(0x20)) & ~x) | ((quote - IN_EACH(1)) & ~quote) |
                      ((backslash - IN_EACH(1)) & ~backslash)) & IN_EACH(0x80);
    return other ? (unsigned)__builtin_ctzll(other) / 8 : EIGHT;
}

static void skip_plain(struct scanner *s)
{
    while (s->end - s->at >= EIGHT) {
        unsigned n = plain_of_eight(s->at);
        s->at += n;
        if (n < EIGHT)
            return;
    }
    while (s->at < s->end && is_plain((unsigned char)*s->at))
        s->at++;
}

/* The escapes that the writer uses: the short ones, and \u00XX (upper case) where there is none. */
static bool scan_escape(struct scanner *s)
{
    if (s->end - s->at < 2)
        return false;
    if (strchr("\"\\bfnrt", s->at[1]) && s->at[1]) {
        s->at += 2;
        return true;
    }
    static const char upper[] = "0123456789ABCDEF";
    if (s->end - s->at < 6 || memcmp(s->at, "\\u00", 4) != 0 || (s->at[4] != '0' && s->at[4] != '1'))
        return false;
    const char *low = s->at[5] ? strchr(upper, s->at[5]) : NULL;
    if (!low)
        return false;
    int c = (s->at[4] - '0') * 16 + (int)(low - upper);
    if (c == 0 || c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t')
        return false;
    s->at += 6;
    return true;
}

static bool scan_string(struct scanner *s)
{
    if (s->at == s->end || *s->at != '"')
        return false;
    s->at++;
    while (s->at < s->end) {
        skip_plain(s);
        if (s->at == s->end)
            return false;
        if (*s->at == '"') {
            s->at++;
            return true;
        }
        if (*s->at == '\\') {
            if (!scan_escape(s))
                return false;
            continue;
        }
        const char *start = s->at;
        while (s->at < s->end && (unsigned char)*s->at >= 0x80)
            s->at++;
        if (s->at == start || !str_is_utf8(start, (size_t)(s->at - start))) {
            s->at = start;
            return false;
        }
    }
    return false;
}

static bool scan_integer(struct scanner *s)
{
    const char *start = s->at;
    if (s->at < s->end && *s->at == '-')
        s->at++;
    const char *digits = s->at;
    uint64_t v = 0, max = digits > start ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        uint64_t digit = (uint64_t)(*s->at - '0');
        if (v > (max - digit) / 10)
            return false;
        v = v * 10 + digit;
        s->at++;
    }
    size_t count = (size_t)(s->at - digits);
    return count > 0 && (count == 1 || *digits != '0') && !(v == 0 && digits > start);
}

static bool scan_word(struct scanner *s, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return false;
    s->at += len;
    return true;
}

static bool scan_one(struct scanner *s, char c)
{
    bool is = s->at < s->end && *s->at == c;
    s->at += is;
    return is;
}

static bool scan_value(struct scanner *s, unsigned depth);

static bool scan_array(struct scanner *s, unsigned depth)
{
    s->at++;
    if (scan_one(s, ']'))
        return true;
    do
        if (!scan_value(s, depth + 1))
            return false;
    while (scan_one(s, ','));
    return scan_one(s, ']');
}

static bool sorted_before(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order < 0 || (order == 0 && a_len < b_len);
}

static void keep_field(struct scanner *s, const char *key, size_t key_len, const char *value)
{
    while (s->next < s->count) {
        struct scan_field *f = &s->fields[s->next];
        if (f->key_len == key_len && memcmp(f->key, key, key_len) == 0) {
            f->value = value;
            f->len = (size_t)(s->at - value);
        } else if (!sorted_before(f->key, f->key_len, key, key_len)) {
            return;
        }
        s->next++;
    }
}

static bool scan_object(struct scanner *s, unsigned depth)
{
    s->at++;
    if (scan_one(s, '}'))
        return true;
    const char *last = NULL;
    size_t last_len = 0;
    do {
        const char *key = s->at + 1;
        if (!scan_string(s))
            return false;
        size_t key_len = (size_t)(s->at - key) - 1;
        if (memchr(key, '\\', key_len) || (last && !sorted_before(last, last_len, key, key_len)) ||
            !scan_one(s, ':')) {
            s->at = key;
            return false;
        }
        const char *value = s->at;
        if (!scan_value(s, depth + 1))
            return false;
        if (depth == 1)
            keep_field(s, key, key_len, value);
        last = key;
        last_len = key_len;
    } while (scan_one(s, ','));
    return scan_one(s, '}');
}

static bool scan_value(struct scanner *s, unsigned depth)
{
    if (s->at == s->end || depth > SCAN_DEPTH_MAX)
        return false;
    switch (*s->at) {
    case '{':
        return scan_object(s, depth);
    case '[':
        return scan_array(s, depth);
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return scan_integer(s);
    }
}

int scan_record(const char *line, size_t len, struct scan_field *fields, size_t count,
                size_t *ret_at)
{
    struct scanner s = {.line = line, .at = line, .end = line + len, .fields = fields,
                        .count = count};
    for (size_t i = 0; i < count; i++) {
        fields[i].value = NULL;
        fields[i].len = 0;
        fields[i].key_len = strlen(fields[i].key);
    }
    if (len > 0 && *line == '{' && scan_value(&s, 1) && s.at == s.end)
        return 0;
    if (ret_at)
        *ret_at = (size_t)(s.at - line);
    return SK_ERR_FORMAT;
}

int scan_number(const struct scan_field *field, uint64_t *ret)
{
    if (!field->value || field->len == 0 || field->value[0] < '0' || field->value[0] > '9')
        return SK_ERR_FORMAT;
    uint64_t v = 0;
    for (size_t i = 0; i < field->len; i++) /* scan_record has seen that it is a whole int64 */
        v = v * 10 + (uint64_t)(field->value[i] - '0');
    *ret = v;
    return 0;
}

bool scan_is(const struct scan_field *field, const char *text)
{
    size_t len = strlen(text);
    return field->value && field->len == len + 2 && field->value[0] == '"' &&
           memcmp(field->value + 1, text, len) == 0;
}
