/* SPDX-License-Identifier: GPL-3.0-or-later */
/* book.c owns the order of records and the moment from which one counts. It must never answer a
 * ticket with success before the record is durable, and never put a record behind a seal whose
 * checkpoint is not. */
#include "ledger/book.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/record.h>
#include <stdio.h>
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "ledger/epochs.h"
#include "ledger/store.h"
#include "ledger/trouble.h"
#include "record/phrases.h"
#include "record/record.h"

#define STAMPS_MAX     512  /* bytes that the ledger's own members take at most */
#define FAULTS_MAX     4    /* failed segments that wait to be told of */
#define TRIES_MAX      8    /* segments tried for one commit */
#define LINE_ESTIMATE  1024 /* bytes; only to bound the queue */
#define SELF           "sekisho-ledger"

struct entry {
    json_t *record;             /* NULL: it is text */
    size_t text, text_len, hole; /* in book.texts; where its number goes */
    uint64_t ticket;
    uint64_t seq;
};

/* What a batch leads to, if it becomes durable. */
struct outcome {
    struct tree tree;
    struct numbers numbers;
};

struct book {
    struct book_config config;
    struct epochs *epochs;
    struct store *store;
    struct digest *hash;
    struct tree tree; /* over the durable records */
    struct numbers numbers; /* behind them */
    struct entry queue[BOOK_QUEUE_MAX];
    size_t queued;
    struct outcome *work;   /* of the commit under way */
    struct buf texts; /* of the queue's records that are text */
    struct buf lines;
    struct store_fault faults[FAULTS_MAX]; /* to be told in the next batch */
    size_t fault_count;
    uint64_t dropped; /* records that nobody waited for and that found no room */
    struct trouble trouble;
    char host[SK_ID_MAX + 2], boot_id[CLOCK_BOOT_ID_CAP];
    char sealed_at[CLOCK_TIME_CAP], sealing_at[CLOCK_TIME_CAP];
    bool failing;
    char why[BOOK_WHY_CAP];
};

static const char *const own_members[] = {"at", "boot", "boottime", "clock",
                                          "host", "said", "seq",  "series"};

int book_check(const json_t *record)
{
    autobuf struct buf line = {0};
    const char *kind = json_string_value(json_object_get(record, "kind"));
    if (!kind || !*kind || strspn(kind, "abcdefghijklmnopqrstuvwxyz-") != strlen(kind) ||
        str_eq(kind, SK_KIND_SEAL))
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < array_count(own_members); i++)
        if (json_object_get(record, own_members[i]))
            return SK_ERR_FORMAT;
    autojson json_t *as_written = json_deep_copy(record);
    int r = as_written ? phrases_put(as_written) : -ENOMEM;
    if (r == 0)
        r = record_write(as_written, &line);
    return r != 0 ? r : line.len > SK_RECORD_MAX - STAMPS_MAX ? SK_ERR_LIMIT : 0;
}

void book_stamps(const struct book *b, const struct clock_now *when, struct book_stamps *ret)
{
    clock_format(ret->at, when->wall_s, when->wall_ns);
    ret->boot = b->boot_id;
    ret->boottime = (int64_t)when->boot_ns;
    ret->clock = when->synchronised ? "synchronised" : "unsynchronised";
    ret->host = b->host;
}

static int stamp(const struct book *b, json_t *record, const struct clock_now *when)
{
    struct clock_now now;
    struct book_stamps s;
    if (!when) {
        clock_read(&now);
        when = &now;
    }
    book_stamps(b, when, &s);
    bool ok = json_object_set_new(record, "at", json_string(s.at)) == 0 &&
              json_object_set_new(record, "boot", json_string(s.boot)) == 0 &&
              json_object_set_new(record, "boottime", json_integer(s.boottime)) == 0 &&
              json_object_set_new(record, "clock", json_string(s.clock)) == 0 &&
              json_object_set_new(record, "host", json_string(s.host)) == 0;
    return ok ? phrases_put(record) : -ENOMEM;
}

/* When the disk is full the emergency segment takes what must not be lost: that something was
 * refused, and what the ledger says of itself. */
