/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify.c proves what a notice takes, says and starts: known words only, no name, bounded time. */
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "cmocka-head.h"
#include "base/phrase.h"
#include "notify/notice.h"
#include "notify/tell.h"
#include "record/record.h"

static char folder[64];

#define GOOD                                                                                       \
    "{\"incident\":\"I-20261127-0001\",\"notice\":\"opened\",\"which\":\"\",\"type\":\"theft\",\"trigger\":\"\","  \
    "\"again\":false,\"opened-at\":\"2026-11-27T05:00:00Z\",\"due\":\"2026-11-27T06:00:00Z\",\"skip\":[2]}"

static int take(const char *text, const char *find, const char *by, struct notice *n)
{
    char changed[1024];
    const char *at = *find ? strstr(text, find) : text;
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, by, at + strlen(find));
    autojson json_t *message = json_loads(changed, 0, NULL);
    assert_non_null(message);
    return notice_read(message, n);
}

static void only_known_words_are_taken(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"theft", "髙﨑 花"},           {"I-20261127-0001", "I-2026\\nBcc: a@b.c"}, {"I-20261127-0001", "../../x"},
        {"I-20261127-0001", "I-20261127-000x"}, {"I-20261127-0001", "I-20261127-0001\\n"},
        {"opened\"", "news\""},         {"\"which\":\"\"", "\"which\":\"first\""},  {"\"trigger\":\"\"", "\"trigger\":\"list.txt\""},
        {"2026-11-27T06:00:00Z", "soon"}, {"[2]", "[0]"},                         {"[2]", "[17]"},
        {"[2]", "2"},                   {"\"skip\"", "\"text\":\"secret\",\"skip\""}};
    struct notice n;
    assert_int_equal(take(GOOD, "", "", &n), 0);
    assert_true(n.skip[2] && !n.skip[1]);
    for (size_t i = 0; i < array_count(bad); i++)
        if (take(GOOD, bad[i][0], bad[i][1], &n) == 0)
            fail_msg("%s is taken", bad[i][1]);
    assert_int_equal(take(GOOD, "opened\",\"which\":\"\"", "late\",\"which\":\"facts\"", &n), 0);
}

static void the_text_says_what_is_due(void **state)
{
    (void)state;
    struct notice n;
    autobuf struct buf text = {0}, subject = {0};
    assert_int_equal(take(GOOD, "", "", &n), 0);
    assert_int_equal(notice_text(&n, "pc-1\n.example", &text), 0);
    assert_int_equal(notice_subject(&n, "pc-1\n.example", &subject), 0);
    assert_string_equal(subject.data, "[Sekisho] incident I-20261127-0001 pc-1?.example");
    assert_non_null(strstr(text.data, "種類: 盗難\n起票: 2026-11-27 14:00 (日本時間)\n次の報告の期限: 2026-11-27 15:00"));
    assert_non_null(strstr(text.data, "Type: theft\nOpened: 2026-11-27 14:00 (Japan)\nNext report due: 2026-11-27 15:00"));
    assert_non_null(strstr(text.data, "PC: pc-1?.example\n"));
    buf_reset(&text);
    assert_int_equal(notice_text(&n, "a-name-of-more-than-sixty-four-letters-which-no-pc-should-have-but-one-may", &text), 0);
    assert_non_null(strstr(text.data, "PC: a-name-of-more-than-sixty-four-letters-which-no-pc-should-have-b\n"));
    buf_reset(&text);
    assert_int_equal(take(GOOD, "opened\",\"which\":\"\"", "late\",\"which\":\"facts\"", &n), 0);
    assert_int_equal(notice_text(&n, "pc", &text), 0);
    assert_non_null(strstr(text.data, "日時・場所・事由・関係者の報告が期限までに行われていません"));
    assert_non_null(strstr(text.data, "is late: when, where, cause, persons concerned."));
    assert_null(strstr(text.data, "you may have this notice already"));
    buf_reset(&text);
    assert_int_equal(take(GOOD, "opened\"", "added\"", &n), 0);
    n.again = true;
    assert_int_equal(notice_text(&n, "pc", &text), 0);
    assert_non_null(strstr(text.data, "同様の事象が新たに加わりました"));
    assert_non_null(strstr(text.data, "同じ通知が既に届いていることがあります"));
    assert_non_null(strstr(text.data, "you may have this notice already"));
}

