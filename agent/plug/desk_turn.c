/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desk_turn.c owns what changes about devices that are there: another policy, a revocation, a time that is over, the
 * glass, an answer that came late. It must never judge one itself: desk.c does. */
#include <errno.h>
#include <time.h>
#include <sekisho/err.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "plug/desk.h"
#include "plug/desk_parts.h"
#include "plug/hand.h"
#include "plug/nodes.h"
#include "plug/repeats.h"
#include "plug/tell.h"
#include "plug/use.h"

#define AGAIN_MS  1000        /* until what waits is tried again */
#define EXPIRY_MS (60 * 1000) /* between two looks whether an approval has expired */

void desk_policy(struct desk *d, struct policy *policy)
{
    struct policy *before = d->own;
    struct plugged *p;
    d->own = policy;
    d->policy = policy ? policy : policy_builtin();
    TAILQ_FOREACH(p, &d->devices, all)
        desk_judge(d, p, "judged");
    policy_free(&before);
}

void desk_keep(struct desk *d)
{
    d->keeps = true;
}

int desk_revoke(struct desk *d, const json_t *message, struct fault *f)
{
    struct plugged *p;
    int r = revoked_take(&d->revoked, message, f);
    if (r != 0)
        return r;
    TAILQ_FOREACH(p, &d->devices, all)
        if (p->known && !p->marking && !d->glass.broken)
            stick_again(d, p);
    return 0;
}

/* How did the one end that did not answer at once? True as long as it has not. */
static bool hand_is_busy(struct desk *d, struct plugged *p)
{
    bool on = false, told = p->hand_told, to_be_off = p->decision.verdict == PLUGGED_REFUSED && !d->glass.broken;
    int r = hand_end(&p->hand, &on);
    if (r == SK_ERR_TIMEOUT && !told && hand_is_silent(p->hand))
        desk_silent(d, p);
    if (r == SK_ERR_TIMEOUT)
        return true;
    p->hand_told = false;
    if (told)
        p->why[0] = '\0';
    p->authorized = r == 0 ? on : p->authorized;
    if (r == -ENOENT || r == -ENODEV)
        return false; /* its removal comes */
    if (r != 0)
        desk_failed(d, p, on ? PHRASE("it can't be let in") : PHRASE("it can't be shut"), r);
    else if (to_be_off && (on || p->hand_again))
        desk_shut(d, p, "judged"); /* by what was decided meanwhile, which need not be the policy's doing */
    else if (p->hand_again || (!on && !to_be_off))
        desk_judge(d, p, p->hand_phase ? p->hand_phase : "judged");
    else {
        if (!on)
            p->state = PLUG_SHUT;
        if (told)
            desk_after(d, p, "judged");
        if (on)
            desk_check_drivers(d, p);
    }
    return false;
}

void desk_switches(const struct desk *d, void (*each)(void *context, int fd), void *context)
{
    const struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        if (p->hand)
            each(context, hand_fd(p->hand));
}

/* One that may be in, of which the kernel did not do what it was told: is it time to tell it again? */
static bool is_due_again(const struct plugged *p)
{
    return p->state == PLUG_FAILED && p->decision.verdict != PLUGGED_REFUSED &&
           clock_boot_ns() - p->failed_ns >= EXPIRY_MS * UINT64_C(1000000);
}

/* An approval that has expired shuts the device, one that waited may be on record now. */
static bool look_again(struct desk *d, struct plugged *p)
{
    struct plugged_decision now;
    desk_decide(d, p, &now);
    bool changed = p->bus == PLUG_USB && desk_is_in(p) && !p->marking && !d->glass.broken &&
                   (now.verdict != p->decision.verdict || stick_ended(d, p));
    if (p->state == PLUG_WAITING || changed || is_due_again(p) ||
        (p->state == PLUG_IN_USE && !use_of(d->sysfs, p->path)))
        desk_judge(d, p, p->state == PLUG_WAITING ? desk_arrival(p) : "judged");
    return p->state == PLUG_WAITING;
}

/* May what was decided about it change by itself? */
static bool may_change(const struct desk *d, const struct plugged *p)
{
    const struct policy_device *named =
        str_eq(p->decision.section, "device") ? policy_device(d->policy, p->decision.id) : NULL;
    return p->state == PLUG_IN_USE || p->state == PLUG_FAILED || (named && named->expires != 0) || str_eq(p->decision.section, "medium");
}

/* True as long as udev could not be told. */
static bool tell_udev(const struct desk *d, struct plugged *p)
{
    int r = nodes_tell(d->sysfs, p);
    return r != 0 && r != -ENOENT && r != -ENODEV;
}

int desk_turn(struct desk *d)
{
    struct plugged *p;
    desk_tell_counted(d, false);
    bool waiting = ledger_flush(d->ledger) > 0, expires = false;
    waiting = stick_turn(d) || waiting;
    TAILQ_FOREACH(p, &d->devices, all) {
        if (!p->hand || !hand_is_busy(d, p))
            waiting = look_again(d, p) || waiting;
        waiting = waiting || p->hand;
        waiting = tell_udev(d, p) || waiting;
        expires = expires || may_change(d, p);
    }
    int counted = repeats_wait_ms(d->repeats, clock_boot_ns());
    int next = waiting ? AGAIN_MS : expires ? EXPIRY_MS : -1;
    return next < 0 || (counted >= 0 && counted < next) ? counted : next;
}

void desk_glass(struct desk *d, const struct glass *glass)
{
    struct plugged *p;
    if (glass->broken == d->glass.broken)
        return;
    d->glass = *glass;
    if (glass->broken)
        log_warn("the glass was broken by %s: every device is let in (%s)", *glass->login ? glass->login : "?", glass->why);
    else
        log_info("the glass is whole again");
    ledger_after(d->ledger, tell_glass(glass, d->policy));
    desk_readers(d);
    TAILQ_FOREACH(p, &d->devices, all) {
        desk_judge(d, p, "judged");
        p->node = PLUG_NODE_UNTOLD; /* the rules hold again, or don't */
    }
}
