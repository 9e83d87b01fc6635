/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identity.c owns what is read of a process. It must never trust a text that a user can shape
 * (names, link targets): it compares device and inode numbers, owners and modes. It opens nothing
 * but /proc. */
#include "watch/identity.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/fdio.h"
#include "watch/proc.h"
#include "watch/shared.h"
#include "watch/trust.h"

#define CACHE_PLACES      1024 /* a power of two */
#define TEXT_MAX          4096 /* bytes of /proc/PID/status and stat */
#define MAPS_MAX          (16u * 1024 * 1024) /* bytes of /proc/PID/maps */
#define PAGES_AT_ONCE     512  /* of pagemap, in one read */
#define CODE_MAPS_MAX     4096 /* executable file mappings */
/* include/linux/proc_ns.h: the initial user namespace has a fixed inode number */
#define USER_NS_INITIAL   0xEFFFFFFDu

static struct identity places[CACHE_PLACES];

struct identity *identity_place(pid_t pid)
{
    return &places[(unsigned)pid % CACHE_PLACES];
}

struct identity *identity_find(pid_t pid)
{
    struct identity *i = identity_place(pid);
    return i->pid == pid ? i : NULL;
}

void identity_forget(pid_t pid)
{
    struct identity *i = identity_place(pid);
    if (i->pid == pid)
        i->pid = 0;
}

void identity_forget_all(void)
{
    for (size_t i = 0; i < CACHE_PLACES; i++)
        places[i].pid = 0;
}

/* A whole small file of /proc. Bytes, or -errno. */
static ssize_t read_text(int dir, const char *name, char *text, size_t cap)
{
    autoclose int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    return fd_read_full(fd, text, cap);
}

static bool read_stat(int dir, struct proc_stat *ret)
{
    char text[TEXT_MAX];
    ssize_t n = read_text(dir, "stat", text, sizeof text);
    return n > 0 && proc_stat_parse(text, (size_t)n, ret) == 0;
}

static bool read_ids(int dir, struct identity *i)
{
    char text[TEXT_MAX];
    struct proc_status s;
    struct statx ns, mnt;
    ssize_t n = read_text(dir, "status", text, sizeof text);
    if (n <= 0 || proc_status_parse(text, (size_t)n, &s) != 0 ||
        trust_stat(dir, "ns/user", 0, &ns) != 0 || trust_stat(dir, "ns/mnt", 0, &mnt) != 0)
        return false;
    i->uid = s.uid[0];
    i->mnt_major = mnt.stx_dev_major;
    i->mnt_minor = mnt.stx_dev_minor;
    i->mnt_inode = mnt.stx_ino;
    /* inside a user namespace of its own a process has a second set of ids */
    i->one_identity = s.uid[0] == s.uid[1] && s.uid[0] == s.uid[2] && s.uid[0] == s.uid[3] &&
                      ns.stx_ino == USER_NS_INITIAL;
    i->traced = s.tracer != 0;
    return true;
}

static bool read_program(int dir, struct identity *i)
{
    struct statx st;
    if (trust_stat(dir, "exe", 0, &st) != 0)
        return false;
    i->exe_major = st.stx_dev_major;
    i->exe_minor = st.stx_dev_minor;
    i->exe_inode = st.stx_ino;
    i->program_trusted = trust_file(&st);
    ssize_t n = readlinkat(dir, "exe", i->exe, sizeof i->exe - 1);
    i->exe[n > 0 ? n : 0] = '\0';
    return true;
}

/* Does a page between these addresses differ from its file? By the kernel's
 * Documentation/admin-guide/mm/pagemap.rst: what is present or swapped out and not of a file is a
 * copy of the process' own. 0, or -errno. */
