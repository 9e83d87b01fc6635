/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.c owns the memory of what is known of files, names and folders. It must never read a file or
 * call something a copy. */
#include "index/table.h"
#include <string.h>
#include "base/str.h"
#include "index/volume.h"

static uint64_t seed_of(const struct volume *v)
{
    return (uint64_t)(uintptr_t)v * 0x9e3779b97f4a7c15u;
}

static uint64_t name_hash(const struct folder *d, const char *text)
{
    uint64_t sum = (uint64_t)(uintptr_t)d * 0x9e3779b97f4a7c15u;
    for (; *text; text++)
        sum = (sum ^ (uint8_t)*text) * 0x100000001b3u;
    return sum ^ sum >> 29;
}

static uint64_t size_hash(uint64_t size)
{
    return size * 0x9e3779b97f4a7c15u;
}

static uint64_t digest_hash(const uint8_t digest[static DIGEST_LEN])
{
    uint64_t sum;
    memcpy(&sum, digest, sizeof sum);
    return sum;
}

struct file *table_find(const struct table *t, const struct volume *v, const struct handle *h)
{
    struct bag_link *l = bag_first(&t->files, handle_hash(h, seed_of(v)));
    for (; l; l = bag_next(l)) {
        struct file *f = bag_item(l, struct file, by_handle);
        if (f->volume == v && handle_eq(&f->handle, h))
            return f;
    }
    return NULL;
}

struct file *table_add(struct table *t, struct volume *v, const struct handle *h)
{
    struct file *f = t->files.count < TABLE_FILES_MAX ? calloc(1, sizeof *f) : NULL;
    if (!f)
        return NULL;
    f->volume = v;
    f->handle = *h;
    if (bag_add(&t->files, &f->by_handle, handle_hash(h, seed_of(v))) != 0) {
        free(f);
        return NULL;
    }
    return f;
}

void table_remove(struct table *t, struct file *f)
{
    while (f->names)
        table_name_remove(t, f->names);
    table_content_forget(t, f);
    bag_remove(&t->files, &f->by_handle);
    free(f);
}

struct folder *table_folder(struct table *t, struct volume *v, const struct handle *h)
{
    uint64_t hash = handle_hash(h, seed_of(v));
    for (struct bag_link *l = bag_first(&t->folders, hash); l; l = bag_next(l)) {
        struct folder *d = bag_item(l, struct folder, by_handle);
        if (handle_eq(&d->handle, h))
            return d;
    }
    struct folder *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->handle = *h;
    if (bag_add(&t->folders, &d->by_handle, hash) != 0) {
        free(d);
        return NULL;
    }
    LIST_INSERT_HEAD(&v->folders, d, all);
    return d;
}

void table_folder_remove(struct table *t, struct folder *d)
{
    bag_remove(&t->folders, &d->by_handle);
    LIST_REMOVE(d, all);
    free(d->path);
    free(d);
}

struct name *table_name(const struct table *t, const struct folder *d, const char *text)
{
    struct bag_link *l = bag_first(&t->names, name_hash(d, text));
    for (; l; l = bag_next(l)) {
        struct name *n = bag_item(l, struct name, by_name);
        if (n->folder == d && str_eq(n->text, text))
            return n;
    }
    return NULL;
}

struct name *table_name_add(struct table *t, struct file *f, struct folder *d, const char *text)
{
    struct name *n = table_name(t, d, text);
    size_t count = 0;
    if (n && n->file == f)
        return n;
    if (n)
        table_name_remove(t, n);
    for (n = f->names; n; n = n->next)
        count++;
    if (count >= TABLE_NAMES_MAX)
        return NULL;
    size_t len = strlen(text) + 1;
    n = calloc(1, sizeof *n + len);
    if (!n)
        return NULL;
    memcpy(n->text, text, len);
    n->folder = d;
    n->file = f;
    if (bag_add(&t->names, &n->by_name, name_hash(d, text)) != 0) {
        free(n);
        return NULL;
    }
    n->next = f->names;
    f->names = n;
    f->saved = false;
    return n;
}

void table_name_remove(struct table *t, struct name *n)
{
    struct name **at = &n->file->names;
    while (*at != n)
        at = &(*at)->next;
    *at = n->next;
    n->file->saved = false;
    bag_remove(&t->names, &n->by_name);
    free(n);
}

int table_content(struct table *t, struct file *f, const uint8_t digest[static DIGEST_LEN],
                  uint64_t size)
{
    table_content_forget(t, f);
    memcpy(f->digest, digest, DIGEST_LEN);
    f->size = size;
    int r = bag_add(&t->digests, &f->by_digest, digest_hash(digest));
    if (r == 0 && f->volume->kind == VOLUME_AREA)
        r = bag_add(&t->sizes, &f->by_size, size_hash(size));
    f->digested = r == 0;
    return r;
}

void table_content_forget(struct table *t, struct file *f)
{
    bag_remove(&t->digests, &f->by_digest);
    bag_remove(&t->sizes, &f->by_size);
    f->digested = false;
    f->saved = false;
}

struct file *table_holder(const struct table *t, const uint8_t digest[static DIGEST_LEN],
                          uint64_t size, struct file *at)
{
    struct bag_link *l = at ? bag_next(&at->by_digest) : bag_first(&t->digests, digest_hash(digest));
    for (; l; l = bag_next(l)) {
        struct file *f = bag_item(l, struct file, by_digest);
        if (f->size == size && memcmp(f->digest, digest, DIGEST_LEN) == 0)
            return f;
    }
    return NULL;
}

bool table_has_size(const struct table *t, uint64_t size)
{
    struct bag_link *l = bag_first(&t->sizes, size_hash(size));
    for (; l; l = bag_next(l))
        if (bag_item(l, struct file, by_size)->size == size)
            return true;
    return false;
}

void table_free(struct table *t)
{
    bag_free(&t->files);
    bag_free(&t->names);
    bag_free(&t->digests);
    bag_free(&t->sizes);
    bag_free(&t->folders);
}
