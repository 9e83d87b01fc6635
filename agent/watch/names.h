/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The name that a record gives a file: its path inside its area. Shown, never decided by. */
#ifndef WATCH_NAMES_H
#define WATCH_NAMES_H

#include <sys/stat.h>
#include <sys/types.h>
#include "watch/shared.h"

/* Open this process' own list of descriptors, through which names are read. Once, before the
 * others. */
void names_begin(void);

/* Fill e->file and e->file_cut with the name of the file behind an event's descriptor; e's process and
 * file are filled already. st is the file's (zeroes: unknown), area may be NULL, room is the opener's, or
 * NULL. In a room the area may lie at any place, and parts of it at others: the opener's list of
 * mounts tells which. What can't be told is shown as the opener's path. A process that opens a file
 * again within NAMES_AGE_MAX_MS gets the same name, even if a folder above it was renamed meanwhile.
 * The number that stands for this process, this file and this name, and never for any others; 0 when
 * the name was not kept. */
#define NAMES_AGE_MAX_MS 100
uint64_t names_fill(int fd, const struct stat *st, const struct guard_area *area,
                    const struct guard_room *room, uint64_t now_ns, struct access_event *e);

/* The number of the name that names_fill would give that process for that file without looking, 0 when
 * it would look. start is the process' as in struct access_event, now_ns a reading of guard_now_ns. */
uint64_t names_known(const struct stat *st, pid_t pid, uint64_t start, uint64_t now_ns);

/* Forget what is known of mounts: rooms or areas have changed. */
void names_forget(void);

#endif
