/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_standing.c owns the asking for standing permits, and the permits that they give to cases. It
 * must never ask for more than the consent and the policy let one last, and never permit a case
 * before that, and its use, is on record. */
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/bound.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/recipients.h"
#include "control/request.h"
#include "control/texts.h"

#define STANDING_USES_MAX 1000 /* exports that one may permit: what a person can still answer for  \
                                */

struct wanted {
    const struct policy_area *area;
    const struct policy_destination *destination;
    const struct policy_contract *contract;
    const struct policy_consent *consent;
    bool take_out;
    int64_t uses;
    char from[CLOCK_TIME_CAP], until[CLOCK_TIME_CAP]; /* days */
    char bound[DIGEST_HEX_CAP];
};

/* From today on unless another day is named, which must be one to come. */
static int check_days(struct ask *a, struct wanted *w)
{
    const char *from = record_text(a->body, "from");
    int64_t from_s, until_s;
    char today[CLOCK_TIME_CAP];
    clock_format_date(today, control_now(a->control));
    snprintf(w->from, sizeof w->from, "%s", *from ? from : today);
    snprintf(w->until, sizeof w->until, "%s", record_text(a->body, "until"));
    if (clock_parse_date(w->from, &from_s) != 0 || clock_parse_date(w->until, &until_s) != 0)
        return ask_fail(a, SK_ERR_FORMAT, "from when until when? Two days, as 2026-12-01");
    if (strcmp(w->from, today) < 0 || strcmp(w->until, today) < 0)
        return ask_fail(a, SK_ERR_FORMAT, "the day %s is over; name one that is to come",
                        strcmp(w->from, today) < 0 ? w->from : w->until);
    const struct transfer_question q = {.area = w->area->head.id,
                                        .destination = w->destination->head.id};
    enum sk_reason reason =
        decide_standing(a->control->rules.policy, &q, w->consent, from_s, until_s + CLOCK_DAY_S);
    a->consent = w->consent->head.id;
    if (reason == SK_REASON_NO_STANDING && w->consent->standing_s > 0)
        return ask_refuse(a, reason, "%s: consent %s allows one of %lld days at most",
                          sk_reason_phrase(reason), w->consent->head.id,
                          (long long)(w->consent->standing_s / CLOCK_DAY_S));
    return reason == SK_REASON_ALLOWED
               ? 0
               : ask_refuse(a, reason, "%s: consent %s (%s)", sk_reason_phrase(reason),
                            w->consent->head.id, w->consent->document);
}

static int check_uses(struct ask *a, struct wanted *w)
{
    uint64_t used = fold_uses(a->control->fold, w->consent->head.id);
    w->uses = record_number(a->body, "uses");
    if (w->uses < 1 || w->uses > STANDING_USES_MAX)
        return ask_fail(a, SK_ERR_FORMAT, "for how many exports? 1 to %d", STANDING_USES_MAX);
    if (w->consent->uses != 0 && (uint64_t)w->uses > w->consent->uses - used)
        return ask_refuse(a, SK_REASON_CONSENT_USED, "consent %s has %llu uses left",
                          w->consent->head.id, (unsigned long long)(w->consent->uses - used));
    return 0;
}

static int find_wanted(struct ask *a, struct wanted *w)
{
    const struct policy *p = a->control->rules.policy;
    const char *type = record_text(a->body, "type"), *area = record_text(a->body, "area");
    w->take_out = str_eq(type, "takeout");
    if (!w->take_out && !str_eq(type, "copy"))
        return ask_fail(a, SK_ERR_FORMAT, "type: takeout or copy");
    w->area = policy_area(p, area);
    if (!w->area)
        return ask_refuse(a, SK_REASON_NO_AREA, "%s: %s", area,
                          sk_reason_phrase(SK_REASON_NO_AREA));
    int r = request_decide(a, w->area, w->take_out, record_text(a->body, "consent"), &w->consent);
    if (r != 0)
        return r;
    w->destination = policy_destination(p, record_text(a->body, "destination"));
    w->contract = policy_contract(p, w->area->contract);
    return w->destination && w->contract && w->consent
               ? bound_digest(p, a->person, w->area, w->destination, w->bound)
               : SK_ERR_NOT_FOUND;
}

static char *print_pair(unsigned long long number, const char *text)
{
    struct buf b = {0};
    buf_printf(&b, "%llu%s%s", number, *text ? " " : "", text);
    return buf_steal(&b);
}

static int make_text(struct ask *a, const char *id, const struct wanted *w, const json_t *head,
                     struct buf *out)
{
    const struct control *c = a->control;
    char now[CLOCK_TIME_CAP], date[CLOCK_TIME_CAP], hex[DIGEST_HEX_CAP];
    clock_format(now, control_now(c), 0);
    clock_format_date(date, w->consent->date);
    digest_hex(hex, w->consent->sha256);
    struct text_standing t __attribute__((cleanup(text_standing_free))) = {
        .standing = strdup(id),
        .type = strdup(w->take_out ? "takeout" : "copy"),
        .at = strdup(now),
        .host = strdup(c->host),
        .origin = strdup(c->origin),
        .head =
            print_pair((unsigned long long)record_number(head, "size"), record_text(head, "root")),
        .policy = print_pair(c->rules.policy->version, c->rules.digest_hex),
        .contract = strdup(w->contract->head.id),
        .contract_title = strdup(w->contract->title),
        .area = strdup(w->area->head.id),
        .level = print_pair(w->area->level, ""),
        .person = strdup(a->person->head.id),
        .person_name = strdup(a->person->name),
        .destination = strdup(w->destination->head.id),
        .destination_label = strdup(w->destination->label),
        .destination_kind = strdup(destination_kind(w->destination)),
        .destination_path = strdup(w->destination->path),
        .recipients = recipients_text(c->rules.policy, w->destination),
        .recipient_keys = bound_keys(c->rules.policy, w->destination),
        .bound = strdup(w->bound),
        .purpose = strdup(record_text(a->body, "purpose")),
        .from = strdup(w->from),
        .until = strdup(w->until),
        .uses = print_pair((unsigned long long)w->uses, ""),
        .consent = strdup(w->consent->head.id),
        .consent_document = strdup(w->consent->document),
        .consent_date = strdup(date),
        .consent_sha256 = strdup(hex),
    };
    return text_standing_write(&t, out);
}

