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
#include "record/record.h"

#define CHECKPOINTS_STEP ((size_t)256 * 1024) /* bytes read at a time */

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
    uint64_t leftovers_seen, leftovers_explained;
    bool open_seal;        /* the last record is a seal that waits for its checkpoint */
    struct note_key next;  /* what that seal names */
    struct ledger_line line;
};

static void SK_PRINTF(4, 5) bad_at(struct verifier *v, uint64_t first, uint64_t last,
                                   const char *format, ...)
{
    struct proof_report *p = v->report;
    va_list ap;
    p->bad = true;
    p->bad_seq = first;
    p->bad_last_seq = last;
    va_start(ap, format);
    vsnprintf(p->bad_what, sizeof p->bad_what, format, ap);
    va_end(ap);
}

static void SK_PRINTF(2, 3) bad_line(struct verifier *v, const char *format, ...)
{
    char what[PROOF_WHAT_CAP];
    va_list ap;
    va_start(ap, format);
    vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    v->report->bad_segment = v->line.segment;
    v->report->bad_offset = v->line.offset;
    bad_at(v, v->line.seq, v->line.seq, "%s", what);
}

static void SK_PRINTF(4, 5) bad_checkpoint(struct verifier *v, uint64_t first, uint64_t last,
                                           const char *format, ...)
{
    char what[PROOF_WHAT_CAP];
    va_list ap;
    va_start(ap, format);
    vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    v->report->bad_in_checkpoints = true;
    v->report->bad_offset = v->notes_offset + v->notes_at;
    bad_at(v, first, last, "checkpoint %" PRIu64 ": %s", v->report->epochs, what);
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

/* What the checkpoint's failure means, in words. */
static const char *checkpoint_fault(int code)
{
    switch (code) {
    case SK_ERR_SIGNATURE:
        return "its signature does not verify";
    case SK_ERR_KEY_UNKNOWN:
        return "it is signed by another key than the one named before";
    default:
        return "it does not have the form of a checkpoint";
    }
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
        bad_checkpoint(v, from, to, "%s", checkpoint_fault(r));
        return 0;
    }
    r = tree_root(&v->tree, v->hash, root);
    if (r != 0)
        return r;
    if (c.size != v->tree.size)
        bad_checkpoint(v, from, to, "it covers %" PRIu64 " records where the seal stands at %" PRIu64,
                       c.size, to);
    else if (memcmp(c.root, root, sizeof root) != 0)
        bad_checkpoint(v, from, to, "its root is not that of the records: one of %" PRIu64
                       " to %" PRIu64 " was altered", from, to);
    if (v->report->bad)
        return 0;
    v->open_seal = false;
    v->notes_at += v->note_len;
    v->key = v->next;
    v->report->sealed = c.size;
    v->report->sealed_segment = v->line.segment;
    v->report->sealed_offset = v->line.offset + v->line.len + 1;
    v->report->epochs++;
    return 0;
}

static int read_seal(struct verifier *v)
{
    struct scan_field f[2] = {{.key = "epoch"}, {.key = "next"}};
    uint64_t epoch;
    int r = scan_record(v->line.text, v->line.len, f, array_count(f), NULL);
    if (r != 0 || scan_number(&f[0], &epoch) != 0 || !f[1].value || f[1].len < 2)
        bad_line(v, "the seal does not name its epoch and the next key");
    else if (epoch != v->report->epochs)
        bad_line(v, "the seal is of epoch %" PRIu64 ", expected is %" PRIu64, epoch,
                 v->report->epochs);
    else if (note_vkey_parse(f[1].value + 1, f[1].len - 2, &v->next) != 0 ||
             memcmp(v->next.name, v->key.name, NOTE_NAME_LEN) != 0)
        bad_line(v, "the seal's next key is not a key of this ledger");
    if (v->report->bad)
        return 0;
    v->open_seal = true;
    return check_seal(v);
}

/* A gap record may explain bytes that a failed fsync left behind:
 * "leftover":{"offset":N,"segment":N}. */
