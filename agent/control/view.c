/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view.c owns the joined view of a case. It must never fill a field that no record supports: what
 * is open reads null. */
#include "control/view.h"
#include <string.h>
#include "base/clock.h"
#include "control/permit.h"
#include "control/recipients.h"
#include "record/record.h"

int64_t case_due(const struct case_entry *e, const struct policy *p)
{
    int64_t day = 0, within = 0;
    if (clock_parse_date(record_text(e->request, "return-by"), &day) == 0)
        day += CLOCK_DAY_S;
    const struct policy_destination *d =
        policy_destination(p, record_text(e->request, "destination.id"));
    int64_t period = d ? d->return_within_s : 0;
    if (d && d->kind == POLICY_BACKUP && d->retention_s > 0 &&
        (period == 0 || d->retention_s < period))
        period = d->retention_s; /* then it is to be destroyed */
    if (period > 0 && e->out_s > 0)
        within = e->out_s + period;
    return day == 0 ? within : within == 0 || day < within ? day : within;
}

bool case_overdue(const struct case_entry *e, const struct policy *p, int64_t now_s)
{
    int64_t due = case_due(e, p);
    return (e->state == CASE_OUT || e->state == CASE_UNKNOWN) && due != 0 && now_s >= due;
}

/* A copy of a record's member, or JSON null. */
static json_t *member_of(const json_t *record, const char *path)
{
    const json_t *value = record ? record_member(record, path) : NULL;
    return value ? json_deep_copy(value) : json_null();
}

static json_t *text_of(const json_t *record, const char *path)
{
    return json_string(record ? record_text(record, path) : "");
}

static json_t *contract_of(const struct case_entry *e, const struct policy *p)
{
    const char *id = record_text(e->request, "contract");
    const struct policy_contract *c = policy_contract(p, id);
    return json_pack("{ssssss}", "id", id, "title", c ? c->title : "", "client",
                     c ? c->client : "");
}

/* Who has approved so far, where a permit takes several and is not given yet; NULL = nobody, or it is given. */
static json_t *approved_by(const struct case_entry *e, const struct policy *p, int64_t now_s)
{
    struct permit_approvals a = {0};
    const json_t *last = json_array_get(e->approvals, json_array_size(e->approvals) - 1);
    if (last && permit_case_waits(p, e, now_s))
        permit_approvals(p, e->request, e->approvals, record_text(last, "permit"), now_s, &a);
    json_t *list = a.count > 0 ? json_array() : NULL;
    for (size_t i = 0; list && i < a.count; i++)
        json_array_append_new(list, json_pack("{sososO*}", "person", member_of(a.rows[i], "person"), "at",
                                              text_of(a.rows[i], "at"), "in-place-of",
                                              record_member(a.rows[i], "in-place-of")));
    return list;
}

static json_t *permission_of(const struct case_entry *e, const struct policy *p, int64_t now_s)
{
    const char *phase = record_text(e->permit, "phase");
    json_t *granted = strcmp(phase, "granted") == 0    ? json_true()
                      : strcmp(phase, "rejected") == 0 ? json_false()
                                                       : json_null();
    json_t *approvals = approved_by(e, p, now_s);
    if (!approvals && strcmp(phase, "granted") == 0)
        approvals = json_deep_copy(record_member(e->permit, "approvals"));
    return json_pack(
        "{sososososososososIsO*sO*}", "granted", granted, "approver",
        member_of(e->permit, "person"), "permit", text_of(e->permit, "permit"), "consent",
        member_of(e->request, "consent"), "at", text_of(e->permit, "at"), "expires",
        text_of(e->permit, "expires"), "why", text_of(e->revoked ? e->revoked : e->permit, "why"),
        "approvals", approvals ? approvals : json_array(), "needed",
        (json_int_t)permit_needed(p, e->request, ""), "in-place-of",
        record_member(e->permit, "in-place-of"), "under", record_member(e->permit, "under"));
}

static const char *type_of(const struct case_entry *e)
{
    return e->standing ? "standing" : e->take_out ? "takeout" : "copy";
}

void view_put_uses(json_t *view, const struct fold *f, const struct case_entry *e)
{
    if (view && e->standing)
        json_object_set_new(json_object_get(view, "standing"), "used",
                            json_integer((json_int_t)fold_standing_uses(f, e->id)));
}

static json_t *closing_of(const json_t *record)
{
    if (!record)
        return json_null();
    return json_pack("{sosososo}", "at", text_of(record, "at"), "method", text_of(record, "method"),
                     "proof", member_of(record, "proof"), "person", member_of(record, "person"));
}

static json_t *withdrawal_of(const struct case_entry *e)
{
    return e->withdrawn ? json_pack("{soso}", "at", text_of(e->withdrawn, "at"), "why", text_of(e->withdrawn, "why"))
                        : json_null();
}

static json_t *content_of(const struct case_entry *e)
{
    return json_pack("{sOsosososo}", "files", e->files, "count",
                     member_of(e->request, "content.count"), "bytes",
                     member_of(e->request, "content.bytes"), "area", text_of(e->request, "area"),
                     "level", member_of(e->request, "level"));
}

static json_t *return_by_of(const struct case_entry *e, const struct policy *p)
{
    char date[CLOCK_TIME_CAP] = "";
    int64_t due = case_due(e, p);
    if (due > 0)
        clock_format_date(date, due - 1);
    return json_string(date);
}

json_t *view_case(const struct case_entry *e, const struct policy *p, int64_t now_s)
{
    json_t *kept = json_pack("{soso}", "where", text_of(e->request, "destination.label"), "how",
                             text_of(e->request, "kept"));
    return json_pack("{sssssssososososososososososbsosososososo*}", "case", e->id, "type", type_of(e),
                     "state", case_state_name(e->state), "contract", contract_of(e, p), "at",
                     text_of(e->request, "at"), "person", member_of(e->request, "person"),
                     "permission", permission_of(e, p, now_s), "content", content_of(e), "purpose",
                     text_of(e->request, "purpose"), "kept", kept, "destination",
                     member_of(e->request, "destination"), "recipients", recipients_view(p, recipients_of_case(e)),
                     "return-by", return_by_of(e, p),
                     "overdue", case_overdue(e, p, now_s), "return", closing_of(e->given_back),
                     "disposal", closing_of(e->disposal), "withdrawn", withdrawal_of(e), "sealed",
                     member_of(e->done, "sealed"), "events", fold_events_json(e->events),
                     "standing", e->standing ? member_of(e->request, "standing") : NULL);
}

json_t *view_request(const struct case_entry *e)
{
    const char *why = record_text(e->withdrawn ? e->withdrawn : e->done, "why");
    return json_pack(
        "{sssssssososososososososososssO*so*}", "case", e->id, "type", type_of(e), "state",
        case_state_name(e->state), "person", member_of(e->request, "person"), "area",
        text_of(e->request, "area"), "destination", member_of(e->request, "destination"), "purpose",
        text_of(e->request, "purpose"), "kept", text_of(e->request, "kept"), "return-by",
        text_of(e->request, "return-by"), "files", member_of(e->request, "content.count"), "bytes",
        member_of(e->request, "content.bytes"), "at", text_of(e->request, "at"), "consent",
        member_of(e->request, "consent"), "why",
        *why || e->withdrawn ? why : record_text(e->revoked ? e->revoked : e->permit, "why"),
        "under", record_member(e->permit, "under"), "standing",
        e->standing ? member_of(e->request, "standing") : NULL);
}
