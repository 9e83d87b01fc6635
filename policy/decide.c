/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decide.c owns every decision: lists of checks, tried in order. It must never read a file or a
 * clock, allocate, or answer yes by falling through: each question ends in a reason. */
#include "policy/decide.h"
#include <string.h>
#include "base/str.h"
#include "policy/policy.h"

/* What the checks of one question look at. What could not be found is NULL. */
struct view {
    const struct policy *p;
    const struct policy_area *area;
    const struct policy_contract *contract;  /* the area's, or the destination's for approvals */
    const struct policy_destination *destination;
    const struct policy_person *person;
    const struct access_question *access;     /* the one of these four that is asked */
    const struct room_question *room;
    const struct transfer_question *transfer;
    const char *requester;                    /* of what is to be approved */
    int64_t now;
};

/* A check fills reason (and where it stands in the policy) and returns false, or returns true. */
typedef bool check_fn(const struct view *v, struct decision *d);

static bool refuse(struct decision *d, enum sk_reason reason, const char *section,
                   const struct policy_head *head)
{
    d->reason = reason;
    d->section = head ? section : "";
    d->id = head ? head->id : "";
    d->line = head ? head->line : 0;
    return false;
}

static const struct policy_head *area_head(const struct view *v)
{
    return v->area ? &v->area->head : NULL;
}

static const struct policy_head *person_head(const struct view *v)
{
    return v->person ? &v->person->head : NULL;
}

/* --- checks ----------------------------------------------------------------------------------- */

static bool policy_there(const struct view *v, struct decision *d)
{
    return v->p->version > 0 || refuse(d, SK_REASON_NO_POLICY, "", NULL);
}

static bool policy_runs(const struct view *v, struct decision *d)
{
    if (v->now < v->p->expires)
        return true;
    refuse(d, SK_REASON_POLICY_EXPIRED, "", NULL);
    d->section = "policy";
    d->line = v->p->line;
    return false;
}

static bool area_known(const struct view *v, struct decision *d)
{
    return v->area || refuse(d, SK_REASON_NO_AREA, "", NULL);
}

static bool contract_runs(const struct view *v, struct decision *d)
{
    const struct policy_contract *c = v->contract;
    if (c && v->now < c->start)
        return refuse(d, SK_REASON_CONTRACT_NOT_BEGUN, "contract", &c->head);
    return (c && v->now < c->end) ||
           refuse(d, SK_REASON_CONTRACT_ENDED, "contract", c ? &c->head : NULL);
}

static bool process_identified(const struct view *v, struct decision *d)
{
    return v->access->identified || refuse(d, SK_REASON_UNIDENTIFIED, "area", area_head(v));
}

static bool identity_one(const struct view *v, struct decision *d)
{
    return v->access->one_identity || refuse(d, SK_REASON_MIXED_IDENTITY, "area", area_head(v));
}

static bool person_known(const struct view *v, struct decision *d)
{
    return v->person || refuse(d, SK_REASON_NOT_ON_ROSTER, "area", area_head(v));
}

static bool person_active(const struct view *v, struct decision *d)
{
    return (v->person && !v->person->suspended) ||
           refuse(d, SK_REASON_SUSPENDED, "person", person_head(v));
}

static bool person_assigned(const struct view *v, struct decision *d)
{
    if (!v->person || !v->area)
        return refuse(d, SK_REASON_NOT_FOR_AREA, "area", area_head(v));
    const char *id = v->person->head.id;
    bool by_area = v->area->handlers.count > 0;
    if (!(v->person->roles & POLICY_HANDLER))
        return refuse(d, SK_REASON_NOT_FOR_AREA, "person", person_head(v));
    if (by_area)
        return policy_list_has(&v->area->handlers, id) ||
               refuse(d, SK_REASON_NOT_FOR_AREA, "area", area_head(v));
    return policy_list_has(&v->person->areas, v->area->head.id) ||
           refuse(d, SK_REASON_NOT_FOR_AREA, "person", person_head(v));
}

