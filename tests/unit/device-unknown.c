/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-unknown.c proves that what can't be learnt of loop devices is never "none": an image that somebody has open gets no
 * second loop device, is not overwritten, and what was held stays held. The linker puts this file's functions in the place of
 * those that ask the kernel. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/child.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "cmocka-head.h"
#include "device/erase.h"
#include "device/held.h"
#include "device/loopdev.h"
#include "device/sweep.h"

#define SYS_BLOCK "/sys/block"
#define BYTES     8192 /* of the image */
#define REAL      1    /* as the answer to loopdev_hold: ask it */

static char top[64], folder[128], image[192];
static int answer;                /* of loopdev_hold */
static const char *blocks;        /* the folder that stands for /sys/block, NULL = it can't be read */
static enum { CHILD_REAL, CHILD_FAILS, CHILD_DIES, CHILD_SILENT } children;
static uint64_t time_passes_ns;   /* at each look at the clock */
static char told[256];            /* by sweep_mounts and held_look */

int __real_loopdev_hold(int image_fd, char ret_path[static LOOPDEV_PATH_CAP]);
int __wrap_loopdev_hold(int image_fd, char ret_path[static LOOPDEV_PATH_CAP]);
DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
int __real_file_read(int dir_fd, const char *path, size_t max, struct buf *b);
int __wrap_file_read(int dir_fd, const char *path, size_t max, struct buf *b);
int __real_child_start(struct child *ret, const int *keep, size_t count, void (*run)(void *context, int sock), void *context,
                       struct fault *f);
int __wrap_child_start(struct child *ret, const int *keep, size_t count, void (*run)(void *context, int sock), void *context,
                       struct fault *f);
uint64_t __real_clock_boot_ns(void);
uint64_t __wrap_clock_boot_ns(void);

int __wrap_loopdev_hold(int image_fd, char ret_path[static LOOPDEV_PATH_CAP])
{
    return answer == REAL ? __real_loopdev_hold(image_fd, ret_path) : answer;
}

DIR *__wrap_opendir(const char *path)
{
    if (!str_eq(path, SYS_BLOCK))
        return __real_opendir(path);
    errno = EACCES;
    return blocks ? __real_opendir(blocks) : NULL;
}

/* Each of the loop devices there is bound to a file with the image's name. */
int __wrap_file_read(int dir_fd, const char *path, size_t max, struct buf *b)
{
    if (!str_starts(path, SYS_BLOCK "/loop"))
        return __real_file_read(dir_fd, path, max, b);
    buf_puts(b, "/elsewhere/one.img\n");
    return b->err;
}

static void dies(void *context, int sock)
{
    (void)context;
    (void)sock;
}

static void is_silent(void *context, int sock)
{
    char byte;
    (void)context;
    (void)!read(sock, &byte, 1);
}

int __wrap_child_start(struct child *ret, const int *keep, size_t count, void (*run)(void *context, int sock), void *context,
                       struct fault *f)
{
    if (children == CHILD_FAILS)
        return fault_set(f, -EAGAIN, "no process");
    if (children != CHILD_REAL)
        run = children == CHILD_DIES ? dies : is_silent;
    return __real_child_start(ret, keep, count, run, context, f);
}

uint64_t __wrap_clock_boot_ns(void)
{
    static uint64_t passed;
    passed += time_passes_ns;
    return __real_clock_boot_ns() + passed;
}

