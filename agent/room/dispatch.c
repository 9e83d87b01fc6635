/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch.c owns which message does what. It must never act on a message that is not in its table
 * or that carries other descriptors than it says. */
#include "room/dispatch.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/str.h"
#include "record/record.h"
#include "room/cgroup.h"
#include "room/command.h"
#include "room/display.h"
#include "room/hide.h"
#include "room/place.h"

#define OWN_PROCESSES 2u /* of each room: bubblewrap's and its first one */

struct call {
    struct house *house;
    uint64_t started_ns;
    const json_t *body;
    const struct wire_message *message;
    json_t *answer; /* an object to be filled */
    int command;
    char room[ROOM_ID_MAX + 1];
    struct fault fault;
};

void answer_clear(struct answer *a)
{
    buf_free(&a->text);
    if (a->command >= 0)
        close(a->command);
    a->command = -1;
}

static int put(struct call *c, const char *key, json_t *value)
{
    return json_object_set_new(c->answer, key, value) == 0
               ? 0
               : fault_errno(&c->fault, ENOMEM, "the answer can't be made");
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

static int nest_display(struct call *c, const struct room *r, const struct request_start *want)
{
    if (want->x_display < 0 || r->display != REQUEST_NESTED)
        return 0;
    return display_nest(&c->house->table, r, want, c->house->init_program, c->house->map_fd,
                        &c->fault);
}

/* Run the command in a room that is there. */
static int run_in(struct call *c, struct room *r, const struct request_start *want, bool first)
{
    int terminal = c->message->fd_count ? c->message->fds[0] : -1;
    autorun struct run run = {0};
    int code = nest_display(c, r, want);
    if (code == 0)
        code = command_order(r, want, terminal >= 0, &run, &c->fault);
    if (code != 0)
        return code;
    autoclose int sock = command_start(&c->house->table, r, &run, terminal, &c->fault);
    if (sock < 0)
        return sock;
    if (code == 0)
        code = put(c, "room", json_string(r->id));
    if (code == 0)
        code = put(c, "pid", json_integer(r->init_pid));
    if (code == 0)
        code = put(c, "output", json_string(run.output));
    if (code == 0)
        code = put(c, "first", json_boolean(first));
    memcpy(c->room, r->id, sizeof c->room);
    if (code == 0 && want->wait)
        c->command = steal_fd(&sock);
    return code;
}

static int run_in_new(struct call *c, const struct request_start *want, bool remote)
{
    struct room *r = NULL;
    int code = house_make_room(c->house, want, remote, &r, &c->fault);
    if (code != 0)
        return code;
    code = run_in(c, r, want, true);
    /* a room in which nothing could be started is none */
    if (code != 0)
        house_end(c->house, &r, 1);
    return code;
}

static int start_room(struct call *c, const struct request_start *want)
{
    bool remote = place_is_remote(want->pid, want->uid);
    if (remote && !want->remote)
        return fault_reason(&c->fault, SK_REASON_REMOTE);
    if (c->message->fd_count && !command_is_terminal(c->message->fds[0], want->uid))
        return fault_set(&c->fault, SK_ERR_FORMAT, "the descriptor is no terminal of that login");
    struct room *r = table_find(&c->house->table, want->area, want->uid);
    if (!r)
        return run_in_new(c, want, remote);
    int code = check_display(r, want, &c->fault);
    if (code == 0)
        code = run_in(c, r, want, false);
    if (code != SK_ERR_CLOSED)
        return code;
    /* it was just ending: another one */
    c->fault = (struct fault){0};
    json_object_clear(c->answer);
    house_end(c->house, &r, 1);
    return run_in_new(c, want, remote);
}

static int room_start_call(struct call *c)
{
    autofree struct request_start *want = calloc(1, sizeof *want);
    if (!want)
        return fault_errno(&c->fault, ENOMEM, "the room can't be started");
    int r = request_start(c->body, want, &c->fault);
    if (r == 0)
        r = start_room(c, want);
    request_start_clear(want);
    return r;
}

static json_t *describe(const struct house *h, const struct room *r)
{
    unsigned count = cgroup_count(h->table.cgroups_fd, r->id, CGROUP_ROOM);
    bool shown = r->display == REQUEST_SHARED
                     ? r->x_display >= 0
                     : cgroup_count(h->table.cgroups_fd, r->id, CGROUP_DISPLAY) > 0;
    const char *display = !shown ? "none" : r->display == REQUEST_SHARED ? "shared" : "nested";
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:s, s:b}", "room", r->id, "area", r->area,
                     "login", r->login, "uid", (json_int_t)r->uid, "since", (json_int_t)r->since_ns,
                     "processes", (int)(count > OWN_PROCESSES ? count - OWN_PROCESSES : 0), "display",
                     display, "remote", r->remote);
}