static bool allowed_in_emergency(const json_t *record)
{
    static const char *const kinds[] = {SK_KIND_REFUSAL, SK_KIND_AGENT, SK_KIND_CLOCK,
                                        SK_KIND_LOCKOUT};
    const char *kind = record_text(record, "kind"), *phase = record_text(record, "phase");
    for (size_t i = 0; i < array_count(kinds); i++)
        if (str_eq(kind, kinds[i]))
            return true;
    /* a case that was begun may be closed */
    return str_eq(phase, "failed") || str_eq(phase, "unknown") || str_eq(phase, "rejected") ||
           str_eq(phase, "withdrawn") || str_eq(phase, "revoked") ||
           str_eq(phase, "refused") || str_eq(record_text(record, "decision"), "refused");
}

int book_add(struct book *b, json_t *record, const struct clock_now *when, uint64_t ticket)
{
    int r = 0;
    if (!record)
        return -ENOMEM;
    if (b->queued == BOOK_QUEUE_MAX)
        r = SK_ERR_LIMIT;
    else if (store_in_emergency(b->store) && !allowed_in_emergency(record)) {
        r = SK_ERR_STATE;
        trouble_note(&b->trouble, -ENOSPC, 1);
    }
    if (r == 0)
        r = stamp(b, record, when);
    if (r != 0) {
        json_decref(record);
        return r;
    }
    b->queue[b->queued++] = (struct entry){.record = record, .ticket = ticket};
    return 0;
}

int book_add_line(struct book *b, const struct buf *line, size_t hole, uint64_t ticket)
{
    if (line->err)
        return line->err;
    if (b->queued == BOOK_QUEUE_MAX || line->len + STAMPS_MAX > SK_RECORD_MAX)
        return SK_ERR_LIMIT;
    size_t at = b->texts.len;
    if (at + line->len + (b->queued + 1) * STAMPS_MAX > store_room(b->store))
        return SK_ERR_STATE;
    buf_put(&b->texts, line->data, line->len);
    if (b->texts.err) {
        int r = b->texts.err;
        b->texts.err = 0; /* what is queued stays good */
        return r;
    }
    b->queue[b->queued++] = (struct entry){.text = at, .text_len = line->len, .hole = hole,
                                           .ticket = ticket};
    return 0;
}

uint64_t book_next_seq(const struct book *b)
{
    return b->tree.size + b->queued;
}

size_t book_queued(const struct book *b)
{
    return b->queued;
}

bool book_full(const struct book *b)
{
    return b->queued >= BOOK_QUEUE_BYTES / LINE_ESTIMATE || b->queued == BOOK_QUEUE_MAX;
}

/* What was written behind `from` is a line: into the tree with it, and its end behind it. */
static int end_line(struct book *b, struct outcome *o, size_t from)
{
    int r = b->lines.err;
    if (r == 0)
        r = tree_add(&o->tree, b->hash, b->lines.data + from, b->lines.len - from);
    if (r != 0)
        return r;
    buf_putc(&b->lines, '\n');
    return b->lines.err;
}

/* The running number of its contract, or none. */
static int put_mark(struct outcome *o, json_t *record)
{
    struct series_mark mark;
    numbers_learn(&o->numbers, record);
    if (!numbers_next(&o->numbers, record, &mark)) {
        json_object_del(record, "series"); /* of an earlier try */
        return 0;
    }
    return json_object_set_new(record, "series", numbers_json(&mark)) == 0 ? 0 : -ENOMEM;
}

/* Number the record and write it behind the others. */
static int put_line(struct book *b, struct outcome *o, json_t *record)
{
    size_t from = b->lines.len;
    int r = put_mark(o, record);
    if (r == 0 && json_object_set_new(record, "seq", json_integer((json_int_t)o->tree.size)) != 0)
        r = -ENOMEM;
    if (r == 0)
        r = record_write(record, &b->lines);
    return r == 0 ? end_line(b, o, from) : r;
}

static int put_text(struct book *b, struct outcome *o, const struct entry *e)
{
    struct series_mark mark;
    size_t from = b->lines.len;
    const char *text = b->texts.data + e->text;
    buf_put(&b->lines, text, e->hole);
    buf_printf(&b->lines, "%" PRIu64, o->tree.size);
    if (numbers_next_of_line(&o->numbers, text, e->text_len, &mark)) {
        record_put_open(&b->lines, "series");
        record_put_text(&b->lines, "contract", mark.contract, strlen(mark.contract));
        record_put_number(&b->lines, "n", (int64_t)mark.n);
        record_put_close(&b->lines);
    }
    buf_put(&b->lines, text + e->hole, e->text_len - e->hole);
    return end_line(b, o, from);
}

