/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The /etc/passwd of a room: people's names belong to the uids that they have in rooms. */
#ifndef ROOM_LOGINS_H
#define ROOM_LOGINS_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/buf.h"

/* The uid that files of this login show, and programs run under, in rooms: people's are moved by
 * SK_ROOM_UID_BASE, the system's stay. idmap.c makes the kernel see it the same way. */
uid_t logins_uid_inside(uid_t uid);

/* Does /etc/subuid (subuid(5), len bytes) give this uid to somebody's own user namespaces? */
bool logins_given_away(const char *subuid, size_t len, uid_t uid);

struct logins_person {
    const char *login, *home, *shell; /* as in the room */
    uid_t uid;                        /* of the login, outside */
    gid_t gid;
};

/* Append the room's passwd(5), made of the host's (len bytes): the person first, then everybody else
 * without a home folder. Lines that are not seven fields with numbers are left out. */
void logins_passwd(const char *host, size_t len, const struct logins_person *person,
                   struct buf *ret);

#endif
