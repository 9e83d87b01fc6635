/* SPDX-License-Identifier: GPL-3.0-or-later */
/* use.c owns the question whether this PC works on a device's disks. It must never open one. */
#include "plug/use.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sekisho/paths.h>
#include "base/fdio.h"
#include "base/mounts.h"
#include "base/str.h"
#include "plug/plug.h"

#define PROC_MAX ((size_t)4 * 1024 * 1024) /* bytes of /proc/self/mountinfo and /proc/swaps */

/* What sekisho-device mounted goes with the medium. */
static bool is_mounted(const struct sysfs *s, const char *path)
{
    autobuf struct buf text = {0};
    struct mount_line m;
    struct cursor c;
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", PROC_MAX, &text) != 0)
        return true;
    cursor_init(&c, text.data, text.len);
    while (mount_line_next(&c, &m)) {
        char number[PLUG_NUMBER_CAP], place[PLUG_PATH_CAP] = "";
        snprintf(number, sizeof number, "%u:%u", m.dev_major, m.dev_minor);
        bool ours = mount_word_path(&m.point, place, sizeof place) > 0 && str_starts(place, sk_path(SK_PATH_MEDIA));
        if (!ours && sysfs_block_of(s, path, number))
            return true;
    }
    return false;
}

static bool is_swap(const struct sysfs *s, const char *path)
{
    autobuf struct buf text = {0};
    struct cursor lines;
    const char *line;
    size_t len;
    if (file_read(AT_FDCWD, "/proc/swaps", PROC_MAX, &text) != 0)
        return true;
    cursor_init(&lines, text.data, text.len);
    while (cursor_line(&lines, &line, &len)) {
        struct stat st;
        char name[PLUG_PATH_CAP], number[24];
        if (sscanf(line, "%511s", name) != 1 || stat(name, &st) != 0 || !S_ISBLK(st.st_mode))
            continue;
        snprintf(number, sizeof number, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
        if (sysfs_block_of(s, path, number))
            return true;
    }
    return false;
}

bool use_of(const struct sysfs *s, const char *path)
{
    return is_mounted(s, path) || is_swap(s, path);
}