/* What lies in the register is looked after by managers as well. */
static bool person_assigned_or_manages(const struct view *v, struct decision *d)
{
    const struct policy_person *p = v->person;
    bool manages = p && v->area && (p->roles & POLICY_MANAGER) &&
                   (p->areas.count == 0 || policy_list_has(&p->areas, v->area->head.id));
    return manages || person_assigned(v, d);
}

static bool person_trained(const struct view *v, struct decision *d)
{
    return (v->person && v->person->trained != 0 && v->person->trained <= v->now) ||
           refuse(d, SK_REASON_NOT_TRAINED, "person", person_head(v));
}

static bool person_pledged(const struct view *v, struct decision *d)
{
    return (v->person && v->person->pledge != 0 && v->person->pledge <= v->now) ||
           refuse(d, SK_REASON_NOT_PLEDGED, "person", person_head(v));
}

static bool in_room(const struct view *v, struct decision *d)
{
    return (v->area && v->area->gate == POLICY_OPEN && !v->access->in_other_room) ||
           v->access->in_room || refuse(d, SK_REASON_NOT_IN_ROOM, "area", area_head(v));
}

static bool takes_all_programs(const struct policy_area *a)
{
    return a && a->gate == POLICY_ROOM && a->applications.count == 0;
}

static bool application_listed(const struct view *v, struct decision *d)
{
    const struct policy_area *a = v->area;
    if (takes_all_programs(a))
        return true;
    return (a && v->access->application &&
            policy_list_has(&a->applications, v->access->application)) ||
           refuse(d, SK_REASON_NOT_LISTED, "area", area_head(v));
}

static bool code_trusted(const struct view *v, struct decision *d)
{
    const struct policy_application *a = policy_application(v->p, v->access->application);
    bool trusted = takes_all_programs(v->area) ? v->access->program_trusted
                                               : v->access->code_trusted;
    return trusted ||
           refuse(d, SK_REASON_NOT_ROOT_OWNED, a ? "application" : "area",
                  a ? &a->head : area_head(v));
}

/* Behind a room's walls it does not matter what runs; elsewhere a program that carries foreign code
 * is the system's by name only. */
static bool code_of_files(const struct view *v, struct decision *d)
{
    const struct policy_application *a = policy_application(v->p, v->access->application);
    return !v->access->code_made || (v->area && v->area->gate == POLICY_ROOM) ||
           (a && a->generates_code) ||
           refuse(d, SK_REASON_CODE_MADE, a ? "application" : "area", a ? &a->head : area_head(v));
}

static bool area_has_room(const struct view *v, struct decision *d)
{
    return v->area->gate == POLICY_ROOM || refuse(d, SK_REASON_NO_ROOM, "area", area_head(v));
}

static bool place_counts(const struct view *v, struct decision *d)
{
    if (!v->room->remote || v->p->work.remote)
        return true;
    refuse(d, SK_REASON_REMOTE, "", NULL);
    d->section = v->p->work.line ? "work" : "";
    d->line = v->p->work.line;
    return false;
}

static bool terminal_fits(const struct view *v, struct decision *d)
{
    return !v->room->terminal || v->area->terminal ||
           refuse(d, SK_REASON_NO_TERMINAL, "area", area_head(v));
}

/* REC-3: by hand only. That a destination is not known comes later in the order. */
static bool by_hand_if_top_secret(const struct view *v, struct decision *d)
{
    bool by_hand = v->destination && v->destination->kind == POLICY_HAND;
    return !v->area->top_secret || by_hand ||
           refuse(d, SK_REASON_TOP_SECRET, "area", area_head(v));
}

static bool destination_known(const struct view *v, struct decision *d)
{
    return v->destination || refuse(d, SK_REASON_NO_DESTINATION, "", NULL);
}

static bool same_contract(const struct view *v, struct decision *d)
{
    return str_eq(v->destination->contract, v->area->contract) ||
           refuse(d, SK_REASON_OTHER_CONTRACT, "destination", &v->destination->head);
}

