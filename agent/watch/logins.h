/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which login has a user id, from the text of /etc/passwd. watch may not ask the name service while
 * an opener waits (it could wait for that opener's answer), so the list is read at its start and
 * whenever a policy comes. Logins of other name services (LDAP, sssd) are therefore unknown here and
 * count as not on the roster. */
#ifndef WATCH_LOGINS_H
#define WATCH_LOGINS_H

#include <stddef.h>
#include <sys/types.h>
#include "base/clean.h"

#define LOGIN_MAX 63 /* bytes of a login name; a longer one is passed over */

struct logins; /* opaque */

/* A list from passwd(5) text. Lines of another form are passed over, as getpwent(3) does; of two
 * lines with the same id the first counts. 0 or -ENOMEM. */
int logins_parse(const char *text, size_t len, struct logins **ret) SK_MUST_CHECK;
void logins_free(struct logins **l);

/* The login with that id, or NULL (also for l == NULL). Lives as long as the list. */
const char *logins_find(const struct logins *l, uid_t uid);

#endif
