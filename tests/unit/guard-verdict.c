/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an event of the kernel's to its answer: what a worker that died leaves to the next one, and what
 * nobody knows of any more. The openers are real, and so is the group. */
#include "cmocka-head.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sekisho/proto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/buf.h"
#include "watch/connector.h"
#include "watch/identity.h"
#include "watch/names.h"
#include "watch/peers.h"
#include "watch/rules.h"
#include "watch/verdict.h"
#include "wire/wire.h"

#define LIMIT_S 60 /* of a test; its end lets every opener go */

static struct guard g;
static struct rules rules;
static void *memory;
static char file[] = "/tmp/sekisho-verdict.XXXXXX";

static int set_up(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    size_t len = (ring_bytes() + 63) / 64 * 64;
    memory = aligned_alloc(64, len);
    g.shared = calloc(1, sizeof *g.shared);
    strcpy(file + sizeof file - 7, "XXXXXX");
    int fd = mkstemp(file);
    close(fd);
    int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);
    if (!memory || !g.shared || fd < 0 || group < 0 ||
        (group != GUARD_FD_GROUP &&
         (dup3(group, GUARD_FD_GROUP, O_CLOEXEC) < 0 || close(group) != 0)) ||
        fanotify_mark(GUARD_FD_GROUP, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, file) != 0)
        return -1;
    memset(memory, 0, len);
    names_begin();
    rules = (struct rules){.policy = policy_builtin()};
    alarm(LIMIT_S);
    return ring_attach(memory, len, &g.ring);
}

static int tear_down(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    alarm(0);
    close(GUARD_FD_GROUP);
    unlink(file);
    free(memory);
    free(g.shared);
    return 0;
}

/* Somebody who opens the file now, and ends with 0 when that succeeds. */
static pid_t opener(void)
{
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(GUARD_FD_GROUP); /* or the group would outlive the test */
        int fd = open(file, O_RDONLY | O_CLOEXEC);
        _exit(fd >= 0 ? 0 : errno);
    }
    return pid;
}

static int answer_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void wait_for_event(void)
{
    struct pollfd p = {.fd = GUARD_FD_GROUP, .events = POLLIN};
    assert_int_equal(poll(&p, 1, -1), 1);
}

/* The worker reads the next event, and dies; the number of its descriptor. */
static int in_hand(void)
{
    struct fanotify_event_metadata m;
    wait_for_event();
    assert_int_equal(verdict_read_hand(&g), FAN_EVENT_METADATA_LEN);
    memcpy(&m, g.shared->hand, sizeof m);
    return m.fd;
}

