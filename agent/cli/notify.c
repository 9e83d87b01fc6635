/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify.c owns what is told in notices, and when. It must never show more than one for many refusals
 * at once, nor offer by a button what the policy does not. */
#include "cli/notify.h"
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include <sekisho/record.h>
#include <signal.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/device_event.h"
#include "cli/incident.h"
#include "cli/notice.h"
#include "cli/screen.h"
#include "cli/watch_line.h"
#include "client/suggest.h"
#include "policy/policy.h"
#include "record/record.h"

#define GATHER_NS   (10ull * 1000000000) /* refusals of so long become one notice */
#define SETTLE_NS   (300ull * 1000000)   /* of a first one, for what comes with it */
#define RETRY_NS    (5ull * 1000000000)  /* between tries to reach the agent */
#define LOOK_MS     (3600 * 1000)        /* between two looks at the calendar */
#define JAPAN_S     (9 * 3600)           /* the contracts' days begin so long before those of UTC */
#define BUTTONS_MAX 8                    /* notices that wait for a click, at a time */
#define HEARD_MAX   256                  /* of the agent's messages before what is due is told */

/* What is to be told in one notice. */
struct heap {
    json_t *last; /* the last of it, NULL = nothing */
    unsigned count;
    uint64_t first_ns, told_ns; /* boot clock */
};

struct notices {
    struct cli *cli;
    struct notice_buttons buttons[BUTTONS_MAX];
    struct heap refusals, devices;
    json_t *rooms;     /* areas in which the person may have a room: {id: true} */
    char *login;       /* NULL = not known yet */
    int64_t ends_day;  /* day in Japan on which the ends of contracts were told, 0 = not yet */
};

static void heap_told(struct heap *h)
{
    json_decref(h->last);
    h->last = NULL;
    h->count = 0;
    h->told_ns = clock_boot_ns();
}

static void heap_add(struct heap *h, const json_t *message)
{
    json_t *event = json_object_get(message, "event");
    int64_t count = record_number(event, "count");
    if (!h->last)
        h->first_ns = clock_boot_ns();
    json_decref(h->last);
    h->last = json_incref(event);
    h->count += count > 0 ? (unsigned)count : 1;
}

static struct notice_buttons *free_buttons(struct notices *n)
{
    for (size_t i = 0; i < BUTTONS_MAX; i++)
        if (n->buttons[i].fd < 0)
            return &n->buttons[i];
    return NULL;
}

static bool learn_login(struct notices *n)
{
    autojson json_t *nothing = json_object();
    autojson json_t *me = NULL;
    if (!n->login && cli_ask(n->cli, SK_OP_WHOAMI, nothing, NULL, 0, &me) == CLI_OK)
        n->login = strdup(record_text(me, "login"));
    return n->login != NULL;
}

/* What may be asked for because of this event, by the policy in force. */
static void find_suggestion(struct notices *n, const json_t *event, struct suggestion *ret)
{
    autojson json_t *nothing = json_object();
    autojson json_t *answer = NULL;
    struct policy_findings findings = {0};
    struct policy *policy = NULL;
    *ret = (struct suggestion){0};
    if (!suggest_may(event) || !learn_login(n) ||
        cli_ask(n->cli, SK_OP_POLICY_SHOW, nothing, NULL, 0, &answer) != CLI_OK)
        return;
    const char *text = record_text(answer, "text");
    if (policy_parse(text, strlen(text), &policy, &findings) == 0 && policy)
        suggest_of(policy, n->login, event, clock_wall_s(), ret);
    policy_findings_free(&findings);
    policy_free(&policy);
}

/* One notice, with the buttons that make sense for this event. */
static void show(struct notices *n, const char *title, const char *text, const json_t *event)
{
    autosuggestion struct suggestion asks = {0};
    struct notice_buttons *buttons = free_buttons(n);
    const char *area = record_text(event, "area");
    if (buttons)
        find_suggestion(n, event, &asks);
    if (buttons && json_object_get(n->rooms, area))
        snprintf(buttons->area, sizeof buttons->area, "%s", area);
    if (buttons) {
        buttons->asks = asks;
        asks = (struct suggestion){0};
    }
    notice_show(title, text, buttons);
}

