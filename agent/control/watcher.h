/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever looks on: the ledger's records as events, from some record on, as they come. */
#ifndef CONTROL_WATCHER_H
#define CONTROL_WATCHER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct control;
struct peer;
struct watcher;

/* What one watcher may and wants to see. */
struct watch_scope {
    bool all;      /* of everybody, not only of this uid */
    bool refusals; /* only what was refused */
    bool devices;  /* only what is plugged in */
    bool cases;    /* only which cases that the asker may see have changed */
    uid_t uid;
};

/* Send the peer what the ledger holds from this record on, and go on with what comes. 0, or a negative
 * code. */
int watcher_start(struct peer *p, uint64_t from_seq, const struct watch_scope *scope);
void watcher_free(struct watcher **w);

/* Is there one? */
bool watchers_any(const struct control *c);
/* Send each what is there for it, as far as it takes it. True: call again at once. */
bool watchers_feed(struct control *c);

/* An event of ops.h for a record, NULL when it is none (or memory is short). For one who sits outside
 * and may not see into rooms (kept_out): nothing that was allowed there, and no name of a file. */
json_t *event_of(const json_t *record, bool kept_out);

/* Of a device: is it more than a keyboard that came or went as it may? */
bool event_of_device_matters(const json_t *record);

/* Was it this uid who did what the record says? */
bool event_is_of(const json_t *record, uid_t uid);

#endif
