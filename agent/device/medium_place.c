/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium_place.c owns the folders where media are mounted for people to read. It must never attach anything that can
 * be written to, nor wait at its start for a medium that does not answer. */
#include "device/medium_place.h"
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/child.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "device/filesystem.h"
#include "device/identity.h"
#include "device/place.h"
#include "record/turn.h"

#define NOBODYS     "root"   /* the folder of media for which no login of this PC answers */
#define COVER_NAME  ".empty" /* what the identity file and the turns are covered with */
#define PASSWD_CAP  16384    /* bytes for one entry of the user database */
#define FOLDER_MODE ((mode_t)0700)
#define SWEEP_MS    3000     /* how long the start waits for what a killed process left mounted */

/* acl(5) as the kernel takes it (linux/posix_acl_xattr.h): root all, this uid r-x, everybody else nothing. */
static int let_look(int fd, uid_t uid)
{
    struct {
        uint32_t version;
        struct {
            uint16_t tag, may;
            uint32_t id;
        } entries[5];
    } acl = {htole32(2),
             {{htole16(0x01), htole16(7), htole32(UINT32_MAX)},
              {htole16(0x02), htole16(5), htole32(uid)},
              {htole16(0x04), 0, htole32(UINT32_MAX)},
              {htole16(0x10), htole16(5), htole32(UINT32_MAX)},
              {htole16(0x20), 0, htole32(UINT32_MAX)}}};
    if (fsetxattr(fd, "system.posix_acl_access", &acl, sizeof acl, 0) == 0)
        return 0;
    /* no such lists there: the folder is the person's own then, who may read it and let others */
    return errno != EOPNOTSUPP || fchown(fd, uid, 0) != 0 || fchmod(fd, 0500) != 0 ? -errno : 0;
}

static bool uid_of(const char *login, uid_t *ret)
{
    struct passwd entry, *found = NULL;
    autofree char *space = malloc(PASSWD_CAP);
    if (!*login || !space || getpwnam_r(login, &entry, space, PASSWD_CAP, &found) != 0 || !found)
        return false;
    *ret = found->pw_uid;
    return true;
}

