/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export.c owns the tests of the exporter as its peers see it: descriptors and a job in, answers
 * and files out. That stock tools open the result is proved by tests/conformance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/fdio.h"
#include "base/str.h"
#include "export/output.h"
#include "export/source.h"
#include "export/tar.h"
#include "export_peer.h"
#include "record/record.h"
#include "wire/wire.h"

#define FILES_MAX         1000
#define RECIPIENT         "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"
#define DIGEST_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Sources and outputs of one transfer: nameless files. */
struct files {
    int fds[2 * FILES_MAX];
    char *names[FILES_MAX];
    size_t sources, count;
};

static int nameless_file(void)
{
    char path[] = "/tmp/sekisho-export-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static void fill_file(int fd, size_t len)
{
    autofree uint8_t *data = malloc(len + 1);
    randombytes_buf(data, len);
    assert_int_equal(fd_pwrite_full(fd, data, len, 0), 0);
}

static void add_source(struct files *f, const char *name, size_t len)
{
    int fd = nameless_file();
    fill_file(fd, len);
    f->names[f->sources] = strdup(name);
    f->fds[f->count++] = fd;
    f->sources++;
}

static void add_outputs(struct files *f, size_t count)
{
    for (size_t i = 0; i < count; i++)
        f->fds[f->count++] = nameless_file();
}

static void files_close(struct files *f)
{
    for (size_t i = 0; i < f->count; i++)
        close(f->fds[i]);
    for (size_t i = 0; i < f->sources; i++)
        free(f->names[i]);
}
#define autofiles __attribute__((cleanup(files_close)))

static char *job_text(const struct files *f, const char *mode, bool with_digests)
{
    static const char *const recipients[] = {RECIPIENT};
    struct peer_job job = {.mode = mode,
                           .names = (const char *const *)f->names,
                           .sources = f->fds,
                           .count = f->sources,
                           .recipients = recipients,
                           .recipient_count = 1,
                           .with_digests = with_digests};
    char *text = peer_job_text(&job);
    assert_non_null(text);
    return text;
}

/* Run a transfer to its end; the caller frees the answer's object. */
static int transfer(const char *text, const struct files *f, struct export_answer *answer)
{
    struct export_peer peer;
    assert_int_equal(peer_start(&peer, NULL), 0);
    assert_int_equal(peer_send(&peer, text, f->fds, f->count), 0);
    assert_int_equal(peer_wait(&peer, answer), 0);
    return peer_end(&peer);
}

static void assert_refused(const char *text, const struct files *f, const char *code, int file)
{
    struct export_answer answer;
    assert_int_equal(WEXITSTATUS(transfer(text, f, &answer)), 1);
    assert_int_equal(answer.type, SK_MSG_ERROR);
    assert_string_equal(record_text(answer.object, "code"), code);
    assert_int_equal(record_number(answer.object, "file"), file);
    assert_true(strlen(record_text(answer.object, "why")) > 0);
    json_decref(answer.object);
}

static void assert_same_content(int a, int b, const char *hex)
{
    uint8_t first[DIGEST_LEN], second[DIGEST_LEN];
    char text[DIGEST_HEX_CAP];
    assert_int_equal(digest_of_fd(a, first, NULL), 0);
    assert_int_equal(digest_of_fd(b, second, NULL), 0);
    assert_memory_equal(first, second, sizeof first);
    digest_hex(text, first);
    assert_string_equal(text, hex);
}

static void copies_are_identical_at_every_size(void **state)
{
    static const size_t sizes[] = {0, 1, 4095, 65535, 65536, 65537, 1048576, 3000001};
    autofiles struct files f = {0};
    struct export_answer answer;
    (void)state;
    for (size_t i = 0; i < array_count(sizes); i++)
        add_source(&f, "x", sizes[i]);
    add_outputs(&f, f.sources);
    for (int with_digests = 0; with_digests < 2; with_digests++) {
        autofree char *text = job_text(&f, "copy", with_digests);
        assert_int_equal(transfer(text, &f, &answer), 0);
        assert_int_equal(answer.type, SK_MSG_JOB_DONE);
        const json_t *list = record_member(answer.object, "files");
        assert_int_equal(json_array_size(list), f.sources);
        for (size_t i = 0; i < f.sources; i++) {
            const json_t *file = json_array_get(list, i);
            assert_int_equal(record_number(file, "bytes"), sizes[i]);
            assert_same_content(f.fds[i], f.fds[f.sources + i], record_text(file, "sha256"));
            assert_int_equal(ftruncate(f.fds[f.sources + i], 0), 0);
        }
        assert_null(record_member(answer.object, "sealed"));
        json_decref(answer.object);
    }
}

static void content_that_is_not_the_permits_is_refused(void **state)
{
    autofiles struct files f = {0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        char name[] = {(char)('a' + i), '\0'};
        add_source(&f, name, 70000);
    }
    add_outputs(&f, f.sources);
    autofree char *copy = job_text(&f, "copy", true);
    autofree char *seal = job_text(&f, "seal", true);
    assert_int_equal(fd_pwrite_full(f.fds[1], "another", 7, 69000), 0);
    assert_refused(copy, &f, "SK_ERR_DIGEST", 1);
    struct files sealed = f;
    sealed.count = sealed.sources + 1;
    assert_int_equal(ftruncate(sealed.fds[3], 0), 0);
    assert_refused(seal, &sealed, "SK_ERR_DIGEST", 1);
    /* a size that is not the permit's is refused before a byte is read */
    assert_int_equal(ftruncate(sealed.fds[3], 0), 0);
    assert_int_equal(ftruncate(f.fds[0], 69999), 0);
    assert_refused(seal, &sealed, "SK_ERR_DIGEST", 0);
}

static void a_source_must_not_change_while_it_is_read(void **state)
{
    static const struct job_file nothing_expected = {0};
    autodigest struct digest *digest = NULL;
    struct transfer_result result;
    struct source source;
    char step[4096];
    (void)state;
    assert_int_equal(digest_new(&digest), 0);
    int fd = nameless_file();
    fill_file(fd, 10000);
    assert_int_equal(source_begin(&source, fd, digest), 0);
    while (source_read(&source, step, sizeof step) > 0)
        ;
    assert_int_equal(source_end(&source, &nothing_expected, &result), 0);
    assert_int_equal(result.bytes, 10000);

    assert_int_equal(source_begin(&source, fd, digest), 0);
    assert_int_equal(source_read(&source, step, sizeof step), sizeof step);
    assert_int_equal(fd_pwrite_full(fd, "grown", 5, 10000), 0);
    while (source_read(&source, step, sizeof step) > 0)
        ;
    assert_int_equal(source.at, 10000);
    assert_int_equal(source_end(&source, &nothing_expected, &result), SK_ERR_DIGEST);

    assert_int_equal(source_begin(&source, fd, digest), 0);
    assert_int_equal(source_read(&source, step, sizeof step), sizeof step);
    assert_int_equal(ftruncate(fd, 5000), 0);
    assert_int_equal(source_read(&source, step, sizeof step), SK_ERR_DIGEST);
    close(fd);
}

static int written_then(const char *change, size_t len)
{
    static const uint8_t block[TRANSFER_STEP + 12345] = {1};
    struct transfer t = {0};
    struct output o;
    autobulk struct bulk *bulk = NULL;
    int fd = nameless_file();
    assert_int_equal(bulk_new(&bulk), 0);
    assert_int_equal(output_begin(&o, fd, bulk), 0);
    assert_int_equal(output_write(&o, block, len / 2), 0);
    assert_int_equal(output_write(&o, block + len / 2, len - len / 2), 0);
    assert_int_equal(output_end(&o), 0);
    assert_int_equal(output_sync(fd), 0);
    if (str_eq(change, "flip"))
        assert_int_equal(fd_pwrite_full(fd, "x", 1, len - 1), 0);
    else if (str_eq(change, "cut"))
        assert_int_equal(ftruncate(fd, (off_t)len - 1), 0);
    else if (str_eq(change, "grow"))
        assert_int_equal(ftruncate(fd, (off_t)len + 1), 0);
    int r = output_check(&o, &t);
    assert_int_equal(fcntl(fd, F_GETFL) & O_DIRECT, 0);
    close(fd);
    return r;
}

static void what_lies_on_the_medium_is_compared(void **state)
{
    static const size_t sizes[] = {1, 4096, 65536, TRANSFER_STEP, TRANSFER_STEP + 12345};
    (void)state;
    assert_int_equal(written_then("", 0), 0);
    for (size_t i = 0; i < array_count(sizes); i++) {
        assert_int_equal(written_then("", sizes[i]), 0);
        assert_int_equal(written_then("flip", sizes[i]), SK_ERR_DIGEST);
        assert_int_equal(written_then("cut", sizes[i]), SK_ERR_DIGEST);
        assert_int_equal(written_then("grow", sizes[i]), SK_ERR_DIGEST);
    }
}

static void a_full_medium_ends_the_transfer(void **state)
{
    struct rlimit old, small = {.rlim_cur = 100000};
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    for (int seal = 0; seal < 2; seal++) {
        autofiles struct files f = {0};
        add_source(&f, "small", 10);
        add_source(&f, "large", 5000000);
        add_outputs(&f, seal ? 1 : 2);
        autofree char *text = job_text(&f, seal ? "seal" : "copy", true);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        small.rlim_max = old.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_refused(text, &f, "EFBIG", seal ? -1 : 1);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    }
}

static void only_regular_files_and_empty_outputs_are_taken(void **state)
{
    autofiles struct files f = {0};
    (void)state;
    add_source(&f, "x", 100);
    f.fds[f.count++] = open("/dev/full", O_RDWR | O_CLOEXEC);
    autofree char *text = job_text(&f, "copy", true);
    assert_refused(text, &f, "SK_ERR_STATE", 0);
    close(f.fds[1]);
    f.fds[1] = nameless_file();
    fill_file(f.fds[1], 1);
    assert_refused(text, &f, "SK_ERR_STATE", 0);
    int source = f.fds[0], ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    f.fds[0] = ends[0];
    assert_refused(text, &f, "SK_ERR_STATE", 0);
    close(ends[0]);
    close(ends[1]);
    f.fds[0] = source;
    /* an output that can't be read back is no output */
    close(f.fds[1]);
    char path[] = "/tmp/sekisho-export-XXXXXX";
    close(mkostemp(path, O_CLOEXEC));
    f.fds[1] = open(path, O_WRONLY | O_CLOEXEC);
    unlink(path);
    assert_refused(text, &f, "EBADF", 0);
}

static void a_thousand_files_travel_in_batches(void **state)
{
    autofiles struct files f = {0};
    struct export_answer answer;
    struct rlimit limit;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 20000 ? limit.rlim_max : 20000;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (int i = 0; i < FILES_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "folder/%d", i);
        add_source(&f, name, (size_t)i);
    }
    add_outputs(&f, FILES_MAX);
    autofree char *copy = job_text(&f, "copy", true);
    assert_int_equal(transfer(copy, &f, &answer), 0);
    assert_int_equal(answer.type, SK_MSG_JOB_DONE);
    const json_t *last = json_array_get(record_member(answer.object, "files"), FILES_MAX - 1);
    assert_same_content(f.fds[FILES_MAX - 1], f.fds[2 * FILES_MAX - 1],
                        record_text(last, "sha256"));
    json_decref(answer.object);
}

