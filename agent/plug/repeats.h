/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device does again and again: a device that comes and goes many times a second must not fill the ledger.
 * Each device has a number of records of its own in a span, what goes beyond is counted and becomes one record at
 * the span's end. A device chooses what it says of itself, not where it is plugged in: all behind one port of the PC,
 * and all of the PC, have a number too. */
#ifndef PLUG_REPEATS_H
#define PLUG_REPEATS_H

#include <jansson.h>
#include <stdbool.h>
#include "plug/plug.h"

#define REPEATS_FULL_MAX   8                    /* records of one device in its first span */
#define REPEATS_SPAN_NS    (60ull * 1000000000) /* the first span; each that follows on it is twice as long */
#define REPEATS_LONGEST_NS (640ull * 1000000000)
#define REPEATS_PLACE_MAX  40                   /* records of all behind one port of the PC in a span */
#define REPEATS_ALL_MAX    160                  /* and of all devices */
#define REPEATS_PLACES_MAX 32                   /* ports at a time; those beyond share the last one */
#define REPEATS_ROWS_MAX   64   /* devices at a time; those beyond share the last one */
#define REPEATS_UNTOLD_MAX 1000 /* what is counted and on no record yet: so much is lost when the process dies */

struct repeats; /* opaque */

int repeats_new(struct repeats **ret) SK_MUST_CHECK;
void repeats_free(struct repeats **r);

/* Something happened to p. True: the record is to be written now. False: it was counted, and the record kept if
 * it is the last of its span. record is not taken; NULL (no memory) is never counted. */
bool repeats_tell(struct repeats *r, const struct plugged *p, const char *phase, json_t *record, uint64_t now_ns) SK_MUST_CHECK;

/* May p be let in, which needs a record of its own? No: it is counted so long. */
bool repeats_admit(const struct repeats *r, const struct plugged *p, uint64_t now_ns) SK_MUST_CHECK;

/* The next record of what was counted: when its span is over or too much is untold; all: at once. NULL = none.
 * The caller's. */
json_t *repeats_due(struct repeats *r, uint64_t now_ns, bool all);

/* ms until repeats_due has something, -1 = nothing is counted. */
int repeats_wait_ms(const struct repeats *r, uint64_t now_ns);

#endif
