/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process may still do after its start. One row of a table per identity: login, capabilities,
 * system calls, file-system paths (Landlock where the kernel has it). Two calls, in this order:
 * prepare while still privileged (resolve names), enter once everything else is open. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <sys/types.h>
#include "base/clean.h"

enum sandbox_identity {
    SANDBOX_KEEPER,
    SANDBOX_WATCH,
    SANDBOX_HOLDER,
    SANDBOX_DEVICE,
    SANDBOX_LEDGER,
    SANDBOX_CONTROL,
    SANDBOX_EXPORT,
    SANDBOX_ROOM,
    SANDBOX_INDEX,
    SANDBOX_NOTIFY,
    SANDBOX_TELLER, /* sekisho-notify's child, which starts programs that may be set-id */
    SANDBOX_PLUG,
    SANDBOX_IDENTITY_COUNT
};

struct sandbox; /* opaque */

/* Look up the identity's login and paths (of the chosen instance). 0, SK_ERR_NOT_FOUND (no such
 * login: the message to print is that the installation is incomplete), -errno. */
int sandbox_prepare(enum sandbox_identity identity, struct sandbox **ret) SK_MUST_CHECK;

/* Switch login, drop capabilities, set no_new_privs, non-dumpable, Landlock, seccomp; frees *s.
 * All or error: on a negative return the process must exit (keeper, holder and watch: must not have
 * marked anything yet). reserved_fd_below: close, dup2 and dup3 onto numbers below it are refused
 * (watch: the keeper's descriptors); 0 = none. */
int sandbox_enter(struct sandbox **s, int reserved_fd_below) SK_MUST_CHECK;

/* Both at once, for who needs nothing in between. */
int sandbox_shed(enum sandbox_identity identity) SK_MUST_CHECK;

/* Who a program inside a room runs as. */
struct sandbox_person {
    uid_t uid; /* never 0 */
    gid_t gid;
    const gid_t *groups;
    size_t group_count;
};

/* What lies between a room's first process, which comes with some capabilities of root, and the
 * programs inside: login, no capability in any set, no_new_privs, non-dumpable, no core files also
 * where cores are piped, and a filter that every program inside inherits. 0, -EINVAL (uid 0) or
 * -errno; after a failure the process must exit. */
int sandbox_enter_inside(const struct sandbox_person *person) SK_MUST_CHECK;

/* Did Landlock confine paths (kernel support)? For status. */
int sandbox_landlock_abi(void);

#endif
