/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-request.c tests how messages of control become structures, and what is refused in them. */
#include "cmocka-head.h"
#include <stdlib.h>
#include <string.h>
#include <sekisho/err.h>
#include "device/destination.h"
#include "device/request.h"
#include "record/record.h"

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEAD(job) "{\"job\":\"" job "\",\"case\":\"T-1\",\"area\":\"a\",\"requester\":{\"uid\":1000,\"gid\":100,\"groups\":[5,6]},"
#define TO "\"destination\":{\"path\":\"/media/x\",\"uuid\":\"\",\"kind\":\"medium\"},"
#define FILES "\"files\":[{\"name\":\"d/f\",\"bytes\":3,\"sha256\":\"" DIGEST "\"}]"

static json_t *parsed(const char *text)
{
    json_t *body = NULL;
    assert_int_equal(record_parse(text, strlen(text), SK_MESSAGE_MAX, &body), 0);
    return body;
}

static int start(const char *text, struct request_job_start *job, struct fault *f)
{
    autojson json_t *body = parsed(text);
    *f = (struct fault){0};
    int r = request_start(body, job, f);
    assert_int_equal(r, f->code);
    return r;
}

static void areas_are_read(void **state)
{
    (void)state;
    struct request_area a;
    struct fault f = {0};
    autojson json_t *create = parsed(
        "{\"area\":\"a\",\"label\":\"L\",\"mount\":\"/srv/a\",\"backing\":\"luks\",\"filesystem\":\"xfs\","
        "\"bytes\":400000000,\"device\":\"\"}");
    assert_int_equal(request_create(create, &a, &f), 0);
    assert_string_equal(a.mount, "/srv/a");
    assert_int_equal(a.backing, REQUEST_BACKING_LUKS);
    assert_int_equal(a.bytes, 400000000);
    assert_false(a.overwrite);
    autojson json_t *open = parsed(
        "{\"area\":\"a\",\"mount\":\"/srv/\\\\xe3\\\\x81\\\\x82\",\"backing\":\"filesystem\",\"gate\":\"room\"}");
    assert_int_equal(request_open(open, &a, &f), 0);
    assert_string_equal(a.mount, "/srv/\xe3\x81\x82");
    assert_int_equal(a.gate, REQUEST_GATE_ROOM);
}

static void bad_members_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}", "{\"area\":\"a\"}", "{\"area\":1,\"case\":\"T-1\"}", "{\"area\":\"a\",\"case\":\"T/1\"}",
        "{\"area\":\"../a\",\"case\":\"T-1\"}", "{\"area\":\"a\",\"case\":\"T-1\",\"force\":true}",
        "{\"area\":\"a\\\\x00\",\"case\":\"T-1\"}", "{\"area\":\"a\\\\q\",\"case\":\"T-1\"}"};
    for (size_t i = 0; i < array_count(bad); i++) {
        struct request_area a;
        struct fault f = {0};
        autojson json_t *body = parsed(bad[i]);
        assert_int_equal(request_stage_drop(body, &a, &f), SK_ERR_FORMAT);
        assert_true(strlen(f.why) > 10);
    }
    struct request_area a;
    struct fault f = {0};
    autojson json_t *device = parsed("{\"area\":\"a\",\"backing\":\"luks\",\"filesystem\":\"xfs\",\"device\":\"/etc/passwd\"}");
    assert_int_equal(request_create(device, &a, &f), SK_ERR_FORMAT);
}

static void a_freeze_is_read(void **state)
{
    (void)state;
    struct fault f;
    autorequest struct request_job_start job;
    assert_int_equal(start(HEAD("freeze") "\"paths\":[\"d/a\\\\nb\",\"\\\\xff\"]}", &job, &f), 0);
    assert_int_equal(job.count, 2);
    assert_string_equal(job.files[0].name, "d/a\nb");
    assert_string_equal(job.files[1].name, "\xff");
    assert_int_equal(job.requester.uid, 1000);
    assert_int_equal(job.requester.gid, 100);
    assert_int_equal(job.requester.group_count, 2);
    assert_int_equal(job.requester.groups[1], 6);
}

static void an_export_is_read(void **state)
{
    (void)state;
    struct fault f;
    autorequest struct request_job_start job;
    assert_int_equal(start(HEAD("export") TO FILES ",\"recipients\":[\"age1a\",\"age1b\"],"
                           "\"archive-digests\":\"SHA256SUMS\",\"manifest-name\":\"x\"}", &job, &f), 0);
    assert_string_equal(job.destination.path, "/media/x");
    assert_string_equal(job.destination.kind, "medium");
    assert_string_equal(job.files[0].sha256, DIGEST);
    assert_int_equal(job.files[0].bytes, 3);
    assert_string_equal(job.digests_name, "SHA256SUMS");
    assert_int_equal(json_array_size(job.recipients), 2);
}

static void copies_get_names(void **state)
{
    (void)state;
    struct fault f;
    autorequest struct request_job_start job;
    assert_int_equal(start(HEAD("copy") TO FILES "}", &job, &f), 0);
    assert_string_equal(job.names[0], "f");
    request_job_clear(&job);
    assert_int_equal(start(HEAD("copy") TO FILES ",\"names\":[\"other\"]}", &job, &f), 0);
    assert_string_equal(job.names[0], "other");
}

