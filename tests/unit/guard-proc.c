/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What watch reads of a process: the texts of proc(5), logins, process events, peers' messages. */
#include "cmocka-head.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sekisho/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "watch/connector.h"
#include "watch/failure.h"
#include "watch/identity.h"
#include "watch/logins.h"
#include "watch/message.h"
#include "watch/proc.h"
#include "watch/rooms.h"
#include "watch/trust.h"

static int status_of(const char *text, struct proc_status *s)
{
    return proc_status_parse(text, strlen(text), s);
}

static void test_status(void **state)
{
    (void)state;
    struct proc_status s;
    assert_int_equal(status_of("Name:\tcat\nTracerPid:\t0\nUid:\t1000\t1001\t1002\t1003\nGid:\t1\t1\t1\t1\n", &s), 0);
    assert_int_equal(s.uid[0], 1000);
    assert_int_equal(s.uid[3], 1003);
    assert_int_equal(s.tracer, 0);
    /* a name that looks like a line of its own is escaped by the kernel; a second line is not
     * believed in any case */
    static const char *const bad[] = {
        "", "Uid:\t1\t1\t1\t1\n", "TracerPid:\t0\n",
        "TracerPid:\t0\nUid:\t1\t1\t1\n", "TracerPid:\t0\nUid:\t1\t1\t1\t1\t1\n",
        "TracerPid:\t0\nUid:\t1\t1\t1\t1\nUid:\t0\t0\t0\t0\n", "TracerPid:\t-1\nUid:\t1\t1\t1\t1\n",
        "TracerPid:\t0\nUid:\t1\t1\t1\t4294967296\n", "TracerPid: 0\nUid:\t1\t1\t1\t1\n",
    };
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(status_of(bad[i], &s), SK_ERR_FORMAT);
}

static void test_stat(void **state)
{
    (void)state;
    static const char good[] = "42 (a) b) R) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20 21\n";
    struct proc_stat s;
    assert_int_equal(proc_stat_parse(good, strlen(good), &s), 0);
    assert_int_equal(s.state, 'S');
    assert_int_equal(s.start, 987654);
    for (size_t cut = 0; cut < strlen(good) - 8; cut++)
        assert_int_equal(proc_stat_parse(good, cut, &s), SK_ERR_FORMAT);
    static const char no_name[] = "42 cat S 1 2";
    assert_int_equal(proc_stat_parse(no_name, strlen(no_name), &s), SK_ERR_FORMAT);
}

static int map_of(const char *line, struct proc_map *m)
{
    return proc_map_parse(line, strlen(line), m);
}

