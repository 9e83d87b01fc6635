/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the four files of the sandbox share; nobody else includes this. */
#ifndef SANDBOX_INTERNAL_H
#define SANDBOX_INTERNAL_H

#include <stdbool.h>
#include <sekisho/paths.h>
#include "sandbox/sandbox.h"

/* Groups of system calls (syscalls.c lists each). A row of the identity table joins some. */
enum syscall_group {
    GROUP_COMMON = 1 << 0,   /* memory, clocks, signals, reading and writing what is open */
    GROUP_THREADS = 1 << 1,  /* clone with CLONE_THREAD only */
    GROUP_FILES = 1 << 2,    /* names in the file system: open, rename, unlink, … */
    GROUP_SOCKETS = 1 << 3,  /* AF_UNIX sockets */
    GROUP_NETLINK = 1 << 4,  /* AF_NETLINK and AF_ALG sockets: udev events, kernel ciphers */
    GROUP_PROCESSES = 1 << 5,/* fork, wait, kill, pidfds */
    GROUP_EXEC = 1 << 6,     /* execve: mkfs and its kind */
    GROUP_MOUNTS = 1 << 7,   /* both families of mount calls */
    GROUP_IOCTL = 1 << 8,    /* every ioctl: loop devices, device mapper, block devices */
    GROUP_IDENTITY = 1 << 9, /* setfsuid and its kind: opening files as the requester */
    GROUP_FANOTIFY = 1 << 10,
    GROUP_LOCKED = 1 << 11,  /* mlockall */
    GROUP_HANDLES = 1 << 12, /* files by handle */
    GROUP_GROUPS = 1 << 13,  /* making fanotify groups */
};

enum path_access { PATH_READ = 1, PATH_WRITE = 2 };

struct sandbox_path {
    enum sk_path path;
    enum path_access access;
};

#define SANDBOX_CAPABILITIES_MAX 24
#define SANDBOX_PATHS_MAX        12

struct sandbox_row {
    const char *login;       /* NULL: stays uid 0 */
    const char *group;       /* a further group, NULL = none */
    unsigned allow;          /* enum syscall_group bits */
    unsigned refuse;         /* groups that answer EACCES instead of ending the process */
    bool kill;               /* anything else ends the process; false: it answers EPERM */
    bool starts_rooms;       /* its filter is inherited by all programs in rooms (refused.c) */
    bool starts_programs;    /* of the system, which may be set-id (mail): no no_new_privs, a filter that they
                                inherit and that only refuses (refused.c), and the bounding set stays for them */
    bool confine_paths;      /* Landlock; the paths below and what every program needs to read */
    bool confine_writes;     /* Landlock; the paths below for writing, reading is not confined */
    unsigned capability_count, path_count;
    int capabilities[SANDBOX_CAPABILITIES_MAX];
    int wished;              /* one more that it does without where it can't be had; 0 = none */
    struct sandbox_path paths[SANDBOX_PATHS_MAX];
    const char *const *system_reads;  /* absolute paths that it reads below, ends with NULL; NULL = none */
    const char *const *system_writes; /* absolute paths that it writes below, ends with NULL; NULL = none */
};

extern const struct sandbox_row sandbox_rows[SANDBOX_IDENTITY_COUNT];

/* Load the filter of a row (and no_new_privs). 0 or -errno. */
int syscalls_enter(const struct sandbox_row *row, int reserved_fd_below) SK_MUST_CHECK;

/* Load a filter that refuses a list and allows the rest, for programs that nobody can list calls of:
 * sekisho-room itself, and inside a room, where more is refused. 0 or -errno. */
int refused_enter(bool inside) SK_MUST_CHECK;
/* The same for programs that may be set-id: without no_new_privs, so it takes CAP_SYS_ADMIN. 0 or -errno. */
int refused_enter_programs(void) SK_MUST_CHECK;

/* No core file of this process and all that it starts, neither written nor piped to a handler. 0 or
 * -errno. */
int cores_forbid_inherited(void) SK_MUST_CHECK;

/* Confine this process to the row's paths; 0 also where the kernel has no Landlock. 0 or -errno. */
int landlock_enter(const struct sandbox_row *row) SK_MUST_CHECK;

#endif
