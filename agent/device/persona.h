/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Acting with another person's rights on files, for as long as a few system calls take. */
#ifndef DEVICE_PERSONA_H
#define DEVICE_PERSONA_H

#include <stddef.h>
#include <sys/types.h>
#include "base/clean.h"

#define PERSONA_GROUPS_MAX 1024 /* supplementary groups of one person */

struct persona {
    uid_t uid;
    gid_t gid;
    gid_t groups[PERSONA_GROUPS_MAX];
    size_t group_count;
};

/* From here the kernel checks this person's own rights on files: file-system uid and gid
 * (setfsuid(2), setfsgid(2)) and supplementary groups, and the capabilities over files leave the
 * effective set (capabilities(7), "Effect of user ID changes"), which is checked.
 * 0, or negative with nothing changed. A process that can't change back exits at once. */
int persona_enter(const struct persona *person) SK_MUST_CHECK;

/* Back to the process's own rights; exits when the kernel refuses. */
void persona_leave(void);

#endif
