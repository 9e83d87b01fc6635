/* SPDX-License-Identifier: GPL-3.0-or-later */
/* track.c owns what events mean for what is known: names that come and go, files to be looked at, who
 * did it. It must never read a file's content, and never take an event for more than a hint: what is
 * true is looked at when the file is quiet. */
#include <fcntl.h>
#include <poll.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/fanotify.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/str.h"
#include "index/index.h"

#define READ_BYTES   ((size_t)64 * 1024)
#define FACT_MAX     ((size_t)4096)      /* bytes of a file in /proc that are read */
#define DIRTY_NS     (3ull * 1000000000) /* after an event without a name until the scan */
#define DIRTY_REST_NS (30ull * 1000000000) /* at least between two such scans */

/* Newer than the build's headers may be (Linux 5.17). */
#ifndef FAN_RENAME
#define FAN_RENAME 0x10000000
#endif

/* ---- who ---- */

/* The number after "Uid:\t": the real uid; the kernel's format in proc(5). */
static bool uid_in(const char *status, uint32_t *ret)
{
    const char *at = strstr(status, "\nUid:\t");
    char *end;
    if (!at)
        return false;
    at += 6;
    /* the fourth is the one that files are made with */
    for (int i = 0; i < 3; i++) {
        at = strchr(at, '\t');
        if (!at)
            return false;
        at++;
    }
    errno = 0;
    unsigned long uid = strtoul(at, &end, 10);
    if (errno != 0 || end == at || uid > UINT32_MAX)
        return false;
    *ret = (uint32_t)uid;
    return true;
}

static void comm_in(const char *status, char ret[static TABLE_COMM_CAP])
{
    const char *at = str_starts(status, "Name:\t") ? status + 6 : "";
    size_t len = strcspn(at, "\n");
    snprintf(ret, TABLE_COMM_CAP, "%.*s", (int)(len < TABLE_COMM_CAP ? len : TABLE_COMM_CAP - 1),
             at);
}

/* Facts of the process, if it was still there after they were read. */
static void look_at_process(int pid, int pidfd, struct actor *ret)
{
    char path[64];
    autobuf struct buf status = {0};
    *ret = (struct actor){.at_ns = clock_boot_ns(), .pid = pid};
    if (pid <= 0 || pidfd < 0)
        return;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    char *room = buf_room(&status, FACT_MAX);
    ssize_t n = room ? fd_read_full(fd, room, FACT_MAX) : -1;
    if (n <= 0)
        return;
    buf_grow(&status, (size_t)n);
    if (status.err != 0 || fd_wait(pidfd, POLLIN, 0) != 0)
        return; /* it ended: the number may be another's by now */
    comm_in(status.data, ret->comm);
    ret->known = uid_in(status.data, &ret->uid);
}

/* ---- files that wait to be looked at ---- */

static struct file_list *list_of(struct index *x, enum file_queue queue)
{
    switch (queue) {
    case FILE_TOUCHED:
        return &x->touched;
    case FILE_LARGE:
        return &x->large;
    case FILE_HOLLOW:
        return &x->hollow;
    case FILE_IDLE:
    case FILE_WAITING:
    default:
        return &x->waiting;
    }
}

void track_unqueue(struct index *x, struct file *f)
{
    if (f->queue != FILE_IDLE)
        TAILQ_REMOVE(list_of(x, f->queue), f, queued);
    f->queue = FILE_IDLE;
}

void track_touch(struct index *x, struct file *f, const struct actor *by)
{
    uint64_t now = clock_boot_ns();
    if (f->queue != FILE_TOUCHED)
        f->first_ns = now;
    track_unqueue(x, f);
    if (by && by->at_ns)
        f->actor = *by;
    f->waited = false;
    f->due_ns = now + INDEX_QUIET_NS;
    if (f->due_ns > f->first_ns + INDEX_PATIENCE_NS)
        f->due_ns = f->first_ns + INDEX_PATIENCE_NS;
    f->queue = FILE_TOUCHED;
    /* the list is in the order of touching, which is that of due_ns but for patience */
    TAILQ_INSERT_TAIL(&x->touched, f, queued);
}

