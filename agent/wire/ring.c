/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ring.c owns the record ring and its slot codec. It runs in watch's decision path: it must never
 * allocate, block, make a system call or trust an index that the other side wrote. */
#include "wire/ring.h"
#include <sekisho/err.h>
#include <sekisho/reason.h>
#include <stdatomic.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"

#define RING_MAGIC   0x32474e52u /* "RNG2" */
#define SLOT_PAYLOAD (RING_SLOT_LEN - 16)
#define FETCH_LEN    384 /* bytes */
#define AGAIN_LEN    16  /* bytes: time and slot; an event in full has more */

struct ring_slot {
    _Atomic uint64_t sequence; /* index + 1 when committed */
    _Atomic uint32_t len;      /* bytes of payload; read once, so that what was checked is used */
    uint32_t reserved;
    uint8_t payload[SLOT_PAYLOAD];
};
_Static_assert(sizeof(struct ring_slot) == RING_SLOT_LEN, "slot size");

struct ring {
    _Atomic uint32_t magic;
    uint32_t reserved;
    uint64_t born_ns; /* CLOCK_BOOTTIME of the first attach */
    _Alignas(64) _Atomic uint64_t head;
    _Atomic uint64_t lost;
    _Alignas(64) _Atomic uint64_t tail;
    _Atomic uint32_t failing;
    _Alignas(64) struct ring_slot slots[RING_SLOTS];
};

size_t ring_bytes(void)
{
    return sizeof(struct ring);
}

int ring_attach(void *memory, size_t len, struct ring **ret)
{
    struct ring *r = memory;
    if (len < sizeof *r || (uintptr_t)memory % 64 != 0)
        return SK_ERR_FORMAT;
    uint32_t none = 0;
    if (atomic_compare_exchange_strong(&r->magic, &none, RING_MAGIC))
        r->born_ns = clock_boot_ns();
    else if (none != RING_MAGIC)
        return SK_ERR_FORMAT;
    *ret = r;
    return 0;
}

uint64_t ring_born_ns(const struct ring *r)
{
    return r->born_ns;
}

uint64_t ring_tail(const struct ring *r)
{
    return atomic_load_explicit(&r->tail, memory_order_acquire);
}

uint64_t ring_head(const struct ring *r)
{
    return atomic_load_explicit(&r->head, memory_order_acquire);
}

/* A tail beyond head (a consumer gone wild) makes the difference huge, which reads as full. */
unsigned ring_room(const struct ring *r)
{
    uint64_t waiting = ring_head(r) - ring_tail(r);
    return waiting < RING_USABLE ? RING_USABLE - (unsigned)waiting : 0;
}

bool ring_has_room(const struct ring *r)
{
    return ring_room(r) > 0;
}

/* The ring is larger than a processor's nearer caches: let the next slot come while the answer to this
 * event is given. What this event needed is enough. */
static void fetch_ahead(const struct ring *r, uint64_t at, size_t len)
{
    const struct ring_slot *slot = &r->slots[at % RING_SLOTS];
    for (size_t line = 0; line < len; line += 64)
        __builtin_prefetch((const char *)slot + line, 1);
}

static struct ring_slot *begin_slot(struct ring *r, uint64_t head)
{
    struct ring_slot *slot = &r->slots[head % RING_SLOTS];
    atomic_store_explicit(&slot->sequence, 0, memory_order_release);
    return slot;
}

static void end_slot(struct ring *r, struct ring_slot *slot, uint64_t head, size_t len)
{
    atomic_store_explicit(&slot->len, (uint32_t)len, memory_order_relaxed);
    atomic_store_explicit(&slot->sequence, head + 1, memory_order_release);
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
}

int ring_commit(struct ring *r, const struct access_event *event)
{
    if (!ring_has_room(r))
        return SK_ERR_LIMIT;
    uint64_t head = ring_head(r);
    struct ring_slot *slot = begin_slot(r, head);
    int len = access_event_encode(event, slot->payload, sizeof slot->payload);
    if (len < 0)
        return len;
    end_slot(r, slot, head, (size_t)len);
    fetch_ahead(r, head + 1, FETCH_LEN);
    return 0;
}

