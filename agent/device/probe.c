/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe.c owns libblkid: it tells what lies on a device. It must never write to one, and never
 * report "nothing" when it could not look. */
#include "device/probe.h"
#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sekisho/err.h>
#include "base/buf.h"
#include "base/fdio.h"
#include "base/phrase.h"

#define PROBE_FOUND      0
#define PROBE_NOTHING    1
#define PROBE_AMBIGUOUS  (-2)
#define UEVENT_MAX       4096 /* bytes */

static void release(blkid_probe *p)
{
    if (*p)
        blkid_free_probe(*p);
}

static void copy_value(blkid_probe p, const char *name, char out[static PROBE_WORD_CAP])
{
    const char *value;
    if (blkid_probe_lookup_value(p, name, &value, NULL) == 0)
        snprintf(out, PROBE_WORD_CAP, "%s", value);
}

int probe_fd(int fd, struct probe *ret)
{
    __attribute__((cleanup(release))) blkid_probe p = blkid_new_probe();
    struct probe found = {0};
    if (!p)
        return -ENOMEM;
    errno = 0;
    if (blkid_probe_set_device(p, fd, 0, 0) != 0)
        return errno ? -errno : -EIO;
    blkid_probe_enable_superblocks(p, 1);
    blkid_probe_set_superblocks_flags(p, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID);
    blkid_probe_enable_partitions(p, 1);
    blkid_loff_t size = blkid_probe_get_size(p);
    found.bytes = size > 0 ? (uint64_t)size : 0;
    int r = found.bytes ? blkid_do_safeprobe(p) : PROBE_NOTHING;
    if (r == PROBE_AMBIGUOUS) {
        snprintf(found.type, sizeof found.type, "ambiguous");
    } else if (r == PROBE_FOUND) {
        copy_value(p, "TYPE", found.type);
        copy_value(p, "UUID", found.uuid);
        if (!found.type[0])
            snprintf(found.type, sizeof found.type, PHRASE("a partition table"));
    } else if (r != PROBE_NOTHING) {
        return errno ? -errno : -EIO;
    }
    *ret = found;
    return 0;
}

int probe_path(const char *path, struct probe *ret)
{
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd < 0 ? -errno : probe_fd(fd, ret);
}

int probe_device_path(dev_t device, char ret[static PROBE_PATH_CAP])
{
    static const char key[] = "DEVNAME=";
    char path[PROBE_PATH_CAP];
    autobuf struct buf text = {0};
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/uevent", major(device), minor(device));
    if (file_read(AT_FDCWD, path, UEVENT_MAX, &text) != 0)
        return SK_ERR_NOT_FOUND;
    struct cursor c;
    const char *line;
    size_t len;
    cursor_init(&c, text.data, text.len);
    while (cursor_line(&c, &line, &len)) {
        size_t skip = sizeof key - 1;
        if (len <= skip || len - skip >= PROBE_PATH_CAP - sizeof "/dev/" ||
            memcmp(line, key, skip) != 0)
            continue;
        snprintf(ret, PROBE_PATH_CAP, "/dev/%.*s", (int)(len - skip), line + skip);
        return 0;
    }
    return SK_ERR_NOT_FOUND;
}

int probe_mounted(dev_t device, struct probe *ret)
{
    char path[PROBE_PATH_CAP];
    int r = probe_device_path(device, path);
    return r != 0 ? SK_ERR_UNSUPPORTED : probe_path(path, ret);
}