static bool kind_fits(const struct view *v, struct decision *d)
{
    const struct policy_destination *to = v->destination;
    bool sealed = to->kind != POLICY_DIRECTORY;
    /* a hand-over without a place to write to is one of things that lie on no medium of ours */
    bool fits = v->transfer->item ? to->kind == POLICY_HAND
                                  : sealed == v->transfer->take_out && (*to->path || *to->medium);
    return fits ||
           refuse(d, SK_REASON_DESTINATION_KIND, "destination", &v->destination->head);
}

/* Of the register: for this area, in this direction, today (MED-1). */
static bool medium_fits(const struct view *v, struct decision *d)
{
    const struct policy_destination *to = v->destination;
    const struct policy_medium *m = *to->medium ? policy_medium(v->p, to->medium) : NULL;
    if (!*to->medium)
        return true;
    if (!m)
        return refuse(d, SK_REASON_MEDIUM_UNKNOWN, "destination", &to->head);
    if (v->now >= m->expires)
        return refuse(d, SK_REASON_MEDIUM_EXPIRED, "medium", &m->head);
    if (m->direction == POLICY_IN)
        return refuse(d, SK_REASON_MEDIUM_DIRECTION, "medium", &m->head);
    return policy_list_has(&m->areas, v->area->head.id) || refuse(d, SK_REASON_MEDIUM_AREA, "medium", &m->head);
}

static bool recipient_there(const struct view *v, struct decision *d)
{
    return !v->transfer->take_out || v->transfer->item || v->destination->recipients.count > 0 ||
           refuse(d, SK_REASON_NO_RECIPIENT, "destination", &v->destination->head);
}

static bool not_own_request(const struct view *v, struct decision *d)
{
    return !str_eq(v->person->head.id, v->requester) ||
           refuse(d, SK_REASON_OWN_REQUEST, "person", person_head(v));
}

static bool is_approver(const struct policy_person *person)
{
    return (person->roles & POLICY_MANAGER) && person->has_key;
}

static bool is_listed(const struct policy_destination *d, const struct policy_person *person)
{
    return d->approvers.count == 0 || policy_list_has(&d->approvers, person->head.id);
}

/* In whose place, NULL = nobody's. Who stands in for somebody passes it on to nobody else. */
static const struct policy_person *place_of(const struct policy *p, const struct policy_person *person,
                                            const struct policy_destination *d, int64_t now)
{
    if (is_approver(person) && is_listed(d, person))
        return person;
    const struct policy_person *other = *person->approves_for ? policy_person(p, person->approves_for) : NULL;
    bool stands_in = other && person->has_key && now < person->approves_until;
    return stands_in && is_approver(other) && !other->suspended && is_listed(d, other) ? other : NULL;
}

static bool may_approve(const struct view *v, struct decision *d)
{
    const struct policy_person *place = place_of(v->p, v->person, v->destination, v->now);
    if (place && str_eq(place->head.id, v->requester))
        return refuse(d, SK_REASON_OWN_REQUEST, "person", person_head(v));
    if (place)
        return true;
    return is_approver(v->person) ? refuse(d, SK_REASON_NOT_APPROVER, "destination", &v->destination->head)
                                  : refuse(d, SK_REASON_NOT_APPROVER, "person", person_head(v));
}

/* --- questions: the checks in the order that decide.h documents ------------------------------- */

static check_fn *const access_checks[] = {
    policy_there,   area_known,      contract_runs,  process_identified, identity_one,
    person_known,   person_active,   person_assigned, person_trained,    person_pledged,
    in_room,        application_listed, code_trusted,    code_of_files,
};
_Static_assert(array_count(access_checks) == DECIDE_ACCESS_MAX, "decide.h says how many");

static check_fn *const room_checks[] = {
    policy_there,    area_known,     area_has_room,  contract_runs, person_known, person_active,
    person_assigned, person_trained, person_pledged, place_counts,  terminal_fits,
};

