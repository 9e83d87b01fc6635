/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closing what others handed over, without waiting: a socket may linger (SO_LINGER), a file's server may be
 * asked and not answer (FUSE), and what is on its way in a connection is closed with it. */
#ifndef BASE_CLOSER_H
#define BASE_CLOSER_H

#include <stddef.h>
#include <stdint.h>

/* Close these descriptors, in a thread if need be. Those of one owner (a uid) are closed one after the
 * other, so that nobody has more than one thread. Without memory or thread they are closed here. */
void closer_close(uint32_t owner, const int *fds, size_t count);

/* How many of that owner's are not closed yet. */
size_t closer_pending(uint32_t owner);

#endif
