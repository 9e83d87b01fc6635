/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the process sekisho-room: its start, its one loop, its end. It must never serve anybody
 * but sk-control and root, and never end a room because it ends itself, unless it is told to stop. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "room/cgroup.h"
#include "room/command.h"
#include "room/dispatch.h"
#include "sandbox/sandbox.h"

#define GUARD_RETRY_MS 500  /* between tries to reach a sekishod that went away */
#define SOCKET_MODE    ((mode_t)0660)
#define WAITS_MAX      256  /* commands whose end somebody waits for */

struct peer {
    int sock; /* -1 = free place */
    uid_t uid;
    uint64_t number;
};

/* A command in a room, and who is to be told of its end. */
struct wait {
    int sock; /* -1 = free place */
    uint64_t peer;
};

struct server {
    struct house house;
    uint64_t started_ns, next_number;
    int listener, signals;
    uid_t control_uid;
    bool control_known, ending, leave_rooms;
    struct peer peers[SK_PEERS_MAX];
    struct wait waits[WAITS_MAX];
};

static void tell_room(const char *room, const char *what)
{
    log_info("room %s: %s", room, what);
}

static int listen_for_control(struct server *s)
{
    const char *path = sk_path(SK_PATH_ROOM_SOCKET);
    const struct passwd *login = getpwnam(SK_USER_CONTROL);
    s->control_known = login;
    s->listener = wire_listen(path, SOCKET_MODE);
    if (s->listener < 0) {
        log_error("%s: %s", path, sk_strerror(s->listener));
        return -1;
    }
    if (!login) {
        log_warn("there is no login %s: only root is served", SK_USER_CONTROL);
        return 0;
    }
    s->control_uid = login->pw_uid;
    if (lchown(path, 0, login->pw_gid) == 0)
        return 0;
    log_error("%s can't be given to %s: %s", path, SK_USER_CONTROL, sk_strerror(-errno));
    return -1;
}

static int shed_rights(void)
{
    struct sandbox *sandbox = NULL;
    int r = sandbox_prepare(SANDBOX_ROOM, &sandbox);
    if (r == 0)
        r = sandbox_enter(&sandbox, 0);
    if (r != 0)
        log_error("the rights that are not needed can't be given up: %s", sk_strerror(r));
    return r;
}

static void accept_peer(struct server *s)
{
    struct wire_peer who;
    autoclose int sock = wire_accept(s->listener);
    if (sock < 0 || wire_peer(sock, &who) != 0)
        return;
    if (who.uid != 0 && !(s->control_known && who.uid == s->control_uid)) {
        log_warn("process %d of uid %u may not ask here", (int)who.pid, who.uid);
        return;
    }
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (s->peers[i].sock < 0) {
            s->peers[i] = (struct peer){.sock = steal_fd(&sock), .uid = who.uid,
                                        .number = ++s->next_number};
            return;
        }
    log_warn("more than %d connections: one is refused", SK_PEERS_MAX);
}

static void end_wait(struct wait *w)
{
    close(w->sock);
    w->sock = -1;
}

static void drop_peer(struct server *s, struct peer *p)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (s->waits[i].sock >= 0 && s->waits[i].peer == p->number)
            end_wait(&s->waits[i]);
    close(p->sock);
    p->sock = -1;
}

static struct peer *peer_of(struct server *s, uint64_t number)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (s->peers[i].sock >= 0 && s->peers[i].number == number)
            return &s->peers[i];
    return NULL;
}

static void send_text(struct server *s, struct peer *p, uint16_t type, const char *text)
{
    if (wire_send(p->sock, type, text, strlen(text), NULL, 0, SK_ANSWER_MS) != 0)
        drop_peer(s, p);
}

/* Remember whom to tell; without a place the end is told at once as a failure. */
static void keep_wait(struct server *s, struct peer *p, struct answer *a)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (s->waits[i].sock < 0) {
            s->waits[i] = (struct wait){.sock = steal_fd(&a->command), .peer = p->number};
            return;
        }
    send_text(s, p, SK_MSG_ROOM_ENDED, "{\"status\":1}");
}

