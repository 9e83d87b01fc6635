/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inclusion and consistency proofs (RFC 9162 §2.1.3 and §2.1.4) over the tree of the ledger's lines.
 *
 * A proof is a list of hashes of ranges of leaves. It is made in one pass over the leaves: say which
 * proof is wanted (path_inclusion, path_consistency), feed each leaf from 0 on, in order, then take
 * the hashes (path_take). Checking needs no leaves. */
#ifndef PROOF_PATH_H
#define PROOF_PATH_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "proof/elide.h"
#include "proof/tree.h"

#define PATH_HASHES_MAX 64 /* more than any tree of TREE_HEIGHT_MAX needs */
#define PATH_HEAD       "c2sp.org/tlog-proof@v1" /* the first line of a proof */

/* Hashes in the order of the RFC: from the leaf's side to the root's. */
struct path {
    uint8_t hash[PATH_HASHES_MAX][DIGEST_LEN];
    size_t count;
};

struct path_maker; /* opaque */

/* The proof that leaf `index` is in the tree of the first `size` leaves (index < size). 0,
 * SK_ERR_FORMAT, -ENOMEM. */
int path_inclusion(uint64_t index, uint64_t size, struct path_maker **ret) SK_MUST_CHECK;
/* The proof that the tree of `old` leaves is the beginning of that of `size` (0 < old <= size). */
int path_consistency(uint64_t old, uint64_t size, struct path_maker **ret) SK_MUST_CHECK;
void path_maker_free(struct path_maker **m);
#define autopath __attribute__((cleanup(path_maker_free)))

/* The next leaf, or the next leaves as a block. Leaves behind `size` are ignored. 0, SK_ERR_CRYPTO,
 * SK_ERR_NOT_FOUND (a block covers what the proof needs apart). */
int path_feed(struct path_maker *m, struct digest *hash, const struct elide_block *block)
    SK_MUST_CHECK;

/* All leaves were fed: 0, or SK_ERR_NOT_FOUND (they were not). */
int path_take(struct path_maker *m, struct digest *hash, struct path *ret) SK_MUST_CHECK;

/* The root that follows from leaf hash, index, size and path. 0, SK_ERR_FORMAT (too few or too many
 * hashes), SK_ERR_CRYPTO. The caller compares it with the checkpoint's. */
int path_root(const struct path *path, struct digest *hash, const uint8_t leaf[static DIGEST_LEN],
              uint64_t index, uint64_t size, uint8_t ret[static DIGEST_LEN]) SK_MUST_CHECK;

/* Is the tree of `old` leaves with that root the beginning of the one of `size` with the other root?
 * 0, SK_ERR_DIGEST (no), SK_ERR_FORMAT, SK_ERR_CRYPTO. */
int path_consistent(const struct path *path, struct digest *hash, uint64_t old,
                    const uint8_t old_root[static DIGEST_LEN], uint64_t size,
                    const uint8_t root[static DIGEST_LEN]) SK_MUST_CHECK;

/* ---- as text ---- */

/* c2sp.org/tlog-proof@v1, without extra data: index, hashes, and the checkpoint as it stands in the
 * file of checkpoints (its empty line at the end is left away). */
int path_write(const struct path *path, uint64_t index, const char *note, size_t note_len,
               struct buf *out) SK_MUST_CHECK;

/* Read it; extra data is passed over. note points into the text. 0 or SK_ERR_FORMAT. */
int path_read(const char *text, size_t len, struct path *ret, uint64_t *ret_index,
              const char **ret_note, size_t *ret_note_len) SK_MUST_CHECK;

/* The body of a tlog-witness add-checkpoint request (c2sp.org/tlog-witness): "old N", the hashes of
 * the consistency proof, an empty line, the new checkpoint. */
int path_write_consistency(const struct path *path, uint64_t old, const char *note, size_t note_len,
                           struct buf *out) SK_MUST_CHECK;

#endif
