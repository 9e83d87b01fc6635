/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading again what was written, past the page cache: O_DIRECT where the file system takes it,
 * otherwise after POSIX_FADV_DONTNEED. */
#ifndef EXPORT_READBACK_H
#define EXPORT_READBACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"

#define READBACK_ALIGNMENT                                                                         \
    ((size_t)4096) /* bytes, of memory, offsets and lengths: open(2) O_DIRECT */

/* One open file; several threads may read by it at once. */
struct readback {
    int fd;
    atomic_bool direct;
};

/* Call after fsync(2), which makes the pages clean, so that they can be dropped. */
void readback_begin(struct readback *r, int fd);
void readback_end(struct readback *r);

/* Read into aligned memory until at least `least` bytes are there, at most `most` (a multiple of
 * the alignment, as at should be). Bytes, fewer than least only at the end of the file, or -errno.
 */
ssize_t readback_read(struct readback *r, void *data, size_t least, size_t most,
                      uint64_t at) SK_MUST_CHECK;

#endif
