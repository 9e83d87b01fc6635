/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scratch.c owns the removal of what a room leaves behind. It must never follow a link, enter a mount or
 * remove a name outside of the home folder, nor take longer than it may. */
#include "room/scratch.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "base/clock.h"
#include "base/str.h"

#define DEPTH_MAX 128 /* folders in folders; each holds a descriptor */

/* Relative to the home folder. A folder stays, what is in it goes. */
static const struct {
    const char *folder, *name; /* name: this entry of it alone; NULL = all */
} temporary[] = {
    {".tmp", NULL}, /* TMPDIR and /var/tmp */
    {".cache", NULL},
    {".thumbnails", NULL},
    {".local/share/Trash", NULL},
    {".local/share/RecentDocuments", NULL},
    {".local/share", "recently-used.xbel"},
    {".", ".recently-used"},
};

static const char *const words[] = {
    [SCRATCH_KEEP] = "keep", [SCRATCH_TEMPORARY] = "temporary", [SCRATCH_ALL] = "all"};

const char *scratch_word(enum scratch s)
{
    return words[s];
}

bool scratch_of_word(const char *word, enum scratch *ret)
{
    for (size_t i = 0; i < array_count(words); i++)
        if (str_eq(words[i], word)) {
            *ret = (enum scratch)i;
            return true;
        }
    return false;
}

struct cleaning {
    uint64_t until_ns;
    uint64_t names; /* removed so far, folders too */
    struct scratch_removed *removed;
};

static int open_below(int dir_fd, const char *name)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
    long fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof how);
    return fd < 0 ? -errno : (int)fd;
}

/* Folders that their owner closed are opened: whoever cleans owns what is in the home folder. */
static int open_folder(int dir_fd, const char *name)
{
    int fd = open_below(dir_fd, name);
    if (fd == -EACCES && fchmodat(dir_fd, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
        fd = open_below(dir_fd, name);
    if (fd >= 0)
        (void)fchmod(fd, 0700);
    return fd;
}

static bool time_is_over(struct cleaning *c)
{
    bool over = clock_boot_ns() >= c->until_ns;
    if (over)
        c->removed->complete = 0;
    return over;
}

static void remove_name(int dir_fd, const char *name, const struct stat *st, struct cleaning *c)
{
    if (unlinkat(dir_fd, name, 0) != 0) {
        c->removed->complete &= errno == ENOENT;
        return;
    }
    c->names++;
    c->removed->files++;
    if (S_ISREG(st->st_mode) && st->st_nlink == 1)
        c->removed->bytes += (uint64_t)st->st_size;
}

static void empty_folder(int fd, unsigned depth, struct cleaning *c);

static void remove_folder(int dir_fd, const char *name, unsigned depth, struct cleaning *c)
{
    uint64_t before;
    /* again: a listing may miss names while others are removed */
    do {
        before = c->names;
        int fd = depth < DEPTH_MAX ? open_folder(dir_fd, name) : -ELOOP;
        if (fd < 0)
            break;
        empty_folder(fd, depth + 1, c);
        if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0) {
            c->names++;
            return;
        }
    } while (errno == ENOTEMPTY && c->names > before && !time_is_over(c));
    c->removed->complete = 0;
}

/* Takes fd. */
static void empty_folder(int fd, unsigned depth, struct cleaning *c)
{
    autodir DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        c->removed->complete = 0;
        return;
    }
    for (struct dirent *e; !time_is_over(c) && (e = readdir(dir));) {
        struct stat st;
        if (str_eq(e->d_name, ".") || str_eq(e->d_name, "..") ||
            fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            remove_folder(fd, e->d_name, depth, c);
        else
            remove_name(fd, e->d_name, &st, c);
    }
}

static void clean_one(int home_fd, const char *folder, const char *name, struct cleaning *c)
{
    struct stat st;
    if (time_is_over(c))
        return;
    autoclose int fd = open_below(home_fd, folder);
    if (fd < 0)
        c->removed->complete &= fd == -ENOENT;
    else if (!name)
        empty_folder(steal_fd(&fd), 0, c);
    else if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode))
        remove_name(fd, name, &st, c);
}

void scratch_clean(int home_fd, enum scratch which, uint64_t until_ns, struct scratch_removed *ret)
{
    struct cleaning c = {.until_ns = until_ns, .removed = ret};
    *ret = (struct scratch_removed){.complete = 1, .known = 1};
    if (which == SCRATCH_ALL)
        clean_one(home_fd, ".", NULL, &c);
    for (size_t i = 0; i < array_count(temporary) && which == SCRATCH_TEMPORARY; i++)
        clean_one(home_fd, temporary[i].folder, temporary[i].name, &c);
}
