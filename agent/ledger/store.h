/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The segment files: where the next line goes, room kept ahead, and what happens when a disk fails.
 * Every append is durable on return, so an older segment never holds anything unwritten. */
#ifndef LEDGER_STORE_H
#define LEDGER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "proof/reader.h"

#define STORE_AHEAD           2u /* preallocated segments behind the one in use */
#define STORE_EMERGENCY_BYTES ((uint64_t)1024 * 1024)

struct store; /* opaque */

/* A segment that failed: a gap record must tell. */
struct store_fault {
    uint32_t segment;
    uint64_t offset; /* the ledger's part of the segment ends here, bytes */
    int code;        /* -errno of the write or fsync */
    bool sync;       /* it was the fsync: bytes behind offset may have reached the disk */
};

/* Use the ledger in the folder; the next line belongs at offset of the segment (0 of 0 when new).
 * Room is made as far as the disk gives it. 0 or -errno. */
int store_open(const char *folder, uint32_t segment, uint64_t offset, struct store **ret)
    SK_MUST_CHECK;
void store_close(struct store **s);

/* Append whole lines, durable on return. On failure nothing counts as written, the place is as it
 * was or in the next segment: *ret_again says whether calling again may succeed, *ret_fault is
 * filled. 0 or a negative code. */
int store_append(struct store *s, const void *lines, size_t len, struct store_fault *ret_fault,
                 bool *ret_again) SK_MUST_CHECK;

/* Make the preallocated segments and the emergency file that are missing; with the next segment and
 * the emergency file there, an emergency is over. 0 or -errno. */
int store_prepare(struct store *s) SK_MUST_CHECK;

/* The segment in use. */
uint32_t store_segment(const struct store *s);

/* The disk gives no further segment and the emergency file is in use: only refusals and the
 * ledger's own records may be written. */
bool store_in_emergency(const struct store *s);

/* Bytes that records of accesses may still take. In an emergency there are many of them, and half of the
 * emergency file stays for everything else. */
uint64_t store_room(const struct store *s);

#endif