static json_t *asked_record(struct ask *a, const char *id, const struct wanted *w,
                            const json_t *head, const char *digest)
{
    autojson json_t *recipients = recipients_ids(a->control->rules.policy, w->destination);
    autojson json_t *fields = json_pack(
        "{ss ss so ss ss si s{ss ss ss} so ss sO ss}", "case", id, "type", "standing", "person",
        ask_person(a), "contract", w->contract->head.id, "area", w->area->head.id, "level",
        (int)w->area->level, "destination", "id", w->destination->head.id, "label",
        w->destination->label, "kind", destination_kind(w->destination), "consent",
        consent_json(w->consent), "purpose", record_text(a->body, "purpose"), "recipients",
        recipients, "digest", digest);
    autojson json_t *more = json_pack(
        "{s{ss ss ss sI ss ss} s{sI ss} sb sb}", "standing", "type",
        w->take_out ? "takeout" : "copy", "from", w->from, "until", w->until, "uses",
        (json_int_t)w->uses, "path", w->destination->path, "bound", w->bound, "ledger", "size",
        (json_int_t)record_number(head, "size"), "root", record_text(head, "root"),
        "specific-personal", w->area->personal_number, "top-secret", w->area->top_secret);
    json_t *record = control_record(a->control, SK_KIND_REQUEST);
    if (recipients && fields && more && record && json_object_update(record, fields) == 0 &&
        json_object_update(record, more) == 0)
        return record;
    json_decref(record);
    return NULL;
}

/* Text, file, record, in this order; after the record it waits for its approver. */
static int settle(struct ask *a, const char *id, const struct wanted *w)
{
    struct control *c = a->control;
    autojson json_t *head = NULL;
    autobuf struct buf text = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    int r = ledger_head(c, &head, &a->why);
    if (r == 0)
        r = make_text(a, id, w, head, &text);
    if (r == 0)
        r = digest_of(text.data, text.len, digest);
    if (r == 0)
        r = store_write(STORE_REQUEST, id, text.data, text.len);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    r = ledger_append(c, asked_record(a, id, w, head, hex), true, NULL, &a->why);
    if (r != 0)
        return r;
    a->answer = json_pack("{ss ss ss so so}", "case", id, "request", text.data, "digest", hex,
                          "consent", consent_json(w->consent), "approvers",
                          request_approvers(c, fold_case(c->fold, id)));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_request_standing(struct ask *a)
{
    struct wanted w = {0};
    char id[SK_ID_MAX + 1];
    int r = find_wanted(a, &w);
    if (r == 0)
        r = check_days(a, &w);
    if (r == 0)
        r = check_uses(a, &w);
    if (r == 0)
        r = request_check_waiting(a);
    if (r == 0)
        r = ledger_ready(a->control, &a->why);
    if (r == 0)
        r = next_id(a->control, 'S', id);
    return r != 0 ? r : settle(a, id, &w);
}

/* ---- a case under one ---- */

/* Its approver's word, as it stands with the standing permit. */
static json_t *granted_record(const struct control *c, const struct case_entry *e,
                              const struct case_entry *s)
{
    static const char *const same[] = {"person", "permit", "key", "approvals", "in-place-of"};
    int64_t ends_s = control_now(c) + c->rules.policy->approval.permit_lifetime_s;
    char expires[CLOCK_TIME_CAP];
    clock_format(expires, ends_s < s->expires_s ? ends_s : s->expires_s, 0);
    json_t *record = control_record(c, SK_KIND_PERMIT);
    autojson json_t *fields =
        json_pack("{ss ss ss sO sO s{ss ss}}", "case", e->id, "phase", "granted", "expires",
                  expires, "consent", json_object_get(e->request, "consent"), "handed-in-by",
                  json_object_get(e->request, "person"), "under", "id", s->id, "at",
                  record_text(s->permit, "at"));
    bool ok = record && fields && json_object_update(record, fields) == 0;
    for (size_t i = 0; ok && i < array_count(same); i++) {
        json_t *value = json_object_get(s->permit, same[i]);
        ok = !value || json_object_set(record, same[i], value) == 0;
    }
    if (ok)
        return record;
    json_decref(record);
    return NULL;
}

int standing_grant(struct control *c, const char *id, const char *under, struct buf *why)
{
    const struct case_entry *e = fold_case(c->fold, id), *s = fold_case(c->fold, under);
    return e && s ? ledger_append(c, granted_record(c, e, s), true, NULL, why) : SK_ERR_STATE;
}

json_t *standing_permitted(struct control *c, const char *id, const char *under)
{
    const struct case_entry *e = fold_case(c->fold, id), *s = fold_case(c->fold, under);
    if (!e || !s)
        return NULL;
    return json_pack("{ss sO* ss ss sI}", "under", s->id, "approver",
                     json_object_get(s->permit, "person"), "at", record_text(s->permit, "at"),
                     "expires", record_text(e->permit, "expires"), "left",
                     (json_int_t)standing_left(c->fold, s));
}