/* What the other half of the process is handed. */
static void only_what_could_be_read_is_valid(void **state)
{
    (void)state;
    struct notice good, n;
    assert_int_equal(take(GOOD, "", "", &good), 0);
    assert_true(notice_valid(&good));
#define BAD(change)                                                                                \
    do {                                                                                           \
        n = good;                                                                                  \
        change;                                                                                    \
        assert_false(notice_valid(&n));                                                            \
    } while (0)
    BAD(n.type = 99);
    BAD(n.trigger = 99);
    BAD(n.kind = 3);
    BAD(n.which = 0);
    BAD(n.kind = NOTICE_LATE);
    BAD(n.kind = NOTICE_LATE; n.which = 99);
    BAD(memset(n.incident, '1', sizeof n.incident));
    BAD(n.incident[0] = '-');
    BAD(n.incident[3] = '\n');
    BAD(memset(n.opened, '1', sizeof n.opened));
    BAD(n.due[0] = '\n');
#undef BAD
}

static char *program(const char *name, const char *body)
{
    static char path[8][128];
    static size_t next;
    autobuf struct buf text = {0};
    char *at = path[next++ % 8];
    snprintf(at, sizeof path[0], "%s/%s", folder, name);
    buf_printf(&text, "#!/bin/sh\ncd %s\n%s\n", folder, body);
    assert_int_equal(file_write_atomic(AT_FDCWD, at, text.data, text.len, 0755), 0);
    return at;
}

static bool holds(const char *name, const char *what)
{
    char path[128];
    autobuf struct buf text = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return file_read(AT_FDCWD, path, 65536, &text) == 0 && text.data && strstr(text.data, what);
}

static void all_are_told_within_the_time(void **state)
{
    (void)state;
    char *entries[] = {program("hang", "sleep 60 & sleep 60"), program("fail", "exit 3"), (char[]){"/nowhere/none"},
                       program("tell", "while read -r key value; do [ $key != SigBlk: ] || mask=$value; done </proc/$$/status\n"
                                       "cat >told; echo \"mask $mask\" >>told; id -u >>told; ls /proc/self/fd | wc -l >>told; grep NoNewPrivs "
                                       "/proc/self/status >>told; echo \"$1 $2\" >>told"),
                       (char[]){"boss@example.jp"}, program("skipped", "touch skipped-ran")};
    struct policy_incident rules = {.notify = {.items = entries, .count = array_count(entries)},
                                    .sendmail = program("sendmail", "cat >mail; echo \"$*\" >>mail")};
    struct tell_result result = {0};
    struct notice n;
    assert_int_equal(take(GOOD, "[2]", "[6]", &n), 0);
    uint64_t began = clock_boot_ns();
    autoclose int stays_here = open("/dev/null", O_RDONLY); /* also across exec */
    assert_true(stays_here >= 0);
    assert_int_equal(tell_all(&n, &rules, 2000, &result), 0);
    assert_true(clock_boot_ns() - began < 20ull * 1000000000);
    const bool sent[] = {false, false, false, false, true, true, false};
    for (size_t i = 1; i < array_count(sent); i++) {
        assert_int_equal(result.sent[i], sent[i]);
        assert_int_equal(result.failed[i], !sent[i] && i != 6);
    }
    phrase_plain(result.why);
    assert_non_null(strstr(result.why, "notify.1: took too long"));
    assert_non_null(strstr(result.why, "notify.2: ended with 3"));
    assert_non_null(strstr(result.why, "notify.3: "));
    assert_true(holds("told", "sekisho incident show I-20261127-0001"));
    assert_true(holds("told", "NoNewPrivs:\t1"));
    assert_true(holds("told", "mask 0000000000000000\n"));
    assert_true(holds("told", "\n4\n")); /* its three, and the folder that ls reads */
    assert_true(holds("told", "opened I-20261127-0001"));
    assert_true(holds("mail", "To: boss@example.jp\nSubject: [Sekisho] incident I-20261127-0001"));
    assert_true(holds("mail", "-i -- boss@example.jp"));
    assert_false(holds("skipped-ran", ""));
}

