/* SPDX-License-Identifier: GPL-3.0-or-later */
/* area.c owns the opening and closing of an area. It must never attach an area that sekishod has
 * not marked, nor ask for a mark to go while the area can still be reached. */
#include "device/area.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <sekisho/err.h>
#include "base/phrase.h"
#include "base/str.h"
#include "device/answers.h"
#include "device/elsewhere.h"
#include "device/erase.h"
#include "device/filesystem.h"
#include "device/holders.h"
#include "device/names.h"
#include "device/place.h"

#define BUSY_TRIES    20 /* until what is busy without anybody there is called so */
#define BUSY_PAUSE_MS 50

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

static struct area *new_area(const char *id, const char *mount)
{
    struct area *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->private_fd = a->top_fd = a->staging_fd = a->incoming_fd = a->backing.hold_fd = -1;
    snprintf(a->id, sizeof a->id, "%s", id);
    snprintf(a->mount, sizeof a->mount, "%s", mount);
    return a;
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

/* The kernel gives what is there: an earlier time's, which somebody keeps. */
static int shut_already(const struct area *a, struct fault *f)
{
    autobuf struct buf who = {0};
    struct stat st;
    if (fstat(a->private_fd, &st) == 0)
        holders_of_mount(st.st_dev, &who);
    return fault_set(f, SK_ERR_STATE, "the file system of the area %s was shut down and is still held by %s",
                     a->id, who.len && !who.err ? who.data : PHRASE("a mount that no process shows"));
}

/* The private mount with all that device keeps of it. */
static int mount_privately(struct area *a, struct fault *f)
{
    struct stat st;
    int r = filesystem_mount(a->backing.device, a->backing.type, f);
    if (r < 0)
        return r;
    a->private_fd = r;
    if (filesystem_is_shut(a->private_fd))
        return shut_already(a, f);
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
        if (r != 0 && !before && guardlink_drop(&t->guard, a->id, false, &ignored) != 0)
            guardlink_close(&t->guard);
    }
    if (r != 0 && made)
        rmdir(a->mount);
    a->covered = r == 0 || (marked && before);
    return r;
}

/* Its folder may lie on storage that somebody serves. */
static int check_place(const struct area *a, struct fault *f)
{
    autobuf struct buf shown = {0};
    if (a->gate == REQUEST_GATE_ROOM || answers_at(a->mount) != SK_ERR_TIMEOUT)
        return 0;
    return fault_set(f, -ETIMEDOUT, "the storage of %s does not answer", fault_shown(&shown, a->mount));
}

