/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox.c owns the order in which a process gives up its rights. It must never report success
 * with a step left out. */
#include "sandbox/sandbox.h"
#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "sandbox/internal.h"

#define GROUPS_MAX 64 /* supplementary groups of a login; more is refused */

struct sandbox {
    const struct sandbox_row *row;
    uid_t uid;
    gid_t gid;
    gid_t groups[GROUPS_MAX + 1];
    int group_count;
};

/* NSS functions leave errno alone when there simply is no such entry. */
static int missing(void)
{
    static const int none[] = {0, ENOENT, ESRCH, EBADF, EPERM};
    for (size_t i = 0; i < array_count(none); i++)
        if (errno == none[i])
            return SK_ERR_NOT_FOUND;
    return -errno;
}

static int find_login(struct sandbox *s)
{
    errno = 0;
    const struct passwd *login = getpwnam(s->row->login);
    if (!login)
        return missing();
    s->uid = login->pw_uid;
    s->gid = login->pw_gid;
    s->group_count = GROUPS_MAX;
    if (getgrouplist(s->row->login, s->gid, s->groups, &s->group_count) < 0)
        return SK_ERR_LIMIT;
    if (!s->row->group)
        return 0;
    errno = 0;
    const struct group *group = getgrnam(s->row->group);
    if (!group)
        return missing();
    s->groups[s->group_count++] = group->gr_gid;
    return 0;
}

int sandbox_prepare(enum sandbox_identity identity, struct sandbox **ret)
{
    if ((unsigned)identity >= SANDBOX_IDENTITY_COUNT)
        return -EINVAL;
    autofree struct sandbox *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->row = &sandbox_rows[identity];
    (void)sandbox_landlock_abi(); /* remembered, for status after entering */
    if (s->row->login) {
        int r = find_login(s);
        if (r != 0)
            return r;
    }
    *ret = steal_ptr(&s);
    return 0;
}

/* Only what the row names stays, in the bounding set too where the process may still change it. */
static int shed_capabilities(const struct sandbox *s)
{
    /* the library remembers the process that asked first, which a fork is not */
    capng_setpid((int)gettid());
    if (capng_get_caps_process() != 0)
        return -EPERM;
    bool bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
    unsigned sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED | (bounds ? CAPNG_BOUNDING_SET : 0u);
    bool wished = s->row->wished && capng_have_capability(CAPNG_PERMITTED, (unsigned)s->row->wished) == 1;
    capng_clear(bounds ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS);
    for (unsigned i = 0; i < s->row->capability_count; i++)
        if (capng_update(CAPNG_ADD, (capng_type_t)sets, (unsigned)s->row->capabilities[i]) != 0)
            return -EINVAL;
    if (wished && capng_update(CAPNG_ADD, (capng_type_t)sets, (unsigned)s->row->wished) != 0)
        return -EINVAL;
    if (s->row->login) {
        if (setgroups((size_t)s->group_count, s->groups) != 0)
            return -errno;
        bool clear = bounds && !s->row->starts_programs;
        return capng_change_id((int)s->uid, (int)s->gid, clear ? CAPNG_CLEAR_BOUNDING : CAPNG_NO_FLAG) == 0
                   ? 0
                   : -EPERM;
    }
    return capng_apply(bounds ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

/* Trust nobody's return value for the one thing that matters. */
static int check_identity(const struct sandbox *s)
{
    uid_t real, effective, saved;
    uid_t wanted = s->row->login ? s->uid : 0;
    if (getresuid(&real, &effective, &saved) != 0)
        return -errno;
    return real == wanted && effective == wanted && saved == wanted ? 0 : -EPERM;
}

int sandbox_enter(struct sandbox **handle, int reserved_fd_below)
{
    autofree struct sandbox *s = steal_ptr(handle);
    struct rlimit no_core = {0, 0};
    int r = s->row->starts_rooms                      ? cores_forbid_inherited()
            : setrlimit(RLIMIT_CORE, &no_core) != 0 ? -errno
                                                    : 0;
    if (r == 0)
        r = landlock_enter(s->row);
    if (r == 0 && s->row->starts_programs)
        r = refused_enter_programs(); /* while it may */
    if (r == 0)
        r = shed_capabilities(s);
    if (r == 0)
        r = check_identity(s);
    if (r != 0)
        return r;
    if (!s->row->starts_programs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
#if !SANDBOX_SANITIZED
    /* the leak checker of test builds traces its own process, which this would forbid */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return -errno;
#endif
    return s->row->starts_programs ? 0
           : s->row->starts_rooms  ? refused_enter(false)
                                   : syscalls_enter(s->row, reserved_fd_below);
}

int sandbox_shed(enum sandbox_identity identity)
{
    struct sandbox *s = NULL;
    int r = sandbox_prepare(identity, &s);
    return r == 0 ? sandbox_enter(&s, 0) : r;
}
