/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file system that is looked at: an area, or the part of another one that the policy names as a
 * place. */
#ifndef INDEX_VOLUME_H
#define INDEX_VOLUME_H

#include <dirent.h>
#include "index/state.h"
#include "index/table.h"

enum volume_kind { VOLUME_AREA, VOLUME_PLACE };
/* Which events come: with names (FID); opened files only; none at all. */
enum volume_events { VOLUME_NAMES, VOLUME_OPENS, VOLUME_NONE };

/* A walk through all folders (scan.c). */
struct scan {
    uint32_t number;        /* of this walk; each has its own */
    bool running;
    struct folder **todo;   /* folders that wait */
    size_t count, cap;
    struct folder *folder;  /* that is being read */
    DIR *dir;
    uint64_t due_ns;        /* boot clock of the next one, 0 = none is planned */
    uint64_t ended_ns;      /* boot clock of the last one's end */
};

LIST_HEAD(volume_files, file);
LIST_HEAD(volume_folders, folder);

struct volume {
    enum volume_kind kind;
    enum volume_events events;
    char *id;               /* the area's id, or the place's path */
    int group_fd;           /* -1 = none */
    int top_fd;
    dev_t device;
    uint64_t mount;         /* number of the private mount (statx(2)) */
    bool by_path;           /* no handles that last (handle.h): paths stand in */
    uint32_t epoch;         /* counts moves of folders: paths found out before may be wrong */
    bool baseline;          /* it was never scanned to the end: what lies there was there before */
    int64_t opened_s;       /* wall clock at the first look; what was born later is no baseline */
    struct volume_files files;
    struct volume_folders folders;
    size_t file_count;
    size_t unsettled;       /* files of the first scan that were not decided on yet */
    struct scan scan;
    struct state state;
    bool full;              /* files could not be kept */
    TAILQ_ENTRY(volume) all;
};

/* A new one that owns both descriptors, also when it fails. 0 or negative. */
int volume_new(enum volume_kind kind, enum volume_events events, const char *id, int group_fd,
               int top_fd, struct volume **ret) SK_MUST_CHECK;
/* Its own memory and descriptors; files and folders are gone already. */
void volume_free(struct volume **v);

/* The handle of a name in a folder that is open as dir_fd; of the top itself for d NULL. 0 or negative. */
int volume_handle(const struct volume *v, const struct folder *d, int dir_fd, const char *name,
                  struct handle *ret) SK_MUST_CHECK;

/* The folder of that name in another one, which a scan has seen; NULL when memory is short. */
struct folder *volume_folder(struct table *t, struct volume *v, const struct folder *parent,
                             const char *name, const struct handle *h);

/* Does a name lead to another mount? */
bool volume_is_beyond(const struct volume *v, int dir_fd, const char *name);

/* Find out where a folder is now. False when it can't be: it is gone, or not below the top. */
bool volume_folder_known(struct volume *v, struct folder *d);

/* The path of a name, relative to the top. False when its folder is not known. */
bool volume_path(struct volume *v, const struct name *n, struct buf *path);

/* Open a folder, or a file, itself (open(2) flags). A descriptor, or -errno. */
int volume_open_folder(const struct volume *v, const struct folder *d, int flags) SK_MUST_CHECK;
int volume_open_file(const struct volume *v, const struct file *f, int flags) SK_MUST_CHECK;

#endif
