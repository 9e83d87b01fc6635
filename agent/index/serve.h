/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index.sock and the one loop. */
#ifndef INDEX_SERVE_H
#define INDEX_SERVE_H

#include "index/index.h"
#include "wire/wire.h"

struct serve {
    struct index *index;
    int listener, signals;
    uid_t control; /* its uid, (uid_t)-1 = unknown */
    uint64_t started_ns;
};

/* Until a signal asks for the end. 0 or -errno. */
int serve_run(struct serve *s) SK_MUST_CHECK;

#endif
