/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake.c owns the consumer's side of the record ring. It must never release a slot whose record
 * is not durable, and never trust what the memory says about itself. */
#include "ledger/intake.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/reason.h>
#include <sekisho/record.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "base/phrase.h"
#include "base/str.h"
#include "record/record.h"
#include "wire/ring.h"

#define FOLDS_MAX    2048u /* folds of one flush */
#define BUCKETS      4096u /* a power of two, above FOLDS_MAX */
#define RING_ID_CAP  56    /* bytes with NUL */
#define HALF_RING    (RING_SLOTS / 2)
#define BEGINNING_CUT "\xe2\x80\xa6" /* …: the beginning of a path did not fit */

struct fold {
    struct access_event event; /* the first */
    uint64_t slot, count, until;
};

struct intake {
    void *memory;
    size_t memory_len;
    struct ring *ring;
    char id[RING_ID_CAP];
    uint64_t at;            /* first slot that is not in the book */
    uint64_t flushed_to;    /* the flush under way ends here */
    bool flushing;
    uint64_t last_flush;    /* CLOCK_BOOTTIME ns */
    uint64_t since;         /* when the slots that wait now were first seen, 0 = none wait */
    uint64_t lost, lost_flushed; /* told in the ledger; told by the flush under way */
    uint64_t unsound;       /* slots that could not be read, to be told */
    /* a run that the ledger holds in part: fold [at, redo_to) again, leave out slots <= redo_slot */
    bool redo;
    uint64_t redo_to, redo_slot;
    bool partial; /* the flush under way stopped behind partial_slot */
    uint64_t partial_slot;
    struct fold *folds;     /* FOLDS_MAX */
    size_t fold_count;
    uint16_t buckets[BUCKETS]; /* index + 1 into folds */
    struct buf line, escaped;  /* room to write a record in */
};

/* What the ledger's last records say of this very ring in this boot. */
static void restore_cursor(struct intake *i, const char *boot_id, const struct recovery *r)
{
    autojson json_t *access = NULL, *overflow = NULL;
    if (r->last_ring.len > 0 &&
        record_parse(r->last_ring.data, r->last_ring.len, SK_RECORD_MAX, &access) == 0 &&
        str_eq(record_text(access, "boot"), boot_id) &&
        str_eq(record_text(access, "ring.id"), i->id)) {
        uint64_t from = (uint64_t)record_number(access, "ring.from");
        uint64_t to = (uint64_t)record_number(access, "ring.to");
        uint64_t tail = ring_tail(i->ring);
        if (from == tail && to <= ring_head(i->ring)) {
            i->redo = true;
            i->redo_to = to;
            i->redo_slot = (uint64_t)record_number(access, "ring.slot");
        }
    }
    if (r->last_overflow.len > 0 &&
        record_parse(r->last_overflow.data, r->last_overflow.len, SK_RECORD_MAX, &overflow) == 0 &&
        str_eq(record_text(overflow, "boot"), boot_id) &&
        str_eq(record_text(overflow, "ring.id"), i->id))
        i->lost = (uint64_t)record_number(overflow, "ring.lost");
}

int intake_open(int memfd, const char *boot_id, const struct recovery *recovery,
                struct intake **ret)
{
    struct stat st;
    if (fstat(memfd, &st) != 0)
        return -errno;
    if (fcntl(memfd, F_GET_SEALS) < 0 || (size_t)st.st_size < ring_bytes())
        return SK_ERR_FORMAT;
    /* keep the memory from shrinking under the mapping, where the maker has not seen to it */
    (void)!fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK);
    struct intake *i = calloc(1, sizeof *i);
    if (!i)
        return -ENOMEM;
    i->memory_len = ring_bytes();
    i->folds = malloc(FOLDS_MAX * sizeof *i->folds);
    i->memory = mmap(NULL, i->memory_len, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
    int r = !i->folds ? -ENOMEM : i->memory == MAP_FAILED ? -errno : 0;
    if (r == 0)
        r = ring_attach(i->memory, i->memory_len, &i->ring);
    if (r != 0) {
        intake_close(&i);
        return r;
    }
    /* not by its times: they change when memory is written */
    snprintf(i->id, sizeof i->id, "%" PRIx64 "-%" PRIx64 "-%" PRIx64, (uint64_t)st.st_dev,
             (uint64_t)st.st_ino, ring_born_ns(i->ring));
    i->at = ring_tail(i->ring);
    restore_cursor(i, boot_id, recovery);
    *ret = i;
    return 0;
}

