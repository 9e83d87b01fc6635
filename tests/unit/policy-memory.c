/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-memory.c proves that a policy is read whole or not at all when memory runs out: the first,
 * second, third … allocation fails until a run gets through. LeakSanitizer looks after what is left
 * behind. */
#include <errno.h>
#include <string.h>
#include "base/str.h"
#include "cmocka-head.h"
#include "policy-help.h"

static bool counting;
static size_t left; /* allocations that still succeed */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

/* One allocation fails; those after it succeed again, which hides nothing. */
static bool fails(void)
{
    return counting && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : __real_strndup(s, n);
}

/* Parse, lint and compare; what fails first is the answer. */
static int run(const char *text, size_t *ret_findings)
{
    struct policy *p = NULL;
    struct policy_findings f = {0};
    struct policy_changes c = {0};
    int r = policy_parse(text, strlen(text), &p, &f);
    assert_int_equal(r == 0, p != NULL);
    if (r == 0)
        r = policy_lint(p, day("2026-06-01"), "pc-1", &f);
    if (r == 0)
        r = policy_diff(policy_builtin(), p, &c);
    *ret_findings = f.count;
    policy_changes_free(&c);
    policy_free(&p);
    policy_findings_free(&f);
    return r;
}

static void check(const char *text)
{
    size_t findings, want_findings, failed = 0;
    counting = false;
    int want = run(text, &want_findings);
    for (size_t n = 0;; n++) {
        counting = true;
        left = n;
        int r = run(text, &findings);
        bool spent = left == SIZE_MAX || left > n; /* the failing one was reached */
        counting = false;
        if (!spent)
            break;
        if (r != -ENOMEM)
            print_message("allocation %zu failed, the answer was %d\n", n, r);
        assert_int_equal(r, -ENOMEM);
        failed++;
    }
    assert_true(failed > 50);
    counting = true;
    left = SIZE_MAX - 1;
    assert_int_equal(run(text, &findings), want);
    counting = false;
    assert_int_equal(findings, want_findings);
}

static void a_right_policy(void **state)
{
    (void)state;
    check(small_policy);
}

static void wrong_policies(void **state)
{
    (void)state;
    static const char *const files[] = {"unknown", "values", "references", "lint-people"};
    for (size_t i = 0; i < array_count(files); i++) {
        autobuf struct buf path = {0}, text = {0};
        buf_printf(&path, "tests/unit/policy-bad/%s.ini", files[i]);
        read_source(path.data, &text);
        check(text.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_policy),
        cmocka_unit_test(wrong_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
