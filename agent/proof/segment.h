/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One segment of a ledger in whatever form it lies there. A segment that nothing more is written to
 * may be archived; one form counts, the first of (a crash between two steps leaves two)
 *   segment-NNNNNN.jsonl      plain: the lines, perhaps preallocated space behind them
 *   segment-NNNNNN.jsonl.zst  archived: zstd frames one behind the other, each with its content's size
 *                             and checksum; `zstd -dc` gives the lines. */
#ifndef PROOF_SEGMENT_H
#define PROOF_SEGMENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "record/scan.h"

#define SEGMENT_FORM     "segment-%06u.jsonl" /* numbers from 0 */
#define SEGMENT_NAME_CAP 48                   /* bytes of a file name with NUL */
#define SEGMENT_BYTES    ((uint64_t)16 * 1024 * 1024) /* of its lines, at most */
#define SEGMENT_FRAME    ((size_t)128 * 1024) /* bytes of content in one frame that we write */

enum segment_form { SEGMENT_PLAIN, SEGMENT_ARCHIVED, SEGMENT_FORM_COUNT };

#define SEGMENT_WINDOW   24 /* a frame's decoder needs 2^24 bytes at most */

struct segment; /* opaque */

/* The file name of a segment in that form. */
void segment_name(uint32_t number, enum segment_form form, char ret[static SEGMENT_NAME_CAP]);

/* Open the segment. 0, -errno (-ENOENT: there is none in any form), SK_ERR_KIND (no regular file),
 * SK_ERR_FORMAT (an archive that is none), SK_ERR_LIMIT (one that holds more than a segment may). */
int segment_open(int dir, uint32_t number, struct segment **ret) SK_MUST_CHECK;
/* The same for reading all of it: an archive is unpacked whole, so that a damaged one gives nothing
 * (SK_ERR_FORMAT), and no form is
 * larger than it may be (SK_ERR_LIMIT). */
int segment_open_whole(int dir, uint32_t number, struct segment **ret) SK_MUST_CHECK;
/* The same in this form only. */
int segment_open_form(int dir, uint32_t number, enum segment_form form, struct segment **ret)
    SK_MUST_CHECK;
void segment_close(struct segment **s);
#define autosegment __attribute__((cleanup(segment_close)))

enum segment_form segment_form_of(const struct segment *s);

/* len bytes of its lines from offset on, fewer at the end. Bytes, -errno, SK_ERR_FORMAT. */
ssize_t segment_read(struct segment *s, void *data, size_t len, uint64_t offset) SK_MUST_CHECK;

/* Bytes of its lines (and of what stands behind them). 0 or -errno. */
int segment_bytes(const struct segment *s, uint64_t *ret) SK_MUST_CHECK;

/* The first len bytes of a segment's lines, cheaper than opening an archive whole. Bytes or a
 * negative code as above. */
ssize_t segment_head(int dir, uint32_t number, void *data, size_t len, enum segment_form *ret_form)
    SK_MUST_CHECK;

/* Do records of this kind stay when a segment's records are removed? The chain of keys, what explains
 * gaps and removals, and what says which rules were in force: nobody's data. */
bool segment_keeps(const struct scan_field *kind);

/* Compress len bytes into frames, appended to out. 0, -ENOMEM, or out's error. */
int segment_compress(const void *data, size_t len, struct buf *out) SK_MUST_CHECK;

#endif
