/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c owns the verdict over a whole ledger folder. It must never trust anything
 * there but what the enrolment line's key, and the keys that follow from it, have signed. */
#include "proof/verify.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/record.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/str.h"
#include "proof/removed.h"
#include "record/record.h"

#define CHECKPOINTS_STEP ((size_t)16 * 1024) /* bytes read at a time: buffers are wiped whole */

struct verifier {
    const struct proof_options *options;
    struct proof_report *report;
    struct ledger_reader *reader;
    struct digest *hash;
    struct tree tree;
    struct note_key key;   /* must sign the next checkpoint */
    int notes_fd;
    uint64_t notes_offset; /* in the file, of notes.data[0] */
    struct buf notes;
    size_t notes_at, note_len; /* the next note, and its length once it was read */
    uint64_t leftovers_explained;
    uint64_t next_anchor;  /* no anchor waits for a smaller size */
    bool open_seal;        /* the last record is a seal that waits for its checkpoint */
    struct note_key next;  /* what that seal names */
    bool counts, counted;  /* that seal states numbers; it states those of the extract's contract */
    bool sealed_counted;   /* the last seal with a checkpoint does */
    uint64_t elided_next;  /* behind the last run that is left out */
    struct removed removed;
    struct series_seen *series;
    struct ledger_line line;
};

const char *proof_class_name(enum proof_class c)
{
    static const char *const names[PROOF_CLASS_COUNT] = {
        "good", "form", "order", "altered", "signature", "key", "checkpoint", "leftover", "withheld",
        "series"};
    return names[c];
}

void proof_say(const struct proof_report *p, const char *(*in)(const char *text),
               char ret[static PROOF_WHAT_CAP])
{
    static const char before[] = N_("checkpoint %llu: ");
    size_t used = 0;
    if (p->bad_in_checkpoints)
        used = (size_t)snprintf(ret, PROOF_WHAT_CAP / 2, in ? in(before) : before,
                                (unsigned long long)p->epochs);
    snprintf(ret + used, PROOF_WHAT_CAP - used, in ? in(p->bad_text) : p->bad_text, p->bad_numbers[0],
             p->bad_numbers[1]);
}

/* text as proof_report has it, with its numbers. */
static void bad_at(struct verifier *v, enum proof_class class, uint64_t first, uint64_t last,
                   const char *text, uint64_t a, uint64_t b)
{
    struct proof_report *p = v->report;
    p->bad = true;
    p->bad_class = class;
    p->bad_seq = first;
    p->bad_last_seq = last;
    p->bad_text = text;
    p->bad_numbers[0] = a;
    p->bad_numbers[1] = b;
    proof_say(p, NULL, p->bad_what);
}

static void bad_line(struct verifier *v, enum proof_class class, const char *text, uint64_t a,
                     uint64_t b)
{
    v->report->bad_segment = v->line.segment;
    v->report->bad_offset = v->line.offset;
    bad_at(v, class, v->line.seq, v->line.seq, text, a, b);
}

static void bad_checkpoint(struct verifier *v, enum proof_class class, uint64_t first,
                           uint64_t last, const char *text, uint64_t a, uint64_t b)
{
    v->report->bad_in_checkpoints = true;
    v->report->bad_offset = v->notes_offset + v->notes_at;
    bad_at(v, class, first, last, text, a, b);
}

/* More of the checkpoints, behind what was not consumed. Bytes that came, or -errno. */
static ssize_t notes_refill(struct verifier *v)
{
    struct buf rest = {0};
    if (v->notes.len > v->notes_at)
        buf_put(&rest, v->notes.data + v->notes_at, v->notes.len - v->notes_at);
    v->notes_offset += v->notes_at;
    v->notes_at = 0;
    buf_free(&v->notes);
    v->notes = rest;
    char *room = buf_room(&v->notes, CHECKPOINTS_STEP);
    if (!room)
        return v->notes.err;
    ssize_t n = v->notes_fd < 0 ? 0 : fd_pread_full(v->notes_fd, room, CHECKPOINTS_STEP,
                                                    v->notes_offset + v->notes.len);
    if (n > 0)
        buf_grow(&v->notes, (size_t)n);
    return n;
}