static int room_list_call(struct call *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->house->table.count; i++)
        json_array_append_new(list, describe(c->house, c->house->table.rooms[i]));
    return put(c, "rooms", list);
}

static bool meant(const struct room *r, const struct request_end *want)
{
    return (!want->room[0] || str_eq(want->room, r->id)) &&
           (!want->area[0] || str_eq(want->area, r->area)) &&
           (!want->login[0] || str_eq(want->login, r->login));
}

static int room_end_call(struct call *c)
{
    struct request_end want;
    struct room *rooms[SK_ROOMS_MAX];
    const struct room_table *t = &c->house->table;
    size_t count = 0;
    int r = request_end(c->body, &want, &c->fault);
    if (r != 0)
        return r;
    for (size_t i = 0; i < t->count; i++)
        if (meant(t->rooms[i], &want))
            rooms[count++] = t->rooms[i];
    if (count == 0 && want.room[0])
        return fault_set(&c->fault, SK_ERR_NOT_FOUND, "there is no room %s", want.room);
    house_end(c->house, rooms, count);
    return put(c, "ended", json_integer((json_int_t)count));
}

static int status_call(struct call *c)
{
    const char *lacks = "";
    if (access(DISPLAY_XEPHYR, X_OK) != 0)
        lacks = "xserver-xephyr is not installed: no room has a nested display";
    else if (c->house->table.count > 0 && !hide_is_on())
        lacks = "names and arguments of programs in rooms can be read outside (hidepid is off)";
    int r = put(c, "uptime-ns", json_integer((json_int_t)(clock_boot_ns() - c->started_ns)));
    if (r == 0)
        r = put(c, "pid", json_integer(getpid()));
    if (r == 0)
        r = put(c, "rooms", json_integer((json_int_t)c->house->table.count));
    return r == 0 ? put(c, "why", json_string(lacks)) : r;
}

struct entry {
    uint16_t type, answer;
    size_t fds_max;
    int (*carry_out)(struct call *c);
};

static const struct entry entries[] = {
    {SK_MSG_ROOM_START, SK_MSG_ROOM_STARTED, 1, room_start_call},
    {SK_MSG_ROOM_LIST, SK_MSG_ROOMS, 0, room_list_call},
    {SK_MSG_ROOM_END, SK_MSG_OK, 0, room_end_call},
    {SK_MSG_STATUS, SK_MSG_OK, 0, status_call},
};

static int carry_out(struct call *c, uint16_t *ret_answer)
{
    autojson json_t *body = NULL;
    const struct wire_message *m = c->message;
    const struct entry *e = NULL;
    for (size_t i = 0; i < array_count(entries); i++)
        if (entries[i].type == m->type)
            e = &entries[i];
    if (!e)
        return fault_set(&c->fault, SK_ERR_UNSUPPORTED, "room does not know message %u", m->type);
    if (m->fd_count > e->fds_max)
        return fault_set(&c->fault, SK_ERR_FORMAT, "the message carries too many descriptors");
    int r = record_parse(m->payload.data, m->payload.len, SK_MESSAGE_MAX, &body);
    if (r != 0)
        return fault_set(&c->fault, r, "the message is not one JSON object");
    c->body = body;
    r = e->carry_out(c);
    c->body = NULL;
    if (r == 0)
        *ret_answer = e->answer;
    return r;
}

static const char out_of_memory[] = "{\"code\":\"ENOMEM\",\"why\":\"out of memory\"}";

static void tell_fault(json_t *answer, const struct fault *f)
{
    json_object_clear(answer);
    json_object_set_new(answer, "code", json_string(sk_errname(f->code)));
    json_object_set_new(answer, "why", json_string(f->why));
    if (f->reason != SK_REASON_ALLOWED)
        json_object_set_new(answer, "reason", json_string(sk_reason_name(f->reason)));
}

void dispatch(struct house *h, uint64_t started_ns, const struct wire_message *m, struct answer *ret)
{
    struct call c = {.house = h, .started_ns = started_ns, .message = m, .command = -1,
                     .answer = json_object()};
    ret->type = SK_MSG_ERROR;
    if (c.answer && carry_out(&c, &ret->type) != 0)
        tell_fault(c.answer, &c.fault);
    autofree char *dump = c.answer ? json_dumps(c.answer, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(c.answer);
    buf_puts(&ret->text, dump ? dump : out_of_memory);
    if (!dump)
        ret->type = SK_MSG_ERROR;
    ret->command = c.command;
    memcpy(ret->room, c.room, sizeof ret->room);
}

void dispatch_gone_text(const struct room *r, struct buf *ret)
{
    autojson json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "room", r->id, "area", r->area, "login",
                                      r->login, "why", "");
    autofree char *dump = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    buf_puts(ret, dump ? dump : "{}");
}
