/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.c (test) owns the tests of messages between processes: what arrives is what was sent, and what
 * a hostile peer sends neither leaks a descriptor nor passes for a message. It must never leave a
 * socket file behind. */
#include "cmocka-head.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/closer.h"
#include "base/fdio.h"
#include "wire/guard_status.h"
#include "wire/wire.h"

#define BIG ((size_t)300 * 1024) /* bytes, more than fits into a packet */

static int pair[2];

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    autodir DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    return count;
}

static int make_pair(void **state)
{
    *state = (void *)(uintptr_t)open_descriptors();
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int drop_pair(void **state)
{
    close(pair[0]);
    if (pair[1] >= 0)
        close(pair[1]);
    /* every descriptor that a test received was closed by it or by the code under test */
    return open_descriptors() != (unsigned)(uintptr_t)*state;
}

static void heads(void **state)
{
    (void)state;
    uint8_t packet[WIRE_HEAD_LEN + 3] = {0};
    struct wire_head head = {.type = 0x1234, .payload_len = 3}, back;
    wire_head_encode(&head, packet);
    assert_memory_equal(packet, "SKS1\x34\x12\0\0\3\0\0\0", WIRE_HEAD_LEN);
    assert_int_equal(wire_head_decode(packet, sizeof packet, &back), 0);
    assert_int_equal(back.type, 0x1234);
    assert_int_equal(back.payload_len, 3);
    assert_false(back.payload_in_fd);
    for (size_t len = 0; len < sizeof packet; len++)
        assert_int_equal(wire_head_decode(packet, len, &back), SK_ERR_FORMAT);
    for (size_t i = 0; i < 4; i++) {
        packet[i] ^= 1;
        assert_int_equal(wire_head_decode(packet, sizeof packet, &back), SK_ERR_FORMAT);
        packet[i] ^= 1;
    }
    packet[6] = 2; /* an unknown flag */
    assert_int_equal(wire_head_decode(packet, sizeof packet, &back), SK_ERR_FORMAT);
    packet[6] = 1; /* payload in a descriptor: nothing may follow the head */
    assert_int_equal(wire_head_decode(packet, sizeof packet, &back), SK_ERR_FORMAT);
    assert_int_equal(wire_head_decode(packet, WIRE_HEAD_LEN, &back), 0);
    assert_true(back.payload_in_fd);
    head = (struct wire_head){.payload_len = WIRE_INLINE_MAX + 1};
    wire_head_encode(&head, packet);
    assert_int_equal(wire_head_decode(packet, WIRE_HEAD_LEN, &back), SK_ERR_LIMIT);
    head = (struct wire_head){.payload_in_fd = true, .payload_len = SK_MESSAGE_MAX + 1};
    wire_head_encode(&head, packet);
    assert_int_equal(wire_head_decode(packet, WIRE_HEAD_LEN, &back), SK_ERR_LIMIT);
}

static void a_message_arrives(void **state)
{
    (void)state;
    autowire struct wire_message m = {0};
    assert_int_equal(wire_send(pair[0], 7, "hello", 5, NULL, 0, 100), 0);
    assert_int_equal(wire_receive(pair[1], &m, 100), 0);
    assert_int_equal(m.type, 7);
    assert_string_equal(m.payload.data, "hello");
    assert_int_equal(m.fd_count, 0);
    wire_message_clear(&m);
    assert_int_equal(wire_send(pair[0], 8, NULL, 0, NULL, 0, 100), 0);
    assert_int_equal(wire_receive(pair[1], &m, 100), 0);
    assert_int_equal(m.payload.len, 0);
    assert_string_equal(m.payload.data, ""); /* an empty payload is not NULL */
}

/* Send `len` bytes with `count` descriptors, and check what comes out. */
static void round_trip(size_t len, size_t count)
{
    autofree char *bytes = malloc(len + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 31 >> 3);
    autoclose int file = fd_memory_sealed("test", "content", 7);
    int fds[SK_MESSAGE_FDS_MAX];
    for (size_t i = 0; i < count; i++)
        fds[i] = file;
    autowire struct wire_message m = {0};
    assert_int_equal(wire_send(pair[0], 9, bytes, len, fds, count, 100), 0);
    assert_int_equal(wire_receive(pair[1], &m, 100), 0);
    assert_int_equal(m.payload.len, len);
    assert_memory_equal(m.payload.data, bytes, len);
    assert_int_equal(m.fd_count, count);
    for (size_t i = 0; i < count; i++) {
        char back[7];
        assert_int_equal(fd_pread_full(m.fds[i], back, 7, 0), 7);
        assert_memory_equal(back, "content", 7);
        assert_int_equal(fcntl(m.fds[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    }
}

static void payloads_and_descriptors_of_every_size(void **state)
{
    (void)state;
    round_trip(1, 1);
    round_trip(WIRE_INLINE_MAX, 0);
    round_trip(WIRE_INLINE_MAX, SK_MESSAGE_FDS_MAX);
    round_trip(WIRE_INLINE_MAX + 1, 0);
    round_trip(BIG, 3);
    round_trip(BIG, SK_MESSAGE_FDS_MAX);
}

static void limits_of_sending(void **state)
{
    (void)state;
    int fds[SK_MESSAGE_FDS_MAX + 1] = {0};
    assert_int_equal(wire_send(pair[0], 1, "", SK_MESSAGE_MAX + 1, NULL, 0, 0), SK_ERR_LIMIT);
    assert_int_equal(wire_send(pair[0], 1, "", 0, fds, SK_MESSAGE_FDS_MAX + 1, 0), SK_ERR_LIMIT);
}

static void nothing_there_and_nobody_there(void **state)
{
    (void)state;
    autowire struct wire_message m = {0};
    assert_int_equal(wire_receive(pair[0], &m, 0), SK_ERR_TIMEOUT);
    assert_int_equal(wire_receive(pair[0], &m, 20), SK_ERR_TIMEOUT);
    close(pair[1]);
    pair[1] = -1;
    assert_int_equal(wire_receive(pair[0], &m, 100), SK_ERR_CLOSED);
    assert_int_equal(wire_send(pair[0], 1, "x", 1, NULL, 0, 100), SK_ERR_CLOSED);
}

static void a_reader_that_does_not_read(void **state)
{
    (void)state;
    static const char bytes[WIRE_INLINE_MAX];
    int r = 0, count = 0;
    while (r == 0 && count++ < 10000)
        r = wire_send(pair[0], 1, bytes, sizeof bytes, NULL, 0, 10);
    assert_int_equal(r, SK_ERR_TIMEOUT);
}

/* A raw packet from a peer that does not use our code. */
static void send_raw(const void *packet, size_t len, const int *fds, size_t count)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * 253)];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)packet, .iov_len = len};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        m.msg_control = &control;
        m.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
    }
    assert_int_equal(sendmsg(pair[0], &m, 0), len);
}

