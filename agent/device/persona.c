/* SPDX-License-Identifier: GPL-3.0-or-later */
/* persona.c owns the change to a requester's rights and back. It must never return to the caller
 * with rights that are half one's and half the other's. */
#include "device/persona.h"
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <sekisho/err.h>
#include "base/log.h"

/* EX_OSERR of sysexits.h: the kernel refused what it must grant. */
#define EXIT_RIGHTS_LOST 71

#define CAPABILITY_BIT(c) (1u << (c))
/* Those that would let file checks pass; all lie in the first 32 (linux/capability.h). */
#define CAPABILITIES_OVER_FILES                                                                    \
    (CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_DAC_OVERRIDE) |                                \
     CAPABILITY_BIT(CAP_DAC_READ_SEARCH) | CAPABILITY_BIT(CAP_FOWNER) | CAPABILITY_BIT(CAP_FSETID))

static gid_t own_groups[PERSONA_GROUPS_MAX];
static size_t own_group_count;
static gid_t own_gid;
static uid_t own_uid;

/* The raw call: glibc's wrapper would change all threads, and this is about one. */
static int set_groups(const gid_t *groups, size_t count)
{
    return syscall(SYS_setgroups, count, groups) == 0 ? 0 : -errno;
}

/* An id that can't be set leaves the present one and tells it (setfsuid(2)). */
static bool fs_uid_is(uid_t uid)
{
    return (uid_t)setfsuid((uid_t)-1) == uid;
}

static bool fs_gid_is(gid_t gid)
{
    return (gid_t)setfsgid((gid_t)-1) == gid;
}

static bool holds_rights_over_files(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    return syscall(SYS_capget, &head, data) != 0 || (data[0].effective & CAPABILITIES_OVER_FILES);
}

void persona_leave(void)
{
    setfsuid(own_uid);
    setfsgid(own_gid);
    if (!fs_uid_is(own_uid) || !fs_gid_is(own_gid) || set_groups(own_groups, own_group_count) != 0) {
        log_error("the rights of a requester can't be given up again: exit");
        _exit(EXIT_RIGHTS_LOST);
    }
}

int persona_enter(const struct persona *person)
{
    int count = getgroups(PERSONA_GROUPS_MAX, own_groups);
    if (count < 0)
        return -errno;
    own_group_count = (size_t)count;
    own_uid = geteuid();
    own_gid = getegid();
    int r = set_groups(person->groups, person->group_count);
    if (r != 0)
        return r;
    setfsgid(person->gid);
    setfsuid(person->uid);
    if (fs_gid_is(person->gid) && fs_uid_is(person->uid) &&
        (person->uid == 0 || !holds_rights_over_files()))
        return 0;
    persona_leave();
    return -EPERM;
}
