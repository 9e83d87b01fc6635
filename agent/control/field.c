/* SPDX-License-Identifier: GPL-3.0-or-later */
/* field.c owns the form of questions. It must never decide who may ask them. */
#include "control/field.h"
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/words.h"
#include "record/record.h"

#define WORD_SHOWN    120 /* bytes of a wrong word in the sentence about it */
#define PATH_TEXT_MAX ((size_t)4 * SK_FILE_NAME_MAX) /* bytes: an escape has at most four for one */

/* Where a question's mistake is told. */
struct told {
    struct buf *why;
    const char *field; /* whose it is */
};

static int bad(struct told *t, int code, const char *name, const char *what)
{
    t->field = name;
    buf_printf(t->why, "%s: %s", words_of_field(name), what);
    return code;
}

/* A person's own word, which may be long or hold anything. */
static int bad_word(struct told *t, const char *name, const char *word, const char *what)
{
    autobuf struct buf shown = {0};
    str_escape(&shown, word, strnlen(word, WORD_SHOWN));
    t->field = name;
    buf_printf(t->why, "%s: \"%s\": %s", words_of_field(name), shown.len ? shown.data : "", what);
    return SK_ERR_FORMAT;
}

static int check_line(const struct field *f, const char *text, struct told *t)
{
    size_t len = strlen(text);
    if (len > SK_TEXT_MAX)
        return bad(t, SK_ERR_LIMIT, f->name, PHRASE("too long: at most 1000 bytes, some 330 characters of Japanese"));
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return bad(t, SK_ERR_FORMAT, f->name, PHRASE("one line without tabs and control characters is taken"));
    return 0;
}

static int check_id(const struct field *f, const char *text, struct told *t)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t len = strlen(text);
    if (len > SK_ID_MAX)
        return bad(t, SK_ERR_LIMIT, f->name, PHRASE("too long: write the short word of the lists"));
    return strspn(text, letters) == len
               ? 0
               : bad_word(t, f->name, text, PHRASE("not a short word of the lists (a to z, digits, . _ -)"));
}

static int check_date(const struct field *f, const char *text, struct told *t)
{
    int64_t day;
    if (!*text || clock_parse_date(text, &day) == 0)
        return 0;
    return bad_word(t, f->name, text, PHRASE("no day; write it as 2026-12-01"));
}

static int check_time(const struct field *f, const char *text, struct told *t)
{
    int64_t at_s;
    if (!*text || (strlen(text) < CLOCK_TIME_CAP && clock_parse_time(text, &at_s) == 0))
        return 0;
    return bad_word(t, f->name, text, PHRASE("no time; write it as 2026-11-27T14:30:00+09:00"));
}

static int check_path(const struct field *f, const char *text, struct told *t)
{
    autobuf struct buf raw = {0}, again = {0};
    size_t len = strlen(text);
    if (len > PATH_TEXT_MAX)
        return bad(t, SK_ERR_LIMIT, f->name, PHRASE("longer than a file name may be"));
    if (str_unescape(&raw, text, len) != 0 || raw.err || memchr(raw.data ? raw.data : "", 0, raw.len))
        return bad(t, SK_ERR_FORMAT, f->name, PHRASE("not a file name"));
    str_escape(&again, raw.data ? raw.data : "", raw.len);
    if (again.err || !str_eq(again.data ? again.data : "", text)) /* one name has one form */
        return bad(t, SK_ERR_FORMAT, f->name, PHRASE("not a file name as it is written here"));
    return raw.len <= SK_FILE_NAME_MAX
               ? 0
               : bad(t, SK_ERR_LIMIT, f->name, PHRASE("longer than a file name may be"));
}

static int check_word(const json_t *value, const char *name, struct told *t)
{
    autobuf struct buf raw = {0};
    int r = record_take_escaped(value, SK_WORD_MAX, &raw);
    return r == 0              ? 0
           : r == SK_ERR_LIMIT ? bad(t, r, name, PHRASE("longer than a word may be"))
                               : bad(t, r, name, PHRASE("not a text"));
}

static int check_block(const struct field *f, const char *text, struct told *t)
{
    return strlen(text) <= f->max ? 0 : bad(t, SK_ERR_LIMIT, f->name, PHRASE("too long"));
}

static int check_digest(const struct field *f, const char *text, struct told *t)
{
    uint8_t digest[DIGEST_LEN];
    if (!*text || str_unhex(text, strlen(text), digest, sizeof digest) == 0)
        return 0;
    return bad(t, SK_ERR_FORMAT, f->name, PHRASE("not a SHA-256: 64 digits 0 to 9, a to f"));
}

