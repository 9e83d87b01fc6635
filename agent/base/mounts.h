/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
#ifndef BASE_MOUNTS_H
#define BASE_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* A word as the kernel wrote it: blanks, newlines and backslashes in paths as \ooo. It points into the line. */
struct mount_word {
    const char *at;
    size_t len; /* bytes */
};

struct mount_line {
    uint64_t id;
    uint32_t dev_major, dev_minor;
    struct mount_word root;    /* which folder of the file system is shown, "/": all of it */
    struct mount_word point;   /* where, as the process sees it */
    struct mount_word type;    /* these two are empty where the line ends before them */
    struct mount_word options; /* of the file system, not of this mount */
};

/* One line without its newline. 0 or SK_ERR_FORMAT. */
int mount_line_parse(const char *line, size_t len, struct mount_line *ret) SK_MUST_CHECK;

/* The next line that can be read; others are passed over. False at the end. */
bool mount_line_next(struct cursor *c, struct mount_line *ret);

bool mount_word_is(const struct mount_word *w, const char *text);

/* The path as it is, with NUL. Its length in bytes, SK_ERR_FORMAT (it does not begin with "/", has a NUL, or was not
 * written by the kernel) or SK_ERR_LIMIT (cap). */
int mount_word_path(const struct mount_word *w, char *ret, size_t cap) SK_MUST_CHECK;

#endif
