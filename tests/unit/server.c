/* SPDX-License-Identifier: GPL-3.0-or-later */
/* server.c (test) owns the tests of a daemon's socket: who is served, what a message may carry, answers
 * that come later. Everything is tried on a machine without the login sk-control and on one with it,
 * whatever this one has. It must never leave its folder behind. As somebody else than root it is
 * skipped: root and sk-control alone are served. */
#include "cmocka-head.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "serve/server.h"

#define WAIT_MS 10000
#define NOBODY  65534
#define CONTROL 64123 /* uid and gid of the login */

static char folder[64];
static pid_t daemon_pid;
static bool with_login;
static uint64_t started_ns; /* before the daemon */

/* ---- the daemon: STATUS answers at once, SEAL when APPEND comes, HEAD is for control, RING for root;
 * JOB refuses with a reason; ---- */

struct desk {
    struct server *server;
    uint64_t waits; /* for APPEND, 0 = nobody */
    int bell[2];
};

static int status_call(struct server_call *c)
{
    return server_put_status(c, json_pack("{s:s}", "name", record_text(c->body, "name")));
}

static int seal_call(struct server_call *c)
{
    struct desk *d = c->context;
    d->waits = c->peer;
    return SERVER_LATER;
}

/* The own descriptor tells who waits, so that this test has one. */
static int append_call(struct server_call *c)
{
    struct desk *d = c->context;
    return write(d->bell[1], "!", 1) == 1 ? 0 : -errno;
}

static int refused_call(struct server_call *c)
{
    return fault_reason(&c->fault, SK_REASON_REMOTE);
}

static int failed_call(struct server_call *c)
{
    (void)c;
    return SK_ERR_LIMIT;
}

static const struct server_message messages[] = {
    {SK_MSG_STATUS, SK_MSG_OK, SERVER_BOTH, 1, 1000, status_call},
    {SK_MSG_SEAL, SK_MSG_HEAD_IS, SERVER_BOTH, 0, 0, seal_call},
    {SK_MSG_APPEND, SK_MSG_APPENDED, SERVER_BOTH, 0, 1000, append_call},
    {SK_MSG_HEAD, SK_MSG_OK, SERVER_CONTROL, 0, 1000, status_call},
    {SK_MSG_RING, SK_MSG_OK, SERVER_ROOT, 0, 1000, failed_call},
    {SK_MSG_JOB, SK_MSG_OK, SERVER_ROOT, 0, 1000, refused_call},
};

static void bell_ready(void *context, int fd)
{
    struct desk *d = context;
    char rung;
    assert_int_equal(read(fd, &rung, 1), 1);
    (void)server_send(d->server, d->waits, SK_MSG_HEAD_IS, json_pack("{s:s}", "how", "later"), -1);
    d->waits = 0;
}

static void gather(struct server *s, void *context)
{
    server_watch(s, ((struct desk *)context)->bell[0], bell_ready);
    server_watch(s, -1, bell_ready);
}

static void peer_gone(void *context, uint64_t peer)
{
    struct desk *d = context;
    if (d->waits == peer)
        d->waits = 0;
}

/* The logins that the daemon sees. */
static int choose_logins(void)
{
    char path[80];
    snprintf(path, sizeof path, "%s/passwd", folder);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return -errno;
    autofile FILE *f = fopen(path, "we");
    if (!f)
        return -errno;
    fputs("root:x:0:0:root:/root:/bin/sh\n", f);
    if (with_login)
        fprintf(f, "sk-control:x:%d:%d::/:/usr/sbin/nologin\n", CONTROL, CONTROL);
    if (fflush(f) != 0 || mount(path, "/etc/passwd", NULL, MS_BIND, NULL) != 0)
        return -errno;
    return unlink(path) == 0 ? 0 : -errno;
}

static void run_daemon(int ready)
{
    static struct desk d;
    const struct server_config config = {.name = "it", .socket = SK_PATH_ROOM_SOCKET,
                                         .messages = messages, .message_count = 6, .context = &d,
                                         .gather = gather, .gone = peer_gone};
    if (choose_logins() != 0 || pipe(d.bell) != 0 || server_new(&config, &d.server) != 0 || server_listen(d.server) != 0 ||
        write(ready, "!", 1) != 1)
        _exit(1);
    int r = server_run(d.server);
    server_free(&d.server);
    _exit(r == SIGTERM ? 0 : 1);
}

