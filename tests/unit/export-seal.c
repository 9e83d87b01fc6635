/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export-seal.c owns the tests of an export's threads: in this process, so that sanitizers see
 * them, and with as many as an export may have, whatever this machine has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "base/digest.h"
#include "base/fdio.h"
#include "base/str.h"
#include "export/output.h"
#include "export/seal.h"

#define FILES_MAX   600
#define SEALED_MAX  ((size_t)64 << 20) /* bytes that a test reads into memory */
#define STATE_WAITS 10000              /* milliseconds that a thread may take to end */

#define NOISE_LEN                                                                                  \
    (PIPELINE_BATCHES * PIPELINE_PLAIN + 12345) /* bytes: more than all batches hold */

static uint8_t noise[NOISE_LEN + FILES_MAX];

/* One export to a key of its own, from nameless files into one. */
struct export
{
    struct age_identity identity;
    struct job job;
    struct transfer transfer;
    int sources[FILES_MAX];
    int output;
};

/* In memory: what a disk does is the business of export.c's tests. */
static int nameless_file(void)
{
    int fd = memfd_create("export", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static struct export *export_new(void)
{
    struct export *e = calloc(1, sizeof *e);
    assert_non_null(e);
    assert_int_equal(age_identity_generate(&e->identity), 0);
    assert_int_equal(age_identity_recipient(&e->identity, &e->job.recipients[0]), 0);
    e->job.mode = JOB_MODE_SEAL;
    e->job.recipient_count = 1;
    e->job.digests_name = strdup("SHA256SUMS");
    e->job.files = calloc(FILES_MAX, sizeof *e->job.files);
    e->output = nameless_file();
    e->transfer = (struct transfer){.job = &e->job,
                                    .sources = e->sources,
                                    .outputs = &e->output,
                                    .results = calloc(FILES_MAX, sizeof *e->transfer.results)};
    assert_non_null(e->job.files);
    assert_non_null(e->transfer.results);
    return e;
}

static void export_free(struct export **e)
{
    for (size_t i = 0; i < (*e)->job.count; i++)
        close((*e)->sources[i]);
    close((*e)->output);
    free((*e)->transfer.results);
    job_clear(&(*e)->job);
    free(*e);
}
#define autoexport __attribute__((cleanup(export_free)))

/* The permit's digest is the file's, which is len bytes of noise. */
static void add_file(struct export *e, size_t len)
{
    size_t i = e->job.count++;
    struct job_file *file = &e->job.files[i];
    const uint8_t *data = noise + i; /* no two files have the same */
    char name[32];
    assert_true(len <= NOISE_LEN);
    e->sources[i] = nameless_file();
    assert_int_equal(fd_pwrite_full(e->sources[i], data, len, 0), 0);
    snprintf(name, sizeof name, "folder/%zu", i);
    *file = (struct job_file){.name = strdup(name), .bytes = len, .has_digest = true};
    assert_int_equal(digest_of(data, len, file->digest), 0);
}

static size_t threads_of_this_process(void)
{
    size_t count = 0;
    autodir DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    while (readdir(tasks))
        count++;
    return count;
}

/* Run it; whatever comes of it, no thread of it is left (the kernel forgets a joined one a moment
 * later). */
static int run(struct export *e, size_t threads)
{
    size_t before = threads_of_this_process();
    e->transfer.threads = threads;
    atomic_store(&e->transfer.work, 0);
    assert_int_equal(transfer_prepare(&e->transfer), 0);
    int r = seal_run(&e->transfer);
    for (int ms = 0; threads_of_this_process() > before; ms++) {
        assert_true(ms < STATE_WAITS);
        usleep(1000);
    }
    return r;
}

static void open_sealed(const struct export *e, struct buf *tar)
{
    autobuf struct buf sealed = {0};
    uint8_t digest[DIGEST_LEN];
    assert_int_equal(lseek(e->output, 0, SEEK_SET), 0);
    assert_int_equal(fd_read_all(e->output, SEALED_MAX, &sealed), 0);
    assert_int_equal(e->transfer.sealed.bytes, sealed.len);
    assert_int_equal(digest_of(sealed.data, sealed.len, digest), 0);
    assert_memory_equal(digest, e->transfer.sealed.digest, sizeof digest);
    assert_int_equal(age_decrypt(sealed.data, sealed.len, &e->identity, 1, NULL, tar), 0);
}

/* Every member in its order, with the permit's bytes; the first names them all. */
static void assert_sealed_rightly(const struct export *e)
{
    autobuf struct buf tar = {0};
    struct archive *a = archive_read_new();
    struct archive_entry *entry;
    open_sealed(e, &tar);
    assert_int_equal(archive_read_support_format_tar(a), ARCHIVE_OK);
    assert_int_equal(archive_read_open_memory(a, tar.data, tar.len), ARCHIVE_OK);
    assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_OK);
    assert_string_equal(archive_entry_pathname(entry), "SHA256SUMS");
    for (size_t i = 0; i < e->job.count; i++) {
        const struct job_file *file = &e->job.files[i];
        autofree uint8_t *data = malloc((size_t)file->bytes + 1);
        uint8_t digest[DIGEST_LEN];
        assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_OK);
        assert_string_equal(archive_entry_pathname(entry), file->name);
        assert_int_equal(archive_entry_size(entry), file->bytes);
        assert_int_equal(archive_read_data(a, data, (size_t)file->bytes + 1), file->bytes);
        assert_int_equal(digest_of(data, (size_t)file->bytes, digest), 0);
        assert_memory_equal(digest, file->digest, sizeof digest);
        assert_memory_equal(digest, e->transfer.results[i].digest, sizeof digest);
        assert_int_equal(e->transfer.results[i].bytes, file->bytes);
    }
    assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_EOF);
    archive_read_free(a);
}

