/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who a process is: its one user id, its program, the code in it. Read from /proc while the process
 * waits for its answer, kept for a moment. */
#ifndef WATCH_IDENTITY_H
#define WATCH_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"
#include "wire/ring.h"

#define IDENTITY_PROGRAMS_MAX 8 /* applications that one program may belong to */
#define IDENTITY_AGE_MAX_MS   100 /* a process may map new code later without telling anybody */

struct identity {
    pid_t pid;             /* 0 = an empty place of the cache */
    uint64_t start;        /* field 22 of /proc/PID/stat */
    uint64_t read_ns;      /* CLOCK_MONOTONIC when it was read */
    bool identified;       /* all could be read, and the process was the same and alive afterwards */
    bool one_identity;     /* its four user ids are one, and its user namespace is the initial one */
    bool code_trusted;     /* program and all executable file mappings are the system's own, and
                              nobody traces it */
    bool code_made;        /* it has executable memory of no file, or changed a file's in memory */
    uid_t uid;             /* the real one */
    uint32_t mnt_major, mnt_minor; /* its mount namespace */
    uint64_t mnt_inode;
    uint32_t exe_major, exe_minor;
    uint64_t exe_inode;
    char exe[RING_EXE_MAX + 1];    /* what /proc/PID/exe reads as; shown only */
    unsigned programs[IDENTITY_PROGRAMS_MAX]; /* indices of the policy's applications */
    unsigned program_count;
};

/* Read all of it now (programs are the caller's business). Never fails: what can't be read leaves
 * identified false. Opens nothing but /proc. */
void identity_read(pid_t pid, struct identity *ret);

/* The cache. _find returns a place whose identity is still fresh, or NULL. _place is where a new one
 * goes (whatever was there is gone). */
struct identity *identity_find(pid_t pid);
struct identity *identity_place(pid_t pid);
void identity_forget(pid_t pid);
void identity_forget_all(void);

#endif
