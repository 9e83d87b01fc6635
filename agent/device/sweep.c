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
#include "base/phrase.h"
#include "base/str.h"
#include "device/elsewhere.h"
#include "device/holders.h"
#include "device/loopdev.h"
#include "device/luks.h"
#include "device/mountinfo.h"
#include "device/names.h"

/* What is looked at: an area that this process did not open. */
struct left {
    const char *id;
    struct backing backing;
    dev_t number;
    struct area_table *table;
};

/* Every mount of the device. False: one is busy, in *folder. */
static bool unmount_all(int self, dev_t device, struct buf *folder)
{
    while (mountinfo_last(self, device, folder))
        if (umount2(folder->data, UMOUNT_NOFOLLOW) != 0)
            return false;
    return true;
}

static void drop(struct area_table *t, const char *id, bool shut)
{
    struct fault ignored = {0};
    if (guardlink_drop(&t->guard, id, shut, &ignored) != 0)
        guardlink_close(&t->guard);
}

/* It is what people work with, so it goes on as it was. */
static const char *adopt(const struct left *l, const char *folder)
{
    struct fault f = {0};
    if (area_adopt(l->table, l->id, folder, &l->backing, &f) != 0)
        return "was left open by a process that was killed, is in use, and can't be taken over: end "
                      "what uses it";
    return "was left open by a process that was killed and is in use: it stays open";
}

static const char *shut(const struct left *l)
{
    struct fault f = {0};
    autobuf struct buf who = {0};
    holders_of_mount(l->number, &who);
    if (held_shut(l->backing.device, l->backing.type, &f) != 0)
        return "was left open by a process that was killed; somebody keeps it mounted";
    bool held = held_by_mount(l->backing.device, 0);
    if (held)
        held_note(&l->table->held, l->id, "", &l->backing, l->number, who.data && !who.err ? who.data : "");
    drop(l->table, l->id, held);
    return "was left open by a process that was killed; a mount of somebody's holds it: shut down now";
}

static const char *sweep_area(const struct left *l)
{
    autobuf struct buf folder = {0};
    struct fault ignored = {0};
    bool mapped = l->backing.mapping[0] != '\0';
    autoclose int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool attached = mountinfo_last(self, l->number, &folder);
    /* a file system that somebody holds keeps its mapping, and its name, for ever */
    if (indexlink_ready(&l->table->index))
        indexlink_drop_area(&l->table->index, l->id);
    if (!unmount_all(self, l->number, &folder))
        return adopt(l, folder.data);
    /* what was never attached here may be what people work on in their rooms */
    if (attached)
        elsewhere_unmount(l->number);
    bool held = held_by_mount(l->backing.device, 0) &&
                ((!attached && holders_mounted(l->number, NULL)) ||
                 held_by_mount(l->backing.device, HELD_WAIT_MS));
    bool rooms = held && !attached && holders_mounted(l->number, NULL) &&
                 !held_is_shut(l->backing.device, l->backing.type);
    const char *said = held && !rooms ? shut(l) : NULL;
    if (mapped)
        (void)!luks_deactivate(l->backing.mapping, &ignored);
    if (said || (!attached && !mapped))
        return said;
    if (rooms)
        return "was left open by a process that was killed; another namespace still has it";
    drop(l->table, l->id, false);
    return "was left open by a process that was killed; closed now";
}

/* raw: its loop device, or the recorded one, whatever lies on it. */
static void look_at(struct area_table *t, const char *id, const char *raw,
                    void (*tell)(const char *id, const char *why))
{
    struct left l = {.id = id, .table = t, .backing.hold_fd = -1};
    struct probe probe = {0};
    struct stat st;
    backing_mapping_name(id, l.backing.mapping);
    snprintf(l.backing.raw, sizeof l.backing.raw, "%s", raw);
    snprintf(l.backing.device, sizeof l.backing.device, "/dev/mapper/%s", l.backing.mapping);
    if (stat(l.backing.device, &st) != 0) {
        l.backing.mapping[0] = '\0';
        memcpy(l.backing.device, l.backing.raw, sizeof l.backing.raw);
        if (stat(raw, &st) != 0)
            return;
    }
    l.number = st.st_rdev;
    if (probe_path(l.backing.device, &probe) == 0)
        memcpy(l.backing.type, probe.type, sizeof l.backing.type);
    const char *said = sweep_area(&l);
    if (said)
        tell(id, said);
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

static void sweep_entry(int dir_fd, const char *name, struct area_table *t,
                        void (*tell)(const char *id, const char *why))
{
    char id[SK_ID_MAX + 1];
    char raw[PROBE_PATH_CAP];
    if (strip(name, BACKING_DEVICE_SUFFIX, id) && backing_recorded(id, raw) == 0) {
        look_at(t, id, raw, tell);
    } else if (strip(name, BACKING_IMAGE_SUFFIX, id)) {
        autoclose int image = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        /* kept until all is done, so that what is unmounted under its number is the area */
        autoclose int loop = image >= 0 ? loopdev_hold(image, raw) : LOOPDEV_NONE;
        if (loop >= 0)
            look_at(t, id, raw, tell);
        else if (loop == LOOPDEV_UNKNOWN)
            tell(id, PHRASE("another process has its image open, and a loop device does not tell whether it is the image's"));
    }
}

void sweep_mounts(struct area_table *t, void (*tell)(const char *id, const char *why))
{
    autodir DIR *dir = opendir(sk_path(SK_PATH_AREAS));
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));)
        sweep_entry(dirfd(dir), e->d_name, t, tell);
}
