/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base-tables.c owns the tests of the tables that all processes share: errors, reasons, paths, and of
 * the digest. It must never copy such a table: it checks its properties. */
#include "cmocka-head.h"
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/reason.h>
#include <string.h>
#include "base/digest.h"
#include "base/str.h"

static void every_error_has_a_name_and_a_text(void **state)
{
    (void)state;
    for (int code = SK_ERR_FIRST + 1; code < SK_ERR_LAST; code++) {
        assert_true(str_starts(sk_errname(code), "SK_ERR_"));
        assert_true(strlen(sk_strerror(code)) > 3);
        for (int other = code + 1; other < SK_ERR_LAST; other++)
            assert_string_not_equal(sk_strerror(code), sk_strerror(other));
    }
    assert_string_equal(sk_errname(-ENOENT), "ENOENT");
    assert_string_equal(sk_strerror(-ENOENT), "No such file or directory");
    assert_string_equal(sk_errname(0), "OK");
    static const int strange[] = {1, 4200, SK_ERR_FIRST, SK_ERR_LAST, -100000, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < array_count(strange); i++) {
        assert_string_equal(sk_errname(strange[i]), "UNKNOWN");
        assert_string_equal(sk_strerror(strange[i]), "unknown error");
    }
}

static void every_reason_has_a_name_and_a_text(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SK_REASON_COUNT; i++) {
        const char *name = sk_reason_name((enum sk_reason)i);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        assert_true(strlen(sk_reason_text((enum sk_reason)i)) > 10);
        for (unsigned k = i + 1; k < SK_REASON_COUNT; k++)
            assert_string_not_equal(name, sk_reason_name((enum sk_reason)k));
    }
    assert_string_equal(sk_reason_name(SK_REASON_COUNT), "unknown");
    assert_string_equal(sk_reason_text((enum sk_reason)9999), "unknown reason");
}

static void instances_have_their_own_paths(void **state)
{
    (void)state;
    assert_int_equal(sk_paths_choose(NULL), 0);
    assert_string_equal(sk_path(SK_PATH_CONFIG), "/etc/sekisho");
    assert_string_equal(sk_path(SK_PATH_CONTROL_SOCKET), "/run/sekisho/control/control.sock");
    assert_int_equal(sk_paths_choose("/srv/one//"), 0);
    assert_string_equal(sk_path(SK_PATH_KEYS), "/srv/one/etc/keys.d");
    assert_string_equal(sk_path(SK_PATH_LEDGER), "/srv/one/lib/ledger");
    assert_int_equal(sk_paths_choose("relative"), SK_ERR_FORMAT);
    assert_int_equal(sk_paths_choose("/srv/../etc"), SK_ERR_FORMAT);
    assert_int_equal(sk_paths_choose("/"), SK_ERR_FORMAT);
    assert_int_equal(sk_paths_choose("//"), SK_ERR_FORMAT);
    assert_string_equal(sk_path(SK_PATH_KEYS), "/srv/one/etc/keys.d");
    char longer[400] = "/";
    memset(longer + 1, 'a', sizeof longer - 2);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(sk_paths_choose(longer), SK_ERR_LIMIT);
    /* the longest root that is taken leaves room for every socket name in sun_path */
    for (size_t len = sizeof longer - 1; len > 1; len--) {
        longer[len] = '\0';
        if (sk_paths_choose(longer) == 0)
            break;
    }
    for (unsigned i = 0; i < SK_PATH_COUNT; i++)
        if (strstr(sk_path((enum sk_path)i), ".sock"))
            assert_true(strlen(sk_path((enum sk_path)i)) < 108);
    assert_int_equal(sk_paths_choose(""), 0);
}

static void folders_come_before_what_lies_in_them(void **state)
{
    (void)state;
    assert_int_equal(sk_paths_choose("/x"), 0);
    for (unsigned i = 0; i < SK_PATH_COUNT; i++) {
        const char *user = NULL, *group = NULL;
        mode_t mode = 0;
        int r = sk_path_owner((enum sk_path)i, &user, &group, &mode);
        if (strchr(strrchr(sk_path((enum sk_path)i), '/'), '.') || i == SK_PATH_LOCK) {
            assert_int_equal(r, i == SK_PATH_KEYS ? 0 : SK_ERR_NOT_FOUND);
            continue;
        }
        assert_int_equal(r, 0);
        assert_non_null(user);
        assert_non_null(group);
        assert_int_equal(mode & 022, 0);
        size_t len = strlen(sk_path((enum sk_path)i));
        for (unsigned k = 0; k < i; k++) {
            /* the folders are made in this order, so no earlier one may lie below this one */
            const char *earlier = sk_path((enum sk_path)k);
            if (sk_path_owner((enum sk_path)k, &user, &group, &mode) == 0)
                assert_false(str_starts(earlier, sk_path((enum sk_path)i)) && earlier[len] == '/');
        }
    }
    assert_int_equal(sk_paths_choose(""), 0);
}

static void digests(void **state)
{
    (void)state;
    /* FIPS 180-4 examples, as sha256sum(1) prints them */
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    };
    autodigest struct digest *d = NULL;
    assert_int_equal(digest_new(&d), 0);
    for (size_t i = 0; i < array_count(rows); i++) {
        uint8_t sum[DIGEST_LEN];
        char hex[DIGEST_HEX_CAP];
        assert_int_equal(digest_of(rows[i].text, strlen(rows[i].text), sum), 0);
        digest_hex(hex, sum);
        assert_string_equal(hex, rows[i].hex);
        for (const char *p = rows[i].text; *p; p++)
            assert_int_equal(digest_add(d, p, 1), 0);
        assert_int_equal(digest_end(d, sum), 0);
        digest_hex(hex, sum);
        assert_string_equal(hex, rows[i].hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_name_and_a_text),
        cmocka_unit_test(every_reason_has_a_name_and_a_text),
        cmocka_unit_test(instances_have_their_own_paths),
        cmocka_unit_test(folders_come_before_what_lies_in_them),
        cmocka_unit_test(digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
