/* SPDX-License-Identifier: GPL-3.0-or-later */
/* start-fake.c owns a stand-in for each process that sekisho-start starts; the name it is called by
 * says which. It writes what happens to it into RUN/events, and files in RUN steer it:
 *   fail-NAME  exit at once     deaf-NAME  never stop on SIGTERM     busy  sekishod guards one area
 *   marked  a file system is marked that is no area any more
 *   slow-NAME  stop 22 s after SIGTERM
 * It must never be installed or linked into the agent. */
#include <fcntl.h>
#include <poll.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include "base/fdio.h"
#include "base/str.h"
#include "wire/guard_status.h"
#include "wire/wire.h"

static const struct fake {
    const char *name;
    enum sk_path socket;
} fakes[] = {
    {"sekisho-ledger", SK_PATH_LEDGER_SOCKET},
    {"sekishod", SK_PATH_GUARD_SOCKET},
    {"sekisho-index", SK_PATH_INDEX_SOCKET},
    {"sekisho-device", SK_PATH_DEVICE_SOCKET},
    {"sekisho-room", SK_PATH_ROOM_SOCKET},
    {"sekisho-control", SK_PATH_CONTROL_SOCKET},
    {"sekisho-export", SK_PATH_COUNT},
};

static const char *own_name;
static pid_t keeper;

static bool told(const char *what, const char *name)
{
    char path[2 * SK_PATH_CAP];
    snprintf(path, sizeof path, "%s/%s%s", sk_path(SK_PATH_RUN), what, name);
    return access(path, F_OK) == 0;
}

static void note(const char *what)
{
    char path[2 * SK_PATH_CAP], line[200];
    snprintf(path, sizeof path, "%s/events", sk_path(SK_PATH_RUN));
    int len = snprintf(line, sizeof line, "%s %s %d\n", what, own_name, (int)getpid());
    autoclose int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || fd_write_full(fd, line, (size_t)len) != 0)
        _exit(9);
}

static void answer_status(int sock)
{
    autobuf struct buf b = {0};
    static struct guard_status is;
    is = (struct guard_status){.keeper_pid = keeper};
    is.marks = told("marked", "");
    if (told("busy", "")) {
        strcpy(is.areas[0].id, "busy");
        is.area_count = 1;
    }
    guard_status_encode(&is, &b);
    if (wire_send(sock, SK_MSG_GUARD_STATUS_IS, b.data, b.len, NULL, 0, 1000) != 0)
        note("unanswered");
}

static void serve_one(int listener)
{
    autoclose int sock = wire_accept(listener);
    autowire struct wire_message m = {0};
    if (sock >= 0 && wire_receive(sock, &m, 1000) == 0 && m.type == SK_MSG_GUARD_STATUS)
        answer_status(sock);
}

/* Until SIGTERM. */
static int serve(enum sk_path path)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    autoclose int signals = signalfd(-1, &set, SFD_CLOEXEC);
    autoclose int listener = wire_listen(sk_path(path), 0660);
    if (signals < 0 || listener < 0)
        return 8;
    keeper = getpid();
    for (;;) {
        struct pollfd p[] = {{.fd = signals, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
        if (poll(p, 2, -1) < 0)
            return 7;
        if (p[1].revents)
            serve_one(listener);
        if (p[0].revents && told("deaf-", own_name)) {
            struct signalfd_siginfo info;
            if (read(signals, &info, sizeof info) < 0)
                return 6;
        } else if (p[0].revents) {
            if (told("slow-", own_name))
                poll(NULL, 0, 22000);
            note("stop");
            return str_eq(own_name, "sekisho-device") && told("busy", "") ? 1 : 0;
        }
    }
}

/* sekishod's line: the holder waits for its keeper's death and goes on in its place. */
static int serve_line(void)
{
    int lock = open(sk_path(SK_PATH_LOCK), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int beat[2];
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        note("second");
        return 5;
    }
    if (pipe2(beat, O_CLOEXEC) != 0)
        return 4;
    pid_t holder = fork();
    if (holder != 0) {
        close(beat[0]);
        int r = serve(SK_PATH_GUARD_SOCKET);
        kill(holder, SIGKILL);
        return r;
    }
    close(beat[1]);
    char byte;
    if (read(beat[0], &byte, 1) != 0)
        return 3;
    note("holder");
    return serve(SK_PATH_GUARD_SOCKET);
}

/* What the exporter was started with: its descriptors, its group, its environment. */
static int look_around(char **envp)
{
    if (getpgid(0) != getpid())
        note("no-own-group");
    for (int fd = 3; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            note(fd == 3 ? "descriptor-3" : "descriptor-too-many");
    for (char **e = envp; *e; e++)
        if (!str_starts(*e, "PATH=/usr/sbin:") && !str_starts(*e, "LANG=") && !strstr(*e, "SAN_"))
            note("environment-not-clean");
    autowire struct wire_message m = {0};
    if (wire_receive(3, &m, 5000) == 0 && m.type == SK_MSG_JOB)
        note("job");
    return 0;
}

int main(int argc, char **argv, char **envp)
{
    const char *slash = strrchr(argv[0], '/');
    own_name = slash ? slash + 1 : argv[0];
    const char *root = argc > 2 ? argv[2] : getenv("SEKISHO_FAKE_ROOT");
    char exe[512] = {0};
    /* an exporter gets no option: its instance is the folder above its own */
    if (!root && readlink("/proc/self/exe", exe, sizeof exe - 8) > 0) {
        *strrchr(exe, '/') = '\0';
        strcpy(strrchr(exe, '/'), "/i");
        root = exe;
    }
    if (sk_paths_choose(root) != 0)
        return 2;
    if (argc == 2 && str_eq(argv[1], "connect")) { /* play sekisho-device */
        autoclose int sock = wire_connect(sk_path(SK_PATH_EXPORT_SOCKET));
        return sock < 0 || wire_send(sock, SK_MSG_JOB, "{}", 2, NULL, 0, 1000) != 0;
    }
    note("start");
    if (told("fail-", own_name))
        return 3;
    for (size_t i = 0; i < array_count(fakes); i++) {
        if (!str_eq(own_name, fakes[i].name))
            continue;
        if (fakes[i].socket == SK_PATH_COUNT)
            return look_around(envp);
        return fakes[i].socket == SK_PATH_GUARD_SOCKET ? serve_line() : serve(fakes[i].socket);
    }
    return 2;
}
