/* SPDX-License-Identifier: GPL-3.0-or-later */
/* path.c owns proofs: which hashes they are made of, and what follows from them. It must never call
 * a proof good that has a hash too many, and never keep the leaves. */
#include "proof/path.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"

#define HASH_TEXT 44 /* characters of a hash in base64 */

/* The leaves from…end-1, whose root belongs into the proof. */
struct range {
    uint64_t from, end;
    struct tree tree;
};

struct path_maker {
    uint64_t fed, size;
    struct range ranges[PATH_HASHES_MAX];
    size_t count;
};

/* The largest power of two below n (n > 1). */
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

static void add_range(struct path_maker *m, uint64_t from, uint64_t end)
{
    m->ranges[m->count++] = (struct range){.from = from, .end = end};
}

/* The ranges were found from the root down; a proof lists them the other way. */
static void turn_round(struct path_maker *m)
{
    for (size_t i = 0; i < m->count / 2; i++) {
        struct range kept = m->ranges[i];
        m->ranges[i] = m->ranges[m->count - 1 - i];
        m->ranges[m->count - 1 - i] = kept;
    }
}

static int maker_new(uint64_t size, struct path_maker **ret)
{
    if (size >> (TREE_HEIGHT_MAX - 1))
        return SK_ERR_FORMAT;
    struct path_maker *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    m->size = size;
    *ret = m;
    return 0;
}

/* From the root towards a leaf, to the tree that ends with it and begins at `first` or later; what is passed
 * by belongs into the proof. Returns where that tree begins. */
static uint64_t go_down(struct path_maker *m, uint64_t leaf, uint64_t first)
{
    uint64_t from = 0, end = m->size;
    while (end > leaf + 1 || from < first) {
        uint64_t middle = from + split(end - from);
        if (leaf < middle) {
            add_range(m, middle, end);
            end = middle;
        } else {
            add_range(m, from, middle);
            from = middle;
        }
    }
    return from;
}

int path_inclusion(uint64_t index, uint64_t size, struct path_maker **ret)
{
    struct path_maker *m = NULL;
    int r = index < size ? maker_new(size, &m) : SK_ERR_FORMAT;
    if (r != 0)
        return r;
    (void)go_down(m, index, index);
    turn_round(m);
    *ret = m;
    return 0;
}

int path_consistency(uint64_t old, uint64_t size, struct path_maker **ret)
{
    struct path_maker *m = NULL;
    int r = old > 0 && old <= size ? maker_new(size, &m) : SK_ERR_FORMAT;
    if (r != 0)
        return r;
    uint64_t from = go_down(m, old - 1, 0);
    if (from > 0) /* a whole tree of old leaves is known to the one who asks */
        add_range(m, from, old);
    turn_round(m);
    *ret = m;
    return 0;
}

void path_maker_free(struct path_maker **m)
{
    free(*m);
    *m = NULL;
}

int path_feed(struct path_maker *m, struct digest *hash, const struct elide_block *block)
{
    uint64_t from = block->at, end = from + ((uint64_t)1 << block->height);
    if (from != m->fed)
        return SK_ERR_NOT_FOUND;
    m->fed = end;
    for (size_t i = 0; i < m->count; i++) {
        struct range *r = &m->ranges[i];
        if (end <= r->from || from >= r->end)
            continue;
        /* a range begins where its tree's subtrees begin, so the block fits into it or not at all */
        if (from < r->from || end > r->end)
            return SK_ERR_NOT_FOUND;
        int e = tree_add_block(&r->tree, hash, block->hash, block->height);
        if (e != 0)
            return e;
    }
    return 0;
}

int path_take(struct path_maker *m, struct digest *hash, struct path *ret)
{
    struct path path = {.count = m->count};
    if (m->fed < m->size)
        return SK_ERR_NOT_FOUND;
    for (size_t i = 0; i < m->count; i++) {
        if (m->ranges[i].tree.size != m->ranges[i].end - m->ranges[i].from)
            return SK_ERR_NOT_FOUND;
        int r = tree_root(&m->ranges[i].tree, hash, path.hash[i]);
        if (r != 0)
            return r;
    }
    *ret = path;
    return 0;
}

/* RFC 9162 §2.1.3.2 and §2.1.4.2: by the hashes from i on, the root above new, and the older one above old
 * where there is one. */
