/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the PC does beside the agent (RUN-8): malware protection, updates, firewall, screen lock, lockout of
 * accounts, and what keeps memory to itself (swap, Yama). The agent provides none of it: this reads files that
 * say how it is set, runs nothing, writes nothing and asks nobody. Settings are read, not tried.
 *
 * Sources of the files' formats: clamav.conf(5), apt.conf(5) and apt's apt.systemd.daily, dnf-automatic(8),
 * ufw(8), firewalld(1), nft(8), dconf(7), faillock.conf(5), pam_tally2(8), proc(5), and the kernel's
 * Documentation/admin-guide/LSM/Yama.rst. */
#ifndef REPORT_SYSTEM_H
#define REPORT_SYSTEM_H

#include <sekisho/limits.h>
#include <stdint.h>
#include "base/buf.h"
#include "report/say.h"

enum system_item {
    SYSTEM_MALWARE,
    SYSTEM_UPDATES,
    SYSTEM_FIREWALL,
    SYSTEM_SCREEN,
    SYSTEM_LOCKOUT, /* the last of those that RUN-8 names */
    SYSTEM_SWAP,
    SYSTEM_TRACING,
    SYSTEM_COUNT
};

enum system_state { SYSTEM_UNKNOWN, SYSTEM_OFF, SYSTEM_ON };

struct system_fact {
    enum system_state state;
    struct report_text why; /* what was found, or what was looked for */
    char value[96];         /* as it stands in the file, or a day YYYY-MM-DD; "" = none */
    char file[96];          /* where it was read, without the root; "" = nowhere */
};

/* Look below the folder root ("/"; a test gives its own). Links are followed within root only, and files of
 * more than SYSTEM_FILE_MAX bytes are not read. now_s tells what is out of date. Every item is set, also when
 * nothing can be read (SYSTEM_UNKNOWN). 0, or -errno when root can't be opened. */
#define SYSTEM_FILE_MAX  ((size_t)64 * 1024)
#define SYSTEM_FILES_MAX 64  /* of one folder */
#define SYSTEM_STALE_S   ((int64_t)7 * 86400) /* malware definitions and updates older than that are out of date */
#define SYSTEM_IDLE_MAX_S 900 /* the longest time without a hand on the PC until its screen locks */
int system_read(const char *root, int64_t now_s, struct system_fact ret[static SYSTEM_COUNT]) SK_MUST_CHECK;

#endif
