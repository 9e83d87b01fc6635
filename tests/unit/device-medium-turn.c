/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-medium-turn.c proves that a medium's turns tell it from its copies: one form, two files of which the awaited one
 * stays whole, and nothing that somebody put in their place is written through. */
#include "device/medium_turn.h"
#include <fcntl.h>
#include <ftw.h>
#include <sekisho/err.h>
#include <string.h>
#include <errno.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"
#include "cmocka-head.h"
#include "record/record.h"

#define IDENTITY "1fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54"
#define TAG      "0123456789abcdef"
#define ODD      ".sekisho-turn." TAG ".1"
#define EVEN     ".sekisho-turn." TAG ".0"

#define NOBODY   65534

static char top[64];
static int top_fd;

static int make_top(void **state)
{
    (void)state;
    snprintf(top, sizeof top, "/tmp/sekisho-turn.XXXXXX");
    if (!mkdtemp(top))
        return -1;
    top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return top_fd < 0 ? -1 : 0;
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
    close(top_fd);
    return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct request_turn turn(uint64_t number, uint8_t byte)
{
    struct request_turn t = {.given = true, .number = number, .tag = TAG};
    uint8_t token[TURN_TOKEN_LEN];
    memset(token, byte, sizeof token);
    turn_write(IDENTITY, number, token, t.text);
    return t;
}

static void await(struct request_turn *t, const struct request_turn *other)
{
    assert_int_equal(digest_of(other->text, TURN_LEN, t->awaited[t->awaited_count]), 0);
    t->awaited_count++;
}

static int put_turn(const struct request_turn *t)
{
    struct fault f = {0};
    return medium_turn_write(top_fd, t, &f);
}

static bool has(const struct request_turn *t)
{
    struct fault f = {0};
    struct medium_turns turns;
    uint8_t digest[DIGEST_LEN];
    assert_int_equal(digest_of(t->text, TURN_LEN, digest), 0);
    assert_int_equal(medium_turns_read(top_fd, &turns, &f), 0);
    for (size_t i = 0; i < turns.count; i++)
        if (memcmp(turns.list[i], digest, sizeof digest) == 0)
            return true;
    return false;
}

static void each_turn_has_one_form(void **state)
{
    (void)state;
    struct request_turn t = turn(UINT64_MAX, 0xab);
    assert_int_equal(strlen(t.text), TURN_LEN);
    assert_true(turn_is(t.text, TURN_LEN));
    assert_string_equal(t.text, "sekisho-turn 1\nidentity " IDENTITY "\nturn 18446744073709551615\ntoken "
                                "abababababababababababababababababababababababababababababababab\n");
    for (size_t i = 0; i < TURN_LEN; i++) {
        struct request_turn other = t;
        other.text[i] = 'X';
        assert_false(turn_is(other.text, TURN_LEN));
    }
    assert_false(turn_is(t.text, TURN_LEN - 1));
    assert_false(turn_is("", 0));
    static const char *const wrong[] = {"", ODD "x", ".sekisho-turn." TAG ".2", ".sekisho-turn." TAG, ".sekisho-turn.0123.1",
                                        ".sekisho-turn.0123456789abcdeF.1", "x" ODD};
    for (size_t i = 0; i < array_count(wrong); i++)
        assert_false(turn_is_name(wrong[i]));
    assert_true(turn_is_name(ODD) && turn_is_name(EVEN));
    char one[TURN_TAG_CAP], other[TURN_TAG_CAP];
    assert_int_equal(turn_tag("one", one), 0);
    assert_int_equal(turn_tag("other", other), 0);
    assert_true(turn_is_tag(one) && !str_eq(one, other));
}

/* As sekisho-control asks for one after the other. */
static void the_one_before_stays_while_the_next_is_written(void **state)
{
    (void)state;
    struct request_turn first = turn(1, 1), second = turn(2, 2), third = turn(3, 3);
    assert_int_equal(put_turn(&first), 0);
    await(&second, &first);
    assert_int_equal(put_turn(&second), 0);
    assert_true(has(&first) && has(&second));
    await(&third, &second);
    assert_int_equal(put_turn(&third), 0);
    assert_true(has(&second) && has(&third));
    assert_false(has(&first));
}

/* The medium was pulled out while it was written: the file holds half of it, or of the one before. */
static void half_a_turn_is_none_and_locks_nobody_out(void **state)
{
    (void)state;
    struct request_turn first = turn(1, 1), second = turn(2, 2), again = turn(2, 9);
    assert_int_equal(put_turn(&first), 0);
    for (size_t len = 0; len < TURN_LEN; len += 31) {
        int fd = openat(top_fd, EVEN, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(fd_write_full(fd, second.text, len), 0);
        close(fd); /* else it is not written to */
        assert_false(has(&second));
        assert_true(has(&first));
        struct request_turn next = again;
        await(&next, &first);
        await(&next, &second);
        assert_int_equal(put_turn(&next), 0);
        assert_true(has(&first) && has(&again));
    }
}

static void a_copy_gets_no_turn(void **state)
{
    (void)state;
    struct request_turn old = turn(1, 1), strange = turn(2, 7), next = turn(4, 4), wanted = turn(3, 3);
    assert_int_equal(put_turn(&old), 0);
    assert_int_equal(put_turn(&strange), 0);
    await(&next, &wanted);
    assert_int_equal(put_turn(&next), SK_ERR_ROLLBACK);
    assert_true(has(&old) && has(&strange)); /* it is evidence */
    assert_false(has(&next));
    unlinkat(top_fd, ODD, 0);
    unlinkat(top_fd, EVEN, 0);
    assert_int_equal(put_turn(&next), SK_ERR_ROLLBACK); /* nor one that has none at all */
}

static void write_at(const char *name, const char *text)
{
    autoclose int fd = openat(top_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_full(fd, text, strlen(text)), 0);
}

/* What somebody put in its place elsewhere. */
static void nothing_is_written_through(void **state)
{
    (void)state;
    struct request_turn t = turn(1, 1);
    struct stat st;
    autobuf struct buf b = {0};
    write_at("victim", "mine");
    assert_int_equal(symlinkat("victim", top_fd, ODD), 0);
    assert_int_equal(put_turn(&t), 0);
    unlinkat(top_fd, ODD, 0);
    assert_int_equal(linkat(top_fd, "victim", top_fd, ODD, 0), 0);
    assert_int_equal(put_turn(&t), 0);
    assert_int_equal(file_read(top_fd, "victim", 64, &b), 0);
    assert_true(b.len == 4 && memcmp(b.data, "mine", 4) == 0);
    unlinkat(top_fd, ODD, 0);
    assert_int_equal(mkfifoat(top_fd, ODD, 0600), 0);
    assert_int_equal(put_turn(&t), 0);
    unlinkat(top_fd, ODD, 0);
    assert_int_equal(mkdirat(top_fd, ODD, 0700), 0);
    assert_int_equal(put_turn(&t), 0);
    write_at(ODD, "a text that is much longer than any turn is, so that what stands behind the turn would make it another one: "
                  "which is why the file is cut to its length; a text that is much longer than any turn is");
    assert_int_equal(put_turn(&t), 0);
    assert_int_equal(fstatat(top_fd, ODD, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(st.st_size == TURN_LEN && has(&t));
}

static void no_more_than_so_many_are_read(void **state)
{
    (void)state;
    struct fault f = {0};
    struct medium_turns turns;
    struct request_turn t = turn(1, 1);
    for (unsigned i = 0; i < MEDIUM_TURNS_MAX + 8; i++) {
        char name[TURN_NAME_CAP];
        snprintf(name, sizeof name, ".sekisho-turn.%016x.0", i);
        write_at(name, t.text);
    }
    mkfifoat(top_fd, ODD, 0600);
    assert_int_equal(medium_turns_read(top_fd, &turns, &f), 0);
    assert_int_equal(turns.count, MEDIUM_TURNS_MAX);
}

static int read_request(const char *text, struct request_turn *ret)
{
    struct fault f = {0};
    autojson json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return request_turn(value, ret, &f);
}

static void what_is_no_turn_is_not_taken(void **state)
{
    (void)state;
    struct request_turn t = turn(7, 7), got;
    autobuf struct buf escaped = {0}, text = {0};
    for (size_t i = 0; i < TURN_LEN; i++)
        buf_printf(&escaped, t.text[i] == '\n' ? "\\n" : "%c", t.text[i]);
    buf_puts(&escaped, "");
    buf_printf(&text, "{\"tag\":\"" TAG "\",\"number\":7,\"text\":\"%s\",\"awaited\":[\"" IDENTITY "\"]}", escaped.data);
    assert_int_equal(read_request(text.data, &got), 0);
    assert_true(got.given && got.number == 7 && got.awaited_count == 1);
    assert_string_equal(got.text, t.text);
    static const char *const wrong[] = {
        "{\"tag\":\"../../../../x\",\"number\":7,\"text\":\"%s\",\"awaited\":[]}",
        "{\"tag\":\"" TAG "\",\"number\":0,\"text\":\"%s\",\"awaited\":[]}",
        "{\"tag\":\"" TAG "\",\"number\":7,\"text\":\"%s \",\"awaited\":[]}",
        "{\"tag\":\"" TAG "\",\"number\":7,\"text\":\"%s\",\"awaited\":[\"zz\"]}",
        "{\"tag\":\"" TAG "\",\"number\":7,\"text\":\"%s\",\"awaited\":[1]}",
        "{\"tag\":\"" TAG "\",\"number\":7,\"text\":\"%s\"}",
        "{\"tag\":\"" TAG "\",\"number\":7,\"text\":\"%s\",\"awaited\":[],\"more\":1}",
        "{\"tag\":\"" TAG "\",\"number\":7,\"text\":\"%s\",\"awaited\":[\"" IDENTITY "\",\"" IDENTITY "\",\"" IDENTITY "\"]}",
    };
    for (size_t i = 0; i < array_count(wrong); i++) {
        buf_reset(&text);
        buf_printf(&text, wrong[i], escaped.data);
        assert_int_equal(read_request(text.data, &got), SK_ERR_FORMAT);
    }
    struct fault f = {0};
    assert_int_equal(request_turn(NULL, &got, &f), 0);
    assert_false(got.given);
}

/* It was opened before it was covered where the medium is shown. */
static void nothing_is_written_under_a_readers_eyes(void **state)
{
    (void)state;
    struct fault f = {0};
    struct request_turn first = turn(1, 1);
    assert_int_equal(medium_turn_make(top_fd, &first, &f), 0);
    int early = openat(top_fd, ODD, O_RDONLY | O_CLOEXEC);
    assert_true(early >= 0);
    assert_true(faccessat(top_fd, EVEN, F_OK, 0) == 0);
    assert_int_equal(put_turn(&first), -EBUSY);
    assert_false(has(&first));
    close(early);
    assert_int_equal(put_turn(&first), 0);
    assert_true(has(&first));
}

/* What can't be read may be the one that is awaited: no copy is told of, and no digest is missing silently. */
static void what_cant_be_read_is_no_copy(void **state)
{
    (void)state;
    struct fault f = {0}, of_write = {0};
    struct medium_turns turns;
    struct request_turn first = turn(1, 1), second = turn(2, 2);
    assert_int_equal(put_turn(&first), 0);
    await(&second, &first);
    assert_int_equal(chmod(top, 0755), 0);
    setfsuid(NOBODY); /* without root's rights */
    int listed = medium_turns_read(top_fd, &turns, &f);
    int written = medium_turn_write(top_fd, &second, &of_write);
    setfsuid(0);
    assert_int_equal(listed, -EACCES);
    assert_int_equal(written, -EACCES);
    assert_int_equal(put_turn(&second), 0);
}

#define AT_TOP(test) cmocka_unit_test_setup_teardown(test, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_turn_has_one_form),
        AT_TOP(the_one_before_stays_while_the_next_is_written),
        AT_TOP(half_a_turn_is_none_and_locks_nobody_out),
        AT_TOP(a_copy_gets_no_turn),
        AT_TOP(nothing_is_written_through),
        AT_TOP(nothing_is_written_under_a_readers_eyes),
        AT_TOP(what_cant_be_read_is_no_copy),
        AT_TOP(no_more_than_so_many_are_read),
        cmocka_unit_test(what_is_no_turn_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
