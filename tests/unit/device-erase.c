/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-erase.c proves the pattern's overwriting and reading back on a file, the classes that statements
 * leave, and the form of an erasure's message. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include "device/holders.h"
#include "device/overwrite.h"
#include "device/request.h"

#define LEN ((uint64_t)3 * 1024 * 1024 + 777) /* bytes: several steps and part of a block */

static int new_file(void)
{
    char name[] = "erase-test.XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    return fd;
}

static bool is_direct(int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int direct = open(path, O_RDONLY | O_DIRECT);
    if (direct >= 0)
        close(direct);
    return direct >= 0;
}

static void test_overwrite(void **state)
{
    (void)state;
    struct overwrite o = {0};
    struct fault f = {0};
    char hex[DIGEST_HEX_CAP];
    uint8_t digest[DIGEST_LEN];
    char file_hex[DIGEST_HEX_CAP];
    int fd = new_file();
    assert_int_equal(overwrite_begin(&o, LEN, &f), 0);
    assert_int_equal(overwrite_write(&o, fd, 0, LEN, &f), 0);
    assert_int_equal(overwrite_sync(fd, &f), 0);
    assert_int_equal(overwrite_compare(&o, fd, 0, LEN, &f), 0);
    assert_int_equal(o.done, 2 * LEN);
    assert_true(o.cached || is_direct(fd)); /* where nothing is read past the cache it says so */
    assert_int_equal(overwrite_end(&o, hex, &f), 0);
    assert_int_equal(digest_of_fd(fd, digest, NULL), 0); /* the proof is the digest of what is there */
    digest_hex(file_hex, digest);
    assert_string_equal(hex, file_hex);
    overwrite_clear(&o);
    close(fd);
}

/* One byte that is not the pattern's, anywhere, is found. */
static void test_compare_finds(void **state)
{
    (void)state;
    static const uint64_t places[] = {0, 1, 4095, 1024 * 1024, LEN - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct overwrite o = {0};
        struct fault f = {0};
        char byte;
        int fd = new_file();
        assert_int_equal(overwrite_begin(&o, LEN, &f), 0);
        assert_int_equal(overwrite_write(&o, fd, 0, LEN, &f), 0);
        assert_int_equal(pread(fd, &byte, 1, (off_t)places[i]), 1);
        byte = (char)~byte;
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)places[i]), 1);
        assert_int_equal(overwrite_sync(fd, &f), 0);
        assert_int_equal(overwrite_compare(&o, fd, 0, LEN, &f), SK_ERR_DIGEST);
        overwrite_clear(&o);
        close(fd);
    }
}

/* The pattern is one by the place, however it is cut into pieces. */
static void test_pieces(void **state)
{
    (void)state;
    struct overwrite o = {0};
    struct fault f = {0};
    int fd = new_file();
    assert_int_equal(overwrite_begin(&o, LEN, &f), 0);
    for (uint64_t at = 0; at < LEN; at += 100003)
        assert_int_equal(overwrite_write(&o, fd, at, LEN - at < 100003 ? LEN - at : 100003, &f), 0);
    assert_int_equal(overwrite_sync(fd, &f), 0);
    assert_int_equal(overwrite_compare(&o, fd, 0, LEN, &f), 0);
    o.cached = false;
    assert_int_equal(overwrite_compare(&o, fd, 4099, 4096, &f), 0);
    assert_true(o.cached); /* not whole blocks of a disk */
    overwrite_clear(&o);
    close(fd);
}

#define BIT(id) SK_STATEMENT_BIT(id)

