/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index-rules.c proves what is called a copy: each row is one situation and the one verdict on it. */
#include "index/rules.h"
#include <string.h>
#include "base/clean.h"
#include "cmocka-head.h"

static void names_of_programs(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum rules_name want;
        const char *original; /* of a backup */
    } rows[] = {
        {"list.ods", RULES_PLAIN, NULL},
        {"list~", RULES_BACKUP, "list"},
        {"list.ods.bak", RULES_BACKUP, "list.ods"},
        {"~", RULES_PLAIN, NULL},
        {".bak", RULES_PLAIN, NULL},
        {".list.swp", RULES_TEMPORARY, NULL},
        {".list.swo", RULES_TEMPORARY, NULL},
        {"list.swp", RULES_PLAIN, NULL},
        {"#list#", RULES_TEMPORARY, NULL},
        {"#", RULES_PLAIN, NULL},
        {"##", RULES_PLAIN, NULL},
        {".#list", RULES_TEMPORARY, NULL},
        {".~lock.list.ods#", RULES_TEMPORARY, NULL},
        {"lu3141abc.tmp", RULES_TEMPORARY, NULL},
        {"list.tmp", RULES_TEMPORARY, NULL},
        {"list.part", RULES_TEMPORARY, NULL},
        {".goutputstream-AB12CD", RULES_TEMPORARY, NULL},
        {".list.kate-swp", RULES_TEMPORARY, NULL},
        {"名簿~", RULES_BACKUP, "名簿"},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        size_t start = 0, len = 0;
        if (rules_name(rows[i].name, &start, &len) != rows[i].want)
            fail_msg("%s", rows[i].name);
        if (!rows[i].original)
            continue;
        assert_int_equal(len, strlen(rows[i].original));
        assert_memory_equal(rows[i].name + start, rows[i].original, len);
    }
}

static void folders_that_are_passed_over(void **state)
{
    (void)state;
    bool own = false;
    assert_true(rules_ignored(".sekisho", &own));
    assert_true(own);
    assert_true(rules_ignored(".sekisho/incoming/R-20261121-0001", &own));
    assert_false(rules_ignored("", &own));
    assert_false(own);
    assert_true(rules_ignored(".rooms/hana/.cache/thumbnails", &own));
    assert_false(own);
    assert_true(rules_ignored(".rooms/hana/.local/share", NULL));
    assert_false(rules_ignored(".rooms/hana", NULL)); /* a copy in the home folder counts */
    assert_false(rules_ignored(".rooms/hana/documents", NULL));
    assert_false(rules_ignored(".cache", NULL));
    assert_false(rules_ignored("sub/.sekisho", NULL));
    assert_false(rules_ignored(".sekisho-more", NULL));
    assert_true(rules_bookkeeping(".git/refs/heads/main", 41));
    assert_true(rules_bookkeeping("project/.git/ORIG_HEAD", 41));
    assert_false(rules_bookkeeping("project/.git/large", 4100));
    assert_false(rules_bookkeeping("project/git/main", 41));
    assert_int_equal(rules_git_logs(".git/logs/HEAD"), strlen(".git/logs/"));
    assert_int_equal(rules_git_logs("a/b/.git/logs/refs/heads/main"), strlen("a/b/.git/logs/"));
    assert_int_equal(rules_git_logs("x.git/logs/y/.git/logs/HEAD"), strlen("x.git/logs/y/.git/logs/"));
    assert_int_equal(rules_git_logs("a.git/logs/HEAD"), 0);
    assert_int_equal(rules_git_logs("a/.git/logs"), 0);
    assert_int_equal(rules_git_logs(""), 0);
}

struct row {
    const char *what;
    enum rules_verdict want;
    struct rules_facts facts;
};

#define NEW .bytes = 4000, .names = 1
static const struct row rows[] = {
    {"a new file like no other", RULES_NOTHING, {NEW}},
    {"cp", RULES_COPY, {NEW, .holders = 1}},
    {"cp of an empty file", RULES_NOTHING, {.names = 1, .holders = 9}},
    {"cp of a very small file", RULES_NOTHING, {.bytes = RULES_LEAST_BYTES - 1, .names = 1, .holders = 1}},
    {"cp of the smallest that counts", RULES_COPY, {.bytes = RULES_LEAST_BYTES, .names = 1, .holders = 1}},
    {"what was there before", RULES_NOTHING, {NEW, .holders = 1, .baseline = true}},
    {"what the agent brought in", RULES_NOTHING, {NEW, .holders = 1, .brought_in = true}},
    {"references of git", RULES_NOTHING, {NEW, .holders = 1, .bookkeeping = true}},
    {"a rename", RULES_NOTHING, {NEW, .known = true, .names_before = 1, .holders = 1}},
    {"a file that was written with what it had", RULES_NOTHING,
     {NEW, .known = true, .names_before = 1, .holders = 3, .recorded = true}},
    {"ln", RULES_HARD_LINK, {.bytes = 4000, .names = 2, .names_before = 1, .known = true}},
    {"ln of a copy", RULES_HARD_LINK,
     {.bytes = 4000, .names = 2, .names_before = 1, .known = true, .recorded = true, .holders = 1}},
    {"ln that was undone", RULES_NOTHING, {NEW, .names_before = 2, .known = true}},
    {"save: temporary file renamed over the name, unchanged content", RULES_NOTHING,
     {NEW, .holders = 1, .replaced = true}},
    {"save: the temporary file while it is there", RULES_WAIT,
     {.bytes = 4000, .name = RULES_TEMPORARY, .holders = 1}},
    {"a temporary name that stays", RULES_COPY,
     {.bytes = 4000, .name = RULES_TEMPORARY, .holders = 1, .waited = true}},
    {"a temporary file like no other", RULES_NOTHING, {.bytes = 4000, .name = RULES_TEMPORARY}},
    {"a backup, its original not written yet", RULES_WAIT,
     {.bytes = 4000, .name = RULES_BACKUP, .holders = 1}},
    {"a backup of a file that was rewritten", RULES_NOTHING,
     {.bytes = 4000, .name = RULES_BACKUP, .holders = 1, .rewritten = true}},
    {"the same later", RULES_NOTHING,
     {.bytes = 4000, .name = RULES_BACKUP, .holders = 1, .rewritten = true, .waited = true}},
    {"cp x x~ and nothing more", RULES_COPY,
     {.bytes = 4000, .name = RULES_BACKUP, .holders = 1, .waited = true}},
    {"a backup that gets a plain name", RULES_COPY,
     {NEW, .known = true, .holders = 1}},
    {"a temporary copy, recorded, that gets a plain name", RULES_NOTHING,
     {NEW, .known = true, .holders = 1, .recorded = true}},
    {"outside, alike", RULES_OUTSIDE, {NEW, .outside = true, .holders = 1}},
    {"outside, under a temporary name", RULES_OUTSIDE,
     {.bytes = 4000, .outside = true, .holders = 1, .name = RULES_TEMPORARY}},
    {"outside, told before", RULES_NOTHING, {NEW, .outside = true, .holders = 1, .known = true}},
    {"outside, before the place was looked at", RULES_NOTHING,
     {NEW, .outside = true, .holders = 1, .baseline = true}},
    {"outside, like none", RULES_NOTHING, {NEW, .outside = true}},
};

static void verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(rows); i++)
        if (rules_decide(&rows[i].facts) != rows[i].want)
            fail_msg("%s: %d", rows[i].what, (int)rules_decide(&rows[i].facts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_programs),
        cmocka_unit_test(folders_that_are_passed_over),
        cmocka_unit_test(verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
