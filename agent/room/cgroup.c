/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cgroup.c owns the rooms' cgroups. It must never signal or move a process by its number: numbers are
 * used again, cgroups are not. */
#include "room/cgroup.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include "base/digest.h"
#include "base/fdio.h"
#include "base/mounts.h"
#include "base/str.h"

#define ALL_ROOMS      "sekisho-rooms"
#define INSTANCE_LEN   16                   /* hex digits that tell instances apart */
#define NAME_CAP       (sizeof ALL_ROOMS + 1 + INSTANCE_LEN) /* bytes with NUL */
#define PATH_CAP       1024                 /* bytes of a path below a cgroup tree, with NUL */
#define MOUNTINFO_MAX  ((size_t)8 * 1024 * 1024)
#define PROCS_MAX      ((size_t)1024 * 1024)
#define ROOM_PIDS_MAX  "8192\n"             /* processes and threads of one room */
#define LOOK_AGAIN_MS  2

static const char *const parts[] = {[CGROUP_ROOM] = "room", [CGROUP_DISPLAY] = "display"};

bool cgroup_tree_of(const char *mountinfo, size_t len, char *ret, size_t cap)
{
    struct mount_line m;
    struct cursor c;
    cursor_init(&c, mountinfo, len);
    while (mount_line_next(&c, &m))
        /* a bind mount of something below the root would not do */
        if (mount_word_is(&m.type, "cgroup2") && mount_word_is(&m.root, "/") && mount_word_path(&m.point, ret, cap) > 0)
            return true;
    return false;
}

static int write_word(int dir_fd, const char *path, const char *word)
{
    autoclose int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd_write_full(fd, word, strlen(word));
}

/* Each instance has a folder of its own, so that none removes another's. */
static int name_of_instance(char ret[static NAME_CAP])
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    const char *root = sk_paths_root();
    if (digest_of(root, strlen(root), digest) != 0)
        return SK_ERR_CRYPTO;
    digest_hex(hex, digest);
    snprintf(ret, NAME_CAP, *root ? ALL_ROOMS "-%.*s" : ALL_ROOMS, INSTANCE_LEN, hex);
    return 0;
}

int cgroup_open(struct fault *f)
{
    char tree[PATH_CAP], name[NAME_CAP];
    autobuf struct buf text = {0};
    int r = name_of_instance(name);
    if (r != 0)
        return fault_set(f, r, "the rooms' cgroup can't be named");
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text) != 0 || text.len == 0 ||
        !cgroup_tree_of(text.data, text.len, tree, sizeof tree))
        return fault_set(f, SK_ERR_UNSUPPORTED, "no cgroup tree of version 2 is mounted");
    autoclose int root = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || (mkdirat(root, name, 0755) != 0 && errno != EEXIST))
        return fault_errno(f, errno, "%s can't be used", tree);
    int all = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (all < 0)
        return fault_errno(f, errno, "%s/%s can't be opened", tree, name);
    /* how many processes a room has and what they use is nobody's business, nor its number */
    if (fchmod(all, 0700) != 0) {
        close(all);
        return fault_errno(f, errno, "the rooms' cgroup can't be closed to others");
    }
    /* where another manager keeps the controller for itself rooms have no limit of processes */
    (void)!write_word(root, "cgroup.subtree_control", "+pids");
    (void)!write_word(all, "cgroup.subtree_control", "+pids");
    return all;
}

void cgroup_close(int all_fd)
{
    char path[NAME_CAP + 3] = "../";
    if (name_of_instance(path + 3) == 0)
        (void)!unlinkat(all_fd, path, AT_REMOVEDIR);
    close(all_fd);
}

/* The folder of all rooms was removed by somebody while it was empty: a new one in its place. */
static bool made_anew(int all_fd)
{
    struct fault f = {0};
    autoclose int all = cgroup_open(&f);
    return all >= 0 && dup3(all, all_fd, O_CLOEXEC) == all_fd;
}

static int make_folder(int all_fd, const char *room)
{
    int r = mkdirat(all_fd, room, 0755);
    return r != 0 && errno == ENOENT && made_anew(all_fd) ? mkdirat(all_fd, room, 0755) : r;
}

int cgroup_make(int all_fd, const char *room, struct fault *f)
{
    char path[PATH_CAP];
    if (make_folder(all_fd, room) != 0)
        return fault_errno(f, errno, "the room's cgroup can't be made");
    for (size_t i = 0; i < array_count(parts); i++) {
        snprintf(path, sizeof path, "%s/%s", room, parts[i]);
        if (mkdirat(all_fd, path, 0755) != 0) {
            fault_errno(f, errno, "the room's cgroup can't be made");
            (void)!cgroup_remove(all_fd, room, 0);
            return f->code;
        }
    }
    snprintf(path, sizeof path, "%s/pids.max", room);
    (void)!write_word(all_fd, path, ROOM_PIDS_MAX); /* absent without the controller */
    return 0;
}

int cgroup_entrance(int all_fd, const char *room, enum cgroup_part part)
{
    char path[PATH_CAP];
    snprintf(path, sizeof path, "%s/%s/cgroup.procs", room, parts[part]);
    int fd = openat(all_fd, path, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static bool read_procs(int all_fd, const char *room, enum cgroup_part part, struct buf *text)
{
    char path[PATH_CAP];
    snprintf(path, sizeof path, "%s/%s/cgroup.procs", room, parts[part]);
    return file_read(all_fd, path, PROCS_MAX, text) == 0 && text->len > 0;
}

unsigned cgroup_count(int all_fd, const char *room, enum cgroup_part part)
{
    autobuf struct buf text = {0};
    unsigned count = 0;
    if (!read_procs(all_fd, room, part, &text))
        return 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count;
}

bool cgroup_has(int all_fd, const char *room, enum cgroup_part part, pid_t pid)
{
    char wanted[16];
    autobuf struct buf text = {0};
    struct cursor c;
    const char *line;
    size_t n;
    if (!read_procs(all_fd, room, part, &text))
        return false;
    size_t len = (size_t)snprintf(wanted, sizeof wanted, "%d", (int)pid);
    cursor_init(&c, text.data, text.len);
    while (cursor_line(&c, &line, &n))
        if (n == len && memcmp(line, wanted, n) == 0)
            return true;
    return false;
}

void cgroup_kill(int all_fd, const char *room)
{
    char path[PATH_CAP];
    snprintf(path, sizeof path, "%s/cgroup.kill", room);
    (void)!write_word(all_fd, path, "1");
}

void cgroup_kill_display(int all_fd, const char *room)
{
    char path[PATH_CAP];
    snprintf(path, sizeof path, "%s/%s/cgroup.kill", room, parts[CGROUP_DISPLAY]);
    (void)!write_word(all_fd, path, "1");
}

static int remove_once(int all_fd, const char *room)
{
    char path[PATH_CAP];
    for (size_t i = 0; i < array_count(parts); i++) {
        snprintf(path, sizeof path, "%s/%s", room, parts[i]);
        if (unlinkat(all_fd, path, AT_REMOVEDIR) != 0 && errno != ENOENT)
            return -errno;
    }
    return unlinkat(all_fd, room, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

int cgroup_remove(int all_fd, const char *room, int wait_ms)
{
    const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
    int r = remove_once(all_fd, room);
    for (; r == -EBUSY && wait_ms > 0; wait_ms -= LOOK_AGAIN_MS) {
        nanosleep(&pause, NULL);
        r = remove_once(all_fd, room);
    }
    return r;
}
