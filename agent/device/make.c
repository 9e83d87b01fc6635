/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make.c owns the running of mkfs. It must never run anything but a program of its table, and never
 * through a shell. */
#include "device/make.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/str.h"

#define ARGUMENTS_MAX  12
#define COMPLAINT_MAX  ((size_t)400) /* bytes of the program's output that are told */
#define MIB            ((uint64_t)1024 * 1024)

struct maker {
    const char *filesystem;
    uint64_t least_bytes;
    const char *arguments[ARGUMENTS_MAX]; /* the device follows */
};

/* Nothing is discarded: an image file keeps the blocks that were reserved for it. */
static const struct maker makers[] = {
    {"ext4", 8 * MIB,
     {"/sbin/mkfs.ext4", "-q", "-F", "-m", "0", "-E",
      "nodiscard,lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0"}},
    /* mkfs.xfs(8) of xfsprogs 6.1 refuses less */
    {"xfs", 300 * MIB, {"/sbin/mkfs.xfs", "-q", "-f", "-K"}},
};

static const struct maker *maker_of(const char *filesystem)
{
    for (size_t i = 0; i < array_count(makers); i++)
        if (str_eq(makers[i].filesystem, filesystem))
            return &makers[i];
    return NULL;
}

uint64_t make_least_bytes(const char *filesystem)
{
    const struct maker *maker = maker_of(filesystem);
    return maker ? maker->least_bytes : 0;
}

static int spawn_program(const char *const *arguments, int output, pid_t *ret)
{
    static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
                                              NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    int r = posix_spawn_file_actions_init(&actions);
    if (r != 0)
        return -r;
    r = posix_spawnattr_init(&attributes);
    if (r != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -r;
    }
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    if (r == 0) /* the strings are not written to: posix_spawn(3) takes them so for history's sake */
        r = posix_spawn(ret, arguments[0], &actions, &attributes,
                        (char *const *)(uintptr_t)arguments, (char *const *)(uintptr_t)environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -r;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : SK_ERR_STATE;
}

static void read_complaint(int output, struct buf *shown)
{
    char text[COMPLAINT_MAX];
    ssize_t n = fd_pread_full(output, text, sizeof text, 0);
    if (n > 0)
        str_escape(shown, text, (size_t)n);
}

int make_filesystem(const char *filesystem, const char *device, struct fault *f)
{
    const struct maker *maker = maker_of(filesystem);
    const char *arguments[ARGUMENTS_MAX + 2] = {0};
    autobuf struct buf complaint = {0};
    pid_t pid = -1;
    if (!maker)
        return fault_set(f, SK_ERR_UNSUPPORTED, "an area's file system is ext4 or xfs");
    memcpy(arguments, maker->arguments, sizeof maker->arguments);
    size_t count = 0;
    while (arguments[count])
        count++;
    arguments[count] = device;
    autoclose int output = memfd_create("mkfs", MFD_CLOEXEC);
    if (output < 0)
        return fault_errno(f, errno, "no memory for the output of %s", arguments[0]);
    int r = spawn_program(arguments, output, &pid);
    if (r != 0)
        return fault_errno(f, -r, "%s can't be run", arguments[0]);
    r = wait_for(pid);
    if (r == 0)
        return 0;
    read_complaint(output, &complaint);
    return fault_set(f, r, "%s failed: %s", arguments[0], complaint.data ? complaint.data : "");
}