static int put_own(struct book *b, struct outcome *o, json_t *record)
{
    autojson json_t *owned = record;
    int r = owned ? stamp(b, owned, NULL) : -ENOMEM;
    return r == 0 ? put_line(b, o, owned) : r;
}

/* There was a time in which not everything could be written. */
static int put_trouble(struct book *b, struct outcome *o)
{
    if (!book_gap_is_over(b))
        return 0;
    return put_own(b, o, trouble_record(&b->trouble, SELF));
}

/* What went wrong with a segment, first thing in the next one. A full disk alone left no trace: the
 * half line was taken back. */
static int put_faults(struct book *b, struct outcome *o)
{
    for (size_t i = 0; i < b->fault_count; i++) {
        const struct store_fault *f = &b->faults[i];
        int r = put_own(b, o, json_pack("{s:s,s:s,s:s,s:s,s:s,s:{s:I,s:I}}", "kind",
                                           SK_KIND_AGENT, "phase", "gap", "process", SELF, "why",
                                           f->sync ? PHRASE("a segment could not be made durable")
                                                   : PHRASE("a segment could not be written"),
                                           "error", sk_errname(f->code), "leftover", "offset",
                                           (json_int_t)f->offset, "segment",
                                           (json_int_t)f->segment));
        if (r != 0)
            return r;
    }
    if (b->dropped == 0)
        return put_trouble(b, o);
    int r = put_own(b, o, json_pack("{s:s,s:s,s:s,s:s,s:{s:I}}", "kind", SK_KIND_AGENT, "phase",
                                      "gap", "process", SELF, "why",
                                      PHRASE("records were lost while nothing could be written"), "counts",
                                      "lost", (json_int_t)b->dropped));
    return r == 0 ? put_trouble(b, o) : r;
}

static int put_seal(struct book *b, struct outcome *o, const char *vkey)
{
    struct clock_now now;
    uint64_t epoch = epochs_now(b->epochs);
    json_t *counts = numbers_counts(&o->numbers, epoch);
    if (!counts)
        return -ENOMEM;
    clock_read(&now);
    clock_format(b->sealing_at, now.wall_s, now.wall_ns);
    return put_own(b, o, json_pack("{s:s,s:I,s:s,s:o}", "kind", SK_KIND_SEAL, "epoch",
                                   (json_int_t)epoch, "next", vkey, "counts", counts));
}

/* What is removed may be a contract's last records: a record that stays says where its numbers stand. */
static int put_numbers(struct book *b, struct outcome *o)
{
    int r = 0;
    for (size_t i = 1; r == 0 && i < o->numbers.seen.count; i++)
        r = put_own(b, o, json_pack("{s:s,s:s,s:s,s:s}", "kind", SK_KIND_CONTRACT, "phase", "number",
                                    "contract", o->numbers.seen.rows[i].last.contract, "blind",
                                    o->numbers.seen.rows[i].blind));
    return r;
}

static int put_entry(struct book *b, struct outcome *o, struct entry *e)
{
    int r = 0;
    if (e->record && str_eq(record_text(e->record, "kind"), SK_KIND_REMOVAL))
        r = put_numbers(b, o);
    e->seq = o->tree.size;
    if (r != 0)
        return r;
    return e->record ? put_line(b, o, e->record) : put_text(b, o, e);
}

/* All lines of one attempt, and what is behind them. */
static int put_batch(struct book *b, struct outcome *o, const char *vkey)
{
    buf_reset(&b->lines);
    o->tree = b->tree;
    o->numbers = b->numbers;
    int r = put_faults(b, o);
    for (size_t i = 0; r == 0 && i < b->queued; i++)
        r = put_entry(b, o, &b->queue[i]);
    return r == 0 && vkey ? put_seal(b, o, vkey) : r;
}

static int write_batch(struct book *b, struct outcome *ret, const char *vkey)
{
    int r = 0;
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        struct store_fault fault;
        bool again = false;
        r = put_batch(b, ret, vkey);
        if (r == 0)
            r = store_append(b->store, b->lines.data, b->lines.len, &fault, &again);
        if (r == 0 || !again)
            return r;
        bool trace = fault.sync || fault.code != -ENOSPC;
        if (trace && b->fault_count < FAULTS_MAX)
            b->faults[b->fault_count++] = fault;
        else if (trace)
            return r;
    }
    return r;
}

