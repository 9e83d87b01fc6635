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
    bool program_trusted;     /* the program belongs to root, others can't write */
    bool code_trusted;        /* so does every executable mapping */
    bool code_made;           /* it has executable memory that is no file's, or that differs from it */
    bool in_room;             /* the process is in the room of this area */
    bool in_other_room;       /* the process is in the room of another area */
    int64_t now;              /* seconds */
};

/* The checks, in this order; the first that fails gives the reason, none failing is ALLOWED:
 *   NO_POLICY       the built-in policy (version 0) stands
 *   NO_AREA         the policy has no such area
 *   CONTRACT_NOT_BEGUN, CONTRACT_ENDED  the area's contract has not begun, or is over: its last day in
 *                   Japan is gone
 *   UNIDENTIFIED    not identified
 *   MIXED_IDENTITY  not one_identity
 *   NOT_ON_ROSTER   no person has this login
 *   SUSPENDED       the person is
 *   NOT_FOR_AREA    the person has not the role handler; or the area lists handlers and not this
 *                   one; or it lists none and the person's areas do not name it
 *   NOT_TRAINED, NOT_PLEDGED   no date, or one that is still to come (ACC-6)
 *   NOT_IN_ROOM     gate = room and not in_room; or in_other_room: two areas never meet
 *   NOT_LISTED      the application is not the area's (an area with gate = room that lists none
 *                   takes every program that is root's own)
 *   NOT_ROOT_OWNED  not code_trusted; where the room takes every program: not program_trusted
 *   CODE_MADE       code_made, gate = open, and the application does not say generates-code
 * An expired policy goes on deciding access: it keeps blocking, and stops transfers only. */
void decide_access(const struct policy *p, const struct access_question *q, struct decision *ret);

/* Every check that fails, in that order, at most max of them (a later one may fail only because an
 * earlier one did). The number of those filled; 0 = allowed. */
#define DECIDE_ACCESS_MAX 14
size_t decide_access_all(const struct policy *p, const struct access_question *q,
                         struct decision *ret, size_t max);

/* Does a decision about this area depend on the code in the process (code_trusted, code_made)? Not
 * where the room takes every program that is root's own: its walls hold whatever runs. */
bool decide_needs_code(const struct policy *p, const char *area);

/* One person wants a room, or a command in one. */
struct room_question {
    const char *user;         /* login of who asks */
    const char *area;
    bool remote;              /* from a remote login */
    bool terminal;            /* a terminal is wanted */
    int64_t now;
};
/* The checks, in this order; the first that fails gives the reason:
 *   NO_POLICY, NO_AREA
 *   NO_ROOM         gate = open
 *   CONTRACT_NOT_BEGUN, CONTRACT_ENDED, then of the person as in decide_access
 *   NOT_ON_ROSTER … NOT_PLEDGED, then
 *   REMOTE          remote, and [work] does not say remote = yes
 *   NO_TERMINAL     terminal, and the area does not say terminal = yes
 * An expired policy goes on deciding this, as it does access. */
void decide_room(const struct policy *p, const struct room_question *q, struct decision *ret);

/* One request for a copy or take-out. */
struct transfer_question {
    const char *user;         /* login of who asks */
    const char *area;
    const char *destination;
    const char *purpose;
    const char *consent;      /* id that the request names, NULL = choose the first that covers it */
    bool take_out;            /* true: sealed export; false: plain copy */
    bool item;                /* an item of the register (paper, a medium) is to change hands */
    /* how many permits have been granted on a consent so far */
    uint64_t (*uses)(void *context, const char *consent);
    void *context;
    int64_t now;
};
/* The checks, in this order; the first that fails gives the reason:
 *   NO_POLICY, POLICY_EXPIRED, NO_AREA, CONTRACT_NOT_BEGUN, CONTRACT_ENDED, then of the person as in
 *   decide_access NOT_ON_ROSTER … NOT_PLEDGED, then
 *   TOP_SECRET        the area is top secret and the destination's kind is not hand (REC-3)
 *   NO_DESTINATION    the policy has no such destination
 *   OTHER_CONTRACT    it belongs to another contract than the area
 *   DESTINATION_KIND  a copy needs a directory, an item of the register hand, a take-out any other
 *                     kind, with a path to write to
 *   MEDIUM_UNKNOWN, MEDIUM_EXPIRED, MEDIUM_DIRECTION, MEDIUM_AREA   the destination's medium is not registered, not
 *                     any more, for bringing in only, or not for this area
 *   NO_RECIPIENT      a take-out to a destination without recipients
 *   NO_CONSENT        the contract has no consent, or not the one that was named
 *   CONSENT_AREA, CONSENT_DESTINATION, CONSENT_PURPOSE, CONSENT_ENDED, CONSENT_USED
 *                     of the nearest consent, the first of these that fails
 * On allow *ret_consent is the consent that covers it. On refusal it is the consent that came
 * nearest (right contract, then area, destination, purpose), or NULL when there is none. */
