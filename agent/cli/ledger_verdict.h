/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict over a ledger or an extract, as the ledger's commands share it. */
#ifndef CLI_LEDGER_VERDICT_H
#define CLI_LEDGER_VERDICT_H

#include <jansson.h>
#include "cli/cli.h"
#include "proof/path.h"
#include "proof/verify.h"

/* A folder that was checked. Zero-initialise; free with verdict_free. */
struct verdict {
    const char *folder;
    struct note_key key;
    bool own;                    /* against the folder's own enrolment line */
    struct proof_report *report;
    struct series_seen *series;
};
void verdict_free(struct verdict *v);
#define autoverdict __attribute__((cleanup(verdict_free)))

/* The key that everything hangs on: from the person (a line, or a file that holds one), or NULL for
 * the folder's own. CLI_OK, or a code after a message. */
int verdict_enrolment(struct verdict *v, const char *folder, const char *given) SK_MUST_CHECK;

/* Check the folder. options may be NULL; its series is not used. CLI_OK when it could be read,
 * whatever the verdict. */
int verdict_check(struct verdict *v, const struct proof_options *options) SK_MUST_CHECK;

/* Both, against the folder's own line, for commands that go on with a good ledger only: CLI_NO after
 * the verdict's words when it is bad. */
int verdict_good(struct verdict *v, const char *folder, const struct proof_options *options)
    SK_MUST_CHECK;

/* What is wrong, in the person's language. */
void verdict_say(const struct proof_report *p, char ret[static PROOF_WHAT_CAP]);

/* In words to stdout, or as JSON (the caller's reference). */
void verdict_print(const struct verdict *v);
json_t *verdict_json(const struct verdict *v);

/* The last checkpoint as it stands in the folder's file, with its empty line. CLI_OK, or a code after
 * a message (CLI_NO: there is none). */
int verdict_last_note(const struct verdict *v, struct buf *ret) SK_MUST_CHECK;

/* ---- heads that somebody kept (ledger_anchors.c) ---- */

#define VERDICT_ANCHORS_MAX 4096 /* a file of checkpoints may be kept too */

/* A head that stands in a proof of one record (c2sp.org/tlog-proof). */
struct kept_proof {
    uint64_t index;
    struct path path;
    bool seen; /* the ledger shows the record: leaf is its hash */
    uint8_t leaf[DIGEST_LEN];
};

/* Zero-initialise; free with anchors_clear. */
struct kept_heads {
    struct proof_anchor anchors[VERDICT_ANCHORS_MAX];
    const char *files[VERDICT_ANCHORS_MAX]; /* where each was found; the caller's text */
    char origins[VERDICT_ANCHORS_MAX][NOTE_NAME_CAP]; /* the ledger that it is of, "" = not said */
    struct kept_proof *proofs[VERDICT_ANCHORS_MAX];   /* NULL = it is a head alone */
    size_t proof_count;
    size_t count;
};

struct kept_heads *anchors_new(void); /* NULL = no memory */
void anchors_free(struct kept_heads **heads);
#define autoanchors __attribute__((cleanup(anchors_free)))

/* Add the heads that stand in the file: "ledger-head: SIZE ROOT" (requests, permits, manifests, start
 * reports) and checkpoints; that of a proof (prove, attest) together with the record that it proves.
 * CLI_OK, or a code after a message (CLI_USAGE: there is none in it). */
int anchors_read(struct kept_heads *heads, const char *file) SK_MUST_CHECK;

/* The same for a text; file is what it is called. 0, SK_ERR_LIMIT, SK_ERR_FORMAT (it begins as a proof
 * and is none), -ENOMEM. */
int anchors_scan(struct kept_heads *heads, const char *file, const char *text, size_t len)
    SK_MUST_CHECK;

/* For proof_verify's each: takes the hash of a record that one of the proofs is about. */
int anchors_see(struct kept_heads *heads, const struct ledger_line *line);
/* Behind proof_verify: a head whose proof does not lead from the record to it differs; one whose record
 * is not shown can't be compared. 0, SK_ERR_CRYPTO, -ENOMEM. */
int anchors_settle(struct kept_heads *heads) SK_MUST_CHECK;

/* Do all agree? Words to stdout, or rows for JSON. */
bool anchors_agree(const struct kept_heads *heads, const char *origin);
void anchors_print(const struct kept_heads *heads, const char *origin);
json_t *anchors_json(const struct kept_heads *heads, const char *origin);

#endif