static check_fn *const transfer_checks[] = {
    policy_there,   policy_runs,    area_known,     contract_runs,  person_known,
    person_active,  person_assigned, person_trained, person_pledged, by_hand_if_top_secret,
    destination_known, same_contract, kind_fits,    medium_fits,
    recipient_there,
};

static check_fn *const inside_checks[] = {
    policy_there,  policy_runs,     area_known,     contract_runs,  person_known,
    person_active, person_assigned, person_trained, person_pledged,
};

static check_fn *const register_checks[] = {
    policy_there,   area_known,     person_known,   person_active,
    person_trained, person_pledged, person_assigned_or_manages,
};

static check_fn *const approval_checks[] = {
    policy_there,  policy_runs,    person_known,      not_own_request, person_active,
    person_trained, person_pledged, destination_known, contract_runs,   may_approve,
};

static void allow(const struct view *v, const char *section, const struct policy_head *head,
                  struct decision *ret)
{
    *ret = (struct decision){.allow = true, .reason = SK_REASON_ALLOWED, .section = section,
                             .id = head->id, .line = head->line, .person = v->person};
}

/* True when every check passes; else *ret is the refusal of the first that does not. */
static bool all_pass(const struct view *v, check_fn *const *checks, size_t count,
                     struct decision *ret)
{
    *ret = (struct decision){.section = "", .id = "", .person = v->person};
    for (size_t i = 0; i < count; i++)
        if (!checks[i](v, ret))
            return false;
    return true;
}

static struct view access_view(const struct policy *p, const struct access_question *q)
{
    struct view v = {.p = p, .access = q, .now = q->now};
    v.area = policy_area(p, q->area);
    v.contract = v.area ? policy_contract(p, v.area->contract) : NULL;
    v.person = policy_person_of_user(p, q->user);
    return v;
}

void decide_access(const struct policy *p, const struct access_question *q, struct decision *ret)
{
    struct view v = access_view(p, q);
    if (all_pass(&v, access_checks, array_count(access_checks), ret))
        allow(&v, "area", &v.area->head, ret);
}

size_t decide_access_all(const struct policy *p, const struct access_question *q,
                         struct decision *ret, size_t max)
{
    struct view v = access_view(p, q);
    size_t count = 0;
    for (size_t i = 0; i < array_count(access_checks) && count < max; i++) {
        struct decision d = {.section = "", .id = "", .person = v.person};
        if (!access_checks[i](&v, &d))
            ret[count++] = d;
    }
    return count;
}

bool decide_needs_code(const struct policy *p, const char *area)
{
    return !takes_all_programs(policy_area(p, area));
}

void decide_room(const struct policy *p, const struct room_question *q, struct decision *ret)
{
    struct view v = {.p = p, .room = q, .now = q->now};
    v.area = policy_area(p, q->area);
    v.contract = v.area ? policy_contract(p, v.area->contract) : NULL;
    v.person = policy_person_of_user(p, q->user);
    if (all_pass(&v, room_checks, array_count(room_checks), ret) && v.area)
        allow(&v, "area", &v.area->head, ret);
}

/* How far a consent comes, by the reason why it does not cover a request: more is nearer. */
static unsigned nearness(enum sk_reason reason)
{
    static const enum sk_reason order[] = {
        SK_REASON_CONSENT_AREA, SK_REASON_CONSENT_DESTINATION, SK_REASON_CONSENT_PURPOSE,
        SK_REASON_CONSENT_ENDED, SK_REASON_CONSENT_USED, SK_REASON_ALLOWED};
    for (unsigned i = 0; i < array_count(order); i++)
        if (order[i] == reason)
            return i + 1;
    return 0; /* another contract's consent is no neighbour at all */
}

static bool purpose_listed(const struct policy_list *purposes, const char *purpose)
{
    for (size_t i = 0; i < purposes->count; i++)
        if (purpose_matches(purpose, purposes->items[i]))
            return true;
    return false;
}

