/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minisign.c proves minisign's formats against themselves: what we write we read, and nothing that
 * was altered passes. tests/conformance/minisign-both-ways proves them against the stock one. */
#include "crypto/minisign.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"
#include "cmocka-head.h"

static const char data[] = "what is signed\n";
static struct minisign_secret key;
static char text[1024]; /* a signature over data */
static size_t text_len;

static int set_up(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    assert_int_equal(minisign_generate(&key), 0);
    assert_int_equal(minisign_sign(data, strlen(data), &key, "版 1, trusted", &b), 0);
    assert_true(b.len < sizeof text);
    memcpy(text, b.data, b.len + 1);
    text_len = b.len;
    return 0;
}

static int verify(const char *signature, size_t len)
{
    return minisign_verify(data, strlen(data), signature, len, &key.pub, 1, NULL, NULL);
}

static void a_signature_tells_key_and_comment(void **state)
{
    (void)state;
    struct minisign_signature s;
    struct minisign_secret other;
    size_t which = 9;
    assert_int_equal(minisign_generate(&other), 0);
    const struct minisign_public keys[] = {other.pub, key.pub};
    assert_int_equal(minisign_verify(data, strlen(data), text, text_len, keys, 2, &s, &which), 0);
    assert_int_equal(which, 1);
    assert_string_equal(s.trusted_comment, "版 1, trusted");
    assert_memory_equal(s.key_id, key.pub.id, sizeof s.key_id);
}

/* Every bit of every byte outside the untrusted comment matters. */
static void no_flipped_bit_passes(void **state)
{
    (void)state;
    size_t first_line = strcspn(text, "\n") + 1;
    for (size_t i = 0; i < text_len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            char altered[sizeof text];
            memcpy(altered, text, text_len + 1);
            altered[i] = (char)(altered[i] ^ (1 << bit));
            int r = verify(altered, text_len);
            bool free_text = i >= strlen("untrusted comment: ") && i + 1 < first_line;
            if (r == 0 && !free_text)
                print_message("byte %zu, bit %u passes\n", i, bit);
            assert_true(r != 0 || free_text);
        }
    }
}

static void no_other_data_passes(void **state)
{
    (void)state;
    for (size_t i = 0; i < strlen(data); i++) {
        char altered[sizeof data];
        memcpy(altered, data, sizeof data);
        altered[i] ^= 1;
        assert_int_equal(minisign_verify(altered, strlen(data), text, text_len, &key.pub, 1, NULL,
                                         NULL), SK_ERR_SIGNATURE);
    }
    assert_int_equal(minisign_verify("", 0, text, text_len, &key.pub, 1, NULL, NULL),
                     SK_ERR_SIGNATURE);
}

static void no_shortened_or_longer_file_passes(void **state)
{
    (void)state;
    for (size_t len = 0; len + 1 < text_len; len++)
        assert_int_not_equal(verify(text, len), 0);
    assert_int_equal(verify(text, text_len - 1), 0); /* only the last line's end is gone */
    char longer[sizeof text + 8];
    snprintf(longer, sizeof longer, "%s\n", text);
    assert_int_equal(verify(longer, strlen(longer)), SK_ERR_FORMAT);
    snprintf(longer, sizeof longer, "%sx", text);
    assert_int_equal(verify(longer, strlen(longer)), SK_ERR_FORMAT);
}

static void pasted_line_ends_are_taken(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    for (size_t i = 0; i < text_len; i++)
        buf_puts(&b, text[i] == '\n' ? "\r\n" : (char[]){text[i], '\0'});
    assert_int_equal(verify(b.data, b.len), 0);
}

static void the_legacy_form_is_refused(void **state)
{
    (void)state;
    /* "ED" in the signature's first bytes becomes "Ed": base64 "RU" → "RW" */
    char legacy[sizeof text];
    memcpy(legacy, text, text_len + 1);
    char *line = strchr(legacy, '\n') + 1;
    assert_true(str_starts(line, "RU"));
    line[1] = 'W';
    assert_int_equal(verify(legacy, text_len), SK_ERR_FORMAT);
}

static void comments_are_one_line_within_limits(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    char comment[MINISIGN_COMMENT_MAX + 2];
    assert_int_equal(minisign_sign(data, 4, &key, "two\nlines", &b), SK_ERR_FORMAT);
    assert_int_equal(minisign_sign(data, 4, &key, "\x93\xfa", &b), SK_ERR_FORMAT);
    memset(comment, 'c', sizeof comment);
    comment[MINISIGN_COMMENT_MAX + 1] = '\0';
    assert_int_equal(minisign_sign(data, 4, &key, comment, &b), SK_ERR_LIMIT);
    assert_int_equal(b.len, 0);
    comment[MINISIGN_COMMENT_MAX] = '\0';
    assert_int_equal(minisign_sign(data, 4, &key, comment, &b), 0);
    assert_int_equal(minisign_verify(data, 4, b.data, b.len, &key.pub, 1, NULL, NULL), 0);
}

