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

int tree_add(struct tree *t, struct digest *hash, const void *leaf, size_t len)
{
    uint8_t node[DIGEST_LEN];
    if (t->size >> (TREE_HEIGHT_MAX - 1))
        return SK_ERR_LIMIT;
    int r = tree_leaf(hash, leaf, len, node);
    unsigned height = 0;
    for (; r == 0 && t->size >> height & 1; height++)
        r = tree_node(hash, t->edge[height], node, node);
    if (r != 0)
        return r;
    memcpy(t->edge[height], node, DIGEST_LEN);
    t->size++;
    return 0;
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
