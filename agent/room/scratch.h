/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is removed of a person's home folder in an area when their room ends. */
#ifndef ROOM_SCRATCH_H
#define ROOM_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>
#include "base/clean.h"

#define SCRATCH_LIMIT_MS 3000 /* for all of it; what is left then goes at the next end */

/* The policy's word ([area] scratch). */
enum scratch {
    SCRATCH_KEEP,
    SCRATCH_TEMPORARY, /* temporary files, caches, trash, lists of what was opened */
    SCRATCH_ALL,       /* all that is in the home folder */
};

/* The word, and back: NULL / false when it is none. */
const char *scratch_word(enum scratch s);
bool scratch_of_word(const char *word, enum scratch *ret);

struct scratch_removed {
    uint64_t files; /* names that were removed, without folders */
    uint64_t bytes; /* of files that had no other name */
    /* 0 or not; whoever reads it from shared memory finds any value */
    uint32_t complete; /* nothing of what was to go is left */
    uint32_t known;    /* 0 in memory that nobody has written */
};

/* Remove it, as whoever calls: no link is followed, no mount entered, nothing outside of home_fd reached.
 * until_ns: CLOCK_BOOTTIME. */
void scratch_clean(int home_fd, enum scratch which, uint64_t until_ns, struct scratch_removed *ret);

#endif
