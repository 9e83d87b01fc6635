/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.c owns the paths in records. It must never open anything but /proc, nor keep an opener
 * waiting for a name: what can't be found at once is left as it is. */
#include "watch/names.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clean.h"
#include "base/fdio.h"
#include "watch/proc.h"

#define MOUNTS_MAX     16            /* of one area in one room */
#define MOUNTINFO_MAX  (256u * 1024) /* bytes of /proc/PID/mountinfo */
#define KNOWN_PLACES   256           /* a power of two */
#define RETRY_MS       1000          /* when a room's mounts could not be read */

/* Where an area is seen in a room. */
struct view {
    uint64_t ns_inode;                 /* 0 = an empty place */
    uint32_t dev_major, dev_minor;     /* the area's */
    uint64_t read_ns;                  /* CLOCK_MONOTONIC */
    unsigned count;
    struct proc_mount mounts[MOUNTS_MAX];
};

/* What a process opened last, by a few bits of process and file. */
struct known {
    uint64_t read_ns;            /* CLOCK_MONOTONIC, 0 = an empty place */
    uint64_t number;             /* every reading has another */
    uint64_t process_start;
    ino_t inode;
    dev_t dev;
    struct timespec changed;     /* a rename of the file itself changes it */
    int32_t pid;
    uint16_t len;
    bool cut;
    char file[RING_FILE_MAX + 1];
};

static struct known known[KNOWN_PLACES];

static struct view views[SK_ROOMS_MAX];
static int own_fds = -1; /* /proc/self/fd */

void names_begin(void)
{
    own_fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void names_forget(void)
{
    for (size_t i = 0; i < array_count(known); i++)
        known[i].read_ns = 0;
    for (size_t i = 0; i < array_count(views); i++)
        views[i].ns_inode = 0;
}

static void read_view(pid_t pid, const struct guard_area *area, struct view *v)
{
    autobuf struct buf text = {0};
    char path[32];
    v->count = 0;
    v->read_ns = guard_now_ns();
    snprintf(path, sizeof path, "/proc/%d/mountinfo", pid);
    if (file_read(AT_FDCWD, path, MOUNTINFO_MAX, &text) != 0 || !text.data)
        return;
    struct cursor c;
    const char *line;
    size_t len;
    cursor_init(&c, text.data, text.len);
    while (v->count < MOUNTS_MAX && cursor_line(&c, &line, &len)) {
        struct proc_mount *m = &v->mounts[v->count];
        if (proc_mount_parse(line, len, m) == 0 && m->dev_major == area->dev_major &&
            m->dev_minor == area->dev_minor)
            v->count++;
    }
}

static const struct view *view_of(pid_t pid, const struct guard_area *area,
                                  const struct guard_room *room)
{
    struct view *v = NULL, *empty = NULL;
    for (size_t i = 0; i < array_count(views) && !v; i++) {
        if (views[i].ns_inode == room->ns_inode && views[i].dev_major == area->dev_major &&
            views[i].dev_minor == area->dev_minor)
            v = &views[i];
        else if (views[i].ns_inode == 0 && !empty)
            empty = &views[i];
    }
    bool fresh = v && (v->count > 0 || !guard_silent(v->read_ns, RETRY_MS));
    if (!v)
        v = empty ? empty : &views[0];
    if (!fresh) {
        v->ns_inode = room->ns_inode;
        v->dev_major = area->dev_major;
        v->dev_minor = area->dev_minor;
        read_view(pid, area, v);
    }
    return v;
}

/* The rest of a path below a folder, or NULL. */
static const char *below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    if (len == 1) /* "/" */
        return path[0] == '/' ? path + 1 : NULL;
    return strncmp(path, folder, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

/* The mount that the path goes through: the deepest of those whose point is above it. */
static const struct proc_mount *mount_of(const struct view *v, const char *path)
{
    const struct proc_mount *best = NULL;
    for (unsigned i = 0; i < v->count; i++)
        if (below(path, v->mounts[i].point) &&
            (!best || strlen(v->mounts[i].point) >= strlen(best->point)))
            best = &v->mounts[i];
    return best;
}

/* Two parts of a path, the second's end kept when both are too long. */
static void put(struct access_event *e, const char *folder, const char *rest)
{
    size_t folder_len = strlen(folder), rest_len = strlen(rest);
    size_t gap = folder_len > 0 ? 1 : 0, all = folder_len + gap + rest_len;
    size_t cut = all > RING_FILE_MAX ? all - RING_FILE_MAX : 0;
    char *at = e->file;
    e->file_cut = cut > 0;
    for (size_t i = cut; i < folder_len; i++)
        *at++ = folder[i];
    if (gap && cut <= folder_len)
        *at++ = '/';
    size_t skip = cut > folder_len + gap ? cut - folder_len - gap : 0;
    memcpy(at, rest + skip, rest_len - skip + 1);
}

static struct known *place_of(const struct stat *st, pid_t pid)
{
    return &known[((uint32_t)pid * 0x9e3779b1u + (uint32_t)st->st_ino) % KNOWN_PLACES];
}

static bool is_known(const struct known *k, const struct stat *st, pid_t pid, uint64_t start,
                     uint64_t now_ns)
{
    return k->inode == st->st_ino && k->pid == pid && k->process_start == start &&
           k->dev == st->st_dev && k->changed.tv_sec == st->st_ctim.tv_sec &&
           k->changed.tv_nsec == st->st_ctim.tv_nsec && k->read_ns != 0 &&
           !guard_silent_at(now_ns, k->read_ns, NAMES_AGE_MAX_MS);
}

uint64_t names_known(const struct stat *st, pid_t pid, uint64_t start, uint64_t now_ns)
{
    const struct known *k = place_of(st, pid);
    return is_known(k, st, pid, start, now_ns) ? k->number : 0;
}

static void read_name(int fd, const struct guard_area *area, const struct guard_room *room,
                      struct access_event *e)
{
    static char path[SK_FILE_NAME_MAX + 1]; /* large, and this process has one thread */
    char name[16];
    snprintf(name, sizeof name, "%d", fd);
    ssize_t n = readlinkat(own_fds, name, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    const struct proc_mount *m = NULL;
    if (area && room && path[0] == '/')
        m = mount_of(view_of(e->pid, area, room), path);
    const char *inside = m ? below(path, m->point) : area ? below(path, area->mount) : NULL;
    put(e, m ? m->root + 1 : "", inside ? inside : path);
}

uint64_t names_fill(int fd, const struct stat *st, const struct guard_area *area,
                    const struct guard_room *room, uint64_t now_ns, struct access_event *e)
{
    static uint64_t readings;
    struct known *k = place_of(st, e->pid);
    if (is_known(k, st, e->pid, e->process_start, now_ns)) {
        memcpy(e->file, k->file, k->len + 1u);
        e->file_cut = k->cut;
        return k->number;
    }
    read_name(fd, area, room, e);
    k->read_ns = 0;
    if (!area || st->st_nlink != 1) /* another name of it may be opened next */
        return 0;
    k->len = (uint16_t)strlen(e->file);
    memcpy(k->file, e->file, k->len + 1u);
    k->cut = e->file_cut;
    k->inode = st->st_ino;
    k->dev = st->st_dev;
    k->pid = e->pid;
    k->process_start = e->process_start;
    k->changed = st->st_ctim;
    k->number = ++readings;
    k->read_ns = now_ns;
    return k->number;
}