void intake_follow(struct intake *i, const struct intake *before)
{
    if (!str_eq(i->id, before->id))
        return;
    i->at = before->at;
    i->lost = before->lost;
    i->redo = before->redo;
    i->redo_to = before->redo_to;
    i->redo_slot = before->redo_slot;
    i->last_flush = before->last_flush;
}

void intake_close(struct intake **i)
{
    if (!*i)
        return;
    if ((*i)->memory && (*i)->memory != MAP_FAILED)
        munmap((*i)->memory, (*i)->memory_len);
    free((*i)->folds);
    buf_free(&(*i)->line);
    buf_free(&(*i)->escaped);
    free(*i);
    *i = NULL;
}

uint64_t intake_due(struct intake *i, uint64_t now)
{
    uint64_t head = ring_head(i->ring);
    bool waiting = head > i->at || ring_lost(i->ring) != i->lost;
    if (!waiting || i->flushing) {
        i->since = 0;
        return UINT64_MAX;
    }
    if (i->since == 0)
        i->since = now;
    if (i->redo || head - ring_tail(i->ring) >= HALF_RING)
        return now;
    /* the first access for a while is written soon, its repeats together a second later */
    uint64_t soon = i->since + INTAKE_DELAY_NS, window = i->last_flush + INTAKE_WINDOW_NS;
    return i->last_flush == 0 || window < soon ? soon : window;
}

static bool same_access(const struct access_event *a, const struct access_event *b)
{
    return a->pid == b->pid && a->process_start == b->process_start && a->inode == b->inode &&
           a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
           a->allowed == b->allowed && a->reason == b->reason && a->uid == b->uid &&
           a->policy_version == b->policy_version && a->rule_line == b->rule_line &&
           strcmp(a->file, b->file) == 0;
}

static size_t bucket_of(const struct access_event *e)
{
    uint64_t h = (uint64_t)(uint32_t)e->pid * 0x9e3779b97f4a7c15u;
    h = (h ^ e->inode) * 0xff51afd7ed558ccdu;
    h = (h ^ e->process_start ^ e->reason) * 0xc4ceb9fe1a85ec53u;
    return h >> 32 & (BUCKETS - 1);
}

static void fold_in(struct fold *f, uint64_t boot_ns)
{
    f->count++;
    f->until = boot_ns;
}

static bool in_window(const struct fold *f, uint64_t boot_ns)
{
    return boot_ns - f->event.boot_ns <= INTAKE_WINDOW_NS;
}

/* Into its fold, or a new one. NULL when there is no room for a new one. */
static struct fold *fold_event(struct intake *i, const struct access_event *e, uint64_t slot)
{
    size_t b = bucket_of(e);
    for (; i->buckets[b]; b = (b + 1) & (BUCKETS - 1)) {
        struct fold *f = &i->folds[i->buckets[b] - 1];
        if (same_access(&f->event, e) && in_window(f, e->boot_ns)) {
            fold_in(f, e->boot_ns);
            return f;
        }
    }
    if (i->fold_count == FOLDS_MAX)
        return NULL;
    i->folds[i->fold_count++] = (struct fold){.event = *e, .slot = slot, .count = 1,
                                              .until = e->boot_ns};
    i->buckets[b] = (uint16_t)i->fold_count;
    return &i->folds[i->fold_count - 1];
}

