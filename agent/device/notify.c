/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify.c owns the making of notification groups. It must never make one that could hold up whoever
 * opens a file: these groups tell, they are not asked. */
#include "device/notify.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include "device/filesystem.h"
#include "device/place.h"

/* The queue has no limit: one that overflows would lose copies, and its memory is that of whoever
 * makes the events. */
#define GROUP_FLAGS (FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE)
#define FILE_FLAGS  (O_RDONLY | O_CLOEXEC | O_LARGEFILE | O_NONBLOCK)

static int group(unsigned flags, uint64_t events, int top_fd)
{
    autoclose int fd = fanotify_init(GROUP_FLAGS | flags, FILE_FLAGS);
    if (fd < 0 ||
        fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, events, top_fd, ".") != 0)
        return -errno;
    return steal_fd(&fd);
}

void notify_make(int top_fd, struct notify *ret)
{
    const uint64_t named = FAN_CREATE | FAN_DELETE | FAN_RENAME | FAN_CLOSE_WRITE | FAN_ONDIR;
    *ret = (struct notify){.events = "names"};
    ret->group_fd = group(FAN_REPORT_DFID_NAME_TARGET | FAN_REPORT_PIDFD, named, top_fd);
    if (ret->group_fd >= 0)
        return;
    ret->events = "opens";
    ret->group_fd = group(0, FAN_CLOSE_WRITE, top_fd);
    if (ret->group_fd < 0)
        *ret = (struct notify){.group_fd = -1, .events = "none"};
}

int notify_place(const char *path, struct fault *f)
{
    autoclose int at = place_open_folder(path, f);
    if (at < 0)
        return at;
    autoclose int mount = (int)syscall(SYS_open_tree, at, "",
                                       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (mount < 0)
        return fault_errno(f, errno, "the place can't be looked at");
    return filesystem_top(mount, f);
}
