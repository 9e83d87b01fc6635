/* SPDX-License-Identifier: GPL-3.0-or-later */
/* records.c owns control's side of the ledger: what is appended, and the fold of what is in it. It
 * must never let an act begin whose record is not durable, and never lose a closing record while it
 * lives: what the ledger can't take now waits. */
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"
#include "control/erase.h"
#include "control/shelf.h"
#include "proof/reader.h"
#include "record/phrases.h"

json_t *control_record(const struct control *c, const char *kind)
{
    return json_pack("{sss{sssI}}", "kind", kind, "policy", "digest", c->rules.digest_hex, "version",
                     (json_int_t)c->rules.policy->version);
}

json_t *control_person(const char *login, uid_t uid, const struct policy_person *p)
{
    return json_pack("{sssssssI}", "id", p ? p->head.id : "", "name", p ? p->name : "", "login",
                     login, "uid", (json_int_t)uid);
}

int64_t control_now(const struct control *c)
{
    return trusted_now(&c->fold->time, clock_wall_s(), clock_boot_ns());
}

int64_t control_least(const struct control *c)
{
    struct clock_now now;
    clock_read(&now);
    return trusted_least(&c->fold->time, now.wall_s, now.synchronised, now.boot_ns);
}

int ledger_head(struct control *c, json_t **ret, struct buf *why)
{
    autojson json_t *nothing = json_object();
    int r = link_ask(&c->ledger, SK_MSG_HEAD, nothing, NULL, 0, SK_MSG_HEAD_IS, ret, NULL, why);
    if (r != 0)
        return r;
    snprintf(c->origin, sizeof c->origin, "%s", record_text(*ret, "origin"));
    snprintf(c->enrolment, sizeof c->enrolment, "%s", record_text(*ret, "enrolment"));
    return 0;
}

int ledger_ready(struct control *c, struct buf *why)
{
    autojson json_t *head = NULL;
    if (!c->folded) {
        phrase_put(why, "the ledger has not been read: %s", c->fold_why);
        return SK_ERR_STATE;
    }
    if (json_array_size(c->closings) > 0) {
        buf_puts(why, PHRASE("earlier acts could not be recorded yet"));
        return SK_ERR_STATE;
    }
    int r = ledger_head(c, &head, why);
    if (r != 0)
        return r;
    if (strcmp(record_text(head, "state"), "failing") == 0) {
        phrase_put(why, "the ledger can't be written: %s", record_text(head, "why"));
        return SK_ERR_STATE;
    }
    return 0;
}

/* What the ledger stamps, for the fold: the next start reads the ledger's own words. */
static int fold_own(struct control *c, json_t *record, uint64_t seq)
{
    struct clock_now now;
    char at[CLOCK_TIME_CAP];
    clock_read(&now);
    clock_format(at, now.wall_s, now.wall_ns);
    autojson json_t *stamps =
        json_pack("{sIsssssIss}", "seq", (json_int_t)seq, "at", at, "boot", c->boot_id, "boottime",
                  (json_int_t)now.boot_ns, "clock", now.synchronised ? "synchronised" : "unsynchronised");
    if (!stamps || json_object_update(record, stamps) != 0)
        return -ENOMEM;
    return fold_record(c->fold, record);
}

static void unfold(struct control *c, const char *why)
{
    c->folded = false;
    snprintf(c->fold_why, sizeof c->fold_why, "%s", why);
}

int ledger_append(struct control *c, json_t *record_in, bool seal, uint64_t *ret_seq,
                  struct buf *why)
{
    autojson json_t *record = record_in;
    autojson json_t *answer = NULL;
    bool unsure = false;
    if (!record)
        return -ENOMEM;
    if (!c->folded) {
        phrase_put(why, "the ledger has not been read: %s", c->fold_why);
        return SK_ERR_STATE;
    }
    if (contract_name(c, record) != 0)
        return -ENOMEM;
    autojson json_t *question =
        json_pack("{sOsbsb}", "record", record, "durable", 1, "seal", seal ? 1 : 0);
    if (!question)
        return -ENOMEM;
    int r = link_ask(&c->ledger, SK_MSG_APPEND, question, NULL, 0, SK_MSG_APPENDED, &answer, &unsure,
                     why);
    if (unsure) {
        if (!c->has_doubt)
            c->doubt_seq = c->fold->next_seq;
        c->has_doubt = true;
        unfold(c, PHRASE("an answer of the ledger was lost"));
        /* it is back in a moment, and until then nobody can do anything */
        c->swept_ns = clock_boot_ns() - CONTROL_SWEEP_NS + CONTROL_REREAD_NS;
    }
    if (r != 0)
        return r;
    uint64_t seq = (uint64_t)record_number(answer, "seq");
    if (fold_own(c, record, seq) != 0)
        unfold(c, PHRASE("out of memory"));
    if (ret_seq)
        *ret_seq = seq;
    return 0;
}

