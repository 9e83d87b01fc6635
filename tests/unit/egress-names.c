/* SPDX-License-Identifier: GPL-3.0-or-later */
/* egress-names.c proves which names are one, and which service a name belongs to. */
#include "egress/names.h"
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include "cmocka-head.h"

static void names_have_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *normal;
    } cases[] = {
        {"example.jp", "example.jp"},
        {"Drive.Google.COM.", "drive.google.com"},
        {"xn--fsq092h.jp", "xn--fsq092h.jp"},
        {"_acme.x-y.jp", "_acme.x-y.jp"},
        {"localhost", "localhost"},
        {"", NULL},
        {".", NULL},
        {"..", NULL},
        {"a..b", NULL},
        {".a", NULL},
        {"a.b..", NULL},
        {"a b", NULL},
        {"データ便.jp", NULL},
        {"a*b.jp", NULL},
        {"a\nb.jp", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[NAME_CAP] = "untouched";
        int r = name_normal(cases[i].text, strlen(cases[i].text), name);
        assert_int_equal(r, cases[i].normal ? 0 : SK_ERR_FORMAT);
        assert_string_equal(name, cases[i].normal ? cases[i].normal : "untouched");
    }
    char name[NAME_CAP];
    assert_int_equal(name_normal("a\0b", 3, name), SK_ERR_FORMAT);
}

static void long_names_are_none(void **state)
{
    (void)state;
    char text[300], name[NAME_CAP];
    memset(text, 'a', sizeof text);
    assert_int_equal(name_normal(text, 63, name), 0);
    assert_int_equal(name_normal(text, 64, name), SK_ERR_FORMAT);
    for (size_t i = 63; i < sizeof text; i += 64)
        text[i] = '.';
    assert_int_equal(name_normal(text, 253, name), 0);
    assert_int_equal(strlen(name), 253);
    assert_int_equal(name_normal(text, 254, name), SK_ERR_FORMAT);
}

static void a_domain_covers_what_is_below(void **state)
{
    (void)state;
    assert_true(name_within("dropbox.com", "dropbox.com"));
    assert_true(name_within("www.dropbox.com", "dropbox.com"));
    assert_false(name_within("notdropbox.com", "dropbox.com"));
    assert_false(name_within("dropbox.com.evil.jp", "dropbox.com"));
    assert_false(name_within("com", "dropbox.com"));
}

static void the_longest_domain_decides(void **state)
{
    (void)state;
    autonames struct names *n = NULL;
    uint32_t service = 0;
    const char *domain = NULL;
    assert_int_equal(names_new(&n), 0);
    assert_false(names_find(n, "www.googleapis.com", &service, &domain));
    assert_int_equal(names_add(n, "google.com", 1), 0);
    assert_int_equal(names_add(n, "drive.google.com", 2), 0);
    assert_int_equal(names_add(n, "drive.google.com", 2), 0);
    assert_int_equal(names_add(n, "drive.google.com", 3), SK_ERR_EXISTS);
    assert_int_equal(names_add(n, "Google.com", 3), SK_ERR_FORMAT);
    assert_true(names_find(n, "a.b.drive.google.com", &service, &domain));
    assert_int_equal(service, 2);
    assert_string_equal(domain, "drive.google.com");
    assert_true(names_find(n, "docs.google.com", &service, NULL));
    assert_int_equal(service, 1);
    assert_false(names_find(n, "com", &service, NULL));
    assert_false(names_find(n, "drive.google.com.jp", &service, NULL));
}

static void a_list_has_a_limit(void **state)
{
    (void)state;
    autonames struct names *n = NULL;
    uint32_t service;
    char name[32];
    assert_int_equal(names_new(&n), 0);
    for (unsigned i = 0; i < NAMES_MAX; i++) {
        /* in an order that is none */
        snprintf(name, sizeof name, "d%u.example", (i * 40503u) % NAMES_MAX);
        assert_int_equal(names_add(n, name, i), 0);
    }
    assert_int_equal(names_add(n, "one.more", 1), SK_ERR_LIMIT);
    for (unsigned i = 0; i < NAMES_MAX; i += 97) {
        snprintf(name, sizeof name, "x.d%u.example", (i * 40503u) % NAMES_MAX);
        assert_true(names_find(n, name, &service, NULL));
        assert_int_equal(service, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_one_form),       cmocka_unit_test(long_names_are_none),
        cmocka_unit_test(a_domain_covers_what_is_below), cmocka_unit_test(the_longest_domain_decides),
        cmocka_unit_test(a_list_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
