/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bag.c owns the slots of a hash table. It must never move or free what the table holds. */
#include "index/bag.h"

#define BAG_FIRST ((size_t)64) /* slots */

static void put(struct bag_link **slot, struct bag_link *l)
{
    l->next = *slot;
    l->back = slot;
    if (l->next)
        l->next->back = &l->next;
    *slot = l;
}

static void grow(struct bag *b)
{
    size_t size = b->size ? b->size * 2 : BAG_FIRST;
    struct bag_link **slots = calloc(size, sizeof(struct bag_link *));
    if (!slots)
        return; /* chains only become longer */
    for (size_t i = 0; i < b->size; i++)
        for (struct bag_link *l = b->slots[i], *next; l; l = next) {
            next = l->next;
            put(&slots[l->hash & (size - 1)], l);
        }
    free(b->slots);
    b->slots = slots;
    b->size = size;
}

int bag_add(struct bag *b, struct bag_link *l, uint64_t hash)
{
    if (b->count >= b->size)
        grow(b);
    if (!b->slots)
        return -ENOMEM;
    l->hash = hash;
    put(&b->slots[hash & (b->size - 1)], l);
    b->count++;
    return 0;
}

void bag_remove(struct bag *b, struct bag_link *l)
{
    if (!l->back)
        return;
    *l->back = l->next;
    if (l->next)
        l->next->back = l->back;
    *l = (struct bag_link){0};
    b->count--;
}

static struct bag_link *same(struct bag_link *l, uint64_t hash)
{
    while (l && l->hash != hash)
        l = l->next;
    return l;
}

struct bag_link *bag_first(const struct bag *b, uint64_t hash)
{
    return b->slots ? same(b->slots[hash & (b->size - 1)], hash) : NULL;
}

struct bag_link *bag_next(const struct bag_link *l)
{
    return same(l->next, l->hash);
}

void bag_free(struct bag *b)
{
    free(b->slots);
    *b = (struct bag){0};
}
