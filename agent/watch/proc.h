/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of proc(5) that say who a process is. Pure: bytes in, facts out; what does not have its
 * form is an error, never a guess. */
#ifndef WATCH_PROC_H
#define WATCH_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"

/* Of /proc/PID/status. */
struct proc_status {
    uid_t uid[4];    /* real, effective, saved, file system */
    pid_t tracer;    /* 0 = nobody traces it */
};
/* 0 or SK_ERR_FORMAT (each line must stand there exactly once). */
int proc_status_parse(const char *text, size_t len, struct proc_status *ret) SK_MUST_CHECK;

/* Of /proc/PID/stat. */
struct proc_stat {
    char state;      /* 'R', 'S', … 'Z' = dead and not yet reaped */
    uint64_t start;  /* field 22: clock ticks since boot */
};
/* 0 or SK_ERR_FORMAT. The name in parentheses may hold anything, parentheses too. */
int proc_stat_parse(const char *text, size_t len, struct proc_stat *ret) SK_MUST_CHECK;

/* One line of /proc/PID/maps. */
struct proc_map {
    uint64_t from, to;   /* addresses */
    bool executable;
    bool of_file;        /* an inode is behind it */
    bool of_kernel;      /* the kernel put it there, the same in every process */
};
/* One line without its newline. 0 or SK_ERR_FORMAT. */
int proc_map_parse(const char *line, size_t len, struct proc_map *ret) SK_MUST_CHECK;

/* One line of /proc/PID/mountinfo. */
#define PROC_MOUNT_PATH_MAX 511 /* bytes of either path; a longer one is an error */
struct proc_mount {
    uint32_t dev_major, dev_minor;
    char root[PROC_MOUNT_PATH_MAX + 1];  /* which folder of the filesystem is mounted, "/" = all */
    char point[PROC_MOUNT_PATH_MAX + 1]; /* where, as that process sees it */
};
/* One line without its newline. 0 or SK_ERR_FORMAT. */
int proc_mount_parse(const char *line, size_t len, struct proc_mount *ret) SK_MUST_CHECK;

#endif
