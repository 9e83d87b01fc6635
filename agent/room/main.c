/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the process sekisho-room: its start, what its loop minds, its end. It must never end a
 * room because it ends itself, unless it is told to stop. */
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/log.h"
#include "base/options.h"
#include "base/phrase.h"
#include "room/cgroup.h"
#include "room/dispatch.h"
#include "sandbox/sandbox.h"

#define GUARD_RETRY_MS 500 /* between tries to reach a sekishod that went away */

static const char about[] =
    "Makes and ends the rooms in which protected areas are worked on. Started by\n"
    "sekisho-start or its unit, as root. TERM ends all rooms, HUP leaves them.\n";

static void tell_room(const char *room, const char *what)
{
    log_info("room %s: %s", room, what);
}

static void keep_told(struct house *h)
{
    struct fault f = {0};
    bool before = h->told;
    if (house_tell(h, &f) != 0 && before)
        log_warn("%s: areas stay closed in rooms until it does", f.why);
    else if (h->told && !before)
        log_info("sekishod knows the rooms again");
}

/* A room's first process is gone. */
static void init_ready(void *context, int fd)
{
    struct desk *d = context;
    struct room *r = NULL;
    for (size_t i = 0; i < d->house.table.count; i++)
        if (d->house.table.rooms[i]->init_fd == fd)
            r = d->house.table.rooms[i];
    if (!r)
        return;
    /* what was said of its commands comes first */
    waits_tell(&d->waits, d->server, -1);
    house_left(&d->house, r);
}

/* Nothing of it is left. */
static void room_gone(void *context, const struct room *r)
{
    struct desk *d = context;
    tell_room(r->id, *r->why ? r->why : "ended");
    d->some_gone = true;
    server_send_control(d->server, SK_MSG_ROOM_GONE, dispatch_gone_payload(r));
}

static void wait_ready(void *context, int fd)
{
    struct desk *d = context;
    waits_tell(&d->waits, d->server, fd);
}

/* What a start waited for: the next turn goes on with it. */
static void start_ready(void *context, int fd)
{
    (void)context;
    (void)fd;
}

static void guard_ready(void *context, int fd)
{
    struct desk *d = context;
    if (d->house.guard.sock == fd && guardlink_lost(&d->house.guard))
        keep_told(&d->house);
}

static void sessions_ready(void *context, int fd)
{
    struct desk *d = context;
    (void)fd;
    house_see_sessions(&d->house);
}

static void peer_gone(void *context, uint64_t peer)
{
    struct desk *d = context;
    waits_forget(&d->waits, peer);
    laters_forget(&d->laters, peer);
}

/* Rooms first: what a peer is told shall be how things are. */
static void gather(struct server *s, void *context)
{
    struct desk *d = context;
    for (size_t i = 0; i < d->house.table.count; i++)
        server_watch(s, d->house.table.rooms[i]->init_fd, init_ready);
    waits_watch(&d->waits, s, wait_ready);
    starts_watch(&d->starts, s, start_ready);
    server_watch(s, d->house.guard.sock, guard_ready);
    server_watch(s, d->house.sessions_fd, sessions_ready);
}

static int turn(void *context)
{
    struct desk *d = context;
    int starts = starts_step(d), wait = house_step(&d->house, room_gone, d);
    while (d->some_gone) {
        d->some_gone = false;
        laters_answer(&d->laters, d->server, &d->house.table);
        starts = starts_step(d); /* one of those may be new */
        wait = house_step(&d->house, room_gone, d);
    }
    if (!d->house.told)
        keep_told(&d->house);
    wait = wait < 0 || (starts >= 0 && starts < wait) ? starts : wait;
    bool retry = !d->house.told && (wait < 0 || wait > GUARD_RETRY_MS);
    return retry ? GUARD_RETRY_MS : wait;
}

static void end_rooms(struct house *h, bool leave)
{
    if (leave)
        log_info("%zu rooms stay", h->table.count);
    else
        house_end_all(h, PHRASE("the agent was stopped"));
    while (h->table.count > 0)
        table_forget(&h->table, h->table.rooms[0]);
}

/* One room process for an instance, and everything that it needs. */
static int prepare(struct desk *d)
{
    struct fault f = {0};
    if (house_open(&d->house, &f) != 0) {
        log_error("%s", f.why);
        return -1;
    }
    if (flock(d->house.table.folder_fd, LOCK_EX | LOCK_NB) != 0) {
        log_error("another sekisho-room runs for this instance");
        return -1;
    }
    house_recover(&d->house, tell_room);
    house_show(&d->house);
    keep_told(&d->house);
    int r = server_listen(d->server);
    if (r == 0)
        r = sandbox_shed(SANDBOX_ROOM);
    if (r != 0)
        log_error("can't start: %s", sk_strerror(r));
    return r;
}

int main(int argc, char **argv)
{
    static struct desk d = {.house = {.guard = GUARDLINK_NONE, .map_fd = -1, .sessions_fd = -1,
                                     .quiet = QUIET_NONE,
                                     .told = true}};
    const struct server_config config = {.name = "room", .socket = SK_PATH_ROOM_SOCKET,
                                         .children = true, .send_ms = SK_ANSWER_MS, .messages = dispatch_messages,
                                         .message_count = DISPATCH_MESSAGE_COUNT, .context = &d,
                                         .turn = turn, .gather = gather, .gone = peer_gone};
    log_open("sekisho-room", LOG_LEVEL_INFO);
    int status = options_daemon(argc, argv, "sekisho-room", about);
    if (status >= 0)
        return status;
    umask(022);
    waits_init(&d.waits);
    if (server_new(&config, &d.server) != 0 || prepare(&d) != 0)
        return 1;
    log_info("ready");
    int r = server_run(d.server);
    end_rooms(&d.house, r == SIGHUP);
    guardlink_close(&d.house.guard);
    server_free(&d.server);
    cgroup_close(d.house.table.cgroups_fd);
    quiet_close(&d.house.quiet);
    log_info("ended");
    return r < 0;
}
