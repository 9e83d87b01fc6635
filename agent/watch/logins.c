/* SPDX-License-Identifier: GPL-3.0-or-later */
/* logins.c owns the list of logins in memory. It must never open a file or ask the name service. */
#include "watch/logins.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/str.h"

struct login {
    uid_t uid;
    unsigned order; /* position in the file */
    char name[LOGIN_MAX + 1];
};

struct logins {
    size_t count;
    struct login items[];
};

static bool parse_line(const char *line, size_t len, struct login *ret)
{
    const char *end = line + len;
    const char *password = memchr(line, ':', len);
    const char *uid = password ? memchr(password + 1, ':', (size_t)(end - password - 1)) : NULL;
    const char *gid = uid ? memchr(uid + 1, ':', (size_t)(end - uid - 1)) : NULL;
    char digits[12];
    size_t name_len = password ? (size_t)(password - line) : 0;
    if (!gid || memchr(line, '\0', len) || name_len == 0 || name_len > LOGIN_MAX || (size_t)(gid - uid - 1) >= sizeof digits)
        return false;
    size_t digits_len = (size_t)(gid - uid - 1);
    memcpy(digits, uid + 1, digits_len);
    digits[digits_len] = '\0';
    uint64_t v;
    if (str_to_u64(digits, UINT32_MAX - 1, &v) != 0)
        return false;
    ret->uid = (uid_t)v;
    memcpy(ret->name, line, name_len);
    ret->name[name_len] = '\0';
    return true;
}

static int by_uid(const void *a, const void *b)
{
    const struct login *x = a, *y = b;
    if (x->uid != y->uid)
        return x->uid < y->uid ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

int logins_parse(const char *text, size_t len, struct logins **ret)
{
    size_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    struct logins *l = malloc(sizeof *l + lines * sizeof l->items[0]);
    if (!l)
        return -ENOMEM;
    l->count = 0;
    struct cursor c;
    const char *line;
    size_t line_len;
    cursor_init(&c, text, len);
    while (l->count < lines && cursor_line(&c, &line, &line_len))
        if (parse_line(line, line_len, &l->items[l->count])) {
            l->items[l->count].order = (unsigned)l->count;
            l->count++;
        }
    qsort(l->items, l->count, sizeof l->items[0], by_uid);
    *ret = l;
    return 0;
}

void logins_free(struct logins **l)
{
    free(*l);
    *l = NULL;
}

const char *logins_find(const struct logins *l, uid_t uid)
{
    size_t low = 0, high = l ? l->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->items[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return l && low < l->count && l->items[low].uid == uid ? l->items[low].name : NULL;
}
