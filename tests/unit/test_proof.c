/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proof.c: tree, notes, reader and verdict, on ledgers that the real book wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include "base/str.h"
#include "ledger-folder.h"

/* The example tree of RFC 6962's reference implementation. */
static const char *const leaves[] = {"", "00", "10", "2021", "3031", "40414243",
                                     "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const roots[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void tree_vectors(void **state)
{
    (void)state;
    autodigest struct digest *hash = NULL;
    struct tree t = {0};
    uint8_t root[DIGEST_LEN], bytes[16];
    char hex[DIGEST_HEX_CAP];
    assert_int_equal(digest_new(&hash), 0);
    assert_int_equal(tree_root(&t, hash, root), 0);
    digest_hex(hex, root);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < array_count(leaves); i++) {
        size_t len = strlen(leaves[i]) / 2;
        assert_int_equal(str_unhex(leaves[i], 2 * len, bytes, len), 0);
        assert_int_equal(tree_add(&t, hash, bytes, len), 0);
        assert_int_equal(tree_root(&t, hash, root), 0);
        digest_hex(hex, root);
        assert_string_equal(hex, roots[i]);
    }
    t.size = (uint64_t)1 << (TREE_HEIGHT_MAX - 1);
    assert_int_equal(tree_add(&t, hash, "", 0), SK_ERR_LIMIT);
}

static void make_key(uint8_t seed[static NOTE_KEY_LEN], struct note_key *ret)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    randombytes_buf(seed, NOTE_KEY_LEN);
    crypto_sign_seed_keypair(ret->key, secret, seed);
    assert_int_equal(note_name(ret->key, ret->name), 0);
}

static void notes(void **state)
{
    (void)state;
    uint8_t seed[NOTE_KEY_LEN];
    struct note_key key = {0}, other = {0}, again;
    char vkey[NOTE_VKEY_CAP];
    make_key(seed, &key);
    assert_int_equal(note_vkey_format(&key, vkey), 0);
    assert_int_equal(strlen(vkey), NOTE_VKEY_LEN);
    assert_int_equal(note_vkey_parse(vkey, NOTE_VKEY_LEN, &again), 0);
    assert_memory_equal(&again, &key, sizeof key);
    assert_true(str_starts(vkey, "sk"));
    for (size_t i = 0; i < NOTE_VKEY_LEN; i++) { /* each character is covered by hash or form */
        vkey[i] ^= 1;
        assert_int_equal(note_vkey_parse(vkey, NOTE_VKEY_LEN, &again), SK_ERR_FORMAT);
        vkey[i] ^= 1;
    }
    autobuf struct buf b = {0};
    struct checkpoint c = {.size = 1234567, .root = {1, 2, 3}}, read;
    struct cursor at;
    assert_int_equal(checkpoint_sign(&c, &key, seed, &b), 0);
    assert_true(b.len <= NOTE_MAX);
    cursor_init(&at, b.data, b.len);
    assert_int_equal(checkpoint_read(&at, &key, &read), 0);
    assert_int_equal(at.left, 0);
    assert_int_equal(read.size, c.size);
    assert_memory_equal(read.root, c.root, DIGEST_LEN);
    make_key(seed, &other);
    memcpy(other.name, key.name, NOTE_NAME_CAP); /* the next epoch's key has the same name */
    cursor_init(&at, b.data, b.len);
    assert_int_equal(checkpoint_read(&at, &other, &read), SK_ERR_KEY_UNKNOWN);
    for (size_t len = 0; len < b.len; len++) {
        cursor_init(&at, b.data, len);
        assert_true(checkpoint_read(&at, &key, &read) < 0);
    }
    for (size_t i = 0; i < b.len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            b.data[i] ^= (char)(1u << bit);
            cursor_init(&at, b.data, b.len);
            assert_true(checkpoint_read(&at, &key, &read) < 0);
            b.data[i] ^= (char)(1u << bit);
        }
}

static void good(void **state)
{
    struct folder *f = *state;
    struct proof_report p;
    folder_fill(f, 5, 7);
    assert_int_equal(folder_verify(f, &p), 0);
    assert_false(p.bad);
    assert_int_equal(p.records, 1 + 5 * 7 + 5); /* the start record, and the seals */
    assert_int_equal(p.sealed, p.records);
    assert_int_equal(p.epochs, 5);
    assert_int_equal(p.gaps, 0);
    assert_int_equal(p.torn_bytes, 0);
}

