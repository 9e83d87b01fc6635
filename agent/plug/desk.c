/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desk.c owns the judgement about each device and its carrying out. It must never let one in before that is on
 * record, but keyboards and hubs: nobody is locked out because a disk is full. */
#include "plug/desk.h"
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "plug/cards.h"
#include "plug/desk_parts.h"
#include "plug/drivers.h"
#include "plug/hand.h"
#include "plug/nodes.h"
#include "plug/repeats.h"
#include "plug/tell.h"
#include "plug/use.h"
#include "record/record.h"

int desk_new(struct sysfs *sysfs, struct ledger_line *ledger, struct desk **ret)
{
    struct desk *d = calloc(1, sizeof *d);
    if (d && repeats_new(&d->repeats) != 0) {
        free(d);
        d = NULL;
    }
    if (d && media_line_new(stick_answered, d, &d->media) != 0) {
        repeats_free(&d->repeats);
        free(d);
        d = NULL;
    }
    if (!d) {
        ledger_line_free(&ledger);
        sysfs_close(&sysfs);
        return -ENOMEM;
    }
    d->sysfs = sysfs;
    d->ledger = ledger;
    d->policy = policy_builtin();
    TAILQ_INIT(&d->devices);
    *ret = d;
    return 0;
}

static void forget(struct desk *d, struct plugged *p)
{
    TAILQ_REMOVE(&d->devices, p, all);
    d->count--;
    plugged_free(p);
}

/* What was counted, when it is due; all: at once. */
void desk_tell_counted(struct desk *d, bool all)
{
    for (json_t *record; (record = repeats_due(d->repeats, clock_boot_ns(), all));)
        ledger_after(d->ledger, record);
}

void desk_free(struct desk **at)
{
    struct desk *d = steal_ptr(at);
    if (!d)
        return;
    while (!TAILQ_EMPTY(&d->devices))
        forget(d, TAILQ_FIRST(&d->devices));
    desk_tell_counted(d, true);
    repeats_free(&d->repeats);
    revoked_clear(&d->revoked);
    policy_free(&d->own);
    media_line_free(&d->media);
    ledger_line_free(&d->ledger);
    sysfs_close(&d->sysfs);
    free(d);
}

static struct plugged *find(const struct desk *d, const char *path)
{
    struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        if (str_eq(p->path, path))
            return p;
    return NULL;
}

/* One of two that look alike is never counted with what devices do again and again: it follows once on each coming, which
 * was admitted. */
static bool is_copy(const struct plugged *p, const char *phase)
{
    return str_eq(phase, "checked") &&
           (p->decision.reason == SK_REASON_MEDIUM_COPY || p->decision.reason == SK_REASON_MEDIUM_TWICE);
}

void desk_after(struct desk *d, const struct plugged *p, const char *phase)
{
    autojson json_t *record = tell_record(p, phase, d->policy);
    if ((record && is_copy(p, phase)) || repeats_tell(d->repeats, p, phase, record, clock_boot_ns()))
        ledger_after(d->ledger, json_incref(record));
}

/* SK_ERR_TIMEOUT: it goes on, and what comes of it is seen later (hand_is_busy). One that ended since the last look holds
 * nothing up. */
static int turn(const struct desk *d, struct plugged *p, bool on)
{
    bool was_on;
    p->hand_phase = NULL;
    p->hand_again = p->hand && hand_end(&p->hand, &was_on) == SK_ERR_TIMEOUT;
    if (p->hand_again)
        return SK_ERR_TIMEOUT;
    p->hand_told = false;
    return hand_turn(d->sysfs, p, on, &p->hand);
}

/* 1, 0, -ENOENT: it is gone. */
static int is_on(const struct desk *d, const struct plugged *p)
{
    if (p->bus == PLUG_USB)
        return sysfs_authorized(d->sysfs, p->path);
    return sysfs_folder(d->sysfs, p->path) != 0 ? cards_bound(d->sysfs, p) : -ENOENT;
}

/* --- carrying out ----------------------------------------------------------------------------- */

void desk_failed(struct desk *d, struct plugged *p, const char *what, int r)
{
    phrase_print(p->why, sizeof p->why, "%s: %s", what, PHRASE_ERROR(r));
    p->state = PLUG_FAILED;
    p->failed_ns = clock_boot_ns();
    log_error("device at %s: %s", p->port, p->why);
    desk_after(d, p, "failed");
}

