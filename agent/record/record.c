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

int record_write(const json_t *record, struct buf *out)
{
    if (!json_is_object(record) || check_value(record, 1) != 0)
        return SK_ERR_FORMAT;
    size_t room_len = SK_RECORD_MAX - 1; /* the newline belongs to the line */
    char *room = buf_room(out, room_len);
    if (!room)
        return out->err;
    size_t len = json_dumpb(record, room, room_len, JSON_COMPACT | JSON_SORT_KEYS);
    if (len == 0)
        return -ENOMEM;
    if (len > room_len)
        return SK_ERR_LIMIT;
    buf_grow(out, len);
    return 0;
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
