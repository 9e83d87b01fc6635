/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scan.c owns the walk through all folders of a volume, which finds what no event told: changes made
 * while nobody looked, or on a file system without names in its events. It must never follow a link or
 * a mount, and never read a file's content. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/str.h"
#include "index/index.h"

#define ENTRIES_PER_STEP 256
#define MS               1000000ull

static void add_todo(struct volume *v, struct folder *d)
{
    struct scan *s = &v->scan;
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 64;
        struct folder **more = reallocarray(s->todo, cap, sizeof(struct folder *));
        if (!more) {
            v->full = true;
            return;
        }
        s->todo = more;
        s->cap = cap;
    }
    s->todo[s->count++] = d;
}

void scan_begin(struct index *x, struct volume *v)
{
    struct scan *s = &v->scan;
    struct handle top;
    if (s->dir)
        closedir(s->dir);
    s->dir = NULL;
    s->count = 0;
    s->due_ns = 0;
    s->number = ++x->last_scan;
    struct folder *d = volume_handle(v, NULL, v->top_fd, "", &top) == 0
                           ? volume_folder(&x->table, v, NULL, "", &top)
                           : NULL;
    s->running = d;
    if (d)
        add_todo(v, d);
    else
        v->full = true; /* status says that it is not looked at */
}

static int64_t ns_of(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static void see_file(struct index *x, struct volume *v, const char *name, const struct stat *st)
{
    struct handle h;
    if (volume_handle(v, v->scan.folder, dirfd(v->scan.dir), name, &h) != 0)
        return;
    struct file *f = table_find(&x->table, v, &h);
    /* a place's file is of interest when a protected one has its size */
    if (!f && v->kind == VOLUME_PLACE && !table_has_size(&x->table, (uint64_t)st->st_size))
        return;
    bool is_new = !f;
    f = f ? f : track_file(x, v, &h);
    if (!f)
        return;
    if (f->scan != v->scan.number) {
        f->scan = v->scan.number;
        for (struct name *n = f->names; n; n = n->next)
            n->seen = false;
    }
    const struct name *had = table_name(&x->table, v->scan.folder, name);
    bool new_name = !had || had->file != f;
    struct name *n = table_name_add(&x->table, f, v->scan.folder, name);
    if (n)
        n->seen = true;
    bool changed = f->size != (uint64_t)st->st_size || f->mtime_ns != ns_of(&st->st_mtim) ||
                   f->ctime_ns != ns_of(&st->st_ctim);
    if (!is_new && f->decided && !changed && !new_name)
        return;
    f->stale = f->stale || changed;
    if (v->baseline && is_new && !f->counted) {
        f->counted = true;
        v->unsettled++;
    }
    if (f->queue != FILE_TOUCHED)
        track_touch(x, f, NULL);
}

static void see_folder(struct index *x, struct volume *v, const char *name)
{
    struct handle h;
    if (volume_handle(v, v->scan.folder, dirfd(v->scan.dir), name, &h) != 0)
        return;
    struct folder *d = volume_folder(&x->table, v, v->scan.folder, name, &h);
    if (d && volume_folder_known(v, d) && !d->ignored)
        add_todo(v, d);
}

static void see(struct index *x, struct volume *v, const struct dirent *e)
{
    struct stat st;
    if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
        return;
    if (e->d_type != DT_REG && e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
        return;
    if (fstatat(dirfd(v->scan.dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    /* subvolumes and the files of overlays have devices of their own, which are no mounts */
    if (st.st_dev != v->device && volume_is_beyond(v, dirfd(v->scan.dir), e->d_name))
        return;
    if (S_ISDIR(st.st_mode))
        see_folder(x, v, e->d_name);
    else if (S_ISREG(st.st_mode))
        see_file(x, v, e->d_name, &st);
}

/* What was not seen is looked at: it is gone, or was moved behind the scan's back. */
static void end(struct index *x, struct volume *v)
{
    struct file *f;
    v->scan.running = false;
    v->scan.ended_ns = clock_boot_ns();
    for (f = LIST_FIRST(&v->files); f; f = LIST_NEXT(f, all)) {
        bool all_seen = f->scan == v->scan.number;
        for (const struct name *n = f->names; n; n = n->next)
            all_seen = all_seen && n->seen;
        if (!all_seen && f->queue == FILE_IDLE && f != x->reading.file)
            track_touch(x, f, NULL);
    }
    if (v->events != VOLUME_NAMES)
        v->scan.due_ns = v->scan.ended_ns + INDEX_RESCAN_NS;
}

static void next_folder(struct index *x, struct volume *v)
{
    struct scan *s = &v->scan;
    if (s->count == 0) {
        end(x, v);
        return;
    }
    s->folder = s->todo[--s->count];
    int fd = volume_open_folder(v, s->folder, O_RDONLY | O_NONBLOCK);
    s->dir = fd < 0 ? NULL : fdopendir(fd);
    if (fd >= 0 && !s->dir)
        close(fd);
}

static void go_on(struct index *x, struct volume *v)
{
    struct scan *s = &v->scan;
    if (!s->dir)
        next_folder(x, v);
    for (int i = 0; s->dir && i < ENTRIES_PER_STEP; i++) {
        const struct dirent *e = readdir(s->dir);
        if (e) {
            see(x, v, e);
            continue;
        }
        closedir(s->dir);
        s->dir = NULL;
    }
}

/* The first look is over when each file of it was decided on. */
static void end_baseline(struct volume *v)
{
    if (!v->baseline || v->scan.running || v->unsettled > 0)
        return;
    v->baseline = false;
    state_scanned(&v->state);
}

int scan_step(struct index *x)
{
    struct volume *v;
    int wait = -1;
    for (v = TAILQ_FIRST(&x->volumes); v; v = TAILQ_NEXT(v, all)) {
        uint64_t now = clock_boot_ns();
        if (!v->scan.running && v->scan.due_ns && v->scan.due_ns <= now)
            scan_begin(x, v);
        if (v->scan.running)
            go_on(x, v);
        end_baseline(v);
        int ms = -1;
        if (v->scan.running)
            ms = 0;
        else if (v->scan.due_ns)
            ms = v->scan.due_ns <= now ? 0 : (int)((v->scan.due_ns - now) / MS) + 1;
        if (ms >= 0 && (wait < 0 || ms < wait))
            wait = ms;
    }
    return wait;
}
