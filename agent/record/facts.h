/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a ledger line says, as far as people search for it, without building a tree of it. All texts
 * are as they stand inside JSON strings (escapes and all), and are compared so. */
#ifndef RECORD_FACTS_H
#define RECORD_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

struct fact {
    const char *text; /* in the line; NULL = the line does not say */
    size_t len;       /* bytes */
};

/* One string of the record. top is the member of the record that it stands in or is, key its own. */
struct fact_text {
    struct fact top, key, value;
    bool file; /* it is the name of a file */
};

/* Zero-initialise ({0}), use again and again, free with facts_free. */
struct facts {
    struct fact at, kind, area, contract;
    struct fact case_id;         /* or the id of the item, receipt or copy */
    struct fact id, login, name; /* of the person */
    int64_t uid;                 /* of the login, -1 = not said */
    struct fact *files;          /* names of files */
    size_t file_count, file_cap;
    struct buf rest; /* every other string but the ledger's own stamps, a newline behind each */
};

/* Read a line that the reader gave out (it has the canonical form). Facts live as long as the line.
 * 0 or -ENOMEM. */
int facts_read(const char *line, size_t len, struct facts *f) SK_MUST_CHECK;
void facts_free(struct facts *f);
#define autofacts __attribute__((cleanup(facts_free)))

bool fact_is(const struct fact *f, const char *text);
bool fact_holds(const struct fact *f, const char *text);

/* Is the text part of one string of the record? */
bool facts_hold(const struct facts *f, const char *text);
/* Is it part of a file's name? */
bool facts_name_file(const struct facts *f, const char *text);
/* Is it the person's id, login or name, or their uid? */
bool facts_are_of(const struct facts *f, const char *person);

/* The form in which a text stands inside a JSON string of a record; the caller frees it. NULL: it is
 * not UTF-8, or there is no memory. */
char *facts_escape(const char *text);

#endif