static void the_answer_names_what_was_sealed(void **state)
{
    autofiles struct files f = {0};
    struct export_answer answer;
    struct stat st;
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    (void)state;
    add_source(&f, "a", 0);
    add_source(&f, "b", 3000000);
    add_outputs(&f, 1);
    autofree char *text = job_text(&f, "seal", true);
    assert_int_equal(transfer(text, &f, &answer), 0);
    assert_int_equal(answer.type, SK_MSG_JOB_DONE);
    assert_int_equal(fstat(f.fds[2], &st), 0);
    assert_int_equal(record_number(answer.object, "sealed.bytes"), st.st_size);
    assert_int_equal(digest_of_fd(f.fds[2], digest, NULL), 0);
    digest_hex(hex, digest);
    assert_string_equal(record_text(answer.object, "sealed.sha256"), hex);
    const json_t *files = record_member(answer.object, "files");
    assert_string_equal(record_text(json_array_get(files, 0), "sha256"), DIGEST_OF_NOTHING);
    assert_int_equal(record_number(json_array_get(files, 1), "bytes"), 3000000);
    json_decref(answer.object);
    /* nothing of the plaintext or the names is readable in it */
    autobuf struct buf sealed = {0};
    char plain[32];
    assert_int_equal(fd_pread_full(f.fds[1], plain, sizeof plain, 1000), sizeof plain);
    assert_int_equal(lseek(f.fds[2], 0, SEEK_SET), 0);
    assert_int_equal(fd_read_all(f.fds[2], 4000000, &sealed), 0);
    assert_null(memmem(sealed.data, sealed.len, plain, sizeof plain));
    assert_null(memmem(sealed.data, sealed.len, "SHA256SUMS", 10));
}