void ledger_close_act(struct control *c, json_t *record)
{
    autobuf struct buf why = {0};
    if (!record)
        return;
    json_incref(record);
    if (ledger_append(c, record, true, NULL, &why) != 0)
        json_array_append(c->closings, record);
    json_decref(record);
}

int ledger_say_recorded(const struct control *c, json_t *answer)
{
    return json_object_set_new(answer, "recorded", json_boolean(json_array_size(c->closings) == 0));
}

static size_t json_bytes(const json_t *value)
{
    return json_dumpb(value, NULL, 0, JSON_COMPACT);
}

static json_t *part_record(const json_t *record)
{
    static const char *const kept[] = {"kind", "policy", "case", "receipt", "person", "contract",
                                       "area"};
    json_t *part = json_object();
    for (size_t i = 0; part && i < array_count(kept); i++) {
        json_t *value = json_object_get(record, kept[i]);
        if (value && json_object_set(part, kept[i], value) != 0) {
            json_decref(part);
            return NULL;
        }
    }
    if (part && json_object_set_new(part, "phase", json_string("content")) != 0) {
        json_decref(part);
        return NULL;
    }
    return part;
}

/* Move entries from the front of files into a new list while they fit. NULL when memory is short. */
static json_t *take_files(json_t *files)
{
    json_t *taken = json_array();
    size_t used = 0;
    while (taken && json_array_size(files) > 0) {
        json_t *entry = json_array_get(files, 0);
        used += json_bytes(entry) + 1;
        if (used > CONTROL_RECORD_FILES && json_array_size(taken) > 0)
            break;
        if (json_array_append(taken, entry) != 0) {
            json_decref(taken);
            return NULL;
        }
        json_array_remove(files, 0);
    }
    return taken;
}

static int set_content(json_t *record, json_t *files, uint64_t count, uint64_t bytes)
{
    json_t *content = json_pack("{sosIsI}", "files", files, "count", (json_int_t)count, "bytes",
                                (json_int_t)bytes);
    return content && json_object_set_new(record, "content", content) == 0 ? 0 : -ENOMEM;
}

int ledger_append_content(struct control *c, json_t *record_in, json_t *files_in, uint64_t bytes,
                          bool seal, uint64_t *ret_seq, struct buf *why)
{
    autojson json_t *record = record_in;
    autojson json_t *all = files_in;
    autojson json_t *files = all ? json_copy(all) : NULL;
    if (!record || !files)
        return -ENOMEM;
    uint64_t count = json_array_size(files);
    for (;;) {
        json_t *some = take_files(files);
        if (!some)
            return -ENOMEM;
        bool last = json_array_size(files) == 0;
        json_t *part = last ? json_incref(record) : part_record(record);
        if (!part) {
            json_decref(some);
            return -ENOMEM;
        }
        int r = set_content(part, some, count, bytes);
        if (r != 0) {
            json_decref(part);
            return r;
        }
        r = ledger_append(c, part, last && seal, ret_seq, why);
        if (r != 0 || last)
            return r;
    }
}

/* Read what the ledger holds. */
static int read_ledger(struct fold *f, struct shelf *shelf, uint64_t until)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    struct ledger_place place;
    int r = ledger_reader_open(sk_path(SK_PATH_LEDGER), 0, &reader);
    if (r != 0)
        return r == -ENOENT && until == 0 ? 0 : r;
    ledger_reader_show_elided(reader);
    while ((r = ledger_reader_next(reader, &line)) == 1) {
        r = shelf_line(shelf, &line);
        if (r == 0 && !line.elided)
            r = fold_line(f, line.text, line.len, line.seq);
        if (r == -ENOMEM)
            return r;
        if (r != 0)
            f->strange++;
    }
    if (r < 0)
        return r;
    ledger_reader_place(reader, &place, NULL);
    shelf_read_to(shelf, &place);
    return f->next_seq >= until ? 0 : SK_ERR_STATE;
}

static int refold(struct control *c)
{
    autobuf struct buf why = {0};
    autojson json_t *head = NULL;
    struct fold *fresh = NULL;
    struct shelf *shelf = NULL;
    int r = ledger_head(c, &head, &why);
    if (r == 0)
        r = fold_new(c->boot_id, &fresh);
    if (r == 0)
        r = shelf_new(&shelf);
    if (r == 0) {
        r = read_ledger(fresh, shelf, (uint64_t)record_number(head, "size"));
        if (r != 0)
            buf_printf(&why, "%s: %s", sk_path(SK_PATH_LEDGER), PHRASE_ERROR(r));
    }
    if (r != 0) {
        unfold(c, why.data ? why.data : PHRASE_ERROR(r));
        fold_free(&fresh);
        shelf_free(&shelf);
        return r;
    }
    fold_free(&c->fold);
    shelf_free(&c->shelf);
    c->fold = fresh;
    c->shelf = shelf;
    c->folded = true;
    c->fold_why[0] = '\0';
    return 0;
}