static void public_keys_are_read_in_both_forms(void **state)
{
    (void)state;
    char line[MINISIGN_PUBLIC_TEXT_CAP], id[MINISIGN_ID_TEXT_CAP];
    struct minisign_public got;
    autobuf struct buf file = {0};
    minisign_public_format(&key.pub, line);
    assert_int_equal(strlen(line), MINISIGN_PUBLIC_TEXT_CAP - 1);
    assert_int_equal(minisign_public_parse(line, strlen(line), &got), 0);
    assert_memory_equal(&got, &key.pub, sizeof got);
    minisign_public_file(&key.pub, &file);
    minisign_id_format(key.pub.id, id);
    assert_non_null(strstr(file.data, id));
    memset(&got, 0, sizeof got);
    assert_int_equal(minisign_public_parse(file.data, file.len, &got), 0);
    assert_memory_equal(&got, &key.pub, sizeof got);
    assert_int_equal(minisign_public_parse(line, strlen(line) - 1, &got), SK_ERR_FORMAT);
    assert_int_equal(minisign_public_parse("", 0, &got), SK_ERR_FORMAT);
    assert_int_equal(minisign_public_parse("untrusted comment: x\n", 21, &got), SK_ERR_FORMAT);
    buf_puts(&file, "more");
    assert_int_equal(minisign_public_parse(file.data, file.len, &got), SK_ERR_FORMAT);
    line[1] = 'U'; /* not "Ed" any more */
    assert_int_equal(minisign_public_parse(line, strlen(line), &got), SK_ERR_FORMAT);
}

static void key_ids_are_printed_as_minisign_does(void **state)
{
    (void)state;
    char text_of_id[MINISIGN_ID_TEXT_CAP];
    minisign_id_format((const uint8_t[]){0x9c, 0x9b, 0xc1, 0xf7, 0x8f, 0xb7, 0xcf, 0x0a},
                       text_of_id);
    assert_string_equal(text_of_id, "ACFB78FF7C19B9C");
    minisign_id_format((const uint8_t[]){0x30, 0xb5, 0x61, 0x06, 0x9a, 0x81, 0xa4, 0x7a},
                       text_of_id);
    assert_string_equal(text_of_id, "7AA4819A0661B530");
}

static void secret_keys_come_back(void **state)
{
    (void)state;
    autobuf struct buf clear = {0}, locked = {0};
    struct minisign_secret got = {0};
    assert_int_equal(minisign_secret_format(&key, NULL, false, &clear), 0);
    assert_int_equal(minisign_secret_parse(clear.data, clear.len, NULL, &got), 0);
    assert_memory_equal(&got, &key, sizeof got);

    memset(&got, 0, sizeof got);
    assert_int_equal(minisign_secret_format(&key, "pass 言葉", true, &locked), 0);
    assert_int_equal(minisign_secret_parse(locked.data, locked.len, NULL, &got), SK_ERR_PASSPHRASE);
    assert_int_equal(minisign_secret_parse(locked.data, locked.len, "pass", &got),
                     SK_ERR_PASSPHRASE);
    assert_int_equal(minisign_secret_parse(locked.data, locked.len, "", &got), SK_ERR_PASSPHRASE);
    assert_true(got.pub.id[0] == 0 && got.pub.key[0] == 0); /* untouched on failure */
    assert_int_equal(minisign_secret_parse(locked.data, locked.len, "pass 言葉", &got), 0);
    assert_memory_equal(&got, &key, sizeof got);
}

/* A key file whose halves do not belong together would betray the key in its signatures. */
static void altered_secret_keys_are_refused(void **state)
{
    (void)state;
    autobuf struct buf clear = {0};
    struct minisign_secret got;
    struct minisign_secret mixed = key, other;
    assert_int_equal(minisign_generate(&other), 0);
    memcpy(mixed.seed_and_key + 32, other.seed_and_key + 32, 32);
    assert_int_equal(minisign_secret_format(&mixed, NULL, false, &clear), 0);
    assert_int_equal(minisign_secret_parse(clear.data, clear.len, NULL, &got), SK_ERR_FORMAT);
    buf_reset(&clear);
    assert_int_equal(minisign_secret_format(&key, NULL, false, &clear), 0);
    for (size_t len = 0; len + 1 < clear.len; len++)
        assert_int_equal(minisign_secret_parse(clear.data, len, NULL, &got), SK_ERR_FORMAT);
    buf_puts(&clear, "\n");
    assert_int_equal(minisign_secret_parse(clear.data, clear.len, NULL, &got), SK_ERR_FORMAT);
}

/* The file says how much work scrypt does; a hostile one must not make us allocate without end. */
static void the_work_of_a_key_file_is_bounded(void **state)
{
    (void)state;
    struct minisign_secret got;
    uint8_t bin[158] = {'E', 'd', 'S', 'c', 'B', '2'};
    for (size_t field = 0; field < 2; field++) {
        autobuf struct buf b = {0};
        memset(bin + 38, 0, 16);
        memset(bin + 38 + 8 * field, 0xff, 8);
        buf_puts(&b, "untrusted comment: x\n");
        str_base64(&b, bin, sizeof bin);
        assert_int_equal(minisign_secret_parse(b.data, b.len, "p", &got), SK_ERR_LIMIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_tells_key_and_comment),
        cmocka_unit_test(no_flipped_bit_passes),
        cmocka_unit_test(no_other_data_passes),
        cmocka_unit_test(no_shortened_or_longer_file_passes),
        cmocka_unit_test(pasted_line_ends_are_taken),
        cmocka_unit_test(the_legacy_form_is_refused),
        cmocka_unit_test(comments_are_one_line_within_limits),
        cmocka_unit_test(public_keys_are_read_in_both_forms),
        cmocka_unit_test(key_ids_are_printed_as_minisign_does),
        cmocka_unit_test(secret_keys_come_back),
        cmocka_unit_test(altered_secret_keys_are_refused),
        cmocka_unit_test(the_work_of_a_key_file_is_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