static void files_of_every_size_are_sealed(void **state)
{
    static const size_t sizes[] = {0,
                                   1,
                                   AGE_CHUNK_LEN - 1,
                                   AGE_CHUNK_LEN,
                                   AGE_CHUNK_LEN + 1,
                                   0,
                                   PIPELINE_PLAIN - 1024,
                                   PIPELINE_PLAIN,
                                   PIPELINE_PLAIN + 1,
                                   3,
                                   NOISE_LEN};
    (void)state;
    for (size_t threads = 1; threads <= SEAL_THREADS_MAX; threads++) {
        autoexport struct export *e = export_new();
        for (size_t i = 0; i < array_count(sizes); i++)
            add_file(e, sizes[i]);
        assert_int_equal(run(e, threads), 0);
        assert_sealed_rightly(e);
        assert_true(atomic_load(&e->transfer.work) >= 2 * e->transfer.total);
    }
    for (size_t i = 0; i + 1 < array_count(sizes); i++) {
        autoexport struct export *e = export_new();
        add_file(e, sizes[i]);
        assert_int_equal(run(e, 0), 0);
        assert_sealed_rightly(e);
    }
}

/* The archive's end is where a batch ends, and a byte beside it: the last chunk is never empty. */
static void an_archive_may_end_with_a_batch(void **state)
{
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        autoexport struct export *e = export_new();
        add_file(e, PIPELINE_PLAIN - 512 * (i + 1));
        assert_int_equal(run(e, 2), 0);
        assert_sealed_rightly(e);
    }
}

static void many_small_files_are_sealed(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= SEAL_THREADS_MAX; threads += 3) {
        autoexport struct export *e = export_new();
        for (size_t i = 0; i < FILES_MAX; i++)
            add_file(e, i % 7 == 0 ? 0 : i * 13);
        assert_int_equal(run(e, threads), 0);
        assert_sealed_rightly(e);
    }
}

/* ---- failures: the first ends the job, with its own error and file ---- */

static void a_full_medium_ends_all_threads(void **state)
{
    static const rlim_t limits[] = {0, 10, 300000, (rlim_t)5 << 20};
    struct rlimit old;
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (size_t i = 0; i < array_count(limits); i++)
        for (size_t threads = 1; threads <= SEAL_THREADS_MAX; threads++) {
            autoexport struct export *e = export_new();
            struct rlimit small = {.rlim_cur = limits[i], .rlim_max = old.rlim_max};
            add_file(e, 10);
            add_file(e, (size_t)6 << 20);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
            int r = run(e, threads);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
            assert_int_equal(r, -EFBIG);
            assert_int_equal(e->transfer.failed_file, TRANSFER_NO_FILE);
        }
}

static void a_file_that_cant_be_read_ends_all_threads(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= SEAL_THREADS_MAX; threads++) {
        autoexport struct export *e = export_new();
        char path[64];
        for (int i = 0; i < 4; i++)
            add_file(e, (size_t)1 << 20);
        /* the same file, for writing only: its state can be asked, its bytes can't */
        snprintf(path, sizeof path, "/proc/self/fd/%d", e->sources[2]);
        int writable = open(path, O_WRONLY | O_CLOEXEC);
        assert_true(writable >= 0);
        close(e->sources[2]);
        e->sources[2] = writable;
        assert_int_equal(run(e, threads), -EBADF);
        assert_int_equal(e->transfer.failed_file, 2);
    }
}

