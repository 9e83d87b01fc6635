/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one place where a device is judged and the judgement carried out. */
#ifndef PLUG_DESK_H
#define PLUG_DESK_H

#include <jansson.h>
#include "base/fault.h"
#include "plug/glass.h"
#include "plug/ledger.h"
#include "plug/monitor.h"
#include "plug/plug.h"
#include "plug/sysfs.h"

struct desk; /* opaque */

/* sysfs, ledger line: the desk's from now on, also after a failure. The built-in policy holds until desk_policy.
 * 0 or -ENOMEM. */
int desk_new(struct sysfs *sysfs, struct ledger_line *ledger, struct desk **ret) SK_MUST_CHECK;
void desk_free(struct desk **d);

/* The policy from now on (taken; NULL = the built-in one). All that is plugged in is judged by it. */
void desk_policy(struct desk *d, struct policy *policy);

/* This PC has no policy yet: what works here already goes on doing so until one comes, but for what holds files. */
void desk_keep(struct desk *d);

/* PLUG_REVOKED: which media are refused from now on whatever the policy says. Those that are in are shut at once, those
 * that wait for it are opened. 0 or f->code. */
int desk_revoke(struct desk *d, const json_t *message, struct fault *f) SK_MUST_CHECK;
/* Which list that was, "" = none yet, or another one is needed. */
const char *desk_revoked_mark(const struct desk *d);

/* Has the glass been broken, or is it whole again? All that is plugged in is judged anew when that changed. */
void desk_glass(struct desk *d, const struct glass *glass);

/* All there is now. What is known and gone is dropped. */
void desk_look(struct desk *d, struct monitor *m);
/* What comes from now on is newly plugged in; until then it was there before this process. */
void desk_begin(struct desk *d);

/* Something came, went or was bound. */
void desk_event(struct desk *d, const struct monitor_event *e);

/* What waits: records, and devices that wait for one. ms until it is to be called again, -1 = nothing waits. */
int desk_turn(struct desk *d);

/* For the loop: desk_turn is due as soon as one of these can be read. */
void desk_switches(const struct desk *d, void (*each)(void *context, int fd), void *context);

const struct policy *desk_policy_now(const struct desk *d);
size_t desk_count(const struct desk *d);
/* Devices that the policy does not let in, but which are in use (PLUG_IN_USE). */
size_t desk_in_use(const struct desk *d);
/* Devices and records that wait for the ledger. */
size_t desk_waiting(const struct desk *d);

/* Write an identity onto the storage at this port (body: MEDIUM_MARK's but for the number, taken): it is let in as far
 * as its disk for as long as that takes, once that is on record. The end comes by marked, with the answer or why there
 * is none. 0 or f->code, then nothing comes. */
typedef void desk_marked(void *context, uint64_t marker, const struct plugged *p, const json_t *answer, const char *why);
void desk_on_marked(struct desk *d, desk_marked *marked, void *context);
int desk_mark(struct desk *d, const char *port, json_t *body, uint64_t marker, struct fault *f) SK_MUST_CHECK;

/* The connection to sekisho-device, for the loop: -1 = there is none. */
int desk_media_fd(const struct desk *d);
/* What went while this process was not there is to be unmounted. */
void desk_media_begin(struct desk *d);
void desk_media_ready(struct desk *d);

/* {"devices":[…]} of what is plugged in, and what a policy (not taken) would shut that is open now. */
json_t *desk_list(const struct desk *d);
json_t *desk_try(const struct desk *d, const struct policy *policy);

#endif
