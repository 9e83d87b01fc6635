/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_search.c: what a line says, the index of a ledger that the real book wrote, and what happens when
 * somebody tampers with the index or the ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>
#include "base/str.h"
#include "ledger-folder.h"
#include "record/facts.h"
#include "record/record.h"
#include "search/search.h"

struct bench {
    struct folder f;
    char cache[FOLDER_CAP + 16];
    struct note_key key;
    struct search_news *news;
};

static int set_up(void **state)
{
    static struct bench b;
    char path[256];
    memset(&b, 0, sizeof b);
    folder_make(&b.f);
    snprintf(b.cache, sizeof b.cache, "%s/cache", b.f.root);
    folder_fill(&b.f, 4, 6);
    snprintf(path, sizeof path, "%s/%s", b.f.ledger, LEDGER_ENROLMENT);
    assert_int_equal(proof_enrolment_read(path, &b.key), 0);
    b.news = calloc(1, sizeof *b.news);
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    folder_clear(&b->f);
    free(b->news);
    return 0;
}

static int begin(struct bench *b, struct search **ret)
{
    const struct search_config config = {.ledger = b->f.ledger, .cache = b->cache,
                                         .enrolment = &b->key};
    return search_open(&config, ret, b->news);
}

static int count(void *context, const struct search_hit *hit)
{
    (void)hit;
    ++*(unsigned *)context;
    return 0;
}

static unsigned found(struct search *s, const struct search_query *q)
{
    unsigned n = 0;
    assert_int_equal(search_run(s, q, count, &n), 0);
    return n;
}

/* The one file in the cache folder whose name ends so. */
static void path_of(const struct bench *b, const char *end, char ret[static 512])
{
    autodir DIR *list = opendir(b->cache);
    const struct dirent *d;
    ret[0] = '\0';
    while ((d = readdir(list)) != NULL) {
        size_t len = strlen(d->d_name), tail = strlen(end);
        if (len > tail && str_eq(d->d_name + len - tail, end))
            snprintf(ret, 512, "%s/%s", b->cache, d->d_name);
    }
    assert_true(ret[0] != '\0');
}