static void test_map(void **state)
{
    (void)state;
    struct proc_map m;
    assert_int_equal(map_of("7f00-7f10 r-xp 00001000 fe:01 1234   /usr/lib/x y.so (deleted)", &m), 0);
    assert_true(m.executable && m.of_file && m.from == 0x7f00 && m.to == 0x7f10);
    assert_int_equal(map_of("7f00-7f10 rw-p 00000000 00:00 0 ", &m), 0);
    assert_true(!m.executable && !m.of_file);
    assert_int_equal(map_of("7f00-7f10 r-xs 00000000 00:01 77 /memfd:x (deleted)", &m), 0);
    assert_true(m.executable && m.of_file);
    assert_int_equal(map_of("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]", &m), 0);
    assert_true(m.executable && !m.of_file);
    static const char *const bad[] = {"", "x", "1-2", "2-1 r-xp 0 0:0 0", "1-2 r-qp 0 0:0 0",
                                      "1-2 r-xp 0 0:0", "1-2 r-xp 0 0-0 0", "1-2 r-xp 0 0:0 0x",
                                      "10000000000000000-2 r-xp 0 0:0 0"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(map_of(bad[i], &m), SK_ERR_FORMAT);
}

static void test_mount(void **state)
{
    (void)state;
    static const char *const good[] = {
        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw",
        "36 35 98:0 / /a\\040b\\134c rw",
    };
    struct proc_mount m;
    assert_int_equal(proc_mount_parse(good[0], strlen(good[0]), &m), 0);
    assert_int_equal(m.dev_major, 98);
    assert_int_equal(m.dev_minor, 0);
    assert_string_equal(m.root, "/mnt1");
    assert_string_equal(m.point, "/mnt2");
    assert_int_equal(proc_mount_parse(good[1], strlen(good[1]), &m), 0);
    assert_string_equal(m.point, "/a b\\c");
    static const char *const bad[] = {"", "36", "36 35 98 / /a rw", "36 35 98:0 x /a rw",
                                      "36 35 98:0 / a rw", "36 35 98:0 / /a", "36 35 98:0 / /a\\04 r",
                                      "36 35 98:0 / /a\\000 rw", "36 35 98:0 / /a\\08x rw"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(proc_mount_parse(bad[i], strlen(bad[i]), &m), SK_ERR_FORMAT);
    char longer[PROC_MOUNT_PATH_MAX + 40];
    int n = snprintf(longer, sizeof longer, "36 35 98:0 / /%0*d rw", PROC_MOUNT_PATH_MAX, 0);
    assert_int_equal(proc_mount_parse(longer, (size_t)n, &m), SK_ERR_FORMAT);
}

static void test_logins(void **state)
{
    (void)state;
    static const char text[] = "root:x:0:0:root:/root:/bin/bash\n"
                               "sato:x:1000:1000::/home/sato:/bin/sh\n"
                               "twin:x:1000:1000::/home/twin:/bin/sh\n"
                               "+nis\n\nbroken:x:12x:1::/:/\nnegative:x:-1:1::/:/\n"
                               ":x:5:5::/:/\nlast:x:7:7::/:/bin/sh";
    struct logins *l = NULL;
    assert_int_equal(logins_parse(text, strlen(text), &l), 0);
    assert_string_equal(logins_find(l, 0), "root");
    assert_string_equal(logins_find(l, 1000), "sato");
    assert_string_equal(logins_find(l, 7), "last");
    assert_null(logins_find(l, 12));
    assert_null(logins_find(l, 5));
    assert_null(logins_find(NULL, 0));
    logins_free(&l);
    static const char nul[] = "ro\0ot:x:0:0::/:/\n";
    assert_int_equal(logins_parse(nul, sizeof nul - 1, &l), 0);
    assert_null(logins_find(l, 0));
    logins_free(&l);
    assert_int_equal(logins_parse("", 0, &l), 0);
    assert_null(logins_find(l, 0));
    logins_free(&l);
}

/* A datagram of the kernel with one event: netlink head, connector head, event. */
struct datagram {
    char bytes[NLMSG_HDRLEN + sizeof(struct cn_msg) + sizeof(struct proc_event)];
};

static struct datagram datagram_of(const struct proc_event *event, unsigned what)
{
    struct datagram d;
    struct nlmsghdr head = {.nlmsg_len = sizeof d.bytes};
    struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof *event};
    memcpy(d.bytes, &head, sizeof head);
    memcpy(d.bytes + NLMSG_HDRLEN, &message, sizeof message);
    char *e = d.bytes + NLMSG_HDRLEN + sizeof message;
    memcpy(e, event, sizeof *event);
    memcpy(e + offsetof(struct proc_event, what), &what, sizeof what);
    return d;
}

/* What is queued rings until it has been read; the socket may be any that can be waited for. */
static void test_connector_rings(void **state)
{
    (void)state;
    int ends[2];
    char byte = 'x';
    assert_true(connector_rings()); /* nobody knows yet */
    assert_int_equal(pipe(ends), 0);
    connector_begin(ends[0]);
    assert_false(connector_rings());
    assert_int_equal(write(ends[1], &byte, 1), 1);
    assert_true(connector_rings());
    assert_true(connector_rings());
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_false(connector_rings());
    close(ends[1]); /* an error is news as well */
    assert_true(connector_rings());
    close(ends[0]);
}

static void test_connector(void **state)
{
    (void)state;
    pid_t pid = 0;
    struct proc_event e = {0};
    struct datagram d = datagram_of(&e, PROC_EVENT_FORK);
    assert_int_equal(connector_parse(d.bytes, sizeof d.bytes, &pid), CONNECTOR_NOTHING);
    e.event_data.exec.process_pid = 11;
    e.event_data.exec.process_tgid = 10;
    d = datagram_of(&e, PROC_EVENT_EXEC);
    assert_int_equal(connector_parse(d.bytes, sizeof d.bytes, &pid), CONNECTOR_CHANGED);
    assert_int_equal(pid, 10);
    assert_int_equal(connector_parse(d.bytes, 7, &pid), CONNECTOR_UNKNOWN);
    d = datagram_of(&e, 0x10000000);
    assert_int_equal(connector_parse(d.bytes, sizeof d.bytes, &pid), CONNECTOR_UNKNOWN);
    d = datagram_of(&e, PROC_EVENT_EXIT);
    d.bytes[NLMSG_HDRLEN + offsetof(struct cn_msg, id)]++;
    assert_int_equal(connector_parse(d.bytes, sizeof d.bytes, &pid), CONNECTOR_UNKNOWN);
    d = datagram_of(&e, PROC_EVENT_EXIT);
    d.bytes[NLMSG_HDRLEN + offsetof(struct cn_msg, len) + 1] = 0x7f;
    assert_int_equal(connector_parse(d.bytes, sizeof d.bytes, &pid), CONNECTOR_UNKNOWN);
}

/* After each of these a process may be another than the one that was looked at. */
static void test_connector_changes(void **state)
{
    (void)state;
    static const unsigned changes[] = {PROC_EVENT_EXEC,   PROC_EVENT_UID,  PROC_EVENT_GID,
                                       PROC_EVENT_PTRACE, PROC_EVENT_COMM, PROC_EVENT_EXIT};
    static const unsigned nothing[] = {PROC_EVENT_NONE, PROC_EVENT_FORK, PROC_EVENT_SID, PROC_EVENT_COREDUMP};
    struct proc_event e = {0};
    /* number and group stand first in all of them */
    e.event_data.exec.process_pid = 11;
    e.event_data.exec.process_tgid = 10;
    for (size_t i = 0; i < array_count(changes); i++) {
        pid_t pid = 0;
        struct datagram d = datagram_of(&e, changes[i]);
        assert_int_equal(connector_parse(d.bytes, sizeof d.bytes, &pid), CONNECTOR_CHANGED);
        assert_int_equal(pid, 10);
    }
    for (size_t i = 0; i < array_count(nothing); i++) {
        pid_t pid = 0;
        struct datagram d = datagram_of(&e, nothing[i]);
        assert_int_equal(connector_parse(d.bytes, sizeof d.bytes, &pid), CONNECTOR_NOTHING);
    }
}

static int netlink_socket(struct sockaddr_nl *ret)
{
    socklen_t len = sizeof *ret;
    int sock = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
    *ret = (struct sockaddr_nl){.nl_family = AF_NETLINK};
    assert_true(sock >= 0);
    assert_int_equal(bind(sock, (const struct sockaddr *)ret, sizeof *ret), 0);
    assert_int_equal(getsockname(sock, (struct sockaddr *)ret, &len), 0);
    return sock;
}

/* What another process sends is no news: it would make the worker forget whom it likes. */
static void test_connector_of_others(void **state)
{
    (void)state;
    enum connector_news news = CONNECTOR_UNKNOWN;
    struct sockaddr_nl to, from;
    struct proc_event e = {0};
    pid_t pid = 0;
    if (geteuid() != 0)
        skip();
    int sock = netlink_socket(&to), other = netlink_socket(&from);
    e.event_data.exec.process_tgid = 10;
    struct datagram d = datagram_of(&e, PROC_EVENT_EXEC);
    assert_int_equal(sendto(other, d.bytes, sizeof d.bytes, 0, (const struct sockaddr *)&to, sizeof to),
                     sizeof d.bytes);
    assert_int_equal(connector_next(sock, &news, &pid), 1);
    assert_int_equal(news, CONNECTOR_NOTHING);
    assert_int_equal(pid, 0);
    close(sock);
    close(other);
}

static void test_messages(void **state)
{
    (void)state;
    autobuf struct buf b = {0}, error = {0};
    static struct message_area_add add;
    char id[SK_ID_MAX + 1] = "kept";
    bool shut = true;
    buf_put_str(&b, "shared", 6);
    buf_put_u8(&b, 0);
    assert_int_equal(message_area_drop(b.data, b.len, id, &shut), 0);
    assert_string_equal(id, "shared");
    assert_false(shut);
    b.data[b.len - 1] = 1;
    assert_int_equal(message_area_drop(b.data, b.len, id, &shut), 0);
    assert_true(shut);
    b.data[b.len - 1] = 2;
    assert_int_equal(message_area_drop(b.data, b.len, id, &shut), SK_ERR_FORMAT);
    assert_int_equal(message_area_drop(b.data, b.len - 1, id, &shut), SK_ERR_FORMAT);
    buf_reset(&b);
    buf_put_str(&b, "shared", 6);
    assert_int_equal(message_area_add(b.data, b.len, &add), SK_ERR_FORMAT);
    buf_put_str(&b, "/srv/x", 6);
    assert_int_equal(message_area_add(b.data, b.len, &add), 0);
    assert_string_equal(add.mount, "/srv/x");
    buf_put_u8(&b, 0);
    assert_int_equal(message_area_add(b.data, b.len, &add), SK_ERR_FORMAT);
    assert_int_equal(message_area_drop("\0\0\0\0", 5, id, &shut), SK_ERR_FORMAT);
    assert_int_equal(message_policy("", 1), 0);
    assert_int_equal(message_policy("", 0), SK_ERR_FORMAT);
    message_error(&error, SK_ERR_PEER, "a \"quoted\"\nline\\");
    assert_string_equal(error.data, "{\"code\":\"SK_ERR_PEER\",\"why\":\"a \\\"quoted\\\"\\u000aline\\\\\"}");
}

static void put_room(struct buf *b, const char *area, uint32_t login, uint32_t room)
{
    buf_put_str(b, area, strlen(area));
    buf_put_u32(b, login);
    buf_put_u32(b, room);
}

static void test_rooms_message(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    static struct message_rooms rooms;
    buf_put_u32(&b, 2);
    put_room(&b, "shared", 1000, SK_ROOM_UID_BASE + 1000);
    put_room(&b, "other", 1001, 7);
    assert_int_equal(message_rooms(b.data, b.len, &rooms), 0);
    assert_int_equal(rooms.count, 2);
    assert_string_equal(rooms.rows[0].area, "shared");
    assert_int_equal(rooms.rows[0].room_uid, SK_ROOM_UID_BASE + 1000);
    assert_string_equal(rooms.rows[1].area, "other");
    assert_int_equal(rooms.rows[1].login_uid, 1001);
    for (size_t len = 0; len < b.len; len++)
        assert_int_equal(message_rooms(b.data, len, &rooms), SK_ERR_FORMAT);
    buf_put_u8(&b, 0);
    assert_int_equal(message_rooms(b.data, b.len, &rooms), SK_ERR_FORMAT);
    assert_int_equal(rooms.count, 2);
    assert_int_equal(message_rooms("\0\0\0\0", 4, &rooms), 0);
    assert_int_equal(rooms.count, 0);
    buf_reset(&b);
    buf_put_u32(&b, 1);
    put_room(&b, "", 1000, 1000);
    assert_int_equal(message_rooms(b.data, b.len, &rooms), SK_ERR_FORMAT);
    buf_reset(&b);
    buf_put_u32(&b, SK_ROOMS_MAX + 1);
    assert_int_equal(message_rooms(b.data, b.len, &rooms), SK_ERR_LIMIT);
}

/* A mount namespace of its own, and what else could come in its place. */
static void test_rooms(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    autobuf struct buf why = {0};
    struct guard_shared *shared = calloc(1, sizeof *shared);
    const struct guard g = {.shared = shared};
    static struct message_rooms ask;
    struct identity i;
    char path[64];
    int ready[2];
    assert_non_null(shared);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        int r = unshare(CLONE_NEWNS);
        if (r != 0 || setresuid(SK_ROOM_UID_BASE + 1000, SK_ROOM_UID_BASE + 1000,
                                SK_ROOM_UID_BASE + 1000) != 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], path, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", child);
    int room = open(path, O_RDONLY | O_CLOEXEC);
    int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    int other = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    assert_true(room >= 0 && own >= 0 && other >= 0 && file >= 0);
    ask = (struct message_rooms){.count = 1, .rows = {{"shared", 1000, SK_ROOM_UID_BASE + 1000}}};
    assert_int_equal(rooms_replace(&g, &ask, &room, &why), 0);
    assert_int_equal(rooms_count(&g), 1);
    identity_read(child, &i);
    assert_true(i.identified);
    const struct guard_room *found = rooms_find(&g, &i);
    assert_non_null(found);
    assert_string_equal(found->area, "shared");
    identity_read(getpid(), &i);
    assert_null(rooms_find(&g, &i));
    /* what is refused leaves the list as it was */
    assert_int_equal(rooms_replace(&g, &ask, &own, &why), SK_ERR_REFUSED);
    assert_int_equal(rooms_replace(&g, &ask, &other, &why), SK_ERR_FORMAT);
    assert_int_equal(rooms_replace(&g, &ask, &file, &why), SK_ERR_FORMAT);
    const int twice[] = {room, room};
    ask.rows[1] = ask.rows[0];
    ask.count = 2;
    assert_int_equal(rooms_replace(&g, &ask, twice, &why), SK_ERR_FORMAT);
    ask.count = 1;
    ask.rows[0].room_uid++;
    assert_int_equal(rooms_replace(&g, &ask, &room, &why), SK_ERR_FORMAT);
    ask.rows[0] = (struct message_room){"a/b", 1000, SK_ROOM_UID_BASE + 1000};
    assert_int_equal(rooms_replace(&g, &ask, &room, &why), SK_ERR_FORMAT);
    ask.rows[0] = (struct message_room){"shared", 0, SK_ROOM_UID_BASE};
    assert_int_equal(rooms_replace(&g, &ask, &room, &why), SK_ERR_FORMAT);
    identity_read(child, &i);
    assert_non_null(rooms_find(&g, &i));
    /* also where a later row is the wrong one */
    const int second_wrong[] = {room, file};
    ask = (struct message_rooms){.count = 2, .rows = {{"other", 1000, SK_ROOM_UID_BASE + 1000},
                                                      {"shared", 1000, SK_ROOM_UID_BASE + 1000}}};
    assert_int_equal(rooms_replace(&g, &ask, second_wrong, &why), SK_ERR_FORMAT);
    assert_string_equal(rooms_find(&g, &i)->area, "shared");
    ask.count = 0;
    assert_int_equal(rooms_replace(&g, &ask, NULL, &why), 0);
    assert_null(rooms_find(&g, &i));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (size_t n = 0; n < 2; n++)
        close(ready[n]);
    close(room);
    close(own);
    close(other);
    close(file);
    free(shared);
}

static void test_trust_path(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    char folder[] = "/opt/test-trust-XXXXXX", path[128], target[160];
    struct statx st;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(trust_path("/usr/bin/cat", &st), 0);
    assert_int_equal(trust_path("/bin/cat", &st), 0); /* by a link of root's */
    assert_int_equal(trust_path("/usr/./bin/../bin//cat", &st), 0);
    assert_int_equal(trust_path("/usr/bin/no such program", &st), -ENOENT);
    assert_int_equal(trust_path("/usr/bin", &st), SK_ERR_FORMAT);
    assert_int_equal(trust_path("cat", &st), SK_ERR_FORMAT);
    snprintf(path, sizeof path, "%s/link", folder);
    assert_int_equal(symlink("/usr/bin/cat", path), 0);
    assert_int_equal(trust_path(path, &st), 0);
    assert_int_equal(lchown(path, 65534, 65534), 0); /* its owner could point it elsewhere */
    assert_int_equal(trust_path(path, &st), SK_ERR_REFUSED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(path, path), 0);
    assert_int_equal(trust_path(path, &st), -ELOOP);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/usr/bin/cat", path), 0);
    assert_int_equal(chmod(folder, 0777), 0); /* others could put another link there */
    assert_int_equal(trust_path(path, &st), SK_ERR_REFUSED);
    snprintf(target, sizeof target, "/tmp/..%s/link", folder);
    assert_int_equal(trust_path(target, &st), SK_ERR_REFUSED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_identity(void **state)
{
    (void)state;
    struct identity i;
    if (geteuid() != 0)
        skip();
    trust_find_devices();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execl("/bin/sleep", "sleep", "60", (char *)NULL);
        _exit(1);
    }
    char name[64] = "";
    for (int n = 0; n < 500 && !strstr(name, "sleep"); n++) { /* until it has become that program */
        char link[32];
        snprintf(link, sizeof link, "/proc/%d/exe", child);
        ssize_t len = readlink(link, name, sizeof name - 1);
        name[len > 0 ? len : 0] = '\0';
        usleep(10000);
    }
    identity_read(child, &i);
    assert_true(i.identified && i.one_identity && i.program_trusted);
    identity_read_code(&i, true);
    assert_true(i.identified && i.code_trusted && !i.code_made);
    assert_int_equal(i.uid, 0);
    assert_string_equal(i.exe, "/usr/bin/sleep");
    kill(child, SIGKILL);
    /* dead, not yet reaped */
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    identity_read_code(&i, true);
    assert_false(i.identified || i.one_identity || i.program_trusted || i.code_trusted);
    identity_read(child, &i);
    assert_false(i.identified || i.one_identity || i.program_trusted || i.code_trusted);
    assert_int_equal(waitpid(child, NULL, 0), child);
    identity_read(child, &i);
    assert_false(i.identified);
    identity_read(0, &i);
    assert_false(i.identified);
}

static void read_whole(pid_t pid, struct identity *i)
{
    identity_read(pid, i);
    identity_read_code(i, true);
}

/* A program of the system's that its tracer, or an id that it kept, could turn into something else. */
static void test_two_masters(void **state)
{
    (void)state;
    struct identity i;
    int status;
    if (geteuid() != 0)
        skip();
    trust_find_devices();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execl("/bin/sleep", "sleep", "60", (char *)NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSTOPPED(status)); /* at its execve(2) */
    read_whole(child, &i);
    assert_true(i.identified && i.program_trusted && i.traced);
    assert_false(i.code_trusted);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Real, effective, saved: each of them may be another's, and the one that files are opened with too. */
static void test_mixed_ids(void **state)
{
    (void)state;
    static const uid_t ids[][4] = {
        {65534, 65534, 0, 65534}, {65534, 0, 0, 0}, {0, 65534, 0, 65534}, {0, 0, 0, 65534}};
    if (geteuid() != 0)
        skip();
    for (size_t n = 0; n < sizeof ids / sizeof ids[0]; n++) {
        struct identity i;
        int ready[2];
        char byte;
        assert_int_equal(pipe(ready), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            if (setresuid(ids[n][0], ids[n][1], ids[n][2]) != 0)
                _exit(1);
            setfsuid(ids[n][3]);
            if (write(ready[1], "x", 1) != 1)
                _exit(1);
            for (;;)
                pause();
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        identity_read(child, &i);
        assert_true(i.identified);
        assert_int_equal(i.uid, ids[n][0]);
        assert_false(i.one_identity);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        close(ready[0]);
        close(ready[1]);
    }
}

static void test_foreign_code(void **state)
{
    (void)state;
    struct identity i;
    if (geteuid() != 0)
        skip();
    trust_find_devices();
    read_whole(getpid(), &i);
    assert_true(i.identified);
    if (!i.code_trusted) /* this very program lies where others can write */
        skip();
    int fd = memfd_create("code", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, 4096), 0);
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    assert_true(code != MAP_FAILED);
    read_whole(getpid(), &i);
    assert_true(i.identified);
    assert_false(i.code_trusted);
    munmap(code, 4096);
    close(fd);
}

/* The function that test_made_code writes to; a page's length around it is only its own. */
__attribute__((noinline, aligned(4096))) static int harmless(int x)
{
    return x + 1;
}

static void test_made_code(void **state)
{
    (void)state;
    struct identity i;
    if (geteuid() != 0)
        skip();
    trust_find_devices();
    read_whole(getpid(), &i);
    assert_true(i.identified);
    assert_false(i.code_made);
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(code != MAP_FAILED);
    read_whole(getpid(), &i);
    assert_true(i.identified && i.code_made);
    munmap(code, 4096);
    read_whole(getpid(), &i);
    assert_false(i.code_made);
    if (!i.code_trusted) /* its pages are looked at only where its file is root's */
        skip();
    void *page = (void *)(uintptr_t)harmless;
    assert_int_equal(mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC), 0);
    *(volatile char *)page = *(volatile char *)page;
    assert_int_equal(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
    assert_int_equal(harmless(1), 2);
    read_whole(getpid(), &i);
    assert_true(i.identified && i.code_made);
}

static void test_cache(void **state)
{
    (void)state;
    identity_forget_all();
    assert_null(identity_find(getpid()));
    identity_read(getpid(), identity_place(getpid()));
    assert_non_null(identity_find(getpid()));
    identity_forget(getpid() + 1);
    assert_non_null(identity_find(getpid()));
    identity_forget(getpid());
    assert_null(identity_find(getpid()));
}

static void test_failures(void **state)
{
    (void)state;
    for (int i = 0; i < FAILURE_COUNT; i++) {
        assert_non_null(failure_name((enum failure)i));
        assert_non_null(failure_text((enum failure)i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),   cmocka_unit_test(test_stat),
        cmocka_unit_test(test_map),      cmocka_unit_test(test_logins), cmocka_unit_test(test_mount),
        cmocka_unit_test(test_connector), cmocka_unit_test(test_connector_rings),
        cmocka_unit_test(test_connector_changes), cmocka_unit_test(test_connector_of_others),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_rooms_message), cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_trust_path), cmocka_unit_test(test_identity),
        cmocka_unit_test(test_two_masters), cmocka_unit_test(test_mixed_ids),
        cmocka_unit_test(test_foreign_code), cmocka_unit_test(test_made_code),
        cmocka_unit_test(test_cache),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