/* Read and verify the next checkpoint without moving on; SK_ERR_NOT_FOUND when there is none. */
static int next_checkpoint(struct verifier *v, struct checkpoint *ret)
{
    if (v->notes.len - v->notes_at < NOTE_MAX) {
        ssize_t n = notes_refill(v);
        if (n < 0)
            return (int)n;
    }
    if (v->notes.len == v->notes_at)
        return SK_ERR_NOT_FOUND;
    struct cursor c;
    cursor_init(&c, v->notes.data + v->notes_at, v->notes.len - v->notes_at);
    int r = checkpoint_read(&c, &v->key, ret);
    if (r == 0)
        v->note_len = v->notes.len - v->notes_at - c.left;
    return r;
}

/* What the checkpoint's failure means. */
static void bad_note(struct verifier *v, uint64_t first, uint64_t last, int code)
{
    if (code == SK_ERR_SIGNATURE)
        bad_checkpoint(v, PROOF_SIGNATURE, first, last,
                       N_("its signature does not verify"), 0, 0);
    else if (code == SK_ERR_KEY_UNKNOWN)
        bad_checkpoint(v, PROOF_KEY, first, last,
                       N_("it is signed by another key than the one named before"), 0, 0);
    else
        bad_checkpoint(v, PROOF_FORM, first, last, N_("it does not have the form of a checkpoint"), 0,
                       0);
}

/* The checkpoint that belongs to the seal just read. 0 when all is well or v is bad. */
static int check_seal(struct verifier *v)
{
    struct checkpoint c;
    uint8_t root[DIGEST_LEN];
    uint64_t from = v->report->sealed, to = v->tree.size - 1;
    int r = next_checkpoint(v, &c);
    if (r == SK_ERR_NOT_FOUND)
        return 0; /* open_seal stays: fine at the very end only */
    if (r == -ENOMEM || r == SK_ERR_CRYPTO)
        return r;
    if (r != 0) {
        bad_note(v, from, to, r);
        return 0;
    }
    r = tree_root(&v->tree, v->hash, root);
    if (r != 0)
        return r;
    if (c.size != v->tree.size)
        bad_checkpoint(v, PROOF_CHECKPOINT, from, to,
                       N_("it covers %llu records where the seal stands at %llu"), c.size, to);
    else if (memcmp(c.root, root, sizeof root) != 0)
        bad_checkpoint(v, PROOF_ALTERED, from, to,
                       N_("its root is not that of the records: one of %llu to %llu was altered"),
                       from, to);
    if (v->report->bad)
        return 0;
    v->open_seal = false;
    v->notes_at += v->note_len;
    v->key = v->next;
    v->report->sealed = c.size;
    v->report->sealed_tree = v->tree;
    if (c.size == v->options->head)
        v->report->head_tree = v->tree;
    v->report->sealed_segment = v->line.segment;
    v->report->sealed_offset = v->line.offset + v->line.len + 1;
    v->report->counts = v->counts;
    v->sealed_counted = v->counted;
    v->report->epochs++;
    return 0;
}

/* Does the seal state where the numbers of the extract's contract stand? */
static int look_for_count(struct verifier *v, const struct scan_field *counts, uint64_t epoch)
{
    char hex[DIGEST_HEX_CAP] = "", quoted[DIGEST_HEX_CAP + 1];
    const struct series_row *row = series_row(v->series, v->report->contract);
    quoted[0] = quoted[sizeof quoted - 1] = '"';
    v->counts = counts->value != NULL;
    v->counted = false;
    if (!v->report->extract || !v->counts || !row || !row->blind[0])
        return 0;
    int r = series_count(row->blind, epoch, &row->last, hex);
    memcpy(quoted + 1, hex, sizeof hex - 1);
    if (r == 0)
        v->counted = memmem(counts->value, counts->len, quoted, sizeof quoted) != NULL;
    return r;
}