static void strip_stamps(json_t *record)
{
    static const char *const stamps[] = {"seq",   "at",   "boot",  "boottime",
                                         "clock", "host", "series"};
    for (size_t i = 0; record && i < array_count(stamps); i++)
        json_object_del(record, stamps[i]);
}

/* An intent that nobody works on: from an earlier run its end is not known; of this run it was
 * never begun, because its record's answer was lost. A permit is never taken back once the transfer
 * was told to finish. */
static json_t *closing_of(const struct control *c, const json_t *intent, bool revoked)
{
    json_t *record = json_deep_copy(intent);
    strip_stamps(record);
    autojson json_t *end =
        json_pack("{ssss}", "phase", revoked || c->started ? "failed" : "unknown", "why",
                  revoked      ? PHRASE("the permit was taken back")
                  : c->started ? PHRASE("not begun: the ledger did not answer")
                               : PHRASE("the agent ended before this did"));
    if (!record || !end || json_object_update(record, end) != 0) {
        json_decref(record);
        return NULL;
    }
    return record;
}

static bool is_waiting(const struct control *c, const char *key, const char *id)
{
    for (size_t i = 0; i < json_array_size(c->closings); i++)
        if (strcmp(record_text(json_array_get(c->closings, i), key), id) == 0)
            return true;
    return false;
}

static void close_left_open(struct control *c)
{
    autojson json_t *list = json_array();
    if (!list)
        return;
    for (size_t i = 0; i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        if (e->intent && !job_of(c, e->id) && !is_waiting(c, "case", e->id))
            json_array_append_new(list, closing_of(c, e->intent, e->state == CASE_REVOKED));
    }
    const char *receipt;
    json_t *intent;
    json_object_foreach(c->fold->receives, receipt, intent)
        if (!job_of(c, receipt) && !is_waiting(c, "receipt", receipt))
            json_array_append_new(list, closing_of(c, intent, false));
    const char *erasure;
    json_object_foreach(c->fold->life.erasures, erasure, intent)
        if (!job_of(c, erasure) && !is_waiting(c, "erasure", erasure))
            json_array_append_new(list, closing_of(c, intent, false));
    for (size_t i = 0; i < json_array_size(list); i++)
        ledger_close_act(c, json_incref(json_array_get(list, i)));
}

/* Did the ledger take the record, and only its answer was lost? 1, 0, or a negative code. */
static int is_written(const struct control *c, const json_t *record)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    if (!c->has_doubt)
        return 0;
    autojson json_t *as_written = json_deep_copy(record);
    int r = as_written ? phrases_put(as_written) : -ENOMEM;
    if (r != 0)
        return r;
    r = ledger_reader_open(sk_path(SK_PATH_LEDGER), c->doubt_seq, &reader);
    if (r != 0)
        return r == SK_ERR_NOT_FOUND ? 0 : r;
    while ((r = ledger_reader_next(reader, &line)) == 1) {
        autojson json_t *there = NULL;
        if (!scan_is(&line.kind, record_text(record, "kind")) ||
            record_parse(line.text, line.len, SK_RECORD_MAX, &there) != 0)
            continue;
        strip_stamps(there);
        if (json_equal(there, as_written))
            return 1;
    }
    return r;
}

/* One that waits. 0 when it is on record or never will be. */
static int write_closing(struct control *c, json_t *record)
{
    autobuf struct buf why = {0};
    int r = is_written(c, record);
    if (r != 0)
        return r < 0 ? r : 0;
    r = ledger_append(c, json_incref(record), true, NULL, &why);
    if (r != SK_ERR_FORMAT && r != SK_ERR_LIMIT)
        return r;
    log_error("the ledger does not take a record: %s", why.data ? why.data : "");
    return 0;
}

void ledger_catch_up(struct control *c)
{
    if (!c->folded) {
        if (refold(c) != 0)
            return;
        if (!c->started)
            rules_load(&c->rules, c->fold->policy_version);
        close_left_open(c);
        c->started = true;
        c->ends_due = true;
    }
    autobuf struct buf not_now = {0}; /* what can't be announced is tried again at the next look */
    (void)!contracts_announce(c, c->rules.policy, &not_now);
    while (json_array_size(c->closings) > 0) {
        if (write_closing(c, json_array_get(c->closings, 0)) != 0)
            return;
        json_array_remove(c->closings, 0);
    }
    c->has_doubt = false;
    if (c->ends_due)
        erase_ends(c);
}
