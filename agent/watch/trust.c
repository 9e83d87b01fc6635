/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust.c owns the question whether a file is the system's own. It must never open the file it asks
 * about: opening could raise an event that only this process answers. */
#include "watch/trust.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sekisho/err.h>
#include <stddef.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/fdio.h"
#include "watch/proc.h"

#define DEVICES_MAX   32
#define LINKS_MAX     40 /* as the kernel's own limit, path_resolution(7) */
#define OWN_MAPS_MAX  (256 * 1024) /* bytes of /proc/self/maps */

static struct {
    uint32_t major, minor;
} devices[DEVICES_MAX];
static size_t device_count;

int trust_stat(int dir_fd, const char *path, int flags, struct statx *ret)
{
    if (statx(dir_fd, path, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS,
              ret) != 0)
        return -errno;
    return 0;
}

static bool on_device(const struct statx *st)
{
    for (size_t i = 0; i < device_count; i++)
        if (devices[i].major == st->stx_dev_major && devices[i].minor == st->stx_dev_minor)
            return true;
    return false;
}

static void add_device(const char *path)
{
    struct statx st;
    if (device_count == DEVICES_MAX || trust_stat(AT_FDCWD, path, 0, &st) != 0 || on_device(&st))
        return;
    devices[device_count].major = st.stx_dev_major;
    devices[device_count++].minor = st.stx_dev_minor;
}

static void add_own_code(void)
{
    autobuf struct buf maps = {0};
    if (file_read(AT_FDCWD, "/proc/self/maps", OWN_MAPS_MAX, &maps) != 0 || !maps.data)
        return;
    struct cursor c;
    const char *line;
    size_t len;
    cursor_init(&c, maps.data, maps.len);
    while (cursor_line(&c, &line, &len)) {
        struct proc_map m;
        char path[64];
        if (proc_map_parse(line, len, &m) != 0 || !m.executable || !m.of_file)
            continue;
        snprintf(path, sizeof path, "/proc/self/map_files/%jx-%jx", (uintmax_t)m.from,
                 (uintmax_t)m.to);
        add_device(path);
    }
}

void trust_find_devices(void)
{
    static const char *const places[] = {"/", "/usr", "/opt", "/proc/self/exe"};
    device_count = 0;
    for (size_t i = 0; i < array_count(places); i++)
        add_device(places[i]);
    add_own_code();
}

static bool only_root_writes(const struct statx *st)
{
    return st->stx_uid == 0 && (st->stx_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool trust_file(const struct statx *st)
{
    return S_ISREG(st->stx_mode) && only_root_writes(st) && on_device(st);
}

/* What is still to walk: the rest of the path, put back together when a link comes in between. */
struct walk {
    char done[PATH_MAX]; /* absolute, without links, "" = the root folder */
    char rest[PATH_MAX]; /* what follows, starts with '/' or is empty */
    unsigned links;
};

/* The link at w->done replaces itself in the path. */
static int follow(struct walk *w)
{
    static char target[PATH_MAX], joined[PATH_MAX];
    if (++w->links > LINKS_MAX)
        return -ELOOP;
    ssize_t n = readlink(w->done, target, sizeof target - 1);
    if (n <= 0)
        return n < 0 ? -errno : SK_ERR_FORMAT;
    target[n] = '\0';
    if (target[0] == '/')
        w->done[0] = '\0';
    else
        *strrchr(w->done, '/') = '\0';
    int len = snprintf(joined, sizeof joined, "%s%s%s", target[0] == '/' ? "" : "/", target,
                       w->rest);
    if (len < 0 || (size_t)len >= sizeof joined)
        return -ENAMETOOLONG;
    memcpy(w->rest, joined, (size_t)len + 1);
    return 0;
}

/* Move the next name from rest to done. 1, 0 when there is none, or an error. */
static int next_name(struct walk *w)
{
    const char *name = w->rest + strspn(w->rest, "/");
    size_t len = strcspn(name, "/");
    if (len == 0)
        return 0;
    bool up = len == 2 && memcmp(name, "..", 2) == 0;
    bool stays = len == 1 && name[0] == '.';
    size_t done = strlen(w->done);
    if (up && done > 0)
        *strrchr(w->done, '/') = '\0';
    if (!up && !stays) {
        if (done + 1 + len >= sizeof w->done)
            return -ENAMETOOLONG;
        w->done[done] = '/';
        memcpy(w->done + done + 1, name, len);
        w->done[done + 1 + len] = '\0';
    }
    memmove(w->rest, name + len, strlen(name + len) + 1);
    return 1;
}

/* What lies at the end of a path on which every folder, and the end itself, is root's. */
static int walk_path(const char *path, struct statx *ret)
{
    static struct walk w; /* large, and this process has one thread */
    struct statx st;
    size_t len = strlen(path);
    if (path[0] != '/' || len >= sizeof w.rest)
        return SK_ERR_FORMAT;
    w.done[0] = '\0';
    w.links = 0;
    memcpy(w.rest, path, len + 1);
    int r = trust_stat(AT_FDCWD, "/", AT_SYMLINK_NOFOLLOW, &st);
    if (r == 0 && !only_root_writes(&st))
        return SK_ERR_REFUSED;
    while (r == 0 && (r = next_name(&w)) == 1) {
        r = trust_stat(AT_FDCWD, w.done[0] ? w.done : "/", AT_SYMLINK_NOFOLLOW, &st);
        if (r != 0)
            return r;
        /* a link's own mode means nothing, but its owner could point it elsewhere */
        if (S_ISLNK(st.stx_mode))
            r = st.stx_uid == 0 ? follow(&w) : SK_ERR_REFUSED;
        else if (!only_root_writes(&st))
            r = SK_ERR_REFUSED;
    }
    if (r == 0)
        *ret = st;
    return r;
}

int trust_path(const char *path, struct statx *ret)
{
    struct statx st;
    int r = walk_path(path, &st);
    if (r != 0)
        return r;
    if (!S_ISREG(st.stx_mode))
        return SK_ERR_FORMAT;
    *ret = st;
    return 0;
}

int trust_entry(const char *path, mode_t *ret_mode)
{
    struct statx st;
    int r = walk_path(path, &st);
    if (r != 0)
        return r;
    *ret_mode = st.stx_mode;
    return 0;
}