static void tell_devices(struct notices *n)
{
    autobuf struct buf text = {0};
    device_event_text(&text, n->devices.last, n->devices.count);
    buf_puts(&text, "");
    if (!text.err)
        show(n, device_event_title(n->devices.last), text.data, n->devices.last);
    heap_told(&n->devices);
}

static void tell(struct notices *n)
{
    autobuf struct buf text = {0};
    watch_notice(&text, n->refusals.last, n->refusals.count);
    buf_puts(&text, "");
    if (!text.err)
        show(n, _("Protected data: refused"), text.data, n->refusals.last);
    heap_told(&n->refusals);
}

/* Milliseconds until what has been gathered is to be told; -1 = there is nothing. */
static int heap_due_ms(const struct heap *h)
{
    if (!h->last)
        return -1;
    uint64_t now = clock_boot_ns(), due = h->first_ns + SETTLE_NS;
    if (h->told_ns != 0 && h->told_ns + GATHER_NS > due)
        due = h->told_ns + GATHER_NS;
    return now >= due ? 0 : (int)((due - now) / 1000000) + 1;
}

static int due_ms(const struct notices *n)
{
    int refusals = heap_due_ms(&n->refusals), devices = heap_due_ms(&n->devices);
    return refusals < 0 || (devices >= 0 && devices < refusals) ? devices : refusals;
}

/* Each one is told at once: there are few, and the first report is due within the hour. */
static void tell_incident(const json_t *event)
{
    autobuf struct buf text = {0};
    const char *id = record_text(event, "of");
    if (record_flag(event, "own")) {
        buf_printf(&text, _("%s: you were refused many times. Tell an information manager now, with that number, what you "
                            "were doing; if it was mistyping, say so."), id);
        if (!text.err)
            notify_tell(_("An incident is open over your refusals"), text.data);
        return;
    }
    buf_printf(&text, "%s: %s\n", id, incident_type_here(record_text(event, "what")));
    buf_printf(&text, _("What is due, and whom to phone: sekisho incident show %s"), id);
    if (!text.err)
        notify_tell(_("An incident was opened"), text.data);
}

static void gather(struct notices *n, json_t *message)
{
    const json_t *event = record_member(message, "event");
    if (event && str_eq(record_text(event, "kind"), SK_KIND_INCIDENT)) {
        tell_incident(event);
        return;
    }
    /* what is asked for in a terminal is answered there; a room may have been asked for in a menu */
    if (!event || (str_eq(record_text(event, "kind"), SK_KIND_REFUSAL) &&
                   !str_eq(record_text(event, "what"), SK_OP_ROOM_START)))
        return;
    heap_add(device_event_is(event) ? &n->devices : &n->refusals, message);
}

static void learn_rooms(struct notices *n)
{
    autojson json_t *nothing = json_object();
    autojson json_t *answer = NULL;
    const json_t *row;
    size_t i;
    if (cli_ask(n->cli, SK_OP_AREA_LIST, nothing, NULL, 0, &answer) != CLI_OK)
        return; /* what was known goes on */
    json_object_clear(n->rooms);
    json_array_foreach(record_member(answer, "areas"), i, row) {
        if (record_flag(row, "mine"))
            json_object_set_new(n->rooms, record_text(row, "area"), json_true());
    }
}

/* What the agent has said by now, so that one notice tells all of it. False: the agent is gone. */
static bool hear(struct notices *n, int sock)
{
    for (int i = 0; i < HEARD_MAX; i++) {
        autojson json_t *message = NULL;
        enum talk_step step;
        int r = talk_next(sock, 0, &message, &step);
        if (r != 0)
            return r == SK_ERR_TIMEOUT;
        gather(n, message);
        if (step != TALK_PROGRESS)
            return false;
    }
    return true;
}

