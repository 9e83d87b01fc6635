/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base-log.c owns the tests of a daemon's log lines: one line each, no control characters, and never a
 * wait for a reader. It must never leave stderr changed. */
#include "cmocka-head.h"
#include <fcntl.h>
#include <string.h>
#include "base/fdio.h"
#include "base/log.h"

static int kept_stderr = -1;
static int ends[2];

static int redirect(void **state)
{
    (void)state;
    kept_stderr = dup(STDERR_FILENO);
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0 || dup2(ends[1], STDERR_FILENO) < 0;
}

static int restore(void **state)
{
    (void)state;
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void logged(const char *want)
{
    char line[2048] = {0};
    ssize_t n = read(ends[0], line, sizeof line - 1);
    assert_true(n >= 0 || !*want);
    assert_string_equal(line, want);
}

static void one_line_each(void **state)
{
    (void)state;
    log_open("test", LOG_LEVEL_INFO);
    log_info("%d of %s", 3, "関所");
    logged("test: info: 3 of 関所\n");
    log_error("two\nlines\033[2Jand\x7f");
    logged("test: error: two?lines?[2Jand?\n");
    log_warn("%s", "csi \xc2\x9b" "2J é");
    logged("test: warning: csi ??2J é\n");
    log_debug("not wanted");
    logged("");
}

static void long_lines_are_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_error("%s", text);
    char line[4096] = {0};
    ssize_t n = read(ends[0], line, sizeof line - 1);
    assert_true(n > 900 && n <= 1024);
    assert_int_equal(line[n - 1], '\n');
}

static void a_full_pipe_loses_lines_but_no_time(void **state)
{
    (void)state;
    int flags = fcntl(ends[1], F_GETFL);
    assert_int_equal(fcntl(ends[1], F_SETFL, flags & ~O_NONBLOCK), 0);
    alarm(20); /* a blocked write would end the test program */
    for (int i = 0; i < 100000; i++)
        log_error("line %d", i);
    alarm(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_line_each, redirect, restore),
        cmocka_unit_test_setup_teardown(long_lines_are_cut, redirect, restore),
        cmocka_unit_test_setup_teardown(a_full_pipe_loses_lines_but_no_time, redirect, restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
