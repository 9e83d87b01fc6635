/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-texts.c proves the texts that people sign: one form for each content, nothing else read. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>
#include "control/cover.h"
#include "control/texts.h"

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

static struct text_request sample(void)
{
    struct text_request r = {
        .case_id = strdup("T-20261121-0001"),
        .type = strdup("takeout"),
        .at = strdup("2026-11-21T00:00:00.000Z"),
        .purpose = strdup("納品\nfile: evil"),
        .kept = strdup("金庫 \\ shelf"),
        .person_name = strdup("髙﨑 花"),
        .files = calloc(2, sizeof(struct text_file)),
        .file_count = 2,
        .bytes = 12,
    };
    r.files[0] = (struct text_file){.name = strdup("a\\nb.txt"), .bytes = 5};
    r.files[1] = (struct text_file){.name = strdup("帳票/一覧 表.csv"), .bytes = 7};
    memcpy(r.files[0].sha256, zeros, sizeof zeros);
    memcpy(r.files[1].sha256, zeros, sizeof zeros);
    return r;
}

static void written(struct buf *b)
{
    struct text_request r = sample();
    assert_int_equal(text_request_write(&r, b), 0);
    text_request_free(&r);
}

static void test_request_comes_back(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct text_request back = {0};
    written(&b);
    assert_non_null(strstr(b.data, "purpose: 納品\\nfile: evil\n"));
    assert_non_null(strstr(b.data, "return-by:\n"));
    assert_int_equal(text_request_parse(b.data, b.len, &back), 0);
    assert_string_equal(back.purpose, "納品\nfile: evil");
    assert_string_equal(back.files[1].name, "帳票/一覧 表.csv");
    assert_int_equal(back.bytes, 12);
    text_request_free(&back);
}

/* Any one byte changed is either refused or another content. */
static void test_every_byte_counts(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    written(&b);
    for (size_t i = 0; i < b.len; i++) {
        autofree char *copy = strndup(b.data, b.len);
        autobuf struct buf again = {0};
        struct text_request back = {0};
        copy[i] = copy[i] == 'x' ? 'y' : 'x';
        if (text_request_parse(copy, b.len, &back) != 0)
            continue;
        assert_int_equal(text_request_write(&back, &again), 0);
        assert_memory_equal(again.data, copy, b.len);
        assert_memory_not_equal(again.data, b.data, b.len);
        text_request_free(&back);
    }
}

static void test_refused_forms(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct text_request back = {0};
    written(&b);
    assert_int_equal(text_request_parse(b.data, b.len - 1, &back), SK_ERR_FORMAT);
    autobuf struct buf longer = {0};
    buf_printf(&longer, "%s\n", b.data);
    assert_int_equal(text_request_parse(longer.data, longer.len, &back), SK_ERR_FORMAT);
    char *count = strstr(b.data, "files: 2");
    count[7] = '1';
    assert_int_equal(text_request_parse(b.data, b.len, &back), SK_ERR_FORMAT);
    memcpy(count, "files: 9", 8);
    assert_int_equal(text_request_parse(b.data, b.len, &back), SK_ERR_FORMAT);
    assert_int_equal(text_request_parse("", 0, &back), SK_ERR_FORMAT);
}

static void permit_text(struct buf *out)
{
    autobuf struct buf request = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    written(&request);
    assert_int_equal(digest_of(request.data, request.len, digest), 0);
    digest_hex(hex, digest);
    struct text_permit p = {
        .case_id = strdup("T-20261121-0001"),
        .request = strdup(hex),
        .approvals = strdup("2"),
        .consent = strdup("letter-12"),
        .expires = strdup("2026-11-21T08:00:00.000Z"),
        .nonce = strdup("00112233445566778899aabbccddeeff"),
        .request_text = strdup(request.data),
    };
    assert_int_equal(text_permit_write(&p, out), 0);
    text_permit_free(&p);
}

static void test_permit_binds_its_request(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct text_permit back = {0};
    permit_text(&b);
    assert_int_equal(text_permit_parse(b.data, b.len, &back), 0);
    assert_string_equal(back.approvals, "2");
    text_permit_free(&back);
    char *edited = strstr(b.data, "takeout");
    edited[0] = 'T';
    assert_int_equal(text_permit_parse(b.data, b.len, &back), SK_ERR_FORMAT);
}

static void handover_text(struct buf *out)
{
    struct text_handover h = {.handover = strdup("H-20261121-0001"), .item = strdup("D-20261121-0003"),
                              .name = strdup("配置図\nto: evil"), .count = strdup("3"),
                              .to_name = strdup("山本"), .to_client = strdup("no")};
    assert_int_equal(text_handover_write(&h, out), 0);
    text_handover_free(&h);
}

static void test_hand_over_comes_back(void **state)
{
    (void)state;
    autobuf struct buf b = {0}, longer = {0};
    struct text_handover back = {0};
    struct text_request request = {0};
    handover_text(&b);
    assert_non_null(strstr(b.data, "name: 配置図\\nto: evil\n"));
    assert_int_equal(text_request_parse(b.data, b.len, &request), SK_ERR_FORMAT);
    assert_int_equal(text_handover_parse(b.data, b.len - 1, &back), SK_ERR_FORMAT);
    buf_printf(&longer, "%s\n", b.data);
    assert_int_equal(text_handover_parse(longer.data, longer.len, &back), SK_ERR_FORMAT);
    assert_int_equal(text_handover_parse(b.data, b.len, &back), 0);
    assert_string_equal(back.name, "配置図\nto: evil");
    assert_string_equal(back.return_by, "");
    text_handover_free(&back);
}

