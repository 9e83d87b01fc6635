/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard-client.c plays sekishod's neighbours for its system tests: device and control on guard.sock,
 * the ledger on ledger.sock. It prints what it gets and must never decide anything. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include <sekisho/reason.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "base/fdio.h"
#include "base/str.h"
#include "wire/ring.h"
#include "wire/guard_status.h"
#include "plain.h"
#include "wire/wire.h"

#define ANSWER_MS 5000

static int print_error(const struct wire_message *m)
{
    printf("error %s\n", plain_text(m));
    return 3;
}

static int ask(const char *path, uint16_t type, const struct buf *payload, const int *fds,
               size_t count, struct wire_message *ret)
{
    autoclose int sock = wire_connect(path);
    if (sock < 0) {
        printf("connect %s\n", sk_errname(sock));
        return 2;
    }
    int r = wire_call(sock, type, payload->data, payload->len, fds, count, ret, ANSWER_MS);
    if (r != 0) {
        printf("call %s\n", sk_errname(r));
        return 2;
    }
    return ret->type == SK_MSG_ERROR ? print_error(ret) : 0;
}

static int send_policy(char **a)
{
    autobuf struct buf text = {0}, signature = {0}, payload = {0};
    autowire struct wire_message m = {0};
    if (file_read(AT_FDCWD, a[1], 4 << 20, &text) != 0 ||
        file_read(AT_FDCWD, a[2], 1 << 20, &signature) != 0)
        return 2;
    const int fds[] = {fd_memory_sealed("p", text.data ? text.data : "", text.len),
                       fd_memory_sealed("s", signature.data ? signature.data : "", signature.len)};
    buf_put_u8(&payload, 0);
    return ask(a[0], SK_MSG_GUARD_POLICY, &payload, fds, 2, &m);
}