static void fail(struct book *b, int code, const char *what)
{
    trouble_note(&b->trouble, code, 0);
    b->failing = true;
    snprintf(b->why, sizeof b->why, "%s: %s", what, PHRASE_ERROR(code));
}

/* Refuse those that wait; keep the others for a better time, as far as there is room. */
static void answer_failure(struct book *b, int code, book_answer *answer, void *context)
{
    size_t kept = 0;
    uint64_t refused = 0;
    for (size_t i = 0; i < b->queued; i++) {
        struct entry *e = &b->queue[i];
        if (e->ticket == 0 && kept < BOOK_QUEUE_MAX / 4) {
            b->queue[kept++] = *e;
            continue;
        }
        b->dropped += e->ticket == 0;
        json_decref(e->record);
        if (e->ticket != 0)
            answer(context, e->ticket, code, 0);
        refused += e->ticket != 0 && e->ticket != BOOK_TICKET_RING;
    }
    trouble_note(&b->trouble, code, refused);
    b->queued = kept;
    buf_reset(&b->texts); /* those have tickets: they come again */
}

static void answer_success(struct book *b, int seal_code, book_answer *answer, void *context)
{
    for (size_t i = 0; i < b->queued; i++) {
        struct entry *e = &b->queue[i];
        json_decref(e->record);
        if (e->ticket != 0)
            answer(context, e->ticket, seal_code, e->seq);
    }
    b->queued = 0;
    buf_reset(&b->texts);
}

static int finish_seal(struct book *b)
{
    struct checkpoint c = {.size = b->tree.size};
    int r = tree_root(&b->tree, b->hash, c.root);
    if (r == 0)
        r = epochs_finish(b->epochs, &c);
    if (epochs_sealed(b->epochs) == b->tree.size)
        memcpy(b->sealed_at, b->sealing_at, sizeof b->sealed_at);
    return r;
}

int book_commit(struct book *b, bool seal, book_answer *answer, void *context)
{
    char vkey[NOTE_VKEY_CAP];
    if (b->queued == 0 && !seal)
        return 0;
    int r = epochs_retry(b->epochs);
    if (r != 0) {
        fail(b, r, PHRASE("a checkpoint or its key can't be written"));
        answer_failure(b, r, answer, context);
        return r;
    }
    int seal_code = seal ? epochs_prepare(b->epochs, vkey) : 0;
    bool sealing = seal && seal_code == 0;
    if (b->queued == 0 && !sealing) {
        fail(b, seal_code, PHRASE("the next key can't be stored"));
        return seal_code;
    }
    bool told = book_gap_is_over(b);
    r = write_batch(b, b->work, sealing ? vkey : NULL);
    if (r != 0) {
        fail(b, r, PHRASE("no segment takes a record"));
        answer_failure(b, r, answer, context);
        return r;
    }
    b->tree = b->work->tree;
    b->numbers = b->work->numbers;
    b->fault_count = 0;
    b->dropped = 0;
    if (told)
        trouble_told(&b->trouble);
    if (store_in_emergency(b->store))
        trouble_note(&b->trouble, -ENOSPC, 0);
    b->failing = false;
    b->why[0] = '\0';
    if (sealing)
        seal_code = finish_seal(b);
    if (seal_code != 0)
        fail(b, seal_code, PHRASE("the ledger can't be sealed"));
    answer_success(b, seal_code, answer, context);
    return seal_code;
}

void book_head(const struct book *b, struct book_head *ret)
{
    *ret = (struct book_head){
        .size = b->tree.size,
        .epoch = epochs_now(b->epochs),
        .sealed_size = epochs_sealed(b->epochs),
        .origin = epochs_origin(b->epochs),
        .enrolment = epochs_enrolment(b->epochs),
        .failing = b->failing,
        .emergency = store_in_emergency(b->store),
    };
    memcpy(ret->sealed_at, b->sealed_at, sizeof ret->sealed_at);
    snprintf(ret->why, sizeof ret->why, "%s",
             b->failing       ? b->why
             : ret->emergency ? PHRASE("the disk is full: only refusals are recorded")
                              : "");
    if (tree_root(&b->tree, b->hash, ret->root) != 0)
        memset(ret->root, 0, sizeof ret->root);
}

bool book_unsealed(const struct book *b)
{
    return epochs_sealed(b->epochs) < b->tree.size || epochs_pending(b->epochs);
}