static int open_new(struct area_table *t, const struct request_area *want,
                    const struct luks_passphrase *passphrase, struct fault *f)
{
    __attribute__((cleanup(area_free))) struct area *a = new_area(want->area, want->mount);
    if (!a)
        return fault_errno(f, ENOMEM, "the area can't be opened");
    a->kind = want->backing;
    a->gate = want->gate;
    int r = check_place(a, f);
    /* connected first: without sekishod nothing at all is mounted */
    if (r == 0)
        r = guardlink_connect(&t->guard, f);
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

static int refuse_held(const struct held *h, struct fault *f)
{
    autobuf struct buf why = {0};
    held_why(h, &why);
    return fault_set(f, SK_ERR_STATE, "the area %s can't be opened yet: %s", h->id,
                     why.data && !why.err ? why.data : "");
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
    held_look(&t->held, NULL);
    const struct held *held = held_find(&t->held, want->area);
    if (held)
        return refuse_held(held, f);
    if (erase_is_marked(want->area))
        return fault_set(f, SK_ERR_STATE, "the area %s is half erased: erase it again", want->area);
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
    return who.len && !who.err ? fault_set(f, SK_ERR_STATE, "the area %s is in use by %s", a->id, who.data)
                               : fault_set(f, SK_ERR_STATE, "the area %s is in use", a->id);
}

/* Does somebody work in it in another namespace? A mount that just lies there is no work: what of these
 * could not be unmounted is shut down. */
static bool used_elsewhere(const struct area *a, pid_t index)
{
    autobuf struct buf who = {0};
    if (!holders_mounted(a->device, NULL))
        return false;
    holders_of(a->device, index, &who);
    return who.len > 0;
}

/* Who has closed a file or left a folder a moment ago may keep it busy still, and nobody is found. 0 or -errno. */
static int unmount_quiet(const struct area *a, pid_t index)
{
    const struct timespec pause = {.tv_nsec = BUSY_PAUSE_MS * 1000000L};
    autobuf struct buf who = {0};
    if (umount2(a->mount, UMOUNT_NOFOLLOW) == 0)
        return 0;
    int e = errno;
    if (e == EBUSY)
        holders_of(a->device, index, &who); /* once: all of /proc is read for it */
    for (int tries = 0; e == EBUSY && who.len == 0 && tries < BUSY_TRIES; tries++) {
        nanosleep(&pause, NULL);
        e = umount2(a->mount, UMOUNT_NOFOLLOW) == 0 ? 0 : errno;
    }
    return -e;
}

static int detach(struct area *a, pid_t index, struct fault *f)
{
    bool other, there = area_in_place(a, &other);
    if (a->attached && other)
        return fault_set(f, SK_ERR_STATE,
                         "something else is mounted where the area %s is: unmount that first", a->id);
    int r = there ? unmount_quiet(a, index) : 0;
    if (r == -EBUSY)
        return busy(a, index, f);
    if (r != 0 && r != -EINVAL) /* EINVAL: somebody unmounted it already */
        return fault_errno(f, -r, "the area %s can't be unmounted", a->id);
    a->attached = false;
    /* a room is not emptied under the person who works there: it ends first */
    if (a->gate == REQUEST_GATE_ROOM)
        return holders_mounted(a->device, NULL) ? busy(a, index, f) : 0;
    elsewhere_unmount(a->device);
    return used_elsewhere(a, index) ? busy(a, index, f) : 0;
}

/* Our own mounts again. Where that fails the next close tries again. */
static void take_back(struct area_table *t, struct area *a)
{
    struct fault f = {0};
    a->covered = mount_privately(a, &f) == 0 &&
                 guardlink_add(&t->guard, a->id, a->mount, a->top_fd, &f) == 0;
    memcpy(a->why, f.why, sizeof a->why);
}

/* Give up every mount of ours and learn from the kernel whether the file system has ended. What is held is
 * shut down, *ret_held then, and who holds it in who. Where it can't be, the area has its mounts again. 0 or f->code. */
static int let_go(struct area_table *t, struct area *a, bool *ret_held, struct buf *who, struct fault *f)
{
    struct fault why = {0};
    /* kept, so that the device is this area's all the while */
    autoclose int kept = open(a->backing.device, O_RDONLY | O_CLOEXEC);
    if (kept < 0)
        return fault_errno(f, errno, "the device of the area %s can't be opened", a->id);
    /* index lets go of its private mount too */
    indexlink_drop_area(&t->index, a->id);
    a->indexed = 0;
    release_mounts(a);
    *ret_held = held_by_mount(a->backing.device, HELD_WAIT_MS);
    if (!*ret_held)
        return 0;
    holders_of_mount(a->device, who);
    /* a room that was just being made */
    bool room = a->gate == REQUEST_GATE_ROOM && holders_mounted(a->device, NULL);
    int r = room ? busy(a, t->index.pid, &why) : held_shut(a->backing.device, a->backing.type, &why);
    if (r == 0) {
        *ret_held = held_by_mount(a->backing.device, 0);
        return 0;
    }
    take_back(t, a);
    return room ? fault_set(f, r, "%s", why.why)
                : fault_set(f, r, "the area %s is still mounted somewhere, and stays watched: %s", a->id,
                            why.why);
}

int area_adopt(struct area_table *t, const char *id, const char *folder, const struct backing *backing,
               struct fault *f)
{
    __attribute__((cleanup(area_free))) struct area *a = new_area(id, folder);
    if (!a)
        return fault_errno(f, ENOMEM, "the area can't be taken over");
    if (t->count == AREA_MAX)
        return fault_set(f, SK_ERR_LIMIT, "no more than %d areas may be open", AREA_MAX);
    a->kind = backing->mapping[0] ? REQUEST_BACKING_LUKS : REQUEST_BACKING_FILESYSTEM;
    a->gate = REQUEST_GATE_OPEN;
    a->backing = *backing;
    int r = mount_privately(a, f);
    if (r != 0) {
        a->backing.mapping[0] = '\0'; /* somebody uses it */
        return r;
    }
    a->attached = true;
    struct fault away = {0};
    a->covered = guardlink_add(&t->guard, a->id, a->mount, a->top_fd, &away) == 0;
    memcpy(a->why, away.why, sizeof a->why);
    t->areas[t->count++] = steal_ptr(&a);
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
    autobuf struct buf who = {0};
    bool held = false;
    if (!a)
        return fault_set(f, SK_ERR_STATE, "the area %s is not open", id);
    held_look(&t->held, NULL);
    if (t->held.count == HELD_MAX)
        return fault_set(f, SK_ERR_LIMIT, "%d areas are held by mounts of others already", HELD_MAX);
    int r = detach(a, t->index.pid, f);
    if (r == 0)
        r = let_go(t, a, &held, &who, f);
    if (r != 0)
        return r;
    if (held)
        held_note(&t->held, a->id, a->mount, &a->backing, a->device, who.data && !who.err ? who.data : "");
    /* a sekishod that is not there watches nothing, so the area is as closed as it can be */
    if (guardlink_drop(&t->guard, a->id, held, &ignored) != 0)
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
        a->backing.mapping[0] = '\0'; /* it is needed on */
        indexlink_drop_area(&t->index, a->id);
        forget(t, a);
    }
    return left;
}