static void it_ends_when_the_asker_goes(void **state)
{
    autofiles struct files f = {0};
    struct export_peer peer;
    (void)state;
    struct rlimit old, large;
    /* 64 GiB of hole would take minutes; the limit is for the disk, should it not end */
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    large = (struct rlimit){.rlim_cur = (rlim_t)1 << 32, .rlim_max = old.rlim_max};
    f.fds[f.count++] = nameless_file();
    assert_int_equal(ftruncate(f.fds[0], (off_t)1 << 36), 0);
    add_outputs(&f, 1);
    const char *text = "{\"mode\":\"copy\",\"files\":[{\"name\":\"x\",\"bytes\":68719476736,"
                       "\"sha256\":\"\"}]}";
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &large), 0);
    assert_int_equal(peer_start(&peer, NULL), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(peer_send(&peer, text, f.fds, f.count), 0);
    autowire struct wire_message m = {0};
    assert_int_equal(wire_receive(peer.answer, &m, PEER_LIMIT_MS), 0);
    assert_int_equal(m.type, SK_MSG_JOB_PROGRESS);
    uint64_t before = clock_boot_ns();
    assert_int_equal(WEXITSTATUS(peer_end(&peer)), 1);
    assert_true(clock_boot_ns() - before < UINT64_C(2000000000));
}

