/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Merkle tree over the ledger's lines: SHA-256 with the leaf and node prefixes of RFC 6962 §2.1
 * (RFC 9162 §2.1.1), kept as the compact range of its right edge, so that adding a leaf and asking
 * for the root take logarithmic time and space. */
#ifndef PROOF_TREE_H
#define PROOF_TREE_H

#include <stddef.h>
#include <stdint.h>
#include "base/digest.h"

#define TREE_HEIGHT_MAX 48 /* 2^48 leaves are more than any disk holds */
#define TREE_SIZE_MAX   (((uint64_t)1 << (TREE_HEIGHT_MAX - 1)) - 1) /* leaves */

/* Copy it to keep a state: it owns nothing. Zero-initialise ({0}). */
struct tree {
    uint64_t size; /* leaves */
    uint8_t edge[TREE_HEIGHT_MAX][DIGEST_LEN]; /* edge[h]: the full subtree of 2^h leaves, where bit
                                                  h of size is set */
};

/* SHA-256(0x00 ‖ leaf). hash is a hasher at rest, left at rest. 0 or SK_ERR_CRYPTO. */
int tree_leaf(struct digest *hash, const void *leaf, size_t len, uint8_t ret[static DIGEST_LEN])
    SK_MUST_CHECK;

/* SHA-256(0x01 ‖ left ‖ right). 0 or SK_ERR_CRYPTO. */
int tree_node(struct digest *hash, const uint8_t left[static DIGEST_LEN],
              const uint8_t right[static DIGEST_LEN], uint8_t ret[static DIGEST_LEN]) SK_MUST_CHECK;

/* Add the leaf to the right. 0, SK_ERR_CRYPTO, SK_ERR_LIMIT; on failure t is as it was. */
int tree_add(struct tree *t, struct digest *hash, const void *leaf, size_t len) SK_MUST_CHECK;

/* Add a leaf whose hash is known, or a full subtree of 2^height leaves by its root: size must be a
 * multiple of 2^height. 0, SK_ERR_CRYPTO, SK_ERR_LIMIT; on failure t is as it was. */
int tree_add_block(struct tree *t, struct digest *hash, const uint8_t node[static DIGEST_LEN],
                   unsigned height) SK_MUST_CHECK;

/* The height of the largest full subtree that begins at leaf `at` and ends before leaf `end`
 * (at < end). */
unsigned tree_block_height(uint64_t at, uint64_t end);

/* The root; of the empty tree SHA-256(""). 0 or SK_ERR_CRYPTO. */
int tree_root(const struct tree *t, struct digest *hash, uint8_t ret[static DIGEST_LEN])
    SK_MUST_CHECK;

#endif
