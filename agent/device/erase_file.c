/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erase_file.c owns the erasing of one file: its blocks in place, then its length, then its name. It must
 * never follow a link, touch what some process has open, nor remove a name that leads elsewhere by now. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include "base/phrase.h"
#include "base/str.h"
#include "device/erase.h"
#include "device/holders.h"
#include "device/job.h"
#include "device/place.h"
#include "device/storage.h"

static int open_parent(const struct area_table *areas, int medium_fd, const struct request_erase *want, char *folder,
                       struct erase_target *t, struct fault *f)
{
    autobuf struct buf shown = {0};
    char *slash = strrchr(folder, '/');
    const char *at = !slash ? "." : slash == folder ? "/" : folder;
    if (slash)
        *slash = '\0'; /* of the topmost folder's name nothing is left: at is "/" then */
    if (*want->medium) {
        t->parent_fd = place_open_below(medium_fd, at, O_RDONLY | O_DIRECTORY, 0);
    } else if (*want->area) {
        const struct area *a = area_find(areas, want->area);
        if (!a)
            return fault_set(f, SK_ERR_STATE, "the area %s is not open", want->area);
        t->parent_fd = place_open_below(a->private_fd, at, O_RDONLY | O_DIRECTORY, 0);
    } else {
        t->parent_fd = place_openat2(AT_FDCWD, at, O_RDONLY | O_DIRECTORY, 0, 0);
    }
    return t->parent_fd >= 0 ? 0
                             : fault_errno(f, -t->parent_fd, "the folder %s can't be used",
                                           fault_shown(&shown, at));
}

static int open_file(struct erase_target *t, struct fault *f)
{
    autobuf struct buf shown = {0};
    const char *name = fault_shown(&shown, t->name);
    t->fd = place_openat2(t->parent_fd, t->name,
                          O_RDWR | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_NOATIME, 0, 0);
    if (t->fd == -ELOOP)
        return fault_set(f, SK_ERR_REFUSED, "%s is a symbolic link: name the file itself", name);
    return t->fd >= 0 ? 0 : fault_errno(f, -t->fd, "%s can't be opened", name);
}

/* The content as far as it has blocks; the rest of the last block belongs to it. */
static int visit_ranges(int fd, uint64_t size, uint64_t block,
                        int (*visit)(void *context, uint64_t offset, uint64_t len), void *context)
{
    off_t at = 0;
    while ((uint64_t)at < size) {
        off_t from = lseek(fd, at, SEEK_DATA);
        if (from < 0)
            return errno == ENXIO ? 0 : -errno;
        off_t to = lseek(fd, from, SEEK_HOLE);
        if (to < 0)
            return -errno;
        uint64_t end = ((uint64_t)to + block - 1) / block * block;
        int r = visit(context, (uint64_t)from, end - (uint64_t)from);
        if (r != 0)
            return r;
        at = to;
    }
    return 0;
}

static int add_range(void *context, uint64_t offset, uint64_t len)
{
    struct erase_target *t = context;
    (void)offset;
    t->bytes += len;
    return 0;
}

/* index: sekisho-index, which reads a file that was just written; that keeps nothing of it. */
static int look_at(const struct request_erase *want, const struct stat *st, pid_t index, struct erase_target *t,
                   struct fault *f)
{
    autobuf struct buf shown = {0}, who = {0};
    const char *name = fault_shown(&shown, t->name);
    if (!S_ISREG(st->st_mode))
        return fault_set(f, SK_ERR_REFUSED, "%s is not a regular file", name);
    if (st->st_nlink > 1 && !want->all_names)
        return fault_set(f, SK_ERR_STATE,
                         "%s has %ju other names (hard links), whose content would go with it: remove "
                         "them first, or say --all-names", name, (uintmax_t)st->st_nlink - 1);
    holders_of_file(st->st_dev, st->st_ino, index, &who);
    if (who.len > 0)
        return fault_set(f, SK_ERR_STATE, "%s is open in %s: close it first", name,
                         who.err ? PHRASE("another program") : who.data);
    t->size = (uint64_t)st->st_size;
    if (fsync(t->fd) != 0) /* what has no blocks yet would look like a hole */
        return fault_errno(f, errno, "%s can't be written", name);
    int r = visit_ranges(t->fd, t->size, (uint64_t)st->st_blksize, add_range, t);
    if (r != 0)
        return fault_errno(f, -r, "%s can't be looked at", name);
    t->statements |= storage_of_file(t->fd) | SK_STATEMENT_BIT(EARLIER) |
                     (st->st_nlink > 1 ? SK_STATEMENT_BIT(LINKS) : 0);
    return 0;
}

int erase_look_file(const struct area_table *areas, int medium_fd, const struct request_erase *want,
                    struct erase_target *t, struct fault *f)
{
    struct stat st;
    autofree char *folder = strdup(want->path);
    const char *name = names_last(want->path);
    if (!folder)
        return fault_errno(f, ENOMEM, "the file can't be looked at");
    if (strlen(name) >= sizeof t->name)
        return fault_set(f, SK_ERR_LIMIT, "the file's name is too long");
    memcpy(t->name, name, strlen(name) + 1);
    t->on_medium = *want->medium;
    int r = open_parent(areas, medium_fd, want, folder, t, f);
    if (r == 0)
        r = open_file(t, f);
    if (r != 0)
        return r;
    if (fstat(t->fd, &st) != 0)
        return fault_errno(f, errno, "the file can't be looked at");
    if (!*want->area && area_owns(areas, st.st_dev))
        return fault_set(f, SK_ERR_REFUSED, "the file is in a protected area: name it there");
    return look_at(want, &st, areas->index.pid, t, f);
}