static int read_seal(struct verifier *v)
{
    struct scan_field fields[3] = {{.key = "counts"}, {.key = "epoch"}, {.key = "next"}};
    const struct scan_field *f = fields + 1;
    uint64_t epoch;
    int r = scan_record(v->line.text, v->line.len, fields, array_count(fields), NULL);
    if (r != 0 || scan_number(&f[0], &epoch) != 0 || !f[1].value || f[1].value[0] != '"')
        bad_line(v, PROOF_FORM, N_("the seal does not name its epoch and the next key"), 0, 0);
    else if (epoch != v->report->epochs)
        bad_line(v, PROOF_ORDER, N_("the seal is of epoch %llu, expected is %llu"), epoch,
                 v->report->epochs);
    else if (note_vkey_parse(f[1].value + 1, f[1].len - 2, &v->next) != 0 ||
             memcmp(v->next.name, v->key.name, NOTE_NAME_LEN) != 0)
        bad_line(v, PROOF_KEY, N_("the seal's next key is not a key of this ledger"), 0, 0);
    if (v->report->bad)
        return 0;
    v->open_seal = true;
    r = look_for_count(v, &fields[0], epoch);
    return r == 0 ? check_seal(v) : r;
}

/* A gap record may explain bytes that a failed fsync left behind:
 * "leftover":{"offset":N,"segment":N}. */
static void note_gap(struct verifier *v)
{
    v->report->gaps++;
    v->report->last_gap = v->line.seq;
    struct scan_field said = {.key = "leftover"};
    struct ledger_leftover l;
    char text[64];
    if (scan_record(v->line.text, v->line.len, &said, 1, NULL) != 0 || !said.value)
        return;
    for (size_t i = 0; ledger_reader_leftover(v->reader, i, &l); i++) {
        snprintf(text, sizeof text, "{\"offset\":%" PRIu64 ",\"segment\":%u}", l.offset,
                 (unsigned)l.segment);
        /* one record explains one place once: count by index */
        if (i == v->leftovers_explained && strlen(text) == said.len &&
            memcmp(text, said.value, said.len) == 0)
            v->leftovers_explained++;
    }
}

static void note_clock(struct verifier *v)
{
    struct proof_report *p = v->report;
    if (scan_is(&v->line.clock, "synchronised"))
        return;
    p->unsynchronised++;
    struct proof_span *last = NULL;
    if (p->span_count > 0 && p->span_count <= PROOF_SPANS_MAX)
        last = &p->spans[p->span_count - 1];
    if (last && last->to + 1 == v->line.seq) {
        last->to++;
        return;
    }
    if (p->span_count < PROOF_SPANS_MAX)
        p->spans[p->span_count] = (struct proof_span){v->line.seq, v->line.seq};
    p->span_count++;
}

/* jansson's own opinion: the line parses, and is written again as it is. */
static void check_strict(struct verifier *v)
{
    autojson json_t *record = NULL;
    autobuf struct buf again = {0};
    if (record_parse(v->line.text, v->line.len, SK_RECORD_MAX, &record) != 0 ||
        record_write(record, &again) != 0 || again.len != v->line.len ||
        memcmp(again.data, v->line.text, again.len) != 0)
        bad_line(v, PROOF_FORM, N_("the line is not in canonical form"), 0, 0);
}

