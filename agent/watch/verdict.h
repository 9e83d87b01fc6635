/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From one permission event to its answer. */
#ifndef WATCH_VERDICT_H
#define WATCH_VERDICT_H

#include <stdbool.h>
#include "watch/rules.h"
#include "watch/shared.h"

/* Answer every event that shared memory holds and that is not answered yet: the batch just read, or
 * what a dead worker left behind. Each is recorded before it is answered, once. */
void verdict_answer_hand(const struct guard *g, struct rules *r);

/* Read the next batch into hand. The number of bytes, 0 when there is none now, -errno. */
int verdict_read_hand(const struct guard *g);

/* Answer without deciding: refuse every descriptor number for as long as the kernel waits for an answer
 * under it. For a process whose descriptors are not the dead worker's. The number of openers refused. */
unsigned verdict_refuse_all(void);

#endif
