/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base-fdio.c owns the tests of whole reads and writes and of files that appear whole or not at all.
 * It must never leave anything outside its scratch folder, nor that folder. */
#include "cmocka-head.h"
#include <fcntl.h>
#include <poll.h>
#include <sekisho/err.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include "base/digest.h"
#include "base/fdio.h"

static char scratch[] = "/tmp/sekisho-fdio.XXXXXX";
static int scratch_fd = -1;

static void written_whole_and_read_whole(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct stat st;
    assert_int_equal(file_write_atomic(scratch_fd, "a", "one", 3, 0640), 0);
    assert_int_equal(file_write_atomic(scratch_fd, "a", "second", 6, 0600), 0);
    assert_int_equal(file_read(scratch_fd, "a", 6, &b), 0);
    assert_string_equal(b.data, "second");
    assert_int_equal(fstatat(scratch_fd, "a", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(faccessat(scratch_fd, "a.new", F_OK, 0), -1);
}

static void limits_of_reading(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    assert_int_equal(file_write_atomic(scratch_fd, "l", "123456", 6, 0600), 0);
    assert_int_equal(file_read(scratch_fd, "l", 5, &b), SK_ERR_LIMIT);
    assert_int_equal(file_read(scratch_fd, "none", 5, &b), -ENOENT);
    assert_int_equal(file_read(scratch_fd, ".", 5, &b), -EISDIR);
    buf_reset(&b);
    buf_puts(&b, "before ");
    assert_int_equal(file_read(scratch_fd, "l", 6, &b), 0);
    assert_string_equal(b.data, "before 123456");
    autobuf struct buf endless = {0};
    assert_int_equal(file_read(AT_FDCWD, "/dev/zero", 1000000, &endless), SK_ERR_LIMIT);
}

static void a_failed_write_changes_nothing(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct rlimit old, small;
    assert_int_equal(file_write_atomic(scratch_fd, "f", "kept", 4, 0600), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){.rlim_cur = 100, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    autofree char *big = calloc(1, 5000);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int r = file_write_atomic(scratch_fd, "f", big, 5000, 0600);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(r, -EFBIG);
    assert_int_equal(file_read(scratch_fd, "f", 100, &b), 0);
    assert_string_equal(b.data, "kept");
    assert_int_equal(faccessat(scratch_fd, "f.new", F_OK, 0), -1);
    assert_int_equal(file_write_atomic(scratch_fd, "none/f", "x", 1, 0600), -ENOENT);
}

static void a_planted_link_is_not_followed(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    assert_int_equal(file_write_atomic(scratch_fd, "victim", "safe", 4, 0600), 0);
    assert_int_equal(symlinkat("victim", scratch_fd, "t.new"), 0);
    assert_int_equal(file_write_atomic(scratch_fd, "t", "mine", 4, 0600), 0);
    assert_int_equal(file_read(scratch_fd, "victim", 10, &b), 0);
    assert_string_equal(b.data, "safe");
}

static void offsets(void **state)
{
    (void)state;
    char back[8] = {0};
    autoclose int fd = openat(scratch_fd, "o", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(fd_pwrite_full(fd, "xyz", 3, 5), 0);
    assert_int_equal(fd_pread_full(fd, back, 8, 0), 8);
    assert_memory_equal(back, "\0\0\0\0\0xyz", 8);
    assert_int_equal(fd_pread_full(fd, back, 8, 6), 2);
    assert_int_equal(fd_pread_full(fd, back, 8, 100), 0);
    assert_int_equal(fd_read_full(fd, back, 4), 4);
    assert_int_equal(fd_read_full(fd, back, 8), 4);
    assert_int_equal(fd_read_full(-1, back, 8), -EBADF);
    assert_int_equal(fd_write_full(-1, back, 8), -EBADF);
    uint8_t sum[DIGEST_LEN];
    uint64_t bytes = 0;
    assert_int_equal(digest_of_fd(fd, sum, &bytes), 0);
    assert_int_equal(bytes, 8);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 8);
}

static void sealed_memory_stays_as_it_is(void **state)
{
    (void)state;
    char back[5] = {0};
    autoclose int fd = fd_memory_sealed("test", "bytes", 5);
    assert_true(fd >= 0);
    assert_int_equal(fd_pread_full(fd, back, 5, 0), 5);
    assert_memory_equal(back, "bytes", 5);
    assert_int_equal(fd_pwrite_full(fd, "other", 5, 0), -EPERM);
    assert_int_equal(ftruncate(fd, 1), -1);
    assert_true(mmap(NULL, 5, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
}

static void waiting_has_an_end(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fd_wait(ends[0], POLLIN, 10), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(fd_wait(ends[0], POLLIN, 1000), 1);
    close(ends[0]);
    close(ends[1]);
}

static void folders_are_found(void **state)
{
    (void)state;
    assert_int_equal(dir_sync_of(scratch_fd, "a"), 0);
    assert_int_equal(dir_sync_of(AT_FDCWD, "/etc"), 0);
    assert_int_equal(dir_sync_of(scratch_fd, "none/a"), -ENOENT);
}

static int open_scratch(void **state)
{
    (void)state;
    if (!mkdtemp(scratch))
        return -1;
    scratch_fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return scratch_fd < 0;
}

static void signals_are_read_not_died_of(void **state)
{
    (void)state;
    int ends[2];
    autoclose int signals = fd_signals(false);
    assert_true(signals >= 0);
    assert_int_equal(raise(SIGHUP), 0);
    assert_int_equal(fd_wait(signals, POLLIN, 0), 1);
    struct signalfd_siginfo info;
    assert_int_equal(read(signals, &info, sizeof info), sizeof info);
    assert_int_equal(info.ssi_signo, SIGHUP);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    assert_int_equal(fd_write_full(ends[1], "x", 1), -EPIPE);
    close(ends[1]);
}

static int drop_scratch(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "l", "f", "victim", "t", "t.new", "o"};
    for (size_t i = 0; i < array_count(names); i++)
        unlinkat(scratch_fd, names[i], 0);
    close(scratch_fd);
    return rmdir(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_whole_and_read_whole),
        cmocka_unit_test(limits_of_reading),
        cmocka_unit_test(a_failed_write_changes_nothing),
        cmocka_unit_test(a_planted_link_is_not_followed),
        cmocka_unit_test(offsets),
        cmocka_unit_test(sealed_memory_stays_as_it_is),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(folders_are_found),
        cmocka_unit_test(signals_are_read_not_died_of),
    };
    return cmocka_run_group_tests(tests, open_scratch, drop_scratch);
}
