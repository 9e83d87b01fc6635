/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The register as one: every thing that must be accounted for (DSP-4), be it a case, a receipt, an item or a
 * copy that was found. Pure: table and policy in, rows out. */
#ifndef CONTROL_REGISTER_H
#define CONTROL_REGISTER_H

#include <jansson.h>
#include "control/fold.h"
#include "policy/policy.h"

/* One thing. A case may have an entry beside it, everything else is an entry. */
struct thing {
    struct case_entry *of_case; /* NULL = none */
    struct entry *entry;        /* NULL = a case of which the register knows nothing more */
};

/* The thing with that id; false: there is none. Valid until the next record is folded. */
bool thing_find(struct fold *f, const char *id, struct thing *ret);

const char *thing_id(const struct thing *t);
const char *thing_area(const struct thing *t);
const char *thing_contract(const struct thing *t);
/* Who entered it (asked for it), and who has it now: ids of the roster, "" = nobody on it. */
const char *thing_enterer(const struct thing *t);
const char *thing_handler(const struct thing *t);
bool thing_is_personal(const struct thing *t, const struct policy *p);
bool thing_is_top_secret(const struct thing *t, const struct policy *p);

/* Is it somewhere, neither given to the client, nor returned nor destroyed? A request that came to
 * nothing is no thing (thing_counts). */
bool thing_is_open(const struct thing *t);
bool thing_counts(const struct thing *t);

/* {"at","method","proof","person","done-by","to","erasure"} of a record that ended it; null of NULL. */
json_t *thing_ending(const json_t *record);
/* The record of its present end, NULL = it has none. */
const json_t *thing_end(const struct thing *t);
/* How many persons have checked "entry" or the present "end"; *ret_by[i] gets their ids. */
size_t thing_checks(const struct thing *t, const char *what, const char *ret_by[static 2]);

/* What of it is still to be checked: its being entered, its end (REC-6, DSP-1). Of specific personal
 * information two managers check. */
bool thing_lacks_check(const struct thing *t, const struct policy *p, const char *what);

/* ROW of ops.h; NULL when memory is short. */
json_t *thing_row(const struct fold *f, const struct thing *t, const struct policy *p, int64_t now_s);

/* How much of a contract ("" = of all) is in the register, and what of it is not accounted for. */
struct register_count {
    size_t all, open, unchecked, personal, handovers;
};
void register_count_one(const struct fold *f, const struct thing *t, const struct policy *p,
                        struct register_count *count);
void register_count_of(struct fold *f, const struct policy *p, const char *contract,
                       struct register_count *ret);

/* All things one after the other: from *at = 0 on; false at the end. */
bool thing_next(struct fold *f, size_t *at, struct thing *ret);

/* H of ops.h, of a hand-over of this thing; NULL when memory is short. */
/* What the record of a giving says of its permit: by whom, each of those who approved where it took several, and in
 * whose place. */
json_t *handover_permission(const json_t *permit);
json_t *handover_view(const struct handover *h, const struct thing *t);

#endif