static void content_that_is_not_the_permits_ends_all_threads(void **state)
{
    static const size_t sizes[] = {1, AGE_CHUNK_LEN, (size_t)3 << 20};
    (void)state;
    for (size_t threads = 1; threads <= SEAL_THREADS_MAX; threads++)
        for (size_t i = 0; i < array_count(sizes); i++) {
            autoexport struct export *e = export_new();
            add_file(e, 5000);
            add_file(e, sizes[i]);
            add_file(e, 5000);
            e->job.files[1].digest[0] ^= 1;
            assert_int_equal(run(e, threads), SK_ERR_DIGEST);
            assert_int_equal(e->transfer.failed_file, 1);
            /* what lies there opens for nobody as a whole file */
            autobuf struct buf sealed = {0}, tar = {0};
            assert_int_equal(lseek(e->output, 0, SEEK_SET), 0);
            assert_int_equal(fd_read_all(e->output, SEALED_MAX, &sealed), 0);
            assert_true(age_decrypt(sealed.data, sealed.len, &e->identity, 1, NULL, &tar) != 0);
        }
}

#define SHRINKING ((off_t)1 << 28) /* bytes of hole: read for longer than a thread needs to begin  \
                                    */

static void *shrink(void *context)
{
    struct export *e = context;
    while (atomic_load(&e->transfer.work) == 0)
        sched_yield();
    assert_int_equal(ftruncate(e->sources[0], 70000), 0);
    return NULL;
}

static void a_file_that_shrinks_ends_all_threads(void **state)
{
    (void)state;
    autoexport struct export *e = export_new();
    pthread_t thread;
    add_file(e, 0);
    assert_int_equal(ftruncate(e->sources[0], SHRINKING), 0);
    e->job.files[0].bytes = (uint64_t)SHRINKING;
    e->transfer.threads = 2;
    assert_int_equal(transfer_prepare(&e->transfer), 0);
    assert_int_equal(pthread_create(&thread, NULL, shrink, e), 0);
    assert_int_equal(seal_run(&e->transfer), SK_ERR_DIGEST);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(e->transfer.failed_file, 0);
    /* it was noticed where it happened, not by the digest of zeros */
    assert_true(atomic_load(&e->transfer.work) < (unsigned long long)SHRINKING);
}

/* ---- reading back ---- */

#define CHUNKS ((size_t)2 * PIPELINE_CHUNKS + 3)

/* An export as seal.c leaves it when all is written, with a last chunk of 100 bytes. */
static void write_sealed(struct seal *s, struct transfer *t, size_t threads)
{
    static uint8_t plain[AGE_CHUNK_LEN], chunk[PIPELINE_STRIDE];
    struct age_identity identity;
    struct age_recipient recipient;
    autobulk struct bulk *bulk = NULL;
    *s = (struct seal){.transfer = t, .threads = threads};
    assert_int_equal(bulk_new(&bulk), 0);
    assert_int_equal(age_identity_generate(&identity), 0);
    assert_int_equal(age_identity_recipient(&identity, &recipient), 0);
    assert_int_equal(age_write_header(&recipient, 1, &s->header, &s->stream), 0);
    assert_int_equal(pipeline_init(&s->pipeline), 0);
    assert_int_equal(fd_pwrite_full(t->outputs[0], s->header.data, s->header.len, 0), 0);
    s->bytes = s->header.len;
    for (size_t i = 0; i < CHUNKS; i++) {
        size_t len = i + 1 == CHUNKS ? 100 : AGE_CHUNK_LEN;
        assert_int_equal(age_seal_chunk(&s->stream, bulk, i, i + 1 == CHUNKS, plain, len, chunk),
                         0);
        assert_int_equal(fd_pwrite_full(t->outputs[0], chunk, len + AGE_TAG_LEN, s->bytes), 0);
        s->bytes += len + AGE_TAG_LEN;
    }
}

static void swap_two_chunks(int fd, uint64_t at)
{
    static uint8_t chunks[2][PIPELINE_STRIDE];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(fd_pread_full(fd, chunks[i], PIPELINE_STRIDE, at + i * PIPELINE_STRIDE),
                         PIPELINE_STRIDE);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            fd_pwrite_full(fd, chunks[1 - i], PIPELINE_STRIDE, at + i * PIPELINE_STRIDE), 0);
}

static int check_after(const char *change, uint64_t at, size_t threads)
{
    autoclose int fd = nameless_file();
    struct transfer t = {.outputs = &fd};
    struct seal s;
    uint8_t byte;
    write_sealed(&s, &t, threads);
    if (at >= s.bytes)
        at = s.bytes - 1;
    assert_int_equal(fd_pread_full(fd, &byte, 1, at), 1);
    byte ^= 1;
    if (str_eq(change, "flip"))
        assert_int_equal(fd_pwrite_full(fd, &byte, 1, at), 0);
    else if (str_eq(change, "cut"))
        assert_int_equal(ftruncate(fd, (off_t)at), 0);
    else if (str_eq(change, "grow"))
        assert_int_equal(ftruncate(fd, (off_t)s.bytes + 1), 0);
    else if (str_eq(change, "swap"))
        swap_two_chunks(fd, s.header.len);
    assert_int_equal(output_sync(fd), 0);
    int r = seal_check(&s);
    assert_int_equal(fcntl(fd, F_GETFL) & O_DIRECT, 0);
    if (r == 0)
        assert_int_equal(atomic_load(&t.work), s.bytes - s.header.len);
    pipeline_free(&s.pipeline);
    buf_free(&s.header);
    return r;
}

