/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that are known: by handle, by name, by content. Names are kept as folder and last
 * component, so that a folder that moves takes its files along. */
#ifndef INDEX_TABLE_H
#define INDEX_TABLE_H

#include <stdbool.h>
#include <sys/queue.h>
#include "base/digest.h"
#include "index/bag.h"
#include "index/handle.h"

#define TABLE_FILES_MAX ((size_t)2 * 1000 * 1000) /* files of all volumes together */
#define TABLE_NAMES_MAX 64                        /* names of one file that are kept */
#define TABLE_COMM_CAP  17                        /* bytes with NUL of a process' name */

struct volume;
struct file;

/* A folder of a volume. Lives as long as its volume. */
struct folder {
    struct bag_link by_handle;
    struct handle handle;
    uint32_t epoch;      /* of the volume, when path was last found out */
    bool known;          /* path, ignored and own are right for that epoch */
    bool ignored, own, beyond; /* beyond: not below the volume's top, or gone */
    char *path;          /* relative to the top, "" = the top */
    LIST_ENTRY(folder) all;
};

/* One name of a file. */
struct name {
    struct bag_link by_name;
    struct folder *folder;
    struct file *file;
    struct name *next;   /* of the same file */
    bool seen;           /* by the scan that is under way */
    char text[];
};

/* Who touched a file last. */
struct actor {
    uint64_t at_ns;      /* boot clock, 0 = nobody is known */
    uint32_t uid;
    int pid;
    char comm[TABLE_COMM_CAP]; /* "" = it had gone */
    bool known;          /* uid is the process', else it has to be the file's owner */
};

enum file_queue { FILE_IDLE, FILE_TOUCHED, FILE_LARGE, FILE_HOLLOW, FILE_WAITING };

struct file {
    struct bag_link by_handle, by_digest, by_size;
    struct volume *volume;
    struct handle handle;
    struct name *names;
    uint64_t size;
    int64_t mtime_ns, ctime_ns;
    uint8_t digest[DIGEST_LEN];
    uint32_t plain_names; /* when last decided on */
    uint32_t scan;       /* number of the scan that saw it last */
    uint32_t owner;      /* uid, when last looked at */
    bool stale;          /* its content may be another than digest says */
    bool baseline;       /* was there before the volume was looked at for the first time */
    bool counted;        /* in volume->unsettled */
    bool digested;       /* digest, size and times belong together */
    bool decided;        /* on exactly that */
    bool recorded;       /* it was called a copy */
    bool saved;          /* the state file has it as it is */
    bool brought_in;     /* came out of the agent's own folder */
    bool waited;
    uint64_t written_ns; /* boot clock when its content last changed as far as is known, 0 = never */
    struct actor actor;
    enum file_queue queue;
    uint64_t due_ns, first_ns; /* boot clock: to be looked at; first touched since it was last */
    TAILQ_ENTRY(file) queued;
    LIST_ENTRY(file) all;
};

struct table {
    struct bag files, names, digests, sizes, folders;
};

/* The file with that handle, or NULL. */
struct file *table_find(const struct table *t, const struct volume *v, const struct handle *h);
/* A new one, into the volume's list by the caller. NULL when memory is short or the table is full. */
struct file *table_add(struct table *t, struct volume *v, const struct handle *h);
void table_remove(struct table *t, struct file *f);

struct folder *table_folder(struct table *t, struct volume *v, const struct handle *h);
void table_folder_remove(struct table *t, struct folder *d);

/* Who has that name, or NULL. */
struct name *table_name(const struct table *t, const struct folder *d, const char *text);
/* Give a file a name; one that another file had goes from it. The name, or NULL (memory, too many). */
struct name *table_name_add(struct table *t, struct file *f, struct folder *d, const char *text);
void table_name_remove(struct table *t, struct name *n);

/* Set or take away what a file contains. */
int table_content(struct table *t, struct file *f, const uint8_t digest[static DIGEST_LEN],
                  uint64_t size) SK_MUST_CHECK;
void table_content_forget(struct table *t, struct file *f);

/* Walk all files with that content; *at is NULL at first. */
struct file *table_holder(const struct table *t, const uint8_t digest[static DIGEST_LEN],
                          uint64_t size, struct file *at);
/* Is there a file of an area with that many bytes? */
bool table_has_size(const struct table *t, uint64_t size);

void table_free(struct table *t);

#endif