static int start(void)
{
    int ready[2];
    char byte, run[80];
    if (geteuid() != 0) {
        print_message("skipped: needs root, which alone is served without a login sk-control\n");
        return 0;
    }
    snprintf(folder, sizeof folder, "/tmp/sekisho-server.XXXXXX");
    if (!mkdtemp(folder) || sk_paths_choose(folder) != 0 || pipe(ready) != 0)
        return -1;
    snprintf(run, sizeof run, "%s/run", folder);
    if (mkdir(run, 0755) != 0 || chmod(folder, 0755) != 0)
        return -1;
    started_ns = clock_boot_ns();
    daemon_pid = fork();
    if (daemon_pid == 0)
        run_daemon(ready[1]);
    close(ready[1]);
    bool runs = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    return runs ? 0 : -1;
}

static int start_without_login(void **state)
{
    (void)state;
    with_login = false;
    return start();
}

static int start_with_login(void **state)
{
    (void)state;
    with_login = true;
    return start();
}

static int stop(void **state)
{
    int status;
    char run[80];
    (void)state;
    if (daemon_pid <= 0)
        return 0;
    kill(daemon_pid, SIGTERM);
    if (waitpid(daemon_pid, &status, 0) != daemon_pid || status != 0)
        return -1;
    snprintf(run, sizeof run, "%s/run", folder);
    /* only an empty folder goes: the socket is gone with its daemon */
    return rmdir(run) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static int reach(void)
{
    if (daemon_pid <= 0)
        skip();
    int sock = wire_connect(sk_path(SK_PATH_ROOM_SOCKET));
    assert_true(sock >= 0);
    return sock;
}

/* The answer to one question: its type, and a member of it. */
static uint16_t ask(int sock, uint16_t type, const char *text, const int *fds, size_t count,
                    const char *key, char *ret, size_t cap)
{
    autowire struct wire_message m = {0};
    autojson json_t *body = NULL;
    assert_int_equal(wire_call(sock, type, text, strlen(text), fds, count, &m, WAIT_MS), 0);
    assert_int_equal(record_parse(m.payload.data, m.payload.len, 4096, &body), 0);
    snprintf(ret, cap, "%s", record_text(body, key));
    phrase_plain(ret);
    return m.type;
}

static void test_answer(void **state)
{
    (void)state;
    char text[200];
    autoclose int sock = reach();
    assert_int_equal(ask(sock, SK_MSG_STATUS, "{\"name\":\"x\"}", NULL, 0, "name", text, 200), SK_MSG_OK);
    assert_string_equal(text, "x");
}

/* Since when it runs, and which process it is. */
static void test_status(void **state)
{
    (void)state;
    autowire struct wire_message m = {0};
    autojson json_t *body = NULL;
    autoclose int sock = reach();
    assert_int_equal(wire_call(sock, SK_MSG_STATUS, "{}", 2, NULL, 0, &m, WAIT_MS), 0);
    assert_int_equal(record_parse(m.payload.data, m.payload.len, 4096, &body), 0);
    assert_int_equal(record_number(body, "pid"), daemon_pid);
    int64_t uptime_ns = record_number(body, "uptime-ns");
    assert_true(uptime_ns > 0 && (uint64_t)uptime_ns < clock_boot_ns() - started_ns);
}

static void test_refusals(void **state)
{
    (void)state;
    char text[200];
    autoclose int sock = reach();
    const int fds[] = {0, 0};
    assert_int_equal(ask(sock, SK_MSG_JOB_DONE, "{}", NULL, 0, "code", text, 200), SK_MSG_ERROR);
    assert_string_equal(text, "SK_ERR_UNSUPPORTED");
    assert_int_equal(ask(sock, SK_MSG_STATUS, "{}", fds, 2, "code", text, 200), SK_MSG_ERROR);
    assert_string_equal(text, "SK_ERR_FORMAT");
    assert_int_equal(ask(sock, SK_MSG_STATUS, "{", NULL, 0, "code", text, 200), SK_MSG_ERROR);
    assert_string_equal(text, "SK_ERR_FORMAT");
    assert_int_equal(ask(sock, SK_MSG_HEAD, "{}", NULL, 0, "code", text, 200), SK_MSG_ERROR);
    assert_string_equal(text, "SK_ERR_PEER");
    assert_int_equal(ask(sock, SK_MSG_RING, "{}", NULL, 0, "why", text, 200), SK_MSG_ERROR);
    assert_string_equal(text, sk_strerror(SK_ERR_LIMIT));
    assert_int_equal(ask(sock, SK_MSG_JOB, "{}", NULL, 0, "reason", text, 200), SK_MSG_ERROR);
    assert_string_equal(text, sk_reason_name(SK_REASON_REMOTE));
    /* none of it ended the connection */
    assert_int_equal(ask(sock, SK_MSG_STATUS, "{}", NULL, 0, "name", text, 200), SK_MSG_OK);
}

static void test_too_large(void **state)
{
    (void)state;
    char text[200], large[1200];
    autoclose int sock = reach();
    snprintf(large, sizeof large, "{\"name\":\"%01100d\"}", 0);
    assert_int_equal(ask(sock, SK_MSG_STATUS, large, NULL, 0, "code", text, 200), SK_MSG_ERROR);
    assert_string_equal(text, "SK_ERR_LIMIT");
}

/* One waits, another is served meanwhile and brings its answer; who went away is not answered. */
static void test_later(void **state)
{
    (void)state;
    char text[200];
    autowire struct wire_message late = {0};
    autoclose int first = reach(), second = reach();
    assert_int_equal(wire_send(first, SK_MSG_SEAL, "-", 1, NULL, 0, WAIT_MS), 0);
    assert_int_equal(ask(second, SK_MSG_STATUS, "{}", NULL, 0, "name", text, 200), SK_MSG_OK);
    assert_int_equal(wire_receive(first, &late, 0), SK_ERR_TIMEOUT);
    assert_int_equal(ask(second, SK_MSG_APPEND, "{}", NULL, 0, "name", text, 200), SK_MSG_APPENDED);
    assert_int_equal(wire_receive(first, &late, WAIT_MS), 0);
    assert_int_equal(late.type, SK_MSG_HEAD_IS);
    assert_int_equal(wire_send(first, SK_MSG_SEAL, "-", 1, NULL, 0, WAIT_MS), 0);
    close(steal_fd(&first));
    assert_int_equal(ask(second, SK_MSG_APPEND, "{}", NULL, 0, "name", text, 200), SK_MSG_APPENDED);
    assert_int_equal(ask(second, SK_MSG_STATUS, "{}", NULL, 0, "name", text, 200), SK_MSG_OK);
}

enum outcome { KEPT_OUT, TURNED_AWAY, SERVED, BROKEN };

/* What becomes of somebody of that uid and group (in no other) who asks. */
static enum outcome outcome_for(uid_t uid, gid_t gid, uint16_t type)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        autowire struct wire_message m = {0};
        if (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
            _exit(BROKEN);
        int sock = wire_connect(sk_path(SK_PATH_ROOM_SOCKET));
        if (sock < 0)
            _exit(sock == -EACCES ? KEPT_OUT : BROKEN);
        int r = wire_call(sock, type, "{}", 2, NULL, 0, &m, WAIT_MS);
        if (r == SK_ERR_CLOSED || r == -ECONNRESET || r == -EPIPE)
            _exit(TURNED_AWAY);
        _exit(r == 0 && m.type == SK_MSG_OK ? SERVED : BROKEN);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (enum outcome)WEXITSTATUS(status);
}

/* Who may not speak does not get as far as a connection; where a stranger is in the group of who may, the
 * kernel's word on who it is has to do. */
static void test_stranger(void **state)
{
    (void)state;
    if (daemon_pid <= 0)
        skip();
    assert_int_equal(outcome_for(NOBODY, NOBODY, SK_MSG_STATUS), KEPT_OUT);
    assert_int_equal(outcome_for(NOBODY, 0, SK_MSG_STATUS), KEPT_OUT);
    assert_int_equal(outcome_for(NOBODY, CONTROL, SK_MSG_STATUS), with_login ? TURNED_AWAY : KEPT_OUT);
    assert_int_equal(outcome_for(CONTROL, NOBODY, SK_MSG_STATUS), KEPT_OUT);
    assert_int_equal(outcome_for(CONTROL, CONTROL, SK_MSG_HEAD), with_login ? SERVED : KEPT_OUT);
    assert_int_equal(outcome_for(0, 0, SK_MSG_STATUS), SERVED);
}

static void test_crowd(void **state)
{
    (void)state;
    char text[200];
    int socks[SK_PEERS_MAX];
    for (size_t i = 0; i < SK_PEERS_MAX; i++) {
        socks[i] = reach();
        assert_int_equal(ask(socks[i], SK_MSG_STATUS, "{}", NULL, 0, "name", text, 200), SK_MSG_OK);
    }
    autowire struct wire_message m = {0};
    autoclose int more = reach();
    assert_int_equal(wire_receive(more, &m, WAIT_MS), SK_ERR_CLOSED);
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        close(socks[i]);
    autoclose int again = reach();
    assert_int_equal(ask(again, SK_MSG_STATUS, "{}", NULL, 0, "name", text, 200), SK_MSG_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),   cmocka_unit_test(test_status),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_later),
        cmocka_unit_test(test_stranger), cmocka_unit_test(test_crowd),
    };
    return cmocka_run_group_tests_name("without the login", tests, start_without_login, stop) +
           cmocka_run_group_tests_name("with the login", tests, start_with_login, stop);
}
