/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incidents in sekisho-control: what the agent finds by itself, what people say, who may see them, what is
 * due (INC-1, INC-2, INC-3). */
#ifndef CONTROL_INCIDENTS_H
#define CONTROL_INCIDENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/clock.h"
#include "control/fold.h"
#include "proof/steps.h"
#include "policy/deadline.h"

struct ask;
struct control;
struct incident_clock;
struct ledger_reader;
struct selfcheck;
struct trouble;

#define INCIDENT_CONCERNED_MAX 64 /* persons that one incident names */
#define INCIDENTS_OF_USER      20 /* that one person who is no manager may open in a day */

/* What the agent looks with. */
struct incident_watch {
    struct trouble *trouble;
    struct ledger_reader *reader;
    struct clock_steps steps;
    bool caught_up;        /* all that the ledger holds has been looked at once */
    bool all_open;         /* and what was found has its incident */
    struct selfcheck *check; /* the verification at the start, NULL = done or not begun */
    bool checked;
    bool enrolment_known;  /* the ledger's first key is the one that was kept, or what that means is on record */
};

/* ---- incidents.c: what the agent opens ---- */

/* Look at what is new in the ledger, open what is found. True: there is more to be looked at at once. */
bool incidents_look(struct control *c);
void incidents_close(struct control *c);
/* The clock by which incidents are judged now. */
struct incident_clock incident_clock_of(const struct control *c);
/* Look to the end: everything before this record has its incident; 0 when that can't be said now. */
uint64_t incidents_looked(struct control *c);

/* Look for what this person's refusals have led to since this record: {"id","refusals","seconds","managers":[{"id",
 * "name"}] (whom to talk to)} of an incident that was opened for them, or took them in; NULL: none. */
json_t *incident_of_refusals(struct control *c, uid_t uid, uint64_t from_seq);
/* Was this incident's record made for what this person did? */
bool incident_concerns(const json_t *record, uid_t uid);

/* Why the agent opens one. Texts live as long as the call; NULL counts as "". */
struct incident_cause {
    const char *trigger;  /* <sekisho/incident.h> */
    const char *of;       /* key, "TRIGGER:WHAT": an incident is opened for it once and never again */
    const char *contract, *area, *case_id;
    const char *what;     /* English, one line */
    const char *at;       /* when it happened, RFC 3339, "" = not known */
    json_t *concerned;    /* persons, NULL = none; stays the caller's */
};
/* Open an incident, or add to the one that is open for the same trigger and area. 0: it is on record, or was; negative: not yet, try again later. */
int incident_trouble(struct control *c, const struct incident_cause *cause) SK_MUST_CHECK;

/* A new incident's record without the person: {kind, policy, incident, phase opened, …}; id is filled. NULL
 * when memory is short. */
json_t *incident_record(struct control *c, const char *id, const char *phase);

/* ---- incident_view.c: pure ---- */

/* By which clock incidents are judged: what was said at which time of the wall clock, and how that was moved. */
struct incident_clock {
    int64_t now_s;                   /* the wall clock's */
    const struct clock_steps *steps; /* NULL = it was never moved */
};

/* When it was known, by today's clock. */
int64_t incident_known(const json_t *row, const struct clock_steps *steps);
void incident_deadlines(const json_t *row, const struct policy *p, const struct incident_clock *clock,
                        struct deadline ret[static POLICY_CLOCK_COUNT]);
/* INCIDENT of ops.h, a new reference; NULL when memory is short. */
json_t *incident_view(const char *id, const json_t *row, const struct policy *p, const struct incident_clock *clock);
/* {"open","late","next":{"incident","which","due","late"} or null} of all that are open. */
json_t *incidents_summary(const struct fold *f, const struct policy *p, const struct incident_clock *clock);

/* ---- op_incident.c: who may ---- */

/* May the asker see this incident (its row, or a record of it): its opener, managers of its area, auditors,
 * administrators, root. */
bool incident_may_see(const struct ask *a, const json_t *opened);

/* Is it their business what people did: managers who answer for it, auditors, root. */
bool incident_oversees(const struct ask *a, const json_t *opened);
/* The asker is root or somebody of the roster, suspended or not: whoever loses something must be able to
 * say so. 0 or a negative code. */
int incident_ask_person(struct ask *a) SK_MUST_CHECK;
/* Has the asker not opened too many since yesterday? Managers and root never have. */
bool incident_has_room(const struct ask *a);
/* The same as an answer: 0 or a negative code. */
int incident_ask_room(struct ask *a) SK_MUST_CHECK;
/* The last one that the asker opened, for this contract and open still, "" = none. */
const char *incident_of_opener(const struct ask *a, const char *contract);
/* The question's time under this key (now, when there is none), which is not to come. */
int incident_ask_time(struct ask *a, const char *key, char ret[static CLOCK_TIME_CAP]) SK_MUST_CHECK;
/* {"incident":INCIDENT} as the answer. */
int incident_answer(struct ask *a, const char *id);

/* ---- op_draft.c ---- */

/* What was on a medium or went out under a case: [{"case","state","at","person","destination","files":
 * [{"name","bytes","sha256"}],"count","bytes","sealed":bool,"sealed-sha256","recipients":[{"id","name",
 * "organisation","age"}],"shown":bool}]. Names only to whom the case may be shown. */
json_t *draft_cases(struct ask *a, const char *case_id, const char *medium);
/* Is something of the case on the medium, as far as is known? */
bool draft_is_on(const struct control *c, const struct case_entry *e, const char *medium);

#endif