/* This PC would lose a disk that it runs on. */
static bool in_use(struct desk *d, struct plugged *p)
{
    if (!p->authorized || !use_of(d->sysfs, p->path))
        return false;
    p->state = PLUG_IN_USE;
    log_warn("device at %s is not let in by the policy, but is in use", p->port);
    desk_after(d, p, "in-use");
    return true;
}

void desk_shut(struct desk *d, struct plugged *p, const char *phase)
{
    if (in_use(d, p))
        return;
    stick_close(d, p);
    p->state = PLUG_SHUT;
    int r = turn(d, p, false);
    if (r != 0 && r != -ENOENT && r != -ENODEV && r != SK_ERR_TIMEOUT) {
        desk_failed(d, p, PHRASE("it can't be shut"), r);
        return;
    }
    p->authorized = p->authorized && r == SK_ERR_TIMEOUT;
    desk_after(d, p, phase);
}

struct fitting {
    const struct plugged *p;
    char driver[64]; /* the first that does not fit */
};

static unsigned may_be(const struct plugged *p, const struct plugged_interface *i)
{
    unsigned class = plugged_class(i), allowed = p->decision.classes & ~p->decision.refused;
    if (p->decision.reason == SK_REASON_DEVICE_PRESENT)
        return ~(PLUGGED_HOLDS_FILES | p->decision.refused);
    /* one [device] or a companion stands for all that the device may be */
    return class == 0 || str_eq(p->decision.section, "device") ? allowed : class & allowed;
}

static int check_driver(void *context, const struct plugged_interface *i, const char *driver)
{
    struct fitting *f = context;
    if (driver_fits(driver, may_be(f->p, i)))
        return 0;
    snprintf(f->driver, sizeof f->driver, "%.63s", driver);
    return 1;
}

static int find_undriven(void *context, const struct plugged_interface *i, const char *driver)
{
    (void)context;
    return plugged_class(i) == POLICY_CLASS_OTHER && !*driver;
}

/* What bound to a device that was let in must be what was let in. */
void desk_check_drivers(struct desk *d, struct plugged *p)
{
    struct fitting f = {.p = p};
    if (d->glass.broken || sysfs_interfaces(d->sysfs, p->path, check_driver, &f) != 1)
        return;
    autobuf struct buf driver = {0};
    str_escape(&driver, f.driver, strlen(f.driver));
    phrase_print(p->why, sizeof p->why, "driver %s took it, which does not fit", driver.data ? driver.data : "");
    log_warn("device at %s: %s", p->port, p->why);
    p->decision.verdict = PLUGGED_REFUSED;
    p->decision.reason = SK_REASON_DEVICE_DRIVER;
    desk_shut(d, p, "cut");
}

enum plug_state desk_let_in_state(const struct plugged *p)
{
    return p->decision.verdict == PLUGGED_PARTLY ? PLUG_PARTLY : stick_is(p) ? PLUG_CHECKING : PLUG_OPEN;
}

bool desk_is_in(const struct plugged *p)
{
    return p->state == PLUG_OPEN || p->state == PLUG_PARTLY || p->state == PLUG_CHECKING;
}

void desk_silent(struct desk *d, struct plugged *p)
{
    p->hand_told = true;
    if (!desk_is_in(p)) {
        desk_failed(d, p, PHRASE("it can't be shut"), SK_ERR_TIMEOUT);
        return;
    }
    phrase_print(p->why, sizeof p->why, "%s", PHRASE("it does not answer"));
    log_warn("device at %s: %s", p->port, p->why);
    desk_after(d, p, "failed");
}

void desk_let_in(struct desk *d, struct plugged *p)
{
    if (!sysfs_is_same(d->sysfs, p)) {
        p->state = PLUG_SHUT; /* gone, or another one is there: the events come */
        return;
    }
    int r = turn(d, p, true);
    if (r == -ENOENT || r == -ENODEV)
        return; /* gone: its removal comes */
    if (r != 0 && r != SK_ERR_TIMEOUT) {
        desk_failed(d, p, PHRASE("it can't be let in"), r);
        return;
    }
    /* the kernel starts its drivers, which may wait for it: whatever comes of that must fit */
    p->authorized = true;
    p->state = desk_let_in_state(p);
    desk_check_drivers(d, p);
}

