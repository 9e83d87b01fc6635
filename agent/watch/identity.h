/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who a process is: its one user id, its program, the code in it. Read from /proc while the process
 * waits for its answer, and kept until the process connector tells of a change, but not for ever. */
#ifndef WATCH_IDENTITY_H
#define WATCH_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"
#include "policy/decide.h"
#include "wire/ring.h"

#define IDENTITY_PROGRAMS_MAX    8    /* applications that one program may belong to */
#define IDENTITY_AGE_MAX_MS      100  /* a process may map new code, or enter a namespace, later
                                         without telling anybody; and from Linux 6.6 on any user can
                                         silence the connector for all (cn_proc.c counts its listeners
                                         by what they say) */

struct guard_area;

/* What the policy last said about a process, and what it was asked then: the same question in the same
 * second, about a process of which the same is known, has the same answer. A new policy forgets all. */
struct identity_answer {
    bool there;
    bool in_room, in_other_room, needs_code;
    uint64_t number;               /* every answer has another */
    uid_t login_uid;               /* of the room's person */
    const struct guard_area *area;
    int64_t now;
    uint64_t code_ns, matched_ns;  /* as in struct identity, when it was asked */
    const char *application;
    struct decision decision;
};

struct identity {
    pid_t pid;             /* 0 = an empty place of the cache */
    uint64_t start;        /* field 22 of /proc/PID/stat */
    uint64_t read_ns;      /* CLOCK_MONOTONIC when it was read */
    bool identified;       /* all could be read, and the process was the same and alive afterwards */
    bool one_identity;     /* its four user ids are one, and its user namespace is the initial one */
    bool program_trusted;  /* its program is the system's own */
    bool traced;
    uid_t uid;             /* the real one */
    uint32_t mnt_major, mnt_minor; /* its mount namespace */
    uint64_t mnt_inode;
    uint32_t exe_major, exe_minor;
    uint64_t exe_inode;
    char exe[RING_EXE_MAX + 1];    /* what /proc/PID/exe reads as; shown only */

    /* what identity_read_code finds */
    uint64_t code_ns;      /* CLOCK_MONOTONIC when it was read, 0 = not yet */
    bool code_trusted;     /* program and all executable file mappings are the system's own, and
                              nobody traces it */
    bool code_made;        /* it has executable memory of no file, or changed a file's in memory */

    /* what rules_match finds */
    uint64_t matched_ns;   /* which expansion it was matched against, 0 = none */
    unsigned programs[IDENTITY_PROGRAMS_MAX]; /* indices of the policy's applications */
    unsigned program_count;

    struct identity_answer answer;
};

/* Read all of it but the code now (programs are the caller's business). Never fails: what can't be
 * read leaves identified false. Opens nothing but /proc. */
void identity_read(pid_t pid, struct identity *ret);

/* Read what code is in an identified process now: which files its executable mappings are of, and
 * with `pages` whether it changed them in memory. What can't be read leaves identified false. */
void identity_read_code(struct identity *i, bool pages);

/* It can't be told who this is. */
void identity_give_up(struct identity *i);

/* The cache. _find returns the place of that process, however old, or NULL. _place is where a new one
 * goes (whatever was there is gone). */
struct identity *identity_find(pid_t pid);
struct identity *identity_place(pid_t pid);
void identity_forget(pid_t pid);
void identity_forget_all(void);

#endif
