/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keep.c owns the volumes, their state files and the findings that wait. It must never hand out the
 * same number twice, and never let a finding go that control has not recorded. */
#include <dirent.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <string.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/str.h"
#include "index/index.h"

#define PIECE    ((size_t)256 * 1024)        /* bytes of a new log that wait before they are written */

struct reading_back {
    struct index *x;
    struct volume *v;
    const char *log;
};

/* ---- findings ---- */

static void insert_found(struct index *x, struct found *f)
{
    struct found *before = TAILQ_LAST(&x->found, found_list);
    while (before && before->n > f->n)
        before = TAILQ_PREV(before, found_list, all);
    if (before && before->n == f->n) {
        found_free(f);
        return;
    }
    if (before)
        TAILQ_INSERT_AFTER(&x->found, before, f, all);
    else
        TAILQ_INSERT_HEAD(&x->found, f, all);
    x->found_count++;
}

struct found *keep_found(struct index *x, struct found *f)
{
    f->n = ++x->last_n;
    TAILQ_INSERT_TAIL(&x->found, f, all);
    x->found_count++;
    return f;
}

static void drop_found(struct index *x, uint64_t n)
{
    for (struct found *f; (f = TAILQ_FIRST(&x->found)) && f->n <= n;) {
        TAILQ_REMOVE(&x->found, f, all);
        x->found_count--;
        found_free(f);
    }
}

void keep_forget_found(struct index *x, uint64_t n)
{
    struct volume *v;
    if (x->last_n < n)
        x->last_n = n; /* control knows of more than we do: an older state of ours is lost */
    /* said in every log that is open: their records may be removed one day, and none is told again then */
    if (x->told < n && !TAILQ_EMPTY(&x->found)) {
        x->told = n;
        TAILQ_FOREACH(v, &x->volumes, all)
            if (v->state.fd >= 0)
                state_told(&v->state, n);
    }
    drop_found(x, n);
}

static int recover_found(void *context, struct found *f)
{
    struct reading_back *back = context;
    snprintf(f->log, sizeof f->log, "%s", back->log);
    if (back->x->last_n < f->n)
        back->x->last_n = f->n;
    insert_found(back->x, f);
    return 0;
}

static void recover_number(void *context, uint64_t n)
{
    struct reading_back *back = context;
    if (back->x->last_n < n)
        back->x->last_n = n;
}

static void recover_told(void *context, uint64_t n)
{
    struct reading_back *back = context;
    recover_number(context, n);
    if (back->x->told < n)
        back->x->told = n;
}

/* Findings of all state files, of areas that are closed too. */
static void recover(struct index *x)
{
    autodir DIR *dir = opendir(sk_path(SK_PATH_INDEX));
    for (struct dirent *e; dir && (e = readdir(dir));) {
        size_t len = strlen(e->d_name), sound;
        uint64_t entries;
        if (len < 6 || (!str_eq(e->d_name + len - 5, ".area") && !str_eq(e->d_name + len - 6, ".place")))
            continue;
        struct reading_back back = {.x = x, .log = e->d_name};
        const struct state_reader reader = {.context = &back, .found = recover_found,
                                            .number = recover_number, .told = recover_told};
        int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
        bool fits = size > 0 && (uint64_t)size <= STATE_LOG_MAX;
        autofree char *bytes = fits ? malloc((size_t)size) : NULL;
        ssize_t n = bytes ? fd_pread_full(fd, bytes, (size_t)size, 0) : -1;
        clean_close(&fd);
        if (size != 0 &&
            (n < 0 || state_read(bytes, (size_t)n, &reader, &sound, &entries) != 0))
            log_warn("%s: its findings can't be read", e->d_name);
    }
    drop_found(x, x->told);
}

int index_init(struct index *x)
{
    *x = (struct index){.reading = {.fd = -1}};
    TAILQ_INIT(&x->volumes);
    TAILQ_INIT(&x->touched);
    TAILQ_INIT(&x->large);
    TAILQ_INIT(&x->hollow);
    TAILQ_INIT(&x->waiting);
    TAILQ_INIT(&x->found);
    x->step = malloc(INDEX_STEP_BYTES);
    if (!x->step)
        return -ENOMEM;
    recover(x);
    return 0;
}

void index_free(struct index *x)
{
    for (struct volume *v; (v = TAILQ_FIRST(&x->volumes));)
        keep_close(x, v);
    drop_found(x, UINT64_MAX);
    digest_free(&x->reading.digest);
    table_free(&x->table);
    free(x->step);
}

/* ---- files ---- */

static void describe(const struct file *f, struct state_name names[static TABLE_NAMES_MAX],
                     struct state_file *ret)
{
    size_t count = 0;
    for (const struct name *n = f->names; n && count < TABLE_NAMES_MAX; n = n->next)
        names[count++] = (struct state_name){.folder = n->folder->handle, .text = n->text,
                                             .len = strlen(n->text)};
    *ret = (struct state_file){.handle = f->handle, .digested = f->digested,
                               .recorded = f->recorded, .size = f->size, .mtime_ns = f->mtime_ns,
                               .ctime_ns = f->ctime_ns, .plain_names = f->plain_names,
                               .names = names, .name_count = count};
    if (f->digested)
        memcpy(ret->digest, f->digest, DIGEST_LEN);
}

