/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inside.c owns the step from a room's first process to the person's rights. It must never leave a
 * capability, a group or a uid of root's behind, nor report success with a step left out. */
#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "sandbox/internal.h"

static int drop_bounding(void)
{
    for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0)
            return -errno;
    return 0;
}

static int become(const struct sandbox_person *p)
{
    if (setgroups(p->group_count, p->groups) != 0 || setresgid(p->gid, p->gid, p->gid) != 0 ||
        setresuid(p->uid, p->uid, p->uid) != 0)
        return -errno;
    return 0;
}

static int check(const struct sandbox_person *p)
{
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0)
        return -errno;
    for (int i = 0; i < 3; i++)
        if (uid[i] != p->uid || gid[i] != p->gid)
            return -EPERM;
    if (capng_get_caps_process() != 0)
        return -EPERM;
    return capng_have_capabilities(CAPNG_SELECT_ALL) == CAPNG_NONE ? 0 : -EPERM;
}

int sandbox_enter_inside(const struct sandbox_person *p)
{
    if (p->uid == 0)
        return -EINVAL;
    int r = cores_forbid_inherited();
    if (r == 0)
        r = drop_bounding();
    if (r == 0)
        r = become(p);
    if (r != 0)
        return r;
    capng_clear(CAPNG_SELECT_CAPS);
    if (capng_apply(CAPNG_SELECT_CAPS) != 0)
        return -EPERM;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return -errno;
    r = check(p);
    return r == 0 ? refused_enter(true) : r;
}
