/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An archive that any tar(1) unpacks: pax format (POSIX.1-2001), regular files only. Names are UTF-8
 * where they are, otherwise their exact bytes (libarchive's hdrcharset=BINARY). */
#ifndef EXPORT_TAR_H
#define EXPORT_TAR_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include "base/clean.h"

struct tar; /* opaque */

/* Where the archive's bytes go. 0, or a negative code that the running tar_ function then returns. */
typedef int tar_sink(void *context, const void *data, size_t len);

/* The process must be in a UTF-8 locale, or every name that is not ASCII is written as raw bytes. */
int tar_new(tar_sink *sink, void *context, struct tar **ret) SK_MUST_CHECK;
void tar_free(struct tar **t);
#define autotar __attribute__((cleanup(tar_free)))

/* Begin a member of exactly this many bytes; give its content with tar_data.
 * 0, the sink's code, SK_ERR_FORMAT (libarchive refuses it), SK_ERR_STATE (too many bytes given). */
int tar_member(struct tar *t, const char *name, uint64_t bytes, struct timespec mtime) SK_MUST_CHECK;
int tar_data(struct tar *t, const void *data, size_t len) SK_MUST_CHECK;

/* Write the archive's end. */
int tar_end(struct tar *t) SK_MUST_CHECK;

/* One line of sha256sum(1) for a name; the result is what `sha256sum -c` reads. */
struct buf;
void tar_digest_line(struct buf *out, const uint8_t *digest, const char *name);

#endif
