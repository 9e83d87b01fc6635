/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standing permits (S-): an approver's word, given once, for a number of exports of one person,
 * from one area, to one destination, for one purpose, in one period. Each export under it is a case
 * of its own. Pure. */
#ifndef CONTROL_STANDING_H
#define CONTROL_STANDING_H

#include "control/fold.h"
#include "policy/decide.h"

/* What somebody asks for. consent "": whichever the standing permit is on. */
struct standing_question {
    const struct policy *policy;
    struct fold *fold;
    const char *person, *area, *destination, *purpose, *consent;
    bool take_out;
    const struct case_entry *instead; /* case that ends with this one, and gives its use back; NULL = none */
    int64_t now_s; /* trusted time */
};

/* Its first second, and the first one after its last day; 0 = its record has none. */
int64_t standing_from(const struct case_entry *s);
int64_t standing_end(const struct case_entry *s);

/* How many more cases it permits. */
uint64_t standing_left(const struct fold *f, const struct case_entry *s);

/* Is what it says still what the policy says: all of the area, the destination and its recipients that
 * it is bound to (bound.h), the consent and how long one may last on it? ALLOWED, or why not;
 * *ret_why: a sentence. */
enum sk_reason standing_fits(const struct policy *p, const struct case_entry *s,
                             const char **ret_why);

/* Does it hold now: permitted, by persons who may still give it, in its period, nothing lost, and
 * standing_fits? Its uses are not looked at: a case that has one goes on. */
enum sk_reason standing_holds(const struct policy *p, struct fold *f, const struct case_entry *s,
                              int64_t now_s, const char **ret_why);

/* Does this one (NULL: none) permit what is asked for? */
enum sk_reason standing_covers(const struct standing_question *q, const struct case_entry *s,
                               const char **ret_why);

/* The first that does, and whose consent does, NULL = none. */
struct case_entry *standing_find(const struct standing_question *q);

/* Of a case that a standing permit permitted: does that hold? ALLOWED of every other case. */
enum sk_reason standing_of_case(const struct policy *p, struct fold *f, const struct case_entry *e,
                                int64_t now_s, const char **ret_why);

#endif