int ring_commit_again(struct ring *r, uint64_t at, uint64_t boot_ns)
{
    if (!ring_has_room(r))
        return SK_ERR_LIMIT;
    uint64_t head = ring_head(r);
    if (at >= head || head - at > RING_AGAIN_MAX)
        return SK_ERR_NOT_FOUND;
    const uint64_t again[] = {htole64(boot_ns), htole64(at)};
    _Static_assert(sizeof again == AGAIN_LEN, "a time and a slot");
    struct ring_slot *slot = begin_slot(r, head);
    memcpy(slot->payload, again, sizeof again);
    end_slot(r, slot, head, sizeof again);
    fetch_ahead(r, head + 1, 1);
    return 0;
}

void ring_count_lost(struct ring *r)
{
    atomic_fetch_add_explicit(&r->lost, 1, memory_order_relaxed);
}

uint64_t ring_lost(const struct ring *r)
{
    return atomic_load_explicit(&r->lost, memory_order_relaxed);
}

/* A committed slot whose length may be believed. */
static const struct ring_slot *sound_slot(const struct ring *r, uint64_t at, size_t *ret_len)
{
    const struct ring_slot *slot = &r->slots[at % RING_SLOTS];
    uint64_t sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire);
    *ret_len = atomic_load_explicit(&slot->len, memory_order_relaxed);
    return sequence == at + 1 && *ret_len <= SLOT_PAYLOAD ? slot : NULL;
}

/* What a slot that only repeats says, and whether that can be. */
static bool read_again(const struct ring_slot *slot, uint64_t at, uint64_t *ret_boot_ns,
                       uint64_t *ret_first)
{
    uint64_t again[2];
    memcpy(again, slot->payload, sizeof again);
    *ret_boot_ns = le64toh(again[0]);
    *ret_first = le64toh(again[1]);
    return *ret_first < at && at - *ret_first <= RING_AGAIN_MAX;
}

int ring_next(const struct ring *r, uint64_t *at, struct access_event *ret)
{
    uint64_t head = ring_head(r), boot_ns = 0, first;
    if (*at >= head)
        return 0;
    if (head - *at > RING_SLOTS)
        *at = head - RING_SLOTS; /* the producer never overtakes; a wild index must not hang us */
    uint8_t copy[SLOT_PAYLOAD];
    size_t len;
    struct access_event e;
    uint64_t here = (*at)++;
    const struct ring_slot *slot = sound_slot(r, here, &len);
    bool again = slot && len == AGAIN_LEN;
    if (again)
        slot = read_again(slot, here, &boot_ns, &first) ? sound_slot(r, first, &len) : NULL;
    if (!slot)
        return SK_ERR_FORMAT;
    memcpy(copy, slot->payload, len);
    if (access_event_decode(copy, len, &e) != 0)
        return SK_ERR_FORMAT;
    if (again)
        e.boot_ns = boot_ns;
    *ret = e;
    return 1;
}

bool ring_repeats(const struct ring *r, uint64_t at, uint64_t *ret_boot_ns)
{
    uint64_t head = ring_head(r), time, first, time_before, first_before;
    size_t len, len_before;
    if (at == 0 || at >= head || head - at >= RING_SLOTS)
        return false;
    const struct ring_slot *slot = sound_slot(r, at, &len);
    const struct ring_slot *before = sound_slot(r, at - 1, &len_before);
    if (!slot || !before)
        return false;
    if (len == AGAIN_LEN) {
        if (!read_again(slot, at, &time, &first) ||
            (first != at - 1 && (len_before != AGAIN_LEN ||
                                 !read_again(before, at - 1, &time_before, &first_before) ||
                                 first != first_before)))
            return false;
        *ret_boot_ns = time;
        return true;
    }
    /* an event begins with its time */
    if (len != len_before || len < sizeof time ||
        memcmp(slot->payload + sizeof time, before->payload + sizeof time, len - sizeof time) != 0)
        return false;
    memcpy(&time, slot->payload, sizeof time);
    *ret_boot_ns = le64toh(time);
    return true;
}

void ring_release(struct ring *r, uint64_t at)
{
    if (at > ring_tail(r) && at <= ring_head(r))
        atomic_store_explicit(&r->tail, at, memory_order_release);
    /* the consumer's next look at head must see what the producer committed before it saw this tail,
     * or neither would tell the other that there is something to do */
    atomic_thread_fence(memory_order_seq_cst);
}

void ring_set_failing(struct ring *r, bool failing)
{
    atomic_store_explicit(&r->failing, failing, memory_order_release);
}

