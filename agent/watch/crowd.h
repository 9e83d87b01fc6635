/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Priority of the worker. The kernel wakes every opener that waits whenever one of them is answered:
 * among five thousand of them a worker that takes turns answers some hundred in a second, one that is
 * let through all of them in a tenth of it. For a single opener real-time priority costs more than it
 * gives, so the worker has it only while many wait. The kernel leaves the others their share of each
 * processor (sched(7), sched_rt_runtime_us). */
#ifndef WATCH_CROWD_H
#define WATCH_CROWD_H

/* Real-time priority for this process and what it forks. 0 or -errno. */
int crowd_go_ahead(void);

/* What a read of the group returned when it had something: bytes, 0 (the kernel refused somebody
 * itself, and woke all others) or -errno (there are more openers than descriptors). */
void crowd_seen(int read);

#endif
