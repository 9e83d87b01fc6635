/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask.c owns the way of one question: form, asker, rights, handler, answer. It must never believe a
 * message about who sent it, and never let a refusal of what matters go unrecorded. */
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include "base/log.h"
#include "control/control.h"
#include "control/permit.h"

#define PASSWD_CAP 16384 /* bytes for one entry of the user database */

int ask_fail(struct ask *a, int code, const char *format, ...)
{
    va_list ap;
    buf_reset(&a->why);
    va_start(ap, format);
    buf_vprintf(&a->why, format, ap);
    va_end(ap);
    return code;
}

int ask_refuse(struct ask *a, enum sk_reason reason, const char *format, ...)
{
    va_list ap;
    a->reason = (int)reason;
    buf_reset(&a->why);
    va_start(ap, format);
    buf_vprintf(&a->why, format, ap);
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

static bool manages(const struct policy_person *p, const struct case_entry *e)
{
    return !e || p->areas.count == 0 || policy_list_has(&p->areas, record_text(e->request, "area"));
}

static struct asker asker_of(const struct ask *a)
{
    const struct policy_person *p = a->person;
    return (struct asker){
        .root = a->peer->who.uid == 0,
        .on_roster = p != NULL,
        .suspended = p && p->suspended,
        .requester = p && a->entry &&
                     strcmp(p->head.id, record_text(a->entry->request, "person.id")) == 0,
        .manages = p && manages(p, a->entry),
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

static int check_rights(struct ask *a)
{
    struct control *c = a->control;
    const char *case_id = record_text(a->body, "case");
    int reason;
    a->entry = *case_id ? fold_case(c->fold, case_id) : NULL;
    if (a->row->of_case && !c->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", c->fold_why);
    a->approval = a->entry ? permit_may_approve(c->rules.policy, c->fold, a->entry, a->person,
                                                control_now(c))
                           : SK_REASON_NOT_APPROVER;
    const struct asker who = asker_of(a);
    bool may = op_may(a->row, &who, &reason);
    /* which cases of others there are is nobody's business: one answer for theirs and for none */
    bool hidden = a->row->of_case && !who.root && !(who.roles & ~(unsigned)POLICY_HANDLER);
    if (who.on_roster && !who.suspended && hidden && (a->row->may & MAY_REQUESTER) &&
        (!may || !a->entry))
        return ask_fail(a, SK_ERR_PEER, "there is no case %s that %s may ask for", case_id, a->login);
    if ((may || !hidden) && a->row->of_case && !a->entry)
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no case %s", case_id);
    if (may)
        return 0;
    if (reason == SK_REASON_NOT_ON_ROSTER && !c->rules.owned)
        reason = SK_REASON_NO_POLICY;
    a->reason = reason;
    return ask_fail(a, SK_ERR_PEER, "%s may not ask for %s%s%s", *a->login ? a->login : "this user",
                    a->row->op, reason >= 0 ? ": " : "",
                    reason >= 0 ? sk_reason_text((enum sk_reason)reason) : "");
}

static int run(struct ask *a)
{
    a->row = op_find(record_text(a->body, "op"));
    if (!a->row)
        return ask_fail(a, SK_ERR_UNSUPPORTED, "there is no such question");
    if (*a->peer->area && !a->row->inside)
        return ask_fail(a, SK_ERR_PEER, "%s is not asked from inside a room", a->row->op);
    int r = field_check(a->body, a->row->fields, &a->why);
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

static void refuse(struct ask *a, int code)
{
    const char *why = a->why.len > 0 ? a->why.data : sk_strerror(code);
    if (is_refusal(a, code))
        refusal_record(a->control, a->peer->who.uid, a->peer->area, ask_person(a), a->row->op,
                       a->reason, a->consent, record_text(a->body, "case"), why);
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

int ask_run(struct control *c, struct peer *p, struct wire_message *m)
{
    autojson json_t *body = NULL;
    if (m->type != SK_MSG_ASK ||
        too_many_values(m->payload.data ? m->payload.data : "", m->payload.len) ||
        link_parse(m, &body) != 0)
        return SK_ERR_FORMAT;
    struct ask a = {.control = c, .peer = p, .body = body, .fds = m->fds,
                    .fd_count = m->fd_count, .reason = -1};
    login_of(p->who.uid, a.login);
    a.person = *a.login ? policy_person_of_user(c->rules.policy, a.login) : NULL;
    int r = run(&a);
    if (r == ASK_LATER)
        p->busy = true;
    else if (r < 0)
        refuse(&a, r);
    else
        answer(&a);
    buf_free(&a.why);
    json_decref(a.answer);
    json_decref(a.detail);
    return 0;
}
