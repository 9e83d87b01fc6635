/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the register holds beside cases (<sekisho/record.h>: item, receive, copy, handover), as the fold
 * joins it from records. An entry is a thing that must be accounted for at the end (DSP-4). */
#ifndef CONTROL_FOLD_REGISTER_H
#define CONTROL_FOLD_REGISTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "base/clean.h"

struct fold;
struct case_entry;

enum entry_kind {
    ENTRY_ITEM,    /* D-: paper, a medium, something electronic outside of areas */
    ENTRY_RECEIPT, /* R-: files that were received into an area */
    ENTRY_COPY,    /* C-: a copy that sekisho-index found */
    ENTRY_CASE,    /* T-, C-: what the register knows of a case beside the case itself */
};

enum entry_state { ENTRY_HELD, ENTRY_GIVEN, ENTRY_RETURNED, ENTRY_DESTROYED };

/* "held", "given", … as ops.h names them. */
const char *entry_state_name(enum entry_state state);

/* One entry. The json members are the records as they came; NULL or empty until then. */
struct entry {
    char id[SK_ID_MAX + 1];
    enum entry_kind kind;
    enum entry_state state; /* of a case: held or given; the case itself knows the rest */
    bool personal;          /* specific personal information */
    bool top_secret;
    unsigned seen;          /* copy: managers who have looked at it, 2 = enough for any; permitted: 2 */
    char seen_by[SK_ID_MAX + 1]; /* the first of them */
    json_t *record;         /* that entered it; NULL for a case */
    json_t *moved;          /* the latest that moved it or gave it to another handler */
    json_t *end;            /* that gave it to the client, returned or destroyed it */
    json_t *checks;         /* of phase checked, those of the present end last */
    json_t *events;         /* of all that happened to it (fold_events_json) */
};

enum handover_state {
    HANDOVER_ASKED,
    HANDOVER_PERMITTED,
    HANDOVER_REJECTED,
    HANDOVER_GIVEN,
    HANDOVER_RECEIVED,
    HANDOVER_FAILED,
    HANDOVER_STATE_COUNT
};
const char *handover_state_name(enum handover_state state);

struct handover {
    char id[SK_ID_MAX + 1];
    char of[SK_ID_MAX + 1]; /* the entry or case that changes hands */
    enum handover_state state;
    json_t *asked, *permit, *given, *end;
    json_t *approvals; /* as of a case */
    json_t *events;
};

struct fold_register {
    struct entry *entries;
    size_t count, cap;
    struct handover *handovers;
    size_t handover_count, handover_cap;
    json_t *index;          /* entry's id → place in entries */
    json_t *handover_index; /* id → place in handovers */
    json_t *handing;        /* id of an entry or case → place of its latest hand-over */
};

int register_init(struct fold_register *r) SK_MUST_CHECK; /* 0 or -ENOMEM */
void register_clear(struct fold_register *r);

/* Take one record in; a kind or phase of no interest is 0. 0 or -ENOMEM. receive: of phase done. */
int fold_item(struct fold *f, const json_t *record) SK_MUST_CHECK;
int fold_received(struct fold *f, const json_t *record) SK_MUST_CHECK;
int fold_copy_found(struct fold *f, const json_t *record) SK_MUST_CHECK;
int fold_handover(struct fold *f, const json_t *record) SK_MUST_CHECK;
int fold_erasure(struct fold *f, const json_t *record) SK_MUST_CHECK;
/* This manager has looked at the copies of this area up to that record; not at their own, and not twice. */
void fold_copies_seen(struct fold *f, const char *area, int64_t through, const char *person);
/* How many of them fewer than `needed` managers have looked at; person: only those that this one still can,
 * NULL = all. */
size_t fold_unseen(const struct fold *f, const char *area, int64_t through, unsigned needed,
                   const char *person);

/* The id under which a found copy is entered. */
void fold_copy_id(const json_t *record, char ret[static SK_ID_MAX + 1]);

/* The entry with that id, NULL = none; valid until the next record. Of a case only when a record
 * beside the case's own names it. */
struct entry *fold_entry(const struct fold *f, const char *id);
/* The same, made for a case that has none yet. *ret NULL: there is no such thing. 0 or -ENOMEM. */
int fold_entry_beside(struct fold *f, const char *id, struct entry **ret) SK_MUST_CHECK;
/* It went to the client ("to-client") or to another handler, as the record says. 0 or -ENOMEM. */
int fold_change_hands(struct fold *f, struct entry *e, const json_t *record) SK_MUST_CHECK;
struct handover *fold_handover_of_id(const struct fold *f, const char *id);
/* The latest hand-over of this entry or case, and the one that is not over yet; NULL = none. */
struct handover *fold_handover_latest(const struct fold *f, const char *of);
struct handover *fold_handover_open(const struct fold *f, const char *of);
bool handover_is_open(enum handover_state state);

/* How many persons have checked its being entered, or its end, in records after `since`; *ret_by[i] gets
 * their ids. At most 2 are told apart. */
size_t entry_checks(const struct entry *e, const char *what, int64_t since, const char *ret_by[static 2]);

#endif
