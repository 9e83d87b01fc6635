/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What survives the process: a log of one volume's files and findings, in SK_PATH_INDEX. Each entry
 * carries its length and a checksum; a finding lies in the entry of the file that it is about, so that
 * both are there or neither. An end that was cut off is left out. */
#ifndef INDEX_STATE_H
#define INDEX_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/digest.h"
#include "index/found.h"
#include "index/handle.h"

#define STATE_ENTRY_MAX ((size_t)512 * 1024) /* bytes of one entry */
#define STATE_LOG_MAX   ((uint64_t)2 << 30)  /* bytes of a log that is read back */

struct state {
    int fd;             /* the log, -1 = closed */
    uint64_t bytes;     /* of it that are sound */
    uint64_t entries, dead; /* entries in it; how many of them say nothing any more, about */
    struct buf waiting; /* entries that were not written yet */
    bool unsynced;      /* written, perhaps not on the disk yet */
    bool lacks;         /* entries were dropped while nothing could be written */
    int error;          /* of the last write, 0 = none */
    char name[128];     /* of the file in SK_PATH_INDEX */
};
#define STATE_NONE {.fd = -1}

struct state_name {
    struct handle folder;
    const char *text;
    size_t len;
};

struct state_file {
    struct handle handle;
    bool digested, recorded;
    uint64_t size;
    int64_t mtime_ns, ctime_ns;
    uint8_t digest[DIGEST_LEN];
    uint32_t plain_names;
    const struct state_name *names;
    size_t name_count;
};

/* What reading a log back tells, in its order. Any may be NULL. */
struct state_reader {
    void *context;
    int (*file)(void *context, const struct state_file *f); /* put, or put anew */
    int (*gone)(void *context, const struct handle *h);
    int (*found)(void *context, struct found *f);           /* takes f; found_free it */
    void (*scanned)(void *context);
    void (*number)(void *context, uint64_t n);
    void (*told)(void *context, uint64_t n); /* findings up to this one have their record */
};

/* Read entries until the end or until one is not sound; *ret_sound gets the bytes before it. 0, or
 * what a callback gave. Pure but for the callbacks. */
int state_read(const void *bytes, size_t len, const struct state_reader *reader, size_t *ret_sound,
               uint64_t *ret_entries) SK_MUST_CHECK;

/* The file's name for an area or a place. */
void state_name_of(bool area, const char *id, char ret[static 128]);

/* Open (or make) the log and read it back. 0 or negative. */
int state_open(struct state *s, const char *name, const struct state_reader *reader) SK_MUST_CHECK;
void state_close(struct state *s); /* what waits is written first */

/* Add an entry; found may be NULL. It is written by state_flush. */
void state_put(struct state *s, const struct state_file *f, const struct found *found);
void state_gone(struct state *s, const struct handle *h);
void state_found(struct state *s, const struct found *found);
void state_scanned(struct state *s);
void state_number(struct state *s, uint64_t n);
void state_told(struct state *s, uint64_t n);

/* Write what waits. sync: and have it on the disk. 0 or the error, which stays until a write works:
 * what could not be written is kept, as long as memory lasts. */
int state_flush(struct state *s, bool sync);

/* Worth writing anew? Then: begin, put all that is there into the returned new log, end (atomic). */
bool state_is_long(const struct state *s);
int state_renew_begin(const struct state *s, struct state *ret_new) SK_MUST_CHECK;
int state_renew_end(struct state *s, struct state *fresh) SK_MUST_CHECK;

#endif