/* What did not stay where it was has been written elsewhere. */
static void test_places(void **state)
{
    (void)state;
    struct overwrite o = {0};
    struct fault f = {0};
    struct overwrite_place place;
    int fd = new_file(), other = new_file();
    assert_int_equal(overwrite_begin(&o, 4 * LEN, &f), 0);
    assert_int_equal(overwrite_write(&o, fd, 0, LEN, &f), 0);
    assert_int_equal(overwrite_write(&o, other, 0, LEN, &f), 0);
    uint32_t says = overwrite_place_before(fd, &place);
    if (!place.known || says != 0) {
        print_message("skipped: this file system does not say where its blocks are\n");
        skip();
    }
    assert_int_equal(overwrite_write(&o, fd, 0, LEN, &f), 0);
    assert_int_equal(overwrite_sync(fd, &f), 0);
    assert_int_equal(overwrite_place_after(fd, &place), 0);
    assert_int_equal(overwrite_place_after(other, &place), BIT(COPY_ON_WRITE));
    place.known = false;
    assert_int_equal(overwrite_place_after(other, &place), 0);
    overwrite_clear(&o);
    close(fd);
    close(other);
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        unsigned statements, class;
    } rows[] = {
        {0, 0},
        {BIT(OVERWRITTEN), 1},
        {BIT(OVERWRITTEN) | BIT(REMAPPED) | BIT(DISCARDED), 1},
        {BIT(OVERWRITTEN) | BIT(FLASH), 1},
        {BIT(OVERWRITTEN) | BIT(COPY_ON_WRITE), 0},
        {BIT(OVERWRITTEN) | BIT(SHARED), 0},
        {BIT(OVERWRITTEN) | BIT(HOLES), 0},
        {BIT(OVERWRITTEN) | BIT(THIN), 0},
        {BIT(OVERWRITTEN) | BIT(UNKNOWN), 0},
        {BIT(KEYS) | BIT(HEADER_COPY) | BIT(REMAPPED), 2},
        {BIT(KEYS) | BIT(HEADER_COPY) | BIT(HOLES), 2},
        {BIT(KEYS) | BIT(HEADER_COPY) | BIT(FLASH), 1},
        {BIT(KEYS) | BIT(COPY_ON_WRITE), 0},
        {BIT(GONE), 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(sk_erasure_class(rows[i].statements), rows[i].class);
    assert_string_equal(sk_erasure_class_name(2), "level-2");
    assert_string_equal(sk_erasure_class_name(7), "not-reached");
    for (unsigned i = 0; i < SK_STATEMENT_COUNT; i++)
        assert_true(*sk_statement_name(i) && *sk_statement_text(i));
}

static void test_message(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"{\"case\":\"E-1\",\"object\":\"area\",\"area\":\"a\"}", true},
        {"{\"case\":\"E-1\",\"object\":\"area\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"area\",\"area\":\"a\",\"path\":\"/x\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"area\",\"area\":\"../a\"}", false},
        {"{\"case\":\"../E\",\"object\":\"area\",\"area\":\"a\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"disk\",\"area\":\"a\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"area\":\"a\",\"path\":\"b/c\"}", true},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"area\":\"a\",\"path\":\"/b/c\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"area\":\"a\",\"path\":\"b/../c\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"area\":\"a\",\"path\":\".sekisho/x\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"path\":\"/b/c\"}", true},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"path\":\"b/c\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"path\":\"/\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"medium\",\"path\":\"/m\",\"tags\":[\"E-1\",\"E-2\"]}", true},
        {"{\"case\":\"E-1\",\"object\":\"medium\",\"path\":\"/m\",\"tags\":[\"E 1\"]}", false},
        {"{\"case\":\"E-1\",\"object\":\"medium\",\"path\":\"/m\",\"tags\":\"E-1\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"medium\",\"path\":\"/m\",\"more\":1}", false},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"path\":\"/b/c\",\"sha256\":"
         "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}", true},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"path\":\"/b/c\",\"sha256\":\"0011\"}", false},
        {"{\"case\":\"E-1\",\"object\":\"file\",\"path\":\"/b/c\",\"sha256\":7}", false},
    };
    static struct request_erase want;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f = {0};
        json_t *body = json_loads(rows[i].text, 0, NULL);
        assert_non_null(body);
        assert_int_equal(request_erase(body, &want, &f) == 0, rows[i].good);
        json_decref(body);
    }
    json_t *many = json_loads("{\"case\":\"E-1\",\"object\":\"medium\",\"path\":\"/m\",\"tags\":[]}", 0, NULL);
    for (int i = 0; i <= REQUEST_TAGS_MAX; i++)
        json_array_append_new(json_object_get(many, "tags"), json_string("E-1"));
    struct fault f = {0};
    assert_int_not_equal(request_erase(many, &want, &f), 0);
    json_decref(many);
}

static void test_holders(void **state)
{
    (void)state;
    autoclose int fd = new_file();
    autobuf struct buf who = {0}, others = {0};
    char named[32];
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    holders_of_file(st.st_dev, st.st_ino, 0, &who);
    assert_int_equal(who.len, 0); /* we are no holder */
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    holders_of_file(st.st_dev, st.st_ino, 0, &who);
    holders_of_file(st.st_dev, st.st_ino, child, &others);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    snprintf(named, sizeof named, "(pid %d)", child);
    assert_non_null(strstr(who.data, named));
    assert_int_equal(others.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overwrite), cmocka_unit_test(test_compare_finds),
        cmocka_unit_test(test_pieces),    cmocka_unit_test(test_places),
        cmocka_unit_test(test_classes),   cmocka_unit_test(test_holders),
        cmocka_unit_test(test_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
