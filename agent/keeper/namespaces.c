/* SPDX-License-Identifier: GPL-3.0-or-later */
/* namespaces.c owns the check that sekishod sees the whole machine. It must never guess: from inside
 * a namespace, process ids and user ids would mean something else. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sys/stat.h>
#include "keeper/keeper.h"

/* include/linux/proc_ns.h: the inode numbers of the first namespaces. The network's has been fixed
 * only since Linux 6.18. */
#define PID_INITIAL  0xEFFFFFFCu
#define USER_INITIAL 0xEFFFFFFDu
#define NET_INITIAL  0xEFFFFFF9u

static bool inode_is(const char *path, ino_t wanted)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_ino == wanted;
}

static bool network_is_initial(void)
{
    struct stat own, first;
    if (inode_is("/proc/self/ns/net", NET_INITIAL))
        return true;
    /* process 1 of the initial pid namespace is in the initial network, unless somebody moved it */
    if (stat("/proc/self/ns/net", &own) != 0 || stat("/proc/1/ns/net", &first) != 0)
        return false;
    /* these settings exist in the initial network namespace only (net/core/sysctl_net_core.c) */
    return own.st_ino == first.st_ino && access("/proc/sys/net/core/dev_weight", F_OK) == 0;
}

int namespaces_check(const char **ret_which)
{
    if (!inode_is("/proc/self/ns/user", USER_INITIAL))
        *ret_which = "user";
    else if (!inode_is("/proc/self/ns/pid", PID_INITIAL))
        *ret_which = "pid";
    else if (!network_is_initial())
        *ret_which = "network";
    else
        return 0;
    return SK_ERR_STATE;
}
