/* SPDX-License-Identifier: GPL-3.0-or-later */
/* filesystem.c owns the mount calls. It must never attach a mount by a path that somebody could
 * change between check and use. */
#include "device/filesystem.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sekisho/err.h>
#include "base/str.h"

#define KERNEL_MESSAGE_MAX 512 /* bytes of one line of the file system's log */
#define MOUNT_FLAGS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* What the file system said about its failure: each read of the context gives one line, "e " before
 * an error (Linux Documentation/filesystems/mount_api.rst). */
static void kernel_messages(int context, struct buf *text)
{
    char line[KERNEL_MESSAGE_MAX];
    ssize_t n;
    while ((n = read(context, line, sizeof line)) > 0) {
        size_t len = (size_t)n;
        while (len > 0 && line[len - 1] == '\n')
            len--;
        size_t skip = len > 2 && line[1] == ' ' ? 2 : 0;
        buf_puts(text, text->len ? "; " : "");
        str_escape(text, line + skip, len - skip);
    }
}

static int mount_failed(int context, int error, const char *what, struct fault *f)
{
    autobuf struct buf text = {0};
    kernel_messages(context, &text);
    if (text.len && !text.err)
        return fault_set(f, -error, "%s: %s (%s)", what, sk_strerror(-error), text.data);
    return fault_errno(f, error, "%s", what);
}

int filesystem_mount(const char *device, const char *type, struct fault *f)
{
    autoclose int context = fsopen(type, FSOPEN_CLOEXEC);
    if (context < 0)
        return fault_errno(f, errno, "this kernel can't mount %s", type);
    /* a damaged area stops taking writes instead of spreading the damage; xfs does so by itself */
    if (str_eq(type, "ext4") &&
        fsconfig(context, FSCONFIG_SET_STRING, "errors", "remount-ro", 0) != 0)
        return mount_failed(context, errno, "the mount options were refused", f);
    if (fsconfig(context, FSCONFIG_SET_STRING, "source", device, 0) != 0 ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
        return mount_failed(context, errno, "the file system can't be mounted", f);
    int fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_FLAGS);
    return fd < 0 ? mount_failed(context, errno, "the file system can't be mounted", f) : fd;
}

int filesystem_attach(int mount_fd, int at_fd, struct fault *f)
{
    if (move_mount(mount_fd, "", at_fd, "",
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        return fault_errno(f, errno, "the area can't be attached to its folder");
    return 0;
}

int filesystem_top(int mount_fd, struct fault *f)
{
    int fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fault_errno(f, errno, "the area's top folder can't be opened") : fd;
}