static void refused(int want)
{
    struct wire_message m = {0};
    assert_int_equal(wire_receive(pair[1], &m, 100), want);
    assert_int_equal(m.fd_count, 0);
    assert_null(m.payload.data);
}

static void hostile_packets(void **state)
{
    (void)state;
    static char junk[WIRE_HEAD_LEN + WIRE_INLINE_MAX + 1];
    int fds[253];
    for (size_t i = 0; i < array_count(fds); i++)
        fds[i] = STDIN_FILENO;
    send_raw("x", 1, fds, 3);
    refused(SK_ERR_FORMAT);
    send_raw("x", 1, fds, array_count(fds));
    refused(SK_ERR_LIMIT);
    uint8_t head[WIRE_HEAD_LEN];
    wire_head_encode(&(struct wire_head){.type = 1}, head);
    send_raw(head, sizeof head, fds, SK_MESSAGE_FDS_MAX + 1);
    refused(SK_ERR_LIMIT);
    send_raw(junk, sizeof junk, NULL, 0); /* longer than any packet of ours */
    refused(SK_ERR_LIMIT);
}

static void hostile_memory(void **state)
{
    (void)state;
    uint8_t head[WIRE_HEAD_LEN];
    wire_head_encode(&(struct wire_head){.type = 1, .payload_in_fd = true, .payload_len = 5}, head);
    send_raw(head, sizeof head, NULL, 0); /* no descriptor at all */
    refused(SK_ERR_FORMAT);
    int pipe_ends[2];
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    send_raw(head, sizeof head, pipe_ends, 1); /* reading a pipe would wait */
    refused(SK_ERR_FORMAT);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    autoclose int open_memory = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(fd_pwrite_full(open_memory, "bytes", 5, 0), 0);
    send_raw(head, sizeof head, &open_memory, 1); /* not sealed: it could change under the reader */
    refused(SK_ERR_FORMAT);
    autoclose int shorter = fd_memory_sealed("test", "byte", 4);
    send_raw(head, sizeof head, &shorter, 1);
    refused(SK_ERR_FORMAT);
}

/* In the place of the C library's: a socket's path is not looked up a second time. */
int chmod(const char *path, mode_t mode)
{
    (void)path;
    (void)mode;
    fail_msg("a folder's owner could have put a link there");
    return -1;
}

