/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phrases (base/phrase.h) in JSON. On the way between processes texts hold them with their marks. A record
 * holds English, and beside it what it was made of, so that papers and screens can say it otherwise:
 *
 *     {"why":"area a is not open: it is closed",
 *      "said":{"why":["area %s is not open: %s","a",["it is closed"]]}}
 *
 * A list is a phrase: its message id and what stands in it, each a text or a list again. The id "" is none: what
 * follows it stands one after the other. */
#ifndef RECORD_PHRASES_H
#define RECORD_PHRASES_H

#include "record/record.h"

/* Make a record of one whose texts hold phrases: English, and "said" for those in it or in objects in it
 * (lists keep English alone). 0 or -ENOMEM. */
int phrases_put(json_t *record) SK_MUST_CHECK;

/* The way back, in place: "said" goes, the texts that it fits to hold phrases. 0 or -ENOMEM. */
int phrases_take(json_t *record) SK_MUST_CHECK;

/* record_parse and phrases_take: a line of the ledger. */
int phrases_read(const char *text, size_t len, json_t **ret) SK_MUST_CHECK;

/* Make all texts in a value English, or what lookup (gettext) makes of them. 0 or -ENOMEM. */
int phrases_plain(json_t *value) SK_MUST_CHECK;
int phrases_show(json_t *value, const char *(*lookup)(const char *id)) SK_MUST_CHECK;

#endif
