/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of sekisho-index and what its parts offer each other. One thread, one struct; nothing
 * here waits, and each step of work is short, so that events are taken while large files are read.
 *
 * A file goes: touched (an event, or a scan found it changed) → quiet for INDEX_QUIET_NS → looked at
 * (is it there, which names are true) → digested if its content may be new → decided on (rules.h). */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include "index/event.h"
#include "index/rules.h"
#include "index/volume.h"

#define INDEX_VOLUMES_MAX 80    /* areas and places */
#define INDEX_MEMORY      256   /* names and contents that went, remembered for a moment */
#define INDEX_QUIET_NS    (400ull * 1000000)        /* a file is looked at when untouched for so long */
#define INDEX_PATIENCE_NS (5000ull * 1000000)       /* or touched for the first time so long ago */
#define INDEX_WAIT_NS     (30ull * 1000000000)      /* a temporary name may stay for so long */
#define INDEX_MEMORY_NS   (30ull * 1000000000)      /* how long a moment is */
#define INDEX_RESCAN_NS   (600ull * 1000000000)     /* between scans where events have no names */
#define INDEX_FOUND_MAX   ((size_t)20000)           /* more waiting for control stop the work */
#define INDEX_STEP_BYTES  ((size_t)1024 * 1024)     /* read in one step; a smaller file in one go */

/* Something that was so until a moment ago. */
struct memory {
    uint64_t at_ns;          /* boot clock, 0 = unused */
    const struct volume *volume;
    struct handle file;
    const struct folder *folder; /* of the name that went; NULL: the content went */
    char name[256];
    uint8_t digest[DIGEST_LEN];
    uint64_t size;
};

/* The large file that is being read. */
struct reading {
    struct file *file;       /* NULL = none */
    int fd;
    struct digest *digest;
    bool hollow;             /* it makes way for others */
    uint64_t at, size;
    int64_t mtime_ns, ctime_ns;
};

TAILQ_HEAD(file_list, file);
TAILQ_HEAD(volume_list, volume);

struct index {
    struct table table;
    struct volume_list volumes;
    size_t volume_count;
    struct file_list touched, large, hollow, waiting; /* of enum file_queue */
    struct memory memory[INDEX_MEMORY];
    size_t memory_at;
    struct reading reading;
    struct found_list found;
    size_t found_count;
    uint64_t last_n;         /* highest number given */
    uint64_t told;           /* findings up to this one have their record */
    uint32_t last_scan;
    char *step;              /* INDEX_STEP_BYTES */
    struct actor actor;      /* of the last event */
};

int index_init(struct index *x) SK_MUST_CHECK;
void index_free(struct index *x);

/* ---- track.c: what events say ---- */

/* Take what a volume's group has, at most one read. */
void track_read(struct index *x, struct volume *v);
/* One event; its descriptors are the caller's. */
void track_event(struct index *x, struct volume *v, const struct event *e);

/* A file is to be looked at once it has been quiet. by NULL: nobody is known. */
void track_touch(struct index *x, struct file *f, const struct actor *by);
/* The file of that handle, made if it is not known; NULL when it can't be kept. */
struct file *track_file(struct index *x, struct volume *v, const struct handle *h);
void track_forget(struct index *x, struct file *f);
void track_unqueue(struct index *x, struct file *f);

void memory_of_name(struct index *x, const struct name *n);
void memory_of_content(struct index *x, const struct file *f);
/* The latest that went from that name, or that content's latest; NULL when it is longer ago. */
const struct memory *memory_named(const struct index *x, const struct folder *d, const char *name,
                                  uint64_t now_ns);
const struct memory *memory_held(const struct index *x, const struct file *like, uint64_t now_ns);

/* ---- settle.c: looking at files ---- */

/* Do a little of what is due. The milliseconds until there is something to do again: 0 = now, -1 =
 * nothing waits. */
int settle_step(struct index *x);

/* ---- decide.c: what a file is ---- */

/* Its content is known now (digested, or too small to matter): decide, remember, find. */
void decide_file(struct index *x, struct file *f);

/* ---- scan.c: looking at all files ---- */

void scan_begin(struct index *x, struct volume *v);
/* A little of one. As settle_step. */
int scan_step(struct index *x);

/* ---- keep.c: volumes and their state files ---- */

/* Takes both descriptors. A volume of that name that is there already is replaced. */
int keep_open(struct index *x, enum volume_kind kind, enum volume_events events, const char *id,
              int group_fd, int top_fd) SK_MUST_CHECK;
void keep_close(struct index *x, struct volume *v);
struct volume *keep_find(struct index *x, enum volume_kind kind, const char *id);
/* Put a file's present state into its volume's log, with what was found of it (may be NULL). */
void keep_file(struct file *f, const struct found *found);
/* Write what waits to the disk. sync: durably. False when something could not be written. */
bool keep_flush(struct index *x, bool sync);
/* Give a finding its number and queue it; it goes into a log by keep_file. Takes it. */
struct found *keep_found(struct index *x, struct found *f);
/* control has recorded all up to n. */
void keep_forget_found(struct index *x, uint64_t n);

#endif
