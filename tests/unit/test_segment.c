/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_segment.c: archived segments, on ledgers that the real book wrote; verifying on from a
 * checkpoint; and that recovery cuts nothing which a checkpoint covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <zstd.h>
#include "base/str.h"
#include "ledger-folder.h"
#include "proof/segment.h"

static int set_up(void **state)
{
    static struct folder f;
    folder_make(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    folder_clear(*state);
    return 0;
}

static void path_of(const struct folder *f, enum segment_form form, char ret[static 256])
{
    char name[SEGMENT_NAME_CAP];
    segment_name(0, form, name);
    snprintf(ret, 256, "%s/%s", f->ledger, name);
}

static void put(const char *path, const void *data, size_t len)
{
    autoclose int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_full(fd, data, len), 0);
}

/* Archive the ledger's only segment; *lines is what it holds. */
static void archive(const struct folder *f, struct buf *lines, struct buf *packed)
{
    char plain[256], archived[256];
    path_of(f, SEGMENT_PLAIN, plain);
    path_of(f, SEGMENT_ARCHIVED, archived);
    assert_int_equal(file_read(AT_FDCWD, plain, BUF_MAX / 2, lines), 0);
    assert_int_equal(segment_compress(lines->data, lines->len, packed), 0);
    put(archived, packed->data, packed->len);
    assert_int_equal(unlink(plain), 0);
}

