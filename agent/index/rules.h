/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What counts as a copy. Pure: names, sizes and what is known of other files go in, a verdict comes
 * out; the tables are the rules. */
#ifndef INDEX_RULES_H
#define INDEX_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_LEAST_BYTES 16  /* a smaller file's digest says nothing about where it came from */

/* A name that a program uses for a while. Of a backup *ret_original (may be NULL) is the length of
 * the name that it is a backup of; it starts at *ret_start. */
enum rules_name { RULES_PLAIN, RULES_TEMPORARY, RULES_BACKUP };
enum rules_name rules_name(const char *name, size_t *ret_start, size_t *ret_original);

/* A folder (relative to the area's top, "" = the top) that is not looked at: the agent's own, which
 * sets *ret_own (may be NULL), and the scratch folders of rooms. */
bool rules_ignored(const char *folder, bool *ret_own);

/* Bookkeeping of version control, whose small files are alike by their nature. */
bool rules_bookkeeping(const char *path, uint64_t bytes);

/* How many bytes of a file's path are the folder of a git repository's logs, of which several say the same:
 * "work/.git/logs/" of "work/.git/logs/refs/heads/main"; 0 = it is no such log. They are alike among each
 * other only: what lies there and is like a file elsewhere is a copy. */
size_t rules_git_logs(const char *path);

struct rules_facts {
    bool outside;        /* it lies in a place, not in an area */
    bool baseline;       /* it was there before the area was looked at for the first time */
    bool brought_in;     /* the agent itself put it there (receive, copy) */
    bool bookkeeping;
    bool known;          /* this inode had this content when it was last decided on */
    bool recorded;       /* and was called a copy then */
    bool waited;         /* it has kept its temporary name for longer than a program would */
    bool replaced;       /* its name held this content a moment ago, and that inode is gone or a backup */
    bool rewritten;      /* it is named as a backup, and its original has been written anew */
    enum rules_name name; /* the plainest of its names */
    unsigned names, names_before; /* plain names now and when last decided on */
    unsigned holders;    /* other files that hold the same content */
    uint64_t bytes;
};

enum rules_verdict {
    RULES_NOTHING,
    RULES_COPY,
    RULES_HARD_LINK,
    RULES_OUTSIDE,
    RULES_WAIT, /* decide again later, with waited */
};
enum rules_verdict rules_decide(const struct rules_facts *f);

#endif