static int add_area(char **a)
{
    autobuf struct buf payload = {0};
    autowire struct wire_message m = {0};
    autoclose int dir = open(a[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    buf_put_str(&payload, a[1], strlen(a[1]));
    buf_put_str(&payload, a[2], strlen(a[2]));
    return ask(a[0], SK_MSG_GUARD_AREA_ADD, &payload, &dir, 1, &m);
}

static int drop_area(char **a)
{
    autobuf struct buf payload = {0};
    autowire struct wire_message m = {0};
    buf_put_str(&payload, a[1], strlen(a[1]));
    buf_put_u8(&payload, a[2] && str_eq(a[2], "shut"));
    return ask(a[0], SK_MSG_GUARD_AREA_DROP, &payload, NULL, 0, &m);
}

/* SOCKET and, for each room, AREA LOGIN-UID ROOM-UID PATH of its mount namespace. */
static int send_rooms(char **a)
{
    autobuf struct buf payload = {0};
    autowire struct wire_message m = {0};
    int fds[SK_MESSAGE_FDS_MAX];
    uint32_t count = 0;
    while (count < array_count(fds) && a[1 + 4 * count] && a[2 + 4 * count] &&
           a[3 + 4 * count] && a[4 + 4 * count])
        count++;
    buf_put_u32(&payload, count);
    for (uint32_t i = 0; i < count; i++) {
        char **room = a + 1 + 4 * i;
        buf_put_str(&payload, room[0], strlen(room[0]));
        buf_put_u32(&payload, (uint32_t)strtoul(room[1], NULL, 10));
        buf_put_u32(&payload, (uint32_t)strtoul(room[2], NULL, 10));
        fds[i] = open(room[3], O_RDONLY | O_CLOEXEC);
    }
    return ask(a[0], SK_MSG_GUARD_ROOMS, &payload, fds, count, &m);
}

static int print_status(char **a)
{
    autobuf struct buf payload = {0};
    autowire struct wire_message m = {0};
    int r = ask(a[0], SK_MSG_GUARD_STATUS, &payload, NULL, 0, &m);
    if (r != 0)
        return r;
    static struct guard_status s;
    r = guard_status_parse(m.payload.data ? m.payload.data : "", m.payload.len, &s);
    if (r != 0)
        return 2;
    printf("uptime=%" PRIu64 " worker-uptime=%" PRIu64 " restarts=%u answered=%" PRIu64
           " allowed=%" PRIu64 " refused=%" PRIu64 " lost=%" PRIu64 " version=%u ledger=%d "
           "connector=%d keeper=%d watch=%d holder=%d marks=%d rooms=%u areas=%u",
           s.uptime_ns, s.worker_uptime_ns, s.worker_restarts, s.answered, s.allowed, s.refused,
           s.ring_lost, s.policy_version, s.ledger_connected, s.connector_active, s.keeper_pid,
           s.watch_pid, s.holder_pid, s.marks, s.room_count, s.area_count);
    for (uint32_t i = 0; i < s.area_count; i++)
        printf(" %s:%d", s.areas[i].id, s.areas[i].marked);
    printf("\n");
    return 0;
}

/* Messages that no honest peer sends: each must end in an error or a closed connection. */
static int send_nonsense(char **a)
{
    static const char long_string[] = "\xff\xff\xff\xff";
    static const struct {
        uint16_t type;
        const char *payload;
        size_t len;
    } rows[] = {
        {999, "", 0}, {SK_MSG_GUARD_AREA_ADD, "", 0}, {SK_MSG_GUARD_AREA_ADD, long_string, 4},
        {SK_MSG_GUARD_AREA_DROP, "\1\0\0\0x\2", 6}, {SK_MSG_GUARD_POLICY, "\1", 1},
        {SK_MSG_GUARD_STATUS, "x", 1},  {SK_MSG_GUARD_ROOMS, "", 0},
        {SK_MSG_GUARD_ROOMS, "\1\0\0\0\1\0\0\0x\1\0\0\0\1\0\0\x70", 17},
        {SK_MSG_GUARD_ROOMS, "\xff\0\0\0", 4},
    };
    int errors = 0;
    for (size_t i = 0; i < array_count(rows); i++) {
        autobuf struct buf payload = {0};
        autowire struct wire_message m = {0};
        buf_put(&payload, rows[i].payload, rows[i].len);
        errors += ask(a[0], rows[i].type, &payload, NULL, 0, &m) != 0;
    }
    autoclose int sock = wire_connect(a[0]);
    errors += sock >= 0 && send(sock, "rubbish", 7, MSG_NOSIGNAL) == 7;
    return errors == (int)array_count(rows) + 1 ? 0 : 1;
}

static void print_events(struct ring *ring)
{
    uint64_t at = ring_tail(ring);
    struct access_event e;
    for (int r; (r = ring_next(ring, &at, &e)) != 0;) {
        autobuf struct buf file = {0};
        if (r < 0) {
            printf("unsound\n");
            continue;
        }
        str_escape(&file, e.file, strlen(e.file));
        printf("%s reason=%s person=%s area=%s application=%s uid=%u pid=%d line=%u version=%u "
               "inode=%" PRIu64 " exe=%s file=%s\n",
               e.allowed ? "allowed" : "refused", sk_reason_name((enum sk_reason)e.reason),
               e.person, e.area, e.application, e.uid, e.pid, e.rule_line, e.policy_version,
               e.inode, e.exe, file.data ? file.data : "");
    }
    ring_release(ring, at);
    fflush(stdout);
}

/* Be a ledger: take rings, print what they bring; with a further argument only take it. */
static int serve_ledger(char **a)
{
    bool quiet = a[1] != NULL;
    int listener = wire_listen(a[0], 0666);
    int sock = -1, bell = -1;
    struct ring *ring = NULL;
    if (listener < 0)
        return 2;
    for (;;) {
        struct pollfd set[] = {{.fd = listener, .events = POLLIN}, {.fd = sock, .events = POLLIN},
                               {.fd = bell, .events = POLLIN}};
        if (poll(set, array_count(set), -1) < 0)
            return 2;
        if (set[0].revents) {
            if (sock >= 0)
                close(sock);
            sock = wire_accept(listener);
        }
        if (set[1].revents && !set[0].revents) {
            struct wire_message m = {0};
            if (wire_receive(sock, &m, 0) != 0 || m.type != SK_MSG_RING || m.fd_count != 2) {
                close(sock);
                sock = -1;
                continue;
            }
            void *memory = mmap(NULL, ring_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, m.fds[0], 0);
            if (memory == MAP_FAILED || ring_attach(memory, ring_bytes(), &ring) != 0)
                return 2;
            bell = m.fds[1];
            if (wire_send(sock, SK_MSG_OK, "{}", 2, NULL, 0, ANSWER_MS) != 0) {
                close(sock); /* a worker that was killed meanwhile: the next one asks again */
                sock = -1;
                continue;
            }
            printf("ring\n");
            fflush(stdout);
        }
        uint64_t rung;
        if (set[2].revents && read(bell, &rung, sizeof rung) < 0 && errno != EAGAIN)
            return 2;
        if (ring && quiet)
            ring_release(ring, ring_head(ring));
        else if (ring)
            print_events(ring);
    }
}

/* Hold a write lease on an own file, and say so; until killed (fcntl(2) F_SETLEASE). */
static int hold_lease(char **a)
{
    int fd = open(a[0], O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    signal(SIGIO, SIG_IGN);
    if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) != 0) {
        printf("no lease: %s\n", strerror(errno));
        return 2;
    }
    printf("leased\n");
    fflush(stdout);
    for (;;)
        pause();
}

static const struct {
    const char *name;
    int arguments;
    int (*run)(char **arguments);
} commands[] = {
    {"policy", 3, send_policy},   {"area-add", 4, add_area},    {"area-drop", 2, drop_area},
    {"status", 1, print_status},  {"nonsense", 1, send_nonsense}, {"ledger", 1, serve_ledger},
    {"lease", 1, hold_lease},      {"rooms", 1, send_rooms},
};

int main(int count, char **arguments)
{
    for (size_t i = 0; count > 1 && i < array_count(commands); i++)
        if (str_eq(arguments[1], commands[i].name) && count >= 2 + commands[i].arguments)
            return commands[i].run(arguments + 2);
    fprintf(stderr, "guard-client: unknown command\n");
    return 2;
}