/* The record without which it may not come in. One that comes and goes all the time waits until there is to be one
 * again. */
static bool is_on_record(struct desk *d, struct plugged *p, const char *phase, enum plug_state before)
{
    autojson json_t *record = tell_record(p, phase, d->policy);
    if (!repeats_admit(d->repeats, p, clock_boot_ns())) {
        phrase_print(p->why, sizeof p->why, "it came and went too often: it waits until it keeps still");
        p->state = PLUG_WAITING;
        if (before != PLUG_WAITING)
            desk_after(d, p, phase);
        return false;
    }
    if (ledger_before(d->ledger, json_incref(record)) != 0)
        return false;
    return repeats_tell(d->repeats, p, phase, record, clock_boot_ns()); /* it takes a place of its own */
}

/* Is what may come in of it needed to work here? */
bool desk_is_input(const struct plugged *p)
{
    return (p->decision.classes & ~p->decision.refused & ~(unsigned)DESK_INPUT) == 0;
}

/* In, once that is on record. */
static void open_up(struct desk *d, struct plugged *p, const char *phase)
{
    bool input = desk_is_input(p);
    enum plug_state before = p->state;
    p->state = desk_let_in_state(p);
    if (input) {
        desk_after(d, p, phase);
    } else if (!is_on_record(d, p, phase, before)) {
        p->state = PLUG_WAITING;
        return;
    }
    desk_let_in(d, p);
}

/* As open_up, when it may be in already with more or less of it. */
static void open_anew(struct desk *d, struct plugged *p, const char *phase)
{
    if (in_use(d, p))
        return;
    stick_close(d, p);
    int r = p->authorized ? turn(d, p, false) : 0;
    if (r == SK_ERR_TIMEOUT) {
        p->state = PLUG_SHUT;
        p->hand_again = true;
        p->hand_phase = phase;
        return;
    }
    if (r != 0 && r != -ENOENT && r != -ENODEV) {
        desk_failed(d, p, PHRASE("it can't be shut"), r);
        return;
    }
    p->authorized = false;
    open_up(d, p, phase);
}

/* It is in already, and may be. */
static void stay(struct desk *d, struct plugged *p, const char *phase)
{
    p->state = desk_let_in_state(p);
    desk_after(d, p, phase);
    desk_check_drivers(d, p);
    if (p->state == PLUG_CHECKING)
        stick_again(d, p);
}

/* What works here already loses a half of it, and never goes off meanwhile: nobody is locked out by that. */
static void narrow(struct desk *d, struct plugged *p, const char *phase)
{
    if (in_use(d, p))
        return;
    p->state = PLUG_PARTLY;
    desk_after(d, p, phase);
    desk_let_in(d, p);
}

void desk_decide(const struct desk *d, const struct plugged *p, struct plugged_decision *ret)
{
    const struct plugged_question q = plugged_ask(p, time(NULL));
    decide_plugged(d->policy, &q, ret);
    if (d->keeps && !d->own && p->was_in)
        plugged_keep(ret, p->driven);
}

static void decide(const struct desk *d, struct plugged *p)
{
    p->why[0] = '\0';
    if (p->bus == PLUG_CARD)
        cards_judge(p);
    else
        desk_decide(d, p, &p->decision);
    if (!p->twice)
        return;
    p->decision.verdict = PLUGGED_REFUSED;
    p->decision.reason = SK_REASON_MEDIUM_TWICE;
}

/* The glass is broken: whatever it is comes in. */
static void let_in_all_the_same(struct desk *d, struct plugged *p, const char *phase)
{
    if (p->state == PLUG_PARTLY)
        p->authorized = turn(d, p, false) != 0; /* its other half comes in with it anew */
    int r = p->authorized ? 0 : turn(d, p, true);
    p->authorized = r == 0 || r == SK_ERR_TIMEOUT;
    p->state = PLUG_OPEN;
    if (p->decision.verdict != PLUGGED_ALLOWED)
        p->decision.reason = SK_REASON_BREAK_GLASS;
    if (!p->authorized && r != -ENOENT && r != -ENODEV)
        desk_failed(d, p, PHRASE("it can't be let in"), r);
    else
        desk_after(d, p, phase);
}

