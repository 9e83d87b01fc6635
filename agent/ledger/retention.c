/* SPDX-License-Identifier: GPL-3.0-or-later */
/* retention.c owns the record before and after each archiving and removal. It must never begin a
 * removal whose record is not durable. */
#include "ledger/retention.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/record.h>
#include <string.h>
#include "base/log.h"
#include "ledger/retire.h"
#include "ledger/unfinished.h"
#include "record/record.h"

#define RANGES_MAX   256 /* segments of one removal: its record must fit in a line */
#define AT_EASE_NS   ((uint64_t)30 * 1000000000)  /* without another segment's end before closed ones are archived */
#define AT_LAST_NS   ((uint64_t)600 * 1000000000) /* however many end: they are archived after this */

/* One batch of segments, from the question to the record of its end. */
struct batch {
    struct retire_job jobs[RANGES_MAX];
    bool idle[RANGES_MAX]; /* there was nothing to do for this one */
    size_t count, done, failed, untouched;
    uint64_t removed, kept, before, after;
    int code; /* of the last failure */
};

struct retention {
    struct book *book;
    struct retire *retire;
    struct batch planned; /* a removal whose record is not durable yet */
    struct batch removal, archive; /* in work */
    uint32_t archived_to;          /* segments before this one were looked at */
    uint32_t current;              /* the one in use, as last seen */
    uint64_t archive_at;           /* CLOCK_BOOTTIME ns of the next look, UINT64_MAX = none */
    uint64_t archive_last;         /* it is no later than this */
};

/* What was begun is closed as what it became. */
static void close_unfinished(const char *folder, struct book *book, const struct buf *intent)
{
    json_t *end = NULL;
    if (intent->len == 0)
        return;
    int r = unfinished_removal(folder, intent->data, intent->len, &end);
    if (r == 0)
        r = book_add(book, end, NULL, 0);
    if (r != 0)
        log_error("the end of a removal that was broken off is not recorded: %s", sk_strerror(r));
}

int retention_open(const char *folder, struct book *book, const struct recovery *recovery,
                   struct retention **ret)
{
    struct retention *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    r->book = book;
    r->archive_at = UINT64_MAX;
    int e = retire_open(folder, &r->retire);
    if (e != 0) {
        retention_close(&r);
        return e;
    }
    close_unfinished(folder, book, &recovery->last_removal);
    *ret = r;
    return 0;
}

void retention_close(struct retention **r)
{
    if (!*r)
        return;
    retire_close(&(*r)->retire);
    free(*r);
    *r = NULL;
}

/* The segments that are asked for, each closed and under a checkpoint. */
static int read_segments(const struct retention *r, const json_t *asked, bool remove,
                         struct batch *ret)
{
    const json_t *list = json_object_get(asked, "segments");
    struct book_head head;
    size_t count = json_array_size(list);
    if (count == 0 || count > RANGES_MAX)
        return count ? SK_ERR_LIMIT : SK_ERR_FORMAT;
    book_head(r->book, &head);
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(list, i);
        struct retire_job *job = &ret->jobs[ret->count++];
        json_int_t n = json_integer_value(number);
        if (!json_is_integer(number) || n < 0 || n > UINT32_MAX ||
            (i > 0 && (uint32_t)n <= job[-1].segment))
            return SK_ERR_FORMAT;
        *job = (struct retire_job){.remove = remove, .segment = (uint32_t)n};
        int e = retire_range(r->retire, job->segment, &job->from, &job->to);
        if (e != 0 || job->to >= head.sealed_size)
            return e != 0 ? e : SK_ERR_STATE;
    }
    return 0;
}

static int queue(struct retention *r, const struct batch *b)
{
    int e = 0;
    for (size_t i = 0; e == 0 && i < b->count; i++)
        e = retire_add(r->retire, &b->jobs[i]);
    return e;
}

int retention_archive(struct retention *r, const json_t *asked)
{
    if (r->archive.count > 0)
        return SK_ERR_STATE;
    int e = read_segments(r, asked, false, &r->archive);
    if (e == 0)
        e = queue(r, &r->archive);
    if (e != 0)
        r->archive.count = 0;
    return e;
}

/* The closed segments that nobody has looked at yet, as far as they are sealed. */
static void archive_closed(struct retention *r)
{
    struct batch *b = &r->archive;
    struct book_head head;
    book_head(r->book, &head);
    memset(b, 0, sizeof *b);
    while (r->archived_to < r->current && b->count < RANGES_MAX) {
        struct retire_job *job = &b->jobs[b->count];
        *job = (struct retire_job){.automatic = true, .segment = r->archived_to};
        int e = retire_range(r->retire, job->segment, &job->from, &job->to);
        if (e == 0 && job->to >= head.sealed_size)
            break;
        b->count += e == 0;
        r->archived_to++;
    }
    if (b->count > 0 && queue(r, b) != 0)
        b->count = 0;
}