static void serve_peer(struct server *s, struct peer *p)
{
    autowire struct wire_message m = {0};
    autoanswer struct answer a = ANSWER_NONE;
    int r = wire_receive(p->sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r != 0) {
        if (r != SK_ERR_CLOSED)
            log_warn("a connection is dropped: %s", sk_strerror(r));
        drop_peer(s, p);
        return;
    }
    dispatch(&s->house, s->started_ns, &m, &a);
    uint64_t number = p->number;
    send_text(s, p, a.type, a.text.err ? "{\"code\":\"ENOMEM\",\"why\":\"out of memory\"}" : a.text.data);
    if (a.command >= 0 && peer_of(s, number))
        keep_wait(s, p, &a);
}

static void serve_wait(struct server *s, struct wait *w)
{
    int status;
    if (!command_ended(w->sock, &status))
        return;
    struct peer *p = peer_of(s, w->peer);
    end_wait(w);
    if (p)
        send_text(s, p, SK_MSG_ROOM_ENDED, status == 0 ? "{\"status\":0}" : "{\"status\":1}");
}

/* A room's first process is gone, and nobody asked for that. */
static void room_gone(struct server *s, struct room *r)
{
    autobuf struct buf text = {0};
    dispatch_gone_text(r, &text);
    tell_room(r->id, "ended");
    /* what was said of its commands comes first */
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (s->waits[i].sock >= 0)
            serve_wait(s, &s->waits[i]);
    house_bury(&s->house, r);
    for (size_t i = 0; i < SK_PEERS_MAX && !text.err; i++)
        if (s->peers[i].sock >= 0 && s->control_known && s->peers[i].uid == s->control_uid)
            send_text(s, &s->peers[i], SK_MSG_ROOM_GONE, text.data);
}

static void take_signals(struct server *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            continue;
        s->ending = true;
        s->leave_rooms = info.ssi_signo == SIGHUP;
    }
    /* bubblewrap's processes; rooms are watched by their first process */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

static void keep_told(struct server *s)
{
    struct fault f = {0};
    bool before = s->house.told;
    if (house_tell(&s->house, &f) != 0 && before)
        log_warn("%s: areas stay closed in rooms until it does", f.why);
    else if (s->house.told && !before)
        log_info("sekishod knows the rooms again");
}

enum { POLL_SIGNALS, POLL_LISTENER, POLL_GUARD, POLL_FIRST };
#define POLL_MAX (POLL_FIRST + SK_PEERS_MAX + WAITS_MAX + SK_ROOMS_MAX)

