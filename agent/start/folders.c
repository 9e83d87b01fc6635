/* SPDX-License-Identifier: GPL-3.0-or-later */
/* folders.c owns making and checking an instance's folders. It must never change a folder that was
 * there before: an unexpected owner or mode is a refusal, not something to repair. */
#include "start/folders.h"
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include <sys/stat.h>

#define MODE_BITS 07777u

int logins_check(const char **ret_missing)
{
    static const char *const users[] = {SK_USER_LEDGER, SK_USER_CONTROL, SK_USER_EXPORT,
                                        SK_USER_INDEX, SK_USER_NOTIFY};
    for (size_t i = 0; i < array_count(users); i++) {
        if (!getpwnam(users[i])) {
            *ret_missing = users[i];
            return SK_ERR_NOT_FOUND;
        }
    }
    if (!getgrnam(SK_GROUP_AUDIT)) {
        *ret_missing = SK_GROUP_AUDIT;
        return SK_ERR_NOT_FOUND;
    }
    return 0;
}

int instance_check(const char *root)
{
    if (!root)
        return 0;
    struct stat st;
    if (lstat(root, &st) != 0)
        return -errno;
    bool fits = S_ISDIR(st.st_mode) && st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
                (st.st_mode & S_IXOTH) != 0;
    return fits ? 0 : SK_ERR_STATE;
}

static int folder_make(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
    bool made = mkdir(path, 0700) == 0;
    if (!made && errno != EEXIST)
        return -errno;
    autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    /* chown(2) clears the set-group-ID bit, so the mode comes second */
    if (made && (fchown(fd, uid, gid) != 0 || fchmod(fd, mode) != 0))
        return -errno;
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    bool fits = st.st_uid == uid && st.st_gid == gid && (st.st_mode & MODE_BITS) == mode;
    return fits ? 0 : SK_ERR_STATE;
}

int folders_make(const char **ret_path, char ret_wanted[static FOLDERS_WANTED_CAP])
{
    for (unsigned i = 0; i < SK_PATH_COUNT; i++) {
        const char *user_name, *group_name;
        mode_t mode;
        if (sk_path_owner((enum sk_path)i, &user_name, &group_name, &mode) != 0)
            continue;
        const struct passwd *user = getpwnam(user_name);
        const struct group *group = getgrnam(group_name);
        int r = user && group ? folder_make(sk_path((enum sk_path)i), user->pw_uid, group->gr_gid,
                                            mode)
                              : SK_ERR_NOT_FOUND;
        if (r != 0) {
            *ret_path = sk_path((enum sk_path)i);
            snprintf(ret_wanted, FOLDERS_WANTED_CAP, "%s:%s %04o", user_name, group_name,
                     (unsigned)mode);
            return r;
        }
    }
    return 0;
}