static int set_up(void **state)
{
    (void)state;
    snprintf(top, sizeof top, "/tmp/sekisho-unknown.XXXXXX");
    if (!mkdtemp(top) || sk_paths_choose(top) != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s/lib", top);
    mkdir(folder, 0700);
    snprintf(folder, sizeof folder, "%s/blocks", top);
    mkdir(folder, 0700);
    snprintf(image, sizeof image, "%s/blocks/loop901", top);
    mkdir(image, 0700);
    mkdir(sk_path(SK_PATH_AREAS), 0700);
    snprintf(image, sizeof image, "%s/one.img", sk_path(SK_PATH_AREAS));
    int fd = open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, BYTES) != 0)
        return -1;
    close(fd);
    answer = REAL;
    blocks = folder;
    children = CHILD_REAL;
    time_passes_ns = 0;
    told[0] = '\0';
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int open_image(void)
{
    int fd = open(image, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void tell(const char *id, const char *why)
{
    autofree char *plain = strdup(why);
    assert_non_null(plain);
    phrase_plain(plain);
    snprintf(told, sizeof told, "%s: %s", id, plain);
}

/* --- loopdev ---------------------------------------------------------------------------------- */

static void asked(int expected)
{
    char path[LOOPDEV_PATH_CAP];
    struct fault f = {0};
    autoclose int fd = open_image();
    assert_int_equal(loopdev_hold(fd, path), expected);
    if (expected == LOOPDEV_NONE)
        return; /* a real one would be made */
    assert_int_equal(loopdev_open(fd, path, &f), SK_ERR_STATE);
    assert_non_null(strstr(f.why, "does not tell whether"));
}

static void an_image_that_nobody_else_has_has_none(void **state)
{
    (void)state;
    blocks = NULL;
    children = CHILD_FAILS;
    asked(LOOPDEV_NONE);
}

static void what_cant_be_asked_is_unknown(void **state)
{
    (void)state;
    autoclose int somebodys = open(image, O_RDONLY | O_CLOEXEC);
    asked(LOOPDEV_NONE); /* there is no such device any more: whoever has it open is some reader */
    blocks = NULL;
    asked(LOOPDEV_UNKNOWN);
    blocks = folder;
    children = CHILD_FAILS;
    asked(LOOPDEV_UNKNOWN);
    children = CHILD_DIES;
    asked(LOOPDEV_UNKNOWN);
    children = CHILD_SILENT;
    time_passes_ns = 3000000000u; /* for longer than is waited */
    asked(LOOPDEV_UNKNOWN);
    assert_true(somebodys >= 0);
}

/* --- who asks --------------------------------------------------------------------------------- */

static void look_at_held(struct held_list *l, int said, size_t left)
{
    answer = said;
    told[0] = '\0';
    held_look(l, tell);
    assert_int_equal(l->count, left);
    assert_int_equal(told[0] == '\0', left > 0);
}

static void what_is_held_stays_so_until_that_is_known(void **state)
{
    (void)state;
    char elsewhere[256];
    const struct backing none = {.hold_fd = -1};
    struct held_list l = {0};
    held_note(&l, "one", "", &none, 0, "");
    look_at_held(&l, LOOPDEV_UNKNOWN, 1);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", top);
    assert_int_equal(rename(image, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, image), 0);
    look_at_held(&l, LOOPDEV_NONE, 1); /* its image is there and can't be opened */
    assert_int_equal(rename(elsewhere, image), 0);
    look_at_held(&l, LOOPDEV_NONE, 0);
    assert_string_equal(told, "one: no mount holds it any more: closed now");
}

static void a_start_says_what_it_cant_tell(void **state)
{
    (void)state;
    struct area_table t = {0};
    answer = LOOPDEV_NONE;
    sweep_mounts(&t, tell);
    assert_string_equal(told, "");
    answer = LOOPDEV_UNKNOWN;
    sweep_mounts(&t, tell);
    assert_non_null(strstr(told, "one: another process has its image open"));
    assert_int_equal(t.count, 0);
}

static int erase(int said, struct fault *f)
{
    autoclose int fd = open_image();
    struct erase_target t = {.area = "one", .fd = fd, .parent_fd = -1, .size = BYTES, .bytes = BYTES};
    struct overwrite o = {0};
    answer = said;
    time_passes_ns = 11000000000u; /* longer than a loop device may take to go */
    assert_int_equal(overwrite_begin(&o, BYTES, f), 0);
    int r = erase_run_area(&t, &o, f);
    overwrite_clear(&o);
    return r;
}

static bool is_empty(void)
{
    static const char zeros[BYTES];
    autobuf struct buf b = {0};
    assert_int_equal(file_read(AT_FDCWD, image, BYTES, &b), 0);
    return b.len == BYTES && memcmp(b.data, zeros, BYTES) == 0;
}

static void nothing_is_overwritten_that_may_be_in_use(void **state)
{
    (void)state;
    struct fault f = {0}, none = {0};
    assert_int_equal(erase(LOOPDEV_UNKNOWN, &f), SK_ERR_STATE);
    assert_non_null(strstr(f.why, "does not tell whether"));
    assert_true(is_empty());
    assert_int_equal(erase(LOOPDEV_NONE, &none), 0);
}

#define AT_TOP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_TOP(an_image_that_nobody_else_has_has_none),
        AT_TOP(what_cant_be_asked_is_unknown),
        AT_TOP(what_is_held_stays_so_until_that_is_known),
        AT_TOP(a_start_says_what_it_cant_tell),
        AT_TOP(nothing_is_overwritten_that_may_be_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
