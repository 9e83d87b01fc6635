/* SPDX-License-Identifier: GPL-3.0-or-later */
/* request_fields.c owns the forms of a question's members. It must never keep one that has not its form, nor take a member
 * that nobody knows. */
#include "device/request_fields.h"
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/str.h"
#include "device/request.h"
#include "record/record.h"

/* An empty text where the form allows it, an absent member where it is not required. */
static int check_text(enum form form, const char *text, size_t len)
{
    switch ((int)form) {
    case FORM_AREA:
        return names_is_area(text) ? 0 : SK_ERR_FORMAT;
    case FORM_CASE:
        return names_is_case(text) ? 0 : SK_ERR_FORMAT;
    case FORM_MOUNT:
        return names_check_absolute(text);
    case FORM_DEVICE:
        return !len ? 0 : !str_starts(text, "/dev/") ? SK_ERR_FORMAT : names_check_absolute(text);
    case FORM_BELOW:
        return len ? names_check_below(text) : 0;
    case FORM_PATH:
        return len <= SK_FILE_NAME_MAX ? 0 : SK_ERR_LIMIT;
    case FORM_NAME:
        return len ? names_check_one(text) : 0;
    case FORM_WORD:
        return len < REQUEST_WORD_CAP ? 0 : SK_ERR_LIMIT;
    default:
        return SK_ERR_FORMAT;
    }
}

static int read_text(const struct field *field, const json_t *value, char *at)
{
    autobuf struct buf raw = {0};
    int r = record_take_name(value, &raw);
    const char *text = raw.data ? raw.data : "";
    if (r == 0)
        r = check_text(field->form, text, raw.len);
    if (r == 0)
        memcpy(at, text, raw.len + 1);
    return r;
}

static int read_choice(const struct field *field, const json_t *value, int *at)
{
    for (int i = 0; field->words[i]; i++)
        if (str_eq(json_string_value(value), field->words[i])) {
            *at = i;
            return 0;
        }
    return SK_ERR_FORMAT;
}

static int read_value(const struct field *field, const json_t *value, char *at)
{
    switch ((int)field->form) {
    case FORM_IGNORED:
    case FORM_NESTED:
        return 0;
    case FORM_CHOICE:
        return json_is_string(value) ? read_choice(field, value, (int *)(void *)at) : SK_ERR_FORMAT;
    case FORM_BYTES:
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return SK_ERR_FORMAT;
        *(uint64_t *)(void *)at = (uint64_t)json_integer_value(value);
        return 0;
    case FORM_FLAG:
        if (!json_is_boolean(value))
            return SK_ERR_FORMAT;
        *(bool *)at = json_is_true(value);
        return 0;
    case FORM_TEXT:
        if (!json_is_string(value))
            return SK_ERR_FORMAT;
        if (json_string_length(value) > REQUEST_TEXT_MAX)
            return SK_ERR_LIMIT;
        *(const char **)(void *)at = json_string_value(value);
        return 0;
    default:
        return read_text(field, value, at);
    }
}

static const struct field *field_of(const struct field *fields, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(fields[i].key, key))
            return &fields[i];
    return NULL;
}

int fields_read(const json_t *body, const struct field *fields, size_t count, void *into,
                struct fault *f)
{
    const char *key;
    const json_t *value;
    autobuf struct buf shown = {0};
    /* jansson iterates over objects that it takes as non-const but does not change */
    json_object_foreach((json_t *)(uintptr_t)body, key, value)
    {
        const struct field *field = field_of(fields, count, key);
        if (!field)
            return fault_set(f, SK_ERR_FORMAT, "the message has an unknown member \"%s\"",
                             fault_shown(&shown, key));
        int r = read_value(field, value, (char *)into + field->offset);
        if (r != 0)
            return fault_set(f, r, "the message's member \"%s\" is not as it must be", key);
    }
    for (size_t i = 0; i < count; i++)
        if (fields[i].required && !json_object_get(body, fields[i].key))
            return fault_set(f, SK_ERR_FORMAT, "the message lacks \"%s\"", fields[i].key);
    return 0;
}
