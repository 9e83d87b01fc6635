/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-request.c tests how questions and orders become structures, and what is kept of a room. */
#include "cmocka-head.h"
#include <stdlib.h>
#include <string.h>
#include <sekisho/err.h>
#include "base/str.h"
#include "record/record.h"
#include "room/request.h"
#include "room/run.h"
#include "room/table.h"

#define BODY(more) BODY_OF("1000", more)
#define BODY_OF(uid, more)                                                                                 \
    "{\"area\":\"a\",\"mount\":\"/srv/a\",\"gate-label\":\"L\",\"person\":{\"id\":\"p\",\"name\":\"P\"},"  \
    "\"login\":\"worker\",\"uid\":" uid ",\"gid\":100,\"groups\":[100,0,27],\"pid\":77,\"remote\":false,"   \
    "\"display\":\"nested\",\"x-cookie\":\"\",\"locale\":{\"LANG\":\"ja_JP.UTF-8\"},\"wait\":true,"      \
    more "}"
#define REST "\"x-display\":\":3\",\"command\":[\"cat\",\"a\\\\nb\"],\"folder\":\"sub\""

static int start(const char *text, struct request_start *want)
{
    autojson json_t *body = NULL;
    struct fault f = {0};
    assert_int_equal(record_parse(text, strlen(text), SK_MESSAGE_MAX, &body), 0);
    int r = request_start(body, want, &f);
    assert_int_equal(r, f.code);
    if (r != 0) {
        assert_true(f.why[0]);
        assert_int_equal(want->word_count, 0);
    }
    return r;
}

static void a_start_is_read(void **state)
{
    (void)state;
    static struct request_start want;
    assert_int_equal(start(BODY(REST), &want), 0);
    assert_string_equal(want.area, "a");
    assert_string_equal(want.mount, "/srv/a");
    assert_string_equal(want.login, "worker");
    assert_int_equal(want.x_display, 3);
    assert_false(want.has_cookie);
    assert_int_equal(want.group_count, 2); /* without root's */
    assert_int_equal(want.groups[1], 27);
    assert_int_equal(want.word_count, 2);
    assert_string_equal(want.command[1], "a\nb");
    assert_null(want.command[2]);
    assert_string_equal(want.locale[REQUEST_LANG], "ja_JP.UTF-8");
    assert_string_equal(want.locale[REQUEST_TZ], "");
    request_start_clear(&want);
    assert_int_equal(start(BODY("\"x-display\":\":10.0\",\"command\":[],\"folder\":\"\""), &want), 0);
    assert_int_equal(want.x_display, 10);
    request_start_clear(&want);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static struct request_start want;
    static const char *const bad[] = {
        BODY("\"x-display\":\"\",\"command\":[],\"folder\":\"../b\""),
        BODY("\"x-display\":\"\",\"command\":[],\"folder\":\"/etc\""),
        BODY("\"x-display\":\"\",\"command\":[\"\"],\"folder\":\"\""),
        BODY("\"x-display\":\"\",\"command\":[\"a\\\\x00b\"],\"folder\":\"\""),
        BODY("\"x-display\":\"host:0\",\"command\":[],\"folder\":\"\""),
        BODY("\"x-display\":\":0/../x\",\"command\":[],\"folder\":\"\""),
        BODY("\"x-display\":\":-1\",\"command\":[],\"folder\":\"\""),
        BODY("\"x-display\":\"\",\"command\":[],\"folder\":\"\",\"more\":1"),
        BODY("\"command\":[],\"folder\":\"\""),
        /* the system's own logins, and more than rooms have uids for */
        BODY_OF("0", REST), BODY_OF("999", REST), BODY_OF("268369920", REST), BODY_OF("-1", REST),
        "{}",
    };
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(start(bad[i], &want), SK_ERR_FORMAT);
}

static void names_have_their_form(void **state)
{
    (void)state;
    assert_true(request_is_id("R-1") && request_is_id("a.b_c"));
    assert_false(request_is_id("") || request_is_id(".a") || request_is_id("-a") ||
                 request_is_id("a/b") || request_is_id("a b"));
    assert_true(request_is_login("worker") && request_is_login("taro@example.jp"));
    assert_false(request_is_login("") || request_is_login("..") || request_is_login("a/b") ||
                 request_is_login("a:b") || request_is_login("a\nb") || request_is_login("-x"));
    assert_true(request_is_absolute("/srv/a"));
    assert_false(request_is_absolute("/") || request_is_absolute("srv") ||
                 request_is_absolute("/srv/../etc") || request_is_absolute("/srv//a") ||
                 request_is_absolute("/srv/"));
}

