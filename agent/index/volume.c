/* SPDX-License-Identifier: GPL-3.0-or-later */
/* volume.c owns one file system's descriptors and the way from a folder's handle to its path. It must
 * never take a path for true that does not lead from the volume's top to that very folder. */
#include "index/volume.h"
#include <fcntl.h>
#include <limits.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/str.h"
#include "index/rules.h"

int volume_new(enum volume_kind kind, enum volume_events events, const char *id, int group_fd,
               int top_fd, struct volume **ret)
{
    autoclose int group = group_fd, top = top_fd;
    struct stat st;
    struct volume *v = calloc(1, sizeof *v);
    if (!v)
        return -ENOMEM;
    *v = (struct volume){.kind = kind, .events = events, .group_fd = -1, .top_fd = -1,
                         .state = STATE_NONE, .epoch = 1};
    v->id = strdup(id);
    if (!v->id || fstat(top, &st) != 0 || !S_ISDIR(st.st_mode)) {
        int r = v->id ? SK_ERR_FORMAT : -ENOMEM;
        volume_free(&v);
        return r;
    }
    v->device = st.st_dev;
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

int volume_open_folder(const struct volume *v, const struct folder *d)
{
    return handle_open(v->top_fd, &d->handle, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
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