/* Heads that somebody kept, as the tree comes to their size. */
static int check_anchors(struct verifier *v)
{
    const struct proof_options *o = v->options;
    if (v->tree.size < v->next_anchor)
        return 0;
    v->next_anchor = UINT64_MAX;
    for (size_t i = 0; i < o->anchor_count; i++) {
        struct proof_anchor *a = &o->anchors[i];
        uint8_t root[DIGEST_LEN];
        if (a->state == PROOF_ANCHOR_BEYOND && a->size > v->tree.size && a->size < v->next_anchor)
            v->next_anchor = a->size;
        if (a->state != PROOF_ANCHOR_BEYOND || a->size > v->tree.size)
            continue;
        a->state = PROOF_ANCHOR_HIDDEN;
        if (a->size < v->tree.size)
            continue;
        int r = tree_root(&v->tree, v->hash, root);
        if (r != 0)
            return r;
        bool same = memcmp(root, a->root, sizeof root) == 0;
        a->state = same ? PROOF_ANCHOR_AGREES : PROOF_ANCHOR_DIFFERS;
    }
    return 0;
}

static int take_elided(struct verifier *v)
{
    const struct elide_run *run = v->line.elided;
    struct proof_report *p = v->report;
    for (size_t i = 0; i < run->count; i++) {
        int r = tree_add_block(&v->tree, v->hash, run->blocks[i].hash, run->blocks[i].height);
        if (r == 0)
            r = check_anchors(v);
        if (r != 0)
            return r;
    }
    p->records = v->tree.size;
    p->elided += run->next - run->from;
    p->elided_runs++;
    v->elided_next = run->next;
    int r = v->options->each ? v->options->each(v->options->context, &v->line) : 0;
    if (r != 0 || p->extract)
        return r;
    return removed_add(&v->removed.runs,
                       &(struct removed_span){.from = run->from, .to = run->next - 1,
                                              .segment = v->line.segment,
                                              .offset = v->line.offset});
}

/* The record's running number must be the next one of its contract, or something is left out. */
static int check_series(struct verifier *v)
{
    struct series_mark mark;
    struct series_row before;
    int r = series_read(&v->line.series, &mark);
    if (r == 0)
        return 0;
    if (r < 0) {
        bad_line(v, PROOF_FORM, N_("its running number does not have the form of one"), 0, 0);
        return 0;
    }
    r = series_see(v->series, &mark, v->line.seq, &before);
    if (r == 0 && v->options->resume && before.seen == 0)
        return 0; /* where it stood was checked before */
    if (r == SK_ERR_LIMIT)
        bad_line(v, PROOF_SERIES, N_("more contracts bear running numbers than one ledger gives"), 0, 0);
    else if (r != 0 || (mark.n > before.last.n + 1 && v->elided_next <= before.at))
        bad_line(v, PROOF_SERIES, N_("its running number %llu does not follow the last one of its "
                                     "contract"), mark.n, 0);
    else if (mark.n > before.last.n + 1)
        return removed_add(&v->removed.holes,
                           &(struct removed_span){.from = before.seen ? before.at + 1 : 0,
                                                  .to = v->line.seq - 1,
                                                  .segment = v->line.segment,
                                                  .offset = v->line.offset});
    return 0;
}

/* A contract's own record tells the secret by which seals state its numbers. */
static int read_contract(struct verifier *v)
{
    autojson json_t *record = NULL;
    int r = record_parse(v->line.text, v->line.len, SK_RECORD_MAX, &record);
    struct series_row *row =
        r == 0 ? series_row(v->series, record_text(record, "contract")) : NULL;
    if (row && series_is_blind(record_text(record, "blind")))
        snprintf(row->blind, sizeof row->blind, "%s", record_text(record, "blind"));
    return r == -ENOMEM ? r : 0;
}

static int take_kind(struct verifier *v)
{
    if (scan_is(&v->line.kind, SK_KIND_SEAL))
        return read_seal(v);
    if (scan_is(&v->line.kind, SK_KIND_AGENT) &&
        (scan_is(&v->line.phase, "gap") || scan_is(&v->line.phase, "overflow")))
        return note_gap(v), 0;
    if (scan_is(&v->line.kind, SK_KIND_CONTRACT))
        return read_contract(v);
    if (!scan_is(&v->line.kind, SK_KIND_REMOVAL))
        return 0;
    int r = removed_read(&v->removed, v->line.text, v->line.len);
    if (r == SK_ERR_FORMAT)
        bad_line(v, PROOF_FORM, N_("the removal record does not name its ranges"), 0, 0);
    return r == SK_ERR_FORMAT ? 0 : r;
}