bool ring_failing(const struct ring *r)
{
    return atomic_load_explicit(&r->failing, memory_order_acquire) != 0;
}

/* A writer into a fixed slot, the counterpart of the cursor. */
struct slot_writer {
    uint8_t *out;
    size_t len, cap;
};

static void put_bytes(struct slot_writer *w, const void *data, size_t len)
{
    if (len > w->cap - w->len) {
        w->len = w->cap; /* reads as overflow */
        return;
    }
    memcpy(w->out + w->len, data, len);
    w->len += len;
}

static void put_u32(struct slot_writer *w, uint32_t v)
{
    v = htole32(v);
    put_bytes(w, &v, sizeof v);
}

static void put_u64(struct slot_writer *w, uint64_t v)
{
    v = htole64(v);
    put_bytes(w, &v, sizeof v);
}

static void put_text(struct slot_writer *w, const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    put_u32(w, (uint32_t)len);
    put_bytes(w, text, len);
}

enum { FLAG_ALLOWED = 1, FLAG_FILE_CUT = 2 };

/* The largest encoding: 3 u64, 8 u32 and the digest, 5 strings with their lengths. */
_Static_assert(3 * 8 + 8 * 4 + 32 + 5 * 4 + 3 * SK_ID_MAX + RING_EXE_MAX + RING_FILE_MAX <
                   SLOT_PAYLOAD,
               "an event fits its slot");

int access_event_encode(const struct access_event *e, uint8_t *out, size_t cap)
{
    struct slot_writer w = {.out = out, .cap = cap};
    put_u64(&w, e->boot_ns);
    put_u64(&w, e->process_start);
    put_u64(&w, e->inode);
    put_u32(&w, e->dev_major);
    put_u32(&w, e->dev_minor);
    put_u32(&w, (uint32_t)e->pid);
    put_u32(&w, e->uid);
    put_u32(&w, e->reason);
    put_u32(&w, (e->allowed ? FLAG_ALLOWED : 0u) | (e->file_cut ? FLAG_FILE_CUT : 0u));
    put_u32(&w, e->rule_line);
    put_u32(&w, e->policy_version);
    put_bytes(&w, e->policy_digest, sizeof e->policy_digest);
    put_text(&w, e->person, SK_ID_MAX);
    put_text(&w, e->area, SK_ID_MAX);
    put_text(&w, e->application, SK_ID_MAX);
    put_text(&w, e->exe, RING_EXE_MAX);
    put_text(&w, e->file, RING_FILE_MAX);
    return w.len < cap ? (int)w.len : SK_ERR_LIMIT;
}

static void take_text(struct cursor *c, char *out, size_t max)
{
    size_t len;
    const char *text = cursor_str(c, max, &len);
    memcpy(out, text, len);
    out[len] = '\0';
}

int access_event_decode(const uint8_t *data, size_t len, struct access_event *ret)
{
    struct cursor c;
    struct access_event e = {0};
    cursor_init(&c, data, len);
    e.boot_ns = cursor_u64(&c);
    e.process_start = cursor_u64(&c);
    e.inode = cursor_u64(&c);
    e.dev_major = cursor_u32(&c);
    e.dev_minor = cursor_u32(&c);
    e.pid = (int32_t)cursor_u32(&c);
    e.uid = cursor_u32(&c);
    uint32_t reason = cursor_u32(&c);
    uint32_t flags = cursor_u32(&c);
    e.rule_line = cursor_u32(&c);
    e.policy_version = cursor_u32(&c);
    const void *digest = cursor_bytes(&c, sizeof e.policy_digest);
    if (digest)
        memcpy(e.policy_digest, digest, sizeof e.policy_digest);
    take_text(&c, e.person, SK_ID_MAX);
    take_text(&c, e.area, SK_ID_MAX);
    take_text(&c, e.application, SK_ID_MAX);
    take_text(&c, e.exe, RING_EXE_MAX);
    take_text(&c, e.file, RING_FILE_MAX);
    if (cursor_done(&c) != 0 || reason >= SK_REASON_COUNT ||
        (flags & ~(uint32_t)(FLAG_ALLOWED | FLAG_FILE_CUT)) != 0)
        return SK_ERR_FORMAT;
    e.reason = (uint16_t)reason;
    e.allowed = flags & FLAG_ALLOWED;
    e.file_cut = flags & FLAG_FILE_CUT;
    *ret = e;
    return 0;
}