static void progress_is_told_at_most_ten_times_a_second(void **state)
{
    autofiles struct files f = {0};
    struct export_answer answer;
    (void)state;
    add_source(&f, "x", 0);
    assert_int_equal(ftruncate(f.fds[0], 300 << 20), 0);
    add_outputs(&f, 1);
    autofree char *text = job_text(&f, "copy", false);
    uint64_t before = clock_boot_ns();
    assert_int_equal(transfer(text, &f, &answer), 0);
    uint64_t tenths = (clock_boot_ns() - before) / 100000000;
    assert_true(answer.progress > 0);
    assert_true(answer.progress <= tenths + 1);
    assert_true(answer.last_bytes <= answer.last_total);
    assert_int_equal(answer.last_total, 300 << 20);
    json_decref(answer.object);
}

static void malformed_jobs_are_refused(void **state)
{
#define ONE  "\"bytes\":0,\"sha256\":\"" DIGEST_OF_NOTHING "\""
#define REST "\"recipients\":[\"" RECIPIENT "\"],\"digests-name\":\"SHA256SUMS\"}"
    static const struct {
        const char *text, *code;
    } bad[] = {
        {"", "SK_ERR_FORMAT"},
        {"{}", "SK_ERR_FORMAT"},
        {"{\"mode\":\"move\",\"files\":[{\"name\":\"x\"}]}", "SK_ERR_FORMAT"},
        {"{\"mode\":\"copy\",\"files\":[]}", "SK_ERR_FORMAT"},
        {"{\"mode\":\"copy\",\"files\":[{\"name\":\"x\",\"size\":1}]}", "SK_ERR_FORMAT"},
        {"{\"mode\":\"copy\",\"files\":[{\"bytes\":-1}]}", "SK_ERR_FORMAT"},
        {"{\"mode\":\"copy\",\"files\":[{\"sha256\":\"00\"}]}", "SK_ERR_FORMAT"},
        {"{\"mode\":\"copy\",\"files\":[{\"name\":\"\\\\q\"}]}", "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"x\",\"bytes\":0}]," REST, "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"../x\"," ONE "}]," REST, "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"a/./x\"," ONE "}]," REST, "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"/x\"," ONE "}]," REST, "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"x/\"," ONE "}]," REST, "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"\"," ONE "}]," REST, "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"x\\\\x00\"," ONE "}]," REST, "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"SHA256SUMS\"," ONE "}]," REST, "SK_ERR_EXISTS"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"x\"," ONE "},{\"name\":\"x\"," ONE "}]," REST,
         "SK_ERR_EXISTS"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"x\"," ONE "}],\"digests-name\":\"S\"}",
         "SK_ERR_FORMAT"},
        {"{\"mode\":\"seal\",\"files\":[{\"name\":\"x\"," ONE "}],\"recipients\":[\"age1x\"],"
         "\"digests-name\":\"S\"}",
         "SK_ERR_FORMAT"},
    };
    autofiles struct files f = {0};
    (void)state;
    add_source(&f, "x", 0);
    add_outputs(&f, 1);
    for (size_t i = 0; i < array_count(bad); i++)
        assert_refused(bad[i].text, &f, bad[i].code, -1);
    /* one descriptor too many */
    add_outputs(&f, 1);
    assert_refused("{\"mode\":\"copy\",\"files\":[{\"name\":\"x\"}]}", &f, "SK_ERR_FORMAT", -1);
}

