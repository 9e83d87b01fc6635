/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-medium-files.c proves what a walk over a stranger's files makes of them: names are escaped, nothing is followed
 * or opened but files, all is bounded, and the same content is the same state. */
#include "device/medium_files.h"
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/fdio.h"
#include "base/str.h"
#include "cmocka-head.h"
#include "record/record.h"

static char top[64];

static int make_top(void **state)
{
    (void)state;
    snprintf(top, sizeof top, "/tmp/sekisho-files.XXXXXX");
    return mkdtemp(top) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int remove_top(void **state)
{
    (void)state;
    return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", top, name);
    autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_full(fd, text, strlen(text)), 0);
}

static void make(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", top, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void tell(void *context, uint64_t bytes)
{
    *(uint64_t *)context = bytes;
}

static json_t *told_first; /* what the walk told before it read anything */

static void keep_listed(void *context, const json_t *listed)
{
    assert_int_equal(*(uint64_t *)context, 0);
    json_decref(told_first);
    told_first = json_deep_copy(listed);
}

static json_t *list(const char *first)
{
    struct fault f = {0};
    uint64_t told = 0;
    const struct medium_files_calls calls = {.tell = tell, .listed = keep_listed, .context = &told};
    json_t *found = NULL;
    autojson json_t *names = json_loads(first, 0, NULL);
    autoclose int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(medium_files_list(fd, names, &calls, &found, &f), 0);
    return found;
}

/* "kind name, …" */
static void assert_list(const char *first, const char *all)
{
    autojson json_t *found = list(first);
    autobuf struct buf b = {0};
    size_t i;
    const json_t *one;
    json_array_foreach(record_member(found, "files"), i, one)
        buf_printf(&b, "%s%s %s", i > 0 ? ", " : "", record_text(one, "kind"), record_text(one, "name"));
    assert_string_equal(b.data ? b.data : "", all);
}

static void nothing_is_followed(void **state)
{
    char path[128];
    (void)state;
    put(".sekisho-medium", "identity");
    put(".sekisho-turn.0123456789abcdef.0", ""); /* made before the first turn, or one that was cut off */
    put("a\033[2J\n", "x");
    make("lost+found");
    make("empty");
    make("deep");
    put("deep/file", "y");
    make("System Volume Information");
    put("System Volume Information/WPSettings.dat", "123456789012");
    put("System Volume Information/IndexerVolumeGuid", "1234567890123456789012345678901234567890123456789012345678901234567890123456+");
    snprintf(path, sizeof path, "%s/link", top);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof path, "%s/up", top);
    assert_int_equal(symlink("..", path), 0);
    snprintf(path, sizeof path, "%s/pipe", top);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_list("[]", "file System Volume Information/IndexerVolumeGuid, file a\\x1b[2J\\n, file deep/file, folder empty, link link, "
                      "other pipe, link up");
}

static void what_is_expected_is_read_and_listed_once(void **state)
{
    (void)state;
    make("folder.tar.age");
    put("here.tar.age", "abc");
    assert_list("[{\"name\":\"here.tar.age\",\"bytes\":3}, {\"name\":\"gone.tar.age\"}, {\"name\":\"folder.tar.age\"}, "
                "{\"name\":\"../x\"}, {\"name\":\"here.tar.age/\"}, 7, \"x\"]",
                "folder folder.tar.age, file here.tar.age");
    autojson json_t *found = list("[{\"name\":\"here.tar.age\",\"bytes\":3}]");
    assert_string_equal(record_text(json_array_get(record_member(found, "files"), 1), "sha256"),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void many_do_not_hide_what_is_expected(void **state)
{
    char name[32];
    (void)state;
    for (int i = 0; i < MEDIUM_FILES_MAX + 50; i++) {
        snprintf(name, sizeof name, "f%d", i);
        put(name, "");
    }
    put("zz.tar.age", "abc");
    autojson json_t *found = list("[{\"name\":\"zz.tar.age\",\"bytes\":3}]");
    assert_true(record_flag(found, "more"));
    assert_int_equal(record_number(found, "count"), MEDIUM_FILES_MAX + 51);
    const json_t *files = record_member(found, "files");
    assert_int_equal(json_array_size(files), MEDIUM_FILES_MAX);
    assert_string_equal(record_text(json_array_get(files, MEDIUM_FILES_MAX - 1), "name"), "zz.tar.age");
}

static const json_t *file_of(const json_t *found, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(record_member(found, "files"), i, one)
        if (str_eq(record_text(one, "name"), name))
            return one;
    return NULL;
}

/* Longer than any disk that could be read in a test: it must not be read. */
static void a_file_of_another_length_is_not_read(void **state)
{
    char path[128];
    (void)state;
    put("T-1.tar.age", "x");
    put("secret", "abc");
    snprintf(path, sizeof path, "%s/T-1.tar.age", top);
    assert_int_equal(truncate(path, (off_t)8 << 40), 0);
    autojson json_t *found = list("[{\"name\":\"T-1.tar.age\",\"bytes\":300}]");
    assert_true(record_flag(found, "more"));
    assert_string_equal(record_text(file_of(found, "T-1.tar.age"), "kind"), "file");
    assert_string_equal(record_text(file_of(found, "T-1.tar.age"), "sha256"), "");
    assert_int_equal(strlen(record_text(file_of(found, "secret"), "sha256")), 64);
}

static void all_names_are_told_before_one_is_read(void **state)
{
    (void)state;
    put("T-1.tar.age", "abc");
    put("secret", "abc");
    autojson json_t *found = list("[{\"name\":\"T-1.tar.age\",\"bytes\":3}]");
    assert_non_null(found);
    assert_true(record_flag(told_first, "unread"));
    assert_int_equal(json_array_size(record_member(told_first, "files")), 2);
    assert_string_equal(record_text(file_of(told_first, "secret"), "sha256"), "");
    assert_int_equal(record_number(file_of(told_first, "secret"), "bytes"), 3);
}

static void depth_has_an_end(void **state)
{
    autobuf struct buf path = {0};
    (void)state;
    for (int i = 0; i < MEDIUM_FILES_DEPTH_MAX + 5; i++) {
        buf_printf(&path, "%sd", i > 0 ? "/" : "");
        make(path.data);
    }
    autojson json_t *found = list("[]");
    assert_true(record_flag(found, "more"));
    assert_int_equal(json_array_size(record_member(found, "files")), 1);
}

static void the_same_content_is_the_same_state(void **state)
{
    (void)state;
    put("one", "1");
    put("two", "2");
    autojson json_t *before = list("[]"), *same = list("[]");
    assert_string_equal(record_text(before, "state"), record_text(same, "state"));
    put("two", "3");
    autojson json_t *after = list("[]");
    assert_string_not_equal(record_text(before, "state"), record_text(after, "state"));
}

#define WITH_TOP(test) cmocka_unit_test_setup_teardown(test, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TOP(nothing_is_followed), WITH_TOP(what_is_expected_is_read_and_listed_once),
        WITH_TOP(many_do_not_hide_what_is_expected), WITH_TOP(depth_has_an_end),
        WITH_TOP(the_same_content_is_the_same_state),
        WITH_TOP(a_file_of_another_length_is_not_read), WITH_TOP(all_names_are_told_before_one_is_read),
    };
    int r = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(told_first);
    return r;
}
