/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch.c owns which message does what, and who is told of a command's end. It must never tell it
 * to anybody but who asked for the start. */
#include "room/dispatch.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "record/record.h"
#include "room/cgroup.h"
#include "room/command.h"
#include "room/hide.h"
#include "room/place.h"

#define OWN_PROCESSES 2u /* of each room: bubblewrap's and its first one */

static struct desk *desk_of(const struct server_call *c)
{
    return c->context;
}

static struct house *house_of(const struct server_call *c)
{
    return &desk_of(c)->house;
}

/* The start is made when the room that is leaving is gone. */
static int later(struct server_call *c)
{
    int r = later_start(&desk_of(c)->laters, c->peer, c->message);
    return r == 0 ? SERVER_LATER
                  : fault_set(&c->fault, r, "more than %d starts wait for rooms to end", LATERS_MAX);
}

/* A room with the person's display for who comes with it, in one that was made without or with another. */
static int check_display(const struct room *r, const struct request_start *want, struct fault *f)
{
    if (want->display != r->display)
        return fault_set(f, SK_ERR_STATE, "the policy changed how the display is shown: end the room "
                                          "first");
    if (want->display == REQUEST_SHARED && want->x_display >= 0 && want->x_display != r->x_display)
        return fault_set(f, SK_ERR_STATE, "the room has another display, or none: end it first");
    return 0;
}

/* Run the command in a room that is there: answered when it runs. */
static int run_in(struct server_call *c, struct room *r, struct request_start **want, bool first)
{
    int code = house_tie(house_of(c), r, (*want)->pid, &c->fault);
    if (code != 0)
        return code;
    code = starts_add(desk_of(c), r, first, c->peer, c->message, want);
    return code == 0 ? SERVER_LATER
                     : fault_set(&c->fault, code, "more than %d commands are being started", STARTS_MAX);
}

static int run_in_new(struct server_call *c, struct request_start **want, bool remote)
{
    struct room *r = NULL;
    int code = house_make_room(house_of(c), *want, remote, &r, &c->fault);
    if (code != 0)
        return code;
    code = run_in(c, r, want, true);
    /* a room in which nothing could be started is none */
    if (code != SERVER_LATER)
        house_end(house_of(c), r, PHRASE("nothing could be started in it"));
    return code;
}

/* A user id that was given again: what runs there is still the one's before. control ends it (rooms.c). */
static int check_login(const struct room *r, const char *login, struct fault *f)
{
    return str_eq(r->login, login)
               ? 0
               : fault_set(f, SK_ERR_STATE, "the room is still that of the login %s, who had this user id",
                           r->login);
}

static int start_room(struct server_call *c, struct request_start **at)
{
    const struct request_start *want = *at;
    bool remote = place_is_remote(want->pid, want->uid);
    if (remote && !want->remote)
        return fault_reason(&c->fault, SK_REASON_REMOTE);
    if (c->message->fd_count && !command_is_terminal(c->message->fds[0], want->uid))
        return fault_set(&c->fault, SK_ERR_FORMAT, "the descriptor is no terminal of that login");
    if (want->wait && waits_full(&desk_of(c)->waits))
        return fault_set(&c->fault, SK_ERR_LIMIT, "more than %d commands are waited for", WAITS_MAX);
    struct room *r = table_find(&house_of(c)->table, want->area, want->uid);
    if (!r)
        return run_in_new(c, at, remote);
    if (r->leaving_ns != 0)
        return later(c);
    int code = check_login(r, want->login, &c->fault);
    if (code == 0)
        code = check_display(r, want, &c->fault);
    return code == 0 ? run_in(c, r, at, false) : code;
}

static int room_start_call(struct server_call *c)
{
    autofree struct request_start *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the room can't be started");
    int r = request_start(c->body, want, &c->fault);
    if (r == 0)
        r = start_room(c, &want);
    if (want)
        request_start_clear(want);
    return r;
}

static int room_place_call(struct server_call *c)
{
    struct request_place want;
    char id[ROOM_ID_MAX + 1];
    int code = request_place(c->body, &want, &c->fault);
    if (code != 0)
        return code;
    const struct room *r = table_find(&house_of(c)->table, want.area, want.uid);
    if (r && r->leaving_ns != 0)
        return later(c);
    if (r && (code = check_login(r, want.login, &c->fault)) != 0)
        return code;
    if (!r)
        table_new_id(&house_of(c)->table, id);
    code = server_put(c, "room", json_string(r ? r->id : id));
    if (code == 0)
        code = server_put(c, "first", json_boolean(!r));
    return code == 0 ? server_put(c, "remote", json_boolean(place_is_remote(want.pid, want.uid))) : code;
}

