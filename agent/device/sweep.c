/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.c owns the cleaning up after a device process that ended without closing its areas. It must
 * never unmount anything but this instance's areas. */
#include "device/sweep.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sekisho/paths.h>
#include "base/fdio.h"
#include "base/str.h"
#include "device/elsewhere.h"
#include "device/holders.h"
#include "device/loopdev.h"
#include "device/luks.h"
#include "device/mountinfo.h"
#include "device/names.h"

/* Every mount of the device. False when one was busy. */
static bool unmount_all(int self, dev_t device)
{
    autobuf struct buf folder = {0};
    bool clean = true;
    while (mountinfo_last(self, device, &folder)) {
        if (umount2(folder.data, UMOUNT_NOFOLLOW) == 0)
            continue;
        clean = false;
        if (umount2(folder.data, MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
            return false;
    }
    return clean;
}

static void sweep_area(const char *id, struct guardlink *guard, const char *raw,
                       void (*tell)(const char *id, const char *why))
{
    char mapping[LUKS_NAME_CAP], path[LUKS_NAME_CAP + sizeof "/dev/mapper/"];
    autobuf struct buf folder = {0};
    struct fault ignored = {0};
    struct stat st;
    backing_mapping_name(id, mapping);
    snprintf(path, sizeof path, "/dev/mapper/%s", mapping);
    bool mapped = stat(path, &st) == 0;
    if (!mapped && stat(raw, &st) != 0)
        return;
    autoclose int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool attached = mountinfo_last(self, st.st_rdev, &folder);
    if (!attached && !mapped)
        return;
    bool clean = unmount_all(self, st.st_rdev);
    /* what was never attached here may be what people work on in their rooms */
    if (attached)
        elsewhere_unmount(st.st_rdev);
    if (mapped)
        (void)!luks_deactivate(mapping, &ignored);
    bool held = holders_mounted(st.st_rdev, NULL);
    if (clean && !held && guardlink_drop(guard, id, &ignored) != 0)
        guardlink_close(guard);
    tell(id, !clean ? "was left open by a process that was killed and is in use; detached now"
             : held ? "was left open by a process that was killed; another namespace still has it"
                    : "was left open by a process that was killed; closed now");
}

static bool strip(const char *name, const char *suffix, char id[static SK_ID_MAX + 1])
{
    size_t len = strlen(name), suffix_len = strlen(suffix);
    if (len <= suffix_len || len - suffix_len > SK_ID_MAX ||
        !str_eq(name + len - suffix_len, suffix))
        return false;
    memcpy(id, name, len - suffix_len);
    id[len - suffix_len] = '\0';
    return names_is_area(id);
}

static void sweep_entry(int dir_fd, const char *name, struct guardlink *guard,
                        void (*tell)(const char *id, const char *why))
{
    char id[SK_ID_MAX + 1];
    char raw[PROBE_PATH_CAP];
    if (strip(name, BACKING_DEVICE_SUFFIX, id) && backing_recorded(id, raw) == 0) {
        sweep_area(id, guard, raw, tell);
    } else if (strip(name, BACKING_IMAGE_SUFFIX, id)) {
        autoclose int image = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (image >= 0 && loopdev_find(image, raw))
            sweep_area(id, guard, raw, tell);
    }
}

void sweep_mounts(struct guardlink *guard, void (*tell)(const char *id, const char *why))
{
    autodir DIR *dir = opendir(sk_path(SK_PATH_AREAS));
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));)
        sweep_entry(dirfd(dir), e->d_name, guard, tell);
}
