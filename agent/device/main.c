/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the process sekisho-device: its start, its one loop, its end. It must never serve
 * anybody but sk-control and root, and never end with an area attached that it could detach. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "device/dispatch.h"
#include "device/sweep.h"
#include "sandbox/sandbox.h"

#define DESCRIPTORS_WANTED ((rlim_t)65536) /* two for each file of a case, for several cases */
#define GUARD_RETRY_MS     500             /* between tries to reach a sekishod or index that went away */
#define SOCKET_MODE        ((mode_t)0660)

struct peer {
    int sock; /* -1 = free place */
    struct dispatch_peer who;
};

struct server {
    struct device device;
    int listener, signals, lock;
    uid_t control_uid;
    bool control_known, covered, ending;
    uint64_t next_number;
    struct peer peers[SK_PEERS_MAX];
};

static void tell_area(const char *id, const char *why)
{
    log_warn("area %s: %s", id, why);
}

/* One device process for an instance: two would mount one image twice. */
static int take_lock(struct server *s)
{
    s->lock = open(sk_path(SK_PATH_AREAS), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->lock < 0) {
        log_error("%s can't be opened: %s", sk_path(SK_PATH_AREAS), sk_strerror(-errno));
        return -1;
    }
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
        log_error("another sekisho-device runs for this instance");
        return -1;
    }
    return 0;
}

static int listen_for_control(struct server *s)
{
    const char *path = sk_path(SK_PATH_DEVICE_SOCKET);
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

static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_warn("the number of descriptors can't be raised: large cases may be refused");
}

static int shed_rights(void)
{
    struct sandbox *sandbox = NULL;
    int r = sandbox_prepare(SANDBOX_DEVICE, &sandbox);
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
            s->peers[i] = (struct peer){.sock = steal_fd(&sock),
                                       .who = {.number = ++s->next_number, .uid = who.uid}};
            return;
        }
    log_warn("more than %d connections: one is refused", SK_PEERS_MAX);
}

static void drop_peer(struct server *s, struct peer *p)
{
    close(p->sock);
    p->sock = -1;
    dispatch_gone(&s->device, p->who.number);
}

static void serve_peer(struct server *s, struct peer *p)
{
    autowire struct wire_message m = {0};
    autobuf struct buf text = {0};
    int r = wire_receive(p->sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r == 0) {
        autoclose int fd = -1;
        uint16_t type = dispatch(&s->device, &p->who, &m, &text, &fd);
        r = wire_send(p->sock, type, text.data, text.len, &fd, fd >= 0 ? 1 : 0, SK_ANSWER_MS);
    } else if (r != SK_ERR_CLOSED) {
        log_warn("a connection is dropped: %s", sk_strerror(r));
    }
    if (r != 0)
        drop_peer(s, p);
}

/* sekishod went away or came back. */
static void keep_cover(struct server *s)
{
    bool covered = area_cover_again(&s->device.areas);
    if (covered != s->covered)
        log_warn(covered ? "sekishod covers all open areas again"
                         : "sekishod is away: open areas are closed to new visitors");
    s->covered = covered;
}

enum { POLL_SIGNALS, POLL_LISTENER, POLL_GUARD, POLL_INDEX, POLL_PEERS };

static void serve_ready(struct server *s, const struct pollfd *ready, struct peer *const *who,
                        size_t count)
{
    if (ready[POLL_SIGNALS].revents)
        s->ending = true;
    if (ready[POLL_GUARD].revents && guardlink_lost(&s->device.areas.guard))
        keep_cover(s);
    if (ready[POLL_INDEX].revents)
        (void)indexlink_lost(&s->device.areas.index);
    for (size_t i = 0; i < count && !s->ending; i++)
        if (ready[POLL_PEERS + i].revents)
            serve_peer(s, who[i]);
    if (ready[POLL_LISTENER].revents && !s->ending)
        accept_peer(s);
}

/* Is there anything that sekisho-index should look at? */
static bool index_wanted(const struct server *s)
{
    return s->device.areas.count > 0 || s->device.areas.index.place_count > 0;
}

static void run(struct server *s)
{
    while (!s->ending) {
        struct pollfd ready[POLL_PEERS + SK_PEERS_MAX];
        struct peer *who[SK_PEERS_MAX];
        size_t count = 0;
        /* first: it may connect, and the new connection is to be watched */
        bool waits_for_index = index_wanted(s) && !area_index_again(&s->device.areas);
        ready[POLL_SIGNALS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
        ready[POLL_LISTENER] = (struct pollfd){.fd = s->listener, .events = POLLIN};
        ready[POLL_GUARD] = (struct pollfd){.fd = s->device.areas.guard.sock, .events = POLLIN};
        ready[POLL_INDEX] = (struct pollfd){.fd = s->device.areas.index.sock, .events = POLLIN};
        for (size_t i = 0; i < SK_PEERS_MAX; i++) {
            if (s->peers[i].sock < 0)
                continue;
            ready[POLL_PEERS + count] = (struct pollfd){.fd = s->peers[i].sock, .events = POLLIN};
            who[count++] = &s->peers[i];
        }
        bool waits_for_guard = s->device.areas.count > 0 && !s->covered;
        int n = poll(ready, POLL_PEERS + count,
                     waits_for_guard || waits_for_index ? GUARD_RETRY_MS : -1);
        if (n > 0)
            serve_ready(s, ready, who, count);
        if (waits_for_guard && !s->ending)
            keep_cover(s);
    }
}

static void end(struct server *s)
{
    dispatch_end(&s->device);
    size_t left = area_close_all(&s->device.areas, tell_area);
    if (left)
        log_warn("%zu areas were in use and are only detached", left);
    guardlink_close(&s->device.areas.guard);
    indexlink_close(&s->device.areas.index);
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (s->peers[i].sock >= 0)
            close(s->peers[i].sock);
    unlink(sk_path(SK_PATH_DEVICE_SOCKET));
    close(s->listener);
    close(s->signals);
    close(s->lock);
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
            printf("usage: sekisho-device [--instance DIR]\n"
                   "Mounts areas and opens files for sekisho-control. Started by sekisho-start\n"
                   "or its unit, as root.\n");
            exit(0);
        case 'V':
            printf("sekisho-device " SEKISHO_VERSION "\n");
            exit(0);
        default:
            return -1;
        }
    }
    return optind == argc ? 0 : -1;
}

int main(int argc, char **argv)
{
    static struct server s = {.listener = -1, .signals = -1, .lock = -1, .covered = true,
                              .device = {.areas = {.guard = GUARDLINK_NONE,
                                                   .index = INDEXLINK_NONE}}};
    log_open("sekisho-device", LOG_LEVEL_INFO);
    if (choose_instance(argc, argv) != 0) {
        fprintf(stderr, "usage: sekisho-device [--instance DIR]\n");
        return 2;
    }
    umask(022);
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        s.peers[i].sock = -1;
    s.device.started_ns = clock_boot_ns();
    raise_descriptors();
    s.signals = fd_signals(false);
    if (take_lock(&s) != 0 || s.signals < 0)
        return 1;
    /* the socket appears when all is ready: what a killed process left is cleaned up first */
    sweep_mounts(&s.device.areas.guard, tell_area);
    if (listen_for_control(&s) != 0 || shed_rights() != 0)
        return 1;
    log_info("ready");
    run(&s);
    end(&s);
    log_info("ended");
    return 0;
}