static void read_file(const char *path, struct buf *b)
{
    assert_int_equal(file_read(AT_FDCWD, path, BUF_MAX / 2, b), 0);
}

static void write_file(const char *path, const void *data, size_t len)
{
    autoclose int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_full(fd, data, len), 0);
}

/* Overwrite one byte in place, verify, put it back. */
static void flip(const struct folder *f, int fd, const struct buf *b, size_t i, unsigned bit)
{
    char changed = (char)(b->data[i] ^ (1 << bit));
    struct proof_report p;
    assert_int_equal(pwrite(fd, &changed, 1, (off_t)i), 1);
    int r = folder_verify(f, &p);
    if (r == 0 && !p.bad)
        fail_msg("a flip of bit %u in byte %zu was not seen", bit, i);
    if (r == 0)
        assert_true(p.bad_what[0] != '\0' && p.bad_seq <= p.bad_last_seq);
    assert_int_equal(pwrite(fd, b->data + i, 1, (off_t)i), 1);
}

static void every_byte(void **state)
{
    struct folder *f = *state;
    static const char *const names[] = {"segment-000000.jsonl", LEDGER_CHECKPOINTS,
                                        LEDGER_ENROLMENT};
    struct proof_report p;
    folder_fill(f, 3, 2);
    for (size_t n = 0; n < array_count(names); n++) {
        char path[256];
        autobuf struct buf b = {0};
        folder_path(f, names[n], path);
        read_file(path, &b);
        autoclose int fd = open(path, O_RDWR | O_CLOEXEC);
        for (size_t i = 0; i < b.len; i++)
            flip(f, fd, &b, i, (unsigned)(i % 8));
    }
    assert_int_equal(folder_verify(f, &p), 0);
    assert_false(p.bad);
}

static const char *line_at(const struct buf *b, unsigned n, size_t *ret_len)
{
    const char *at = b->data;
    while (n-- > 0)
        at = strchr(at, '\n') + 1;
    *ret_len = (size_t)(strchr(at, '\n') + 1 - at);
    return at;
}

struct damage {
    const char *name;
    unsigned line, count;   /* lines taken out of the segment */
    unsigned note, notes;   /* checkpoints taken out (6 lines each) */
    int again;              /* this checkpoint is put at the end once more, -1 = none */
    bool swap;              /* line and the next change places instead */
    uint64_t seq;           /* the record that must be named */
};

/* The ledger: 0 start, then for each of 4 epochs 3 records and a seal: seals at 4, 8, 12, 16. */
static const struct damage damages[] = {
    {"a line removed", 6, 1, 0, 0, -1, false, 6},
    {"two lines swapped", 9, 0, 0, 0, -1, true, 9},
    {"the tail cut after a seal", 13, 4, 0, 0, -1, false, 13},
    {"the last record cut", 16, 1, 0, 0, -1, false, 16},
    {"the whole end cut, one line in", 10, 7, 0, 0, -1, false, 10},
    {"an old checkpoint replayed", 0, 0, 0, 0, 1, false, 17},
    {"an epoch's checkpoint dropped", 0, 0, 1, 1, -1, false, 5},
    {"an epoch dropped whole", 5, 4, 1, 1, -1, false, 5},
    {"the first line removed", 0, 1, 0, 0, -1, false, 0},
};

static void damage_segment(const struct damage *d, const struct buf *b, struct buf *out)
{
    size_t len, next_len;
    unsigned lines = 0;
    for (size_t i = 0; i < b->len; i++)
        lines += b->data[i] == '\n';
    for (unsigned n = 0; n < lines; n++) {
        const char *line = line_at(b, n, &len);
        if (d->swap && n == d->line) {
            const char *next = line_at(b, ++n, &next_len);
            buf_put(out, next, next_len);
        } else if (n >= d->line && n < d->line + d->count) {
            continue;
        }
        buf_put(out, line, len);
    }
}

static void damage_notes(const struct damage *d, const struct buf *b, struct buf *out)
{
    size_t len;
    for (unsigned n = 0; n < 4 * 6; n++) {
        const char *line = line_at(b, n, &len);
        if (n / 6 < d->note || n / 6 >= d->note + d->notes)
            buf_put(out, line, len);
    }
    for (unsigned n = 0; d->again >= 0 && n < 6; n++) {
        const char *line = line_at(b, 6 * (unsigned)d->again + n, &len);
        buf_put(out, line, len);
    }
}