/* Wait once: for the agent, for a button, for what is due, at most so long (-1: without end). False:
 * the agent is gone. */
static bool turn(struct notices *n, int sock, int timeout_ms)
{
    struct pollfd p[1 + BUTTONS_MAX];
    int due = due_ms(n);
    p[0] = (struct pollfd){.fd = sock, .events = POLLIN};
    for (size_t i = 0; i < BUTTONS_MAX; i++)
        p[1 + i] = (struct pollfd){.fd = n->buttons[i].fd, .events = POLLIN};
    if (poll(p, array_count(p), due >= 0 && (timeout_ms < 0 || due < timeout_ms) ? due : timeout_ms) < 0)
        return errno == EINTR;
    for (size_t i = 0; i < BUTTONS_MAX; i++)
        if (n->buttons[i].fd >= 0 && p[1 + i].revents)
            notice_pressed(&n->buttons[i]);
    bool there = !p[0].revents || hear(n, sock);
    if (heap_due_ms(&n->refusals) == 0) {
        learn_rooms(n);
        tell(n);
    }
    if (heap_due_ms(&n->devices) == 0)
        tell_devices(n);
    return there;
}

static void tell_end(const json_t *contract)
{
    autobuf struct buf text = {0};
    int64_t days = record_number(contract, "days");
    const char *state = record_text(contract, "state"), *title = record_text(contract, "title");
    if (record_number(contract, "level") < 0 || str_eq(state, "closed"))
        return;
    if (days < 0)
        buf_printf(&text, _("%s is over: nothing of it opens any more."), title);
    else if (days == 0)
        buf_printf(&text, _("%s ends today. Tomorrow nothing of it opens any more."), title);
    else
        buf_printf(&text,
                   ngettext("%s ends on %s, in %lld day. Everything of it must be returned or erased by then.",
                            "%s ends on %s, in %lld days. Everything of it must be returned or erased by then.",
                            (unsigned long)days), title, record_text(contract, "end"), (long long)days);
    if (!text.err)
        notify_tell(_("The end of a contract"), text.data);
}

/* Once on each day in Japan, and at the first time. False: the agent is away. */
static bool tell_ends(struct notices *n)
{
    int64_t day = (clock_wall_s() + JAPAN_S) / CLOCK_DAY_S;
    autojson json_t *nothing = json_object();
    autojson json_t *answer = NULL;
    size_t i;
    const json_t *row;
    if (n->ends_day == day || !nothing)
        return true;
    int code = cli_ask(n->cli, SK_OP_CONTRACT_LIST, nothing, NULL, 0, &answer);
    if (code == CLI_NO_AGENT)
        return false;
    n->ends_day = day; /* also for who is not told: not on the roster today is not asked again today */
    if (code != CLI_OK)
        return true;
    json_array_foreach(record_member(answer, "contracts"), i, row)
        tell_end(row);
    return true;
}

int notify_run(struct cli *cli)
{
    struct cli silent = *cli;
    struct notices n = {.cli = &silent, .rooms = json_object()};
    silent.quiet = true;
    for (size_t i = 0; i < BUTTONS_MAX; i++)
        n.buttons[i].fd = -1;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        autojson json_t *question =
            json_pack("{s:s, s:i, s:b}", "scope", "mine", "after", -1, "refusals", 1);
        autoclose int sock = -1;
        if (question && tell_ends(&n) &&
            ask_begin(&silent, SK_OP_WATCH, question, NULL, 0, &sock) == CLI_OK)
            while (turn(&n, sock, LOOK_MS))
                (void)!tell_ends(&n);
        uint64_t again = clock_boot_ns() + RETRY_NS;
        for (uint64_t now; (now = clock_boot_ns()) < again;)
            turn(&n, -1, (int)((again - now) / 1000000) + 1);
    }
}
