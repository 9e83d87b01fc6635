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
#include "control/fold_life.h"
#include "control/fold_register.h"
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
    CASE_GIVEN, /* to the client, to keep */
    CASE_WITHDRAWN, /* by who asked, before anything was carried out */
    CASE_REVOKED, /* its permit was taken back, before anything was carried out */
    CASE_STATE_COUNT
};

/* "requested", … as ops.h names them. */
const char *case_state_name(enum case_state state);
/* Is there still something to be done or given back? */
bool case_is_open(enum case_state state);

/* Is it somewhere from where it may be destroyed? */
bool case_may_be_disposed(enum case_state state);

/* One case. The json members are the records as they came (owned by the fold), NULL until then. */
struct case_entry {
    char id[SK_ID_MAX + 1];
    bool take_out;       /* of a standing permit: what it permits */
    bool standing;       /* no case of its own but a standing permit (S-), which is permitted or not, and never out */
    enum case_state state;
    int64_t requested_s; /* wall time of the request */
    int64_t expires_s;   /* of the permit, 0 without one */
    int64_t out_s;       /* wall time at which the content left, 0 = it has not */
    json_t *files;       /* all of content.files, continuation records joined */
    json_t *request, *permit, *done, *given_back, *disposal, *withdrawn;
    json_t *revoked; /* who took the permit back, which stays as it was given */
    json_t *intent; /* of the transfer that runs */
    json_t *erased; /* name of a file → the record of its erasure as this case's, once it was out */
    json_t *approvals; /* of phase approved, NULL = none: one of several that a permit takes (permit_approvals) */
    json_t *events; /* of all that happened to it (fold_events_json) */
};

struct fold {
    struct case_entry *cases;
    size_t count, cap;
    json_t *index;    /* case id → place in cases */
    json_t *parts;    /* case id → files of "content" records whose request has not come yet */
    json_t *uses;     /* consent id → permits granted */
    json_t *standing_uses; /* id of a standing permit → permits that it gave */
    json_t *permits;  /* SHA-256 of a granted permit text → id of the case or hand-over */
    json_t *lockouts; /* person id → {"failures","until" (seconds, 0 = not locked)} */
    json_t *numbers;  /* "T-20261121" → highest number given */
    json_t *copies;   /* the latest records of copies that index found, at most FOLD_COPIES_MAX */
    uint64_t copies_left_out; /* older ones that copies does not hold */
    uint64_t found_number;    /* highest number of a finding that has a record */
    json_t *incidents; /* incident id → {"opened","closed" (records, absent until then),"added":[…],
                          "reported":[…],"notices":{NOTICE: {"sent":[N…],"failed":[N…]}}} */
    json_t *told;      /* what the agent opened an incident for ("of") → incident id */
    json_t *lost;      /* "case ID" or "medium ID" → the latest record of its loss */
    json_t *approved;  /* medium id → [records by which it got an identity] */
    json_t *media_files; /* medium id → {"state","names"} of the files on it that no case explains, as recorded
                            last */
    json_t *revoked;   /* identity (hex) → the record that revoked it: of kind device, or lost */
    json_t *turns;     /* identity (hex) → {"medium","number","now" (SHA-256 of the turn it has, "" = none),"at",
                          "next-number","next" (of one that is, or was, on its way, "")} */
    json_t *papers;    /* "CONTRACT PAPER" → seconds when it was last confirmed (papers.h) */
    json_t *contracts; /* contract id → the record that announced it last */
    json_t *receives; /* receipt id → its intent record, until it is closed */
    struct fold_register reg; /* what is in the register beside cases */
    json_t *alike;    /* name of a record's member → values that it had last (fold_alike.c) */
    json_t *rooms;    /* fold_room_key → record of its last start, until it ended; "starts" counts */
    struct fold_life life; /* plans, incidents, erasures, the register, closed contracts */
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

/* What people are shown of a list of events: [{"seq","at","kind","phase","why"}]. NULL: memory is short. */
json_t *fold_events_json(const json_t *events);

/* The case, or NULL; valid until the next fold_record. */
struct case_entry *fold_case(struct fold *f, const char *id);

uint64_t fold_uses(const struct fold *f, const char *consent);
/* How many cases this standing permit has permitted; one that ended before anything was carried out gives its use back. */
uint64_t fold_standing_uses(const struct fold *f, const char *id);
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

/* fold_incidents.c. Take in a record of kind incident or lost. 0 or -ENOMEM. */
int fold_incident(struct fold *f, const json_t *record) SK_MUST_CHECK;
int fold_lost(struct fold *f, const json_t *record) SK_MUST_CHECK;
/* The row of f->incidents, or NULL; is it open; the one that the agent opened for this and that is still open,
 * or NULL. */
json_t *fold_incident_of(const struct fold *f, const char *id);
bool incident_is_open(const json_t *row);
const char *fold_incident_open(const struct fold *f, const char *trigger, const char *area);
/* An open incident that keeps records and data of this contract (the machine's keeps all), NULL = none. */
const char *fold_incident_keeps(const struct fold *f, const char *contract);
/* The incident of the entry's loss; "": it is not lost, or where it is was recorded since. */
const char *fold_item_lost(const struct fold *f, const struct entry *e);
/* Is the item lost that is to change hands? */
bool fold_handover_lost(const struct fold *f, const struct handover *h);
/* Was the case reported as lost, or what it was permitted for (then permits from before the loss are void,
 * and new ones are for as long as its incident is open)? The destination alone: with e NULL. */
bool fold_is_lost(struct fold *f, const struct case_entry *e, const char *destination);

/* fold_media.c. Take in a record of kind device; the identities that any record revokes. 0 or -ENOMEM. */
int fold_device(struct fold *f, const json_t *record) SK_MUST_CHECK;
int fold_revoke(struct fold *f, const json_t *record) SK_MUST_CHECK;
/* The record that revoked this identity, NULL = none did. Those that wrote one onto the medium with this id, NULL. */
const json_t *fold_revoked(const struct fold *f, const uint8_t identity[static DIGEST_LEN]);
/* The turns of the medium with this identity (hex), NULL = no export went onto it. */
const json_t *fold_turns(const struct fold *f, const char *identity);
const json_t *fold_approved(const struct fold *f, const char *medium);
/* Take in a record of kind medium. 0 or -ENOMEM. The state that was recorded last, "" = none, or no such files. */
int fold_medium(struct fold *f, const json_t *record) SK_MUST_CHECK;
const char *fold_files_state(const struct fold *f, const char *medium);
const char *fold_files_names(const struct fold *f, const char *medium);

/* fold_copies.c. Is this the record of a copy that index found? Take one in; take in a manager's word.
 * 0 or -ENOMEM. */
bool fold_is_found(const json_t *record);
int fold_found(struct fold *f, const json_t *record) SK_MUST_CHECK;
int fold_confirm(struct fold *f, const json_t *record) SK_MUST_CHECK;

#endif