static int take_line(struct verifier *v)
{
    if (v->open_seal) {
        bad_checkpoint(v, PROOF_CHECKPOINT, v->line.seq - 1, v->line.seq - 1,
                       N_("it is missing: records follow the seal that it belongs to"), 0, 0);
        return 0;
    }
    if (v->line.elided)
        return take_elided(v);
    int r = tree_add(&v->tree, v->hash, v->line.text, v->line.len);
    if (r == 0)
        r = check_anchors(v);
    if (r == 0 && v->options->each)
        r = v->options->each(v->options->context, &v->line);
    if (r != 0)
        return r;
    v->report->records = v->tree.size;
    v->report->archived += v->line.form == SEGMENT_ARCHIVED && v->line.offset == 0;
    note_clock(v);
    if (v->options->strict)
        check_strict(v);
    if (!v->report->bad)
        r = check_series(v);
    return r != 0 || v->report->bad ? r : take_kind(v);
}

/* Lines until the end for now, or something bad. 1 when lines came, 0 when not. */
static int take_lines(struct verifier *v)
{
    int r, came = 0;
    while (!v->report->bad && (r = ledger_reader_next(v->reader, &v->line)) != 0) {
        if (r == SK_ERR_TAMPERED) {
            struct ledger_place place;
            ledger_reader_place(v->reader, &place, NULL);
            v->report->bad_segment = place.segment;
            v->report->bad_offset = place.offset;
            bad_at(v, ledger_reader_is_form(v->reader) ? PROOF_FORM : PROOF_ORDER, place.seq, place.seq,
                   place.what, 0, 0);
            return came;
        }
        if (r < 0)
            return r;
        r = take_line(v);
        if (r != 0)
            return r;
        came = 1;
    }
    return came;
}

/* At the end of the lines: is there a checkpoint that they do not reach? 1 when the question must
 * be asked again because the ledger is being written. */
static int check_end(struct verifier *v)
{
    struct checkpoint c;
    if (v->open_seal) {
        int r = check_seal(v);
        if (r != 0 || v->report->bad || !v->open_seal)
            return r < 0 ? r : !v->report->bad;
        return 0;
    }
    int r = next_checkpoint(v, &c);
    if (r == SK_ERR_NOT_FOUND)
        return 0;
    if (r == -ENOMEM || r == SK_ERR_CRYPTO)
        return r;
    int came = take_lines(v);
    if (came != 0 || v->report->bad)
        return came;
    uint64_t records = v->tree.size;
    if (r != 0)
        bad_note(v, records, records, r);
    else if (c.size <= records)
        bad_checkpoint(v, PROOF_CHECKPOINT, records, records,
                       N_("it covers %llu records and comes after a checkpoint over %llu"), c.size,
                       v->report->sealed);
    else
        bad_checkpoint(v, PROOF_CHECKPOINT, records, c.size - 1,
                       N_("it covers %llu records, but the ledger ends after %llu"), c.size, records);
    return 0;
}

/* Is everything that is left out explained, and does an extract end where its contract's numbers
 * stand? */
static void check_whole(struct verifier *v)
{
    struct proof_report *p = v->report;
    const struct removed_span *span = removed_unexplained(&v->removed);
    if (span) {
        p->bad_segment = span->segment;
        p->bad_offset = span->offset;
        bad_at(v, PROOF_WITHHELD, span->from, span->to,
               p->extract ? N_("a record of the contract or of the machine is left out between them")
                          : N_("they are left out, and no record says that they were removed"), 0, 0);
    } else if (p->extract && p->counts && !v->sealed_counted) {
        p->bad_segment = p->sealed_segment;
        p->bad_offset = p->sealed_offset;
        bad_at(v, PROOF_WITHHELD, 0, p->sealed ? p->sealed - 1 : 0,
               N_("the last seal does not state the number of the contract's last record: later ones "
                  "are left out"), 0, 0);
    }
    if (!p->extract)
        p->removed = p->elided;
}

