/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask.c owns the way of one question: form, asker, rights, handler, answer. It must never believe a
 * message about who sent it, and never let a refusal of what matters go unrecorded. */
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/words.h"

#define PASSWD_CAP 16384 /* bytes for one entry of the user database */

int ask_fail(struct ask *a, int code, const char *format, ...)
{
    va_list ap;
    buf_reset(&a->why);
    va_start(ap, format);
    phrase_vput(&a->why, format, ap);
    va_end(ap);
    return code;
}

int ask_refuse(struct ask *a, enum sk_reason reason, const char *format, ...)
{
    va_list ap;
    a->reason = (int)reason;
    buf_reset(&a->why);
    va_start(ap, format);
    phrase_vput(&a->why, format, ap);
    va_end(ap);
    return SK_ERR_REFUSED;
}

json_t *ask_person(const struct ask *a)
{
    return control_person(a->login, a->peer->who.uid, a->person);
}

void login_of(uid_t uid, char ret[static CONTROL_LOGIN_CAP])
{
    struct passwd entry, *found = NULL;
    autofree char *space = malloc(PASSWD_CAP);
    ret[0] = '\0';
    if (space && getpwuid_r(uid, &entry, space, PASSWD_CAP, &found) == 0 && found &&
        strlen(found->pw_name) < CONTROL_LOGIN_CAP)
        memcpy(ret, found->pw_name, strlen(found->pw_name) + 1);
}

bool ask_oversees(const struct ask *a, const char *area)
{
    const struct policy_person *p = a->person;
    if (a->peer->who.uid == 0)
        return true;
    if (!p || p->suspended)
        return false;
    bool manages = (p->roles & POLICY_MANAGER) &&
                   (!*area || p->areas.count == 0 || policy_list_has(&p->areas, area));
    return manages || (p->roles & POLICY_AUDITOR);
}

bool ask_is_kept_out(const struct ask *a, const char *area_id)
{
    const struct policy_area *area = policy_area(a->control->rules.policy, area_id);
    bool own_room = *area_id && strcmp(a->peer->area, area_id) == 0;
    return !own_room && area && area->gate == POLICY_ROOM &&
           (*a->peer->area || !ask_oversees(a, area_id));
}

void ask_hide_numbers(json_t *row)
{
    static const char *const chosen[] = {"count", "bytes"};
    for (size_t i = 0; i < array_count(chosen); i++)
        if (json_object_get(row, chosen[i]))
            json_object_set_new(row, chosen[i], json_null());
    if (json_object_get(row, "return-by"))
        json_object_set_new(row, "return-by", json_string(""));
}

static bool is_thing(const struct ask *a)
{
    return a->thing.of_case || a->thing.entry;
}

/* What was asked for a permit: a case's request, or what a hand-over was asked for by. */
const json_t *ask_request(const struct ask *a)
{
    return a->entry ? a->entry->request : a->handover ? a->handover->asked : NULL;
}

int ask_permit_stands(struct ask *a, const char *id, const json_t *asked, const json_t *permit)
{
    const struct control *c = a->control;
    const char *name;
    enum sk_reason reason;
    if (permit_stands(c->rules.policy, asked, permit, control_now(c), &reason, &name))
        return 0;
    if (!*name)
        return ask_refuse(a, SK_REASON_PERMIT_VOID, "%s was permitted by fewer persons than it takes now: it needs a new permit",
                          id);
    if (reason == SK_REASON_PERMIT_VOID)
        return ask_refuse(a, SK_REASON_PERMIT_VOID, "%s, by %s: the key is another one now", id, name);
    return ask_refuse(a, SK_REASON_PERMIT_VOID, "%s, by %s: %s", id, name, sk_reason_phrase(reason));
}

static bool manages(const struct ask *a)
{
    const json_t *request = ask_request(a);
    const char *area = request ? record_text(request, "area") : is_thing(a) ? thing_area(&a->thing) : "";
    return (!request && !is_thing(a)) || a->person->areas.count == 0 ||
           policy_list_has(&a->person->areas, area);
}

static bool is_requester(const struct ask *a)
{
    const char *id = a->person->head.id;
    if (is_thing(a))
        return str_eq(thing_handler(&a->thing), id);
    const json_t *request = ask_request(a);
    return request && str_eq(record_text(request, "person.id"), id);
}

