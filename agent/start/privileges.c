/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileges.c owns what the starter itself may do. It must never narrow what a child is documented
 * to need (ARCHITECTURE.md): each child drops to its own row by itself. */
#include "start/privileges.h"
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What some process of the agent, or a program that one of them runs (mkfs), needs at some time. */
static const int children_need[] = {
    CAP_SYS_ADMIN,       /* sekishod: fanotify; device: mounts, loop devices, device mapper; room */
    CAP_SYS_PTRACE,      /* watch: /proc/PID of other users */
    CAP_DAC_READ_SEARCH, /* watch, device */
    CAP_DAC_OVERRIDE,    /* device */
    CAP_CHOWN,           /* device, room */
    CAP_FOWNER,          /* device */
    CAP_FSETID,          /* device: modes of files made for a person */
    CAP_SETUID,          /* device opens as the requester; the others drop to their logins */
    CAP_SETGID,          /* likewise */
    CAP_SETPCAP,         /* each child narrows its own bounding set */
    CAP_KILL,            /* the starter itself; room ends what runs in rooms */
    CAP_SYS_CHROOT,      /* device: setns(2) to other mount namespaces, to close an area there */
    CAP_MKNOD,           /* libcryptsetup, in device */
    CAP_LINUX_IMMUTABLE, /* ledger: its archives */
    CAP_NET_ADMIN,       /* keeper: binds the process connector; room: lo of a room's network */
    CAP_SETFCAP,         /* room at its start: a map of uids that holds root's (user_namespaces(7)) */
    CAP_SYS_RESOURCE,    /* keeper: descriptor limit, out-of-memory score */
    CAP_SYS_NICE,        /* keeper; libcryptsetup while it derives a key */
    CAP_IPC_LOCK,        /* holder: locked memory; libcryptsetup */
};

/* The starter: signals to children of other logins, and connecting to their sockets. */
static const int own_need[] = {CAP_KILL, CAP_DAC_OVERRIDE};

static bool listed(const int *list, size_t count, int capability)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == capability)
            return true;
    return false;
}

int privileges_reduce(void)
{
    for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        if (!listed(children_need, array_count(children_need), c) &&
            prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0)
            return -errno;
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
    for (size_t i = 0; i < array_count(own_need); i++) {
        sets[CAP_TO_INDEX(own_need[i])].effective |= CAP_TO_MASK(own_need[i]);
        sets[CAP_TO_INDEX(own_need[i])].permitted |= CAP_TO_MASK(own_need[i]);
    }
    return syscall(SYS_capset, &head, sets) == 0 ? 0 : -errno;
}
