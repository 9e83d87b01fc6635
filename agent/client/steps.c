/* SPDX-License-Identifier: GPL-3.0-or-later */
/* steps.c owns what people read out of a case's state. It must never say that something may be done
 * which control would refuse for that state. */
#include "client/steps.h"
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "client/language.h"
#include "record/record.h"

#define JAPAN_S (9 * 3600) /* seconds east of UTC */

static const struct {
    const char *state;
    unsigned steps;
} rows[] = {
    {"requested", STEP_WITHDRAW},
    {"permitted", STEP_CARRY_OUT | STEP_WITHDRAW},
    {"failed", STEP_WITHDRAW},
    {"out", STEP_RETURN | STEP_DESTROY},
    {"unknown", STEP_RETURN | STEP_DESTROY},
    {"returned", STEP_DESTROY},
};

unsigned steps_of(const json_t *view)
{
    bool copy = str_eq(record_text(view, "type"), "copy");
    bool backup = str_eq(record_text(view, "destination.kind"), "backup");
    const char *state = record_text(view, "state");
    if (str_eq(record_text(view, "type"), "standing"))
        return str_eq(state, "requested") || str_eq(state, "permitted") ? STEP_WITHDRAW : 0;
    for (size_t i = 0; i < array_count(rows); i++)
        if (str_eq(rows[i].state, state))
            return copy || backup ? rows[i].steps & ~(unsigned)STEP_RETURN : rows[i].steps;
    return 0;
}

static int64_t day_of(int64_t at)
{
    at += JAPAN_S;
    return at / CLOCK_DAY_S - (at % CLOCK_DAY_S < 0);
}

bool steps_due(const json_t *view, int64_t now, int64_t *ret_days)
{
    int64_t at;
    const char *state = record_text(view, "state");
    if ((!str_eq(state, "out") && !str_eq(state, "unknown")) ||
        clock_parse_time(record_text(view, "return-by"), &at) != 0)
        return false;
    *ret_days = day_of(at) - day_of(now);
    return true;
}

void steps_put_due(struct buf *b, const json_t *view, int64_t now)
{
    int64_t days;
    const char *date = record_text(view, "return-by");
    if (!steps_due(view, now, &days))
        return;
    if (days == 0)
        buf_printf(b, _("today (%s)"), date);
    else if (days > 0)
        buf_printf(b, ngettext("in %lld day (%s)", "in %lld days (%s)", (unsigned long)days),
                   (long long)days, date);
    else
        buf_printf(
            b, ngettext("%lld day overdue (%s)", "%lld days overdue (%s)", (unsigned long)-days),
            (long long)-days, date);
}

void steps_history(const json_t *cases, const char *person, const char *but, struct history *ret)
{
    size_t i;
    const json_t *view;
    *ret = (struct history){0};
    json_array_foreach(cases, i, view)
    {
        const char *state = record_text(view, "state");
        if (str_eq(record_text(view, "type"), "standing") ||
            !str_eq(record_text(view, "person.id"), person) ||
            str_eq(record_text(view, "case"), but))
            continue;
        ret->asked++;
        ret->out += str_eq(state, "out") || str_eq(state, "unknown");
        ret->overdue += record_flag(view, "overdue");
        ret->back +=
            str_eq(state, "returned") || str_eq(state, "disposed") || str_eq(state, "given");
        ret->refused += str_eq(state, "rejected");
    }
}

void steps_put_history(struct buf *b, const struct history *h)
{
    if (h->asked == 0) {
        buf_puts(b, _("nothing before this"));
        return;
    }
    buf_printf(
        b, ngettext("%zu request before this", "%zu requests before this", (unsigned long)h->asked),
        h->asked);
    buf_printf(b, _(": %zu out now, %zu overdue, %zu given back or destroyed, %zu rejected"),
               h->out, h->overdue, h->back, h->refused);
}
