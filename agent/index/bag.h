/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table whose links lie inside what it holds: no allocation but of its slots. */
#ifndef INDEX_BAG_H
#define INDEX_BAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

struct bag_link {
    struct bag_link *next, **back; /* back: what points here, NULL = in no bag */
    uint64_t hash;
};

/* {0} is an empty one. */
struct bag {
    struct bag_link **slots;
    size_t size; /* slots, a power of two */
    size_t count;
};

/* 0 or -ENOMEM (nothing was added; only possible while the bag has no slots at all). */
int bag_add(struct bag *b, struct bag_link *l, uint64_t hash) SK_MUST_CHECK;
void bag_remove(struct bag *b, struct bag_link *l); /* one that is in no bag is left alone */
/* The first with that hash, the next after it; NULL at the end. Equality is the caller's to check. */
struct bag_link *bag_first(const struct bag *b, uint64_t hash);
struct bag_link *bag_next(const struct bag_link *l);
void bag_free(struct bag *b); /* the slots; what it held is the caller's */

/* What holds the link (never NULL). */
#define bag_item(link, type, member)                                                               \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))

#endif
