/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process may still do after its start. One row of a table per identity: login, capabilities,
 * system calls, file-system paths (Landlock where the kernel has it). Two calls, in this order:
 * prepare while still privileged (resolve names), enter once everything else is open. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/clean.h"

enum sandbox_identity {
    SANDBOX_KEEPER,
    SANDBOX_WATCH,
    SANDBOX_HOLDER,
    SANDBOX_DEVICE,
    SANDBOX_LEDGER,
    SANDBOX_CONTROL,
    SANDBOX_EXPORT,
    SANDBOX_INDEX,
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

/* Did Landlock confine paths (kernel support)? For status. */
int sandbox_landlock_abi(void);

#endif