/* True when there is no such process any more, or only its exit code. */
static bool is_over(const char *pid)
{
    char path[64];
    autobuf struct buf words = {0};
    snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
    return file_read(AT_FDCWD, path, 4096, &words) != 0 || words.len == 0;
}

static void what_a_program_leaves_ends_with_it(void **state)
{
    (void)state;
    char path[128];
    char *entries[] = {program("leave", "cat >/dev/null; sleep 600 & echo $! >left")};
    struct policy_incident rules = {.notify = {.items = entries, .count = 1}};
    struct tell_result result = {0};
    struct notice n;
    assert_int_equal(take(GOOD, "[2]", "[]", &n), 0);
    assert_int_equal(tell_all(&n, &rules, 60000, &result), 0);
    assert_true(result.sent[1]);
    autobuf struct buf pid = {0};
    snprintf(path, sizeof path, "%s/left", folder);
    assert_int_equal(file_read(AT_FDCWD, path, 64, &pid), 0);
    pid.data[strcspn(pid.data, "\n")] = '\0';
    for (int i = 0; i < 1000 && !is_over(pid.data); i++)
        usleep(10000);
    assert_true(is_over(pid.data));
}

/* Whoever can change the program, or put another in its place, would hear or hide the notice. */
static void others_programs_are_not_started(void **state)
{
    (void)state;
    char path[160], link_path[160];
    char *mine = program("mine", "touch mine-ran");
    assert_int_equal(tell_check_program(mine), 0);
    assert_int_equal(tell_check_program("/usr/bin/true"), 0);
    assert_int_equal(chmod(mine, 0775), 0);
    assert_int_equal(tell_check_program(mine), SK_ERR_REFUSED);
    assert_int_equal(chmod(mine, 0644), 0);
    assert_int_equal(tell_check_program(mine), -EACCES);
    assert_int_equal(chmod(mine, 0755), 0);
    assert_int_equal(tell_check_program(folder), SK_ERR_REFUSED);
    snprintf(path, sizeof path, "%s/open", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(path, sizeof path, "%s/open/tell", folder);
    assert_int_equal(file_write_atomic(AT_FDCWD, path, "#!/bin/sh\n", 10, 0755), 0);
    assert_int_equal(tell_check_program(path), 0);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(tell_check_program(link_path), 0);
    path[strlen(path) - 5] = '\0';
    assert_int_equal(chmod(path, 0777), 0);
    path[strlen(path)] = '/';
    assert_int_equal(tell_check_program(path), SK_ERR_REFUSED);
    assert_int_equal(tell_check_program(link_path), SK_ERR_REFUSED);
    if (geteuid() == 0) {
        assert_int_equal(chown(mine, 65534, 65534), 0);
        assert_int_equal(tell_check_program(mine), SK_ERR_REFUSED);
        char *entries[] = {mine};
        struct policy_incident rules = {.notify = {.items = entries, .count = 1}};
        struct tell_result result = {0};
        struct notice n;
        assert_int_equal(take(GOOD, "[2]", "[]", &n), 0);
        assert_int_equal(tell_all(&n, &rules, 2000, &result), 0);
        assert_true(result.failed[1] && !result.sent[1]);
        phrase_plain(result.why);
        assert_non_null(strstr(result.why, "notify.1: others than root can change this program"));
        assert_false(holds("mine-ran", ""));
    }
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/notify-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_known_words_are_taken),
        cmocka_unit_test(the_text_says_what_is_due),
        cmocka_unit_test(only_what_could_be_read_is_valid),
        cmocka_unit_test(all_are_told_within_the_time),
        cmocka_unit_test(what_a_program_leaves_ends_with_it),
        cmocka_unit_test(others_programs_are_not_started),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