static int note_gap(struct verifier *v)
{
    v->report->gaps++;
    v->report->last_gap = v->line.seq;
    autojson json_t *record = NULL;
    int r = record_parse(v->line.text, v->line.len, SK_RECORD_MAX, &record);
    const json_t *said = r == 0 ? record_member(record, "leftover") : NULL;
    if (!said)
        return 0;
    struct ledger_leftover l;
    for (size_t i = 0; ledger_reader_leftover(v->reader, i, &l); i++) {
        /* one record explains one place once: count by index */
        if (i == v->leftovers_explained && record_number(said, "segment") == (int64_t)l.segment &&
            record_number(said, "offset") == (int64_t)l.offset)
            v->leftovers_explained++;
    }
    return 0;
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
        bad_line(v, "the line is not in canonical form");
}

static int take_line(struct verifier *v)
{
    if (v->open_seal) {
        bad_checkpoint(v, v->line.seq - 1, v->line.seq - 1,
                       "it is missing: records follow the seal that it belongs to");
        return 0;
    }
    int r = tree_add(&v->tree, v->hash, v->line.text, v->line.len);
    if (r == 0 && v->options->each)
        r = v->options->each(v->options->context, &v->line);
    if (r != 0)
        return r;
    v->report->records = v->tree.size;
    note_clock(v);
    if (v->options->strict)
        check_strict(v);
    if (v->report->bad)
        return 0;
    if (scan_is(&v->line.kind, SK_KIND_SEAL))
        return read_seal(v);
    if (scan_is(&v->line.kind, SK_KIND_AGENT) &&
        (scan_is(&v->line.phase, "gap") || scan_is(&v->line.phase, "overflow")))
        return note_gap(v);
    return 0;
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
            bad_at(v, place.seq, place.seq, "%s", place.what);
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
        bad_checkpoint(v, records, records, "%s", checkpoint_fault(r));
    else if (c.size <= records)
        bad_checkpoint(v, records, records, "it covers %" PRIu64 " records and comes after a "
                       "checkpoint over %" PRIu64, c.size, v->report->sealed);
    else
        bad_checkpoint(v, records, c.size - 1, "it covers %" PRIu64 " records, but the ledger ends "
                       "after %" PRIu64, c.size, records);
    return 0;
}

static int run(struct verifier *v)
{
    int r;
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
            bad_at(v, l.seq, l.seq, "%" PRIu64 " bytes stand before it in a segment that no record "
                   "explains", l.bytes);
            break;
        }
    }
    v->report->seal_unfinished = v->open_seal;
    v->report->after = v->next;
    v->report->next = v->key;
    return 0;
}

int proof_verify(const char *folder, const struct note_key *enrolment,
                 const struct proof_options *options, struct proof_report *ret)
{
    autoreader struct ledger_reader *reader = NULL;
    autodigest struct digest *hash = NULL;
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    autoclose int notes = openat(dir, LEDGER_CHECKPOINTS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (notes < 0 && errno != ENOENT)
        return -errno;
    static const struct proof_options none;
    struct proof_report report = {0};
    struct verifier v = {.options = options ? options : &none, .report = &report,
                         .key = *enrolment, .notes_fd = notes};
    int r = ledger_reader_open(folder, 0, &reader);
    if (r == 0)
        r = digest_new(&hash);
    v.reader = reader;
    v.hash = hash;
    if (r == 0)
        r = run(&v);
    buf_free(&v.notes);
    if (r == -ENOENT && notes >= 0) { /* a ledger that has lost its first segment */
        bad_at(&v, 0, 0, "the segment that holds it is not there");
        r = 0;
    }
    if (r == 0)
        *ret = report;
    return r;
}

int proof_enrolment_read(const char *path, struct note_key *ret)
{
    autobuf struct buf b = {0};
    int r = file_read(AT_FDCWD, path, NOTE_VKEY_LEN + 1, &b);
    if (r != 0)
        return r == SK_ERR_LIMIT ? SK_ERR_FORMAT : r;
    if (b.len == NOTE_VKEY_LEN + 1 && b.data[NOTE_VKEY_LEN] != '\n')
        return SK_ERR_FORMAT;
    return note_vkey_parse(b.data, b.len < NOTE_VKEY_LEN ? b.len : NOTE_VKEY_LEN, ret);
}
