/* SPDX-License-Identifier: GPL-3.0-or-later */
/* holders.c owns the search through /proc. It must never open a file on the device that it asks
 * about, and never take a list of mounts that it can't read for an answer of "nobody". */
#include "device/holders.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"

#define READ_STEP     ((size_t)64 * 1024)       /* bytes of maps or mountinfo, which have no limit */
#define COMM_MAX      64                        /* bytes */
#define VIEWS_FIRST   64
#define VIEWS_MAX     65536                     /* that are remembered */
#define SEARCH_NS     10000000000ull            /* for all lists of mounts there are */
#define NUMBER_CAP    48                        /* bytes of "major:minor" as text */

/* inode 0: any file of the device. */
static bool links_to(int dir_fd, const char *name, dev_t device, ino_t inode)
{
    struct statx sx;
    return statx(dir_fd, name, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &sx) == 0 &&
           makedev(sx.stx_dev_major, sx.stx_dev_minor) == device &&
           (inode == 0 || sx.stx_ino == inode);
}

/* Did this open or read of something in /proc fail because there is nothing (any more)? The process has
 * ended, or as a zombie has neither memory nor namespaces. Whatever else it is may hide somebody. */
static bool is_nothing(int error)
{
    return error == ENOENT || error == ESRCH || error == EINVAL;
}

static bool any_descriptor(int process_fd, dev_t device, ino_t inode)
{
    int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return false;
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.' && links_to(fd, e->d_name, device, inode))
            return true;
    return false;
}

/* Is this word (between blanks) in the file, however long that is? Anybody can make their own long. unknown
 * is the answer where it can't be read. */
static bool any_line_has(int process_fd, const char *file, const char *word, bool unknown)
{
    size_t len = strlen(word), kept = 0;
    autofree char *text = malloc(READ_STEP + NUMBER_CAP);
    autoclose int fd = openat(process_fd, file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return unknown && !is_nothing(errno);
    for (ssize_t n; text && (n = read(fd, text + kept, READ_STEP)) != 0;) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return unknown && !is_nothing(errno);
        size_t there = kept + (size_t)n;
        if (memmem(text, there, word, len))
            return true;
        kept = there < len ? there : len - 1;
        memmove(text, text + there - kept, kept);
    }
    return unknown && !text;
}

/* Threads can have descriptors, folders and mounts of their own: is it true of one of them? */
static bool any_thread(int process_fd, bool (*is)(int thread_fd, void *context), void *context)
{
    int fd = openat(process_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return false;
    for (struct dirent *e; (e = readdir(dir));) {
        autoclose int thread = e->d_name[0] == '.'
                                   ? -1 : openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (thread >= 0 && is(thread, context))
            return true;
    }
    return false;
}

struct sought {
    dev_t device;
    ino_t inode;
};

static bool thread_holds(int thread_fd, void *context)
{
    const struct sought *s = context;
    return links_to(thread_fd, "cwd", s->device, s->inode) ||
           links_to(thread_fd, "root", s->device, s->inode) ||
           any_descriptor(thread_fd, s->device, s->inode);
}

/* Who has the same mount namespace and root has the same mountinfo (which hides what the root does not reach). */
struct view {
    uint64_t namespace, root_mount, root;
    dev_t root_device;
};

struct search {
    const char *word;
    uint64_t until_ns; /* CLOCK_BOOTTIME */
    struct view *seen; /* in which it is not */
    size_t count, cap;
    bool late, found;
};

static bool view_of(int thread_fd, struct view *ret)
{
    struct stat namespace;
    struct statx root;
    if (fstatat(thread_fd, "ns/mnt", &namespace, 0) != 0 ||
        statx(thread_fd, "root", AT_STATX_DONT_SYNC, STATX_INO | STATX_MNT_ID, &root) != 0)
        return false;
    *ret = (struct view){.namespace = namespace.st_ino, .root_mount = root.stx_mnt_id, .root = root.stx_ino,
                         .root_device = makedev(root.stx_dev_major, root.stx_dev_minor)};
    return true;
}

static bool was_seen(const struct search *s, const struct view *v)
{
    for (size_t i = s->count; i > 0; i--) {
        const struct view *one = &s->seen[i - 1];
        if (one->namespace == v->namespace && one->root_mount == v->root_mount && one->root == v->root &&
            one->root_device == v->root_device)
            return true;
    }
    return false;
}

/* One that finds no room is read again. */
static void remember_view(struct search *s, const struct view *v)
{
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : VIEWS_FIRST;
        struct view *more = cap <= VIEWS_MAX ? realloc(s->seen, cap * sizeof *more) : NULL;
        if (!more)
            return;
        s->seen = more;
        s->cap = cap;
    }
    s->seen[s->count++] = *v;
}

