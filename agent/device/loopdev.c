/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loopdev.c owns loop devices. It must never bind one image to two of them. */
#include "device/loopdev.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include "base/str.h"

#define CONFIGURE_TRIES 16 /* another process may take the free device in between */

/* The device when it backs exactly this file. */
static int open_if_backing(const char *path, const struct stat *image)
{
    struct loop_info64 info = {0};
    autoclose int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) != 0)
        return -1;
    if (info.lo_device != (uint64_t)image->st_dev || info.lo_inode != (uint64_t)image->st_ino)
        return -1;
    return steal_fd(&fd);
}

static bool is_bound(const char *name)
{
    char path[sizeof "/sys/block//loop/backing_file" + NAME_MAX];
    snprintf(path, sizeof path, "/sys/block/%s/loop/backing_file", name);
    return access(path, F_OK) == 0;
}

static int open_existing(int image_fd, char ret_path[static LOOPDEV_PATH_CAP])
{
    char path[LOOPDEV_PATH_CAP];
    struct stat image;
    autodir DIR *dir = opendir("/sys/block");
    if (!dir || fstat(image_fd, &image) != 0)
        return -1;
    for (struct dirent *e; (e = readdir(dir));) {
        if (!str_starts(e->d_name, "loop") || strlen(e->d_name) + sizeof "/dev/" > sizeof path ||
            !is_bound(e->d_name))
            continue;
        snprintf(path, sizeof path, "/dev/%.20s", e->d_name);
        int fd = open_if_backing(path, &image);
        if (fd < 0)
            continue;
        memcpy(ret_path, path, sizeof path);
        return fd;
    }
    return -1;
}

bool loopdev_find(int image_fd, char ret_path[static LOOPDEV_PATH_CAP])
{
    autoclose int fd = open_existing(image_fd, ret_path);
    return fd >= 0;
}

static int configure(int control, const struct loop_config *config,
                     char path[static LOOPDEV_PATH_CAP])
{
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0)
        return -errno;
    snprintf(path, LOOPDEV_PATH_CAP, "/dev/loop%d", number);
    autoclose int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, LOOP_CONFIGURE, config) != 0)
        return -errno;
    return steal_fd(&fd);
}

int loopdev_open(int image_fd, char ret_path[static LOOPDEV_PATH_CAP], struct fault *f)
{
    char path[LOOPDEV_PATH_CAP];
    int fd = open_existing(image_fd, ret_path);
    if (fd >= 0)
        return fd;
    autoclose int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0)
        return fault_errno(f, errno, "this kernel has no loop devices");
    struct loop_config config = {.fd = (uint32_t)image_fd,
                                 .info.lo_flags = LO_FLAGS_AUTOCLEAR};
    fd = -EBUSY;
    for (int i = 0; i < CONFIGURE_TRIES && (fd == -EBUSY || fd == -ENXIO); i++)
        fd = configure(control, &config, path);
    if (fd < 0)
        return fault_errno(f, -fd, "the image can't be made a loop device");
    memcpy(ret_path, path, sizeof path);
    return fd;
}