/* An event that was read by somebody of whose hands nothing is known. */
static void read_by_nobody(void)
{
    struct fanotify_event_metadata m;
    wait_for_event();
    assert_int_equal(read(GUARD_FD_GROUP, &m, sizeof m), sizeof m);
    close(m.fd);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* The one record that there is. */
static void expect_record(pid_t pid, enum sk_reason reason)
{
    struct access_event e;
    uint64_t at = 0;
    assert_int_equal(ring_head(g.ring), 1);
    assert_int_equal(ring_next(g.ring, &at, &e), 1);
    assert_int_equal(e.pid, pid);
    assert_int_equal(e.reason, reason);
    assert_false(e.allowed);
}

static void test_decided(void **state)
{
    (void)state;
    pid_t pid = opener();
    int fd = in_hand();
    assert_true(is_open(fd));
    verdict_answer_hand(&g, &rules);
    assert_int_equal(answer_of(pid), EPERM);
    expect_record(pid, SK_REASON_NO_POLICY);
    assert_false(is_open(fd));
    assert_int_equal(g.shared->answered, 1);
    assert_int_equal(g.shared->refused, 1);
    verdict_answer_hand(&g, &rules); /* what is done is done once */
    assert_int_equal(ring_head(g.ring), 1);
    assert_int_equal(g.shared->answered, 1);
}

/* The record is there, the answer is not. */
static void test_as_noted(void **state)
{
    (void)state;
    struct access_event e = {.pid = 1, .allowed = true};
    pid_t pid = opener();
    (void)in_hand();
    atomic_store(&g.shared->hand_note[0], GUARD_NOTE(PLACE_RING, true, ring_head(g.ring)));
    assert_int_equal(ring_commit(g.ring, &e), 0);
    verdict_answer_hand(&g, &rules);
    assert_int_equal(answer_of(pid), 0);
    assert_int_equal(ring_head(g.ring), 1);
}

/* A note whose record never came about. */
static void test_noted_only(void **state)
{
    (void)state;
    pid_t pid = opener();
    (void)in_hand();
    atomic_store(&g.shared->hand_note[0], GUARD_NOTE(PLACE_RING, true, ring_head(g.ring)));
    verdict_answer_hand(&g, &rules);
    assert_int_equal(answer_of(pid), EPERM);
    expect_record(pid, SK_REASON_NO_POLICY);
}

/* An event that workers die of. */
static void test_fatal(void **state)
{
    (void)state;
    pid_t pid = opener();
    (void)in_hand();
    atomic_store(&g.shared->hand_tries[0], GUARD_HAND_TRIES_MAX);
    verdict_answer_hand(&g, &rules);
    assert_int_equal(answer_of(pid), EPERM);
    expect_record(pid, SK_REASON_UNIDENTIFIED);
    assert_int_equal(g.shared->failures[FAILURE_OF_EVENT_FATAL], 1);
}

/* The table of descriptors is gone: that number is somebody else's by now. */
static void test_orphaned(void **state)
{
    (void)state;
    pid_t pid = opener();
    int fd = in_hand();
    atomic_store(&g.shared->hand_orphaned, true);
    verdict_answer_hand(&g, &rules);
    assert_int_equal(answer_of(pid), EPERM);
    expect_record(pid, SK_REASON_GUARD_REPLACED);
    assert_true(is_open(fd));
    close(fd);
    assert_false(g.shared->hand_orphaned);
    assert_int_equal(g.shared->failures[FAILURE_OF_ORPHAN], 0);
}

static void test_of_nobody(void **state)
{
    (void)state;
    pid_t pid = opener();
    read_by_nobody();
    atomic_store(&g.shared->hand_orphaned, true);
    verdict_answer_hand(&g, &rules);
    assert_int_equal(answer_of(pid), EPERM);
    assert_int_equal(ring_head(g.ring), 0);
    assert_int_equal(ring_lost(g.ring), 1);
    assert_int_equal(g.shared->failures[FAILURE_OF_ORPHAN], 1);
    assert_false(g.shared->hand_orphaned);
    /* the number is given again, and the next one who gets it is looked at */
    pid = opener();
    (void)in_hand();
    verdict_answer_hand(&g, &rules);
    assert_int_equal(answer_of(pid), EPERM);
    expect_record(pid, SK_REASON_NO_POLICY);
}

static void test_refuse_all(void **state)
{
    (void)state;
    pid_t first = opener();
    read_by_nobody();
    pid_t second = opener();
    read_by_nobody();
    assert_int_equal(verdict_refuse_all(), 2);
    assert_int_equal(answer_of(first), EPERM);
    assert_int_equal(answer_of(second), EPERM);
}

/* Somebody who opens the file twice; a byte lets them go on. */
static pid_t twice(int *ret_go)
{
    int ends[2];
    char byte;
    if (geteuid() != 0)
        skip();
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(GUARD_FD_GROUP);
        (void)!open(file, O_RDONLY | O_CLOEXEC);
        _exit(read(ends[0], &byte, 1) == 1 && open(file, O_RDONLY | O_CLOEXEC) >= 0 ? 0 : 1);
    }
    close(ends[0]);
    *ret_go = ends[1];
    return pid;
}

static struct access_event last_record(void)
{
    struct access_event e = {0};
    uint64_t at = 0;
    while (at < ring_head(g.ring))
        assert_int_equal(ring_next(g.ring, &at, &e), 1);
    return e;
}