static void bad_jobs_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
    } bad[] = {
        {HEAD("freeze") "\"paths\":[]}", SK_ERR_FORMAT},
        {HEAD("freeze") "\"paths\":[\"../a\"]}", SK_ERR_FORMAT},
        {HEAD("freeze") "\"paths\":[\".sekisho/a\"]}", SK_ERR_FORMAT},
        {HEAD("freeze") "\"paths\":[7]}", SK_ERR_FORMAT},
        {HEAD("freeze") "\"into\":\"a\"}", SK_ERR_FORMAT},
        {HEAD("thaw") "\"paths\":[\"a\"]}", SK_ERR_FORMAT},
        {HEAD("receive") "\"into\":\"/a\",\"names\":[\"x\"]}", SK_ERR_FORMAT},
        {HEAD("receive") "\"into\":\"\",\"names\":[\"a/b\"]}", SK_ERR_FORMAT},
        {HEAD("receive") "\"into\":\"\",\"names\":[\"a\",\"b\"],\"identity\":\"K\"}", SK_ERR_FORMAT},
        {HEAD("freeze") "\"paths\":[\"a\"],\"identity\":\"K\"}", SK_ERR_FORMAT},
        {HEAD("receive") "\"into\":\"\",\"names\":[\"a\",\"b\",\"a\"]}", SK_ERR_EXISTS},
        {HEAD("copy") FILES "}", SK_ERR_FORMAT},
        {HEAD("copy") TO FILES ",\"names\":[\"a\",\"b\"]}", SK_ERR_FORMAT},
        {HEAD("copy") TO FILES ",\"names\":[\".sekisho-T-1-0.part\"]}", SK_ERR_FORMAT},
        {HEAD("export") TO FILES "}", SK_ERR_FORMAT},
        {HEAD("export") TO FILES ",\"recipients\":[\"ssh-rsa\"]}", SK_ERR_FORMAT},
        {HEAD("export") TO "\"files\":[{\"name\":\"f\",\"bytes\":-1,\"sha256\":\"" DIGEST "\"}],\"recipients\":[\"age1\"]}", SK_ERR_FORMAT},
        {HEAD("export") TO "\"files\":[{\"name\":\"f\",\"bytes\":1,\"sha256\":\"\"}],\"recipients\":[\"age1\"]}", SK_ERR_FORMAT},
        {"{\"job\":\"freeze\",\"case\":\"T-1\",\"area\":\"a\",\"paths\":[\"a\"]}", SK_ERR_FORMAT},
        {"{\"job\":\"freeze\",\"case\":\"T-1\",\"area\":\"a\",\"paths\":[\"a\"],\"requester\":{\"uid\":-1,\"gid\":0}}", SK_ERR_FORMAT},
        {"{\"job\":\"freeze\",\"case\":\"T-1\",\"area\":\"a\",\"paths\":[\"a\"],\"requester\":{\"uid\":4294967295,\"gid\":0}}", SK_ERR_FORMAT},
        {"{\"job\":\"freeze\",\"case\":\"T-1\",\"area\":\"a\",\"paths\":[\"a\"],\"requester\":{\"uid\":1,\"gid\":0,\"groups\":[\"x\"]}}", SK_ERR_FORMAT},
    };
    for (size_t i = 0; i < array_count(bad); i++) {
        struct fault f;
        autorequest struct request_job_start job;
        assert_int_equal(start(bad[i].text, &job, &f), bad[i].code);
        assert_true(strlen(f.why) > 10);
    }
}

static void too_many_files_are_refused(void **state)
{
    (void)state;
    autobuf struct buf text = {0};
    struct fault f;
    autorequest struct request_job_start job;
    buf_puts(&text, HEAD("freeze") "\"paths\":[\"f\"");
    for (int i = 0; i < SK_CASE_FILES_MAX; i++)
        buf_puts(&text, ",\"f\"");
    buf_puts(&text, "]}");
    assert_int_equal(start(text.data, &job, &f), SK_ERR_LIMIT);
}

static void the_room_needed_covers_everything(void **state)
{
    (void)state;
    struct fault f;
    autorequest struct request_job_start job;
    assert_int_equal(start(HEAD("export") TO FILES ",\"recipients\":[\"age1a\"]}", &job, &f), 0);
    assert_true(destination_need(&job) > 128 * 1024);
    job.files[0].bytes = (uint64_t)1 << 40;
    uint64_t tags = ((uint64_t)1 << 40) / 65536 * 16;
    assert_true(destination_need(&job) > ((uint64_t)1 << 40) + tags);
    job.files[0].bytes = UINT64_MAX - 5;
    assert_true(destination_need(&job) == UINT64_MAX);
}

static void a_finish_is_read(void **state)
{
    (void)state;
    struct request_finish how;
    struct fault f = {0};
    autojson json_t *body = parsed("{\"case\":\"T-1\",\"commit\":true,\"manifest\":\"a\\nb\",\"signature\":\"s\",\"cover\":\"c\"}");
    assert_int_equal(request_finish(body, &how, &f), 0);
    assert_true(how.commit);
    assert_string_equal(how.manifest, "a\nb");
    assert_string_equal(how.cover, "c");
    autojson json_t *without = parsed("{\"case\":\"T-1\"}");
    assert_int_equal(request_finish(without, &how, &f), SK_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_are_read),
        cmocka_unit_test(bad_members_are_refused),
        cmocka_unit_test(a_freeze_is_read),
        cmocka_unit_test(an_export_is_read),
        cmocka_unit_test(copies_get_names),
        cmocka_unit_test(bad_jobs_are_refused),
        cmocka_unit_test(too_many_files_are_refused),
        cmocka_unit_test(the_room_needed_covers_everything),
        cmocka_unit_test(a_finish_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