void desk_judge(struct desk *d, struct plugged *p, const char *phase)
{
    if (p->marking)
        return; /* when that is over */
    decide(d, p);
    bool whole = p->authorized && p->state != PLUG_PARTLY;
    if (d->glass.broken && (p->decision.verdict != PLUGGED_ALLOWED || !whole))
        let_in_all_the_same(d, p, phase);
    else if (p->decision.verdict == PLUGGED_REFUSED)
        desk_shut(d, p, phase);
    else if (whole && p->decision.verdict == PLUGGED_ALLOWED)
        stay(d, p, phase);
    else if (p->authorized && p->decision.verdict == PLUGGED_PARTLY && (desk_is_input(p) || p->decision.reason == SK_REASON_DEVICE_PRESENT))
        narrow(d, p, phase);
    else
        open_anew(d, p, phase);
}

/* --- what comes and goes ---------------------------------------------------------------------- */

/* Cards go on becoming drives by themselves while the glass is broken. */
void desk_readers(struct desk *d)
{
    int r = cards_close(d->sysfs, !d->glass.broken);
    if (r != 0 && r != -ENOENT)
        log_error("memory cards go on becoming drives by themselves: %s", sk_strerror(r));
}

static void root_hub(struct desk *d, const char *path)
{
    int r = d->glass.broken ? 0 : sysfs_close_root_hub(d->sysfs, path);
    if (r != 0 && r != -ENOENT)
        log_error("%s: the kernel goes on letting devices in: %s", path, sk_strerror(r));
}

/* Is it still what was read? The kernel takes its files away before it says that it went. */
static bool is_there(const struct desk *d, const struct plugged *p)
{
    return sysfs_is_same(d->sysfs, p) &&
           (p->bus == PLUG_CARD ? cards_is_there(d->sysfs, p) : sysfs_authorized(d->sysfs, p->path) >= 0);
}

static void went(struct desk *d, struct plugged *p)
{
    desk_after(d, p, "removed");
    stick_gone(d, p);
    forget(d, p);
}

/* A message may be old: it tells of one that was there before (and was missed when messages were lost). */
static void removed(struct desk *d, const char *path)
{
    struct plugged *p = find(d, path);
    if (p && !is_there(d, p))
        went(d, p);
}

const char *desk_arrival(const struct plugged *p)
{
    return p->present ? "present" : "plugged";
}

/* It was gone before it could be looked at: of it is known what the kernel's message said. */
static void missed(struct desk *d, const struct monitor_event *e)
{
    autobuf struct buf port = {0};
    char none[] = "";
    struct plugged p = {.said = {.vendor = e->vendor, .product = e->product}, .since_ns = clock_boot_ns(),
                        .serial = none, .maker = none, .name = none};
    sysfs_port(e->path, &port);
    buf_puts(&port, "");
    p.port = port.data ? port.data : none;
    decide(d, &p);
    phrase_print(p.why, sizeof p.why, "it was gone before it could be looked at");
    desk_after(d, &p, "plugged");
    desk_after(d, &p, "removed");
}

static void came(struct desk *d, const struct monitor_event *e)
{
    const char *path = e->path;
    struct plugged *p = find(d, path);
    if (p && is_there(d, p))
        return; /* an old message: it is known already */
    if (p)
        went(d, p); /* its removal was lost */
    if (d->count == PLUG_DEVICES_MAX) {
        log_error("more than %d devices: %s stays shut", PLUG_DEVICES_MAX, path);
        return;
    }
    int r = e->kind == MONITOR_CARD ? cards_read(d->sysfs, path, &p) : sysfs_read(d->sysfs, path, &p);
    bool gone = r == -ENOENT || r == -ENODEV;
    if (gone && e->kind == MONITOR_DEVICE && d->begun)
        missed(d, e);
    if (r != 0) {
        if (!gone && r != SK_ERR_UNSUPPORTED)
            log_error("%s can't be read and stays shut: %s", path, sk_strerror(r));
        return;
    }
    if (!p->readable && p->bus == PLUG_USB && p->said.vendor == 0) { /* sysfs said nothing either */
        p->said.vendor = e->vendor;
        p->said.product = e->product;
    }
    p->present = !d->begun;
    p->was_in = p->present && p->authorized;
    p->driven = p->was_in && sysfs_interfaces(d->sysfs, p->path, find_undriven, NULL) == 0;
    p->node = p->present ? PLUG_NODE_UNTOLD : PLUG_NODE_SHUT; /* one that comes is root's by the rules */
    TAILQ_INSERT_TAIL(&d->devices, p, all);
    d->count++;
    desk_judge(d, p, desk_arrival(p));
}

