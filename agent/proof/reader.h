/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a ledger folder: its segments, in whatever form (segment.h), as one run of lines, in order,
 * only what belongs to it.
 *
 * Segment n ends where the first record of segment n+1 begins to count: what stands behind that in n
 * was never made durable (a failed fsync); the reader skips it and says so (ledger_leftover), and
 * the record that explains it is in the ledger (kind agent, phase gap). Preallocated space behind
 * the last line is not read as a line. */
#ifndef PROOF_READER_H
#define PROOF_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "proof/elide.h"
#include "proof/segment.h"
#include "record/scan.h"

#define LEDGER_SEGMENT_FORM  SEGMENT_FORM
#define LEDGER_SEGMENT_BYTES SEGMENT_BYTES
#define LEDGER_SEGMENTS_MAX  1000000u
#define LEDGER_CHECKPOINTS   "checkpoints"
#define LEDGER_ENROLMENT     "enrolment"
#define LEDGER_EMERGENCY     "emergency"

struct ledger_line {
    const char *text; /* without newline; lives until the next call on the reader */
    size_t len;       /* bytes */
    uint64_t seq;     /* as the line says; equal to its place in the tree */
    uint32_t segment;
    uint64_t offset;  /* of its first byte in the segment file */
    enum segment_form form;   /* of the segment; offset is in its lines, as they are when plain */
    /* these members, as far as they are there */
    struct scan_field area, at, case_id, clock, contract, kind, phase, series;
    const struct elide_run *elided; /* not NULL: no record but that run of records, from seq on */
};

/* Where reading stopped, for messages. */
struct ledger_place {
    uint64_t seq; /* the record that was expected */
    uint32_t segment;
    uint64_t offset;
    const char *what; /* English; valid as long as the reader */
};

/* Bytes in a segment that are not part of the ledger, see above. */
struct ledger_leftover {
    uint32_t segment;
    uint64_t offset; /* where the ledger's part of the segment ends */
    uint64_t bytes;
    uint64_t seq;    /* of the record that follows, in the next segment */
};

struct ledger_reader; /* opaque */

/* Open the ledger in the folder so that the first line given has sequence number from_seq (whole
 * segments before it are not read). 0, -errno (-ENOENT: no segment there), SK_ERR_LIMIT. */
int ledger_reader_open(const char *folder, uint64_t from_seq, struct ledger_reader **ret)
    SK_MUST_CHECK;
/* The same at a place that was given with a line, or where reading stopped: the line with number seq
 * begins there. Nothing before it is looked at. */
int ledger_reader_open_at(const char *folder, uint32_t segment, uint64_t offset, uint64_t seq,
                          struct ledger_reader **ret) SK_MUST_CHECK;
void ledger_reader_close(struct ledger_reader **r);
#define autoreader __attribute__((cleanup(ledger_reader_close)))

/* The number of a segment's first record. 0, SK_ERR_NOT_FOUND (there is none in it), SK_ERR_FORMAT,
 * -errno (-ENOENT: no such segment). */
int ledger_segment_first(const char *folder, uint32_t segment, uint64_t *ret_seq) SK_MUST_CHECK;

/* Give out elided lines too (proof/elide.h); otherwise they are passed over. */
void ledger_reader_show_elided(struct ledger_reader *r);

/* The next line: its form is checked against record/scan.h, its seq follows the last one's.
 * 1; 0 at the end for now (call again later: more may have been written); SK_ERR_TAMPERED (see
 * ledger_reader_place), -errno. After an error every further call gives the same. */
int ledger_reader_next(struct ledger_reader *r, struct ledger_line *ret) SK_MUST_CHECK;

/* After 0 or an error: where it stands. After 0, *ret_torn (may be NULL) is the number of bytes of
 * an unfinished line there (being written just now, or cut off by a crash). */
void ledger_reader_place(const struct ledger_reader *r, struct ledger_place *ret,
                         uint64_t *ret_torn);

/* After SK_ERR_TAMPERED: is it the form of a line that is wrong (else the order of records)? */
bool ledger_reader_is_form(const struct ledger_reader *r);

/* Leftovers found so far; index from 0. False when there is none with that index. */
bool ledger_reader_leftover(const struct ledger_reader *r, size_t index,
                            struct ledger_leftover *ret);

#endif