/* Each view is read once, whoever has it: then it is visited, or is not asked again. */
static bool thread_sees(int thread_fd, void *context)
{
    struct search *s = context;
    struct view v;
    s->late = s->late || clock_boot_ns() > s->until_ns;
    if (s->late)
        return true;
    bool known = view_of(thread_fd, &v);
    if (known && was_seen(s, &v))
        return false;
    s->found = any_line_has(thread_fd, "mountinfo", s->word, true);
    if (known)
        remember_view(s, &v);
    return s->found;
}

static bool holds(int process_fd, dev_t device, ino_t inode)
{
    char word[NUMBER_CAP];
    struct sought sought = {.device = device, .inode = inode};
    /* proc(5): maps has the device as two hexadecimal numbers of at least two digits, then the inode */
    int len = snprintf(word, sizeof word, " %02x:%02x ", major(device), minor(device));
    if (inode != 0)
        snprintf(word + len, sizeof word - (size_t)len, "%ju ", (uintmax_t)inode);
    return links_to(process_fd, "exe", device, inode) ||
           any_thread(process_fd, thread_holds, &sought) || any_line_has(process_fd, "maps", word, false);
}

static bool is_process(const char *name)
{
    return name[0] && strspn(name, "0123456789") == strlen(name);
}

static void show(int process_fd, const char *pid, struct buf *text)
{
    autobuf struct buf comm = {0};
    int r = file_read(process_fd, "comm", COMM_MAX, &comm);
    if (r == 0 && comm.len > 0 && comm.data[comm.len - 1] == '\n')
        comm.len--;
    buf_puts(text, text->len ? ", " : "");
    str_escape(text, comm.data ? comm.data : "?", comm.data ? comm.len : 1);
    buf_printf(text, " (pid %s)", pid);
}

static void name_holders(dev_t device, ino_t inode, pid_t but, struct buf *text)
{
    char own[NUMBER_CAP], other[NUMBER_CAP];
    int shown = 0;
    autodir DIR *dir = opendir("/proc");
    snprintf(own, sizeof own, "%d", getpid());
    snprintf(other, sizeof other, "%d", but);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir)) && shown < HOLDERS_SHOWN_MAX;) {
        if (!is_process(e->d_name) || str_eq(e->d_name, own) ||
            str_eq(e->d_name, other))
            continue;
        autoclose int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || !holds(fd, device, inode))
            continue;
        show(fd, e->d_name, text);
        shown++;
    }
}

void holders_of(dev_t device, pid_t but, struct buf *text)
{
    name_holders(device, 0, but, text);
}

void holders_of_file(dev_t device, ino_t inode, pid_t but, struct buf *text)
{
    name_holders(device, inode, but, text);
}

bool holders_visit_mounted(dev_t device, bool (*visit)(int process_fd, pid_t pid, void *context),
                           void *context)
{
    char word[NUMBER_CAP];
    snprintf(word, sizeof word, " %u:%u ", major(device), minor(device));
    struct search s = {.word = word, .until_ns = clock_boot_ns() + SEARCH_NS};
    autodir DIR *dir = opendir("/proc");
    if (!dir)
        return false;
    for (struct dirent *e; !s.late && (e = readdir(dir));) {
        uint64_t pid = 0;
        if (!is_process(e->d_name) || str_to_u64(e->d_name, INT32_MAX, &pid) != 0)
            continue;
        autoclose int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        s.found = false;
        if (fd >= 0 && any_thread(fd, thread_sees, &s) && s.found && !visit(fd, (pid_t)pid, context))
            break;
    }
    free(s.seen);
    return !s.late;
}

static bool remember(int process_fd, pid_t pid, void *context)
{
    (void)process_fd;
    *(pid_t *)context = pid;
    return false;
}

bool holders_mounted(dev_t device, pid_t *ret_pid)
{
    pid_t pid = 0;
    bool read = holders_visit_mounted(device, remember, &pid);
    if (pid != 0 && ret_pid)
        *ret_pid = pid;
    return !read || pid != 0;
}

static bool name_one(int process_fd, pid_t pid, void *context)
{
    char number[NUMBER_CAP];
    snprintf(number, sizeof number, "%d", (int)pid);
    show(process_fd, number, context);
    return false;
}

void holders_of_mount(dev_t device, struct buf *text)
{
    size_t before = text->len;
    holders_of(device, 0, text);
    if (text->len == before)
        (void)holders_visit_mounted(device, name_one, text);
}