bool field_is_blank(const char *text)
{
    static const char wide[] = "\xe3\x80\x80";
    while (*text == ' ' || str_starts(text, wide))
        text += *text == ' ' ? 1 : sizeof wide - 1;
    return !*text;
}

static int check_text(const struct field *f, const json_t *value, struct told *t)
{
    static int (*const checks[])(const struct field *, const char *, struct told *) = {
        [FIELD_LINE] = check_line, [FIELD_ID] = check_id,       [FIELD_DATE] = check_date,
        [FIELD_TIME] = check_time,
        [FIELD_PATH] = check_path, [FIELD_BLOCK] = check_block, [FIELD_DIGEST] = check_digest,
    };
    const char *text = json_string_value(value);
    if (!text || strlen(text) != json_string_length(value))
        return bad(t, SK_ERR_FORMAT, f->name, PHRASE("not a text"));
    if (f->required && (f->type == FIELD_LINE ? field_is_blank(text) : !*text))
        return bad(t, SK_ERR_FORMAT, f->name, PHRASE("must not be empty"));
    return checks[f->type](f, text, t);
}

static int check_all(const json_t *body, const struct field *fields, struct told *t);

static int check_list(const struct field *f, const json_t *list, struct told *t)
{
    static const char item_name[] = PHRASE("entry of a list");
    size_t count = json_array_size(list);
    if (!json_is_array(list) || (count == 0 && f->type != FIELD_WORDS))
        return bad(t, SK_ERR_FORMAT, f->name, PHRASE("none is named"));
    if (count > f->max)
        return bad(t, SK_ERR_LIMIT, f->name, PHRASE("too many entries"));
    const struct field item = {.name = item_name, .type = FIELD_PATH, .required = true};
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(list, i);
        int r = f->type == FIELD_OBJECTS ? check_all(entry, f->sub, t)
                : f->type == FIELD_WORDS ? check_word(entry, item_name, t)
                                         : check_text(&item, entry, t);
        if (r != 0)
            return r;
    }
    return 0;
}

static int check_value(const struct field *f, const json_t *value, struct told *t)
{
    switch (f->type) {
    case FIELD_BOOL:
        return json_is_boolean(value) ? 0 : bad(t, SK_ERR_FORMAT, f->name, PHRASE("not true or false"));
    case FIELD_NUMBER:
        return json_is_integer(value) && json_integer_value(value) >= 0
                   ? 0
                   : bad(t, SK_ERR_FORMAT, f->name, PHRASE("not a number"));
    case FIELD_PLACE:
        return json_is_integer(value) && json_integer_value(value) >= -1
                   ? 0
                   : bad(t, SK_ERR_FORMAT, f->name, PHRASE("not a place in the ledger"));
    case FIELD_PATHS:
    case FIELD_WORDS:
    case FIELD_OBJECTS:
        return check_list(f, value, t);
    case FIELD_OBJECT:
        return check_all(value, f->sub, t);
    case FIELD_LINE:
    case FIELD_ID:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_PATH:
    case FIELD_BLOCK:
    case FIELD_DIGEST:
        break;
    }
    return check_text(f, value, t);
}

static const struct field *find(const struct field *fields, const char *name)
{
    for (; fields && fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

static int check_all(const json_t *body, const struct field *fields, struct told *t)
{
    const char *key;
    json_t *value;
    if (!json_is_object(body))
        return bad(t, SK_ERR_FORMAT, "question", PHRASE("not an object"));
    /* jansson's iteration wants a pointer that is not const; nothing is changed */
    json_object_foreach((json_t *)(uintptr_t)body, key, value)
    {
        const struct field *f = find(fields, key);
        if (!f && strcmp(key, "op") == 0)
            continue;
        int r = f ? check_value(f, value, t) : SK_ERR_FORMAT;
        if (!f)
            buf_puts(t->why, PHRASE("this agent does not know a part of the question: is sekisho of another version?"));
        if (r != 0)
            return r;
    }
    for (; fields && fields->name; fields++)
        if (fields->required && !json_object_get(body, fields->name))
            return bad(t, SK_ERR_FORMAT, fields->name, PHRASE("is missing"));
    return 0;
}

int field_check(const json_t *body, const struct field *fields, struct buf *why, const char **ret_wrong)
{
    struct told t = {.why = why};
    int r = check_all(body, fields, &t);
    if (r != 0)
        *ret_wrong = t.field;
    return r;
}
