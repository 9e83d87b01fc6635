/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lint_incident.c owns the findings about [incident]: clocks that wait for themselves or are later than the
 * contracts ask, nobody to phone or to tell. It must never find anything where the file has no such section. */
#include <sekisho/limits.h>
#include "policy/deadline.h"
#include "policy/table.h"

/* A clock may not wait for itself; what is looser than the contracts' own terms is said (INC-2). */
static int check_clock(const struct policy_incident *i, enum policy_clock_name which, struct policy_findings *f)
{
    const struct policy_clock *clock = &i->clocks[which];
    const struct policy_clock *strict = &policy_builtin()->incident.clocks[which];
    const struct policy_note self = {.severity = POLICY_ERROR, .line = i->line, .code = "clock-self"};
    const struct policy_note late = {.severity = POLICY_WARNING, .line = i->line, .code = "long-clock"};
    if ((which == POLICY_CLOCK_FIRST && clock->from != POLICY_FROM_KNOWING && clock->length_s != 0) ||
        (which == POLICY_CLOCK_FACTS && clock->from == POLICY_FROM_FACTS))
        return policy_note_add(f, &self, "[incident] %s counts from a report that comes after it",
                               deadline_name(which));
    if (strict->length_s != 0 && (clock->length_s > strict->length_s || clock->length_s == 0))
        return policy_note_add(f, &late,
                               "[incident] %s is later than the strictest of the known contracts asks (INC-2)",
                               deadline_name(which));
    return 0;
}

int policy_lint_incident(const struct policy *p, struct policy_findings *f)
{
    const struct policy_incident *i = &p->incident;
    const struct policy_note phone = {.severity = POLICY_WARNING, .line = i->line, .code = "no-phone"};
    const struct policy_note notify = {.severity = POLICY_WARNING, .line = i->line, .code = "no-notify"};
    const struct policy_note many = {.severity = POLICY_ERROR, .line = i->line, .code = "notify-many"};
    int r = 0;
    if (i->line == 0)
        return 0;
    for (unsigned which = 0; r == 0 && which < POLICY_CLOCK_COUNT; which++)
        r = check_clock(i, (enum policy_clock_name)which, f);
    if (r == 0 && i->phone.count == 0)
        r = policy_note_add(f, &phone, "[incident] names nobody to phone: who loses a medium is told nobody");
    if (r == 0 && i->notify.count == 0)
        r = policy_note_add(f, &notify, "[incident] tells nobody: add notify = ADDRESS or PROGRAM (INC-3)");
    if (r == 0 && i->notify.count > SK_NOTICES_MAX)
        r = policy_note_add(f, &many, "[incident] notify has %zu entries, more than %d", i->notify.count,
                            SK_NOTICES_MAX);
    return r;
}
