/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-faults.c: each write, sync, cut and reservation of the ledger fails once, or is the moment
 * at which the process is killed. Whatever was acknowledged must be there afterwards, and the ledger
 * must verify. The calls are wrapped by the linker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sekisho/limits.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "../unit/ledger-folder.h"
#include "record/record.h"

enum call { CALL_PWRITE, CALL_SHORT, CALL_FDATASYNC, CALL_FSYNC, CALL_FTRUNCATE, CALL_FALLOCATE,
            CALL_RENAME, CALL_COUNT };
static const char *const call_names[] = {"pwrite", "short pwrite", "fdatasync", "fsync",
                                         "ftruncate", "fallocate", "rename"};

/* Shared with the child that works. */
static struct plan {
    enum call call;
    unsigned at;      /* this call of that kind fails, counted from 1; 0 = none */
    unsigned times;   /* and so many after it */
    int error;        /* with this errno; 0 = the process is killed before the call */
    unsigned seen[CALL_COUNT];
    uint64_t acknowledged; /* records, a number each */
    uint64_t numbers[256];
} *plan;

static bool fails(enum call call)
{
    unsigned n = ++plan->seen[call];
    if (plan->call != call || plan->at == 0 || n < plan->at || n >= plan->at + plan->times)
        return false;
    if (plan->error == 0)
        _exit(99);
    errno = plan->error;
    return true;
}

ssize_t __real_pwrite64(int fd, const void *data, size_t len, off_t offset);
int __real_fdatasync(int fd);
int __real_fsync(int fd);
int __real_ftruncate64(int fd, off_t len);
int __real_fallocate64(int fd, int mode, off_t offset, off_t len);
int __real_renameat(int a, const char *from, int b, const char *to);
ssize_t __wrap_pwrite64(int fd, const void *data, size_t len, off_t offset);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
int __wrap_ftruncate64(int fd, off_t len);
int __wrap_fallocate64(int fd, int mode, off_t offset, off_t len);
int __wrap_renameat(int a, const char *from, int b, const char *to);

ssize_t __wrap_pwrite64(int fd, const void *data, size_t len, off_t offset)
{
    if (fails(CALL_PWRITE))
        return -1;
    int error = plan->error;
    if (plan->call == CALL_SHORT && plan->seen[CALL_SHORT] + 1 == plan->at && len > 1) {
        /* half of it is written, then the disk is full or the process dies */
        ssize_t n = __real_pwrite64(fd, data, len / 2, offset);
        plan->seen[CALL_SHORT]++;
        if (error == 0)
            _exit(99);
        return n;
    }
    if (plan->call == CALL_SHORT && fails(CALL_SHORT))
        return -1;
    if (plan->call != CALL_SHORT)
        plan->seen[CALL_SHORT]++;
    return __real_pwrite64(fd, data, len, offset);
}

int __wrap_fdatasync(int fd)
{
    return fails(CALL_FDATASYNC) ? -1 : __real_fdatasync(fd);
}

int __wrap_fsync(int fd)
{
    return fails(CALL_FSYNC) ? -1 : __real_fsync(fd);
}

int __wrap_ftruncate64(int fd, off_t len)
{
    return fails(CALL_FTRUNCATE) ? -1 : __real_ftruncate64(fd, len);
}

int __wrap_fallocate64(int fd, int mode, off_t offset, off_t len)
{
    return fails(CALL_FALLOCATE) ? -1 : __real_fallocate64(fd, mode, offset, len);
}

int __wrap_renameat(int a, const char *from, int b, const char *to)
{
    return fails(CALL_RENAME) ? -1 : __real_renameat(a, from, b, to);
}

static void acknowledge(void *context, uint64_t ticket, int code, uint64_t seq)
{
    (void)context;
    (void)seq;
    if (code == 0)
        plan->numbers[plan->acknowledged++] = ticket;
}

#define ROUNDS 6

