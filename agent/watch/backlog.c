/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backlog.c owns the records that wait for room in the ring. It must never lose or double one, whenever
 * the worker dies: before a record is moved it is noted which, and to which slot of the ring. */
#include "watch/backlog.h"
#include <sekisho/err.h>
#include <string.h>

/* An entry: its length in bytes, 4 bytes of this machine's order, then the encoded event. */
#define LENGTH_LEN sizeof(uint32_t)

static uint64_t get(const _Atomic uint64_t *field)
{
    return atomic_load_explicit(field, memory_order_acquire);
}

static void set(_Atomic uint64_t *field, uint64_t value)
{
    atomic_store_explicit(field, value, memory_order_release);
}

uint64_t backlog_end(const struct guard *g)
{
    return get(&g->shared->backlog.end);
}

bool backlog_waits(const struct guard *g)
{
    return backlog_end(g) != 0;
}

int backlog_put(const struct guard *g, const struct access_event *e)
{
    struct guard_backlog *b = &g->shared->backlog;
    uint64_t end = get(&b->end);
    if (end > sizeof b->bytes - LENGTH_LEN - RING_SLOT_LEN)
        return SK_ERR_LIMIT;
    int len = access_event_encode(e, (uint8_t *)b->bytes + end + LENGTH_LEN, RING_SLOT_LEN);
    if (len < 0)
        return len;
    memcpy(b->bytes + end, &(uint32_t){(uint32_t)len}, LENGTH_LEN);
    set(&b->end, end + LENGTH_LEN + (uint32_t)len);
    return 0;
}

/* Where the entry at `at` ends; 0 when there is none. */
static uint64_t end_of(const struct guard_backlog *b, uint64_t at)
{
    uint32_t len;
    uint64_t end = get(&b->end);
    if (end > sizeof b->bytes || at + LENGTH_LEN > end)
        return 0;
    memcpy(&len, b->bytes + at, LENGTH_LEN);
    return len <= end - at - LENGTH_LEN ? at + LENGTH_LEN + len : 0;
}

/* Nothing is left. In this order: an end of 0 is empty whatever the rest says. */
static void clear(struct guard_backlog *b)
{
    set(&b->end, 0);
    set(&b->moving, 0);
    set(&b->begin, 0);
}

void backlog_flush(const struct guard *g)
{
    struct guard_backlog *b = &g->shared->backlog;
    while (ring_has_room(g->ring)) {
        struct access_event e; /* large */
        uint64_t begin = get(&b->begin), end = end_of(b, begin);
        if (end == 0) {
            clear(b);
            return;
        }
        int r = access_event_decode((const uint8_t *)b->bytes + begin + LENGTH_LEN,
                                    end - begin - LENGTH_LEN, &e);
        set(&b->slot, ring_head(g->ring));
        set(&b->moving, begin + 1);
        if (r != 0 || ring_commit(g->ring, &e) != 0)
            ring_count_lost(g->ring); /* not sound: there was room */
        set(&b->begin, end);
    }
}

void backlog_recover(const struct guard *g)
{
    struct guard_backlog *b = &g->shared->backlog;
    uint64_t begin = get(&b->begin), end = end_of(b, begin);
    if (backlog_end(g) == 0 || end == 0)
        clear(b);
    else if (get(&b->moving) == begin + 1 && ring_head(g->ring) > get(&b->slot))
        set(&b->begin, end);
    set(&b->moving, 0); /* what the ring gets from now on is something else */
}

unsigned backlog_count(const struct guard *g)
{
    const struct guard_backlog *b = &g->shared->backlog;
    unsigned count = 0;
    for (uint64_t at = get(&b->begin); (at = end_of(b, at)) != 0;)
        count++;
    return count;
}
