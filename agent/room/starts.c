/* SPDX-License-Identifier: GPL-3.0-or-later */
/* starts.c owns the steps of a command's start. It must never wait for anything in a room or on a person's
 * display, nor leave an asker without an answer. */
#include "room/starts.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "room/cgroup.h"
#include "room/command.h"
#include "room/dispatch.h"

#define MS         1000000ull /* nanoseconds */
#define DISPLAY_NS (20000 * MS) /* for a nested server to answer; less than a room waits for its first command */

static void forget(struct start *s)
{
    wire_message_clear(&s->message);
    if (s->want)
        request_start_clear(s->want);
    free(s->want);
    nesting_close(&s->display);
    run_clear(&s->run);
    if (s->sock >= 0)
        close(s->sock);
    *s = (struct start){.display = NESTING_NONE, .sock = -1};
}

int starts_add(struct desk *d, const struct room *r, bool first, uint64_t peer,
               struct wire_message *message, struct request_start **want)
{
    for (size_t i = 0; i < STARTS_MAX; i++) {
        struct start *s = &d->starts.at[i];
        if (s->used)
            continue;
        *s = (struct start){.used = true, .first = first, .peer = peer, .sock = -1,
                            .number = ++d->starts.last_number, .message = *message,
                            .want = steal_ptr(want), .display = NESTING_NONE};
        memcpy(s->room, r->id, sizeof s->room);
        *message = (struct wire_message){0};
        return 0;
    }
    return SK_ERR_LIMIT;
}

/* A start came to nothing. */
static void fail(struct desk *d, struct start *s, const struct fault *f)
{
    struct room *r = table_find_id(&d->house.table, s->room);
    uint64_t peer = s->peer;
    if (s->step == START_DISPLAY && r)
        cgroup_kill_display(d->house.table.cgroups_fd, s->room);
    /* a room in which nothing could be started is none */
    if (s->first && r)
        house_end(&d->house, r, PHRASE("nothing could be started in it"));
    forget(s);
    server_refuse(d->server, peer, f->code, f->why);
}

/* It was just ending: another room when that is gone. */
static void again(struct desk *d, struct start *s)
{
    struct room *r = table_find_id(&d->house.table, s->room);
    uint64_t peer = s->peer;
    struct wire_message message = s->message;
    s->message = (struct wire_message){0};
    forget(s);
    if (r)
        house_end(&d->house, r, "");
    if (later_start(&d->laters, peer, &message) != 0)
        server_refuse(d->server, peer, SK_ERR_LIMIT, PHRASE("too many starts wait for rooms to end"));
    d->some_gone = d->some_gone || !r;
    wire_message_clear(&message);
}

static void done(struct desk *d, struct start *s, const struct room *r)
{
    json_t *answer = json_pack("{s:s, s:i, s:s, s:b, s:s}", "room", r->id, "pid", (int)r->init_pid,
                               "output", s->run.output, "first", s->first, "lacks",
                               s->want->gpu && !r->gpu ? "gpu" : "");
    bool there = server_send(d->server, s->peer, SK_MSG_ROOM_STARTED, answer, -1);
    if (there && s->want->wait && !waits_full(&d->waits))
        waits_add(&d->waits, s->peer, steal_fd(&s->sock));
    else if (there && s->want->wait) /* nobody can be told of its end */
        (void)server_send(d->server, s->peer, SK_MSG_ROOM_ENDED, json_pack("{s:i}", "status", 1), -1);
    forget(s);
}

static int give_order(struct desk *d, struct start *s, const struct room *r, struct fault *f)
{
    int terminal = s->message.fd_count ? s->message.fds[0] : -1;
    int code = command_order(r, s->want, terminal >= 0, &s->run, f);
    if (code != 0)
        return code;
    s->sock = command_send(&d->house.table, r, &s->run, terminal, f);
    if (s->sock < 0)
        return f->code;
    s->step = START_COMMAND;
    s->limit_ns = clock_boot_ns() + SK_ANSWER_MS * MS;
    return 0;
}