/* The folder of a login, made when it is missing. */
static int person_folder(int media_fd, const char *login, struct fault *f)
{
    uid_t uid;
    bool known = uid_of(login, &uid);
    const char *name = known ? login : NOBODYS;
    if (names_check_one(name) != 0)
        return fault_set(f, SK_ERR_FORMAT, "\"%s\" can't be a folder", name);
    if (mkdirat(media_fd, name, FOLDER_MODE) != 0 && errno != EEXIST)
        return fault_errno(f, errno, "no folder can be made for the medium");
    autoclose int fd = openat(media_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r = fd < 0 ? -errno : known ? let_look(fd, uid) : 0;
    return r != 0 ? fault_errno(f, -r, "no folder can be made for the medium") : steal_fd(&fd);
}

/* Over this file of the mount lies an empty one, which it may already. */
static int cover(int media_fd, int mount_fd, const char *name, struct fault *f)
{
    struct stat empty_is, is;
    autoclose int empty = openat(media_fd, COVER_NAME, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0);
    autoclose int over = empty < 0 ? -1 : open_tree(media_fd, COVER_NAME, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    autoclose int at = openat(mount_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (over < 0 || at < 0 || fstat(empty, &empty_is) != 0 || fstat(at, &is) != 0)
        return fault_errno(f, errno, "the medium's identity can't be covered");
    bool covered = is.st_dev == empty_is.st_dev && is.st_ino == empty_is.st_ino;
    if (!covered && move_mount(over, "", at, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        return fault_errno(f, errno, "the medium's identity can't be covered");
    return 0;
}

/* What the writing of a turn would put aside can't be put aside under a cover. */
static bool is_turn(int mount_fd, const char *name)
{
    struct stat st;
    return turn_is_name(name) && fstatat(mount_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           st.st_nlink == 1;
}

/* Who reads the identity here could write it onto another medium, and who reads a turn onto an old copy of this one:
 * on FAT all is readable. */
static int cover_all(int media_fd, int mount_fd, struct fault *f)
{
    int fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return fault_errno(f, errno, "the medium's identity can't be covered");
    int r = cover(media_fd, mount_fd, IDENTITY_NAME, f);
    errno = 0;
    for (struct dirent *e; r == 0 && (e = readdir(dir)); errno = 0)
        r = is_turn(fd, e->d_name) ? cover(media_fd, mount_fd, e->d_name, f) : 0;
    return r == 0 && errno != 0 ? fault_errno(f, errno, "the medium's identity can't be covered") : r;
}

int medium_place_cover(const char *place, const char *tag, struct fault *f)
{
    autoclose int media = open(sk_path(SK_PATH_MEDIA), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    autoclose int top = open(place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (media < 0 || top < 0)
        return fault_errno(f, errno, "the medium's identity can't be covered");
    int r = 0;
    for (uint64_t i = 0; r == 0 && i < 2; i++) {
        char name[TURN_NAME_CAP];
        turn_name(tag, i, name);
        r = is_turn(top, name) ? cover(media, top, name, f) : 0;
    }
    return r;
}

static int attach(int media_fd, int person_fd, const char *id, int mount_fd, struct fault *f)
{
    if (mkdirat(person_fd, id, 0755) != 0 && errno != EEXIST)
        return fault_errno(f, errno, "no folder can be made for the medium");
    autoclose int at = openat(person_fd, id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (at < 0)
        return fault_errno(f, errno, "no folder can be made for the medium");
    int r = filesystem_attach(mount_fd, at, f);
    return r == 0 ? cover_all(media_fd, mount_fd, f) : r;
}

int medium_place_take(const char *id, const char *login, int *mount_fd, char ret[static MEDIUM_PATH_CAP],
                      struct fault *f)
{
    uid_t uid;
    const char *top = sk_path(SK_PATH_MEDIA);
    autoclose int taken = steal_fd(mount_fd);
    autoclose int media = open(top, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (media < 0)
        return fault_errno(f, errno, "%s can't be used", top);
    autoclose int person = person_folder(media, login, f);
    if (person < 0)
        return person;
    snprintf(ret, MEDIUM_PATH_CAP, "%s/%s/%s", top, uid_of(login, &uid) ? login : NOBODYS, id);
    int r = attach(media, person, id, taken, f);
    if (r != 0) {
        (void)umount2(ret, MNT_DETACH | UMOUNT_NOFOLLOW);
        (void)unlinkat(person, id, AT_REMOVEDIR);
    }
    return r;
}

void medium_place_leave(const char *place)
{
    if (umount2(place, MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
        log_error("%s can't be unmounted: %s", place, sk_strerror(-errno));
    (void)rmdir(place);
}

/* --- what was left -------------------------------------------------------------------------------- */

struct sweep {
    struct child children[MEDIUM_MAX]; /* of each place one: that of a medium that is silent waits for it */
    size_t count;
};

struct left {
    const char *place;
    unsigned mounts;
};

/* Mounts of this place, whatever they cover each other. */
static unsigned mounts_at(const char *place)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    autofree char *line = NULL;
    size_t cap = 0;
    unsigned count = 0;
    while (f && getline(&line, &cap, f) > 0) {
        char at[MEDIUM_PATH_CAP];
        count += sscanf(line, "%*s %*s %*s %*s %511s", at) == 1 && str_eq(at, place);
    }
    if (f)
        fclose(f);
    return count;
}

/* No more than there were at the start: by the time a silent medium lets go the next one may be there. */
static void leave_for_good(void *context, int sock)
{
    const struct left *l = context;
    (void)sock;
    for (unsigned i = 0; i < l->mounts; i++)
        if (umount2(l->place, MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
            break;
    (void)rmdir(l->place);
}

static void sweep_place(struct sweep *s, const char *place)
{
    struct fault f = {0};
    const struct left l = {.place = place, .mounts = mounts_at(place)};
    if (s->count == MEDIUM_MAX || child_start(&s->children[s->count], NULL, 0, leave_for_good, (void *)(uintptr_t)&l, &f) != 0)
        log_error("%s stays mounted: %s", place, s->count == MEDIUM_MAX ? "too many are" : f.why);
    else
        s->count++;
}

static void sweep_person(struct sweep *s, const char *top, const char *person)
{
    char path[MEDIUM_PATH_CAP];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", top, person) >= sizeof path)
        return;
    autofree char *real = realpath(path, NULL); /* as the kernel tells of mounts; no medium is asked for it */
    autodir DIR *dir = real ? opendir(real) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char place[MEDIUM_PATH_CAP];
        if (e->d_name[0] != '.' && (size_t)snprintf(place, sizeof place, "%s/%s", real, e->d_name) < sizeof place)
            sweep_place(s, place);
    }
}

/* The kernel takes a mount out of everybody's sight before it waits for its medium. */
static void wait_for_all(struct sweep *s)
{
    uint64_t until_ns = clock_boot_ns() + SWEEP_MS * 1000000ull;
    for (size_t i = 0; i < s->count; i++) {
        uint64_t now = clock_boot_ns();
        if (fd_wait(s->children[i].process_fd, POLLIN, now < until_ns ? (int)((until_ns - now) / 1000000) : 0) != 1)
            log_warn("a medium that was left mounted does not answer");
        child_leave(&s->children[i]);
    }
}

void medium_place_sweep(void)
{
    const char *top = sk_path(SK_PATH_MEDIA);
    struct sweep s = {.count = 0};
    autodir DIR *dir = opendir(top);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            sweep_person(&s, top, e->d_name);
    wait_for_all(&s);
}
