/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.c owns the hashing of the Merkle tree. It must never look into a leaf. */
#include "proof/tree.h"
#include <sekisho/err.h>
#include <string.h>

static const uint8_t leaf_prefix = 0, node_prefix = 1;

int tree_leaf(struct digest *hash, const void *leaf, size_t len, uint8_t ret[static DIGEST_LEN])
{
    int r = digest_add(hash, &leaf_prefix, 1);
    if (r == 0)
        r = digest_add(hash, leaf, len);
    return r == 0 ? digest_end(hash, ret) : r;
}

int tree_node(struct digest *hash, const uint8_t left[static DIGEST_LEN],
              const uint8_t right[static DIGEST_LEN], uint8_t ret[static DIGEST_LEN])
{
    uint8_t both[1 + 2 * DIGEST_LEN];
    both[0] = node_prefix;
    memcpy(both + 1, left, DIGEST_LEN);
    memcpy(both + 1 + DIGEST_LEN, right, DIGEST_LEN);
    int r = digest_add(hash, both, sizeof both);
    return r == 0 ? digest_end(hash, ret) : r;
}

int tree_add_block(struct tree *t, struct digest *hash, const uint8_t node[static DIGEST_LEN],
                   unsigned height)
{
    uint8_t joined[DIGEST_LEN];
    if (height >= TREE_HEIGHT_MAX - 1 || t->size & (((uint64_t)1 << height) - 1) ||
        (t->size + ((uint64_t)1 << height)) >> (TREE_HEIGHT_MAX - 1))
        return SK_ERR_LIMIT;
    uint64_t grown = (uint64_t)1 << height;
    memcpy(joined, node, sizeof joined);
    for (; t->size >> height & 1; height++) {
        int r = tree_node(hash, t->edge[height], joined, joined);
        if (r != 0)
            return r;
    }
    memcpy(t->edge[height], joined, DIGEST_LEN);
    t->size += grown;
    return 0;
}

int tree_add(struct tree *t, struct digest *hash, const void *leaf, size_t len)
{
    uint8_t node[DIGEST_LEN];
    int r = tree_leaf(hash, leaf, len, node);
    return r == 0 ? tree_add_block(t, hash, node, 0) : r;
}

unsigned tree_block_height(uint64_t at, uint64_t end)
{
    unsigned fits = 63u - (unsigned)__builtin_clzll(end - at);
    unsigned aligned = at ? (unsigned)__builtin_ctzll(at) : 63u;
    return fits < aligned ? fits : aligned;
}

int tree_root(const struct tree *t, struct digest *hash, uint8_t ret[static DIGEST_LEN])
{
    uint8_t node[DIGEST_LEN];
    if (t->size == 0)
        return digest_end(hash, ret);
    unsigned height = (unsigned)__builtin_ctzll(t->size);
    memcpy(node, t->edge[height], DIGEST_LEN);
    for (height++; height < TREE_HEIGHT_MAX; height++) {
        int r = t->size >> height & 1 ? tree_node(hash, t->edge[height], node, node) : 0;
        if (r != 0)
            return r;
    }
    memcpy(ret, node, DIGEST_LEN);
    return 0;
}