enum sk_reason decide_consent(const struct policy *p, const struct transfer_question *q,
                              const struct policy_consent *consent)
{
    const struct policy_area *area = policy_area(p, q->area);
    if (!area || !str_eq(consent->contract, area->contract))
        return SK_REASON_OTHER_CONTRACT;
    if (!policy_list_has(&consent->areas, q->area))
        return SK_REASON_CONSENT_AREA;
    if (!policy_list_has(&consent->destinations, q->destination))
        return SK_REASON_CONSENT_DESTINATION;
    if (!purpose_listed(&consent->purposes, q->purpose))
        return SK_REASON_CONSENT_PURPOSE;
    if (q->now < consent->date || (consent->until != 0 && q->now >= consent->until))
        return SK_REASON_CONSENT_ENDED;
    if (consent->uses != 0 && q->uses(q->context, consent->head.id) >= consent->uses)
        return SK_REASON_CONSENT_USED;
    return SK_REASON_ALLOWED;
}

enum sk_reason decide_standing(const struct policy *p, const struct transfer_question *q,
                               const struct policy_consent *consent, int64_t from_s, int64_t end_s)
{
    const struct policy_area *area = policy_area(p, q->area);
    const struct policy_destination *d = policy_destination(p, q->destination);
    const struct policy_contract *contract = area ? policy_contract(p, area->contract) : NULL;
    if (!area)
        return SK_REASON_NO_AREA;
    if (!contract)
        return SK_REASON_NO_CONTRACT;
    if (!d)
        return SK_REASON_NO_DESTINATION;
    if (area->top_secret)
        return SK_REASON_TOP_SECRET;
    if (d->kind == POLICY_HAND)
        return SK_REASON_DESTINATION_KIND;
    if (end_s <= from_s || end_s - from_s > consent->standing_s)
        return SK_REASON_NO_STANDING;
    if (end_s > contract->end || (consent->until != 0 && end_s > consent->until))
        return SK_REASON_CONSENT_ENDED;
    return SK_REASON_ALLOWED;
}

/* The first consent that covers the request, or the nearest one and why it does not. */
static enum sk_reason find_consent(const struct policy *p, const struct transfer_question *q,
                                   const struct policy_consent **ret)
{
    enum sk_reason best = SK_REASON_NO_CONSENT;
    *ret = NULL;
    for (size_t i = 0; i < p->consent_count && best != SK_REASON_ALLOWED; i++) {
        const struct policy_consent *c = &p->consents[i];
        if (q->consent && strcmp(c->head.id, q->consent) != 0)
            continue;
        enum sk_reason reason = decide_consent(p, q, c);
        if (q->consent || nearness(reason) > nearness(best)) {
            best = reason;
            *ret = reason == SK_REASON_OTHER_CONTRACT ? NULL : c;
        }
    }
    return best;
}

void decide_transfer(const struct policy *p, const struct transfer_question *q,
                     struct decision *ret, const struct policy_consent **ret_consent)
{
    struct view v = {.p = p, .transfer = q, .now = q->now};
    v.area = policy_area(p, q->area);
    v.contract = v.area ? policy_contract(p, v.area->contract) : NULL;
    v.destination = policy_destination(p, q->destination);
    v.person = policy_person_of_user(p, q->user);
    *ret_consent = NULL;
    if (!all_pass(&v, transfer_checks, array_count(transfer_checks), ret))
        return;
    enum sk_reason reason = find_consent(p, q, ret_consent);
    const struct policy_consent *c = *ret_consent;
    if (reason == SK_REASON_ALLOWED)
        allow(&v, "consent", &c->head, ret);
    else
        refuse(ret, reason, "consent", c ? &c->head : NULL);
}

void decide_register(const struct policy *p, const char *user, const char *area, int64_t now,
                     struct decision *ret)
{
    struct view v = {.p = p, .now = now};
    v.area = policy_area(p, area);
    v.person = policy_person_of_user(p, user);
    if (all_pass(&v, register_checks, array_count(register_checks), ret) && v.area)
        allow(&v, "area", &v.area->head, ret);
}

