/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desk_answers.c owns what the desk says of its devices when it is asked. It must never change one. */
#include <jansson.h>
#include <time.h>
#include "plug/desk_parts.h"
#include "plug/tell.h"

const struct policy *desk_policy_now(const struct desk *d)
{
    return d->policy;
}

const char *desk_revoked_mark(const struct desk *d)
{
    return stick_in_doubt(d) ? "" : d->revoked.mark; /* sent again, it decides */
}

size_t desk_count(const struct desk *d)
{
    return d->count;
}

size_t desk_waiting(const struct desk *d)
{
    size_t count = ledger_waiting(d->ledger);
    const struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        count += p->state == PLUG_WAITING && p->why[0] == '\0';
    return count;
}

size_t desk_in_use(const struct desk *d)
{
    size_t count = 0;
    const struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        count += p->state == PLUG_IN_USE;
    return count;
}

json_t *desk_list(const struct desk *d)
{
    json_t *list = json_array();
    const struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        if (list)
            json_array_append_new(list, tell_entry(p));
    return json_pack("{so}", "devices", list);
}

json_t *desk_try(const struct desk *d, const struct policy *policy)
{
    json_t *list = json_array();
    const struct plugged *p = NULL;
    TAILQ_FOREACH(p, &d->devices, all) {
        struct plugged_question q = plugged_ask(p, time(NULL));
        struct plugged_decision then;
        decide_plugged(policy, &q, &then);
        if (list && p->bus == PLUG_USB && p->authorized && (then.verdict == PLUGGED_REFUSED || (then.refused & (unsigned)DESK_INPUT)))
            json_array_append_new(list, tell_entry(p));
    }
    return json_pack("{so}", "devices", list);
}