static void listening_and_peers(void **state)
{
    (void)state;
    char folder[] = "/tmp/sekisho-wire.XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    autoclose int first = wire_listen(path, 0600);
    autoclose int listener = wire_listen(path, 0660); /* an old socket there is replaced */
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(wire_accept(listener), -EAGAIN);
    autoclose int client = wire_connect(path);
    autoclose int server = wire_accept(listener);
    assert_true(first >= 0 && client >= 0 && server >= 0);
    struct wire_peer peer;
    assert_int_equal(wire_peer(server, &peer), 0);
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(peer.uid, getuid());
    gid_t groups[256];
    assert_int_equal(wire_peer_groups(server, groups, 256), getgroups(0, NULL));
    autowire struct wire_message answer = {0};
    assert_int_equal(wire_send(server, 2, "ok", 2, NULL, 0, 100), 0);
    assert_int_equal(wire_call(client, 1, "ask", 3, NULL, 0, &answer, 100), 0);
    assert_string_equal(answer.payload.data, "ok");
    /* why a listener closed at once is heard, though it read nothing */
    autowire struct wire_message why = {0};
    int turned_away = wire_connect(path), closing = wire_accept(listener);
    assert_int_equal(wire_send(turned_away, 1, "ask", 3, NULL, 0, 100), 0);
    assert_int_equal(wire_send(closing, 2, "full", 4, NULL, 0, 100), 0);
    close(closing);
    assert_int_equal(wire_receive(turned_away, &why, 100), 0);
    assert_string_equal(why.payload.data, "full");
    wire_message_clear(&why);
    assert_int_equal(wire_receive(turned_away, &why, 100), SK_ERR_CLOSED);
    close(turned_away);
    /* one that accepts nobody any more, as when it hangs, holds nobody up for ever */
    int waiting[64], full = 0;
    for (size_t i = 0; i < 64 && full >= 0; i++)
        full = waiting[i] = wire_connect_within(path, 20);
    assert_int_equal(full, SK_ERR_TIMEOUT);
    for (size_t i = 0; waiting[i] >= 0; i++)
        close(waiting[i]);
    unlink(path);
    assert_int_equal(wire_connect(path), -ENOENT);
    rmdir(folder);
    char longer[200];
    memset(longer, 'a', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(wire_connect(longer), SK_ERR_LIMIT);
    assert_int_equal(wire_listen(longer, 0600), SK_ERR_LIMIT);
}

static void the_status_of_the_guard(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    static struct guard_status in = {.uptime_ns = 7, .worker_uptime_ns = 6, .worker_restarts = 1,
                                     .answered = 9, .allowed = 8, .refused = 1, .ring_lost = 2,
                                     .policy_version = 3, .ledger_connected = true,
                                     .keeper_pid = 100, .watch_pid = 101, .holder_pid = -1,
                                     .marks = -1, .room_count = 5,
                                     .area_count = 2, .areas = {{"shared", true}, {"b", false}}};
    static struct guard_status out, untouched;
    memset(in.policy_digest, 0xa5, sizeof in.policy_digest);
    guard_status_encode(&in, &b);
    assert_int_equal(guard_status_parse(b.data, b.len, &out), 0);
    assert_memory_equal(&in, &out, sizeof in);
    for (size_t len = 0; len < b.len; len++)
        assert_true(guard_status_parse(b.data, len, &out) < 0);
    buf_putc(&b, 0);
    assert_int_equal(guard_status_parse(b.data, b.len, &untouched), SK_ERR_FORMAT);
    assert_int_equal(untouched.uptime_ns, 0);
    buf_reset(&b);
    in.area_count = 0;
    guard_status_encode(&in, &b);
    memset(b.data + b.len - sizeof(uint32_t), 0xff, sizeof(uint32_t));
    assert_int_equal(guard_status_parse(b.data, b.len, &out), SK_ERR_LIMIT);
}

/* A connected socket that would let close(2) wait for ten seconds; the other end in *ret_far. */
static int lingering(int *ret_far)
{
    static const struct linger ten = {.l_onoff = 1, .l_linger = 10};
    static char bytes[64 * 1024];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    autoclose int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int near = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(connect(near, (struct sockaddr *)&address, len), 0);
    *ret_far = accept(listener, NULL, NULL);
    assert_true(*ret_far >= 0);
    while (send(near, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        continue;
    assert_int_equal(setsockopt(near, SOL_SOCKET, SO_LINGER, &ten, sizeof ten), 0);
    return near;
}

static void what_strangers_send_is_closed_without_waiting(void **state)
{
    (void)state;
    int far, near = lingering(&far);
    autowire struct wire_message m = {.strange = true, .owner = 7};
    assert_int_equal(wire_send(pair[0], 9, "x", 1, &near, 1, 0), 0);
    close(near);
    assert_int_equal(wire_receive(pair[1], &m, 1000), 0);
    assert_int_equal(m.fd_count, 1);
    uint64_t begun = clock_boot_ns();
    wire_message_clear(&m);
    assert_true(clock_boot_ns() - begun < 5 * UINT64_C(1000000000));
    assert_int_equal(closer_pending(7), 1);
    close(far); /* what was not read ends the lingering */
    while (closer_pending(7) > 0 && clock_boot_ns() - begun < 20 * UINT64_C(1000000000))
        usleep(1000);
    assert_int_equal(closer_pending(7), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_pair, drop_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        TEST(a_message_arrives),
        TEST(payloads_and_descriptors_of_every_size),
        TEST(limits_of_sending),
        TEST(nothing_there_and_nobody_there),
        TEST(a_reader_that_does_not_read),
        TEST(hostile_packets),
        TEST(hostile_memory),
        TEST(listening_and_peers),
        TEST(what_strangers_send_is_closed_without_waiting),
        cmocka_unit_test(the_status_of_the_guard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
