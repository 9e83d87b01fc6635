/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mounts.c owns the reading of a line of mountinfo. It must never open a file, nor read beyond its line. */
#include "base/mounts.h"
#include <string.h>
#include <sekisho/err.h>
#include "base/str.h"

#define OPTIONAL_END "-" /* after it the file system's own words come */
#define ESCAPED_LEN  4   /* bytes of \ooo */
#define NUMBER_CAP   24  /* bytes of a number, with NUL */

static bool next_word(const char **at, const char *end, struct mount_word *ret)
{
    const char *blank = memchr(*at, ' ', (size_t)(end - *at));
    ret->at = *at;
    ret->len = (size_t)((blank ? blank : end) - *at);
    *at = blank ? blank + 1 : end;
    return ret->len > 0;
}

static bool number_of(const char *at, size_t len, uint64_t max, uint64_t *ret)
{
    char text[NUMBER_CAP];
    if (len >= sizeof text || memchr(at, '\0', len))
        return false;
    memcpy(text, at, len);
    text[len] = '\0';
    return str_to_u64(text, max, ret) == 0;
}

/* MAJOR:MINOR */
static bool device_of(const struct mount_word *w, struct mount_line *ret)
{
    uint64_t major, minor;
    const char *colon = memchr(w->at, ':', w->len);
    if (!colon || !number_of(w->at, (size_t)(colon - w->at), UINT32_MAX, &major) ||
        !number_of(colon + 1, w->len - (size_t)(colon + 1 - w->at), UINT32_MAX, &minor))
        return false;
    ret->dev_major = (uint32_t)major;
    ret->dev_minor = (uint32_t)minor;
    return true;
}

int mount_line_parse(const char *line, size_t len, struct mount_line *ret)
{
    const char *at = line, *end = line + len;
    struct mount_word id, parent, device, flags, source, word;
    struct mount_line m = {.type = {.at = end}, .options = {.at = end}};
    if (!next_word(&at, end, &id) || !number_of(id.at, id.len, UINT64_MAX, &m.id) || !next_word(&at, end, &parent) ||
        !next_word(&at, end, &device) || !device_of(&device, &m) || !next_word(&at, end, &m.root) ||
        !next_word(&at, end, &m.point) || !next_word(&at, end, &flags))
        return SK_ERR_FORMAT;
    while (next_word(&at, end, &word) && !mount_word_is(&word, OPTIONAL_END))
        ;
    if (next_word(&at, end, &m.type)) {
        (void)next_word(&at, end, &source); /* whoever mounts it chooses it: it may be empty */
        (void)next_word(&at, end, &m.options);
    }
    *ret = m;
    return 0;
}

bool mount_line_next(struct cursor *c, struct mount_line *ret)
{
    const char *line;
    size_t len;
    while (cursor_line(c, &line, &len))
        if (mount_line_parse(line, len, ret) == 0)
            return true;
    return false;
}

bool mount_word_is(const struct mount_word *w, const char *text)
{
    return w->len == strlen(text) && memcmp(w->at, text, w->len) == 0;
}

/* The byte that \ooo stands for, or -1. */
static int escaped_byte(const char *at, size_t left)
{
    if (left < ESCAPED_LEN || at[1] < '0' || at[1] > '3' || at[2] < '0' || at[2] > '7' || at[3] < '0' || at[3] > '7')
        return -1;
    return (at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0');
}

int mount_word_path(const struct mount_word *w, char *ret, size_t cap)
{
    size_t len = 0;
    if (w->len == 0 || w->at[0] != '/')
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < w->len; i++) {
        int c = (unsigned char)w->at[i];
        if (c == '\\') {
            c = escaped_byte(w->at + i, w->len - i);
            i += ESCAPED_LEN - 1;
        }
        if (c <= 0)
            return SK_ERR_FORMAT;
        if (len + 1 >= cap)
            return SK_ERR_LIMIT;
        ret[len++] = (char)c;
    }
    ret[len] = '\0';
    return (int)len;
}
