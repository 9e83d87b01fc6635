/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decisions, pure: the same functions serve watch, control and `policy explain`. */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include <sekisho/reason.h>
#include "policy/model.h"

/* A decision and the line that made it. section points to a constant ("area"); id and the other
 * pointers live as long as the policy. */
struct decision {
    bool allow;
    enum sk_reason reason;
    const char *section; /* kind of the section that decided, "" = none */
    const char *id;      /* its id, "" = none */
    unsigned line;       /* its line, 0 = none */
    const struct policy_person *person; /* NULL = not on the roster */
};

/* One process wants to open one file of an area. */
struct access_question {
    const char *user;         /* login of the process' one user id, NULL = no such login */
    bool one_identity;        /* real, effective, saved and file-system uid are the same */
    bool identified;          /* /proc could be read and the process was still alive afterwards */
    const char *area;         /* id */
    const char *application;  /* id of the listed application that the program is, NULL = none */
    bool code_trusted;        /* program and every executable mapping belong to root, others can't write */
    bool in_room;             /* the process is in the room of this area */
    int64_t now;              /* seconds */
};
void decide_access(const struct policy *p, const struct access_question *q, struct decision *ret);

/* One request for a copy or take-out. */
struct transfer_question {
    const char *user;         /* login of who asks */
    const char *area;
    const char *destination;
    const char *purpose;
    const char *consent;      /* id that the request names, NULL = choose the first that covers it */
    bool take_out;            /* true: sealed export; false: plain copy */
    /* how many permits have been granted on a consent so far */
    uint64_t (*uses)(void *context, const char *consent);
    void *context;
    int64_t now;
};
/* On allow *ret_consent is the consent that covers it. On refusal it is the consent that came
 * nearest (right contract, then area, destination, purpose), or NULL when there is none. */
void decide_transfer(const struct policy *p, const struct transfer_question *q,
                     struct decision *ret, const struct policy_consent **ret_consent);

/* May this login approve a request that `requester` (a person's id) made for this destination? */
void decide_approval(const struct policy *p, const char *user, const char *requester,
                     const char *destination, int64_t now, struct decision *ret);

/* A purpose matches a consent's when it is the same text after trimming and folding runs of white
 * space (Unicode spaces included) into one. */
bool purpose_matches(const char *asked, const char *consented);

#endif
