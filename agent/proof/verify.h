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
#include "proof/series.h"
#include "proof/tree.h"

#define PROOF_EXTRACT   "extract" /* the file that makes a folder an extract, see proof_extract_… */

#define PROOF_WHAT_CAP  512 /* bytes with NUL */
#define PROOF_SPANS_MAX 64  /* spans kept; more are counted */

/* Records from…to (both included) were stamped by a clock that was not synchronised. */
struct proof_span {
    uint64_t from, to;
};

/* What kind of thing is wrong. The words of proof_class_name are the same in contrib/verify. */
enum proof_class {
    PROOF_GOOD,
    PROOF_FORM,       /* "form": a line or checkpoint does not have the form of one */
    PROOF_ORDER,      /* "order": records are missing or out of their order */
    PROOF_ALTERED,    /* "altered": the records' root is not the one that was signed */
    PROOF_SIGNATURE,  /* "signature": a checkpoint's signature does not verify */
    PROOF_KEY,        /* "key": another key signed, or is named as the next, than the chain allows */
    PROOF_CHECKPOINT, /* "checkpoint": one is missing, or covers what is not there */
    PROOF_LEFTOVER,   /* "leftover": bytes stand between records that no record explains */
    PROOF_WITHHELD,   /* "withheld": records are left out that no removal record names */
    PROOF_SERIES,     /* "series": the contracts' running numbers do not fit each other */
    PROOF_CLASS_COUNT
};
const char *proof_class_name(enum proof_class c);

/* A head that somebody kept: is it the ledger's own at that size? */
enum proof_anchor_state {
    PROOF_ANCHOR_BEYOND,  /* the ledger is shorter than that */
    PROOF_ANCHOR_AGREES,
    PROOF_ANCHOR_DIFFERS,
    PROOF_ANCHOR_HIDDEN,  /* it lies within records that are left out */
};
struct proof_anchor {
    uint64_t size;
    uint8_t root[DIGEST_LEN];
    enum proof_anchor_state state; /* set by proof_verify */
};

struct proof_report {
    uint64_t records;       /* lines that belong to the ledger, and those left out */
    uint64_t elided;        /* of these, left out: their hashes only are there */
    uint64_t elided_runs;
    uint64_t removed;       /* of these, named by removal records */
    bool extract;           /* the folder is one contract's extract */
    char contract[SK_ID_MAX + 1]; /* whose */
    bool counts;            /* the last seal states where the contracts' numbers stand */
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
    struct tree sealed_tree;/* over the sealed ones */
    struct tree head_tree;  /* as it stood at proof_options.head; its size is another when no seal stands there */
    uint64_t archived;      /* segments that are archived (proof/segment.h) */
    uint32_t end_segment;   /* where the next record belongs */
    uint64_t end_offset;
    uint32_t sealed_segment;/* where the record behind the last seal belongs */
    uint64_t sealed_offset;
    uint64_t notes_end;     /* bytes of the checkpoints that were verified */
    struct note_key next;   /* the key that must sign the next checkpoint */
    /* The first thing that is wrong; not set when the verdict is good. */
    bool bad;
    enum proof_class bad_class;
    uint64_t bad_seq;       /* the record, or the first of those it must be among */
    uint64_t bad_last_seq;  /* the last of those (equal: it is known) */
    bool bad_in_checkpoints;/* offset is in the file of checkpoints */
    uint32_t bad_segment;
    uint64_t bad_offset;    /* bytes */
    const char *bad_text;   /* a sentence, N_(): English with %llu for each of bad_numbers */
    unsigned long long bad_numbers[2];
    char bad_what[PROOF_WHAT_CAP]; /* the same, whole and in English */
};

/* What is wrong with a ledger, whole, each sentence put into another language by `in`. */
void proof_say(const struct proof_report *p, const char *(*in)(const char *text),
               char ret[static PROOF_WHAT_CAP]);

struct proof_options {
    bool strict; /* parse each line with jansson too and write it again: slower, a second opinion */
    /* Called for each line that stands in the chain, with the tree as it is behind it; NULL = not.
     * A non-zero return ends the check with that code. */
    int (*each)(void *context, const struct ledger_line *line);
    void *context;
    struct proof_anchor *anchors; /* compared on the way; may be NULL */
    size_t anchor_count;
    uint64_t head; /* a number of records at whose seal the tree is kept in head_tree; 0 = none */
    struct series_seen *series; /* gets where the running numbers stand; may be NULL */
    /* Go on behind the last checkpoint of this earlier, good report of the same ledger; what stands
     * before it is not read again, but for its hashes, which the next checkpoint covers. NULL = from
     * the start. Of it are used: sealed, epochs, sealed_tree, sealed_segment, sealed_offset, notes_end,
     * next; leftovers, spans and running numbers begin anew. */
    const struct proof_report *resume;
};

/* Check the ledger in the folder. 0: *ret is filled, ret->bad is the verdict. -errno or SK_ERR_… :
 * the folder could not be read at all. A ledger may be verified while it is being written. */
int proof_verify(const char *folder, const struct note_key *enrolment,
                 const struct proof_options *options, struct proof_report *ret) SK_MUST_CHECK;

/* The file "extract": "sekisho-extract: 1", "contract: ID", each with a newline; ID as policies have
 * it ([A-Za-z0-9._-], 1 to 63), so that it may be shown. Read it from the
 * folder: 1, 0 when there is none, SK_ERR_FORMAT, -errno. */
int proof_extract_read(int dir, char ret_contract[static SK_ID_MAX + 1]) SK_MUST_CHECK;

/* An enrolment line as somebody typed or kept it: blanks and line ends around it don't count. 0,
 * SK_ERR_FORMAT, SK_ERR_CRYPTO. */
int proof_enrolment_parse(const char *text, size_t len, struct note_key *ret) SK_MUST_CHECK;
/* The one that lies in the ledger folder itself. 0, -errno, SK_ERR_KIND, SK_ERR_FORMAT. */
int proof_enrolment_of(const char *folder, struct note_key *ret) SK_MUST_CHECK;
/* The one in a file that the person named. 0, -errno, SK_ERR_FORMAT. */
int proof_enrolment_read(const char *path, struct note_key *ret) SK_MUST_CHECK;

#endif
