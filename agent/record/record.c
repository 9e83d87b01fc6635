/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.c owns the canonical form and the strict reading of records. It must never let through
 * what would be written in two ways: reals, duplicate keys, keys that need escapes. */
#include "record/record.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/str.h"
#include "record/scan.h"

#define PATH_PART_MAX 63 /* bytes of one name in a member path */
#define KEYS_FEW      64 /* members of one object that are sorted without an allocation */

static int check_key(const char *key)
{
    for (; *key; key++)
        if ((unsigned char)*key < 0x20 || *key == '"' || *key == '\\')
            return SK_ERR_FORMAT;
    return 0;
}

/* Integers, strings, flags, null, arrays and objects only, not too deep. */
static int check_value(const json_t *value, unsigned depth)
{
    if (json_is_real(value) || depth > SCAN_DEPTH_MAX)
        return SK_ERR_FORMAT;
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            int r = check_value(json_array_get(value, i), depth + 1);
            if (r != 0)
                return r;
        }
    }
    if (json_is_object(value)) {
        /* jansson's iterator takes a non-const object but only reads it */
        json_t *object = (json_t *)(uintptr_t)value;
        for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
            int r = check_key(json_object_iter_key(i));
            if (r == 0)
                r = check_value(json_object_iter_value(i), depth + 1);
            if (r != 0)
                return r;
        }
    }
    return 0;
}

/* A string in quotes, with the escapes that scan.c takes: the short ones, else \u00XX. */
static void put_string(struct buf *out, const char *text, size_t len)
{
    static const char letters[] = "btn\0fr", hex[] = "0123456789ABCDEF"; /* \b to \r */
    size_t from = 0;
    buf_putc(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_put(out, text + from, i - from);
        from = i + 1;
        if (c >= 0x20)
            buf_put(out, (const char[]){'\\', (char)c}, 2);
        else if (c >= '\b' && c <= '\r' && c != '\v')
            buf_put(out, (const char[]){'\\', letters[c - '\b']}, 2);
        else
            buf_put(out, (const char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
    }
    buf_put(out, text + from, len - from);
    buf_putc(out, '"');
}

static void put_integer(struct buf *out, int64_t number)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        *--at = '-';
    buf_put(out, at, (size_t)(digits + sizeof digits - at));
}

void record_put_open(struct buf *out, const char *key)
{
    if (key)
        record_put_key(out, key);
    buf_putc(out, '{');
}

void record_put_close(struct buf *out)
{
    buf_putc(out, '}');
}

void record_put_key(struct buf *out, const char *key)
{
    if (out->len > 0 && out->data[out->len - 1] != '{')
        buf_putc(out, ',');
    buf_putc(out, '"');
    buf_puts(out, key);
    buf_puts(out, "\":");
}

void record_put_text(struct buf *out, const char *key, const char *text, size_t len)
{
    record_put_key(out, key);
    put_string(out, text, len);
}

void record_put_number(struct buf *out, const char *key, int64_t number)
{
    record_put_key(out, key);
    put_integer(out, number);
}

static int put_value(struct buf *out, const json_t *value);

static int put_array(struct buf *out, const json_t *array)
{
    int r = 0;
    buf_putc(out, '[');
    for (size_t i = 0; r == 0 && i < json_array_size(array); i++) {
        if (i > 0)
            buf_putc(out, ',');
        r = put_value(out, json_array_get(array, i));
    }
    buf_putc(out, ']');
    return r;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int put_object(struct buf *out, const json_t *value)
{
    json_t *object = (json_t *)(uintptr_t)value; /* only read, as in check_value */
    const char *few[KEYS_FEW];
    size_t count = json_object_size(object), n = 0;
    autofree const char **many = count > KEYS_FEW ? calloc(count, sizeof *many) : NULL;
    const char **keys = many ? many : few;
    if (count > KEYS_FEW && !many)
        return -ENOMEM;
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
        keys[n++] = json_object_iter_key(i);
    qsort(keys, n, sizeof *keys, by_bytes);
    int r = 0;
    buf_putc(out, '{');
    for (size_t i = 0; r == 0 && i < n; i++) {
        record_put_key(out, keys[i]);
        r = put_value(out, json_object_get(object, keys[i]));
    }
    buf_putc(out, '}');
    return r;
}

static int put_value(struct buf *out, const json_t *value)
{
    if (json_is_object(value))
        return put_object(out, value);
    if (json_is_array(value))
        return put_array(out, value);
    if (json_is_integer(value))
        put_integer(out, json_integer_value(value));
    else if (json_is_string(value) && !memchr(json_string_value(value), '\0',
                                              json_string_length(value)))
        put_string(out, json_string_value(value), json_string_length(value));
    else if (json_is_boolean(value) || json_is_null(value))
        buf_puts(out, json_is_null(value) ? "null" : json_is_true(value) ? "true" : "false");
    else
        return SK_ERR_FORMAT;
    return 0;
}

int record_write(const json_t *record, struct buf *out)
{
    if (out->err)
        return out->err;
    if (!json_is_object(record) || check_value(record, 1) != 0)
        return SK_ERR_FORMAT;
    size_t from = out->len;
    int r = put_value(out, record);
    if (r == 0)
        r = out->err;
    if (r == 0 && out->len - from > SK_RECORD_MAX - 1) /* the newline belongs to the line */
        r = SK_ERR_LIMIT;
    if (r != 0)
        out->len = from;
    return r;
}

int record_parse(const char *text, size_t len, size_t max, json_t **ret)
{
    if (len > max)
        return SK_ERR_LIMIT;
    autojson json_t *parsed = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(parsed) || check_value(parsed, 1) != 0)
        return SK_ERR_FORMAT;
    *ret = steal_ptr(&parsed);
    return 0;
}

const json_t *record_member(const json_t *record, const char *path)
{
    while (record) {
        char part[PATH_PART_MAX + 1];
        size_t len = strcspn(path, ".");
        if (len > PATH_PART_MAX)
            return NULL;
        memcpy(part, path, len);
        part[len] = '\0';
        record = json_object_get(record, part);
        if (!path[len])
            return record;
        path += len + 1;
    }
    return NULL;
}

const char *record_text(const json_t *record, const char *path)
{
    const char *text = json_string_value(record_member(record, path));
    return text ? text : "";
}

int64_t record_number(const json_t *record, const char *path)
{
    return json_integer_value(record_member(record, path));
}

bool record_flag(const json_t *record, const char *path)
{
    return json_is_true(record_member(record, path));
}

int record_set_bytes(json_t *record, const char *key, const char *bytes, size_t len)
{
    autobuf struct buf escaped = {0};
    if (!str_is_utf8(bytes, len) || memchr(bytes, '\0', len)) {
        str_escape(&escaped, bytes, len);
        if (escaped.err)
            return escaped.err;
        bytes = escaped.data;
        len = escaped.len;
    }
    return json_object_set_new(record, key, json_stringn(bytes, len)) == 0 ? 0 : -ENOMEM;
}

int record_take_name(const json_t *value, struct buf *ret)
{
    return record_take_escaped(value, SK_FILE_NAME_MAX, ret);
}

int record_take_escaped(const json_t *value, size_t max, struct buf *ret)
{
    buf_reset(ret);
    if (!json_is_string(value))
        return SK_ERR_FORMAT;
    int r = str_unescape(ret, json_string_value(value), json_string_length(value));
    if (r != 0)
        return r;
    if (ret->len > max)
        return SK_ERR_LIMIT;
    buf_puts(ret, "");
    return ret->err ? ret->err : memchr(ret->data, '\0', ret->len) ? SK_ERR_FORMAT : 0;
}