struct pass {
    struct erase_target *t;
    struct overwrite *o;
    bool compare;
    struct fault *f;
};

static int pass_range(void *context, uint64_t offset, uint64_t len)
{
    struct pass *p = context;
    return p->compare ? overwrite_compare(p->o, p->t->fd, offset, len, p->f)
                      : overwrite_write(p->o, p->t->fd, offset, len, p->f);
}

static int pass(struct erase_target *t, struct overwrite *o, bool compare, struct fault *f)
{
    struct stat st;
    struct pass p = {.t = t, .o = o, .compare = compare, .f = f};
    if (fstat(t->fd, &st) != 0)
        return fault_errno(f, errno, "the file can't be looked at");
    int r = visit_ranges(t->fd, (uint64_t)st.st_size, (uint64_t)st.st_blksize, pass_range, &p);
    return r == 0 || f->code ? r : fault_errno(f, -r, "the file can't be looked at");
}

/* Blocks that the file system has told nobody of: only where it lies on a device of its own, for an
 * image would give its blocks to the disk below it. */
static void trim(const struct erase_target *t)
{
    struct fstrim_range all = {.len = UINT64_MAX};
    struct stat st;
    char path[PROBE_PATH_CAP];
    if (fstat(t->parent_fd, &st) == 0 && probe_device_path(st.st_dev, path) == 0 &&
        !str_starts(path, "/dev/loop") && *t->area)
        (void)ioctl(t->parent_fd, FITRIM, &all);
}

/* CASE.manifest, its signature and the cover sheet say what an export was: without it they say nothing. */
static void remove_beside(const struct erase_target *t)
{
    static const char *const suffixes[] = {NAMES_MANIFEST_SUFFIX, NAMES_SIGNATURE_SUFFIX, NAMES_COVER_SUFFIX};
    size_t len = strlen(t->name), suffix_len = strlen(NAMES_EXPORT_SUFFIX);
    if (!t->on_medium || len <= suffix_len || !str_eq(t->name + len - suffix_len, NAMES_EXPORT_SUFFIX))
        return;
    for (size_t i = 0; i < array_count(suffixes); i++) {
        char name[NAMES_ONE_CAP];
        int n = snprintf(name, sizeof name, "%.*s%s", (int)(len - suffix_len), t->name, suffixes[i]);
        if (n > 0 && (size_t)n < sizeof name)
            (void)unlinkat(t->parent_fd, name, 0);
    }
}

static int remove_name(struct erase_target *t, struct fault *f)
{
    struct stat is, was;
    autobuf struct buf shown = {0};
    const char *name = fault_shown(&shown, t->name);
    if (ftruncate(t->fd, 0) != 0)
        return fault_errno(f, errno, "%s can't be shortened", name);
    if (fstat(t->fd, &was) != 0 ||
        fstatat(t->parent_fd, t->name, &is, AT_SYMLINK_NOFOLLOW) != 0 || is.st_ino != was.st_ino ||
        is.st_dev != was.st_dev)
        return fault_set(f, SK_ERR_STATE, "%s was overwritten, but the name leads to another file now",
                         name);
    if (was.st_nlink > 1) /* also when the other names came only now */
        t->statements |= SK_STATEMENT_BIT(LINKS);
    remove_beside(t);
    if (unlinkat(t->parent_fd, t->name, 0) != 0 || fsync(t->parent_fd) != 0)
        return fault_errno(f, errno, "%s can't be removed", name);
    return 0;
}

/* A file of that name may be another one by now: what is on record as gone must be what was there. */
static int check_content(const struct erase_target *t, struct fault *f)
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    autobuf struct buf shown = {0};
    if (!t->sha256[0])
        return 0;
    int r = digest_of_fd(t->fd, digest, NULL);
    if (r != 0)
        return fault_errno(f, -r, "%s can't be read", fault_shown(&shown, t->name));
    digest_hex(hex, digest);
    return str_eq(hex, t->sha256)
               ? 0
               : fault_set(f, SK_ERR_REFUSED, "%s holds something else than what is on record; nothing was erased. Look "
                           "what it is; with --changed it is erased, and ends nothing in the register",
                           fault_shown(&shown, t->name));
}

int erase_run_file(struct erase_target *t, struct overwrite *o, struct fault *f)
{
    struct overwrite_place place;
    int r = check_content(t, f);
    if (r != 0)
        return r;
    t->statements |= overwrite_place_before(t->fd, &place); /* somebody may have shared its blocks since the look */
    r = pass(t, o, false, f);
    if (r == 0)
        r = overwrite_sync(t->fd, f);
    if (r == 0)
        r = pass(t, o, true, f);
    if (r == 0)
        t->statements |= overwrite_place_after(t->fd, &place);
    if (r == 0)
        r = remove_name(t, f);
    if (r == 0)
        trim(t);
    return r;
}
