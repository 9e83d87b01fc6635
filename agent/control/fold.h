/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records in, table of cases out. Pure: the same records give the same table, whoever reads them;
 * kinds and fields are those of <sekisho/record.h>. */
#ifndef CONTROL_FOLD_H
#define CONTROL_FOLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "base/clean.h"
#include "base/digest.h"
#include "control/trusted.h"

#define FOLD_COPIES_MAX 4000

enum case_state {
    CASE_REQUESTED,
    CASE_PERMITTED,
    CASE_REJECTED,
    CASE_RUNNING,
    CASE_OUT,
    CASE_FAILED,
    CASE_UNKNOWN,
    CASE_RETURNED,
    CASE_DISPOSED,
    CASE_EXPIRED,
    CASE_STATE_COUNT
};

/* "requested", … as ops.h names them. */
const char *case_state_name(enum case_state state);
/* Is there still something to be done or given back? */
bool case_is_open(enum case_state state);

/* One case. The json members are the records as they came (owned by the fold), NULL until then. */
struct case_entry {
    char id[SK_ID_MAX + 1];
    bool take_out;
    enum case_state state;
    int64_t requested_s; /* wall time of the request */
    int64_t expires_s;   /* of the permit, 0 without one */
    int64_t out_s;       /* wall time at which the content left, 0 = it has not */
    json_t *files;       /* all of content.files, continuation records joined */
    json_t *request, *permit, *intent, *done, *given_back, *disposal;
    json_t *events; /* [{"seq","at","kind","phase","why"}] */
};

struct fold {
    struct case_entry *cases;
    size_t count, cap;
    json_t *index;    /* case id → place in cases */
    json_t *parts;    /* case id → files of "content" records whose request has not come yet */
    json_t *uses;     /* consent id → permits granted */
    json_t *permits;  /* SHA-256 of a granted permit text → case id */
    json_t *lockouts; /* person id → {"failures","until" (seconds, 0 = not locked)} */
    json_t *numbers;  /* "T-20261121" → highest number given */
    json_t *copies;   /* the latest records of copies that index found, at most FOLD_COPIES_MAX */
    json_t *unseen;   /* area id → seqs of those without permission that no manager has confirmed */
    uint64_t copies_left_out; /* older ones that copies does not hold */
    uint64_t found_number;    /* highest number of a finding that has a record */
    json_t *receives; /* receipt id → its intent record, until it is closed */
    json_t *rooms;    /* fold_room_key → record of its last start, until it ended; "starts" counts */
    char boot_id[37];
    struct trusted time;
    uint64_t policy_version; /* highest ever installed */
    char policy_digest[DIGEST_HEX_CAP];
    uint64_t next_seq; /* one more than the last record seen */
    uint64_t strange;  /* records that name a case which no request made */
};

/* A new empty fold; boot_id is the present boot's. 0 or -ENOMEM. */
int fold_new(const char *boot_id, struct fold **ret) SK_MUST_CHECK;
void fold_free(struct fold **f);

/* Take in one stamped record. 0 or -ENOMEM; a record of no interest is 0. */
int fold_record(struct fold *f, const json_t *record) SK_MUST_CHECK;

/* The same for a ledger line; access records only move the sequence on.
 * 0, -ENOMEM, SK_ERR_FORMAT (not a record). */
int fold_line(struct fold *f, const char *line, size_t len, uint64_t seq) SK_MUST_CHECK;

/* The case, or NULL; valid until the next fold_record. */
struct case_entry *fold_case(struct fold *f, const char *id);

uint64_t fold_uses(const struct fold *f, const char *consent);
bool fold_permit_used(const struct fold *f, const char *digest_hex);
/* Failures of this person and the time until which they are locked (0 = not). */
void fold_lockout(const struct fold *f, const char *person, uint64_t *ret_failures,
                  int64_t *ret_until_s);
/* The room of this area and login: the record of its last start, or NULL when none is open. */
const json_t *fold_room(const struct fold *f, const char *area, const char *login);
/* Its id, which is known when it has started only. */
void fold_room_named(struct fold *f, const char *area, const char *login, const char *room);

/* The highest number given to an id that starts so ("T-20261121"), 0 = none. */
uint64_t fold_number(const struct fold *f, const char *prefix);
/* Remember that this number was given, before a record of it exists. 0 or -ENOMEM. */
int fold_number_taken(struct fold *f, const char *prefix, uint64_t number) SK_MUST_CHECK;

/* fold_copies.c. Is this the record of a copy that index found? Take one in; take in a manager's word.
 * 0 or -ENOMEM. How many of an area's no manager has confirmed. */
bool fold_is_found(const json_t *record);
int fold_found(struct fold *f, const json_t *record) SK_MUST_CHECK;
int fold_confirm(struct fold *f, const json_t *record) SK_MUST_CHECK;
size_t fold_unseen(const struct fold *f, const char *area);

#endif