static void damaged(void **state)
{
    struct folder *f = *state;
    char segment[256], checkpoints[256];
    autobuf struct buf lines = {0};
    autobuf struct buf notes_text = {0};
    folder_fill(f, 4, 3);
    folder_path(f, "segment-000000.jsonl", segment);
    folder_path(f, LEDGER_CHECKPOINTS, checkpoints);
    read_file(segment, &lines);
    read_file(checkpoints, &notes_text);
    for (size_t i = 0; i < array_count(damages); i++) {
        autobuf struct buf a = {0};
        autobuf struct buf b = {0};
        struct proof_report p;
        damage_segment(&damages[i], &lines, &a);
        damage_notes(&damages[i], &notes_text, &b);
        write_file(segment, a.data, a.len);
        write_file(checkpoints, b.data, b.len);
        assert_int_equal(folder_verify(f, &p), 0);
        if (!p.bad || p.bad_seq != damages[i].seq)
            fail_msg("%s: bad %d at record %d: %s", damages[i].name, p.bad, (int)p.bad_seq,
                     p.bad_what);
    }
}

static void other_enrolment(void **state)
{
    struct folder *f = *state;
    uint8_t seed[NOTE_KEY_LEN];
    struct note_key other = {0};
    struct proof_report p;
    folder_fill(f, 2, 1);
    make_key(seed, &other);
    assert_int_equal(proof_verify(f->ledger, &other, NULL, &p), 0);
    assert_true(p.bad);
    assert_int_equal(p.sealed, 0);
    assert_int_equal(p.bad_seq, 2); /* the first seal names a key of another ledger */
}

/* What an attacker with the present disk, but without old keys, can't do: go on with other records
 * under the old checkpoints. */
static void rewritten(void **state)
{
    struct folder *f = *state;
    struct folder forged;
    struct proof_report p;
    char a[256], b[256];
    autobuf struct buf lines = {0};
    folder_make(&forged);
    folder_fill(f, 3, 2);
    folder_fill(&forged, 3, 2);
    folder_path(&forged, "segment-000000.jsonl", a);
    folder_path(f, "segment-000000.jsonl", b);
    read_file(a, &lines);
    write_file(b, lines.data, lines.len);
    assert_int_equal(folder_verify(f, &p), 0);
    assert_true(p.bad);
    folder_clear(&forged);
}

static void strict_and_reading(void **state)
{
    struct folder *f = *state;
    struct proof_report p;
    struct note_key key;
    char path[256];
    struct ledger_line line;
    folder_fill(f, 2, 3);
    folder_path(f, LEDGER_ENROLMENT, path);
    assert_int_equal(proof_enrolment_read(path, &key), 0);
    const struct proof_options strict = {.strict = true};
    assert_int_equal(proof_verify(f->ledger, &key, &strict, &p), 0);
    assert_false(p.bad);
    autoreader struct ledger_reader *reader = NULL;
    assert_int_equal(ledger_reader_open(f->ledger, 5, &reader), 0);
    for (uint64_t seq = 5; seq < p.records; seq++) {
        assert_int_equal(ledger_reader_next(reader, &line), 1);
        assert_int_equal(line.seq, seq);
    }
    assert_int_equal(ledger_reader_next(reader, &line), 0);
    /* what is appended later is read later */
    struct book *b = NULL;
    struct recovery found = {0};
    assert_int_equal(folder_open(f, &b, &found), 0);
    assert_int_equal(book_commit(b, false, folder_ignore, NULL), 0);
    assert_int_equal(ledger_reader_next(reader, &line), 1);
    assert_int_equal(line.seq, p.records);
    assert_true(scan_is(&line.kind, "agent"));
    assert_int_equal(ledger_reader_next(reader, &line), 0);
    book_close(&b);
    recovery_clear(&found);
}

static int set_up(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    folder_make(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    folder_clear(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_vectors),
        cmocka_unit_test(notes),
        cmocka_unit_test_setup_teardown(good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_enrolment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rewritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strict_and_reading, set_up, tear_down),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
