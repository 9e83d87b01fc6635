/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ends.c owns the warnings before a contract's end. It must never warn twice of the same, nor count days
 * by another clock than the one that the end itself is decided by. */
#include "base/clock.h"
#include "base/str.h"
#include "control/control.h"

int64_t contract_days(const struct policy_contract *p, int64_t now_s)
{
    return now_s >= p->end ? -1 : (p->end - 1 - now_s) / CLOCK_DAY_S;
}

int contract_level(const struct policy_contract *p, int64_t now_s)
{
    static const int levels[] = {0, 7, 30, 60}; /* days before the end, the nearest first */
    int64_t days = contract_days(p, now_s);
    for (size_t i = 0; i < array_count(levels); i++)
        if (days <= levels[i])
            return levels[i];
    return -1;
}

static void warn_of(struct control *c, const struct policy_contract *p)
{
    char end[CLOCK_TIME_CAP];
    int64_t now = control_now(c);
    int level = contract_level(p, now);
    clock_format_date(end, p->end - 1);
    if (level < 0 || now < p->start || *life_closed(&c->fold->life, p->head.id) ||
        life_warned(&c->fold->life, p->head.id, end, level))
        return;
    autobuf struct buf why = {0};
    autojson json_t *fields =
        json_pack("{ss sI sI}", "end", end, "days", (json_int_t)contract_days(p, now), "level",
                  (json_int_t)level);
    json_t *record = contract_record(c, p->head.id, "ends");
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return;
    }
    (void)!ledger_append(c, record, false, NULL, &why); /* what is not written now is due at the next look */
}

void ends_warn(struct control *c)
{
    const struct policy *p = c->rules.policy;
    for (size_t i = 0; c->folded && c->started && i < p->contract_count; i++)
        warn_of(c, &p->contracts[i]);
}
