/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an asker sits: at this PC, or at the other end of a remote login. */
#ifndef ROOM_PLACE_H
#define ROOM_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PLACE_SESSION_MAX 32 /* bytes of a session's id with NUL */

/* What /proc/PID/cgroup says, where systemd-logind rules. */
enum place_kind {
    PLACE_SESSION, /* in the scope of one session, whose id is known */
    PLACE_MANAGER, /* under the login's own service manager (user@UID.service): sessions share it */
    PLACE_OUTSIDE, /* in neither: a system service, cron */
};
enum place_kind place_of_cgroup(const char *text, size_t len,
                                char ret_session[static PLACE_SESSION_MAX]);

/* The same of a process that runs. */
enum place_kind place_of_process(pid_t pid, char ret_session[static PLACE_SESSION_MAX]);

/* Parent and real uid from /proc/PID/status. False when it does not say both. */
bool place_of_status(const char *text, size_t len, pid_t *ret_parent, uid_t *ret_uid);

/* The process that the login of this one began with: the nearest ancestor (or itself) that is a program
 * which begins logins (sshd, login, a display manager's). 0 when there is none. */
pid_t place_leader(pid_t pid);

/* Does this process of the login sit at the other end of a network? Where logind runs, its word; else
 * whether an sshd of root's is among the ancestors. What can't be found out counts as remote. */
bool place_is_remote(pid_t pid, uid_t uid);

#endif
