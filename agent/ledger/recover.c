/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recover.c owns the way back after a crash. It must never cut a record that a checkpoint covers,
 * and never take readable bytes for durable ones. */
#include "ledger/recover.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/record.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"

#define NAME_CAP   32                  /* bytes of a file name with NUL */
#define STEP       ((size_t)64 * 1024) /* bytes read or written at a time */
#define NOTE_LINES 6                   /* of a checkpoint with its empty line */

void recovery_clear(struct recovery *r)
{
    buf_free(&r->last_ring);
    buf_free(&r->last_overflow);
    buf_free(&r->last_seal);
    buf_free(&r->last_removal);
    free(r->numbers);
    r->numbers = NULL;
}

int recover_is_fresh(const char *folder)
{
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    for (uint32_t i = 0; i < LEDGER_SEGMENTS_MAX; i++) {
        char first;
        enum segment_form form;
        ssize_t n = segment_head(dir, i, &first, sizeof first, &form);
        if (n == -ENOENT)
            return 1;
        if (n != 0)
            return n > 0 || n == SK_ERR_FORMAT ? 0 : (int)n;
    }
    return SK_ERR_LIMIT;
}

/* A checkpoint that was being written when the machine stopped: cut at offset if what stands there
 * is less than a whole one. 1 when it was cut, 0 when it is something else, -errno. */
static int cut_notes(int dir, uint64_t offset)
{
    char rest[NOTE_MAX + 1];
    autoclose int fd = openat(dir, LEDGER_CHECKPOINTS, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -errno : fd_pread_full(fd, rest, sizeof rest, offset);
    if (n < 0)
        return (int)n;
    unsigned lines = 0;
    for (ssize_t i = 0; i < n; i++)
        lines += rest[i] == '\n';
    if (n > NOTE_MAX || lines >= NOTE_LINES)
        return 0;
    return ftruncate(fd, (off_t)offset) == 0 && fdatasync(fd) == 0 ? 1 : -errno;
}

static int look_at_line(void *context, const struct ledger_line *line)
{
    struct recovery *r = context;
    static const char ring[] = "\"ring\":{";
    int e = numbers_restore(r->numbers, line);
    if (e != 0)
        return e;
    if (scan_is(&line->kind, SK_KIND_SEAL)) {
        r->sealed_at = line->seq + 1;
        buf_reset(&r->last_seal);
        buf_put(&r->last_seal, line->text, line->len);
        return r->last_seal.err;
    }
    if (scan_is(&line->kind, SK_KIND_REMOVAL)) {
        r->clean = false;
        buf_reset(&r->last_removal);
        if (scan_is(&line->phase, "intent"))
            buf_put(&r->last_removal, line->text, line->len);
        return r->last_removal.err;
    }
    r->clean = scan_is(&line->kind, SK_KIND_AGENT) && scan_is(&line->phase, "stop") &&
               memmem(line->text, line->len, "\"process\":\"sekisho-ledger\"", 26);
    if (!memmem(line->text, line->len, ring, sizeof ring - 1))
        return 0;
    bool overflow = scan_is(&line->phase, "overflow");
    struct buf *keep = overflow ? &r->last_overflow : &r->last_ring;
    if (!overflow && !scan_is(&line->kind, SK_KIND_ACCESS))
        return 0;
    buf_reset(keep);
    buf_put(keep, line->text, line->len);
    return keep->err;
}

/* Cut the segment at offset and empty those behind it; they hold nothing under a checkpoint. */
static int cut_segments(int dir, struct recovery *r, uint32_t segment, uint64_t offset)
{
    for (uint32_t i = segment; i < LEDGER_SEGMENTS_MAX; i++, offset = 0) {
        char name[NAME_CAP];
        struct stat st;
        snprintf(name, sizeof name, LEDGER_SEGMENT_FORM, i);
        autoclose int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            return errno == ENOENT ? 0 : -errno;
        if (fstat(fd, &st) != 0)
            return -errno;
        if ((uint64_t)st.st_size <= offset)
            continue;
        if (r->cut_bytes == 0) {
            r->cut_segment = i;
            r->cut_offset = offset;
        }
        r->cut_bytes += (uint64_t)st.st_size - offset;
        if (ftruncate(fd, (off_t)offset) != 0 || fdatasync(fd) != 0)
            return -errno;
    }
    return 0;
}

static int check(const char *folder, const struct note_key *enrolment, struct recovery *r)
{
    const struct proof_options options = {.each = look_at_line, .context = r};
    recovery_clear(r);
    r->sealed_at = 0;
    r->clean = false;
    r->numbers = calloc(1, sizeof *r->numbers);
    if (!r->numbers)
        return -ENOMEM;
    return proof_verify(folder, enrolment, &options, &r->report);
}

/* The unsealed end of the last segment is readable, which does not mean that it is on the disk:
 * an fsync may have failed before the crash. Write it over itself and wait for the disk. */
static int rewrite_tail(int dir, const struct proof_report *report)
{
    char name[NAME_CAP];
    autofree char *step = malloc(STEP);
    snprintf(name, sizeof name, LEDGER_SEGMENT_FORM, report->end_segment);
    autoclose int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || !step)
        return fd < 0 ? -errno : -ENOMEM;
    uint64_t at = report->sealed_segment == report->end_segment ? report->sealed_offset : 0;
    while (at < report->end_offset) {
        size_t want = report->end_offset - at < STEP ? (size_t)(report->end_offset - at) : STEP;
        ssize_t n = fd_pread_full(fd, step, want, at);
        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        int r = fd_pwrite_full(fd, step, (size_t)n, at);
        if (r != 0)
            return r;
        at += (uint64_t)n;
    }
    return fdatasync(fd) == 0 ? 0 : -errno;
}

/* Are there checkpoints behind those that fit the records? Then it is no crash that ended them. */
static bool more_is_sealed(int dir, const struct proof_report *p)
{
    struct stat st;
    return fstatat(dir, LEDGER_CHECKPOINTS, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (uint64_t)st.st_size > p->notes_end;
}

int recover(const char *folder, const struct note_key *enrolment, struct recovery *ret)
{
    struct recovery r = {0};
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    int e = check(folder, enrolment, &r);
    const struct proof_report *p = &r.report;
    if (e == 0 && p->bad && p->bad_in_checkpoints) {
        int cut = cut_notes(dir, p->bad_offset);
        e = cut == 1 ? check(folder, enrolment, &r) : cut;
    }
    if (e == 0 && p->bad && !p->bad_in_checkpoints && p->bad_seq >= p->sealed &&
        !more_is_sealed(dir, p)) {
        e = cut_segments(dir, &r, p->bad_segment, p->bad_offset);
        if (e == 0)
            e = check(folder, enrolment, &r);
    }
    if (e == 0 && p->bad)
        e = SK_ERR_TAMPERED;
    if (e == 0)
        e = cut_segments(dir, &r, p->end_segment, p->end_offset);
    if (e == 0)
        e = rewrite_tail(dir, p);
    if (e != 0 && e != SK_ERR_TAMPERED) {
        recovery_clear(&r);
        return e;
    }
    *ret = r;
    return e;
}
