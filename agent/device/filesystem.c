/* SPDX-License-Identifier: GPL-3.0-or-later */
/* filesystem.c owns the mount calls. It must never attach a mount by a path that somebody could
 * change between check and use. */
#include "device/filesystem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sekisho/err.h>
#include "base/phrase.h"
#include "base/str.h"

/* ext4 and xfs share number and meaning: EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN (linux/ext4.h,
 * xfs_fs.h). The log is written first. Not by freezing, which waits for whoever writes: a writer whose
 * memory is served by a program of theirs could hold that up for ever. */
#define IOC_SHUTDOWN      _IOR('X', 125, uint32_t)
#define SHUTDOWN_LOGFLUSH 1u

#define ZEROOUT_PATH_CAP 128 /* bytes with NUL */
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

int filesystem_failed(int context, int error, const char *what, struct fault *f)
{
    autobuf struct buf text = {0};
    kernel_messages(context, &text);
    if (text.len && !text.err)
        return fault_set(f, -error, "%s: %s (%s)", what, PHRASE_ERROR(-error), text.data);
    return fault_errno(f, error, "%s", what);
}

/* An area keeps its blocks as long as it lives: what it gave back to the disk below, with what was in it,
 * no erasure of the area would reach (DSP-1). So its file system neither discards nor has blocks zeroed,
 * which a loop device does by making a hole (ext4(5); a table of inodes that nobody has used need not be
 * zeroed). 0 or -errno. */
static int keep_blocks(int context)
{
    static const char *const flags[] = {"nodiscard", "noinit_itable"};
    for (size_t i = 0; i < array_count(flags); i++)
        if (fsconfig(context, FSCONFIG_SET_FLAG, flags[i], NULL, 0) != 0)
            return -errno;
    return fsconfig(context, FSCONFIG_SET_STRING, "errors", "remount-ro", 0) == 0 ? 0 : -errno;
}

/* The same for blocks that were reserved and are used in part (Documentation/ABI, sysfs-fs-ext4). A kernel
 * without this is served all the same: an erasure looks at what is missing. */
static void zero_no_blocks(const char *device)
{
    char path[ZEROOUT_PATH_CAP];
    const char *name = strrchr(device, '/');
    if (snprintf(path, sizeof path, "/sys/fs/ext4%s/extent_max_zeroout_kb", name ? name : "") >=
        (int)sizeof path)
        return;
    autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)!write(fd, "0", 1);
}

int filesystem_mount(const char *device, const char *type, struct fault *f)
{
    autoclose int context = fsopen(type, FSOPEN_CLOEXEC);
    if (context < 0)
        return fault_errno(f, errno, "this kernel can't mount %s", type);
    /* a damaged area stops taking writes instead of spreading the damage; xfs does so by itself */
    int r = str_eq(type, "ext4") ? keep_blocks(context) : 0;
    if (r != 0)
        return filesystem_failed(context, -r, PHRASE("the mount options were refused"), f);
    if (fsconfig(context, FSCONFIG_SET_STRING, "source", device, 0) != 0 ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
        return filesystem_failed(context, errno, PHRASE("the file system can't be mounted"), f);
    if (str_eq(type, "ext4"))
        zero_no_blocks(device);
    int fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_FLAGS);
    return fd < 0 ? filesystem_failed(context, errno, PHRASE("the file system can't be mounted"), f) : fd;
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

/* xfs refuses to open its folders then, ext4 to sync them. */
bool filesystem_is_shut(int mount_fd)
{
    autoclose int top = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return errno == EIO;
    return fsync(top) != 0 && errno == EIO;
}

int filesystem_shut(int mount_fd, struct fault *f)
{
    uint32_t how = SHUTDOWN_LOGFLUSH;
    if (filesystem_is_shut(mount_fd))
        return 0;
    autoclose int top = filesystem_top(mount_fd, f);
    if (top < 0)
        return top;
    /* what can't be written now is lost with a disk that fails, not by shutting down */
    (void)!syncfs(top);
    if (ioctl(top, IOC_SHUTDOWN, &how) != 0)
        return fault_errno(f, errno, "the file system can't be shut down");
    return filesystem_is_shut(mount_fd)
               ? 0 : fault_set(f, SK_ERR_STATE, "the file system goes on although it was shut down");
}
