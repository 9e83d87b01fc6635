/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index-decide.c tests which other files count when one is judged: whose backup is whose, and what was
 * written when. The rules themselves: index-rules.c. */
#include "cmocka-head.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "index/index.h"

#define S     1000000000ull /* nanoseconds */
#define BYTES 1000

static struct index x;
static struct volume area;
static struct folder *top, *other;

static struct folder *folder(uint8_t number, const char *path)
{
    struct handle h = {.len = 1, .bytes = {number}};
    struct folder *d = table_folder(&x.table, &area, &h);
    assert_non_null(d);
    d->path = strdup(path);
    d->known = true;
    return d;
}

/* A file with this name and content, not decided on yet. */
static struct file *file(struct folder *d, const char *name, uint8_t content)
{
    static uint8_t number = 100;
    struct handle h = {.len = 1, .bytes = {++number}};
    uint8_t digest[DIGEST_LEN] = {content};
    struct file *f = track_file(&x, &area, &h);
    assert_non_null(f);
    assert_non_null(table_name_add(&x.table, f, d, name));
    assert_int_equal(table_content(&x.table, f, digest, BYTES), 0);
    f->actor = (struct actor){.at_ns = clock_boot_ns()};
    return f;
}

static int set_up(void **state)
{
    (void)state;
    if (index_init(&x) != 0)
        return -1;
    area = (struct volume){.kind = VOLUME_AREA, .id = (char[]){"area"}, .group_fd = -1, .top_fd = -1,
                           .by_path = true, .state = STATE_NONE, .epoch = 1};
    LIST_INIT(&area.files);
    LIST_INIT(&area.folders);
    top = folder(1, "");
    other = folder(2, "other");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (struct file *f; (f = LIST_FIRST(&area.files));)
        track_forget(&x, f);
    table_folder_remove(&x.table, top);
    table_folder_remove(&x.table, other);
    state_close(&area.state);
    index_free(&x);
    return 0;
}

static void expect_copy(const char *name, const char *of)
{
    const struct found *f = TAILQ_FIRST(&x.found);
    assert_int_equal(x.found_count, 1);
    assert_int_equal(f->what, FOUND_COPY);
    assert_string_equal(f->file, name);
    assert_string_equal(f->of, of);
}

static void a_copy_is_told(void **state)
{
    (void)state;
    decide_file(&x, file(top, "list", 1));
    decide_file(&x, file(top, "unlike", 2));
    assert_int_equal(x.found_count, 0);
    decide_file(&x, file(other, "copy", 1));
    expect_copy("other/copy", "list");
}

/* What an editor leaves of a file beside it does not make the file a copy. */
static void the_own_backup_does_not_count(void **state)
{
    (void)state;
    decide_file(&x, file(top, "list~", 1));
    decide_file(&x, file(top, "list", 1));
    assert_int_equal(x.found_count, 0);
}

static void a_backup_elsewhere_is_another_file(void **state)
{
    (void)state;
    decide_file(&x, file(other, "list~", 1));
    decide_file(&x, file(top, "list", 1));
    expect_copy("list", "other/list~");
}

/* A backup of what is written right after it is none; later or before that it is a copy that is called so. */
static void judge_backup(uint64_t written_ns, bool is_copy)
{
    decide_file(&x, file(top, "list", 1));
    struct file *original = file(top, "text", 3);
    decide_file(&x, original);
    original->written_ns = written_ns;
    struct file *backup = file(top, "text~", 1);
    decide_file(&x, backup);
    if (backup->queue != FILE_IDLE) { /* it is looked at again after a while */
        track_unqueue(&x, backup);
        backup->waited = true;
        decide_file(&x, backup);
    }
    assert_int_equal(x.found_count, is_copy ? 1 : 0);
}

static void an_editors_backup(void **state)
{
    (void)state;
    judge_backup(clock_boot_ns(), false);
}

static void a_backup_of_nothing_new(void **state)
{
    (void)state;
    judge_backup(clock_boot_ns() - 60 * S, true);
}

static void a_backup_of_what_was_never_written(void **state)
{
    (void)state;
    judge_backup(0, true);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_is_told),    TEST(the_own_backup_does_not_count), TEST(a_backup_elsewhere_is_another_file),
        TEST(an_editors_backup), TEST(a_backup_of_nothing_new),       TEST(a_backup_of_what_was_never_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