bool book_gap_is_over(const struct book *b)
{
    return trouble_is(&b->trouble) && !store_in_emergency(b->store);
}

uint32_t book_segment(const struct book *b)
{
    return store_segment(b->store);
}

void book_prepare(struct book *b)
{
    (void)!store_prepare(b->store);
}

/* The records that tell of a start: what was cut, and that the agent is here. */
static int open_records(struct book *b, const struct recovery *r, bool fresh)
{
    int e = 0;
    if (r->cut_bytes > 0)
        e = book_add(b, json_pack("{s:s,s:s,s:s,s:s,s:{s:I,s:I,s:I}}", "kind", SK_KIND_AGENT,
                                  "phase", "gap", "process", SELF, "why",
                                  PHRASE("an unfinished end was cut off"), "cut", "bytes",
                                  (json_int_t)r->cut_bytes, "offset", (json_int_t)r->cut_offset,
                                  "segment", (json_int_t)r->cut_segment), NULL, 0);
    if (e != 0)
        return e;
    return book_add(b, json_pack("{s:s,s:s,s:s,s:s,s:s}", "kind", SK_KIND_AGENT, "phase", "start",
                                 "process", SELF, "version", SEKISHO_VERSION, "after",
                                 fresh ? "installation" : r->clean ? "stop" : "crash"), NULL, 0);
}

static void remember_seal(struct book *b, const struct recovery *r)
{
    autojson json_t *seal = NULL;
    if (r->last_seal.len > 0 &&
        record_parse(r->last_seal.data, r->last_seal.len, SK_RECORD_MAX, &seal) == 0)
        snprintf(b->sealed_at, sizeof b->sealed_at, "%s", record_text(seal, "at"));
}

static int open_parts(struct book *b, bool *ret_first, struct recovery *r)
{
    const struct book_config *c = &b->config;
    int fresh = recover_is_fresh(c->ledger_folder);
    int e = fresh < 0 ? fresh : digest_new(&b->hash);
    if (e == 0)
        e = epochs_open(c->ledger_folder, c->key_folder, fresh, &b->epochs);
    *ret_first = fresh > 0;
    if (fresh > 0)
        trouble_told(&b->trouble); /* what lies there was another ledger's */
    uint32_t segment = 0;
    uint64_t offset = 0;
    if (e == 0 && !fresh) {
        e = recover(c->ledger_folder, epochs_first_key(b->epochs), r);
        segment = r->report.end_segment;
        offset = r->report.end_offset;
        b->tree = r->report.tree;
        if (e == 0)
            b->numbers = *r->numbers;
    } else if (e == 0) {
        r->report.next = *epochs_first_key(b->epochs);
    }
    if (e == 0)
        e = epochs_resume(b->epochs, &r->report);
    if (e == 0)
        e = store_open(c->ledger_folder, segment, offset, &b->store);
    if (e != 0)
        return e;
    remember_seal(b, r);
    return open_records(b, r, fresh);
}

int book_open(const struct book_config *config, struct book **ret, bool *ret_first,
              struct recovery *ret_recovery)
{
    struct book *b = calloc(1, sizeof *b);
    struct recovery r = {0};
    bool first = false;
    if (!b)
        return -ENOMEM;
    b->work = calloc(1, sizeof *b->work);
    b->config = *config;
    trouble_open(&b->trouble, config->trouble_file);
    snprintf(b->host, sizeof b->host, "%s", config->host);
    snprintf(b->boot_id, sizeof b->boot_id, "%s", config->boot_id);
    int e = b->work ? open_parts(b, &first, &r) : -ENOMEM;
    if (e != 0) {
        book_close(&b);
        if (e == SK_ERR_TAMPERED)
            *ret_recovery = r;
        else
            recovery_clear(&r);
        return e;
    }
    *ret = b;
    *ret_first = first;
    *ret_recovery = r;
    return 0;
}

void book_close(struct book **b)
{
    if (!*b)
        return;
    for (size_t i = 0; i < (*b)->queued; i++)
        json_decref((*b)->queue[i].record);
    epochs_close(&(*b)->epochs);
    store_close(&(*b)->store);
    digest_free(&(*b)->hash);
    buf_free(&(*b)->texts);
    buf_free(&(*b)->lines);
    free((*b)->work);
    free(*b);
    *b = NULL;
}