static void test_permit_of_a_hand_over(void **state)
{
    (void)state;
    autobuf struct buf b = {0}, text = {0};
    struct text_permit back = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    handover_text(&b);
    assert_int_equal(digest_of(b.data, b.len, digest), 0);
    digest_hex(hex, digest);
    struct text_permit p = {.case_id = strdup("H-20261121-0001"), .request = strdup(hex),
                            .request_text = strdup(b.data)};
    assert_int_equal(text_permit_write(&p, &text), 0);
    text_permit_free(&p);
    assert_int_equal(text_permit_parse(text.data, text.len, &back), 0);
    assert_string_equal(back.request_text, b.data);
    text_permit_free(&back);
    strstr(text.data, "count: 3")[7] = '4';
    assert_int_equal(text_permit_parse(text.data, text.len, &back), SK_ERR_FORMAT);
    memcpy(strstr(text.data, "sekisho-handover: 1"), "sekisho-handower: 1", 19);
    assert_int_equal(text_permit_parse(text.data, text.len, &back), SK_ERR_FORMAT);
}

static void test_standing_permit(void **state)
{
    (void)state;
    autobuf struct buf b = {0}, text = {0};
    struct text_standing back = {0};
    struct text_permit permit = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    struct text_standing s = {.standing = strdup("S-20261121-0001"),
                              .uses = strdup("3"),
                              .purpose = strdup("納品\nuses: 9")};
    assert_int_equal(text_standing_write(&s, &b), 0);
    text_standing_free(&s);
    assert_int_equal(text_standing_parse(b.data, b.len - 1, &back), SK_ERR_FORMAT);
    assert_int_equal(text_standing_parse(b.data, b.len, &back), 0);
    assert_string_equal(back.purpose, "納品\nuses: 9");
    assert_string_equal(back.uses, "3");
    text_standing_free(&back);
    assert_int_equal(digest_of(b.data, b.len, digest), 0);
    digest_hex(hex, digest);
    struct text_permit p = {.case_id = strdup("S-20261121-0001"),
                            .request = strdup(hex),
                            .request_text = strdup(b.data)};
    assert_int_equal(text_permit_write(&p, &text), 0);
    text_permit_free(&p);
    assert_int_equal(text_permit_parse(text.data, text.len, &permit), 0);
    assert_string_equal(permit.request_text, b.data);
    text_permit_free(&permit);
    strstr(text.data, "uses: 3")[6] = '4';
    assert_int_equal(text_permit_parse(text.data, text.len, &permit), SK_ERR_FORMAT);
}

static void test_manifest_has_no_names(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    const struct text_manifest m = {.case_id = "T-20261121-0001",
                                    .at = "2026-11-21T00:00:00.000Z",
                                    .sealed_name = "T-20261121-0001.tar.age",
                                    .sealed_sha256 = zeros,
                                    .sealed_bytes = 300,
                                    .cover_name = "T-20261121-0001.cover.html",
                                    .cover_sha256 = zeros,
                                    .permit = zeros,
                                    .origin = "skabcdef",
                                    .head = "9 00"};
    assert_int_equal(text_manifest_write(&m, &b), 0);
    assert_non_null(strstr(b.data, "case: T-20261121-0001\n"));
    assert_non_null(strstr(b.data, " 300 T-20261121-0001.tar.age\n"));
    assert_non_null(strstr(b.data, "cover: 00"));
    assert_non_null(strstr(b.data, " T-20261121-0001.cover.html\n"));
}

static void test_cover_is_only_text(void **state)
{
    (void)state;
    autobuf struct buf b = {0}, bare = {0};
    const struct cover c = {.case_id = "T-20261121-0001",
                            .date = "2026-11-21",
                            .contract = "<b>&\"'",
                            .contractor = "<script>",
                            .contact = "03-0000-0000",
                            .return_by = ""};
    const struct cover none = {.case_id = "T-1", .date = "2026-11-21", .contract = "", .contractor = "", .contact = "",
                               .return_by = "2026-12-01", .escrow = true};
    assert_int_equal(cover_write(&c, &b), 0);
    assert_non_null(strstr(b.data, "<td>&#60;b&#62;&#38;&#34;&#39;</td>"));
    assert_null(strstr(b.data, "<script"));
    assert_null(strstr(b.data, "返却期限"));
    assert_non_null(strstr(b.data, "03-0000-0000 に案件番号"));
    assert_non_null(strstr(b.data, "the case number to 03-0000-0000"));
    assert_non_null(strstr(b.data, "default-src 'none'"));
    assert_null(strstr(b.data, "控えの鍵"));
    assert_null(strstr(b.data, "a key that the sender keeps"));
    assert_int_equal(cover_write(&none, &bare), 0);
    assert_non_null(strstr(bare.data, "送り主の控えの鍵だけで開けます"));
    assert_non_null(strstr(bare.data, "a key that the sender keeps"));
    assert_non_null(strstr(bare.data, "<th>返却期限</th><td>2026-12-01</td>"));
    assert_non_null(strstr(bare.data, "the case number to the sender above"));
    assert_null(strstr(bare.data, "問い合わせ先"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_comes_back),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_refused_forms),
        cmocka_unit_test(test_permit_binds_its_request),
        cmocka_unit_test(test_hand_over_comes_back),
        cmocka_unit_test(test_permit_of_a_hand_over),
        cmocka_unit_test(test_standing_permit),
        cmocka_unit_test(test_manifest_has_no_names),
        cmocka_unit_test(test_cover_is_only_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
