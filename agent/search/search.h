/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding records by an index that the reader makes for themselves.
 *
 * The index is an SQLite file in a folder of the reader's own. It is built from lines that were
 * verified first (up to the last checkpoint), grows with each search by what is new and verified, and
 * can be thrown away at any time. Nothing in it is believed: a hit is read from the ledger again, must
 * be the whole line that was verified (number and hash), and must fit the question. So an index that
 * somebody else wrote can hide hits, never invent or alter one. Against hiding: the file's inode,
 * size and change time are noted in a second file; one that was touched by anybody else, that belongs
 * to another ledger, or to one that has become shorter, is built anew. Who can write both files (the
 * reader, or root) is outside of that promise; a scan without index is there for the last word. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include <stdbool.h>
#include <stdint.h>
#include "proof/verify.h"

struct search; /* opaque */

struct search_config {
    const char *ledger; /* folder */
    const char *cache;  /* folder of the index, the caller's own and nobody else's to write */
    const struct note_key *enrolment;
    bool rebuild;       /* throw away what is there */
    /* While many records are read: so many of about so many. NULL = nobody looks on. */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

/* What search_open did. */
struct search_news {
    bool built;            /* there was no index that could be used */
    const char *why;       /* then: English, why not; "" = there was none */
    uint64_t added;        /* records that came into the index now */
    struct proof_report report; /* with SK_ERR_TAMPERED: what is wrong with the ledger */
};

/* Bring the index up to date and open it. 0; SK_ERR_TAMPERED: the ledger does not verify, see
 * ret_news->report (which is set in any case); SK_ERR_PEER: the cache folder is not the caller's
 * alone; -errno, SK_ERR_…: no index can be made there, or the ledger can't be read. */
int search_open(const struct search_config *config, struct search **ret,
                struct search_news *ret_news) SK_MUST_CHECK;
void search_close(struct search **s);
#define autosearch __attribute__((cleanup(search_close)))

/* What a record must be; NULL or "" = anything. Texts as facts_escape gives them; times as "at" of a
 * record is written. */
struct search_query {
    const char *person, *area, *kind, *contract, *case_id, *file, *text;
    const char *since, *until;
    uint64_t limit; /* the last so many, 0 = all */
};

/* Does a record of which this is known fit? The limit is not looked at. */
struct facts;
bool search_fits(const struct search_query *q, const struct facts *f);

/* A record that was found, read from the ledger. Lives until the callback returns. */
struct search_hit {
    const char *line;
    size_t len;
    uint64_t seq;
};

/* Every record that fits, in the ledger's order; each returns 0, or a code that ends the search.
 * Records behind the last checkpoint are looked at one by one. 0; SK_ERR_TAMPERED: a hit is not what
 * was verified (search_bad says which record); SK_ERR_STATE: the index can't be read, build it anew;
 * -errno. */
int search_run(struct search *s, const struct search_query *query,
               int (*each)(void *context, const struct search_hit *hit), void *context)
    SK_MUST_CHECK;
uint64_t search_bad(const struct search *s);

#endif