static void archived(void **state)
{
    struct folder *f = *state;
    struct proof_report plain, packed;
    autobuf struct buf lines = {0}, frames = {0};
    folder_fill(f, 40, 60); /* several frames */
    assert_int_equal(folder_verify(f, &plain), 0);
    archive(f, &lines, &frames);
    assert_true(lines.len > 3 * SEGMENT_FRAME && frames.len < lines.len / 2);
    assert_int_equal(folder_verify(f, &packed), 0);
    assert_false(packed.bad);
    assert_int_equal(packed.records, plain.records);
    assert_int_equal(packed.sealed, plain.sealed);
    assert_int_equal(packed.archived, 1);
    assert_memory_equal(&packed.tree, &plain.tree, sizeof plain.tree);
    for (size_t offset = 0; offset < lines.len; offset += 9973) { /* any place, across frames too */
        char bytes[SEGMENT_FRAME + 100];
        autosegment struct segment *s = NULL;
        autoclose int dir = open(f->ledger, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(segment_open(dir, 0, &s), 0);
        ssize_t n = segment_read(s, bytes, sizeof bytes, offset);
        size_t left = lines.len - offset;
        assert_int_equal(n, left < sizeof bytes ? left : sizeof bytes);
        assert_memory_equal(bytes, lines.data + offset, (size_t)n);
        assert_int_equal(segment_read(s, bytes, sizeof bytes, lines.len), 0);
    }
    assert_int_equal(recover_is_fresh(f->ledger), 0);
}

static void archive_altered(void **state)
{
    struct folder *f = *state;
    struct proof_report p, good;
    size_t seen = 0;
    char path[256];
    autobuf struct buf lines = {0}, frames = {0};
    folder_fill(f, 2, 3);
    archive(f, &lines, &frames);
    path_of(f, SEGMENT_ARCHIVED, path);
    assert_int_equal(folder_verify(f, &good), 0);
    for (size_t i = 0; i < frames.len; i++) {
        frames.data[i] ^= 4;
        put(path, frames.data, frames.len);
        /* a frame has bits that change nothing of what it holds */
        if (folder_verify(f, &p) == 0 && !p.bad && memcmp(&p.tree, &good.tree, sizeof p.tree) != 0)
            fail_msg("a flip in byte %zu of the archive was not seen", i);
        seen += p.bad;
        frames.data[i] ^= 4;
    }
    assert_true(seen > frames.len * 9 / 10);
    for (size_t len = 0; len < frames.len; len++) {
        put(path, frames.data, len);
        if (folder_verify(f, &p) == 0 && !p.bad)
            fail_msg("an archive of %zu bytes was taken", len);
    }
    buf_puts(&frames, "x");
    put(path, frames.data, frames.len);
    assert_true(folder_verify(f, &p) == 0 && p.bad);
    /* where both are, the plain one counts */
    path_of(f, SEGMENT_PLAIN, path);
    put(path, lines.data, lines.len);
    assert_true(folder_verify(f, &p) == 0 && !p.bad && p.archived == 0);
}

/* Frames that an archive of ours never has: what stock tools open is read, a bomb is not. */
static void archive_strange(void **state)
{
    struct folder *f = *state;
    struct proof_report p;
    char path[256];
    autobuf struct buf lines = {0}, frames = {0};
    folder_fill(f, 2, 3);
    archive(f, &lines, &frames);
    path_of(f, SEGMENT_ARCHIVED, path);
    char packed[65536];
    size_t n = ZSTD_compress(packed, sizeof packed, lines.data, lines.len, 1); /* no checksum */
    put(path, packed, n);
    assert_true(folder_verify(f, &p) == 0 && !p.bad && p.archived == 1);
    static const char skippable[] = "\x50\x2a\x4d\x18\x01\x00\x00\x00x";
    autobuf struct buf both = {0};
    buf_put(&both, skippable, sizeof skippable - 1);
    buf_put(&both, frames.data, frames.len);
    put(path, both.data, both.len);
    assert_true(folder_verify(f, &p) == 0 && !p.bad);
    autobuf struct buf bomb = {0}, zeros = {0};
    memset(buf_room(&zeros, 1 << 20), 0, 1 << 20);
    buf_grow(&zeros, 1 << 20);
    for (unsigned i = 0; i < 17; i++)
        assert_int_equal(segment_compress(zeros.data, zeros.len, &bomb), 0);
    put(path, bomb.data, bomb.len);
    assert_true(folder_verify(f, &p) == 0 && p.bad && p.bad_class == PROOF_FORM);
}

static void resumed(void **state)
{
    struct folder *f = *state;
    struct proof_report first, again, whole;
    struct note_key key;
    char path[256];
    folder_fill(f, 3, 5);
    assert_int_equal(folder_verify(f, &first), 0);
    folder_fill(f, 2, 4);
    assert_int_equal(folder_verify(f, &whole), 0);
    snprintf(path, sizeof path, "%s/%s", f->ledger, LEDGER_ENROLMENT);
    assert_int_equal(proof_enrolment_read(path, &key), 0);
    const struct proof_options options = {.resume = &first};
    assert_int_equal(proof_verify(f->ledger, &key, &options, &again), 0);
    assert_false(again.bad);
    assert_int_equal(again.records, whole.records);
    assert_int_equal(again.sealed, whole.sealed);
    assert_int_equal(again.epochs, whole.epochs);
    assert_memory_equal(&again.sealed_tree, &whole.sealed_tree, sizeof whole.tree);
    first.sealed_tree.edge[0][0] ^= 1; /* another beginning does not lead to the same checkpoints */
    first.sealed_tree.edge[1][0] ^= 1;
    assert_int_equal(proof_verify(f->ledger, &key, &options, &again), 0);
    assert_true(again.bad);
}

/* A line that is broken in the middle of what is sealed is no crash: nothing is cut. */
static void nothing_sealed_is_cut(void **state)
{
    struct folder *f = *state;
    char path[256];
    autobuf struct buf before = {0}, after = {0};
    struct book *b = NULL;
    struct recovery found = {0};
    folder_fill(f, 3, 5);
    path_of(f, SEGMENT_PLAIN, path);
    assert_int_equal(file_read(AT_FDCWD, path, BUF_MAX / 2, &before), 0);
    before.data[before.len / 2] = '\x01';
    put(path, before.data, before.len);
    assert_int_equal(folder_open(f, &b, &found), SK_ERR_TAMPERED);
    recovery_clear(&found);
    assert_int_equal(file_read(AT_FDCWD, path, BUF_MAX / 2, &after), 0);
    assert_int_equal(after.len, before.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(archived, set_up, tear_down),
        cmocka_unit_test_setup_teardown(archive_altered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(archive_strange, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resumed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_sealed_is_cut, set_up, tear_down),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