static int check_pages(int pagemap, const struct proc_map *m, struct identity *i)
{
    static const uint64_t of_file = UINT64_C(1) << 61, there = UINT64_C(3) << 62;
    static uint64_t pages[PAGES_AT_ONCE];
    uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t at = m->from / size, end = m->to / size;
    while (at < end && !i->code_made) {
        size_t want = end - at < PAGES_AT_ONCE ? (size_t)(end - at) : PAGES_AT_ONCE;
        ssize_t n = pread(pagemap, pages, want * sizeof pages[0], (off_t)(at * sizeof pages[0]));
        size_t got = n > 0 ? (size_t)n / sizeof pages[0] : 0;
        if (got == 0) /* nothing: the process is gone */
            return n < 0 ? -errno : -ESRCH;
        for (size_t p = 0; p < got && !i->code_made; p++)
            i->code_made = (pages[p] & there) != 0 && (pages[p] & of_file) == 0;
        at += got;
    }
    return 0;
}

/* One line of maps; without a pagemap what is in its pages is not looked at. 0, or negative when the
 * mapping can't be examined. */
static int check_map(int dir, int pagemap, const char *line, size_t len, struct identity *i,
                     unsigned *count)
{
    struct proc_map m;
    struct statx st;
    char name[64];
    int r = proc_map_parse(line, len, &m);
    if (r != 0 || !m.executable || m.of_kernel)
        return r;
    if (!m.of_file) {
        i->code_made = true;
        return 0;
    }
    if (++*count > CODE_MAPS_MAX)
        return -E2BIG;
    snprintf(name, sizeof name, "map_files/%jx-%jx", (uintmax_t)m.from, (uintmax_t)m.to);
    r = trust_stat(dir, name, 0, &st);
    if (r != 0)
        return r;
    i->code_trusted = i->code_trusted && trust_file(&st);
    return i->code_trusted && pagemap >= 0 ? check_pages(pagemap, &m, i) : 0;
}

/* Every line of maps in turn, with a buffer that holds the longest line. */
static bool read_maps(int dir, bool pages, struct identity *i)
{
    static char text[64 * 1024];
    autoclose int fd = openat(dir, "maps", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    autoclose int pagemap =
        pages ? openat(dir, "pagemap", O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    size_t have = 0, total = 0;
    unsigned count = 0;
    if (fd < 0 || (pages && pagemap < 0))
        return false;
    for (;;) {
        ssize_t n = read(fd, text + have, sizeof text - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (total += (size_t)n) > MAPS_MAX)
            return false;
        if (n == 0)
            return have == 0 && total > 0;
        have += (size_t)n;
        const char *at = text, *end = text + have, *newline;
        while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
            if (check_map(dir, pagemap, at, (size_t)(newline - at), i, &count) != 0)
                return false;
            at = newline + 1;
        }
        have = (size_t)(end - at);
        if (have == sizeof text)
            return false;
        memmove(text, at, have);
    }
}

/* The folder stays that of this process: when it dies, what is read through it fails. */
static int open_process(pid_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", pid);
    return pid > 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
}

/* Is it still the process that started then, and alive? */
static bool still_there(int dir, uint64_t start)
{
    struct proc_stat now;
    return read_stat(dir, &now) && now.start == start && now.state != 'Z' && now.state != 'X';
}

static bool read_all(int dir, struct identity *i)
{
    struct proc_stat before;
    if (!read_stat(dir, &before))
        return false;
    i->start = before.start;
    return read_ids(dir, i) && read_program(dir, i) && still_there(dir, i->start);
}

void identity_give_up(struct identity *i)
{
    i->identified = i->one_identity = i->program_trusted = i->code_trusted = false;
}

void identity_read(pid_t pid, struct identity *ret)
{
    *ret = (struct identity){.pid = pid, .read_ns = guard_now_ns()};
    autoclose int dir = open_process(pid);
    ret->identified = dir >= 0 && read_all(dir, ret);
    if (!ret->identified)
        identity_give_up(ret);
}

void identity_read_code(struct identity *i, bool pages)
{
    autoclose int dir = open_process(i->pid);
    i->code_ns = guard_now_ns();
    i->code_trusted = i->program_trusted && !i->traced;
    i->code_made = false;
    if (dir < 0 || !still_there(dir, i->start) || !read_maps(dir, pages, i) ||
        !still_there(dir, i->start))
        identity_give_up(i);
}
