/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard-ring.c owns the fuzzing of the slots that the ledger reads: whatever the worker wrote, reading
 * ends, stays inside the ring, and what is called the same as before is. Input: for each slot its number
 * of bytes (one byte, times 8), then these. */
#include <stdlib.h>
#include <string.h>
#include "wire/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SLOTS    40
#define HEAD_AT  64 /* offsets as in tests/unit/test_ring.c */
#define SLOTS_AT 192

static char *memory;
static struct ring *ring;

static void set_up(void)
{
    size_t len = (ring_bytes() + 63) / 64 * 64;
    memory = aligned_alloc(64, len);
    if (!memory)
        abort();
    memset(memory, 0, len);
    if (ring_attach(memory, ring_bytes(), &ring) != 0)
        abort();
}

/* The slots of the input, and how many there are. */
static uint64_t fill(const uint8_t *data, size_t size)
{
    uint64_t count = 0;
    while (size > 0 && count < SLOTS) {
        char *slot = memory + SLOTS_AT + count * RING_SLOT_LEN;
        uint32_t len = data[0] * 8u;
        size_t have = len < size - 1 ? len : size - 1;
        have = have < RING_SLOT_LEN - 16 ? have : RING_SLOT_LEN - 16;
        memset(slot, 0, RING_SLOT_LEN);
        memcpy(slot, &(uint64_t){++count}, 8);
        memcpy(slot + 8, &len, sizeof len);
        memcpy(slot + 16, data + 1, have);
        data += 1 + have;
        size -= 1 + have;
    }
    memcpy(memory + HEAD_AT, &count, sizeof count);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!ring)
        set_up();
    uint64_t count = fill(data, size), at = 0, steps = 0, time;
    struct access_event e = {0}, before = {0};
    bool sound = false;
    for (int r; (r = ring_next(ring, &at, &e)) != 0; sound = r == 1) {
        bool repeats = at > 1 && ring_repeats(ring, at - 1, &time);
        if (++steps > count || at != steps)
            abort();
        if (r == 1 && sound && repeats) {
            if (time != e.boot_ns)
                abort();
            before.boot_ns = e.boot_ns;
            if (memcmp(&before, &e, sizeof e) != 0)
                abort();
        }
        before = e;
    }
    return 0;
}