/* Read the slots from i->at on, to the end of a run that is done again. Returns where it ended. */
static uint64_t collect(struct intake *i)
{
    uint64_t at = i->at, end = i->redo ? i->redo_to : ring_head(i->ring);
    memset(i->buckets, 0, sizeof i->buckets);
    i->fold_count = 0;
    i->unsound = 0;
    struct fold *last = NULL; /* of the slot before */
    while (at < end) {
        struct access_event e;
        uint64_t here = at, boot_ns;
        if (last && ring_repeats(i->ring, at, &boot_ns) && in_window(last, boot_ns)) {
            fold_in(last, boot_ns);
            at++;
            continue;
        }
        last = NULL;
        int r = ring_next(i->ring, &at, &e);
        if (r == 0)
            break;
        if (r < 0)
            i->unsound++;
        else if (!(last = fold_event(i, &e, at - 1)))
            return here;
    }
    return at;
}

/* The wall time at which the boot clock showed boot_ns. */
static void time_of(const struct clock_now *now, uint64_t boot_ns, struct clock_now *ret)
{
    *ret = *now;
    uint64_t ago = boot_ns < now->boot_ns ? now->boot_ns - boot_ns : 0;
    int64_t ns = (int64_t)now->wall_ns - (int64_t)(ago % 1000000000u);
    ret->wall_s -= (int64_t)(ago / 1000000000u) + (ns < 0);
    ret->wall_ns = (uint32_t)(ns < 0 ? ns + 1000000000 : ns);
    ret->boot_ns = boot_ns;
}

static void put_escaped(struct intake *i, struct buf *line, const char *key, const char *text,
                        const char *before)
{
    buf_reset(&i->escaped);
    buf_puts(&i->escaped, before);
    str_escape(&i->escaped, text, strlen(text));
    if (i->escaped.err)
        line->err = i->escaped.err;
    else
        record_put_text(line, key, i->escaped.data, i->escaped.len);
}

/* The process and the policy that decided about it. */
static void put_policy(struct buf *line, const struct access_event *e)
{
    char digest[DIGEST_HEX_CAP];
    digest_hex(digest, e->policy_digest);
    record_put_number(line, "pid", e->pid);
    record_put_open(line, "policy");
    record_put_text(line, "digest", digest, strlen(digest));
    record_put_number(line, "version", e->policy_version);
    record_put_close(line);
}

static void put_ring(struct intake *i, struct buf *line, uint64_t slot, uint64_t to)
{
    record_put_open(line, "ring");
    record_put_number(line, "from", (int64_t)i->at);
    record_put_text(line, "id", i->id, strlen(i->id));
    record_put_number(line, "slot", (int64_t)slot);
    record_put_number(line, "to", (int64_t)to);
    record_put_close(line);
}

/* The record of a fold, without a tree of it: accesses come in masses. Members in sorted order;
 * its number goes in at *ret_hole. */
static void put_access(struct intake *i, const struct fold *f, uint64_t to,
                       const struct book_stamps *s, size_t *ret_hole)
{
    const struct access_event *e = &f->event;
    struct buf *line = &i->line;
    const char *reason = sk_reason_name(e->reason), *decision = e->allowed ? "allowed" : "refused";
    char dev[32];
    int dev_len = snprintf(dev, sizeof dev, "%" PRIu32 ":%" PRIu32, e->dev_major, e->dev_minor);
    buf_reset(line);
    record_put_open(line, NULL);
    if (e->application[0])
        put_escaped(i, line, "application", e->application, "");
    put_escaped(i, line, "area", e->area, "");
    record_put_text(line, "at", s->at, strlen(s->at));
    record_put_text(line, "boot", s->boot, strlen(s->boot));
    record_put_number(line, "boottime", s->boottime);
    record_put_text(line, "clock", s->clock, strlen(s->clock));
    record_put_number(line, "count", (int64_t)f->count);
    record_put_text(line, "decision", decision, strlen(decision));
    record_put_text(line, "dev", dev, (size_t)dev_len);
    put_escaped(i, line, "exe", e->exe, "");
    put_escaped(i, line, "file", e->file, e->file_cut ? BEGINNING_CUT : "");
    record_put_text(line, "host", s->host, strlen(s->host));
    record_put_number(line, "inode", (int64_t)(e->inode & INT64_MAX));
    record_put_text(line, "kind", SK_KIND_ACCESS, strlen(SK_KIND_ACCESS));
    if (e->person[0]) {
        record_put_open(line, "person");
        put_escaped(i, line, "id", e->person, "");
        record_put_close(line);
    }
    put_policy(line, e);
    record_put_text(line, "reason", reason, strlen(reason));
    put_ring(i, line, f->slot, to);
    record_put_number(line, "rule", e->rule_line);
    record_put_key(line, "seq");
    *ret_hole = line->len;
    record_put_number(line, "uid", e->uid);
    record_put_number(line, "until", (int64_t)(f->until & INT64_MAX));
    record_put_close(line);
}