static void ends_are_read(void **state)
{
    (void)state;
    struct request_end want;
    struct fault f = {0};
    autojson json_t *some = json_pack("{s:s, s:s}", "area", "a", "login", "w");
    autojson json_t *odd = json_pack("{s:s}", "area", "../a");
    assert_int_equal(request_end(some, &want, &f), 0);
    assert_string_equal(want.area, "a");
    assert_string_equal(want.room, "");
    assert_int_equal(request_end(odd, &want, &f), SK_ERR_FORMAT);
}

static void places_are_read(void **state)
{
    (void)state;
    struct request_place want;
    struct fault f = {0};
    autojson json_t *well = json_pack("{s:s, s:s, s:i, s:i}", "area", "a", "login", "w", "uid", 1000,
                                      "pid", 77);
    autojson json_t *root = json_pack("{s:s, s:s, s:i, s:i}", "area", "a", "login", "w", "uid", 0, "pid",
                                      77);
    autojson json_t *more = json_pack("{s:s, s:s, s:i, s:i, s:i}", "area", "a", "login", "w", "uid", 1000,
                                      "pid", 77, "x", 1);
    assert_int_equal(request_place(well, &want, &f), 0);
    assert_int_equal(want.uid, 1000);
    assert_int_equal(want.pid, 77);
    assert_int_equal(request_place(root, &want, &f), SK_ERR_FORMAT);
    assert_int_equal(request_place(more, &want, &f), SK_ERR_FORMAT);
}

static void orders_go_both_ways(void **state)
{
    (void)state;
    struct run to = {.flags = RUN_DISPLAY, .output = "x.txt"}, from;
    autobuf struct buf payload = {0};
    to.folder = strdup("/srv/a");
    words_add(&to.command, "ls");
    words_add(&to.command, "%s", "");
    words_add(&to.environment, "A=%d", 1);
    assert_int_equal(run_encode(&to, &payload), 0);
    for (size_t len = 0; len < payload.len; len++)
        assert_int_not_equal(run_decode(payload.data, len, &from), 0);
    assert_int_equal(run_decode(payload.data, payload.len, &from), 0);
    assert_int_equal(from.flags, RUN_DISPLAY);
    assert_string_equal(from.output, "x.txt");
    assert_string_equal(from.folder, "/srv/a");
    assert_int_equal(from.command.count, 2);
    assert_string_equal(from.environment.at[0], "A=1");
    run_clear(&from);
    free(to.folder);
    to.folder = strdup("relative");
    buf_reset(&payload);
    assert_int_equal(run_encode(&to, &payload), 0);
    assert_int_equal(run_decode(payload.data, payload.len, &from), SK_ERR_FORMAT);
    run_clear(&to);
}

static void a_room_is_kept(void **state)
{
    (void)state;
    static struct room r = {.id = "R-20260101-000000-1", .area = "a", .mount = "/srv/\xe3\x81\x82 b",
                            .login = "worker", .uid = 1000, .gid = 100, .groups = {27},
                            .group_count = 1, .since_ns = 5, .display = REQUEST_SHARED,
                            .x_display = 3, .remote = true, .init_pid = 4711, .init_start = 99};
    static struct room back;
    autobuf struct buf text = {0};
    assert_int_equal(state_write(&r, &text), 0);
    assert_int_equal(state_read(text.data, text.len, &back), 0);
    assert_string_equal(back.id, r.id);
    assert_string_equal(back.mount, r.mount);
    assert_int_equal(back.display, REQUEST_SHARED);
    assert_int_equal(back.x_display, 3);
    assert_true(back.remote);
    assert_int_equal(back.init_pid, 4711);
    assert_int_equal(back.init_start, 99);
    assert_int_equal(back.groups[0], 27);
    assert_int_equal(back.init_fd, -1);
    for (size_t len = 0; len < text.len; len++)
        assert_int_not_equal(state_read(text.data, len, &back), 0);
    r.init_pid = 1;
    buf_reset(&text);
    assert_int_equal(state_write(&r, &text), 0);
    assert_int_equal(state_read(text.data, text.len, &back), SK_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_is_read),     cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(names_have_their_form), cmocka_unit_test(ends_are_read),
        cmocka_unit_test(places_are_read), cmocka_unit_test(orders_go_both_ways), cmocka_unit_test(a_room_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
