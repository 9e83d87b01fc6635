/* SPDX-License-Identifier: GPL-3.0-or-later */
/* texts.c owns a table of texts. It must never give two texts one number. */
#include "report/texts.h"
#include <errno.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX    ((uint32_t)1 << 26)
#define TEXTS_START  1024u                          /* slots, a power of two */
#define TEXT_START   ((size_t)4096)                 /* bytes of texts at first */
#define TEXT_MAX     ((size_t)1024 * 1024 * 1024)   /* bytes of all texts */
#define FNV_OFFSET   UINT64_C(14695981039346656037)
#define FNV_PRIME    UINT64_C(1099511628211)

struct texts {
    char *text;        /* all texts, a NUL behind each */
    size_t len, cap;   /* bytes */
    size_t *start;     /* number → its text's place */
    uint32_t count, room;
    uint32_t *slots;   /* number + 1, 0 = free; open addressing */
    size_t slot_count;
};

static uint64_t hash_of(const char *text, size_t len)
{
    uint64_t h = FNV_OFFSET;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * FNV_PRIME;
    return h ^ h >> 29;
}

int texts_new(struct texts **ret)
{
    struct texts *n = calloc(1, sizeof *n);
    if (n)
        n->slots = calloc(TEXTS_START, sizeof *n->slots);
    if (!n || !n->slots) {
        free(n);
        return -ENOMEM;
    }
    n->slot_count = TEXTS_START;
    uint32_t nothing;
    int r = texts_take(n, "", 0, &nothing);
    if (r != 0)
        texts_free(&n);
    else
        *ret = n;
    return r;
}

void texts_free(struct texts **n)
{
    if (!*n)
        return;
    free((*n)->text);
    free((*n)->start);
    free((*n)->slots);
    free(*n);
    *n = NULL;
}

static size_t slot_of(const struct texts *n, const char *text, size_t len)
{
    size_t at = hash_of(text, len) & (n->slot_count - 1);
    for (; n->slots[at]; at = (at + 1) & (n->slot_count - 1)) {
        const char *there = n->text + n->start[n->slots[at] - 1];
        if (strncmp(there, text, len) == 0 && there[len] == '\0')
            break;
    }
    return at;
}

static int grow_slots(struct texts *n)
{
    struct texts wider = *n;
    wider.slot_count = n->slot_count * 2;
    wider.slots = calloc(wider.slot_count, sizeof *wider.slots);
    if (!wider.slots)
        return -ENOMEM;
    for (uint32_t i = 0; i < n->count; i++) {
        const char *text = n->text + n->start[i];
        wider.slots[slot_of(&wider, text, strlen(text))] = i + 1;
    }
    free(n->slots);
    n->slots = wider.slots;
    n->slot_count = wider.slot_count;
    return 0;
}

static int make_room(struct texts *n, size_t len)
{
    if (n->count >= TEXTS_MAX || n->len + len + 1 > TEXT_MAX)
        return SK_ERR_LIMIT;
    if (n->len + len + 1 > n->cap || !n->text) {
        size_t cap = (n->len + len + 1) * 2 + TEXT_START;
        char *text = realloc(n->text, cap);
        if (!text)
            return -ENOMEM;
        n->text = text;
        n->cap = cap;
    }
    if (n->count == n->room) {
        uint32_t room = n->room ? n->room * 2 : TEXTS_START;
        size_t *start = reallocarray(n->start, room, sizeof *start);
        if (!start)
            return -ENOMEM;
        n->start = start;
        n->room = room;
    }
    return (size_t)n->count * 2 >= n->slot_count ? grow_slots(n) : 0;
}

int texts_take(struct texts *n, const char *text, size_t len, uint32_t *ret)
{
    const char *nul = memchr(text, '\0', len);
    if (nul)
        len = (size_t)(nul - text);
    if (n->count > 0) {
        size_t at = slot_of(n, text, len);
        if (n->slots[at]) {
            *ret = n->slots[at] - 1;
            return 0;
        }
    }
    int r = make_room(n, len);
    if (r != 0)
        return r;
    if (len > 0)
        memcpy(n->text + n->len, text, len);
    n->text[n->len + len] = '\0';
    n->start[n->count] = n->len;
    n->len += len + 1;
    size_t at = slot_of(n, text, len);
    n->slots[at] = ++n->count;
    *ret = n->count - 1;
    return 0;
}

const char *texts_text(const struct texts *n, uint32_t number)
{
    return n && number < n->count ? n->text + n->start[number] : "";
}

uint32_t texts_count(const struct texts *n)
{
    return n->count;
}
