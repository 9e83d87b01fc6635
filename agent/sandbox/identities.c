/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identities.c owns the table of who may do what: one row for each process of the agent. It must
 * never hold code. What each process needs follows from <sekisho/proto.h>.
 *
 * keeper, holder and watch are never ended by their own filter (a dead guard is worse than a refused
 * call), and they are not confined by Landlock: the kernel opens an event's file in the reader's name
 * (fanotify(7)), so a confined reader would get no event for files outside its own paths, and the
 * kernel would refuse every opener. A confined process could not read /proc/PID of others either.
 * device mounts, which Landlock forbids altogether. room does too, and its filter is inherited by every
 * program that a person starts in a room: it refuses a list (refused.c) instead of allowing one. */
#include <linux/capability.h>
#include "sandbox/internal.h"

/* The switches by which the kernel is told what may become of a device: files of root's. */
static const char *const plug_reads[] = {"/sys/bus", "/sys/class", NULL}; /* libudev lists devices there */
static const char *const plug_writes[] = {"/sys/devices", "/sys/bus/usb", "/sys/bus/mmc", NULL};

#define GUARD_GROUPS                                                                               \
    (GROUP_COMMON | GROUP_FILES | GROUP_SOCKETS | GROUP_PROCESSES | GROUP_FANOTIFY | GROUP_LOCKED)

/* The keeper holds what its forks hold: watch sheds the rest, and no one can gain any. CAP_KILL is
 * not there: all three are uid 0 and may signal each other. */
#define GUARD_CAPABILITIES                                                                         \
    .capability_count = 5,                                                                         \
    .capabilities = {CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_IPC_LOCK,             \
                     CAP_SYS_NICE}

