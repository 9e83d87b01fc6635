/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The PC's own protection as its files tell it: a folder stands for the PC's root, with the files of a Debian,
 * a Fedora and of PCs that are set badly. And the paper that says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/str.h"
#include "record/record.h"
#include "report/paper.h"
#include "report/source.h"
#include "report/system.h"

#define NOW  INT64_C(1795000000) /* 2026-11-18 */
#define LINK "->"                /* the content of what is a link */

static char root[64];

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/sekisho-root.XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put_aged(const char *path, const char *text, int64_t days)
{
    char whole[512];
    assert_true(snprintf(whole, sizeof whole, "%s/%s", root, path) < (int)sizeof whole);
    for (char *at = whole + strlen(root) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        assert_true(mkdir(whole, 0755) == 0 || errno == EEXIST);
        *at = '/';
    }
    (void)unlink(whole);
    if (str_starts(text, LINK)) {
        assert_int_equal(symlink(text + strlen(LINK), whole), 0);
        return;
    }
    FILE *f = fopen(whole, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    const struct timespec times[2] = {{.tv_sec = NOW - days * CLOCK_DAY_S}, {.tv_sec = NOW - days * CLOCK_DAY_S}};
    assert_int_equal(utimensat(AT_FDCWD, whole, times, 0), 0);
}

static void put(const char *path, const char *text)
{
    put_aged(path, text, 0);
}

static void expect(enum system_item item, enum system_state state, const char *value, const char *file)
{
    struct system_fact facts[SYSTEM_COUNT];
    assert_int_equal(system_read(root, NOW, facts), 0);
    assert_int_equal(facts[item].state, state);
    assert_string_equal(facts[item].value, value);
    assert_string_equal(facts[item].file, file);
    assert_true(*facts[item].why.ja && *facts[item].why.en);
}

static void an_empty_pc_says_nothing(void **state)
{
    (void)state;
    struct system_fact facts[SYSTEM_COUNT];
    for (int i = 0; i < SYSTEM_COUNT; i++)
        expect((enum system_item)i, SYSTEM_UNKNOWN, "", "");
    assert_int_equal(system_read("/nonexistent", NOW, facts), -ENOENT);
}

static void malware(void **state)
{
    (void)state;
    put_aged("var/lib/clamav/daily.cvd", "ClamAV-VDB:", 30);
    expect(SYSTEM_MALWARE, SYSTEM_OFF, "2026-10-19", "/var/lib/clamav/daily.cvd");
    put_aged("var/lib/clamav/daily.cld", "ClamAV-VDB:", 2);
    expect(SYSTEM_MALWARE, SYSTEM_UNKNOWN, "2026-11-16", "/var/lib/clamav/daily.cld"); /* nothing scans */
    put("etc/systemd/system/multi-user.target.wants/clamav-daemon.service", LINK "/usr/lib/systemd/system/clamav-daemon.service");
    expect(SYSTEM_MALWARE, SYSTEM_ON, "2026-11-16", "/var/lib/clamav/daily.cld");
}

static void updates_of_debian(void **state)
{
    (void)state;
    put("etc/apt/apt.conf.d/10periodic", "APT::Periodic::Unattended-Upgrade \"0\";\n");
    expect(SYSTEM_UPDATES, SYSTEM_OFF, "", "/etc/apt/apt.conf.d/10periodic");
    put("etc/apt/apt.conf.d/20auto-upgrades", "// APT::Periodic::Unattended-Upgrade \"0\";\n"
                                              "APT::Periodic::Unattended-Upgrade \"1\";\n");
    expect(SYSTEM_UPDATES, SYSTEM_UNKNOWN, "", ""); /* when they last ran is not told */
    put_aged("var/lib/apt/periodic/upgrade-stamp", "", 8);
    expect(SYSTEM_UPDATES, SYSTEM_OFF, "2026-11-10", "/var/lib/apt/periodic/upgrade-stamp");
    put_aged("var/lib/apt/periodic/unattended-upgrades-stamp", "", 1);
    expect(SYSTEM_UPDATES, SYSTEM_ON, "2026-11-17", "/var/lib/apt/periodic/unattended-upgrades-stamp");
    put("run/reboot-required", "");
    expect(SYSTEM_UPDATES, SYSTEM_OFF, "2026-11-17", "/run/reboot-required");
}

static void updates_of_fedora(void **state)
{
    (void)state;
    put("etc/dnf/automatic.conf", "[commands]\ndownload_updates = yes\napply_updates = no\n[x]\napply_updates = yes\n");
    put_aged("var/cache/dnf/last_makecache", "", 0);
    put("etc/systemd/system/timers.target.wants/dnf-automatic.timer", LINK "/nowhere");
    expect(SYSTEM_UPDATES, SYSTEM_OFF, "", "/etc/dnf/automatic.conf");
    put("etc/dnf/automatic.conf", "[commands]\napply_updates = yes\n");
    expect(SYSTEM_UPDATES, SYSTEM_ON, "2026-11-18", "/var/cache/dnf/last_makecache");
}

static void firewalls(void **state)
{
    (void)state;
    put("etc/nftables.conf", "table inet filter {\n chain input {\n  type filter hook input priority filter;\n }\n}\n");
    put("etc/systemd/system/sysinit.target.wants/nftables.service", LINK "/nowhere");
    expect(SYSTEM_FIREWALL, SYSTEM_OFF, "", "/etc/nftables.conf");
    put("etc/nftables.conf", "  type filter hook input priority filter; policy drop;\n");
    expect(SYSTEM_FIREWALL, SYSTEM_ON, "hook input; policy drop", "/etc/nftables.conf");
    put("etc/nftables.conf", "# type filter hook input priority filter; policy drop;\n");
    put("etc/ufw/ufw.conf", "ENABLED=no\n");
    expect(SYSTEM_FIREWALL, SYSTEM_OFF, "", "/etc/ufw/ufw.conf");
    put("etc/ufw/ufw.conf", "# ENABLED=no\nENABLED=yes\nLOGLEVEL=low\n");
    expect(SYSTEM_FIREWALL, SYSTEM_ON, "ufw ENABLED=yes", "/etc/ufw/ufw.conf");
}

static void screen_lock(void **state)
{
    static const char file[] = "etc/dconf/db/local.d/00-lock", shown[] = "/etc/dconf/db/local.d/00-lock";
    (void)state;
    put(file, "[org/gnome/desktop/screensaver]\nlock-enabled=true\n[org/gnome/desktop/session]\nidle-delay=uint32 600\n");
    expect(SYSTEM_SCREEN, SYSTEM_UNKNOWN, "", ""); /* no profile names that database */
    put("etc/dconf/profile/user", "user-db:user\nsystem-db:local\n");
    expect(SYSTEM_SCREEN, SYSTEM_UNKNOWN, "", ""); /* dconf update was not run */
    put("etc/dconf/db/local", "GVariant");
    expect(SYSTEM_SCREEN, SYSTEM_OFF, "lock-enabled=true, idle-delay=600", shown); /* anybody may change it */
    put("etc/dconf/db/local.d/locks/lock", "/org/gnome/desktop/screensaver/lock-enabled\n/org/gnome/desktop/session/idle-delay\n");
    expect(SYSTEM_SCREEN, SYSTEM_ON, "lock-enabled=true, idle-delay=600", shown);
    put(file, "[org/gnome/desktop/screensaver]\nlock-enabled=true\n[org/gnome/desktop/session]\nidle-delay=uint32 3600\n");
    expect(SYSTEM_SCREEN, SYSTEM_OFF, "lock-enabled=true, idle-delay=3600", shown);
    put(file, "[org/gnome/desktop/screensaver]\nlock-enabled=false\n[org/gnome/desktop/session]\nidle-delay=uint32 60\n");
    expect(SYSTEM_SCREEN, SYSTEM_OFF, "lock-enabled=false, idle-delay=60", shown);
}

static void lockout(void **state)
{
    (void)state;
    put("etc/pam.d/common-auth", "auth required pam_unix.so\n#auth required pam_faillock.so deny=3\n");
    expect(SYSTEM_LOCKOUT, SYSTEM_OFF, "", "/etc/pam.d");
    put("etc/pam.d/common-auth", "auth required pam_faillock.so preauth\n");
    expect(SYSTEM_LOCKOUT, SYSTEM_ON, "deny = 3", "/etc/pam.d/common-auth"); /* faillock's own default */
    put("etc/security/faillock.conf", "# deny = 3\ndeny = 0\n");
    expect(SYSTEM_LOCKOUT, SYSTEM_OFF, "deny = 0", "/etc/security/faillock.conf");
    put("etc/authselect/system-auth", "auth required pam_faillock.so preauth deny=5 unlock_time=600\n");
    put("etc/pam.d/common-auth", LINK "/etc/authselect/system-auth");
    expect(SYSTEM_LOCKOUT, SYSTEM_ON, "deny = 5", "/etc/pam.d/common-auth");
}

static void memory(void **state)
{
    static const char heading[] = "Filename\tType\tSize\tUsed\tPriority\n";
    char text[256];
    (void)state;
    put("proc/swaps", heading);
    expect(SYSTEM_SWAP, SYSTEM_ON, "", "/proc/swaps");
    snprintf(text, sizeof text, "%s/dev/dm-1 partition 1 0 -2\n", heading);
    put("proc/swaps", text);
    put("sys/block/dm-1/dm/uuid", "CRYPT-PLAIN-swap\n");
    expect(SYSTEM_SWAP, SYSTEM_ON, "/dev/dm-1", "/proc/swaps");
    snprintf(text, sizeof text, "%s/dev/dm-1 partition 1 0 -2\n/swapfile file 1 0 -3\n", heading);
    put("proc/swaps", text);
    expect(SYSTEM_SWAP, SYSTEM_UNKNOWN, "/swapfile", "/proc/swaps");
    snprintf(text, sizeof text, "%s/dev/dm-1 partition 1 0 -2\n/swapfile file 1 0 -3\n/dev/sda2 partition 1 0 -4\n", heading);
    put("proc/swaps", text);
    expect(SYSTEM_SWAP, SYSTEM_OFF, "/dev/sda2", "/proc/swaps");
    put("proc/sys/kernel/yama/ptrace_scope", "1\n");
    expect(SYSTEM_TRACING, SYSTEM_ON, "ptrace_scope = 1", "/proc/sys/kernel/yama/ptrace_scope");
    put("proc/sys/kernel/yama/ptrace_scope", "0\n");
    expect(SYSTEM_TRACING, SYSTEM_OFF, "ptrace_scope = 0", "/proc/sys/kernel/yama/ptrace_scope");
}

/* What is no plain file, leads out of the root, or is too long is not read, and nobody waits for it. */
static void strange_files_are_not_read(void **state)
{
    char path[128];
    (void)state;
    put("etc/ufw/x", "");
    snprintf(path, sizeof path, "%s/etc/ufw/ufw.conf", root);
    assert_int_equal(mkfifo(path, 0644), 0);
    expect(SYSTEM_FIREWALL, SYSTEM_UNKNOWN, "", "");
    put("etc/ufw/ufw.conf", LINK "../../../../../../../../../../etc/passwd");
    expect(SYSTEM_FIREWALL, SYSTEM_UNKNOWN, "", "");
    autofree char *big = calloc(1, SYSTEM_FILE_MAX + 64);
    assert_non_null(big);
    memset(big, '\n', SYSTEM_FILE_MAX + 1);
    strcat(big, "ENABLED=yes\n");
    put("etc/ufw/ufw.conf", big);
    expect(SYSTEM_FIREWALL, SYSTEM_UNKNOWN, "", "");
    put("etc/pam.d/common-auth", "\xff\xfe deny=\n pam_faillock.so deny=99999999999999999999\n");
    expect(SYSTEM_LOCKOUT, SYSTEM_ON, "deny = 3", "/etc/pam.d/common-auth");
}

/* --- the paper ---------------------------------------------------------------------------------- */

static const json_t *row_of(const json_t *document, size_t table, const char *first)
{
    const json_t *rows = json_object_get(json_array_get(json_object_get(document, "tables"), table), "rows");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (str_eq(json_string_value(json_array_get(json_array_get(rows, i), 0)), first))
            return json_array_get(rows, i);
    fail_msg("no row %s", first);
    return NULL;
}

static void expect_state(const json_t *document, size_t table, const char *first, size_t column, const char *expected)
{
    const char *text = json_string_value(json_array_get(row_of(document, table, first), column));
    assert_string_equal(text ? text : "", expected);
}

static json_t *make_paper(struct system_fact facts[static SYSTEM_COUNT])
{
    struct report_source s = {.contract = "c", .system = facts};
    json_t *document = NULL;
    assert_int_equal(report_source_range(&s, "", ""), 0);
    assert_int_equal(report_build(report_find("compliance"), &s, false, "2026-11-18T00:00:00Z", &document), 0);
    return document;
}

static void the_paper_says_it(void **state)
{
    struct system_fact facts[SYSTEM_COUNT];
    (void)state;
    assert_int_equal(system_read(root, NOW, facts), 0);
    for (size_t i = 0; i <= SYSTEM_LOCKOUT; i++)
        facts[i].state = SYSTEM_ON;
    autojson json_t *on = make_paper(facts);
    expect_state(on, 0, "RUN-8", 2, "in force");
    expect_state(on, 1, "firewall", 1, "in force");
    expect_state(on, 1, "encryption of swap (for information)", 1, "");
    facts[SYSTEM_SCREEN].state = SYSTEM_UNKNOWN;
    autojson json_t *unknown = make_paper(facts);
    expect_state(unknown, 0, "RUN-8", 2, "");
    assert_int_equal(record_number(unknown, "missing"), record_number(on, "missing") + 2);
    facts[SYSTEM_FIREWALL].state = SYSTEM_OFF;
    autojson json_t *off = make_paper(facts);
    expect_state(off, 0, "RUN-8", 2, "not in force");
    expect_state(off, 1, "firewall", 1, "not in force");
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ROOT(an_empty_pc_says_nothing), WITH_ROOT(malware),     WITH_ROOT(updates_of_debian),
        WITH_ROOT(updates_of_fedora),        WITH_ROOT(firewalls),   WITH_ROOT(screen_lock),
        WITH_ROOT(lockout),                  WITH_ROOT(memory),      WITH_ROOT(strange_files_are_not_read),
        WITH_ROOT(the_paper_says_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