static void digest_lines_are_sha256sums_own(void **state)
{
    static const struct {
        const char *name, *line;
    } cases[] = {
        {"a b", DIGEST_OF_NOTHING "  a b\n"},
        {"a\\b", "\\" DIGEST_OF_NOTHING "  a\\\\b\n"},
        {"a\nb", "\\" DIGEST_OF_NOTHING "  a\\nb\n"},
        {"a\r", "\\" DIGEST_OF_NOTHING "  a\\r\n"},
        {"名簿.txt", DIGEST_OF_NOTHING "  名簿.txt\n"},
    };
    uint8_t digest[DIGEST_LEN];
    (void)state;
    assert_int_equal(digest_of("", 0, digest), 0);
    for (size_t i = 0; i < array_count(cases); i++) {
        autobuf struct buf line = {0};
        tar_digest_line(&line, digest, cases[i].name);
        assert_string_equal(line.data, cases[i].line);
    }
}

/* ---- what was sealed to an area's key ---- */

#define SEALED_CHUNK ((size_t)AGE_CHUNK_LEN + AGE_TAG_LEN)

static char *open_text(const struct age_identity *identity)
{
    char key[AGE_IDENTITY_CAP];
    struct buf b = {0};
    age_identity_format(identity, key);
    buf_printf(&b,
               "{\"mode\":\"open\",\"files\":[{\"name\":\"T-1.tar\",\"bytes\":0,\"sha256\":\"\"}],"
               "\"recipients\":[],\"digests-name\":\"\",\"identity\":\"%s\"}",
               key);
    return buf_steal(&b);
}

/* The sealed form of len random bytes, which go into plain. */
static void seal(const struct age_identity *to, int plain, size_t len, struct buf *sealed)
{
    struct age_recipient recipient;
    struct age_stream stream;
    autofree uint8_t *data = malloc(len + 1);
    uint8_t chunk[SEALED_CHUNK];
    autobulk struct bulk *bulk = NULL;
    assert_int_equal(bulk_new(&bulk), 0);
    fill_file(plain, len);
    assert_int_equal(fd_pread_full(plain, data, len, 0), (ssize_t)len);
    assert_int_equal(age_identity_recipient(to, &recipient), 0);
    assert_int_equal(age_write_header(&recipient, 1, sealed, &stream), 0);
    for (uint64_t index = 0, at = 0;; index++) {
        bool last = len - at <= AGE_CHUNK_LEN;
        size_t n = last ? len - at : AGE_CHUNK_LEN;
        assert_int_equal(age_seal_chunk(&stream, bulk, index, last, data + at, n, chunk), 0);
        buf_put(sealed, chunk, n + AGE_TAG_LEN);
        at += n;
        if (last)
            break;
    }
    assert_int_equal(sealed->err, 0);
}

static void put_sealed(struct files *f, const struct buf *sealed)
{
    int fd = nameless_file();
    assert_int_equal(fd_pwrite_full(fd, sealed->data, sealed->len, 0), 0);
    f->fds[f->count++] = fd;
    f->names[f->sources++] = strdup("T-1.tar");
    add_outputs(f, 1);
}

static void what_was_sealed_to_an_area_is_opened(void **state)
{
    static const size_t sizes[] = {0,
                                   1,
                                   AGE_CHUNK_LEN - 1,
                                   AGE_CHUNK_LEN,
                                   AGE_CHUNK_LEN + 1,
                                   2 * AGE_CHUNK_LEN,
                                   1024 * 1024 + 3};
    struct age_identity identity;
    (void)state;
    assert_int_equal(age_identity_generate(&identity), 0);
    autofree char *text = open_text(&identity);
    for (size_t i = 0; i < array_count(sizes); i++) {
        autofiles struct files f = {0};
        autobuf struct buf sealed = {0};
        autoclose int plain = nameless_file();
        struct export_answer answer;
        uint8_t digest[DIGEST_LEN];
        char hex[DIGEST_HEX_CAP];
        seal(&identity, plain, sizes[i], &sealed);
        put_sealed(&f, &sealed);
        assert_int_equal(transfer(text, &f, &answer), 0);
        assert_int_equal(answer.type, SK_MSG_JOB_DONE);
        const json_t *file = json_array_get(record_member(answer.object, "files"), 0);
        assert_int_equal(record_number(file, "bytes"), sizes[i]);
        assert_same_content(plain, f.fds[1], record_text(file, "sha256"));
        assert_int_equal(digest_of(sealed.data, sealed.len, digest), 0);
        digest_hex(hex, digest);
        assert_string_equal(record_text(answer.object, "sealed.sha256"), hex);
        assert_int_equal(record_number(answer.object, "sealed.bytes"), sealed.len);
        json_decref(answer.object);
    }
}

