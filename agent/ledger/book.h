/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger as its one writer sees it: records wait in a queue, are stamped, numbered and written
 * together, and sealed when asked. Nothing here knows of sockets or waits for anything but disks. */
#ifndef LEDGER_BOOK_H
#define LEDGER_BOOK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/clock.h"
#include "ledger/recover.h"
#include "proof/note.h"

#define BOOK_QUEUE_MAX      4096u             /* records that wait for one commit */
#define BOOK_QUEUE_BYTES    (4 * 1024 * 1024) /* their estimated bytes */
#define BOOK_TICKET_RING     UINT64_MAX        /* records that intake brings again after a failure */
#define BOOK_WHY_CAP        320               /* bytes with NUL */

struct book; /* opaque */

struct book_config {
    const char *ledger_folder, *key_folder;
    const char *host;    /* stamped on every record */
    const char *boot_id; /* likewise */
    const char *trouble_file; /* where it is remembered that the disk fails (trouble.h); NULL = nowhere */
};

/* What becomes of a record: code 0 and its sequence number, or why it is not in the ledger. ticket
 * is what book_add was given. */
typedef void book_answer(void *context, uint64_t ticket, int code, uint64_t seq);

/* Recover, or begin a new ledger. ret_first: the enrolment line is new and should be shown.
 * ret_recovery (clear it) tells what was found, also with SK_ERR_TAMPERED. 0 or a negative code as
 * of recover and epochs_open. */
int book_open(const struct book_config *config, struct book **ret, bool *ret_first,
              struct recovery *ret_recovery) SK_MUST_CHECK;
void book_close(struct book **b);

/* May a producer give this record? An object with a kind, without the ledger's own members, not of
 * the ledger's own kinds, not too long with its stamps. 0, SK_ERR_FORMAT, SK_ERR_LIMIT. */
int book_check(const json_t *record) SK_MUST_CHECK;

/* Queue a record: the reference is taken in any case. when NULL = now. ticket 0 = nobody waits for
 * it; such a record is kept in the queue when the disk fails. 0, SK_ERR_LIMIT (commit first),
 * SK_ERR_STATE (the ledger takes nothing but refusals now), -ENOMEM. */
int book_add(struct book *b, json_t *record, const struct clock_now *when, uint64_t ticket)
    SK_MUST_CHECK;

/* What the ledger adds to each record beside its number. Texts live as long as the book. */
struct book_stamps {
    char at[CLOCK_TIME_CAP];
    const char *boot, *clock, *host;
    int64_t boottime;
};
void book_stamps(const struct book *b, const struct clock_now *when, struct book_stamps *ret);

/* Queue a record that its maker wrote in canonical form (record_put_…), stamped, with nothing yet
 * behind "seq": at offset hole; members behind it sort behind "series". ticket must not be 0. 0 or a code as of book_add. */
int book_add_line(struct book *b, const struct buf *line, size_t hole, uint64_t ticket)
    SK_MUST_CHECK;

/* The sequence number that a record added now would get, if nothing fails. */
uint64_t book_next_seq(const struct book *b);
size_t book_queued(const struct book *b);
bool book_full(const struct book *b);

/* Write the queue, durable on return, and seal it if asked; every ticket is answered. 0, or the
 * code of the failure (the book is then failing). Nothing to write and no seal: 0 at once. */
int book_commit(struct book *b, bool seal, book_answer *answer, void *context);

struct book_head {
    uint64_t size;    /* records, durable */
    uint8_t root[DIGEST_LEN];
    uint64_t epoch, sealed_size;
    char sealed_at[CLOCK_TIME_CAP]; /* "" = never */
    const char *origin, *enrolment; /* live as long as the book */
    bool failing;     /* the last write failed: durable requests are refused until one succeeds */
    bool emergency;   /* the disk is full, only refusals are taken */
    char why[BOOK_WHY_CAP]; /* "" = all is well */
};
void book_head(const struct book *b, struct book_head *ret);

/* Is there a record that no checkpoint covers yet? */
bool book_unsealed(const struct book *b);

/* Is there a time to tell of in which not everything could be written? The next commit tells. */
bool book_gap_is_over(const struct book *b);

/* The segment in use. */
uint32_t book_segment(const struct book *b);

/* Try to get the room ahead that a full disk refused. */
void book_prepare(struct book *b);

#endif