/* Something is there: a way in that is to be closed, or what came by one. */
static void arrived(struct desk *d, const struct monitor_event *e)
{
    if (e->kind == MONITOR_READER)
        desk_readers(d);
    else if (e->kind == MONITOR_LUN)
        stick_lun(d, e->path);
    else if (e->kind == MONITOR_BLOCK)
        stick_block(d, e->path, e->number);
    else if (e->kind == MONITOR_DEVICE && sysfs_is_root_hub(e->path))
        root_hub(d, e->path);
    else if (e->kind == MONITOR_DEVICE || e->kind == MONITOR_CARD)
        came(d, e);
}

/* Somebody else let in what we did not. One that may be in, but not as it is, is not cut off for that: desk_turn tries
 * again. */
static void cut_foreign(struct desk *d, struct plugged *p)
{
    bool may_be_in = p->state == PLUG_FAILED && p->decision.verdict != PLUGGED_REFUSED;
    if (p->hand) { /* nobody knows yet whose doing it was */
        p->hand_again = true;
        return;
    }
    if (p->state == PLUG_IN_USE || may_be_in || is_on(d, p) != 1)
        return;
    p->authorized = true;
    p->decision.reason = SK_REASON_DEVICE_FOREIGN;
    desk_shut(d, p, "cut");
}

/* A driver took an interface: of a device that we let in it must fit, another was let in by somebody else, and one that
 * is not known came unheard. */
static void bound(struct desk *d, const char *path)
{
    char device[PLUG_PATH_CAP];
    const char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) >= sizeof device)
        return;
    snprintf(device, sizeof device, "%.*s", (int)(slash - path), path);
    struct plugged *p = find(d, device);
    const struct monitor_event missed = {.action = MONITOR_ADD, .kind = MONITOR_DEVICE, .path = device};
    if (!p)
        arrived(d, &missed);
    if (!p || d->glass.broken)
        return;
    if (desk_is_in(p))
        desk_check_drivers(d, p);
    else
        cut_foreign(d, p);
}

static void card_bound(struct desk *d, const char *path)
{
    struct plugged *p = find(d, path);
    if (p && !d->glass.broken)
        cut_foreign(d, p);
}

void desk_event(struct desk *d, const struct monitor_event *e)
{
    if (e->action == MONITOR_ADD)
        arrived(d, e);
    else if (e->action == MONITOR_REMOVE && (e->kind == MONITOR_DEVICE || e->kind == MONITOR_CARD))
        removed(d, e->path);
    else if (e->action == MONITOR_BIND && e->kind == MONITOR_INTERFACE)
        bound(d, e->path);
    else if (e->action == MONITOR_BIND && e->kind == MONITOR_CARD)
        card_bound(d, e->path);
}

static void found(void *context, const struct monitor_event *e)
{
    struct desk *d = context;
    struct plugged *p = find(d, e->path);
    if (!p || !sysfs_is_same(d->sysfs, p))
        arrived(d, e);
    else if (p->bus == PLUG_USB && desk_is_in(p))
        desk_check_drivers(d, p);
    else if (!d->glass.broken)
        cut_foreign(d, p);
}

static void drop_gone(struct desk *d)
{
    struct plugged *p = TAILQ_FIRST(&d->devices);
    while (p) {
        struct plugged *next = TAILQ_NEXT(p, all);
        if (!is_there(d, p))
            went(d, p);
        p = next;
    }
}

void desk_look(struct desk *d, struct monitor *m)
{
    drop_gone(d);
    int r = monitor_each(m, found, d);
    if (r != 0)
        log_error("devices can't be listed: %s", sk_strerror(r));
}

void desk_begin(struct desk *d)
{
    d->begun = true;
}
