/* SPDX-License-Identifier: GPL-3.0-or-later */
/* area.c owns the opening and closing of an area. It must never attach an area that sekishod has
 * not marked, nor ask for a mark to go while the area can still be reached. */
#include "device/area.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include "base/str.h"
#include "device/elsewhere.h"
#include "device/filesystem.h"
#include "device/holders.h"
#include "device/names.h"
#include "device/place.h"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void release_mounts(struct area *a)
{
    close_fd(&a->staging_fd);
    close_fd(&a->incoming_fd);
    close_fd(&a->top_fd);
    close_fd(&a->private_fd);
}

static void area_free(struct area **a)
{
    if (!*a)
        return;
    release_mounts(*a);
    backing_release(&(*a)->backing);
    free(*a);
    *a = NULL;
}

int area_own_folders(int top_fd, int *ret_staging, int *ret_incoming, struct fault *f)
{
    autoclose int own = place_own_folder(top_fd, NAMES_OWN_FOLDER, 0700, f);
    if (own < 0)
        return own;
    autoclose int staging = place_own_folder(own, AREA_STAGING, 0700, f);
    autoclose int incoming = place_own_folder(own, AREA_INCOMING, 0700, f);
    if (staging < 0 || incoming < 0)
        return f->code;
    *ret_staging = steal_fd(&staging);
    *ret_incoming = steal_fd(&incoming);
    return 0;
}

static void sweep_folder(int folder_fd, const char *suffix)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));) {
        size_t len = strlen(e->d_name), suffix_len = strlen(suffix);
        if (str_eq(e->d_name, ".") || str_eq(e->d_name, "..") || len < suffix_len ||
            !str_eq(e->d_name + len - suffix_len, suffix))
            continue;
        /* what can't be removed stays under a name that nothing reads */
        (void)!place_remove_flat(folder_fd, e->d_name);
    }
}

void area_sweep(int staging_fd, int incoming_fd)
{
    sweep_folder(staging_fd, ".part");
    sweep_folder(incoming_fd, "");
}

/* An agent that was killed while sekishod was away leaves the folder locked. */
static int unlock_after_crash(int top_fd, struct fault *f)
{
    struct stat st;
    if (fstat(top_fd, &st) != 0)
        return fault_errno(f, errno, "the area's top folder can't be looked at");
    if (st.st_uid == 0 && (st.st_mode & 07777) == AREA_LOCKED_MODE &&
        fchmod(top_fd, AREA_TOP_MODE) != 0)
        return fault_errno(f, errno, "the area's top folder can't be opened to its users");
    return 0;
}

/* The private mount with all that device keeps of it. */
static int mount_privately(struct area *a, struct fault *f)
{
    struct stat st;
    int r = filesystem_mount(a->backing.device, a->backing.type, f);
    if (r < 0)
        return r;
    a->private_fd = r;
    r = filesystem_top(a->private_fd, f);
    if (r < 0)
        return r;
    a->top_fd = r;
    if (fstat(a->top_fd, &st) != 0)
        return fault_errno(f, errno, "the area can't be looked at");
    a->device = st.st_dev;
    r = area_own_folders(a->top_fd, &a->staging_fd, &a->incoming_fd, f);
    if (r != 0)
        return r;
    area_sweep(a->staging_fd, a->incoming_fd);
    return unlock_after_crash(a->top_fd, f);
}