static int walk_up(const struct path *path, size_t i, struct digest *hash, uint64_t fn, uint64_t sn,
                   uint8_t *old, uint8_t new[static DIGEST_LEN])
{
    for (; i < path->count; i++) {
        if (sn == 0)
            return SK_ERR_FORMAT;
        bool both = (fn & 1) || fn == sn;
        int r = both && old ? tree_node(hash, path->hash[i], old, old) : 0;
        if (r == 0)
            r = both ? tree_node(hash, path->hash[i], new, new)
                     : tree_node(hash, new, path->hash[i], new);
        if (r != 0)
            return r;
        if (both)
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 ? 0 : SK_ERR_FORMAT;
}

int path_root(const struct path *path, struct digest *hash, const uint8_t leaf[static DIGEST_LEN],
              uint64_t index, uint64_t size, uint8_t ret[static DIGEST_LEN])
{
    uint8_t node[DIGEST_LEN];
    if (index >= size)
        return SK_ERR_FORMAT;
    memcpy(node, leaf, sizeof node);
    int r = walk_up(path, 0, hash, index, size - 1, NULL, node);
    if (r == 0)
        memcpy(ret, node, DIGEST_LEN);
    return r;
}

int path_consistent(const struct path *path, struct digest *hash, uint64_t old,
                    const uint8_t old_root[static DIGEST_LEN], uint64_t size,
                    const uint8_t root[static DIGEST_LEN])
{
    uint8_t a[DIGEST_LEN], b[DIGEST_LEN];
    if (old == 0 || old > size)
        return SK_ERR_FORMAT;
    if (old == size)
        return path->count > 0 ? SK_ERR_FORMAT : memcmp(old_root, root, DIGEST_LEN) ? SK_ERR_DIGEST : 0;
    bool whole = (old & (old - 1)) == 0; /* a power of two: the old root is the first hash */
    if (path->count < 1)
        return SK_ERR_FORMAT;
    memcpy(a, whole ? old_root : path->hash[0], sizeof a);
    memcpy(b, a, sizeof b);
    uint64_t fn = old - 1, sn = size - 1;
    while (fn & 1) {
        fn >>= 1;
        sn >>= 1;
    }
    int r = walk_up(path, whole ? 0 : 1, hash, fn, sn, a, b);
    if (r != 0)
        return r;
    return memcmp(a, old_root, sizeof a) == 0 && memcmp(b, root, sizeof b) == 0 ? 0 : SK_ERR_DIGEST;
}

static void put_hashes(const struct path *path, const char *note, size_t note_len, struct buf *out)
{
    for (size_t i = 0; i < path->count; i++) {
        str_base64(out, path->hash[i], DIGEST_LEN);
        buf_putc(out, '\n');
    }
    buf_putc(out, '\n');
    if (note_len >= 2 && memcmp(note + note_len - 2, "\n\n", 2) == 0)
        note_len--; /* the empty line between two checkpoints in a file */
    buf_put(out, note, note_len);
}

int path_write(const struct path *path, uint64_t index, const char *note, size_t note_len,
               struct buf *out)
{
    buf_printf(out, PATH_HEAD "\nindex %" PRIu64 "\n", index);
    put_hashes(path, note, note_len, out);
    return out->err;
}

int path_write_consistency(const struct path *path, uint64_t old, const char *note, size_t note_len,
                           struct buf *out)
{
    buf_printf(out, "old %" PRIu64 "\n", old);
    put_hashes(path, note, note_len, out);
    return out->err;
}

static bool read_index(const char *line, size_t len, uint64_t *ret)
{
    static const char word[] = "index ";
    char digits[24];
    size_t n = sizeof word - 1;
    if (len <= n || len - n >= sizeof digits || memcmp(line, word, n) != 0)
        return false;
    memcpy(digits, line + n, len - n);
    digits[len - n] = '\0';
    return strlen(digits) == len - n && str_to_u64(digits, INT64_MAX, ret) == 0;
}

int path_read(const char *text, size_t len, struct path *ret, uint64_t *ret_index,
              const char **ret_note, size_t *ret_note_len)
{
    static const char extra[] = "extra ";
    struct path path = {0};
    struct cursor c;
    const char *line;
    size_t n;
    uint64_t index;
    cursor_init(&c, text, len);
    if (!cursor_line(&c, &line, &n) || n != strlen(PATH_HEAD) || memcmp(line, PATH_HEAD, n) != 0 ||
        !cursor_line(&c, &line, &n))
        return SK_ERR_FORMAT;
    if (n > strlen(extra) && memcmp(line, extra, strlen(extra)) == 0 && !cursor_line(&c, &line, &n))
        return SK_ERR_FORMAT;
    if (!read_index(line, n, &index))
        return SK_ERR_FORMAT;
    for (;;) {
        if (!cursor_line(&c, &line, &n))
            return SK_ERR_FORMAT;
        if (n == 0)
            break;
        if (n != HASH_TEXT || path.count == PATH_HASHES_MAX ||
            str_unbase64(line, n, path.hash[path.count++], DIGEST_LEN) != 0)
            return SK_ERR_FORMAT;
    }
    if (c.left == 0)
        return SK_ERR_FORMAT;
    *ret = path;
    *ret_index = index;
    *ret_note = (const char *)c.at;
    *ret_note_len = c.left;
    return 0;
}