/* What is known of a process is believed while its age allows, and looked at anew after that. */
static void known_for(uint64_t age_ms, uid_t expected)
{
    int go, quiet[2];
    pid_t pid = twice(&go);
    (void)in_hand();
    /* nothing is told of it meanwhile */
    assert_int_equal(pipe2(quiet, O_CLOEXEC), 0);
    connector_begin(quiet[0]);
    g.shared->connector = true;
    verdict_answer_hand(&g, &rules);
    struct identity *i = identity_find(pid);
    assert_non_null(i);
    i->uid = 4711;
    i->answer.there = false;
    i->read_ns = guard_now_ns() - age_ms * 1000000;
    assert_int_equal(write(go, "x", 1), 1);
    close(go);
    (void)in_hand();
    verdict_answer_hand(&g, &rules);
    assert_int_equal(answer_of(pid), 1);
    assert_int_equal(last_record().uid, expected);
    g.shared->connector = false;
    close(quiet[0]);
    close(quiet[1]);
}

static void test_known(void **state)
{
    (void)state;
    known_for(0, 4711);
}

static void test_known_too_long(void **state)
{
    (void)state;
    known_for(IDENTITY_AGE_MAX_MS + 50, 0);
}

/* Answers that are remembered name areas by their rows, which the next area may get. */
static void test_forgotten_with_areas(void **state)
{
    (void)state;
    static struct peers p;
    autobuf struct buf ask = {0};
    autowire struct wire_message answer = {0};
    int ends[2], root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (geteuid() != 0)
        skip();
    peers_init(&p);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    p.items[0] = (struct peer){.sock = ends[0], .uid = 0};
    identity_read(getpid(), identity_place(getpid()));
    assert_non_null(identity_find(getpid()));
    buf_put_str(&ask, "area", 4);
    buf_put_str(&ask, "/srv/area", 9);
    /* the system's own file system is none, so that nothing is marked here */
    assert_int_equal(wire_send(ends[1], SK_MSG_GUARD_AREA_ADD, ask.data, ask.len, &root, 1, 0), 0);
    peers_serve(&g, &p, 0, &rules, false);
    assert_int_equal(wire_receive(ends[1], &answer, 1000), 0);
    assert_int_equal(answer.type, SK_MSG_ERROR);
    assert_null(identity_find(getpid()));
    close(ends[0]);
    close(ends[1]);
    close(root);
}

#define SHORT_QUEUE 1   /* bytes: as short as the kernel lets it be */
#define MANY        100 /* processes; the queue holds less of their ends */

/* When the kernel could not tell of all processes nobody is known any more. */
static void test_lost_news(void **state)
{
    (void)state;
    const int bytes = SHORT_QUEUE;
    if (geteuid() != 0)
        skip();
    int sock = connector_open();
    if (sock < 0)
        skip(); /* a kernel without */
    assert_int_equal(setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
    assert_true(sock == GUARD_FD_CONNECTOR || dup3(sock, GUARD_FD_CONNECTOR, O_CLOEXEC) >= 0);
    connector_begin(GUARD_FD_CONNECTOR);
    g.shared->connector = true;
    identity_read(getpid(), identity_place(getpid()));
    assert_non_null(identity_find(getpid()));
    for (int i = 0; i < MANY; i++)
        if (fork() == 0)
            _exit(0);
    while (wait(NULL) > 0)
        continue;
    verdict_answer_hand(&g, &rules);
    assert_null(identity_find(getpid()));
    assert_true(g.shared->failures[FAILURE_OF_CONNECTOR_BEHIND] > 0);
    close(GUARD_FD_CONNECTOR);
    if (sock != GUARD_FD_CONNECTOR)
        close(sock);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_decided),  TEST(test_as_noted),  TEST(test_noted_only), TEST(test_fatal),
        TEST(test_orphaned), TEST(test_of_nobody), TEST(test_refuse_all),
        TEST(test_known),    TEST(test_known_too_long), TEST(test_lost_news),
        TEST(test_forgotten_with_areas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