static size_t gather(const struct server *s, struct pollfd *p)
{
    size_t n = POLL_FIRST;
    p[POLL_SIGNALS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    p[POLL_LISTENER] = (struct pollfd){.fd = s->listener, .events = POLLIN};
    p[POLL_GUARD] = (struct pollfd){.fd = s->house.guard.sock, .events = POLLIN};
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        p[n++] = (struct pollfd){.fd = s->peers[i].sock, .events = POLLIN};
    for (size_t i = 0; i < WAITS_MAX; i++)
        p[n++] = (struct pollfd){.fd = s->waits[i].sock, .events = POLLIN};
    for (size_t i = 0; i < s->house.table.count; i++)
        p[n++] = (struct pollfd){.fd = s->house.table.rooms[i]->init_fd, .events = POLLIN};
    return n;
}

/* Rooms first: what a peer is told shall be how things are. */
static void serve_ready(struct server *s, const struct pollfd *p)
{
    static struct room *gone[SK_ROOMS_MAX];
    size_t count = 0, rooms = s->house.table.count;
    const struct pollfd *peers = p + POLL_FIRST, *waits = peers + SK_PEERS_MAX;
    const struct pollfd *inits = waits + WAITS_MAX;
    if (p[POLL_SIGNALS].revents)
        take_signals(s);
    for (size_t i = 0; i < rooms; i++)
        if (inits[i].revents)
            gone[count++] = s->house.table.rooms[i];
    for (size_t i = 0; i < count; i++)
        room_gone(s, gone[i]);
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (waits[i].revents && s->waits[i].sock == waits[i].fd)
            serve_wait(s, &s->waits[i]);
    if (p[POLL_GUARD].revents && guardlink_lost(&s->house.guard))
        keep_told(s);
    for (size_t i = 0; i < SK_PEERS_MAX && !s->ending; i++)
        if (peers[i].revents && s->peers[i].sock == peers[i].fd)
            serve_peer(s, &s->peers[i]);
    if (p[POLL_LISTENER].revents && !s->ending)
        accept_peer(s);
}

static void run(struct server *s)
{
    static struct pollfd p[POLL_MAX];
    while (!s->ending) {
        size_t n = gather(s, p);
        if (poll(p, n, s->house.told ? -1 : GUARD_RETRY_MS) > 0)
            serve_ready(s, p);
        if (!s->house.told && !s->ending)
            keep_told(s);
    }
}

static void end(struct server *s)
{
    struct room *rooms[SK_ROOMS_MAX];
    size_t count = s->house.table.count;
    memcpy(rooms, s->house.table.rooms, sizeof rooms);
    if (s->leave_rooms)
        log_info("%zu rooms stay", count);
    else
        house_end(&s->house, rooms, count);
    guardlink_close(&s->house.guard);
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (s->peers[i].sock >= 0)
            drop_peer(s, &s->peers[i]);
    while (s->house.table.count > 0)
        table_forget(&s->house.table, s->house.table.rooms[0]);
    cgroup_close(s->house.table.cgroups_fd);
    unlink(sk_path(SK_PATH_ROOM_SOCKET));
    close(s->listener);
    close(s->signals);
}

static int choose_instance(int argc, char **argv)
{
    static const struct option options[] = {{"instance", required_argument, NULL, 'i'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'i':
            if (sk_paths_choose(optarg) == 0)
                break;
            log_error("--instance needs an absolute path of at most 80 bytes");
            exit(2);
        case 'h':
            printf("usage: sekisho-room [--instance DIR]\n"
                   "Makes and ends the rooms in which protected areas are worked on. Started by\n"
                   "sekisho-start or its unit, as root. TERM ends all rooms, HUP leaves them.\n");
            exit(0);
        case 'V':
            printf("sekisho-room " SEKISHO_VERSION "\n");
            exit(0);
        default:
            return -1;
        }
    }
    return optind == argc ? 0 : -1;
}

/* One room process for an instance, and everything that it needs. */
static int prepare(struct server *s)
{
    struct fault f = {0};
    s->signals = fd_signals(true);
    if (s->signals < 0 || house_open(&s->house, &f) != 0) {
        log_error("%s", f.why[0] ? f.why : "no signals");
        return -1;
    }
    if (flock(s->house.table.folder_fd, LOCK_EX | LOCK_NB) != 0) {
        log_error("another sekisho-room runs for this instance");
        return -1;
    }
    table_recover(&s->house.table, tell_room);
    house_show(&s->house);
    keep_told(s);
    return listen_for_control(s) != 0 || shed_rights() != 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    static struct server s = {.listener = -1, .signals = -1,
                              .house = {.guard = GUARDLINK_NONE, .map_fd = -1, .told = true}};
    log_open("sekisho-room", LOG_LEVEL_INFO);
    if (choose_instance(argc, argv) != 0) {
        fprintf(stderr, "usage: sekisho-room [--instance DIR]\n");
        return 2;
    }
    umask(022);
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        s.peers[i].sock = -1;
    for (size_t i = 0; i < WAITS_MAX; i++)
        s.waits[i].sock = -1;
    s.started_ns = clock_boot_ns();
    if (prepare(&s) != 0)
        return 1;
    log_info("ready");
    run(&s);
    end(&s);
    log_info("ended");
    return 0;
}