static json_t *describe(const struct house *h, const struct room *r)
{
    unsigned count = cgroup_count(h->table.cgroups_fd, r->id, CGROUP_ROOM);
    bool shown = r->display == REQUEST_SHARED
                     ? r->x_display >= 0
                     : cgroup_count(h->table.cgroups_fd, r->id, CGROUP_DISPLAY) > 0;
    const char *display = !shown ? "none" : r->display == REQUEST_SHARED ? "shared" : "nested";
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:s, s:b, s:b}", "room", r->id, "area", r->area,
                     "login", r->login, "uid", (json_int_t)r->uid, "since", (json_int_t)r->since_ns,
                     "processes", (int)(count > OWN_PROCESSES ? count - OWN_PROCESSES : 0), "display",
                     display, "remote", r->remote, "ending", r->leaving_ns != 0);
}

static int room_list_call(struct server_call *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < house_of(c)->table.count; i++)
        json_array_append_new(list, describe(house_of(c), house_of(c)->table.rooms[i]));
    return server_put(c, "rooms", list);
}

/* Answered when all that are there now are gone, also those that were leaving already. */
static int room_end_call(struct server_call *c)
{
    struct later_end end = {.peer = c->peer};
    const struct room_table *t = &house_of(c)->table;
    int r = request_end(c->body, &end.want, &c->fault);
    if (r != 0)
        return r;
    for (size_t i = 0; i < t->count; i++)
        if (later_means(&end.want, t->rooms[i])) {
            house_end(house_of(c), t->rooms[i], end.want.why);
            end.ended++;
        }
    if (end.ended == 0 && end.want.room[0])
        return fault_set(&c->fault, SK_ERR_NOT_FOUND, "there is no room %s", end.want.room);
    if (end.ended == 0)
        return server_put(c, "ended", json_integer(0));
    end.asked_ns = clock_boot_ns();
    r = later_end(&desk_of(c)->laters, &end);
    return r == 0 ? SERVER_LATER
                  : fault_set(&c->fault, r, "more than %d wait for rooms to end", LATERS_MAX);
}

static int status_call(struct server_call *c)
{
    const char *lacks = "";
    char heard[FAULT_TEXT_CAP] = "";
    (void)house_is_heard(house_of(c), heard);
    if (access(DISPLAY_XEPHYR, X_OK) != 0)
        lacks = PHRASE("xserver-xephyr is not installed: no room has a nested display");
    else if (house_of(c)->unsealed)
        lacks = PHRASE("FIFOs and sockets that people make in folders of the system lead out of rooms: the file "
                       "system can't be sealed");
    else if (house_of(c)->table.count > 0 && !hide_is_on())
        lacks = PHRASE("names and arguments of programs in rooms can be read outside: a proc file system is mounted "
                       "without hidepid (findmnt -t proc)");
    else if (house_of(c)->table.count > 0 && !hide_crashes_is_on())
        lacks = PHRASE("the kernel logs pieces of programs in rooms that crash (debug.exception-trace is not 0)");
    struct gpu gpu;
    gpu_look("", &gpu);
    return server_put_status(c, json_pack("{sIsIssss}", "rooms", (json_int_t)house_of(c)->table.count, "gpus",
                                          (json_int_t)gpu.count, "why", lacks, "heard", heard));
}

const struct server_message dispatch_messages[DISPATCH_MESSAGE_COUNT] = {
    {SK_MSG_ROOM_START, SK_MSG_ROOM_STARTED, SERVER_BOTH, 1, SK_MESSAGE_MAX, room_start_call},
    {SK_MSG_ROOM_PLACE, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, room_place_call},
    {SK_MSG_ROOM_LIST, SK_MSG_ROOMS, SERVER_BOTH, 0, SK_MESSAGE_MAX, room_list_call},
    {SK_MSG_ROOM_END, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, room_end_call},
    {SK_MSG_STATUS, SK_MSG_OK, SERVER_BOTH, 0, SK_MESSAGE_MAX, status_call},
};

/* From inside, where somebody may have written anything into it. */
static json_int_t number_of(uint64_t n)
{
    return n <= INT64_MAX ? (json_int_t)n : 0;
}

json_t *dispatch_gone_payload(const struct room *r)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "room", r->id, "area", r->area, "login", r->login,
                             "why", r->why);
    if (body && r->removed.known)
        json_object_set_new(body, "scratch",
                            json_pack("{s:I, s:I, s:b}", "files", number_of(r->removed.files), "bytes",
                                      number_of(r->removed.bytes), "complete", r->removed.complete != 0));
    return body;
}
