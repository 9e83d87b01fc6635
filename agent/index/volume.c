/* SPDX-License-Identifier: GPL-3.0-or-later */
/* volume.c owns one file system's descriptors and the way from a folder's handle to its path. It must
 * never take a path for true that does not lead from the volume's top to that very folder. */
#include "index/volume.h"
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include "base/clock.h"
#include "base/str.h"
#include "index/rules.h"

static bool learn(struct volume *v, int top)
{
    struct stat st;
    struct statfs fs;
    struct statx about;
    if (fstat(top, &st) != 0 || !S_ISDIR(st.st_mode) || fstatfs(top, &fs) != 0 ||
        statx(top, "", AT_EMPTY_PATH, STATX_MNT_ID, &about) != 0)
        return false;
    v->device = st.st_dev;
    v->mount = about.stx_mnt_id;
    /* an area's file system is one that has them */
    v->by_path = v->kind == VOLUME_PLACE && !handle_lasts((long)fs.f_type);
    if (v->by_path && v->events == VOLUME_NAMES)
        v->events = VOLUME_OPENS; /* its events name folders by handle */
    return true;
}

int volume_new(enum volume_kind kind, enum volume_events events, const char *id, int group_fd,
               int top_fd, struct volume **ret)
{
    autoclose int group = group_fd, top = top_fd;
    struct volume *v = calloc(1, sizeof *v);
    if (!v)
        return -ENOMEM;
    *v = (struct volume){.kind = kind, .events = events, .group_fd = -1, .top_fd = -1,
                         .state = STATE_NONE, .epoch = 1};
    v->id = strdup(id);
    if (!v->id || !learn(v, top)) {
        int r = v->id ? SK_ERR_FORMAT : -ENOMEM;
        volume_free(&v);
        return r;
    }
    v->opened_s = clock_wall_s();
    v->group_fd = steal_fd(&group);
    v->top_fd = steal_fd(&top);
    *ret = v;
    return 0;
}

void volume_free(struct volume **at)
{
    struct volume *v = *at;
    if (!v)
        return;
    if (v->scan.dir)
        closedir(v->scan.dir);
    free(v->scan.todo);
    state_close(&v->state);
    clean_close(&v->group_fd);
    clean_close(&v->top_fd);
    free(v->id);
    free(v);
    *at = NULL;
}

/* "" is the top. */
static int open_below(const struct volume *v, const char *path, int flags)
{
    struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV |
                                      RESOLVE_NO_MAGICLINKS};
    long fd;
    do
        fd = syscall(SYS_openat2, v->top_fd, *path ? path : ".", &how, sizeof how);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : (int)fd;
}

int volume_open_folder(const struct volume *v, const struct folder *d, int flags)
{
    if (v->by_path)
        return d->path ? open_below(v, d->path, flags | O_DIRECTORY) : -ESTALE;
    return handle_open(v->top_fd, &d->handle, flags | O_DIRECTORY);
}

int volume_open_file(const struct volume *v, const struct file *f, int flags)
{
    if (!v->by_path)
        return handle_open(v->top_fd, &f->handle, flags);
    if (!f->names)
        return -ESTALE;
    autoclose int dir = volume_open_folder(v, f->names->folder, O_PATH);
    int fd = dir < 0 ? -1 : openat(dir, f->names->text, flags | O_CLOEXEC);
    return dir < 0 ? dir : fd < 0 ? -errno : fd;
}

static void put_below(struct buf *path, const struct folder *d, const char *name)
{
    buf_printf(path, "%s%s%s", d->path, *d->path ? "/" : "", name);
}

int volume_handle(const struct volume *v, const struct folder *d, int dir_fd, const char *name,
                  struct handle *ret)
{
    autobuf struct buf path = {0};
    if (!v->by_path)
        return handle_of(dir_fd, name, d ? 0 : AT_EMPTY_PATH, ret);
    if (d && !d->path)
        return -ESTALE;
    buf_puts(&path, "");
    if (d)
        put_below(&path, d, name);
    return path.err ? path.err : handle_of_path(path.data, ret);
}

struct folder *volume_folder(struct table *t, struct volume *v, const struct folder *parent,
                             const char *name, const struct handle *h)
{
    struct folder *d = table_folder(t, v, h);
    autobuf struct buf path = {0};
    if (!d || !v->by_path || d->path)
        return d;
    buf_puts(&path, "");
    if (parent && parent->path)
        put_below(&path, parent, name);
    d->path = buf_steal(&path);
    if (!d->path)
        return NULL;
    d->known = true;
    d->ignored = rules_ignored(d->path, &d->own);
    return d;
}

bool volume_is_beyond(const struct volume *v, int dir_fd, const char *name)
{
    struct statx about;
    return statx(dir_fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &about) != 0 ||
           about.stx_mnt_id != v->mount;
}

/* The path that the kernel has for it, if it leads there from the top. */
static bool find_path(const struct volume *v, int fd, char path[static PATH_MAX])
{
    char link[64];
    struct stat is, at;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 1);
    if (n <= 0 || path[0] != '/')
        return false;
    path[n] = '\0';
    memmove(path, path + 1, (size_t)n);
    if (fstat(fd, &is) != 0)
        return false;
    /* a place is a part of its file system: the kernel's path of a folder elsewhere on it is not
     * relative to the top, and one that was moved meanwhile is not there any more */
    return fstatat(v->top_fd, *path ? path : ".", &at, AT_SYMLINK_NOFOLLOW) == 0 &&
           at.st_dev == is.st_dev && at.st_ino == is.st_ino;
}

bool volume_folder_known(struct volume *v, struct folder *d)
{
    char path[PATH_MAX];
    if (v->by_path)
        return d->path != NULL;
    if (d->known && d->epoch == v->epoch)
        return !d->beyond;
    free(d->path);
    d->path = NULL;
    d->epoch = v->epoch;
    d->known = true;
    d->beyond = true;
    d->ignored = d->own = false;
    autoclose int fd = handle_open(v->top_fd, &d->handle, O_PATH | O_DIRECTORY);
    if (fd < 0 || !find_path(v, fd, path))
        return false;
    d->path = strdup(path);
    d->beyond = !d->path;
    d->ignored = d->path && rules_ignored(d->path, &d->own);
    return !d->beyond;
}

bool volume_path(struct volume *v, const struct name *n, struct buf *path)
{
    if (!volume_folder_known(v, n->folder))
        return false;
    buf_printf(path, "%s%s%s", n->folder->path, *n->folder->path ? "/" : "", n->text);
    return path->err == 0;
}
