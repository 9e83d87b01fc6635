/* SPDX-License-Identifier: GPL-3.0-or-later */
/* served.c owns the removal of users' file systems from what a room shows. It must never ask one of them
 * anything, nor allocate: it runs between fork and exec. */
#include "room/served.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sekisho/err.h>
#include "base/clean.h"
#include "base/fdio.h"
#include "base/mounts.h"
#include "base/str.h"

/* Bytes: people may mount a thousand file systems of theirs (fusermount3's mount_max), each at a path of up
 * to 4096 bytes, every one of which may take four in mountinfo. What is not read takes no memory. */
#define MOUNTINFO_CAP ((size_t)32 * 1024 * 1024)

static bool is_served(const struct mount_word *type)
{
    return mount_word_is(type, "fuse") || mount_word_is(type, "fuseblk") ||
           (type->len > 5 && memcmp(type->at, "fuse.", 5) == 0);
}

/* Whoever asks one of these may wait for a server for ever. */
static bool is_remote(const struct mount_word *type)
{
    static const char *const kinds[] = {"nfs", "cifs", "smb", "9p", "ceph", "afs", "lustre", "ocfs2",
                                        "gfs2", "virtiofs", "autofs"};
    for (size_t i = 0; i < array_count(kinds); i++)
        if (type->len >= strlen(kinds[i]) && memcmp(type->at, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

int served_mount_below(const char *line, size_t len, const char *const *folders, char *ret_point, size_t cap,
                       enum served *ret_kind)
{
    struct mount_line m;
    if (mount_line_parse(line, len, &m) != 0)
        return 0;
    for (; *folders; folders++) {
        size_t n = strlen(*folders);
        if (m.point.len <= n || memcmp(m.point.at, *folders, n) != 0 || m.point.at[n] != '/')
            continue;
        int r = mount_word_path(&m.point, ret_point, cap);
        if (r < 0)
            return r;
        *ret_kind = is_served(&m.type) ? SERVED_BY_USER : is_remote(&m.type) ? SERVED_REMOTE : SERVED_HERE;
        return 1;
    }
    return 0;
}

int served_each(const char *const *folders, served_mount *each, void *context)
{
    static char text[MOUNTINFO_CAP];
    char point[PATH_MAX];
    struct cursor c;
    const char *line;
    size_t len;
    autoclose int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -errno : fd_read_full(fd, text, sizeof text);
    int r = n < 0 ? (int)n : (size_t)n == sizeof text ? SK_ERR_LIMIT : 0;
    cursor_init(&c, text, n > 0 ? (size_t)n : 0);
    while (r == 0 && cursor_line(&c, &line, &len)) {
        enum served kind;
        r = served_mount_below(line, len, folders, point, sizeof point, &kind);
        r = r > 0 ? each(context, point, kind) : r;
    }
    return r;
}

/* A mount stands before those in it, which go with it. */
static int drop(void *context, const char *point, enum served kind)
{
    (void)context;
    if (kind == SERVED_BY_USER && umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW) != 0 &&
        errno != EINVAL && errno != ENOENT)
        return -errno;
    return 0;
}

int served_drop(const char *const *folders)
{
    return served_each(folders, drop, NULL);
}
