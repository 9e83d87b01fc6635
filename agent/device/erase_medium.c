/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erase_medium.c owns the erasing of media: sticks and other file systems that the policy names. It must
 * never touch a device that is neither mounted where the policy says nor labelled as half erased, nor one
 * that anything else has in use. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include "base/str.h"
#include "device/elsewhere.h"
#include "device/erase.h"
#include "device/holders.h"
#include "device/mountinfo.h"
#include "device/place.h"
#include "device/storage.h"

static int open_device(struct erase_target *t, struct fault *f)
{
    struct stat st;
    t->fd = open(t->device, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    if (t->fd < 0)
        return fault_errno(f, errno, "%s can't be opened", t->device);
    if (fstat(t->fd, &st) != 0 || !S_ISBLK(st.st_mode))
        return fault_set(f, SK_ERR_FORMAT, "%s is not a block device", t->device);
    int r = overwrite_size(t->fd, &t->size);
    t->bytes = t->size;
    t->statements |= storage_of_device(st.st_rdev);
    return r == 0 ? 0 : fault_errno(f, -r, "%s can't be looked at", t->device);
}

static int look_at_device(const struct request_erase *want, struct erase_target *t, struct fault *f)
{
    autobuf struct buf shown = {0};
    if (strlen(want->path) >= sizeof t->device || !str_starts(want->path, "/dev/"))
        return fault_set(f, SK_ERR_FORMAT, "%s is no device", fault_shown(&shown, want->path));
    memcpy(t->device, want->path, strlen(want->path) + 1);
    int r = open_device(t, f);
    if (r != 0)
        return r;
    if (!erase_has_label(t->fd, want))
        return fault_set(f, SK_ERR_REFUSED,
                         "%s is no medium whose erasure had begun: a medium is named by its "
                         "destination, and mounted there", t->device);
    return 0;
}

static int look_at_mount(const struct area_table *areas, const struct request_erase *want, int at,
                         struct erase_target *t, struct fault *f)
{
    struct statx sx;
    struct stat st;
    struct probe probe;
    autobuf struct buf shown = {0};
    const char *name = fault_shown(&shown, want->path);
    if (fstat(at, &st) != 0 || statx(at, "", AT_EMPTY_PATH, STATX_TYPE, &sx) != 0)
        return fault_errno(f, errno, "%s can't be looked at", name);
    if (!(sx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        return fault_set(f, SK_ERR_NOT_FOUND, "no medium is mounted at %s: plug it in and mount it",
                         name);
    if (area_owns(areas, st.st_dev))
        return fault_set(f, SK_ERR_REFUSED, "%s is a protected area, not a medium", name);
    int r = probe_mounted(st.st_dev, &probe);
    if (r != 0)
        return fault_set(f, r, "what is mounted at %s is no device of its own", name);
    if (*want->uuid && !str_eq(probe.uuid, want->uuid))
        return fault_set(f, SK_ERR_REFUSED, "what is mounted at %s is another medium (UUID %s)", name,
                         probe.uuid);
    if (probe_device_path(st.st_dev, t->device) != 0)
        return fault_set(f, SK_ERR_UNSUPPORTED, "the device under %s is not known", name);
    memcpy(t->mount, want->path, strlen(want->path) + 1);
    memcpy(t->uuid, probe.uuid, sizeof t->uuid);
    return open_device(t, f);
}

int erase_look_medium(const struct area_table *areas, const struct request_erase *want,
                      struct erase_target *t, struct fault *f)
{
    struct stat st;
    autobuf struct buf shown = {0};
    autoclose int at = place_openat2(AT_FDCWD, want->path, O_PATH, 0, 0);
    if (at < 0 || fstat(at, &st) != 0)
        return fault_errno(f, at < 0 ? -at : errno, "%s can't be looked at",
                           fault_shown(&shown, want->path));
    return S_ISBLK(st.st_mode) ? look_at_device(want, t, f) : look_at_mount(areas, want, at, t, f);
}

static int busy(const struct erase_target *t, dev_t device, struct fault *f)
{
    autobuf struct buf who = {0};
    holders_of(device, 0, &who);
    return who.len && !who.err ? fault_set(f, SK_ERR_STATE, "%s is in use by %s", t->device, who.data)
                               : fault_set(f, SK_ERR_STATE, "%s is in use", t->device);
}

/* Everywhere: another mount of the same device would write old blocks back. */
static int unmount(struct erase_target *t, struct fault *f)
{
    struct stat st;
    autobuf struct buf folder = {0};
    autoclose int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fstat(t->fd, &st) != 0)
        return fault_errno(f, errno, "%s can't be looked at", t->device);
    while (mountinfo_last(self, st.st_rdev, &folder))
        if (umount2(folder.data, UMOUNT_NOFOLLOW) != 0)
            return errno == EBUSY ? busy(t, st.st_rdev, f)
                                  : fault_errno(f, errno, "%s can't be unmounted", t->device);
    elsewhere_unmount(st.st_rdev);
    return holders_mounted(st.st_rdev, NULL) ? busy(t, st.st_rdev, f) : 0;
}

int erase_prepare_medium(struct erase_target *t, struct fault *f)
{
    int r = unmount(t, f);
    if (r != 0)
        return r;
    /* nobody else's: a file system, a mapping or a RAID would hold it so (open(2), O_EXCL) */
    autoclose int alone = open(t->device, O_RDWR | O_EXCL | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (alone < 0)
        return fault_errno(f, errno, "%s is in use", t->device);
    close(t->fd);
    t->fd = steal_fd(&alone);
    return 0;
}

int erase_run_medium(struct erase_target *t, struct overwrite *o, struct fault *f)
{
    return erase_device(t, o, t->size, f);
}
