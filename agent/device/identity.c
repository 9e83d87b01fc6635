/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identity.c owns the form of a medium's identity file, which anybody may have written. It must never take more
 * than one form for the same identity. */
#include "device/identity.h"
#include <sekisho/err.h>
#include <stddef.h>
#include <string.h>
#include "base/str.h"

#define FIRST_LINE "sekisho-medium 1"

/* An id as the policy has them. */
static bool is_id(const char *text, size_t len)
{
    return len > 0 && len <= SK_ID_MAX && text[0] != '.' && text[0] != '-' && str_span_id(text, len) == len;
}

static bool is_id_list(const char *text, size_t len)
{
    for (size_t at = 0;;) {
        const char *comma = memchr(text + at, ',', len - at);
        size_t end = comma ? (size_t)(comma - text) : len;
        if (!is_id(text + at, end - at))
            return false;
        if (!comma)
            return true;
        at = end + 1;
    }
}

static bool is_date(const char *text, size_t len)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < len; i++)
        if (i >= sizeof form - 1 || (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]))
            return false;
    return len == sizeof form - 1;
}

static bool is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
            return false;
    return len == IDENTITY_TOKEN_CAP - 1;
}

/* In the order of the file. */
static const struct {
    const char *key;
    size_t offset, cap;
    bool (*good)(const char *text, size_t len);
} lines[] = {
    {"medium ", offsetof(struct identity, medium), SK_ID_MAX + 1, is_id},
    {"owner ", offsetof(struct identity, owner), SK_ID_MAX + 1, is_id},
    {"areas ", offsetof(struct identity, areas), IDENTITY_AREAS_CAP, is_id_list},
    {"until ", offsetof(struct identity, until), IDENTITY_DATE_CAP, is_date},
    {"token ", offsetof(struct identity, token), IDENTITY_TOKEN_CAP, is_token},
};

int identity_parse(const char *text, size_t len, struct identity *ret)
{
    struct identity found = {0};
    struct cursor c;
    const char *line;
    size_t line_len;
    if (len > IDENTITY_MAX)
        return SK_ERR_LIMIT;
    if (len == 0 || text[len - 1] != '\n')
        return SK_ERR_FORMAT;
    cursor_init(&c, text, len);
    if (!cursor_line(&c, &line, &line_len) || line_len != strlen(FIRST_LINE) ||
        memcmp(line, FIRST_LINE, line_len) != 0)
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < array_count(lines); i++) {
        size_t skip = strlen(lines[i].key);
        if (!cursor_line(&c, &line, &line_len) || line_len <= skip || memcmp(line, lines[i].key, skip) != 0 ||
            line_len - skip >= lines[i].cap || !lines[i].good(line + skip, line_len - skip))
            return SK_ERR_FORMAT;
        memcpy((char *)&found + lines[i].offset, line + skip, line_len - skip);
    }
    if (cursor_line(&c, &line, &line_len))
        return SK_ERR_FORMAT;
    *ret = found;
    return 0;
}

int identity_write(const struct identity *i, struct buf *out)
{
    autobuf struct buf text = {0};
    struct identity same;
    buf_puts(&text, FIRST_LINE "\n");
    for (size_t k = 0; k < array_count(lines); k++)
        buf_printf(&text, "%s%s\n", lines[k].key, (const char *)i + lines[k].offset);
    int r = text.err ? text.err : identity_parse(text.data, text.len, &same);
    if (r != 0)
        return r;
    buf_put(out, text.data, text.len);
    return out->err;
}
