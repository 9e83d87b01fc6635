/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init_main.c owns the start of a room's first process: from root with few capabilities to the person
 * with none. It must never read anything of the person's, nor a message, before that is done.
 *
 * sekisho-room-init serve UID GID GROUPS HOME FD SCRATCH FD   the listening socket; what to remove at
 *                                                  the end (scratch.h), and where to say what it was
 * sekisho-room-init run UID GID GROUPS PROGRAM …   become the person, then that program
 * lp …, lpr …                                      say that nothing is printed from a room */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "room/init.h"
#include "room/request.h"
#include "room/scratch.h"
#include "sandbox/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
/* The leak checker traces its own process, which a room forbids. Read by the run-time before main. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

static int fail(const char *what, int code)
{
    fprintf(stderr, "sekisho-room-init: %s: %s\n", what, strerror(-code));
    return 1;
}

static int number(const char *text, uint64_t max, uint64_t *ret)
{
    return str_to_u64(text, max, ret);
}

/* "10,20" or "-" */
static int take_groups(const char *text, gid_t *groups, size_t *ret_count)
{
    const char *word;
    size_t len;
    if (str_eq(text, "-"))
        return 0;
    while (str_next_word(&text, &word, &len)) {
        char digits[16];
        uint64_t gid;
        if (*ret_count == REQUEST_GROUPS_MAX || len >= sizeof digits)
            return -E2BIG;
        memcpy(digits, word, len);
        digits[len] = '\0';
        if (number(digits, UINT32_MAX - 1, &gid) != 0 || gid == 0)
            return -EINVAL;
        groups[(*ret_count)++] = (gid_t)gid;
    }
    return 0;
}

static int read_only(const char *mounted, unsigned long flags)
{
    flags |= MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC;
    return mount(NULL, mounted, NULL, flags, NULL) == 0 ? 0 : -errno;
}

/* The kernel's own files, for reading only: by its name in /proc a process could tell the outside what it
 * likes (process connector), and what a core holds could be set there. From Linux 6.16 on a collector of
 * cores may listen on a socket; the kernel then looks at no limit, so the cores have no memory in them
 * (core(5): coredump_filter). */
static int close_proc(void)
{
    static const char none[] = "0";
    int filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (filter < 0 && errno != ENOENT)
        return -errno;
    int r = filter < 0 ? 0 : fd_write_full(filter, none, sizeof none - 1);
    if (filter >= 0)
        close(filter); /* what is open for writing keeps its mount writable */
    return r == 0 ? read_only("/proc", MS_NODEV) : r;
}

/* These nodes are the PC's own, writable to all: their times could be set, and everybody sees them. What is
 * written to a device goes there all the same. */
static int close_devices(void)
{
    static const char *const nodes[] = {"/dev/null",   "/dev/zero",    "/dev/full",
                                        "/dev/random", "/dev/urandom", "/dev/tty"};
    int r = 0;
    for (size_t i = 0; i < array_count(nodes) && r == 0; i++)
        r = read_only(nodes[i], 0);
    return r;
}

static int become_person(char **argv, uid_t *ret_uid)
{
    static gid_t groups[REQUEST_GROUPS_MAX];
    struct sandbox_person person = {.groups = groups};
    uint64_t uid, gid;
    if (number(argv[2], UINT32_MAX - 1, &uid) != 0 || number(argv[3], UINT32_MAX - 1, &gid) != 0 ||
        uid == 0 || gid == 0 || take_groups(argv[4], groups, &person.group_count) != 0)
        return -EINVAL;
    person.uid = (uid_t)uid;
    person.gid = (gid_t)gid;
    /* nothing that is mounted outside from now on shall appear in here */
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return -errno;
    *ret_uid = person.uid;
    int r = close_proc();
    if (r == 0)
        r = close_devices();
    return r == 0 ? sandbox_enter_inside(&person) : r;
}

/* Folders that programs expect. What can't be made is missed by who needs it. */
static void make_folders(const struct init *in)
{
    static const char *const below[] = {".tmp", "room-output"};
    char path[64];
    snprintf(path, sizeof path, "/run/user/%u", in->uid);
    mkdir(path, 0700);
    autoclose int home = in->home ? open(in->home, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    for (size_t i = 0; i < array_count(below) && home >= 0; i++)
        mkdirat(home, below[i], 0700);
}

/* Errors went to sekisho-room so far; what programs say belongs into the room. */
static void close_outside(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        dup2(null, fd);
}

/* When nothing else runs here any more. */
static void clean_up(const struct init *in, enum scratch which, int removed_fd)
{
    struct scratch_removed removed;
    autoclose int home = which == SCRATCH_KEEP || !in->home
                             ? -1 : open(in->home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (home < 0)
        return;
    init_alone();
    scratch_clean(home, which, clock_boot_ns() + SCRATCH_LIMIT_MS * 1000000ull, &removed);
    (void)!pwrite(removed_fd, &removed, sizeof removed, 0);
}

static int serve(char **argv)
{
    static struct init in = {.bus = -1};
    enum scratch scratch;
    uint64_t fd, removed_fd;
    int r = become_person(argv, &in.uid);
    if (r != 0)
        return fail("root's rights can't be given up", r);
    if (number(argv[6], INT16_MAX, &fd) != 0 || fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0)
        return fail("no socket to listen on", -EBADF);
    if (!scratch_of_word(argv[7], &scratch) || number(argv[8], INT16_MAX, &removed_fd) != 0 ||
        fcntl((int)removed_fd, F_SETFD, FD_CLOEXEC) != 0)
        return fail("nowhere to say what is removed", -EBADF);
    in.listener = (int)fd;
    in.home = argv[5];
    sigemptyset(&in.mask);
    umask(022);
    in.signals = fd_signals(true);
    if (in.signals < 0)
        return fail("no signals", in.signals);
    make_folders(&in);
    in.bus = helpers_bus_socket(&in);
    close_outside();
    init_serve(&in);
    close(in.listener); /* who comes now is to find another room */
    clean_up(&in, scratch, (int)removed_fd);
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    uid_t uid;
    if (str_eq(name, "lp") || str_eq(name, "lpr"))
        return init_refuse_to_print();
    if (argc == 9 && str_eq(argv[1], "serve"))
        return serve(argv);
    if (argc < 6 || !str_eq(argv[1], "run")) {
        fprintf(stderr, "sekisho-room-init is started by sekisho-room alone\n");
        return 2;
    }
    int r = become_person(argv, &uid);
    if (r != 0)
        return fail("root's rights can't be given up", r);
    execv(argv[5], argv + 5);
    return fail(argv[5], -errno);
}
