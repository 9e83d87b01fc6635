/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checking a whole ledger folder from its enrolment line alone. Whoever holds that line since the
 * day of installation learns: everything up to `sealed` records is what the agent wrote before it
 * erased the keys; what follows is in order but not yet signed. */
#ifndef PROOF_VERIFY_H
#define PROOF_VERIFY_H

#include <stdbool.h>
#include <stdint.h>
#include "proof/note.h"
#include "proof/reader.h"
#include "proof/tree.h"

#define PROOF_WHAT_CAP  256 /* bytes with NUL */
#define PROOF_SPANS_MAX 64  /* spans kept; more are counted */

/* Records from…to (both included) were stamped by a clock that was not synchronised. */
struct proof_span {
    uint64_t from, to;
};

struct proof_report {
    uint64_t records;       /* lines that belong to the ledger */
    uint64_t sealed;        /* of these, under the last checkpoint */
    uint64_t epochs;        /* checkpoints */
    uint64_t gaps;          /* records of kind agent, phase gap or overflow */
    uint64_t last_gap;      /* seq of the last of these */
    uint64_t torn_bytes;    /* an unfinished line at the end: a crash, or being written */
    uint64_t leftover_bytes;/* never durable, explained by a gap record */
    bool seal_unfinished;   /* the last record is a seal whose checkpoint is not there yet */
    struct note_key after;  /* then: the key that this seal names */
    uint64_t unsynchronised;/* records under an unsynchronised clock */
    struct proof_span spans[PROOF_SPANS_MAX];
    uint64_t span_count;
    struct tree tree;       /* over all records */
    uint32_t end_segment;   /* where the next record belongs */
    uint64_t end_offset;
    uint32_t sealed_segment;/* where the record behind the last seal belongs */
    uint64_t sealed_offset;
    uint64_t notes_end;     /* bytes of the checkpoints that were verified */
    struct note_key next;   /* the key that must sign the next checkpoint */
    /* The first thing that is wrong; not set when the verdict is good. */
    bool bad;
    uint64_t bad_seq;       /* the record, or the first of those it must be among */
    uint64_t bad_last_seq;  /* the last of those (equal: it is known) */
    bool bad_in_checkpoints;/* offset is in the file of checkpoints */
    uint32_t bad_segment;
    uint64_t bad_offset;    /* bytes */
    char bad_what[PROOF_WHAT_CAP];
};

struct proof_options {
    bool strict; /* parse each line with jansson too and write it again: slower, a second opinion */
    /* Called for each line that stands in the chain, with the tree as it is behind it; NULL = not.
     * A non-zero return ends the check with that code. */
    int (*each)(void *context, const struct ledger_line *line);
    void *context;
};

/* Check the ledger in the folder. 0: *ret is filled, ret->bad is the verdict. -errno or SK_ERR_… :
 * the folder could not be read at all. A ledger may be verified while it is being written. */
int proof_verify(const char *folder, const struct note_key *enrolment,
                 const struct proof_options *options, struct proof_report *ret) SK_MUST_CHECK;

/* Read the enrolment line that lies in the ledger folder itself (or in any file: one vkey and a
 * newline). 0, -errno, SK_ERR_FORMAT. */
int proof_enrolment_read(const char *path, struct note_key *ret) SK_MUST_CHECK;

#endif