static int begin(struct desk *d, struct start *s, const struct room *r, struct fault *f)
{
    if (s->want->x_display < 0 || r->display != REQUEST_NESTED)
        return give_order(d, s, r, f);
    s->step = START_DISPLAY;
    s->limit_ns = clock_boot_ns() + DISPLAY_NS;
    int code = display_nest(&d->house, r, s->want, &s->display, f);
    if (code != 0 || s->display.ready_fd >= 0)
        return code;
    s->step = START_QUEUED; /* what goes wrong from here on is no fault of the display */
    return give_order(d, s, r, f);
}

static int see_display(struct desk *d, struct start *s, const struct room *r, bool late, struct fault *f)
{
    bool ready;
    int code = display_ready(&s->display, &ready, f);
    if (code == 0 && !ready)
        return late ? display_failed(&s->display, false, f) : 0;
    nesting_close(&s->display);
    if (code != 0)
        return code;
    s->step = START_QUEUED;
    return give_order(d, s, r, f);
}

/* True: it is over, whatever came of it. */
static bool see_command(struct desk *d, struct start *s, const struct room *r, bool late, struct fault *f)
{
    bool runs;
    int code = command_runs(s->sock, &s->run, &runs, f);
    if (code == 0 && !runs && late)
        code = command_silent(f);
    if (code == 0 && runs)
        done(d, s, r);
    return code == 0 && runs;
}

/* One start of a room at a time is in its hands. */
static bool is_next(const struct starts *all, const struct start *s)
{
    for (size_t i = 0; i < STARTS_MAX; i++)
        if (all->at[i].used && all->at[i].number < s->number &&
            strcmp(all->at[i].room, s->room) == 0)
            return false;
    return true;
}

static void go_on(struct desk *d, struct start *s)
{
    struct fault f = {0};
    struct room *r = table_find_id(&d->house.table, s->room);
    if ((!r || r->leaving_ns != 0) && !s->first) {
        again(d, s);
        return;
    }
    if (!r || r->leaving_ns != 0) {
        fault_set(&f, SK_ERR_CLOSED, "the room is at its end");
        fail(d, s, &f);
        return;
    }
    bool late = clock_boot_ns() >= s->limit_ns;
    int code = 0;
    if (s->step == START_QUEUED)
        code = is_next(&d->starts, s) ? begin(d, s, r, &f) : 0;
    else if (s->step == START_DISPLAY)
        code = see_display(d, s, r, late, &f);
    else if (!see_command(d, s, r, late, &f))
        code = f.code;
    if (code == SK_ERR_CLOSED && !s->first)
        again(d, s);
    else if (code != 0)
        fail(d, s, &f);
}

void starts_watch(const struct starts *all, struct server *server, void (*ready)(void *context, int fd))
{
    for (size_t i = 0; i < STARTS_MAX; i++) {
        const struct start *s = &all->at[i];
        if (s->used && s->step != START_QUEUED)
            server_watch(server, s->step == START_DISPLAY ? s->display.ready_fd : s->sock, ready);
    }
}

/* The oldest that has not been seen in this step, for what follows it may go on then. */
static struct start *after(struct starts *all, uint64_t number)
{
    struct start *found = NULL;
    for (size_t i = 0; i < STARTS_MAX; i++) {
        struct start *s = &all->at[i];
        if (s->used && s->number > number && (!found || s->number < found->number))
            found = s;
    }
    return found;
}

int starts_step(struct desk *d)
{
    uint64_t last = d->starts.last_number, seen = 0, now = clock_boot_ns();
    int wait = -1;
    for (struct start *s; (s = after(&d->starts, seen)) && s->number <= last;) {
        seen = s->number;
        go_on(d, s);
    }
    for (size_t i = 0; i < STARTS_MAX; i++) {
        const struct start *s = &d->starts.at[i];
        if (!s->used || s->step == START_QUEUED)
            continue;
        int ms = s->limit_ns <= now ? 0 : (int)((s->limit_ns - now) / MS) + 1;
        wait = wait < 0 || ms < wait ? ms : wait;
    }
    return wait;
}
