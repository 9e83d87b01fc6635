/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-scratch.c tests what goes of a home folder at a room's end, and that nothing else does. */
#include "cmocka-head.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/str.h"
#include "room/scratch.h"

static char top[] = "/tmp/sekisho-scratch-XXXXXX";
static int top_fd, home_fd;

static void put(const char *path, const char *text)
{
    int fd = openat(top_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void folders(const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(mkdirat(top_fd, paths[i], 0700), 0);
}

static bool there(const char *path)
{
    struct stat st;
    return fstatat(top_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void sweep(void)
{
    char command[128];
    snprintf(command, sizeof command, "chmod -R u+rwx %s 2>/dev/null; rm -rf %s", top, top);
    assert_int_equal(system(command), 0);
}

/* An area with one home folder, full of what people leave behind. */
static int set_up(void **state)
{
    (void)state;
    static const char *const made[] = {
        "docs", "home", "home/.tmp", "home/.tmp/deep", "home/.tmp/deep/er", "home/.cache",
        "home/.cache/thumbnails", "home/.local", "home/.local/share", "home/.local/share/Trash",
        "home/.local/share/Trash/files", "home/.config"};
    strcpy(top, "/tmp/sekisho-scratch-XXXXXX");
    assert_non_null(mkdtemp(top));
    top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folders(made, array_count(made));
    put("docs/report", "document");
    put("home/.tmp/a", "12345");
    put("home/.tmp/deep/er/b", "123");
    put("home/.cache/thumbnails/c", "12");
    put("home/.local/share/Trash/files/d", "1");
    put("home/.local/share/recently-used.xbel", "1234567");
    put("home/.local/share/other", "stays");
    put("home/.config/settings", "stays");
    put("home/letter", "stays");
    home_fd = openat(top_fd, "home", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return home_fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    close(home_fd);
    close(top_fd);
    sweep();
    return 0;
}

static struct scratch_removed clean(enum scratch which)
{
    struct scratch_removed removed;
    scratch_clean(home_fd, which, clock_boot_ns() + 10000000000ull, &removed);
    assert_true(removed.known);
    return removed;
}

static void temporary_things_go(void **state)
{
    (void)state;
    struct scratch_removed r = clean(SCRATCH_TEMPORARY);
    assert_true(r.complete);
    assert_int_equal(r.files, 5);
    assert_int_equal(r.bytes, 5 + 3 + 2 + 1 + 7);
    assert_false(there("home/.tmp/a") || there("home/.tmp/deep") || there("home/.cache/thumbnails") ||
                 there("home/.local/share/Trash/files") || there("home/.local/share/recently-used.xbel"));
    assert_true(there("home/.tmp") && there("home/.cache") && there("home/.local/share/other") &&
                there("home/.config/settings") && there("home/letter") && there("docs/report"));
    r = clean(SCRATCH_TEMPORARY);
    assert_true(r.complete && r.files == 0 && r.bytes == 0);
}

static void all_goes_and_no_more(void **state)
{
    (void)state;
    struct scratch_removed r = clean(SCRATCH_ALL);
    assert_true(r.complete);
    assert_int_equal(r.files, 8);
    assert_false(there("home/letter") || there("home/.config") || there("home/.tmp"));
    assert_true(there("home") && there("docs/report"));
}

static void nothing_goes_where_it_is_kept(void **state)
{
    (void)state;
    struct scratch_removed r = clean(SCRATCH_KEEP);
    assert_true(r.files == 0 && there("home/.tmp/deep/er/b"));
}

static void links_are_removed_not_followed(void **state)
{
    (void)state;
    assert_int_equal(symlinkat("../../docs", top_fd, "home/.tmp/way-out"), 0);
    assert_int_equal(symlinkat("/etc/passwd", top_fd, "home/.tmp/far"), 0);
    assert_int_equal(linkat(top_fd, "docs/report", top_fd, "home/.tmp/second-name", 0), 0);
    struct scratch_removed r = clean(SCRATCH_TEMPORARY);
    assert_true(r.complete);
    assert_int_equal(r.files, 8);
    /* what has another name is not gone, so its bytes don't count */
    assert_int_equal(r.bytes, 5 + 3 + 2 + 1 + 7);
    assert_true(there("docs/report"));
    assert_false(there("home/.tmp/way-out") || there("home/.tmp/second-name"));
}

static void folders_that_are_links_stay(void **state)
{
    (void)state;
    assert_int_equal(renameat(top_fd, "home/.cache", top_fd, "home/.old-cache"), 0);
    assert_int_equal(symlinkat("../docs", top_fd, "home/.cache"), 0);
    assert_int_equal(renameat(top_fd, "home/.local", top_fd, "elsewhere"), 0);
    assert_int_equal(symlinkat("../elsewhere", top_fd, "home/.local"), 0);
    struct scratch_removed r = clean(SCRATCH_TEMPORARY);
    assert_false(r.complete);
    assert_int_equal(r.files, 2);
    assert_true(there("docs/report") && there("elsewhere/share/Trash/files/d"));
}

/* Also one that leads to what stays in the same home folder. */
static void links_inside_lead_nowhere(void **state)
{
    (void)state;
    assert_int_equal(symlinkat(".config", top_fd, "home/.thumbnails"), 0);
    struct scratch_removed r = clean(SCRATCH_TEMPORARY);
    assert_false(r.complete);
    assert_int_equal(r.files, 5);
    assert_true(there("home/.config/settings") && there("home/.thumbnails"));
}

/* What is mounted there is not the home folder's. */
static void mounts_are_not_entered(void **state)
{
    (void)state;
    char on[sizeof top + sizeof "/home/.cache"];
    if (geteuid() != 0)
        skip();
    pid_t pid = fork(); /* the mount goes with its namespace */
    if (pid == 0) {
        snprintf(on, sizeof on, "%s/home/.cache", top);
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("tmpfs", on, "tmpfs", 0, NULL) != 0)
            _exit(2);
        close(home_fd);
        close(top_fd);
        top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        home_fd = openat(top_fd, "home", O_PATH | O_DIRECTORY | O_CLOEXEC);
        put("home/.cache/foreign", "1");
        struct scratch_removed r = clean(SCRATCH_TEMPORARY);
        _exit(!r.complete && r.files == 4 && there("home/.cache/foreign") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2)
        skip(); /* root that may not mount */
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void closed_folders_are_opened(void **state)
{
    (void)state;
    assert_int_equal(fchmodat(top_fd, "home/.tmp/deep/er", 0, 0), 0);
    assert_int_equal(fchmodat(top_fd, "home/.tmp/deep", 0555, 0), 0);
    struct scratch_removed r = clean(SCRATCH_TEMPORARY);
    assert_true(r.complete);
    assert_false(there("home/.tmp/deep"));
}

static void time_is_limited(void **state)
{
    (void)state;
    struct scratch_removed r;
    scratch_clean(home_fd, SCRATCH_TEMPORARY, clock_boot_ns(), &r);
    assert_false(r.complete);
    assert_int_equal(r.files, 0);
}

static void depth_is_limited(void **state)
{
    (void)state;
    int fd = openat(top_fd, "home/.tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(mkdirat(fd, "d", 0700), 0);
        int next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    close(fd);
    struct scratch_removed r = clean(SCRATCH_TEMPORARY);
    assert_false(r.complete);
    assert_int_equal(r.files, 5);
}

static void words_are_words(void **state)
{
    (void)state;
    enum scratch s;
    assert_true(scratch_of_word("all", &s) && s == SCRATCH_ALL);
    assert_string_equal(scratch_word(SCRATCH_TEMPORARY), "temporary");
    assert_false(scratch_of_word("", &s) || scratch_of_word("ALL", &s));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(temporary_things_go),         TEST(all_goes_and_no_more),
        TEST(nothing_goes_where_it_is_kept), TEST(links_are_removed_not_followed),
        TEST(folders_that_are_links_stay), TEST(closed_folders_are_opened),
        TEST(links_inside_lead_nowhere),   TEST(mounts_are_not_entered),
        TEST(time_is_limited),             TEST(depth_is_limited),
        cmocka_unit_test(words_are_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
