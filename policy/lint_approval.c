/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lint_approval.c owns the findings about who can approve: too few, those who can never say yes to what is asked,
 * who stands in for whom. It must never find an error in what keeps somebody from approving: a suspension
 * has to go in at once. */
#include "base/str.h"
#include "policy/decide.h"
#include "policy/lint.h"

static bool approves(const struct policy_person *person, const struct policy_destination *d)
{
    return (person->roles & POLICY_MANAGER) && person->has_key && !person->suspended &&
           (d->approvers.count == 0 || policy_list_has(&d->approvers, person->head.id));
}

static bool handles_contract(const struct policy *p, const struct policy_person *person,
                             const char *contract)
{
    for (size_t i = 0; i < p->area_count; i++)
        if (str_eq(p->areas[i].contract, contract) && policy_handles(person, &p->areas[i]))
            return true;
    return false;
}

/* Who approves in another's place does so for a time, and nobody passes that on. */
static void check_standing_in(struct lint *l, const struct policy_person *person)
{
    const struct policy_person *other = policy_person(l->p, person->approves_for);
    const char *id = person->head.id;
    unsigned line = person->head.line;
    if (person->approves_until == 0 && !*person->approves_for)
        return;
    if (person->approves_until == 0)
        error(l, line, "no-end", "person %s approves for %s without an end: add approves-until", id, person->approves_for);
    else if (!*person->approves_for)
        warning(l, line, "says-nothing", "person %s: approves-until says something with approves-for only", id);
    else if (l->now >= person->approves_until)
        warning(l, line, "standing-in-ended", "person %s approves for %s no longer: approves-until is over", id,
                person->approves_for);
    if (other == person)
        error(l, line, "stands-in-for-oneself", "person %s can't approve for themself", id);
    else if (other && (!(other->roles & POLICY_MANAGER) || !other->has_key || other->suspended))
        warning(l, line, "stands-in-for-nobody",
                "person %s approves for %s, who is no manager with a key, or is suspended", id, other->head.id);
    if (other && !person->has_key)
        warning(l, line, "manager-without-key",
                "person %s is to approve for %s and has no key; see `sekisho approver init`", id, other->head.id);
}

/* Where all who can approve are needed, none of them can ask. */
static void check_needed_approvers(struct lint *l, const struct policy_destination *d, unsigned quorum)
{
    for (size_t i = 0; i < l->p->person_count; i++) {
        const struct policy_person *person = &l->p->persons[i];
        if (approves(person, d) && handles_contract(l->p, person, d->contract))
            warning(l, d->head.line, "approver-handles",
                    quorum == 1 ? N_("%s is destination %s's only approver and handles the contract's data too: what "
                                     "they ask for nobody can approve")
                                : N_("%s is needed for each approval for destination %s and handles the contract's "
                                     "data too: what they ask for can't be approved"),
                    person->head.id, d->head.id);
    }
}

/* Is there somebody to approve what another one asks for? */
static void check_approvers(struct lint *l, const struct policy_destination *d)
{
    const struct policy_person *only = NULL;
    unsigned approvers = 0, quorum = decide_quorum(l->p, d->head.id);
    bool others = false;
    for (size_t i = 0; i < l->p->person_count; i++) {
        const struct policy_person *person = &l->p->persons[i];
        if (approves(person, d)) {
            approvers++;
            only = person;
        }
    }
    for (size_t i = 0; i < l->p->person_count; i++)
        others = others || (&l->p->persons[i] != only &&
                            handles_contract(l->p, &l->p->persons[i], d->contract));
    if (approvers == 0)
        warning(l, d->head.line, "destination-without-approver",
                "nobody can approve for destination %s (a manager with a key is needed)",
                d->head.id);
    else if (approvers == 1 && !others && handles_contract(l->p, only, d->contract))
        warning(l, d->head.line, "approver-only-himself",
                "%s is destination %s's only approver and the only one who can ask; nobody "
                "approves a request of their own", only->head.id, d->head.id);
    else if (approvers == quorum)
        check_needed_approvers(l, d, quorum);
    if (approvers > 0 && approvers < quorum)
        warning(l, d->head.line, "too-few-approvers",
                "destination %s takes %u approvals, and those who can approve are %u: nothing can go there", d->head.id,
                quorum, approvers);
    for (size_t i = 0; i < d->approvers.count; i++) {
        const struct policy_person *person = policy_person(l->p, d->approvers.items[i]);
        if (person && !approves(person, d))
            warning(l, d->head.line, "approver-role",
                    "destination %s lists %s, who is no manager with a key, or is suspended",
                    d->head.id, person->head.id);
    }
}

int policy_lint_approval(const struct policy *p, int64_t now, struct policy_findings *f)
{
    struct lint l = {.p = p, .now = now, .f = f};
    for (size_t i = 0; i < p->person_count; i++)
        check_standing_in(&l, &p->persons[i]);
    for (size_t i = 0; i < p->destination_count; i++)
        check_approvers(&l, &p->destinations[i]);
    return l.err;
}