/* A working life: open, six durable appends (every second with a seal), close; opened twice. */
static int work(const struct folder *f, unsigned life)
{
    struct book *b = NULL;
    struct recovery found = {0};
    int r = folder_open(f, &b, &found);
    if (r != 0)
        return r;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t ticket = 1 + life * 1000 + i;
        r = book_add(b, folder_record("takeout", (int)ticket), NULL, ticket);
        if (r == 0)
            (void)!book_commit(b, i % 2, acknowledge, NULL);
    }
    book_close(&b);
    recovery_clear(&found);
    return 0;
}

static int in_child(const struct folder *f, unsigned life)
{
    pid_t pid = fork();
    if (pid == 0) {
        work(f, life);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void mark(void *context, const struct ledger_line *line)
{
    bool *there = context;
    autojson json_t *record = NULL;
    assert_int_equal(record_parse(line->text, line->len, SK_RECORD_MAX, &record), 0);
    int64_t n = record_number(record, "n");
    if (n > 0 && n < 4000)
        there[n] = true;
}

static void all_there(const struct folder *f, const char *what, unsigned at)
{
    static bool there[4000];
    struct ledger_line line;
    int r;
    autoreader struct ledger_reader *reader = NULL;
    memset(there, 0, sizeof there);
    assert_int_equal(ledger_reader_open(f->ledger, 0, &reader), 0);
    while ((r = ledger_reader_next(reader, &line)) == 1)
        mark(there, &line);
    assert_int_equal(r, 0);
    for (uint64_t i = 0; i < plan->acknowledged; i++)
        if (!there[plan->numbers[i]])
            fail_msg("%s %u: record %d was acknowledged and is lost", what, at,
                     (int)plan->numbers[i]);
}

/* One life with the fault, one without; then everything must be in order and go on. */
static bool one(enum call call, unsigned at, unsigned times, int error)
{
    struct folder f;
    struct proof_report p;
    folder_make(&f);
    memset(plan, 0, sizeof *plan);
    *plan = (struct plan){.call = call, .at = at, .times = times, .error = error};
    in_child(&f, 0);
    bool reached = plan->seen[call] >= at;
    plan->at = 0;
    uint64_t before = plan->acknowledged;
    assert_int_equal(in_child(&f, 1), 0);
    if (plan->acknowledged - before != ROUNDS)
        fail_msg("%s %u (%s): the next start does not write", call_names[call], at,
                 error ? strerror(error) : "killed");
    assert_int_equal(folder_verify(&f, &p), 0);
    if (p.bad)
        fail_msg("%s %u (%s): record %d: %s", call_names[call], at,
                 error ? strerror(error) : "killed", (int)p.bad_seq, p.bad_what);
    all_there(&f, call_names[call], at);
    folder_clear(&f);
    return reached;
}

static void sweep(enum call call, unsigned times, int error)
{
    unsigned at = 1;
    while (one(call, at, times, error))
        at++;
    assert_true(at > 1); /* the call is made at all */
}

static void killed_between_steps(void **state)
{
    (void)state;
    sweep(CALL_PWRITE, 1, 0);
    sweep(CALL_SHORT, 1, 0);
    sweep(CALL_FDATASYNC, 1, 0);
    sweep(CALL_FSYNC, 1, 0);
    sweep(CALL_RENAME, 1, 0);
}

static void disk_full(void **state)
{
    (void)state;
    sweep(CALL_PWRITE, 1, ENOSPC);
    sweep(CALL_SHORT, 2, ENOSPC);
    sweep(CALL_FALLOCATE, 1, ENOSPC);
    sweep(CALL_FALLOCATE, 1000, ENOSPC);
}

static void input_output_errors(void **state)
{
    (void)state;
    sweep(CALL_PWRITE, 1, EIO);
    sweep(CALL_PWRITE, 1000, EIO);
    sweep(CALL_FDATASYNC, 1, EIO);
    sweep(CALL_FDATASYNC, 2, EIO);
    sweep(CALL_FDATASYNC, 1000, EIO);
    sweep(CALL_FSYNC, 1, EIO);
    sweep(CALL_PWRITE, 1000, EROFS);
}

/* An fsync that fails is never called again for that segment: what was in hand is in the next one,
 * behind a record that says so. */
static void sync_error_moves_on(void **state)
{
    (void)state;
    struct folder f;
    struct proof_report p;
    struct stat st;
    char path[256];
    struct book *b = NULL;
    struct recovery found = {0};
    folder_make(&f);
    memset(plan, 0, sizeof *plan);
    assert_int_equal(folder_open(&f, &b, &found), 0);
    assert_int_equal(book_commit(b, true, folder_ignore, NULL), 0);
    assert_int_equal(book_add(b, folder_record("takeout", 7), NULL, 7), 0);
    plan->call = CALL_FDATASYNC;
    plan->at = plan->seen[CALL_FDATASYNC] + 1;
    plan->times = 1;
    plan->error = EIO;
    assert_int_equal(book_commit(b, false, acknowledge, NULL), 0);
    assert_int_equal(plan->acknowledged, 1);
    assert_int_equal(book_commit(b, true, folder_ignore, NULL), 0);
    book_close(&b);
    recovery_clear(&found);
    folder_path(&f, "segment-000001.jsonl", path);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 0);
    assert_int_equal(folder_verify(&f, &p), 0);
    assert_false(p.bad);
    assert_int_equal(p.gaps, 1);
    assert_int_equal(p.last_gap, 2); /* start, seal, then the gap, then the record in hand */
    all_there(&f, "sync", 0);
    folder_clear(&f);
}

/* A time in which records were refused is told of in one record when it is over: since when, how many, why. */
static void gap_is_told(void **state)
{
    (void)state;
    struct folder f;
    struct book *b = NULL;
    struct recovery found = {0};
    struct ledger_line line;
    unsigned told = 0;
    folder_make(&f);
    memset(plan, 0, sizeof *plan);
    assert_int_equal(folder_open(&f, &b, &found), 0);
    assert_int_equal(book_commit(b, true, folder_ignore, NULL), 0);
    plan->call = CALL_PWRITE;
    plan->at = plan->seen[CALL_PWRITE] + 1;
    plan->times = 1000;
    plan->error = EIO;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(book_add(b, folder_record("takeout", i), NULL, 1), 0);
        assert_true(book_commit(b, false, acknowledge, NULL) != 0);
    }
    assert_int_equal(plan->acknowledged, 0);
    assert_true(book_gap_is_over(b)); /* as far as the book knows: the next commit will tell */
    plan->at = 0;
    assert_int_equal(book_add(b, folder_record("takeout", 7), NULL, 7), 0);
    assert_int_equal(book_commit(b, true, acknowledge, NULL), 0);
    assert_false(book_gap_is_over(b));
    assert_int_equal(book_add(b, folder_record("takeout", 8), NULL, 8), 0);
    assert_int_equal(book_commit(b, true, acknowledge, NULL), 0);
    book_close(&b);
    recovery_clear(&found);
    autoreader struct ledger_reader *reader = NULL;
    assert_int_equal(ledger_reader_open(f.ledger, 0, &reader), 0);
    while (ledger_reader_next(reader, &line) == 1) {
        autojson json_t *record = NULL;
        assert_int_equal(record_parse(line.text, line.len, SK_RECORD_MAX, &record), 0);
        if (!*record_text(record, "since"))
            continue;
        told++;
        assert_string_equal(record_text(record, "phase"), "gap");
        assert_string_equal(record_text(record, "error"), "EIO");
        assert_int_equal(record_number(record, "counts.refused"), 3);
    }
    assert_int_equal(told, 1);
    folder_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_between_steps),
        cmocka_unit_test(disk_full),
        cmocka_unit_test(input_output_errors),
        cmocka_unit_test(sync_error_moves_on),
        cmocka_unit_test(gap_is_told),
    };
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return plan == MAP_FAILED || sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