static int add_overflow(struct intake *i, struct book *b)
{
    uint64_t lost = ring_lost(i->ring);
    if (lost == i->lost && i->unsound == 0)
        return 0;
    int r = book_add(b, json_pack("{s:s,s:s,s:s,s:s,s:{s:I,s:I},s:{s:s,s:I}}", "kind", SK_KIND_AGENT,
                                 "phase", "overflow", "process", "sekishod", "why",
                                 PHRASE("accesses were refused that could not be recorded one by one"),
                                 "counts", "lost", (json_int_t)(lost - i->lost), "unsound",
                                 (json_int_t)i->unsound, "ring", "id", i->id, "lost",
                                 (json_int_t)lost), NULL, BOOK_TICKET_RING);
    if (r == 0)
        i->lost_flushed = lost;
    return r;
}

/* Queue the folds; the first that can't be queued ends the run here, to be done again behind it. */
static int add_folds(struct intake *i, struct book *b, uint64_t to)
{
    struct clock_now clock, when;
    int count = 0;
    uint64_t last = i->redo_slot;
    clock_read(&clock);
    for (size_t n = 0; n < i->fold_count; n++) {
        const struct fold *f = &i->folds[n];
        if (i->redo && f->slot <= i->redo_slot)
            continue;
        struct book_stamps stamps;
        size_t hole;
        time_of(&clock, f->event.boot_ns, &when);
        book_stamps(b, &when, &stamps);
        put_access(i, f, to, &stamps, &hole);
        int r = book_add_line(b, &i->line, hole, BOOK_TICKET_RING);
        if (r != 0) {
            i->partial = count > 0;
            i->partial_slot = last;
            return count > 0 ? count : r;
        }
        last = f->slot;
        count++;
    }
    return count;
}

int intake_flush(struct intake *i, struct book *b, uint64_t now)
{
    if (i->flushing || BOOK_QUEUE_MAX - book_queued(b) < FOLDS_MAX + 1)
        return 0;
    uint64_t to = collect(i);
    i->partial = false;
    i->lost_flushed = i->lost;
    int count = add_folds(i, b, to);
    if (count < 0)
        return count;
    int r = i->partial ? 0 : add_overflow(i, b);
    if (r != 0 && count == 0)
        return r;
    i->flushing = true;
    i->flushed_to = to;
    i->last_flush = now;
    i->since = 0;
    return count;
}

void intake_settle(struct intake *i, bool durable)
{
    bool done = i->flushing && durable;
    i->flushing = false;
    if (!done)
        return;
    if (i->partial) {
        i->redo = true;
        i->redo_to = i->flushed_to;
        i->redo_slot = i->partial_slot;
        return;
    }
    i->at = i->flushed_to;
    i->lost = i->lost_flushed;
    i->redo = false;
    ring_release(i->ring, i->at);
}

void intake_say_failing(struct intake *i, bool failing)
{
    if (failing != ring_failing(i->ring))
        ring_set_failing(i->ring, failing);
}