static void every_chunk_is_read_back(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= SEAL_THREADS_MAX; threads++) {
        assert_int_equal(check_after("", 0, threads), 0);
        for (size_t i = 0; i < CHUNKS; i += 3)
            assert_int_equal(check_after("flip", 10 + i * PIPELINE_STRIDE, threads), SK_ERR_DIGEST);
        assert_int_equal(check_after("flip", UINT64_MAX, threads), SK_ERR_DIGEST);
        assert_int_equal(check_after("cut", UINT64_MAX, threads), SK_ERR_DIGEST);
        assert_int_equal(check_after("cut", 5, threads), SK_ERR_DIGEST);
        assert_int_equal(check_after("cut", 4 * PIPELINE_STRIDE, threads), SK_ERR_DIGEST);
        assert_int_equal(check_after("grow", 0, threads), SK_ERR_DIGEST);
        assert_int_equal(check_after("swap", 0, threads), SK_ERR_DIGEST);
    }
}

/* ---- turns ---- */

#define TURNS 300 /* batches of the stream */

struct turning {
    struct pipeline pipeline;
    uint64_t filled;
    uint64_t done[STAGE_COUNT]; /* batches; of the stages that go in order: without a lock, as
                                   theirs is */
    atomic_uint sealed;
};

static void turn_over(struct turning *t, const struct turn *turn)
{
    struct batch *b = turn->batch;
    if (turn->stage == STAGE_SEAL) {
        b->sealed_len = b->plain_len;
        atomic_fetch_add(&t->sealed, 1);
    } else {
        assert_int_equal(b->first_chunk, t->done[turn->stage]++);
    }
    if (turn->stage > STAGE_SEAL)
        assert_int_equal(b->sealed_len, b->first_chunk + 1);
    pipeline_pass(&t->pipeline, turn);
}

static void *turn_some(void *context)
{
    struct turning *t = context;
    struct turn turn;
    while (pipeline_next(&t->pipeline, false, &turn))
        turn_over(t, &turn);
    return NULL;
}

static void fill_turns(struct turning *t)
{
    struct turn turn;
    while (t->filled < TURNS && pipeline_next(&t->pipeline, true, &turn)) {
        struct batch *b = turn.batch;
        if (turn.stage != STAGE_FILL) {
            turn_over(t, &turn);
            continue;
        }
        b->first_chunk = t->filled++;
        b->plain_len = (size_t)t->filled;
        b->sealed_len = 0;
        b->last = t->filled == TURNS;
        pipeline_pass(&t->pipeline, &turn);
    }
}

static void batches_go_through_every_stage_in_order(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= SEAL_THREADS_MAX; threads++) {
        struct turning t = {0};
        pthread_t helpers[SEAL_THREADS_MAX];
        assert_int_equal(pipeline_init(&t.pipeline), 0);
        for (size_t i = 1; i < threads; i++)
            assert_int_equal(pthread_create(&helpers[i], NULL, turn_some, &t), 0);
        fill_turns(&t);
        turn_some(&t);
        for (size_t i = 1; i < threads; i++)
            assert_int_equal(pthread_join(helpers[i], NULL), 0);
        assert_int_equal(pipeline_error(&t.pipeline), 0);
        assert_int_equal(t.done[STAGE_WRITE], TURNS);
        assert_int_equal(atomic_load(&t.sealed), TURNS);
        pipeline_free(&t.pipeline);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_go_through_every_stage_in_order),
        cmocka_unit_test(files_of_every_size_are_sealed),
        cmocka_unit_test(an_archive_may_end_with_a_batch),
        cmocka_unit_test(many_small_files_are_sealed),
        cmocka_unit_test(a_full_medium_ends_all_threads),
        cmocka_unit_test(a_file_that_cant_be_read_ends_all_threads),
        cmocka_unit_test(content_that_is_not_the_permits_ends_all_threads),
        cmocka_unit_test(a_file_that_shrinks_ends_all_threads),
        cmocka_unit_test(every_chunk_is_read_back),
    };
    if (sodium_init() < 0)
        return 1;
    randombytes_buf(noise, sizeof noise);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