static void change(const struct bench *b, const char *sql)
{
    char path[512];
    sqlite3 *db = NULL;
    path_of(b, ".sqlite", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Make the note fit the file again, as one could who may write both. */
static void adjust_note(const struct bench *b)
{
    char index[512], path[512];
    struct stat st;
    autobuf struct buf text = {0};
    autojson json_t *note = NULL;
    path_of(b, ".sqlite", index);
    path_of(b, ".note", path);
    assert_int_equal(stat(index, &st), 0);
    assert_int_equal(file_read(AT_FDCWD, path, 65536, &text), 0);
    assert_int_equal(record_parse(text.data, text.len, 65536, &note), 0);
    json_object_set_new(note, "bytes", json_integer(st.st_size));
    json_object_set_new(note, "changed",
                        json_integer((json_int_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec));
    buf_reset(&text);
    assert_int_equal(record_write(note, &text), 0);
    assert_int_equal(file_write_atomic(AT_FDCWD, path, text.data, text.len, 0600), 0);
}

static void facts(void **state)
{
    (void)state;
    static const char line[] =
        "{\"area\":\"tax\",\"at\":\"2026-11-20T08:15:30.123Z\",\"content\":{\"files\":[{\"bytes\":1,\"name\":\"a/名簿.ods\"},"
        "{\"name\":\"b\"}]},\"contract\":\"c-1\",\"file\":\"x \\\"y\\\"\",\"kind\":\"takeout\",\"person\":{\"id\":\"p\",\"name\":\"田中\"},"
        "\"seq\":7,\"uid\":1001}";
    autofacts struct facts f = {0};
    assert_int_equal(facts_read(line, sizeof line - 1, &f), 0);
    assert_true(fact_is(&f.area, "tax") && fact_is(&f.kind, "takeout") && fact_is(&f.contract, "c-1"));
    assert_true(facts_are_of(&f, "p") && facts_are_of(&f, "田中") && facts_are_of(&f, "1001"));
    assert_false(facts_are_of(&f, "100") || facts_are_of(&f, ""));
    assert_int_equal(f.file_count, 3);
    assert_true(facts_name_file(&f, "名簿") && facts_hold(&f, "名簿") && facts_hold(&f, "takeout"));
    assert_false(facts_hold(&f, "2026-11-20") || facts_name_file(&f, "takeout"));
    autofree char *quoted = facts_escape("x \"y\"");
    assert_true(facts_name_file(&f, quoted));
    for (size_t len = 0; len < sizeof line; len++) /* whatever is cut off: within bounds */
        assert_int_equal(facts_read(line, len, &f), 0);
}

static void grows(void **state)
{
    struct bench *b = *state;
    const struct search_query takeouts = {.kind = "takeout"}, word = {.text = "検査"},
                              long_word = {.text = "takeou"}, last = {.kind = "takeout", .limit = 5},
                              none = {.area = "elsewhere"};
    {
        autosearch struct search *s = NULL;
        assert_int_equal(begin(b, &s), 0);
        assert_true(b->news->built && b->news->added > 24);
        assert_int_equal(found(s, &takeouts), 24);
        assert_int_equal(found(s, &word), 24); /* two characters: compared one by one */
        assert_int_equal(found(s, &long_word), 24);
        assert_int_equal(found(s, &last), 5);
        assert_int_equal(found(s, &none), 0);
    }
    folder_fill(&b->f, 1, 3);
    autosearch struct search *s = NULL;
    assert_int_equal(begin(b, &s), 0);
    assert_false(b->news->built);
    assert_int_equal(b->news->added, 5); /* a start, three, a seal */
    assert_int_equal(found(s, &takeouts), 27);
    assert_int_equal(found(s, &word), 27);
}

static void touched_index(void **state)
{
    struct bench *b = *state;
    const struct search_query takeouts = {.kind = "takeout"};
    struct search *s = NULL;
    assert_int_equal(begin(b, &s), 0);
    search_close(&s);
    change(b, "DELETE FROM record WHERE seq % 2 = 0"); /* hides half of them */
    assert_int_equal(begin(b, &s), 0);
    assert_true(b->news->built && strstr(b->news->why, "altered"));
    assert_int_equal(found(s, &takeouts), 24);
    search_close(&s);
    char path[512];
    path_of(b, ".sqlite", path);
    autoclose int fd = open(path, O_RDWR | O_CLOEXEC);
    for (off_t at = 0; at < 8192; at += 64) /* no database any more */
        assert_int_equal(pwrite(fd, "\xff\xee\xdd\xcc", 4, at), 4);
    assert_int_equal(begin(b, &s), 0);
    assert_true(b->news->built);
    assert_int_equal(found(s, &takeouts), 24);
    search_close(&s);
}

/* Somebody who can write index and note can hide hits, but neither invent nor change one, nor run
 * anything. */
static void hostile_index(void **state)
{
    struct bench *b = *state;
    static const char *const tricks[] = {
        "UPDATE record SET offset = offset + 7",
        "UPDATE record SET bytes = 40000",
        "UPDATE record SET segment = 999",
        "UPDATE record SET hash = x'00112233445566778899aabbccddeeff'",
        "UPDATE record SET seq = seq + 1000",
        "UPDATE record SET hash = 'text', offset = -1",
        "DROP TABLE word; CREATE VIEW word AS SELECT load_extension('x') AS id, 1 AS type, 1 AS digest, '' AS value",
        "DROP TABLE record",
    };
    for (size_t i = 0; i < array_count(tricks); i++) {
        struct search *s = NULL;
        unsigned n = 0;
        const struct search_query takeouts = {.kind = "takeout"};
        const struct search_config config = {.ledger = b->f.ledger, .cache = b->cache,
                                             .enrolment = &b->key, .rebuild = true};
        assert_int_equal(search_open(&config, &s, b->news), 0);
        search_close(&s);
        change(b, tricks[i]);
        adjust_note(b);
        assert_int_equal(begin(b, &s), 0);
        assert_false(b->news->built);
        int r = search_run(s, &takeouts, count, &n);
        if (r != SK_ERR_TAMPERED && r != SK_ERR_STATE)
            fail_msg("%s: %d, %u hits", tricks[i], r, n);
        assert_int_equal(n, 0);
        search_close(&s);
    }
}

static void altered_ledger(void **state)
{
    struct bench *b = *state;
    char path[256];
    autobuf struct buf text = {0};
    struct search *s = NULL;
    unsigned n = 0;
    const struct search_query takeouts = {.kind = "takeout"};
    assert_int_equal(begin(b, &s), 0);
    search_close(&s);
    snprintf(path, sizeof path, "%s/segment-000000.jsonl", b->f.ledger);
    assert_int_equal(file_read(AT_FDCWD, path, BUF_MAX / 2, &text), 0);
    char *area = memmem(text.data, text.len, "\"tax\"", 5);
    area[1] = 'T';
    assert_int_equal(file_write_atomic(AT_FDCWD, path, text.data, text.len, 0640), 0);
    assert_int_equal(begin(b, &s), 0); /* what was verified is not read again… */
    assert_int_equal(search_run(s, &takeouts, count, &n), SK_ERR_TAMPERED); /* …but what is shown is */
    assert_int_equal(search_bad(s), 1);
    search_close(&s);
    const struct search_config config = {.ledger = b->f.ledger, .cache = b->cache,
                                         .enrolment = &b->key, .rebuild = true};
    assert_int_equal(search_open(&config, &s, b->news), SK_ERR_TAMPERED);
    assert_true(b->news->report.bad);
}

static void foreign_folder(void **state)
{
    struct bench *b = *state;
    struct search *s = NULL;
    assert_int_equal(mkdir(b->cache, 0700), 0);
    assert_int_equal(chmod(b->cache, 0777), 0);
    assert_int_equal(begin(b, &s), SK_ERR_PEER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts),
        cmocka_unit_test_setup_teardown(grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(touched_index, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hostile_index, set_up, tear_down),
        cmocka_unit_test_setup_teardown(altered_ledger, set_up, tear_down),
        cmocka_unit_test_setup_teardown(foreign_folder, set_up, tear_down),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
