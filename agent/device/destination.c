/* SPDX-License-Identifier: GPL-3.0-or-later */
/* destination.c owns the checks of where protected data may be written to. It must never accept a
 * folder that it has not opened itself without following links. */
#include "device/destination.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/mounts.h"
#include "base/str.h"
#include "device/names.h"
#include "device/place.h"
#include "device/probe.h"

#define MOUNTINFO_MAX ((size_t)16 * 1024 * 1024) /* bytes */

#define OWN_FOLDER_MODE ((mode_t)0700)

/* Overheads, generous: what is refused before the first byte costs nobody anything. */
#define HEAD_BYTES_EACH   ((uint64_t)2048)       /* tar and pax heads and padding of a file */
#define NAME_COPIES       ((uint64_t)3)          /* a name stands in pax head, path and digests */
#define AGE_CHUNK_BYTES   ((uint64_t)64 * 1024)  /* each adds its tag */
#define AGE_TAG_BYTES     ((uint64_t)16)
#define AGE_STANZA_BYTES  ((uint64_t)256)        /* each recipient */
#define EXPORT_MORE_BYTES ((uint64_t)128 * 1024) /* archive end, manifest, signature, folder */
#define COPY_BLOCK_BYTES  ((uint64_t)4096)

/* A bind mount of some folder is not a medium. */
static bool shows_top(uint64_t mount_id)
{
    autobuf struct buf text = {0};
    struct mount_line m;
    struct cursor c;
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text) != 0)
        return false;
    cursor_init(&c, text.data, text.len);
    while (mount_line_next(&c, &m))
        if (m.id == mount_id)
            return mount_word_is(&m.root, "/");
    return false;
}

static int check_medium(int fd, const char *shown, struct fault *f)
{
    struct statx sx;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MNT_ID, &sx) != 0)
        return fault_errno(f, errno, "%s can't be looked at", shown);
    if (!(sx.stx_attributes & STATX_ATTR_MOUNT_ROOT) || !shows_top(sx.stx_mnt_id))
        return fault_set(f, SK_ERR_NOT_FOUND, "no medium is mounted at %s", shown);
    return 0;
}

static int check_uuid(const struct stat *st, const char *wanted, const char *shown,
                      struct fault *f)
{
    struct probe probe;
    if (!*wanted)
        return 0;
    int r = probe_mounted(st->st_dev, &probe);
    if (r != 0)
        return fault_errno(f, -r, "the medium at %s can't be told by its UUID", shown);
    if (strcasecmp(probe.uuid, wanted) != 0)
        return fault_set(f, SK_ERR_NOT_FOUND,
                         "another medium is mounted at %s: its UUID is %s, not %s", shown,
                         probe.uuid[0] ? probe.uuid : "none", wanted);
    return 0;
}

static int check_folder(const struct area_table *areas, const struct request_destination *want,
                        int fd, struct destination_state *ret_state, struct fault *f)
{
    struct stat st;
    struct statvfs room;
    autobuf struct buf b = {0};
    const char *shown = fault_shown(&b, want->path);
    if (fstat(fd, &st) != 0)
        return fault_errno(f, errno, "%s can't be looked at", shown);
    if (area_owns(areas, st.st_dev))
        return fault_set(f, SK_ERR_REFUSED, "%s lies inside a protected area", shown);
    int r = str_eq(want->kind, DESTINATION_MEDIUM) ? check_medium(fd, shown, f) : 0;
    if (r == 0)
        r = check_uuid(&st, want->uuid, shown, f);
    if (r != 0)
        return r;
    if (fstatvfs(fd, &room) != 0)
        return fault_errno(f, errno, "%s can't be looked at", shown);
    ret_state->present = true;
    ret_state->free = (uint64_t)room.f_bavail * room.f_frsize;
    if (room.f_flag & ST_RDONLY)
        return fault_set(f, -EROFS, "%s is mounted read-only", shown);
    ret_state->writable = true;
    return 0;
}

static int open_medium(const struct medium_table *media, const char *id, struct destination_state *ret_state,
                       struct fault *f)
{
    struct statvfs room;
    const struct medium *m = medium_find(media, id);
    if (!m || !medium_is_there(m))
        return fault_set(f, SK_ERR_NOT_FOUND, "the medium %s is not plugged in, or was not approved", id);
    autoclose int fd = openat(m->found.private_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstatvfs(fd, &room) != 0)
        return fault_errno(f, errno, "the medium %s can't be used", id);
    ret_state->present = true;
    ret_state->free = (uint64_t)room.f_bavail * room.f_frsize;
    if (m->direction == REQUEST_IN)
        return fault_set(f, SK_ERR_REFUSED, "the medium %s is for bringing in only", id);
    if (!medium_can_write(m->found.type))
        return fault_set(f, -EROFS, "the medium %s is %s, which can only be read", id, m->found.type);
    ret_state->writable = true;
    return steal_fd(&fd);
}