static int run(struct verifier *v)
{
    int r = check_anchors(v);
    if (r != 0)
        return r;
    do {
        r = take_lines(v);
        if (r >= 0 && !v->report->bad)
            r = check_end(v);
    } while (r > 0 && !v->report->bad);
    v->report->tree = v->tree;
    v->report->notes_end = v->notes_offset + v->notes_at;
    if (r < 0 || v->report->bad)
        return r < 0 ? r : 0;
    struct ledger_place place;
    struct ledger_leftover l;
    ledger_reader_place(v->reader, &place, &v->report->torn_bytes);
    v->report->end_segment = place.segment;
    v->report->end_offset = place.offset;
    for (size_t i = 0; ledger_reader_leftover(v->reader, i, &l); i++) {
        v->report->leftover_bytes += l.bytes;
        if (i >= v->leftovers_explained) {
            v->report->bad_segment = l.segment;
            v->report->bad_offset = l.offset;
            bad_at(v, PROOF_LEFTOVER, l.seq, l.seq,
                   N_("%llu bytes stand before it in a segment that no record explains"), l.bytes, 0);
            break;
        }
    }
    if (!v->report->bad)
        check_whole(v);
    v->report->seal_unfinished = v->open_seal;
    v->report->after = v->next;
    v->report->next = v->key;
    return 0;
}

static void resume(struct verifier *v, const struct proof_report *from)
{
    struct proof_report *p = v->report;
    p->records = p->sealed = from->sealed;
    p->epochs = from->epochs;
    p->tree = p->sealed_tree = v->tree = from->sealed_tree;
    p->sealed_segment = from->sealed_segment;
    p->sealed_offset = from->sealed_offset;
    p->notes_end = v->notes_offset = from->notes_end;
    p->next = v->key = from->next;
}

static int open_reader(struct verifier *v, const char *folder)
{
    const struct proof_report *from = v->options->resume;
    if (!from)
        return ledger_reader_open(folder, 0, &v->reader);
    resume(v, from);
    return ledger_reader_open_at(folder, from->sealed_segment, from->sealed_offset, from->sealed,
                                 &v->reader);
}

int proof_verify(const char *folder, const struct note_key *enrolment,
                 const struct proof_options *options, struct proof_report *ret)
{
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    autoclose int notes = file_open_plain(dir, LEDGER_CHECKPOINTS);
    if (notes < 0 && notes != -ENOENT)
        return notes;
    static const struct proof_options none;
    autofree struct proof_report *report = calloc(1, sizeof *report);
    if (!report)
        return -ENOMEM;
    autofree struct series_seen *series = calloc(1, sizeof *series);
    if (!series)
        return -ENOMEM;
    struct verifier v = {.options = options ? options : &none, .report = report,
                         .series = series, .key = *enrolment, .notes_fd = notes};
    if (v.options->series)
        v.series = v.options->series;
    int r = proof_extract_read(dir, report->contract);
    report->extract = r == 1;
    if (r >= 0)
        r = open_reader(&v, folder);
    if (r == 0) {
        ledger_reader_show_elided(v.reader);
        r = digest_new(&v.hash);
    }
    if (r == 0)
        r = run(&v);
    buf_free(&v.notes);
    removed_clear(&v.removed);
    digest_free(&v.hash);
    ledger_reader_close(&v.reader);
    if (r == -ENOENT && notes >= 0) { /* a ledger that has lost its first segment */
        bad_at(&v, PROOF_ORDER, 0, 0, N_("the segment that holds it is not there"), 0, 0);
        r = 0;
    }
    if (r == 0)
        *ret = *report;
    return r;
}
