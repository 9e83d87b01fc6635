/* SPDX-License-Identifier: GPL-3.0-or-later */
/* field.c owns the form of questions. It must never decide who may ask them. */
#include "control/field.h"
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/str.h"

#define PATH_TEXT_MAX ((size_t)4 * SK_FILE_NAME_MAX) /* bytes: an escape has at most four for one */

static int bad(struct buf *why, int code, const char *name, const char *what)
{
    buf_printf(why, "%s: %s", name, what);
    return code;
}

static int check_line(const struct field *f, const char *text, struct buf *why)
{
    size_t len = strlen(text);
    if (len > SK_TEXT_MAX)
        return bad(why, SK_ERR_LIMIT, f->name, "longer than 1000 bytes");
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return bad(why, SK_ERR_FORMAT, f->name, "holds a control character");
    return 0;
}

static int check_id(const struct field *f, const char *text, struct buf *why)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t len = strlen(text);
    if (len > SK_ID_MAX)
        return bad(why, SK_ERR_LIMIT, f->name, "longer than an id may be");
    return strspn(text, letters) == len ? 0 : bad(why, SK_ERR_FORMAT, f->name, "not an id");
}

static int check_date(const struct field *f, const char *text, struct buf *why)
{
    int64_t day;
    if (!*text || clock_parse_date(text, &day) == 0)
        return 0;
    return bad(why, SK_ERR_FORMAT, f->name, "not a date (YYYY-MM-DD)");
}

static int check_path(const struct field *f, const char *text, struct buf *why)
{
    autobuf struct buf raw = {0};
    size_t len = strlen(text);
    if (len > PATH_TEXT_MAX)
        return bad(why, SK_ERR_LIMIT, f->name, "longer than a path may be");
    if (str_unescape(&raw, text, len) != 0 || raw.err || memchr(raw.data ? raw.data : "", 0, raw.len))
        return bad(why, SK_ERR_FORMAT, f->name, "not an escaped file name");
    return raw.len <= SK_FILE_NAME_MAX
               ? 0
               : bad(why, SK_ERR_LIMIT, f->name, "longer than a path may be");
}

static int check_block(const struct field *f, const char *text, struct buf *why)
{
    return strlen(text) <= f->max ? 0 : bad(why, SK_ERR_LIMIT, f->name, "too long");
}

static int check_digest(const struct field *f, const char *text, struct buf *why)
{
    uint8_t digest[DIGEST_LEN];
    if (!*text || str_unhex(text, strlen(text), digest, sizeof digest) == 0)
        return 0;
    return bad(why, SK_ERR_FORMAT, f->name, "not a SHA-256 in hexadecimal");
}

static int check_text(const struct field *f, const json_t *value, struct buf *why)
{
    static int (*const checks[])(const struct field *, const char *, struct buf *) = {
        [FIELD_LINE] = check_line, [FIELD_ID] = check_id,       [FIELD_DATE] = check_date,
        [FIELD_PATH] = check_path, [FIELD_BLOCK] = check_block, [FIELD_DIGEST] = check_digest,
    };
    const char *text = json_string_value(value);
    if (!text || strlen(text) != json_string_length(value))
        return bad(why, SK_ERR_FORMAT, f->name, "not a text");
    if (f->required && !*text)
        return bad(why, SK_ERR_FORMAT, f->name, "must not be empty");
    return checks[f->type](f, text, why);
}

static int check_list(const struct field *f, const json_t *list, struct buf *why)
{
    static const char item_name[] = "entry of a list";
    size_t count = json_array_size(list);
    if (!json_is_array(list) || (count == 0 && f->type != FIELD_WORDS))
        return bad(why, SK_ERR_FORMAT, f->name, "not a list with entries");
    if (count > f->max)
        return bad(why, SK_ERR_LIMIT, f->name, "too many entries");
    const struct field item = {.name = item_name, .type = FIELD_PATH,
                               .required = f->type == FIELD_PATHS};
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(list, i);
        int r = f->type == FIELD_OBJECTS ? field_check(entry, f->sub, why)
                                         : check_text(&item, entry, why);
        if (r != 0)
            return r;
    }
    return 0;
}

static int check_value(const struct field *f, const json_t *value, struct buf *why)
{
    switch (f->type) {
    case FIELD_BOOL:
        return json_is_boolean(value) ? 0 : bad(why, SK_ERR_FORMAT, f->name, "not true or false");
    case FIELD_NUMBER:
        return json_is_integer(value) && json_integer_value(value) >= 0
                   ? 0
                   : bad(why, SK_ERR_FORMAT, f->name, "not a number");
    case FIELD_PLACE:
        return json_is_integer(value) && json_integer_value(value) >= -1
                   ? 0
                   : bad(why, SK_ERR_FORMAT, f->name, "not a place in the ledger");
    case FIELD_PATHS:
    case FIELD_WORDS:
    case FIELD_OBJECTS:
        return check_list(f, value, why);
    case FIELD_OBJECT:
        return field_check(value, f->sub, why);
    case FIELD_LINE:
    case FIELD_ID:
    case FIELD_DATE:
    case FIELD_PATH:
    case FIELD_BLOCK:
    case FIELD_DIGEST:
        break;
    }
    return check_text(f, value, why);
}

static const struct field *find(const struct field *fields, const char *name)
{
    for (; fields && fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

int field_check(const json_t *body, const struct field *fields, struct buf *why)
{
    const char *key;
    json_t *value;
    if (!json_is_object(body))
        return bad(why, SK_ERR_FORMAT, "question", "not an object");
    /* jansson's iteration wants a pointer that is not const; nothing is changed */
    json_object_foreach((json_t *)(uintptr_t)body, key, value)
    {
        const struct field *f = find(fields, key);
        if (!f && strcmp(key, "op") == 0)
            continue;
        int r = f ? check_value(f, value, why) : SK_ERR_FORMAT;
        if (!f)
            buf_puts(why, "a field that this question does not have");
        if (r != 0)
            return r;
    }
    for (; fields && fields->name; fields++)
        if (fields->required && !json_object_get(body, fields->name))
            return bad(why, SK_ERR_FORMAT, fields->name, "is missing");
    return 0;
}
