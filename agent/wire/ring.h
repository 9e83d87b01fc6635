/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring that carries access records from watch to the ledger: one producer, one consumer, no
 * locks, in memory that the keeper owns, so that neither side's death loses a record.
 *
 * Invariants (each side checks what the other wrote, indices are untrusted):
 *  1. head counts slots ever committed, tail slots ever made durable; tail <= head <= tail + slots -
 *     RING_AGAIN_MAX: so many slots before tail stay as they are.
 *  2. A slot is committed by a store-release of its sequence number (its index + 1) after its bytes.
 *  3. Only the producer moves head, only the consumer moves tail, each with store-release.
 *  4. A producer that starts again goes on at head; a consumer that starts again goes on at tail and
 *     drops what its ledger already holds by the slot's sequence number.
 *  5. A slot holds an event in full, or a time and the number of a slot before it, at most
 *     RING_AGAIN_MAX away, that holds the same event in full. */
#ifndef WIRE_RING_H
#define WIRE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "base/clean.h"

#define RING_SLOTS     8192u /* a power of two */
#define RING_SLOT_LEN  1088u /* bytes of a slot, a multiple of 64 */
#define RING_AGAIN_MAX 256u  /* slots between an event in full and its repeat */
#define RING_USABLE    (RING_SLOTS - RING_AGAIN_MAX)
#define RING_EXE_MAX   255   /* bytes of a program's path */
#define RING_FILE_MAX  500   /* bytes of a file's path inside its area; a longer one keeps its tail */

/* One decision of watch, as the ledger gets it. Strings are raw bytes, NUL-terminated here. */
struct access_event {
    uint64_t boot_ns;      /* CLOCK_BOOTTIME of the decision */
    uint64_t process_start;/* field 22 of /proc/PID/stat, clock ticks since boot */
    uint64_t inode;
    uint32_t dev_major, dev_minor;
    int32_t pid;
    uint32_t uid;
    uint16_t reason;       /* enum sk_reason */
    bool allowed;
    bool file_cut;         /* file is the tail of a longer path */
    uint32_t rule_line;    /* line of the policy that decided, 0 = none */
    uint32_t policy_version;
    uint8_t policy_digest[32];
    char person[SK_ID_MAX + 1];      /* "" = not on the roster */
    char area[SK_ID_MAX + 1];
    char application[SK_ID_MAX + 1]; /* "" = not listed */
    char exe[RING_EXE_MAX + 1];      /* what /proc/PID/exe reads as: shown, never compared */
    char file[RING_FILE_MAX + 1];
};

struct ring; /* opaque: the mapped memory */

/* Bytes of the memory for a ring; it must be zeroed when new. */
size_t ring_bytes(void);

/* Use len bytes at memory as a ring. 0, or SK_ERR_FORMAT when it can't be one. *ret points into
 * memory. */
int ring_attach(void *memory, size_t len, struct ring **ret) SK_MUST_CHECK;

/* When it was first attached, by its maker: tells it from a later ring in the same place. */
uint64_t ring_born_ns(const struct ring *r);

/* Producer: how many more have room (committed but not yet durable < RING_USABLE), and has one? */
unsigned ring_room(const struct ring *r);
bool ring_has_room(const struct ring *r);
/* Producer: commit one event. 0, or SK_ERR_LIMIT when full. Never blocks, never allocates. */
int ring_commit(struct ring *r, const struct access_event *event) SK_MUST_CHECK;
/* Producer: commit the event that this very producer committed in full into slot `at` (its head then),
 * once more, at another time. 0, SK_ERR_LIMIT when full, SK_ERR_NOT_FOUND when that slot is too far
 * behind: then the event is to be committed in full. A fraction of what that costs both sides. */
int ring_commit_again(struct ring *r, uint64_t at, uint64_t boot_ns) SK_MUST_CHECK;
/* Refusals that could not even be written down because the ring was full; the ledger turns the
 * difference since its last look into a gap record. */
void ring_count_lost(struct ring *r);
uint64_t ring_lost(const struct ring *r);

/* Consumer: the next event at *at (start with ring_tail) into *ret and *at moved on.
 * 1, 0 when there is none, SK_ERR_FORMAT when the slot is not sound (then *at moves on too). */
uint64_t ring_tail(const struct ring *r);
uint64_t ring_head(const struct ring *r);
int ring_next(const struct ring *r, uint64_t *at, struct access_event *ret) SK_MUST_CHECK;
/* Consumer: all before `at` is durable. */
void ring_release(struct ring *r, uint64_t at);
/* Consumer: can it make durable what is committed? At first it can. */
void ring_set_failing(struct ring *r, bool failing);
/* Producer: what the consumer said last. */
bool ring_failing(const struct ring *r);
/* Consumer: is the event at `at` the one before it once more, in all but its time? Then *ret_boot_ns is
 * that time. Far cheaper than reading both; false also when in doubt. */
bool ring_repeats(const struct ring *r, uint64_t at, uint64_t *ret_boot_ns);

/* The slot codec, for fuzzing: bytes used in out (RING_SLOT_LEN), or SK_ERR_LIMIT. */
int access_event_encode(const struct access_event *event, uint8_t *out, size_t cap) SK_MUST_CHECK;
int access_event_decode(const uint8_t *data, size_t len, struct access_event *ret) SK_MUST_CHECK;

#endif
