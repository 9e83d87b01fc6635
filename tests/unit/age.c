/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age.c owns the tests of crypto/age.h that need no other program: keys as text, limits, chunks.
 * That the format is age's own is proved by tests/conformance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include "crypto/age.h"

/* made for this test; the recipient stands in the age manual */
#define IDENTITY  "AGE-SECRET-KEY-1AFQ9SWELUCHRFPEJT0JSU6TQAXZ9HD0HG4TP0CMVA7902SH2ZFCS4RW9XU"
#define RECIPIENT "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"

static void keys_are_written_as_they_were_read(void **state)
{
    struct age_identity identity;
    struct age_recipient recipient, derived;
    char text[AGE_IDENTITY_CAP];
    (void)state;
    assert_int_equal(age_identity_parse(IDENTITY, &identity), 0);
    age_identity_format(&identity, text);
    assert_string_equal(text, IDENTITY);
    assert_int_equal(age_identity_recipient(&identity, &derived), 0);
    age_recipient_format(&derived, text);
    assert_int_equal(age_recipient_parse(text, &recipient), 0);
    assert_memory_equal(&recipient, &derived, sizeof derived);
    assert_int_equal(strlen(text), AGE_RECIPIENT_CAP - 1);
}

static void only_one_spelling_of_a_key_is_accepted(void **state)
{
    static const char *const bad[] = {
        "",
        "age1",
        "age",
        "AGE1LVYVWAWKR0MCNNNNCAGHUNADRQKMUF9E6507X9Y920XXPP866CNQL7DP2Z",
        "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2y", /* checksum */
        "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2",  /* short */
        "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2zz",
        "age1Lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z",
        "age1bvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z", /* no such letter */
        "bge1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z",
        " " RECIPIENT,
        RECIPIENT "\n",
        IDENTITY,
    };
    struct age_recipient recipient;
    struct age_identity identity;
    (void)state;
    assert_int_equal(age_recipient_parse(RECIPIENT, &recipient), 0);
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(age_recipient_parse(bad[i], &recipient), SK_ERR_FORMAT);
    char lower[] = IDENTITY;
    for (char *p = lower; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
    assert_int_equal(age_identity_parse(lower, &identity), SK_ERR_FORMAT);
    assert_int_equal(age_identity_parse(RECIPIENT, &identity), SK_ERR_FORMAT);
}

static void seal(struct buf *out, const struct age_recipient *to, size_t count,
                 const uint8_t *plain, size_t len)
{
    autobulk struct bulk *bulk = NULL;
    struct age_stream stream;
    assert_int_equal(bulk_new(&bulk), 0);
    assert_int_equal(age_write_header(to, count, out, &stream), 0);
    for (uint64_t i = 0;; i++) {
        bool last = len <= AGE_CHUNK_LEN;
        size_t step = last ? len : AGE_CHUNK_LEN;
        uint8_t *room = (uint8_t *)buf_room(out, step + AGE_TAG_LEN);
        assert_non_null(room);
        assert_int_equal(age_seal_chunk(&stream, bulk, i, last, plain, step, room), 0);
        buf_grow(out, step + AGE_TAG_LEN);
        plain += step;
        len -= step;
        if (last)
            break;
    }
    age_stream_wipe(&stream);
}

static void every_recipient_opens_and_nobody_else(void **state)
{
    struct age_identity identities[AGE_RECIPIENTS_MAX + 1];
    struct age_recipient recipients[AGE_RECIPIENTS_MAX + 1];
    static uint8_t plain[3 * AGE_CHUNK_LEN];
    autobuf struct buf file = {0}, opened = {0};
    (void)state;
    randombytes_buf(plain, sizeof plain);
    for (size_t i = 0; i < array_count(identities); i++) {
        assert_int_equal(age_identity_generate(&identities[i]), 0);
        assert_int_equal(age_identity_recipient(&identities[i], &recipients[i]), 0);
    }
    seal(&file, recipients, AGE_RECIPIENTS_MAX, plain, sizeof plain);
    for (size_t i = 0; i < AGE_RECIPIENTS_MAX; i++) {
        buf_reset(&opened);
        assert_int_equal(age_decrypt(file.data, file.len, &identities[i], 1, NULL, &opened), 0);
        assert_int_equal(opened.len, sizeof plain);
        assert_memory_equal(opened.data, plain, sizeof plain);
    }
    buf_reset(&opened);
    assert_int_equal(
        age_decrypt(file.data, file.len, &identities[AGE_RECIPIENTS_MAX], 1, NULL, &opened),
        SK_ERR_KEY_UNKNOWN);
    assert_int_equal(age_decrypt(file.data, file.len, NULL, 0, NULL, &opened), SK_ERR_KEY_UNKNOWN);
    assert_int_equal(opened.len, 0);
}

static void every_flipped_byte_is_noticed(void **state)
{
    struct age_identity identity;
    struct age_recipient recipient;
    autobuf struct buf file = {0};
    (void)state;
    assert_int_equal(age_identity_generate(&identity), 0);
    assert_int_equal(age_identity_recipient(&identity, &recipient), 0);
    seal(&file, &recipient, 1, (const uint8_t *)"permit", 6);
    for (size_t i = 0; i < file.len; i++) {
        autobuf struct buf opened = {0};
        file.data[i] = (char)(file.data[i] ^ 1);
        assert_true(age_decrypt(file.data, file.len, &identity, 1, NULL, &opened) != 0);
        file.data[i] = (char)(file.data[i] ^ 1);
    }
    for (size_t len = 0; len < file.len; len++) {
        autobuf struct buf opened = {0};
        assert_true(age_decrypt(file.data, len, &identity, 1, NULL, &opened) != 0);
    }
}

static void limits_are_kept(void **state)
{
    struct age_recipient recipients[AGE_RECIPIENTS_MAX + 1] = {0};
    struct age_stream stream = {0};
    static uint8_t chunk[AGE_CHUNK_LEN + 1], sealed[AGE_CHUNK_LEN + 1 + AGE_TAG_LEN];
    autobuf struct buf out = {0};
    autobulk struct bulk *bulk = NULL;
    (void)state;
    assert_int_equal(bulk_new(&bulk), 0);
    assert_int_equal(age_write_header(recipients, 0, &out, &stream), SK_ERR_LIMIT);
    assert_int_equal(age_write_header(recipients, AGE_RECIPIENTS_MAX + 1, &out, &stream),
                     SK_ERR_LIMIT);
    /* the all-zero point is of low order */
    assert_int_equal(age_write_header(recipients, 1, &out, &stream), SK_ERR_CRYPTO);
    assert_int_equal(age_seal_chunk(&stream, bulk, 0, false, chunk, AGE_CHUNK_LEN - 1, sealed),
                     SK_ERR_LIMIT);
    assert_int_equal(age_seal_chunk(&stream, bulk, 1, true, chunk, 0, sealed), SK_ERR_LIMIT);
    assert_int_equal(age_seal_chunk(&stream, bulk, 0, true, chunk, AGE_CHUNK_LEN + 1, sealed),
                     SK_ERR_LIMIT);
    assert_int_equal(age_seal_chunk(&stream, bulk, 0, true, chunk, 0, sealed), 0);
}

static void a_chunk_is_sealed_in_place(void **state)
{
    struct age_stream stream = {0};
    static uint8_t plain[AGE_CHUNK_LEN], apart[AGE_CHUNK_LEN + AGE_TAG_LEN];
    static uint8_t place[AGE_CHUNK_LEN + AGE_TAG_LEN];
    autobulk struct bulk *bulk = NULL;
    (void)state;
    assert_int_equal(bulk_new(&bulk), 0);
    randombytes_buf(plain, sizeof plain);
    memcpy(place, plain, sizeof plain);
    assert_int_equal(age_seal_chunk(&stream, bulk, 7, false, plain, sizeof plain, apart), 0);
    assert_int_equal(age_seal_chunk(&stream, bulk, 7, false, place, sizeof plain, place), 0);
    assert_memory_equal(place, apart, sizeof apart);
    assert_int_equal(age_open_chunk(&stream, 8, false, apart, sizeof apart, place), SK_ERR_CRYPTO);
    assert_int_equal(age_open_chunk(&stream, 7, true, apart, sizeof apart, place), SK_ERR_CRYPTO);
    assert_int_equal(age_open_chunk(&stream, 7, false, apart, sizeof apart, place), 0);
    assert_memory_equal(place, plain, sizeof plain);
}

/* The tag alone says whether a sealed chunk is the one of its place, as opening it does. */
static void a_sealed_chunk_is_checked_without_opening_it(void **state)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, AGE_CHUNK_LEN - 1, AGE_CHUNK_LEN};
    static uint8_t plain[AGE_CHUNK_LEN], sealed[AGE_CHUNK_LEN + AGE_TAG_LEN];
    struct age_stream stream, other;
    autobulk struct bulk *bulk = NULL;
    (void)state;
    assert_int_equal(bulk_new(&bulk), 0);
    randombytes_buf(&stream, sizeof stream);
    randombytes_buf(&other, sizeof other);
    randombytes_buf(plain, sizeof plain);
    for (size_t i = 0; i < array_count(sizes); i++) {
        uint64_t index = sizes[i] == 0 ? 0 : i;
        size_t len = sizes[i] + AGE_TAG_LEN;
        assert_int_equal(age_seal_chunk(&stream, bulk, index, true, plain, sizes[i], sealed), 0);
        assert_int_equal(age_check_chunk(&stream, bulk, index, true, sealed, len), 0);
        assert_int_equal(age_check_chunk(&other, bulk, index, true, sealed, len), SK_ERR_CRYPTO);
        assert_int_equal(age_check_chunk(&stream, bulk, index + 1, true, sealed, len),
                         SK_ERR_CRYPTO);
        assert_int_equal(age_check_chunk(&stream, bulk, index, false, sealed, len), SK_ERR_CRYPTO);
        assert_int_equal(age_check_chunk(&stream, bulk, index, true, sealed, len - 1),
                         SK_ERR_CRYPTO);
        sealed[len / 2] ^= 1;
        assert_int_equal(age_check_chunk(&stream, bulk, index, true, sealed, len), SK_ERR_CRYPTO);
    }
    assert_int_equal(age_check_chunk(&stream, bulk, 0, true, sealed, AGE_TAG_LEN - 1),
                     SK_ERR_CRYPTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_written_as_they_were_read),
        cmocka_unit_test(only_one_spelling_of_a_key_is_accepted),
        cmocka_unit_test(every_recipient_opens_and_nobody_else),
        cmocka_unit_test(every_flipped_byte_is_noticed),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(a_chunk_is_sealed_in_place),
        cmocka_unit_test(a_sealed_chunk_is_checked_without_opening_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
