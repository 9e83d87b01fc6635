/* SPDX-License-Identifier: GPL-3.0-or-later */
/* home.c owns the home folders in an area. It must never follow a link there, nor change a folder that
 * was there before. */
#include "room/home.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "room/walls.h"

#define HOMES_MODE ((mode_t)0755)
#define HOME_MODE  ((mode_t)0700)

/* A folder below dir_fd by descriptor (O_PATH: sekishod is not asked), without following anything. */
static int folder_at(int dir_fd, const char *name)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
    long fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof how);
    return fd < 0 ? -errno : (int)fd;
}

/* Ours when it was made, as it must be when it was there. */
static int folder_of(int dir_fd, const char *name, uid_t uid, gid_t gid, mode_t mode, mode_t forbidden,
                     struct fault *f)
{
    struct stat st;
    bool made = mkdirat(dir_fd, name, mode) == 0;
    if (!made && errno != EEXIST)
        return fault_errno(f, errno, "the folder %s can't be made in the area", name);
    autoclose int fd = folder_at(dir_fd, name);
    if (fd < 0)
        return fault_errno(f, -fd, "the folder %s of the area can't be entered", name);
    if (made && fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0)
        return fault_errno(f, errno, "the folder %s of the area can't be given away", name);
    if (fstat(fd, &st) != 0)
        return fault_errno(f, errno, "the folder %s of the area can't be looked at", name);
    if (st.st_uid != uid || (st.st_mode & forbidden) != 0)
        return fault_set(f, SK_ERR_STATE,
                         "the folder %s of the area is somebody else's or open to others", name);
    return steal_fd(&fd);
}

int home_make(int mount_fd, const char *login, uid_t uid_inside, gid_t gid, struct fault *f)
{
    autoclose int homes = folder_of(mount_fd, SK_ROOM_HOMES, 0, 0, HOMES_MODE, 0022, f);
    if (homes < 0)
        return homes;
    autoclose int home = folder_of(homes, login, uid_inside, gid, HOME_MODE, 0077, f);
    return home < 0 ? home : 0;
}