static struct asker asker_of(const struct ask *a)
{
    const struct policy_person *p = a->person;
    return (struct asker){
        .root = a->peer->who.uid == 0,
        .on_roster = p != NULL,
        .suspended = p && p->suspended,
        .requester = p && is_requester(a),
        .manages = p && manages(a),
        .roles = p ? p->roles : 0,
        .approval = a->approval,
    };
}

static int check_fds(struct ask *a)
{
    if (a->fd_count >= a->row->fds_least && a->fd_count <= a->row->fds_most)
        return 0;
    return ask_fail(a, SK_ERR_FORMAT, "%s takes %zu to %zu descriptors, not %zu", a->row->op,
                    a->row->fds_least, a->row->fds_most, a->fd_count);
}

static const char *named(const struct ask *a)
{
    return a->row->names == NAMES_THING ? PHRASE("entry") : PHRASE("case");
}

/* The thing, case or hand-over that "case" names, and whether the asker may approve it. False: there is none. */
static bool find_named(struct ask *a)
{
    struct control *c = a->control;
    const char *id = record_text(a->body, "case");
    bool thing = a->row->names == NAMES_THING && thing_find(c->fold, id, &a->thing);
    a->entry = *id ? fold_case(c->fold, id) : NULL;
    struct handover *h =
        a->row->names == NAMES_REQUEST && !a->entry ? fold_handover_of_id(c->fold, id) : NULL;
    a->handover = h && h->asked ? h : NULL;
    a->approval = a->entry      ? permit_may_approve(c->rules.policy, c->fold, a->entry, a->person,
                                                     control_now(c))
                  : a->handover ? permit_may_hand_over(c->rules.policy, c->fold, a->handover, a->person,
                                                       control_now(c))
                                : SK_REASON_NOT_APPROVER;
    return thing || a->entry || a->handover;
}

/* Whom it is for, and what the asker is. */
static int say_rights(struct ask *a, int reason)
{
    const char *who = *a->login ? a->login : PHRASE("this user"), *command = words_of_op(a->row->op);
    autobuf struct buf rights = {0}, own = {0};
    if (reason >= 0)
        return ask_fail(a, SK_ERR_PEER, "%s may not use sekisho %s: %s", who, command,
                        sk_reason_phrase((enum sk_reason)reason));
    words_of_rights(a->row, &rights);
    words_of_roles(a, &own);
    return ask_fail(a, SK_ERR_PEER, "%s may not use sekisho %s: it is for %s (here: %s)", who, command,
                    rights.len ? rights.data : "", own.len ? own.data : "");
}