static void what_was_changed_on_the_way_is_refused(void **state)
{
    struct age_identity identity, other;
    (void)state;
    assert_int_equal(age_identity_generate(&identity), 0);
    assert_int_equal(age_identity_generate(&other), 0);
    autofree char *text = open_text(&identity);
    autofree char *foreign = open_text(&other);
    autobuf struct buf sealed = {0};
    autoclose int plain = nameless_file();
    seal(&identity, plain, (size_t)3 * AGE_CHUNK_LEN, &sealed);
    size_t head = sealed.len - 3 * SEALED_CHUNK;
    const struct {
        size_t len, flip; /* flip: the byte that is changed, SIZE_MAX = none */
        const char *text, *code;
    } rows[] = {
        {sealed.len, head + 5, text, "SK_ERR_TAMPERED"},
        {sealed.len, head + SEALED_CHUNK + 9, text, "SK_ERR_TAMPERED"},
        {sealed.len, sealed.len - 1, text, "SK_ERR_TAMPERED"},
        {sealed.len - 1, SIZE_MAX, text, "SK_ERR_TAMPERED"},
        {head + 2 * SEALED_CHUNK, SIZE_MAX, text, "SK_ERR_TAMPERED"}, /* the end of a chunk */
        {head + SEALED_CHUNK + 3, SIZE_MAX, text, "SK_ERR_TAMPERED"},
        {head, SIZE_MAX, text, "SK_ERR_TAMPERED"},
        {10, SIZE_MAX, text, "SK_ERR_FORMAT"},
        {sealed.len, SIZE_MAX, foreign, "SK_ERR_KEY_UNKNOWN"},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        autofiles struct files f = {0};
        autobuf struct buf changed = {0};
        buf_put(&changed, sealed.data, rows[i].len);
        if (rows[i].flip != SIZE_MAX)
            changed.data[rows[i].flip] ^= 1;
        put_sealed(&f, &changed);
        assert_refused(rows[i].text, &f, rows[i].code, 0);
    }
    autofiles struct files f = {0};
    buf_putc(&sealed, 'x');
    put_sealed(&f, &sealed);
    assert_refused(text, &f, "SK_ERR_TAMPERED", 0);
}

static void a_key_belongs_to_one_sealed_file(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{\"mode\":\"open\",\"files\":[{\"name\":\"a\"}],\"recipients\":[]}",
        "{\"mode\":\"open\",\"files\":[{\"name\":\"a\"}],\"recipients\":[],\"identity\":\"age1x\"}",
        "{\"mode\":\"copy\",\"files\":[{\"name\":\"a\"}],\"recipients\":[],\"identity\":\"x\"}",
        ("{\"mode\":\"open\",\"files\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"recipients\":[],"
         "\"identity\":\"AGE-SECRET-KEY-"
         "1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQS0NF8KN\"}"),
    };
    for (size_t i = 0; i < array_count(wrong); i++) {
        autojob struct job job = {0};
        assert_int_equal(job_parse(wrong[i], strlen(wrong[i]), &job), SK_ERR_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_identical_at_every_size),
        cmocka_unit_test(content_that_is_not_the_permits_is_refused),
        cmocka_unit_test(a_source_must_not_change_while_it_is_read),
        cmocka_unit_test(what_lies_on_the_medium_is_compared),
        cmocka_unit_test(a_full_medium_ends_the_transfer),
        cmocka_unit_test(only_regular_files_and_empty_outputs_are_taken),
        cmocka_unit_test(a_thousand_files_travel_in_batches),
        cmocka_unit_test(the_answer_names_what_was_sealed),
        cmocka_unit_test(it_ends_when_the_asker_goes),
        cmocka_unit_test(progress_is_told_at_most_ten_times_a_second),
        cmocka_unit_test(malformed_jobs_are_refused),
        cmocka_unit_test(digest_lines_are_sha256sums_own),
        cmocka_unit_test(what_was_sealed_to_an_area_is_opened),
        cmocka_unit_test(what_was_changed_on_the_way_is_refused),
        cmocka_unit_test(a_key_belongs_to_one_sealed_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