void keep_file(struct file *f, const struct found *found)
{
    struct state_name names[TABLE_NAMES_MAX];
    struct state_file is;
    describe(f, names, &is);
    state_put(&f->volume->state, &is, found);
    f->volume->state.dead++; /* the entry that it had before, roughly */
    f->saved = true;
}

static int file_back(void *context, const struct state_file *is)
{
    struct reading_back *back = context;
    struct file *f = track_file(back->x, back->v, &is->handle);
    if (!f)
        return 0; /* full, which the volume says */
    while (f->names)
        table_name_remove(&back->x->table, f->names);
    for (size_t i = 0; i < is->name_count; i++) {
        char text[256];
        snprintf(text, sizeof text, "%.*s", (int)is->names[i].len, is->names[i].text);
        struct folder *d = table_folder(&back->x->table, back->v, &is->names[i].folder);
        if (d)
            table_name_add(&back->x->table, f, d, text);
    }
    table_content_forget(&back->x->table, f);
    if (is->digested && table_content(&back->x->table, f, is->digest, is->size) != 0)
        return -ENOMEM;
    f->size = is->size;
    f->mtime_ns = is->mtime_ns;
    f->ctime_ns = is->ctime_ns;
    f->plain_names = is->plain_names;
    f->recorded = is->recorded;
    f->decided = f->saved = true;
    return 0;
}

static int file_gone(void *context, const struct handle *h)
{
    struct reading_back *back = context;
    struct file *f = table_find(&back->x->table, back->v, h);
    if (f)
        track_forget(back->x, f);
    return 0;
}

static void was_scanned(void *context)
{
    struct reading_back *back = context;
    back->v->baseline = false;
}

/* ---- volumes ---- */

struct volume *keep_find(struct index *x, enum volume_kind kind, const char *id)
{
    struct volume *v;
    for (v = TAILQ_FIRST(&x->volumes); v; v = TAILQ_NEXT(v, all))
        if (v->kind == kind && str_eq(v->id, id))
            return v;
    return NULL;
}

void keep_close(struct index *x, struct volume *v)
{
    for (struct file *f; (f = LIST_FIRST(&v->files));)
        track_forget(x, f);
    for (size_t i = 0; i < INDEX_MEMORY; i++)
        if (x->memory[i].volume == v)
            x->memory[i] = (struct memory){0};
    for (struct folder *d; (d = LIST_FIRST(&v->folders));)
        table_folder_remove(&x->table, d);
    TAILQ_REMOVE(&x->volumes, v, all);
    x->volume_count--;
    volume_free(&v);
}

int keep_open(struct index *x, enum volume_kind kind, enum volume_events events, const char *id,
              int group_fd, int top_fd)
{
    struct volume *v = keep_find(x, kind, id);
    char name[128];
    if (v)
        keep_close(x, v);
    if (x->volume_count == INDEX_VOLUMES_MAX) {
        clean_close(&group_fd);
        clean_close(&top_fd);
        return SK_ERR_LIMIT;
    }
    int r = volume_new(kind, events, id, group_fd, top_fd, &v);
    if (r != 0)
        return r;
    LIST_INIT(&v->files);
    LIST_INIT(&v->folders);
    TAILQ_INSERT_TAIL(&x->volumes, v, all);
    x->volume_count++;
    v->baseline = true;
    state_name_of(kind == VOLUME_AREA, id, name);
    struct reading_back back = {.x = x, .v = v};
    const struct state_reader reader = {.context = &back, .file = file_back, .gone = file_gone,
                                        .scanned = was_scanned};
    r = state_open(&v->state, name, &reader);
    if (r == -ENOMEM) {
        keep_close(x, v);
        return r;
    }
    if (r == 0 && x->told > 0)
        state_told(&v->state, x->told); /* of what was told while it was closed */
    if (r != 0) /* it is watched all the same; status tells */
        log_warn("%s: what is known can't be kept: %s", id, sk_strerror(r));
    scan_begin(x, v);
    return 0;
}

/* ---- writing ---- */

static int renew(struct index *x, struct volume *v)
{
    struct state fresh;
    struct file *f;
    struct found *n;
    int r = state_renew_begin(&v->state, &fresh);
    if (r != 0)
        return r;
    state_number(&fresh, x->last_n);
    if (x->told > 0)
        state_told(&fresh, x->told);
    if (!v->baseline)
        state_scanned(&fresh);
    for (n = TAILQ_FIRST(&x->found); n; n = TAILQ_NEXT(n, all))
        if (str_eq(n->log, v->state.name))
            state_found(&fresh, n);
    for (f = LIST_FIRST(&v->files); f; f = LIST_NEXT(f, all)) {
        struct state_name names[TABLE_NAMES_MAX];
        struct state_file is;
        if (!f->decided)
            continue;
        describe(f, names, &is);
        state_put(&fresh, &is, NULL);
        if (fresh.waiting.len > PIECE && state_flush(&fresh, false) != 0)
            break;
    }
    return state_renew_end(&v->state, &fresh);
}

bool keep_flush(struct index *x, bool sync)
{
    struct volume *v;
    bool all = true;
    for (v = TAILQ_FIRST(&x->volumes); v; v = TAILQ_NEXT(v, all)) {
        if (v->state.fd < 0)
            continue;
        if (state_flush(&v->state, sync) != 0)
            all = false;
        else if (state_is_long(&v->state) && renew(x, v) != 0)
            v->state.dead = 0; /* not again at once */
    }
    return all;
}