static int check_rights(struct ask *a)
{
    struct control *c = a->control;
    const char *case_id = record_text(a->body, "case");
    int reason;
    if (a->row->names != NAMES_NOTHING && !c->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", c->fold_why);
    bool found = find_named(a);
    const struct asker who = asker_of(a);
    bool may = op_may(a->row, &who, &reason);
    /* which cases of others there are is nobody's business: one answer for theirs and for none */
    bool hidden = a->row->names != NAMES_NOTHING && !who.root && !(who.roles & ~(unsigned)POLICY_HANDLER);
    if (who.on_roster && !who.suspended && hidden && (a->row->may & MAY_REQUESTER) &&
        (!may || !found))
        return ask_fail(a, SK_ERR_PEER, "there is no %s %s that %s may ask for", named(a), case_id,
                        a->login);
    if ((may || !hidden) && a->row->names != NAMES_NOTHING && !found)
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no %s %s", named(a), case_id);
    if (may)
        return 0;
    if (reason == SK_REASON_NOT_ON_ROSTER && !c->rules.owned)
        reason = SK_REASON_NO_POLICY;
    a->reason = reason;
    return say_rights(a, reason);
}

static int run(struct ask *a)
{
    a->row = op_find(record_text(a->body, "op"));
    if (!a->row)
        return ask_fail(a, SK_ERR_UNSUPPORTED, "there is no such question");
    if (*a->peer->area && !a->row->inside) {
        a->reason = SK_REASON_NOT_INSIDE;
        return ask_fail(a, SK_ERR_PEER, "%s may not use sekisho %s: %s", *a->login ? a->login : PHRASE("this user"),
                        words_of_op(a->row->op), sk_reason_phrase(SK_REASON_NOT_INSIDE));
    }
    int r = field_check(a->body, a->row->fields, &a->why, &a->wrong);
    if (r == 0)
        r = check_fds(a);
    if (r == 0)
        r = check_rights(a);
    return r != 0 ? r : a->row->run(a);
}

static bool is_refusal(const struct ask *a, int code)
{
    return a->row && a->row->recorded && (a->reason >= 0 || code == SK_ERR_PEER);
}

/* Who has been refused so often that an incident was opened over it is told at once, and whom to talk to. */
static void tell_incident(struct ask *a, uint64_t before)
{
    autojson json_t *told = incident_of_refusals(a->control, a->peer->who.uid, before);
    if (!told)
        return;
    if (!a->detail)
        a->detail = json_object();
    if (a->detail)
        json_object_set(a->detail, "incident", told);
}

/* Of a standing permit that was to permit it: then there is no case to be approved. */
static void tell_standing(struct ask *a)
{
    const char *said = record_text(a->body, "under");
    const char *under = *said ? said : a->entry ? record_text(a->entry->permit, "under.id") : "";
    if (*under && a->reason >= 0 && !a->detail)
        a->detail = json_object();
    if (*under && a->reason >= 0 && a->detail)
        json_object_set_new(a->detail, "standing", json_string(under));
}

void ask_refused(struct ask *a, int code)
{
    const char *why = a->why.len > 0 ? a->why.data : PHRASE_ERROR(code);
    uint64_t before = a->control->fold ? a->control->fold->next_seq : 0;
    if (is_refusal(a, code) &&
        refusal_record(a->control, a->peer->who.uid, a->peer->area, ask_person(a), a->row->op,
                       a->reason, a->consent, record_text(a->body, "case"), why))
        tell_incident(a, before);
    tell_standing(a);
}

static void refuse(struct ask *a, int code)
{
    const char *why = a->why.len > 0 ? a->why.data : PHRASE_ERROR(code);
    ask_refused(a, code);
    json_t *valid = words_valid(a, a->wrong ? a->wrong : "");
    if (valid && !a->detail)
        a->detail = json_object();
    if (valid)
        json_object_set_new(a->detail, "valid", valid);
    peer_error(a->control, a->peer, code, a->reason, why, a->detail);
}

static void answer(struct ask *a)
{
    autojson json_t *empty = a->answer ? NULL : json_object();
    peer_answer(a->control, a->peer, a->answer ? a->answer : empty);
}

/* A value costs a hundred times its bytes once it is parsed: 16 MiB of "[]" would be gigabytes. An
 * upper bound is the number of separators and openings, those inside of strings left out. */
static bool too_many_values(const char *text, size_t len)
{
    size_t count = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            in_string = !in_string;
        else if (!in_string && (text[i] == ',' || text[i] == '[' || text[i] == '{'))
            count++;
    }
    return count > CONTROL_ASK_VALUES;
}

static void answer_or_wait(struct ask *a)
{
    login_of(a->peer->who.uid, a->login);
    a->person = *a->login ? policy_person_of_user(a->control->rules.policy, a->login) : NULL;
    int r = run(a);
    if (r == ASK_LATER)
        a->peer->busy = true;
    else if (r < 0)
        refuse(a, r);
    else
        answer(a);
    buf_free(&a->why);
    json_decref(a->answer);
    json_decref(a->detail);
}

void ask_again(struct control *c, struct peer *p, json_t *body)
{
    struct ask a = {.control = c, .peer = p, .body = body, .again = true, .reason = -1};
    answer_or_wait(&a);
}

int ask_run(struct control *c, struct peer *p, struct wire_message *m)
{
    autojson json_t *body = NULL;
    if (m->type != SK_MSG_ASK ||
        too_many_values(m->payload.data ? m->payload.data : "", m->payload.len) ||
        link_parse(m, &body) != 0)
        return SK_ERR_FORMAT;
    struct ask a = {.control = c, .peer = p, .body = body, .fds = m->fds,
                    .fd_count = m->fd_count, .reason = -1};
    answer_or_wait(&a);
    return 0;
}