struct file *track_file(struct index *x, struct volume *v, const struct handle *h)
{
    struct file *f = table_find(&x->table, v, h);
    if (f)
        return f;
    f = table_add(&x->table, v, h);
    if (!f) {
        v->full = true;
        return NULL;
    }
    LIST_INSERT_HEAD(&v->files, f, all);
    v->file_count++;
    return f;
}

void track_forget(struct index *x, struct file *f)
{
    if (x->reading.file == f) {
        clean_close(&x->reading.fd);
        x->reading.fd = -1;
        x->reading.file = NULL;
    }
    track_unqueue(x, f);
    if (f->counted)
        f->volume->unsettled--;
    LIST_REMOVE(f, all);
    f->volume->file_count--;
    table_remove(&x->table, f);
}

/* ---- what was so until a moment ago ---- */

static struct memory *remember(struct index *x, const struct file *f)
{
    struct memory *m = &x->memory[x->memory_at++ % INDEX_MEMORY];
    *m = (struct memory){.at_ns = clock_boot_ns(), .volume = f->volume, .file = f->handle,
                         .size = f->size};
    memcpy(m->digest, f->digest, sizeof m->digest);
    return m;
}

void memory_of_name(struct index *x, const struct name *n)
{
    if (!n->file->digested)
        return;
    struct memory *m = remember(x, n->file);
    m->folder = n->folder;
    snprintf(m->name, sizeof m->name, "%s", n->text);
}

void memory_of_content(struct index *x, const struct file *f)
{
    if (f->digested)
        remember(x, f);
}

static bool recent(const struct memory *m, uint64_t now_ns)
{
    return m->at_ns && now_ns - m->at_ns < INDEX_MEMORY_NS;
}

const struct memory *memory_named(const struct index *x, const struct folder *d, const char *name,
                                  uint64_t now_ns)
{
    const struct memory *found = NULL;
    for (size_t i = 0; i < INDEX_MEMORY; i++) {
        const struct memory *m = &x->memory[i];
        if (recent(m, now_ns) && m->folder == d && str_eq(m->name, name) &&
            (!found || m->at_ns > found->at_ns))
            found = m;
    }
    return found;
}

const struct memory *memory_held(const struct index *x, const struct file *like, uint64_t now_ns)
{
    for (size_t i = 0; i < INDEX_MEMORY; i++) {
        const struct memory *m = &x->memory[i];
        if (recent(m, now_ns) && !m->folder && m->size == like->size &&
            memcmp(m->digest, like->digest, DIGEST_LEN) == 0 &&
            !(m->volume == like->volume && handle_eq(&m->file, &like->handle)))
            return m;
    }
    return NULL;
}

/* ---- events ---- */

/* The folder of an event's place, if it has a name in it; NULL also where nothing is looked at. */
static struct folder *place_folder(struct index *x, struct volume *v, const struct event_place *at,
                                   bool *ret_own)
{
    *ret_own = false;
    if (!at->name || !*at->name || str_eq(at->name, ".") || strlen(at->name) > 255 ||
        at->dir.len == 0)
        return NULL;
    struct folder *d = table_folder(&x->table, v, &at->dir);
    if (!d || !volume_folder_known(v, d))
        return NULL;
    *ret_own = d->own;
    return d->ignored ? NULL : d;
}

static void name_went(struct index *x, struct name *n, const struct actor *by)
{
    struct file *f = n->file;
    memory_of_name(x, n);
    table_name_remove(&x->table, n);
    track_touch(x, f, by);
}

/* A scan is wanted; not at once, for more may follow, and not all the time. */
static void something_changed(struct volume *v)
{
    uint64_t now = clock_boot_ns(), due = now + DIRTY_NS;
    if (v->scan.ended_ns && due < v->scan.ended_ns + DIRTY_REST_NS)
        due = v->scan.ended_ns + DIRTY_REST_NS;
    if (v->scan.due_ns == 0 || v->scan.due_ns > due)
        v->scan.due_ns = due;
}

