/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-model.c proves look-ups by text, the built-in policy, and that only signed bytes pass. */
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"
#include "cmocka-head.h"
#include "policy-help.h"

static void programs_match_within_one_folder(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy *p = parse_right(small_policy, &f);
    const struct policy_application *a = policy_application(p, "viewer");
    assert_true(policy_program_matches(a, "/usr/bin/evince"));
    assert_true(policy_program_matches(a, "/usr/lib/office/7.4/soffice.bin"));
    assert_false(policy_program_matches(a, "/usr/lib/office/7.4/x/soffice.bin"));
    assert_false(policy_program_matches(a, "/usr/lib/office//soffice.binx"));
    assert_false(policy_program_matches(a, "/usr/bin/evince2"));
    assert_false(policy_program_matches(a, "evince"));
    assert_false(policy_program_matches(a, ""));
    policy_free(&p);
    policy_findings_free(&f);
}

static void areas_are_found_by_path(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    autofree char *text = changed(small_policy, NULL, "[area inner]\nmount = /srv/shared/inner\n"
                                                      "contract = city\nlevel = 1");
    struct policy *p = parse_right(text, &f);
    assert_string_equal(policy_area_of_path(p, "/srv/shared")->head.id, "shared");
    assert_string_equal(policy_area_of_path(p, "/srv/shared/a")->head.id, "shared");
    assert_string_equal(policy_area_of_path(p, "/srv/shared/inner/a")->head.id, "inner");
    assert_string_equal(policy_area_of_path(p, "/srv/shared/innermost")->head.id, "shared");
    assert_null(policy_area_of_path(p, "/srv/shared2"));
    assert_null(policy_area_of_path(p, "/srv"));
    policy_free(&p);
    policy_findings_free(&f);
}

/* Line by line as who gets an export is named: "office escrow". */
static void sealed_to(const char *escrow, const char *destination, const char *ids)
{
    struct policy_findings f = {0};
    autobuf struct buf got = {0};
    const struct policy_recipient *r;
    autofree char *first = changed(small_policy, "expires = ", escrow);
    autofree char *text = changed(first, "recipients = ", destination);
    struct policy *p = parse_right(text, &f);
    for (size_t i = 0; (r = policy_sealed_to(p, policy_destination(p, "stick"), i)) != NULL; i++)
        buf_printf(&got, "%s%s", i ? " " : "", r->head.id);
    assert_string_equal(got.data, ids);
    policy_free(&p);
    policy_findings_free(&f);
}

static void the_escrow_key_comes_last(void **state)
{
    (void)state;
    static const char plain[] = "expires = 2027-03-31",
                      key[] = "expires = 2027-03-31\n"
                              "escrow = age1znzm0qvx24554k2azmtz43ea7yuk0tzx8v52uykhvcf5ncfecglq2j52nj";
    sealed_to(plain, "recipients = office", "office");
    sealed_to(plain, "recipients = office\nescrow = yes", "office");
    sealed_to(key, "recipients = office", "office escrow");
    sealed_to(key, "recipients = office\nescrow = yes", "office escrow");
    sealed_to(key, "recipients = office\nescrow = no", "office");
    struct policy_findings f = {0};
    autofree char *text = changed(small_policy, "expires = ", key);
    struct policy *p = parse_right(text, &f);
    assert_null(policy_sealed_to(p, policy_destination(p, "folder"), 0)); /* plain copies */
    policy_free(&p);
    policy_findings_free(&f);
}

static void the_builtin_policy_has_nobody(void **state)
{
    (void)state;
    const struct policy *p = policy_builtin();
    assert_int_equal(p->version, 0);
    assert_int_equal(p->person_count + p->area_count + p->destination_count, 0);
    assert_string_equal(p->title, "");
    assert_true(p->ledger.refuse_access_on_failure);
    assert_null(policy_person_of_user(p, "root"));
    assert_null(policy_area(p, NULL));
    assert_true(policy_for_host(p, "any"));
}

static void only_signed_bytes_pass(void **state)
{
    (void)state;
    struct minisign_secret key, foreign;
    struct minisign_signature said;
    autobuf struct buf signature = {0};
    size_t len = strlen(small_policy);
    assert_int_equal(minisign_generate(&key), 0);
    assert_int_equal(minisign_generate(&foreign), 0);
    assert_int_equal(minisign_sign(small_policy, len, &key, "version 3", &signature), 0);
    const struct minisign_public keys[] = {foreign.pub, key.pub};
    assert_int_equal(policy_verify(small_policy, len, signature.data, signature.len, keys, 2,
                                   &said), 0);
    assert_string_equal(said.trusted_comment, "version 3");
    assert_int_equal(policy_verify(small_policy, len - 1, signature.data, signature.len, keys, 2,
                                   &said), SK_ERR_SIGNATURE);
    assert_int_equal(policy_verify(small_policy, len, signature.data, signature.len, keys, 1,
                                   &said), SK_ERR_KEY_UNKNOWN);
    assert_int_equal(policy_verify(small_policy, len, signature.data, signature.len, NULL, 0,
                                   &said), SK_ERR_KEY_UNKNOWN);
    assert_int_equal(policy_verify(small_policy, len, "", 0, keys, 2, &said), SK_ERR_FORMAT);
    assert_int_equal(policy_verify(small_policy, len, signature.data, signature.len - 20, keys, 2,
                                   &said), SK_ERR_FORMAT);
    minisign_secret_wipe(&key);
    minisign_secret_wipe(&foreign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_match_within_one_folder),
        cmocka_unit_test(areas_are_found_by_path),
        cmocka_unit_test(the_escrow_key_comes_last),
        cmocka_unit_test(the_builtin_policy_has_nobody),
        cmocka_unit_test(only_signed_bytes_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