void decide_transfer(const struct policy *p, const struct transfer_question *q,
                     struct decision *ret, const struct policy_consent **ret_consent);

/* May this login enter things of this area into the register, move them and see to their end? The
 * checks, in this order: NO_POLICY, NO_AREA, NOT_ON_ROSTER, SUSPENDED, NOT_TRAINED, NOT_PLEDGED,
 * NOT_FOR_AREA (neither a handler of the area nor a manager who manages it). Neither the policy's nor
 * the contract's end stands in the way: what is left is then to be returned or destroyed. */
void decide_register(const struct policy *p, const char *user, const char *area, int64_t now,
                     struct decision *ret);

/* Does this one consent cover the request? ALLOWED, OTHER_CONTRACT or a reason CONSENT_*. */
enum sk_reason decide_consent(const struct policy *p, const struct transfer_question *q,
                              const struct policy_consent *consent);

/* May a standing permit from this second to that one be given for this on this consent (decide_consent)? TOP_SECRET,
 * DESTINATION_KIND (it changes hands by hand), NO_STANDING (the consent has none, or none for so long),
 * CONSENT_ENDED (it ends, or the contract does, before the permit) or ALLOWED. */
enum sk_reason decide_standing(const struct policy *p, const struct transfer_question *q,
                               const struct policy_consent *consent, int64_t from_s, int64_t end_s);

/* Was a copy inside an area permitted, that this login made of a file of the same area? The checks, in
 * this order; the first that fails gives the reason:
 *   NO_POLICY … NOT_PLEDGED   as in decide_transfer
 *   NO_CONSENT        the area names no consent for copies
 *   OTHER_CONTRACT, CONSENT_AREA   the consent is for another contract or area
 *   CONSENT_PURPOSE   the area's copy-purpose (where it states one) is not the consent's
 *   CONSENT_ENDED     the consent has ended or not begun
 * On allow *ret_consent is the consent; on refusal the one that the area names, or NULL. */
void decide_copy_inside(const struct policy *p, const char *user, const char *area, int64_t now,
                        struct decision *ret, const struct policy_consent **ret_consent);

/* The checks, in this order: NO_POLICY, POLICY_EXPIRED, NOT_ON_ROSTER, OWN_REQUEST, SUSPENDED,
 * NOT_TRAINED, NOT_PLEDGED, NO_DESTINATION, CONTRACT_NOT_BEGUN, CONTRACT_ENDED (the destination's),
 * NOT_APPROVER (not a manager, no key, or the destination lists approvers and not this one; and stands in for
 * nobody who may, today), OWN_REQUEST (stands in for the one who asked).
 * May this login approve a request that `requester` (a person's id) made for this destination? */
void decide_approval(const struct policy *p, const char *user, const char *requester,
                     const char *destination, int64_t now, struct decision *ret);

/* In whose place this person approves for that destination: their own, or that of the one whom they stand in
 * for (approves-for); NULL: in nobody's. Two approvals in one place are one. */
const struct policy_person *decide_place(const struct policy *p, const struct policy_person *person,
                                         const char *destination, int64_t now);

/* How many approvals, each in another place, a permit for this destination takes; at least 1. */
unsigned decide_quorum(const struct policy *p, const char *destination);

/* A purpose matches a consent's when it is the same text after trimming and folding runs of white
 * space (Unicode spaces included) into one. */
bool purpose_matches(const char *asked, const char *consented);

#endif