static enum sk_reason covers_inside(const struct policy_consent *c, const struct policy_area *area,
                                    int64_t now)
{
    if (!c)
        return SK_REASON_NO_CONSENT;
    if (!str_eq(c->contract, area->contract))
        return SK_REASON_OTHER_CONTRACT;
    if (!policy_list_has(&c->areas, area->head.id))
        return SK_REASON_CONSENT_AREA;
    if (*area->copy_purpose && !purpose_listed(&c->purposes, area->copy_purpose))
        return SK_REASON_CONSENT_PURPOSE;
    if (now < c->date || (c->until != 0 && now >= c->until))
        return SK_REASON_CONSENT_ENDED;
    return SK_REASON_ALLOWED;
}

void decide_copy_inside(const struct policy *p, const char *user, const char *area, int64_t now,
                        struct decision *ret, const struct policy_consent **ret_consent)
{
    struct view v = {.p = p, .now = now};
    v.area = policy_area(p, area);
    v.contract = v.area ? policy_contract(p, v.area->contract) : NULL;
    v.person = policy_person_of_user(p, user);
    *ret_consent = v.area ? policy_consent(p, v.area->copies) : NULL;
    if (!all_pass(&v, inside_checks, array_count(inside_checks), ret))
        return;
    const struct policy_consent *c = *ret_consent;
    enum sk_reason reason = covers_inside(c, v.area, now);
    if (!c)
        refuse(ret, reason, "area", area_head(&v));
    else if (reason == SK_REASON_ALLOWED)
        allow(&v, "consent", &c->head, ret);
    else
        refuse(ret, reason, "consent", &c->head);
}

void decide_approval(const struct policy *p, const char *user, const char *requester,
                     const char *destination, int64_t now, struct decision *ret)
{
    struct view v = {.p = p, .requester = requester, .now = now};
    v.destination = policy_destination(p, destination);
    v.contract = v.destination ? policy_contract(p, v.destination->contract) : NULL;
    v.person = policy_person_of_user(p, user);
    if (!all_pass(&v, approval_checks, array_count(approval_checks), ret))
        return;
    if (v.destination && v.destination->approvers.count)
        allow(&v, "destination", &v.destination->head, ret);
    else if (v.person)
        allow(&v, "person", &v.person->head, ret);
    else
        refuse(ret, SK_REASON_NOT_APPROVER, "person", NULL);
}

const struct policy_person *decide_place(const struct policy *p, const struct policy_person *person,
                                         const char *destination, int64_t now)
{
    const struct policy_destination *d = policy_destination(p, destination);
    return d ? place_of(p, person, d, now) : NULL;
}

unsigned decide_quorum(const struct policy *p, const char *destination)
{
    const struct policy_destination *d = policy_destination(p, destination);
    unsigned least = d ? d->approvals : 0;
    if (least < p->approval.quorum)
        least = p->approval.quorum;
    return least > 0 ? least : 1;
}

/* --- purposes --------------------------------------------------------------------------------- */

/* Unicode white space (property White_Space) in UTF-8: its length at text, 0 when there is none. */
static size_t space_at(const char *text)
{
    static const char *const spaces[] = {
        " ", "\t", "\n", "\v", "\f", "\r", "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80",
        "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85",
        "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
        "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
    for (size_t i = 0; i < array_count(spaces); i++)
        if (str_starts(text, spaces[i]))
            return strlen(spaces[i]);
    return 0;
}

static const char *skip_spaces(const char *text)
{
    for (size_t len; (len = space_at(text)) > 0;)
        text += len;
    return text;
}

bool purpose_matches(const char *asked, const char *consented)
{
    const char *a = skip_spaces(asked), *b = skip_spaces(consented);
    while (*a && *b) {
        const char *word_a = skip_spaces(a), *word_b = skip_spaces(b);
        bool gap_a = word_a != a && *word_a, gap_b = word_b != b && *word_b;
        if (gap_a != gap_b || *word_a != *word_b)
            return false;
        if (*word_a == '\0')
            return true; /* only white space was left in both */
        a = word_a + 1;
        b = word_b + 1;
    }
    return *skip_spaces(a) == '\0' && *skip_spaces(b) == '\0';
}