uint64_t retention_due(struct retention *r, uint64_t now)
{
    uint32_t current = book_segment(r->book);
    if (current != r->current) {
        if (r->archive_at == UINT64_MAX)
            r->archive_last = now + AT_LAST_NS;
        r->current = current;
        r->archive_at = now + AT_EASE_NS < r->archive_last ? now + AT_EASE_NS : r->archive_last;
    }
    if (r->archive_at > now)
        return r->archive_at;
    if (r->archive.count == 0)
        archive_closed(r);
    r->archive_at = r->archived_to < r->current ? now + AT_EASE_NS : UINT64_MAX;
    return r->archive_at;
}

static json_t *ranges_of(const struct batch *b)
{
    json_t *ranges = json_array();
    for (size_t i = 0; i < b->count; i++)
        if (!b->idle[i] &&
            json_array_append_new(ranges, json_pack("{sIsI}", "from", (json_int_t)b->jobs[i].from, "to",
                                                    (json_int_t)b->jobs[i].to)) != 0) {
            json_decref(ranges);
            return NULL;
        }
    return ranges;
}

int retention_remove(struct retention *r, const json_t *asked, uint64_t ticket)
{
    const json_t *given = json_object_get(asked, "record");
    uint64_t records = 0;
    if (r->removal.count > 0 || r->planned.count > 0)
        return SK_ERR_STATE;
    int e = json_is_object(given) ? read_segments(r, asked, true, &r->planned) : SK_ERR_FORMAT;
    for (size_t i = 0; e == 0 && i < r->planned.count; i++)
        records += r->planned.jobs[i].to - r->planned.jobs[i].from + 1;
    json_t *record = e == 0 ? json_deep_copy(given) : NULL;
    autojson json_t *own = e == 0 ? json_pack("{sssssosI}", "kind", SK_KIND_REMOVAL, "phase", "intent",
                                              "ranges", ranges_of(&r->planned), "count",
                                              (json_int_t)records)
                                  : NULL;
    if (e == 0 && (!record || !own || json_object_update(record, own) != 0))
        e = -ENOMEM;
    if (e == 0)
        e = book_check(record);
    if (e == 0)
        e = book_add(r->book, json_incref(record), NULL, ticket);
    json_decref(record);
    if (e != 0)
        r->planned.count = 0;
    return e;
}

void retention_settle(struct retention *r, bool durable)
{
    if (r->planned.count == 0)
        return;
    if (durable) {
        r->removal = r->planned;
        int e = queue(r, &r->removal);
        if (e != 0) {
            log_error("a removal that is on record can't begin: %s", sk_strerror(e));
            r->removal.count = 0;
        }
    }
    r->planned.count = 0;
}

int retention_fd(const struct retention *r)
{
    return retire_fd(r->retire);
}

size_t retention_waiting(struct retention *r)
{
    return retire_waiting(r->retire);
}

static json_t *end_record(const struct batch *b, bool removal)
{
    json_t *bytes = json_pack("{sIsI}", "before", (json_int_t)b->before, "after",
                              (json_int_t)b->after);
    if (!removal)
        return json_pack("{sssssssoso}", "kind", SK_KIND_AGENT, "phase",
                         b->failed ? "archive-failed" : "archived", "process", "sekisho-ledger",
                         "ranges", ranges_of(b), "bytes", bytes);
    return json_pack("{sssssosIsIsIso}", "kind", SK_KIND_REMOVAL, "phase",
                     b->failed ? "failed" : "done", "ranges", ranges_of(b), "count",
                     (json_int_t)b->removed, "kept", (json_int_t)b->kept, "failed",
                     (json_int_t)b->failed, "bytes", bytes);
}

/* One segment more of the batch; with the last one its record. */
static bool count(struct retention *r, struct batch *b, const struct retire_result *done)
{
    b->done++;
    for (size_t i = 0; done->untouched && i < b->count; i++)
        if (b->jobs[i].segment == done->job.segment)
            b->idle[i] = true;
    b->removed += done->removed;
    b->kept += done->kept;
    b->before += done->before;
    b->after += done->after;
    if (done->code != 0) {
        b->failed++;
        log_error("segment %u is as it was: %s", (unsigned)done->job.segment,
                  sk_strerror(done->code));
    }
    b->untouched += done->untouched;
    if (b->done < b->count)
        return false;
    if (b->untouched == b->count && !done->job.remove) {
        b->count = 0;
        return false; /* nothing happened */
    }
    int e = book_add(r->book, end_record(b, done->job.remove), NULL, 0);
    if (e != 0)
        log_error("the end of a removal is not recorded: %s", sk_strerror(e));
    b->count = 0;
    return e == 0;
}

bool retention_ready(struct retention *r)
{
    struct retire_result done;
    bool recorded = false;
    while (retire_take(r->retire, &done))
        recorded = count(r, done.job.remove ? &r->removal : &r->archive, &done) || recorded;
    return recorded;
}