bool area_in_place(const struct area *a, bool *ret_other)
{
    struct statx sx;
    struct stat st;
    autoclose int at = place_openat2(AT_FDCWD, a->mount, O_PATH | O_DIRECTORY, 0, 0);
    bool there = a->attached && at >= 0 && fstat(at, &st) == 0 && st.st_dev == a->device;
    *ret_other = !there && at >= 0 && statx(at, "", AT_EMPTY_PATH, STATX_TYPE, &sx) == 0 &&
                 (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
    return there;
}

/* A second mount of the same superblock. */
static int mount_again(const struct area *a, struct fault *f)
{
    struct stat st;
    autoclose int again = filesystem_mount(a->backing.device, a->backing.type, f);
    if (again < 0)
        return again;
    if (fstat(again, &st) != 0 || st.st_dev != a->device)
        return fault_set(f, SK_ERR_STATE, "the area's device changed while it was opened");
    return steal_fd(&again);
}

/* And onto the users' folder with it. */
static int attach(struct area *a, int at_fd, struct fault *f)
{
    autoclose int users = mount_again(a, f);
    if (users < 0)
        return users;
    int r = filesystem_attach(users, at_fd, f);
    if (r == 0)
        a->attached = true;
    return r;
}

static int mark_for_rooms(struct area_table *t, struct area *a, struct fault *f)
{
    int r = guardlink_add(&t->guard, a->id, a->mount, a->top_fd, f);
    a->covered = r == 0;
    return r;
}

static int mark_and_attach(struct area_table *t, struct area *a, struct fault *f)
{
    if (a->gate == REQUEST_GATE_ROOM)
        return mark_for_rooms(t, a, f);
    dev_t devices[AREA_MAX];
    struct fault ignored = {0};
    bool made = false, before = a->covered;
    for (size_t i = 0; i < t->count; i++)
        devices[i] = t->areas[i]->device;
    autoclose int at = place_mount_point(a->mount, devices, t->count, &made, f);
    if (at < 0)
        return at;
    int r = guardlink_add(&t->guard, a->id, a->mount, a->top_fd, f);
    bool marked = r == 0;
    if (marked) {
        r = attach(a, at, f);
        /* what was watched before is still mounted somewhere and stays watched */
        if (r != 0 && !before && guardlink_drop(&t->guard, a->id, &ignored) != 0)
            guardlink_close(&t->guard);
    }
    if (r != 0 && made)
        rmdir(a->mount);
    a->covered = r == 0 || (marked && before);
    return r;
}

static int open_new(struct area_table *t, const struct request_area *want,
                    const struct luks_passphrase *passphrase, struct fault *f)
{
    __attribute__((cleanup(area_free))) struct area *a = calloc(1, sizeof *a);
    if (!a)
        return fault_errno(f, ENOMEM, "the area can't be opened");
    a->private_fd = a->top_fd = a->staging_fd = a->incoming_fd = a->backing.hold_fd = -1;
    memcpy(a->id, want->area, sizeof a->id);
    memcpy(a->mount, want->mount, sizeof a->mount);
    a->kind = want->backing;
    a->gate = want->gate;
    /* connected first: without sekishod nothing at all is mounted */
    int r = guardlink_connect(&t->guard, f);
    if (r == 0)
        r = backing_open(a->id, a->kind, passphrase, &a->backing, f);
    /* Where some namespace still holds it from an earlier time, the kernel gives the same superblock,
     * and the mark covers that one wherever it is mounted. */
    if (r == 0)
        r = mount_privately(a, f);
    if (r == 0)
        r = mark_and_attach(t, a, f);
    if (r != 0)
        return r;
    close_fd(&a->backing.hold_fd); /* the mounts keep the loop device from here */
    t->areas[t->count++] = steal_ptr(&a);
    return 0;
}

int area_open(struct area_table *t, const struct request_area *want,
              const struct luks_passphrase *passphrase, struct fault *f)
{
    struct area *a = area_find(t, want->area);
    bool other, same = a && a->kind == want->backing && a->gate == want->gate &&
                       str_eq(a->mount, want->mount);
    if (same)
        /* not there: unmounted by somebody, or closed here and kept by another namespace */
        return area_in_place(a, &other) ? 0 : mark_and_attach(t, a, f);
    if (a)
        return fault_set(f, SK_ERR_STATE, "the area %s is open already, and differently", a->id);
    if (t->count == AREA_MAX)
        return fault_set(f, SK_ERR_LIMIT, "no more than %d areas may be open", AREA_MAX);
    return open_new(t, want, passphrase, f);
}

bool area_is_open(const struct area *a)
{
    bool other;
    return a->gate == REQUEST_GATE_ROOM || area_in_place(a, &other);
}

int area_mount(struct area_table *t, const char *id, struct fault *f)
{
    const struct area *a = area_find(t, id);
    if (!a)
        return fault_set(f, SK_ERR_STATE, "the area %s is not open", id);
    if (a->gate != REQUEST_GATE_ROOM)
        return fault_set(f, SK_ERR_STATE, "the area %s has no room: it opens in its folder", id);
    if (!a->covered)
        return fault_set(f, SK_ERR_STATE, "the area %s is not watched: %s", id, a->why);
    return mount_again(a, f);
}

static int busy(const struct area *a, pid_t index, struct fault *f)
{
    autobuf struct buf who = {0};
    holders_of(a->device, index, &who);
    return fault_set(f, SK_ERR_STATE, "the area %s is in use%s%s", a->id, who.len ? " by " : "",
                     who.len && !who.err ? who.data : "");
}

static int detach(struct area *a, pid_t index, struct fault *f)
{
    pid_t pid = 0;
    bool other, there = area_in_place(a, &other);
    if (a->attached && other)
        return fault_set(f, SK_ERR_STATE,
                         "something else is mounted where the area %s is: unmount that first", a->id);
    if (there && umount2(a->mount, UMOUNT_NOFOLLOW) != 0) {
        if (errno == EBUSY)
            return busy(a, index, f);
        /* EINVAL: somebody unmounted it already */
        if (errno != EINVAL)
            return fault_errno(f, errno, "the area %s can't be unmounted", a->id);
    }
    a->attached = false;
    /* a room is not emptied under the person who works there: it ends first */
    if (a->gate == REQUEST_GATE_ROOM)
        return holders_mounted(a->device, NULL) ? busy(a, index, f) : 0;
    elsewhere_unmount(a->device);
    if (holders_mounted(a->device, &pid))
        return fault_set(f, SK_ERR_STATE,
                         "the area %s is still mounted in the namespace of process %d and can't be "
                         "unmounted there; it stays watched until that process ends",
                         a->id, (int)pid);
    return 0;
}

static void forget(struct area_table *t, struct area *a)
{
    size_t i = 0;
    while (t->areas[i] != a)
        i++;
    t->count--;
    for (; i < t->count; i++)
        t->areas[i] = t->areas[i + 1];
    area_free(&a);
}

int area_close(struct area_table *t, const char *id, struct fault *f)
{
    struct area *a = area_find(t, id);
    struct fault ignored = {0};
    if (!a)
        return fault_set(f, SK_ERR_STATE, "the area %s is not open", id);
    int r = detach(a, t->index.pid, f);
    if (r != 0)
        return r;
    /* index lets go of the private mount too, so that the file system ends */
    indexlink_drop_area(&t->index, a->id);
    release_mounts(a);
    /* a sekishod that is not there watches nothing, so the area is as closed as it can be */
    if (guardlink_drop(&t->guard, a->id, &ignored) != 0)
        guardlink_close(&t->guard);
    forget(t, a);
    return 0;
}

size_t area_close_all(struct area_table *t, void (*tell)(const char *id, const char *why))
{
    size_t left = 0;
    while (t->count > 0) {
        struct area *a = t->areas[t->count - 1];
        struct fault f = {0};
        if (area_close(t, a->id, &f) == 0)
            continue;
        tell(a->id, f.why);
        left++;
        if (a->attached)
            umount2(a->mount, MNT_DETACH | UMOUNT_NOFOLLOW);
        indexlink_drop_area(&t->index, a->id);
        forget(t, a);
    }
    return left;
}
