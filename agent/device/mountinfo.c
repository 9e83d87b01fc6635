/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mountinfo.c owns the search in /proc/PID/mountinfo. It must never open anything else. */
#include "device/mountinfo.h"
#include <limits.h>
#include <sys/sysmacros.h>
#include "base/fdio.h"
#include "base/mounts.h"

#define MOUNTINFO_MAX BUF_MAX /* as long as it may be: anybody can make their own long */

bool mountinfo_last(int process_fd, dev_t device, struct buf *folder)
{
    autobuf struct buf text = {0};
    char path[PATH_MAX];
    struct mount_line m;
    struct cursor c;
    bool found = false;
    if (file_read(process_fd, "mountinfo", MOUNTINFO_MAX, &text) != 0)
        return false;
    cursor_init(&c, text.data, text.len);
    while (mount_line_next(&c, &m)) {
        if (makedev(m.dev_major, m.dev_minor) != device)
            continue;
        buf_reset(folder);
        /* one that can't be named to the kernel is in the way all the same */
        if (mount_word_path(&m.point, path, sizeof path) < 0)
            buf_put(folder, m.point.at, m.point.len);
        else
            buf_puts(folder, path);
        found = !folder->err;
    }
    return found;
}
