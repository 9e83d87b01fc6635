/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of records that are left out of a contract's extract or were removed from a ledger, with the
 * hashes that keep the tree whole. In their place stands one line of canonical JSON, no leaf itself:
 *     {"elided":{"from":A,"hashes":["HEX",…],"to":B}}
 * for records A to B (both included). The hashes are those of the tree's full subtrees from left to
 * right: at leaf p the largest that begins there and does not reach past B (tree_block_height). Seal
 * records are never left out, so every checkpoint can still be compared with a root. */
#ifndef PROOF_ELIDE_H
#define PROOF_ELIDE_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/digest.h"
#include "proof/tree.h"

#define ELIDE_BLOCKS_MAX (2 * TREE_HEIGHT_MAX) /* hashes of one run */

struct elide_block {
    uint64_t at;     /* its first record */
    unsigned height; /* it has 2^height records */
    uint8_t hash[DIGEST_LEN];
};

/* A run of records. Zero-initialise ({0}) to collect one; owns nothing. */
struct elide_run {
    uint64_t from, next; /* next: behind the last */
    struct elide_block blocks[ELIDE_BLOCKS_MAX];
    size_t count; /* 0 = it is empty */
};

/* Leave out the record with this number and leaf hash (tree_leaf), or a whole block of an earlier
 * elided line; numbers follow each other within a run. 0, SK_ERR_CRYPTO, SK_ERR_FORMAT. */
int elide_add(struct elide_run *run, struct digest *hash, uint64_t seq,
              const uint8_t leaf[static DIGEST_LEN]) SK_MUST_CHECK;
int elide_add_block(struct elide_run *run, struct digest *hash,
                    const struct elide_block *block) SK_MUST_CHECK;

/* Append the run's line with its newline and begin anew; an empty run gives nothing. out's error. */
int elide_flush(struct elide_run *run, struct buf *out) SK_MUST_CHECK;

/* Read the value of the member "elided". Exactly the form above. 0 or SK_ERR_FORMAT. */
int elide_read(const char *value, size_t len, struct elide_run *ret) SK_MUST_CHECK;

#endif
