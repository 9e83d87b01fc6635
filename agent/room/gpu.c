/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gpu.c owns the search for graphics cards. It must never take a node for a card's that shows pictures on
 * a screen (cardN) or that is no device of the kernel's. */
#include "room/gpu.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/clean.h"
#include "base/str.h"

#define DRI       "/dev/dri"
#define DRM_MAJOR 226u /* Linux' devices.txt */
#define RENDER    "renderD"

static bool find_device(const char *root, struct gpu_node *n, unsigned minor_number)
{
    char path[GPU_PATH_CAP];
    snprintf(n->number, sizeof n->number, "/sys/dev/char/%u:%u", DRM_MAJOR, minor_number);
    snprintf(path, sizeof path, "%s%s", root, n->number);
    ssize_t len = readlink(path, n->target, sizeof n->target - 1);
    if (len <= 0 || (size_t)len == sizeof n->target - 1)
        return false;
    n->target[len] = '\0';
    snprintf(path, sizeof path, "%s%s/device", root, n->number);
    autofree char *real = realpath(path, NULL);
    size_t skip = strlen(root);
    if (!real || strncmp(real, root, skip) != 0 || !str_starts(real + skip, "/sys/devices/") ||
        strlen(real + skip) >= sizeof n->device)
        return false;
    snprintf(n->device, sizeof n->device, "%s", real + skip);
    return true;
}

void gpu_look(const char *root, struct gpu *ret)
{
    char path[GPU_PATH_CAP];
    *ret = (struct gpu){0};
    snprintf(path, sizeof path, "%s" DRI, root);
    autodir DIR *dir = opendir(path);
    for (struct dirent *e; dir && ret->count < GPU_NODES_MAX && (e = readdir(dir));) {
        struct gpu_node *n = &ret->nodes[ret->count];
        struct stat st;
        if (!str_starts(e->d_name, RENDER) || strlen(e->d_name) > 32 ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISCHR(st.st_mode) ||
            major(st.st_rdev) != DRM_MAJOR || !find_device(root, n, minor(st.st_rdev)))
            continue;
        snprintf(n->node, sizeof n->node, DRI "/%.32s", e->d_name);
        n->gid = st.st_gid;
        ret->count++;
    }
}