int destination_open(const struct area_table *areas, const struct medium_table *media,
                     const struct request_destination *want, const struct persona *person,
                     struct destination_state *ret_state, struct fault *f)
{
    *ret_state = (struct destination_state){0};
    if (*want->medium)
        return open_medium(media, want->medium, ret_state, f);
    if (person) {
        int r = persona_enter(person);
        if (r != 0)
            return fault_errno(f, -r, "the requester's rights can't be taken on");
    }
    autoclose int fd = place_open_folder(want->path, f);
    if (person)
        persona_leave();
    if (fd == -ENOENT || fd == -ENOTDIR) {
        autobuf struct buf shown = {0};
        *f = (struct fault){0};
        return fault_set(f, SK_ERR_NOT_FOUND, "there is no folder %s",
                         fault_shown(&shown, want->path));
    }
    if (fd < 0)
        return fd;
    int r = check_folder(areas, want, fd, ret_state, f);
    return r != 0 ? r : steal_fd(&fd);
}

static bool is_empty(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    const struct dirent *e;
    while ((e = readdir(dir)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            return false;
    return true;
}

int destination_own_folder(int outbox_fd, const char *name, const struct persona *person, struct fault *f)
{
    struct stat st;
    if (mkdirat(outbox_fd, name, OWN_FOLDER_MODE) != 0 && errno != EEXIST)
        return fault_errno(f, errno, "the folder %s can't be made", name);
    autoclose int fd = place_openat2(outbox_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_BENEATH | RESOLVE_NO_XDEV);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fault_errno(f, fd < 0 ? -fd : errno, "the folder %s can't be used", name);
    if (st.st_uid != person->uid && st.st_uid != 0)
        return fault_set(f, SK_ERR_REFUSED, "the folder %s belongs to somebody else", name);
    /* root's: it was made just now, or by one who was killed before this; else it is somebody's for something else */
    if (st.st_uid == 0 && person->uid != 0 && ((st.st_mode & 07777) != OWN_FOLDER_MODE || !is_empty(fd)))
        return fault_set(f, SK_ERR_REFUSED, "the folder %s belongs to somebody else", name);
    if ((st.st_uid != person->uid && fchown(fd, person->uid, person->gid) != 0) || fchmod(fd, OWN_FOLDER_MODE) != 0)
        return fault_errno(f, errno, "the folder %s can't be given to its person", name);
    return fsync(outbox_fd) == 0 ? steal_fd(&fd) : fault_errno(f, errno, "the folder %s can't be made", name);
}

uint64_t destination_need(const struct request_job_start *job)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < job->count; i++) {
        uint64_t more = job->job == REQUEST_EXPORT
                            ? HEAD_BYTES_EACH + NAME_COPIES * strlen(job->files[i].name)
                            : COPY_BLOCK_BYTES;
        if (job->files[i].bytes > INT64_MAX || sum > UINT64_MAX / 4 - job->files[i].bytes - more)
            return UINT64_MAX;
        sum += job->files[i].bytes + more;
    }
    if (job->job != REQUEST_EXPORT)
        return sum;
    return sum + (sum / AGE_CHUNK_BYTES + 1) * AGE_TAG_BYTES + EXPORT_MORE_BYTES +
           json_array_size(job->recipients) * AGE_STANZA_BYTES;
}

static bool is_regular(int dir_fd, const char *name)
{
    struct stat st;
    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static bool is_leftover(int dir_fd, const char *name)
{
    return names_is_leftover(name) && is_regular(dir_fd, name);
}

/* A manifest, or its signature, that got its name in the moment before its export would have. */
static bool is_half_named(int dir_fd, const char *name)
{
    char export[NAMES_ONE_CAP];
    return names_export_of(name, export) && is_regular(dir_fd, export) && is_regular(dir_fd, name);
}

static bool sweep_names(DIR *dir, bool (*goes)(int dir_fd, const char *name))
{
    bool clean = true;
    for (struct dirent *e; (e = readdir(dir));)
        if (goes(dirfd(dir), e->d_name) && unlinkat(dirfd(dir), e->d_name, 0) != 0 && errno != ENOENT)
            clean = false;
    return clean;
}

/* The names of those beside an export go first: the unfinished export is what tells them. */
bool destination_sweep(int dir_fd)
{
    /* an open of its own: flock(2) belongs to the open file, and jobs hold it shared on theirs */
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    autodir DIR *dir = flock(fd, LOCK_EX | LOCK_NB) == 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        return false;
    }
    if (!sweep_names(dir, is_half_named))
        return false;
    rewinddir(dir);
    return sweep_names(dir, is_leftover);
}

bool destination_sweep_outbox(int dir_fd)
{
    bool clean = destination_sweep(dir_fd);
    int top = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = top < 0 ? NULL : fdopendir(top);
    if (!dir) {
        if (top >= 0)
            close(top);
        return false;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        autoclose int fd = place_openat2(dir_fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
                                         RESOLVE_BENEATH | RESOLVE_NO_XDEV);
        if (fd >= 0)
            clean = destination_sweep(fd) && clean;
    }
    return clean;
}

void destination_claim(int dir_fd)
{
    /* somebody's exclusive lock keeps sweeps away just as well */
    (void)!flock(dir_fd, LOCK_SH | LOCK_NB);
}
