/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handover.c owns what people read out of a hand-over's state. It must never offer somebody else's
 * word where the receiver can speak. */
#include "client/handover.h"
#include "base/str.h"
#include "policy/decide.h"
#include "record/record.h"

static bool is_state(const json_t *h, const char *state)
{
    return str_eq(record_text(h, "state"), state);
}

static bool is(const json_t *h, const char *member, const char *person)
{
    return *person && str_eq(record_text(h, member), person);
}

bool handover_by_word(const json_t *h)
{
    return *record_text(h, "to.person") != '\0';
}

bool handover_by_receipt(const json_t *h)
{
    return str_eq(record_text(h, "destination.kind"), "area");
}

unsigned handover_steps(const json_t *h, const char *person, bool manages)
{
    bool own = is(h, "person.id", person) || is(h, "from.id", person) || manages;
    bool receiver = is(h, "to.person", person);
    bool given = is_state(h, "given"), permitted = is_state(h, "permitted");
    bool confirms = !handover_by_receipt(h) && (handover_by_word(h) ? receiver : own);
    return (permitted && own ? HANDOVER_GIVE : 0u) | (given && confirms ? HANDOVER_CONFIRM : 0u) |
           (((given || permitted || is_state(h, "asked")) && own) || (given && receiver)
                ? HANDOVER_FAIL
                : 0u);
}

bool handover_waits_for(const json_t *h, const struct policy *p, const char *login,
                        const char *person, int64_t now)
{
    struct decision d = {0};
    if (!p || !is_state(h, "asked") || is(h, "from.id", person) || is(h, "to.person", person))
        return false;
    decide_approval(p, login, record_text(h, "person.id"), record_text(h, "destination.id"), now,
                    &d);
    return d.allow;
}