const struct sandbox_row sandbox_rows[SANDBOX_IDENTITY_COUNT] = {
    [SANDBOX_KEEPER] = {
        .allow = GUARD_GROUPS,
        GUARD_CAPABILITIES,
    },
    [SANDBOX_HOLDER] = {
        .allow = GUARD_GROUPS,
        GUARD_CAPABILITIES,
    },
    [SANDBOX_WATCH] = {
        .allow = GROUP_COMMON | GROUP_FILES | GROUP_SOCKETS | GROUP_FANOTIFY,
        /* CAP_SYS_NICE: real-time priority while a crowd waits (watch/crowd.c) */
        .capability_count = 4,
        .capabilities = {CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_SYS_NICE},
    },
    [SANDBOX_DEVICE] = {
        .allow = GROUP_COMMON | GROUP_THREADS | GROUP_FILES | GROUP_SOCKETS | GROUP_NETLINK |
                 GROUP_PROCESSES | GROUP_EXEC | GROUP_MOUNTS | GROUP_IOCTL | GROUP_IDENTITY |
                 GROUP_LOCKED | GROUP_FANOTIFY | GROUP_GROUPS,
        /* CAP_SYS_PTRACE: /proc/PID/fd of others, to name who keeps an area busy; CAP_MKNOD and
         * CAP_IPC_LOCK: libcryptsetup; CAP_SYS_CHROOT: setns(2) to other mount namespaces */
        .capability_count = 12,
        .capabilities = {CAP_SYS_ADMIN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_CHOWN,
                         CAP_FOWNER, CAP_FSETID, CAP_SETUID, CAP_SETGID, CAP_MKNOD, CAP_IPC_LOCK,
                         CAP_SYS_PTRACE, CAP_SYS_CHROOT},
    },
    [SANDBOX_ROOM] = {
        .starts_rooms = true,
        /* mounts and namespaces; CAP_SETUID, CAP_SETGID, CAP_SETPCAP: a room's first process becomes
         * the person; CAP_NET_ADMIN: lo of a room's network; CAP_SYS_PTRACE: /proc/PID/ns and exe of
         * others; CAP_KILL: ending rooms; CAP_CHOWN: people's folders in an area; CAP_DAC_OVERRIDE:
         * displays whose socket is the login's alone */
        .capability_count = 9,
        .capabilities = {CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_NET_ADMIN,
                         CAP_SYS_PTRACE, CAP_KILL, CAP_CHOWN, CAP_DAC_OVERRIDE},
    },
    [SANDBOX_LEDGER] = {
        .login = SK_USER_LEDGER,
        .group = SK_GROUP_AUDIT,
        .allow = GROUP_COMMON | GROUP_THREADS | GROUP_FILES | GROUP_SOCKETS | GROUP_LOCKED,
        .kill = true,
        .confine_paths = true,
        /* archives get the immutable attribute; it is the owner's alone, so this reaches no file of others */
        .wished = CAP_LINUX_IMMUTABLE,
        .path_count = 3,
        .paths = {{SK_PATH_LEDGER, PATH_WRITE}, {SK_PATH_LEDGER_KEY, PATH_WRITE},
                  {SK_PATH_RUN_LEDGER, PATH_WRITE}},
    },
    [SANDBOX_CONTROL] = {
        .login = SK_USER_CONTROL,
        .group = SK_GROUP_AUDIT,
        .allow = GROUP_COMMON | GROUP_THREADS | GROUP_FILES | GROUP_SOCKETS | GROUP_LOCKED,
        .kill = true,
        .confine_paths = true,
        .path_count = 9,
        .paths = {{SK_PATH_CONTROL, PATH_WRITE}, {SK_PATH_POLICY, PATH_WRITE},
                  {SK_PATH_RUN_CONTROL, PATH_WRITE}, {SK_PATH_RUN_INSIDE, PATH_WRITE},
                  {SK_PATH_DESKTOP, PATH_WRITE}, {SK_PATH_KEYS, PATH_READ},
                  {SK_PATH_CONFIG, PATH_READ}, {SK_PATH_LEDGER, PATH_READ},
                  {SK_PATH_RUN, PATH_READ}},
    },
    [SANDBOX_EXPORT] = {
        .login = SK_USER_EXPORT,
        .allow = GROUP_COMMON | GROUP_THREADS,
        .refuse = GROUP_FILES,
        .kill = true,
        .confine_paths = true,
    },
    [SANDBOX_NOTIFY] = {
        .login = SK_USER_NOTIFY,
        .allow = GROUP_COMMON,
        .refuse = GROUP_FILES,
        .kill = true,
        .confine_paths = true,
    },
    /* Debian's mail programs are set-id: exim4 to root, postfix' postdrop to a group. */
    [SANDBOX_TELLER] = {
        .login = SK_USER_NOTIFY,
        .starts_programs = true,
    },
    /* Its areas are mounted after its start and are attached nowhere, so Landlock can't name them: it
     * confines writing only. */
    [SANDBOX_INDEX] = {
        .login = SK_USER_INDEX,
        .allow = GROUP_COMMON | GROUP_FILES | GROUP_SOCKETS | GROUP_HANDLES,
        .kill = true,
        .confine_writes = true,
        .capability_count = 1,
        .capabilities = {CAP_DAC_READ_SEARCH},
        .path_count = 2,
        .paths = {{SK_PATH_INDEX, PATH_WRITE}, {SK_PATH_RUN_INDEX, PATH_WRITE}},
    },
    /* It reads what strangers' devices say of themselves. uid 0 owns the switches in sysfs, which processes of its own
     * use; no capability. */
    [SANDBOX_PLUG] = {
        .allow = GROUP_COMMON | GROUP_FILES | GROUP_SOCKETS | GROUP_NETLINK | GROUP_PROCESSES,
        .kill = true,
        .confine_paths = true,
        .path_count = 3,
        .paths = {{SK_PATH_POLICY, PATH_READ}, {SK_PATH_KEYS, PATH_READ}, {SK_PATH_RUN, PATH_READ}},
        .system_reads = plug_reads,
        .system_writes = plug_writes,
    },
};
