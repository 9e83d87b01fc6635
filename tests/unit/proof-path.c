/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proof-path.c: inclusion and consistency proofs against the published vectors of RFC 6962's reference
 * implementation and against the RFC's recursive definitions; runs of records that are left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"
#include "proof/path.h"
#include "proof/series.h"

#define LEAVES 70 /* sizes that are tried one against the other */

static struct digest *hash;
static uint8_t leaf_hashes[LEAVES][DIGEST_LEN];

/* The leaves of the reference implementation, and proofs over them as it publishes them. */
static const char *const leaves[] = {"", "00", "10", "2021", "3031", "40414243",
                                     "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
struct vector {
    bool inclusion;
    uint64_t a, size; /* index, or the older size */
    const char *hashes[4];
};
static const struct vector vectors[] = {
    {true, 0, 1, {NULL}},
    {true, 0, 8, {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                  "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                  "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {true, 5, 8, {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                  "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {true, 2, 3, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
    {true, 1, 5, {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                  "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                  "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
    {false, 1, 1, {NULL}},
    {false, 1, 8, {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                   "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {false, 6, 8, {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {false, 2, 5, {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
};

/* MTH, PATH and SUBPROOF as RFC 6962 §2.1 defines them. */
static void slow_root(size_t from, size_t n, uint8_t ret[static DIGEST_LEN])
{
    uint8_t left[DIGEST_LEN], right[DIGEST_LEN];
    size_t k = 1;
    if (n == 1) {
        memcpy(ret, leaf_hashes[from], DIGEST_LEN);
        return;
    }
    while (2 * k < n)
        k *= 2;
    slow_root(from, k, left);
    slow_root(from + k, n - k, right);
    assert_int_equal(tree_node(hash, left, right, ret), 0);
}

static void slow_inclusion(size_t m, size_t from, size_t n, struct path *p)
{
    size_t k = 1;
    if (n == 1)
        return;
    while (2 * k < n)
        k *= 2;
    if (m < k) {
        slow_inclusion(m, from, k, p);
        slow_root(from + k, n - k, p->hash[p->count++]);
    } else {
        slow_inclusion(m - k, from + k, n - k, p);
        slow_root(from, k, p->hash[p->count++]);
    }
}

static void slow_consistency(size_t m, size_t from, size_t n, bool whole, struct path *p)
{
    size_t k = 1;
    if (m == n) {
        if (!whole)
            slow_root(from, n, p->hash[p->count++]);
        return;
    }
    while (2 * k < n)
        k *= 2;
    if (m <= k) {
        slow_consistency(m, from, k, whole, p);
        slow_root(from + k, n - k, p->hash[p->count++]);
    } else {
        slow_consistency(m - k, from + k, n - k, false, p);
        slow_root(from, k, p->hash[p->count++]);
    }
}

static void make(bool inclusion, uint64_t a, uint64_t size, struct path *ret)
{
    autopath struct path_maker *m = NULL;
    assert_int_equal(inclusion ? path_inclusion(a, size, &m) : path_consistency(a, size, &m), 0);
    for (uint64_t i = 0; i < LEAVES; i++) {
        struct elide_block block = {.at = i};
        memcpy(block.hash, leaf_hashes[i], DIGEST_LEN);
        if (i == size - 1)
            assert_int_equal(path_take(m, hash, ret), SK_ERR_NOT_FOUND);
        assert_int_equal(path_feed(m, hash, &block), 0);
    }
    assert_int_equal(path_take(m, hash, ret), 0);
}

static void use_leaves(bool published)
{
    for (size_t i = 0; i < LEAVES; i++) {
        uint8_t bytes[16] = {(uint8_t)i, 0x77};
        size_t len = 2;
        if (published && i < array_count(leaves)) {
            len = strlen(leaves[i]) / 2;
            assert_int_equal(str_unhex(leaves[i], 2 * len, bytes, len), 0);
        }
        assert_int_equal(tree_leaf(hash, bytes, len, leaf_hashes[i]), 0);
    }
}

static void published(void **state)
{
    (void)state;
    use_leaves(true);
    for (size_t i = 0; i < array_count(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct path p;
        char hex[DIGEST_HEX_CAP];
        make(v->inclusion, v->a, v->size, &p);
        size_t n = 0;
        for (; v->hashes[n]; n++) {
            assert_true(n < p.count);
            digest_hex(hex, p.hash[n]);
            assert_string_equal(hex, v->hashes[n]);
        }
        assert_int_equal(p.count, n);
    }
}

static void check_inclusion(size_t index, size_t n, const uint8_t root[static DIGEST_LEN])
{
    struct path p, slow = {0};
    uint8_t found[DIGEST_LEN];
    make(true, index, n, &p);
    slow_inclusion(index, 0, n, &slow);
    assert_int_equal(p.count, slow.count);
    assert_memory_equal(p.hash, slow.hash, p.count * DIGEST_LEN);
    assert_int_equal(path_root(&p, hash, leaf_hashes[index], index, n, found), 0);
    assert_memory_equal(found, root, DIGEST_LEN);
    for (size_t i = 0; i < n; i++) { /* it proves no other place */
        int r = path_root(&p, hash, leaf_hashes[index], i, n, found);
        assert_true(i == index || r != 0 || memcmp(found, root, DIGEST_LEN) != 0);
    }
    p.count++; /* nor with a hash too many, or too few */
    assert_true(path_root(&p, hash, leaf_hashes[index], index, n, found) != 0);
    p.count -= 2;
    if (slow.count > 0)
        assert_true(path_root(&p, hash, leaf_hashes[index], index, n, found) != 0);
}

static void check_consistency(size_t old, size_t n, const uint8_t root[static DIGEST_LEN])
{
    struct path p, slow = {0};
    uint8_t old_root[DIGEST_LEN];
    slow_root(0, old, old_root);
    make(false, old, n, &p);
    slow_consistency(old, 0, n, true, &slow);
    assert_int_equal(p.count, slow.count);
    assert_memory_equal(p.hash, slow.hash, p.count * DIGEST_LEN);
    assert_int_equal(path_consistent(&p, hash, old, old_root, n, root), 0);
    old_root[5] ^= 1;
    assert_true(path_consistent(&p, hash, old, old_root, n, root) != 0);
    old_root[5] ^= 1;
    for (size_t i = 0; i < p.count; i++) {
        p.hash[i][7] ^= 1;
        assert_true(path_consistent(&p, hash, old, old_root, n, root) != 0);
        p.hash[i][7] ^= 1;
    }
    p.count++;
    assert_true(path_consistent(&p, hash, old, old_root, n, root) != 0);
}

static void every_size(void **state)
{
    (void)state;
    use_leaves(false);
    for (size_t n = 1; n < LEAVES; n++) {
        uint8_t root[DIGEST_LEN];
        slow_root(0, n, root);
        for (size_t i = 0; i < n; i++) {
            check_inclusion(i, n, root);
            check_consistency(i + 1, n, root);
        }
    }
}

/* The example of c2sp.org/tlog-proof, with hashes of our own, both ways. */
static void as_text(void **state)
{
    (void)state;
    static const char note[] = "example.com/log\n8\nsFod\n\n\xe2\x80\x94 example.com/log hI2D\n\n";
    autobuf struct buf text = {0};
    struct path p, again;
    uint64_t index;
    const char *found;
    size_t len;
    use_leaves(false);
    make(true, 3, 8, &p);
    assert_int_equal(path_write(&p, 3, note, sizeof note - 1, &text), 0);
    assert_true(str_starts(text.data, "c2sp.org/tlog-proof@v1\nindex 3\n"));
    assert_true(text.data[text.len - 1] == '\n' && text.data[text.len - 2] != '\n');
    assert_int_equal(path_read(text.data, text.len, &again, &index, &found, &len), 0);
    assert_int_equal(index, 3);
    assert_memory_equal(&again, &p, sizeof p);
    assert_int_equal(len, sizeof note - 2);
    assert_memory_equal(found, note, len);
    static const char with_extra[] = "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\nnote\n";
    assert_int_equal(path_read(with_extra, sizeof with_extra - 1, &again, &index, &found, &len), 0);
    static const char *const wrong[] = {
        "", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote\n", "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nindex -1\n\nnote\n"};
    for (size_t i = 0; i < array_count(wrong); i++)
        assert_int_equal(path_read(wrong[i], strlen(wrong[i]), &again, &index, &found, &len),
                         SK_ERR_FORMAT);
}

/* Any run of leaves left out: the tree is the same, the line is read as it was written. */
static void left_out(void **state)
{
    (void)state;
    use_leaves(false);
    uint8_t root[DIGEST_LEN], found[DIGEST_LEN];
    slow_root(0, LEAVES, root);
    for (uint64_t from = 0; from < LEAVES; from++)
        for (uint64_t to = from; to < LEAVES; to++) {
            static const char before[] = "{\"elided\":";
            struct elide_run run = {0}, again;
            struct tree t = {0};
            autobuf struct buf line = {0};
            for (uint64_t i = from; i <= to; i++)
                assert_int_equal(elide_add(&run, hash, i, leaf_hashes[i]), 0);
            assert_int_equal(elide_flush(&run, &line), 0);
            assert_int_equal(elide_read(line.data + sizeof before - 1, line.len - sizeof before - 1,
                                        &again), 0);
            assert_int_equal(again.from, from);
            assert_int_equal(again.next, to + 1);
            for (uint64_t i = 0; i < from; i++)
                assert_int_equal(tree_add_block(&t, hash, leaf_hashes[i], 0), 0);
            for (size_t i = 0; i < again.count; i++)
                assert_int_equal(tree_add_block(&t, hash, again.blocks[i].hash,
                                                again.blocks[i].height), 0);
            for (uint64_t i = to + 1; i < LEAVES; i++)
                assert_int_equal(tree_add_block(&t, hash, leaf_hashes[i], 0), 0);
            assert_int_equal(tree_root(&t, hash, found), 0);
            assert_memory_equal(found, root, DIGEST_LEN);
        }
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *contract;
        uint64_t n;
    } good[] = {{"{\"n\":1}", "", 1}, {"{\"contract\":\"a.b-c_9\",\"n\":120}", "a.b-c_9", 120}};
    static const char *const bad[] = {"1", "{}", "{\"n\":0}", "{\"n\":1,\"x\":2}", "{\"contract\":\"a\"}",
                                      "{\"contract\":\"\",\"n\":1}", "{\"contract\":\"a b\",\"n\":1}",
                                      "{\"contract\":\"a\",\"n\":\"1\"}", "{\"n\":1}}", "{\"n\":"};
    struct series_mark mark;
    struct scan_field f = {.key = "series"};
    assert_int_equal(series_read(&f, &mark), 0);
    for (size_t i = 0; i < array_count(good); i++) {
        f.value = good[i].text;
        f.len = strlen(f.value);
        assert_int_equal(series_read(&f, &mark), 1);
        assert_string_equal(mark.contract, good[i].contract);
        assert_int_equal(mark.n, good[i].n);
    }
    for (size_t i = 0; i < array_count(bad); i++) {
        f.value = bad[i];
        f.len = strlen(f.value);
        assert_int_equal(series_read(&f, &mark), SK_ERR_FORMAT);
    }
    char hex[DIGEST_HEX_CAP], again[DIGEST_HEX_CAP];
    uint8_t digest[DIGEST_LEN];
    static const char text[] = "00112233445566778899aabbccddeeff 7 tax 42";
    struct series_mark tax = {.contract = "tax", .n = 42};
    assert_int_equal(series_count("00112233445566778899aabbccddeeff", 7, &tax, hex), 0);
    assert_int_equal(digest_of(text, sizeof text - 1, digest), 0);
    digest_hex(again, digest);
    assert_string_equal(hex, again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published), cmocka_unit_test(every_size), cmocka_unit_test(as_text),
        cmocka_unit_test(left_out),  cmocka_unit_test(numbers),
    };
    if (digest_new(&hash) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    digest_free(&hash);
    return failed;
}