static void folder_moved(struct index *x, struct volume *v, const struct event *e)
{
    bool own;
    v->epoch++;
    /* what was not looked at may have come to where it is */
    if (v->kind == VOLUME_PLACE || (e->before.name && !place_folder(x, v, &e->before, &own)))
        something_changed(v);
}

void track_event(struct index *x, struct volume *v, const struct event *e)
{
    const struct actor *by = &x->actor;
    bool own = false, own_before = false;
    if (e->mask & FAN_ONDIR) {
        if (e->mask & FAN_RENAME)
            folder_moved(x, v, e);
        return;
    }
    struct folder *before = NULL;
    if (e->mask & FAN_RENAME)
        before = place_folder(x, v, &e->before, &own_before);
    struct folder *at = place_folder(x, v, &e->at, &own);
    struct name *n = before ? table_name(&x->table, before, e->before.name) : NULL;
    if (n && e->has_target && handle_eq(&n->file->handle, &e->target))
        name_went(x, n, by);
    /* whoever had the name loses it: it was deleted, or another file was put over it */
    n = at ? table_name(&x->table, at, e->at.name) : NULL;
    bool others = n && !(e->has_target && handle_eq(&n->file->handle, &e->target));
    if (n && (others ? (e->mask & (FAN_RENAME | FAN_CREATE)) != 0 : (e->mask & FAN_DELETE) != 0))
        name_went(x, n, by);
    if (!e->has_target || !at)
        return;
    struct file *f = table_find(&x->table, v, &e->target);
    if (!f && e->mask & FAN_DELETE && !(e->mask & (FAN_CREATE | FAN_CLOSE_WRITE | FAN_RENAME)))
        return;
    f = f ? f : track_file(x, v, &e->target);
    if (!f)
        return;
    if (e->mask & (FAN_CREATE | FAN_RENAME | FAN_CLOSE_WRITE) &&
        table_name_add(&x->table, f, at, e->at.name) && own_before)
        f->brought_in = true;
    if (e->mask & FAN_CLOSE_WRITE) {
        f->written_ns = by->at_ns;
        f->stale = true;
    }
    track_touch(x, f, e->mask & (FAN_CREATE | FAN_RENAME | FAN_CLOSE_WRITE) ? by : NULL);
}

/* Is the event's place looked at? On a file system that holds a place most are not. */
static bool concerns(struct index *x, struct volume *v, const struct event *e)
{
    bool own;
    return !(e->mask & FAN_ONDIR) && place_folder(x, v, &e->at, &own);
}

static void take(struct index *x, struct volume *v, const struct event *e)
{
    autoclose int pidfd = e->pidfd;
    if (e->fd >= 0)
        close(e->fd); /* of a group without names: that something was written is all that it tells */
    if (e->mask & FAN_Q_OVERFLOW) {
        log_warn("%s: events were lost, all files are looked at", v->id);
        v->scan.due_ns = clock_boot_ns();
        return;
    }
    if (e->pid == getpid())
        return; /* our own state files, in a place that holds them */
    if (v->events == VOLUME_OPENS) {
        something_changed(v);
        return;
    }
    x->actor = (struct actor){.at_ns = clock_boot_ns()};
    if (e->mask & (FAN_CREATE | FAN_RENAME | FAN_CLOSE_WRITE) && concerns(x, v, e))
        look_at_process(e->pid, pidfd, &x->actor);
    track_event(x, v, e);
}

void track_read(struct index *x, struct volume *v)
{
    autofree char *bytes = malloc(READ_BYTES);
    struct cursor c;
    struct event e;
    if (!bytes)
        return;
    ssize_t n = read(v->group_fd, bytes, READ_BYTES);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        log_warn("%s: its events can't be read: %s", v->id, sk_strerror(-errno));
        something_changed(v);
        return;
    }
    cursor_init(&c, bytes, n > 0 ? (size_t)n : 0);
    while (event_next(&c, &e) == 1)
        take(x, v, &e);
    if (c.err != 0)
        v->scan.due_ns = clock_boot_ns(); /* the kernel speaks a form that is not ours */
}
