/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_clock.c owns a manager's word that the clock was once set ahead by mistake. It must never take back a time
 * that a synchronised clock has shown, nor go by a clock that is not synchronised now: else setting the clock
 * back would open what is over. */
#include <string.h>
#include "base/clock.h"
#include "control/control.h"

#define BEHIND_S 60 /* less than that is no clock that was set */

static int check(struct ask *a, const struct clock_now *now)
{
    struct control *c = a->control;
    if (!c->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", c->fold_why);
    if (control_now(c) - now->wall_s <= BEHIND_S)
        return ask_fail(a, SK_ERR_STATE, "the clock is not behind the ledger's time: there is nothing to correct");
    if (!now->synchronised)
        return ask_fail(a, SK_ERR_STATE, "the clock is not synchronised now: synchronise it first (timedatectl)");
    if (!trusted_may_correct(&c->fold->time, now->wall_s))
        return ask_fail(a, SK_ERR_STATE, "a synchronised clock has shown a later time than the clock does now: it is "
                        "behind, and not the ledger ahead");
    return ledger_ready(c, &a->why);
}

int op_clock_correct(struct ask *a)
{
    struct control *c = a->control;
    struct clock_now now;
    char was[CLOCK_TIME_CAP], is[CLOCK_TIME_CAP];
    clock_read(&now);
    int r = check(a, &now);
    if (r != 0)
        return r;
    clock_format(was, control_now(c), 0);
    json_t *record = control_record(c, SK_KIND_CLOCK);
    autojson json_t *fields = json_pack("{ss so ss ss}", "phase", "corrected", "person", ask_person(a), "why",
                                        record_text(a->body, "why"), "was", was);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    drop_all_prepared(); /* first: after a death in between they are only made again */
    r = ledger_append(c, record, true, NULL, &a->why);
    if (r != 0)
        return r;
    guard_watch(c); /* who waits for a file need not wait for the next look */
    clock_format(is, control_now(c), 0);
    a->answer = json_pack("{ss ss}", "was", was, "now", is);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
