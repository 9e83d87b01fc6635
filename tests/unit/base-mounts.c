/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base-mounts.c proves that lines of mountinfo are read as proc_pid_mountinfo(5) says, and no others. */
#include <string.h>
#include <sekisho/err.h>
#include "base/mounts.h"
#include "cmocka-head.h"

static const char whole[] = "36 35 98:7 /mnt1 /a\\040b\\134c rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue";

static void words(void **state)
{
    (void)state;
    struct mount_line m;
    char path[16];
    assert_int_equal(mount_line_parse(whole, strlen(whole), &m), 0);
    assert_true(m.id == 36 && m.dev_major == 98 && m.dev_minor == 7);
    assert_true(mount_word_is(&m.root, "/mnt1"));
    assert_false(mount_word_is(&m.root, "/mnt"));
    assert_true(mount_word_is(&m.type, "ext3"));
    assert_true(mount_word_is(&m.options, "rw,errors=continue"));
    assert_int_equal(mount_word_path(&m.point, path, sizeof path), 6);
    assert_string_equal(path, "/a b\\c");
    assert_int_equal(mount_word_path(&m.point, path, 6), SK_ERR_LIMIT);
    assert_int_equal(mount_word_path(&m.type, path, sizeof path), SK_ERR_FORMAT);
}

static void short_lines(void **state)
{
    (void)state;
    static const char *const bad[] = {"", " ", "36", "x 35 98:0 / /a rw", "36 35 98 / /a rw", "36 35 98:x / /a rw",
                                      "36 35 4294967296:0 / /a rw", "36 35 98:0 / /a", "36  98:0 / /a rw"};
    struct mount_line m = {.id = 5};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(mount_line_parse(bad[i], strlen(bad[i]), &m), SK_ERR_FORMAT);
    assert_int_equal(m.id, 5);
    static const char no_end[] = "36 35 98:0 / /a rw shared:1", no_source[] = "36 35 98:0 / /a rw - fuse  rw,x";
    assert_int_equal(mount_line_parse(no_end, strlen(no_end), &m), 0);
    assert_true(mount_word_is(&m.type, "") && mount_word_is(&m.options, ""));
    assert_int_equal(mount_line_parse(no_source, strlen(no_source), &m), 0);
    assert_true(mount_word_is(&m.type, "fuse") && mount_word_is(&m.options, "rw,x"));
}

static void paths_that_no_kernel_writes(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a", "/a\\04", "/a\\400", "/a\\08x", "/a\\000", "/\\"};
    char path[16] = "as before";
    for (size_t i = 0; i < array_count(bad); i++) {
        const struct mount_word w = {bad[i], strlen(bad[i])};
        assert_int_equal(mount_word_path(&w, path, sizeof path), SK_ERR_FORMAT);
    }
}

static void strange_lines_are_passed_over(void **state)
{
    (void)state;
    static const char text[] = "x\n36 35 8:1 / /a rw\n\n37 35 8:2 / /b rw";
    struct mount_line m;
    struct cursor c;
    cursor_init(&c, text, strlen(text));
    assert_true(mount_line_next(&c, &m) && m.id == 36);
    assert_true(mount_line_next(&c, &m) && m.id == 37);
    assert_false(mount_line_next(&c, &m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(short_lines),
        cmocka_unit_test(paths_that_no_kernel_writes),
        cmocka_unit_test(strange_lines_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
