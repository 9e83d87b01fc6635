/* SPDX-License-Identifier: GPL-3.0-or-later */
/* request_done.c owns what a request becomes once its snapshot is there: its text and record, the use of a standing
 * permit, the end of an earlier request, and the taking back. It must never put a digest into a request that is not
 * of the snapshot, and never permit a case or withdraw another before the snapshot is surely kept. */
#include <stdarg.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/again.h"
#include "control/control.h"
#include "control/outbox.h"
#include "control/permit.h"
#include "control/recipients.h"
#include "control/request.h"
#include "control/texts.h"

struct parts {
    const struct policy_area *area;
    const struct policy_contract *contract;
    const struct policy_destination *destination;
    const struct policy_consent *consent;
};

static int find_parts(const struct policy *p, const json_t *about, struct parts *ret)
{
    ret->area = policy_area(p, record_text(about, "area"));
    ret->destination = policy_destination(p, record_text(about, "destination"));
    ret->consent = policy_consent(p, record_text(about, "consent"));
    ret->contract = ret->area ? policy_contract(p, ret->area->contract) : NULL;
    return ret->area && ret->destination && ret->consent && ret->contract ? 0 : SK_ERR_STATE;
}

static int fill_files(struct text_request *t, const json_t *files)
{
    size_t count = json_array_size(files);
    t->files = calloc(count ? count : 1, sizeof *t->files);
    if (!t->files)
        return -ENOMEM;
    t->file_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(files, i);
        t->files[i].bytes = (uint64_t)record_number(row, "bytes");
        snprintf(t->files[i].sha256, sizeof t->files[i].sha256, "%s", record_text(row, "sha256"));
        t->files[i].name = strdup(record_text(row, "name"));
        if (!t->files[i].name)
            return -ENOMEM;
    }
    return 0;
}

static char *print(const char *format, ...) SK_PRINTF(1, 2);
static char *print(const char *format, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, format);
    buf_vprintf(&b, format, ap);
    va_end(ap);
    return buf_steal(&b);
}

/* The text that is signed. head is the ledger's HEAD_IS. */
static int make_text(const struct control *c, const struct job *j, const struct parts *at,
                     const json_t *files, uint64_t bytes, const json_t *head, struct buf *out)
{
    char now[CLOCK_TIME_CAP], date[CLOCK_TIME_CAP], hex[DIGEST_HEX_CAP];
    clock_format(now, control_now(c), 0);
    clock_format_date(date, at->consent->date);
    digest_hex(hex, at->consent->sha256);
    struct text_request t __attribute__((cleanup(text_request_free))) = {
        .case_id = strdup(j->id),
        .type = strdup(record_text(j->about, "type")),
        .at = strdup(now),
        .host = strdup(c->host),
        .origin = strdup(c->origin),
        .head = print("%lld %s", (long long)record_number(head, "size"), record_text(head, "root")),
        .policy = print("%llu %s", (unsigned long long)c->rules.policy->version,
                        c->rules.digest_hex),
        .contract = strdup(at->contract->head.id),
        .contract_title = strdup(at->contract->title),
        .area = strdup(at->area->head.id),
        .level = print("%u", at->area->level),
        .person = strdup(record_text(j->person, "id")),
        .person_name = strdup(record_text(j->person, "name")),
        .destination = strdup(at->destination->head.id),
        .destination_label = strdup(at->destination->label),
        .recipients = recipients_text(c->rules.policy, at->destination),
        .purpose = strdup(record_text(j->about, "purpose")),
        .kept = strdup(record_text(j->about, "kept")),
        .return_by = strdup(record_text(j->about, "return-by")),
        .consent = strdup(at->consent->head.id),
        .consent_document = strdup(at->consent->document),
        .consent_date = strdup(date),
        .consent_sha256 = strdup(hex),
        .bytes = bytes,
    };
    int r = fill_files(&t, files);
    return r != 0 ? r : text_request_write(&t, out);
}

static json_t *request_record(const struct control *c, const struct job *j, const struct parts *at,
                              const json_t *head, const char *digest)
{
    const char *kind = destination_kind(at->destination);
    autojson json_t *fields = json_pack(
        "{sssssOsssssi}", "case", j->id, "type", record_text(j->about, "type"), "person", j->person,
        "contract", at->contract->head.id, "area", at->area->head.id, "level",
        (int)at->area->level);
    autojson json_t *more = json_pack(
        "{s{ssssss}sossssss s{sIss}ss}", "destination", "id", at->destination->head.id, "label",
        at->destination->label, "kind", kind, "consent", consent_json(at->consent), "purpose",
        record_text(j->about, "purpose"), "kept", record_text(j->about, "kept"), "return-by",
        record_text(j->about, "return-by"), "ledger", "size",
        (json_int_t)record_number(head, "size"), "root", record_text(head, "root"), "digest",
        digest);
    autojson json_t *recipients = recipients_ids(c->rules.policy, at->destination);
    autojson json_t *marks = json_pack("{sbsbsO}", "specific-personal", at->area->personal_number, "top-secret",
                                       at->area->top_secret, "recipients", recipients);
    json_t *record = control_record(c, SK_KIND_REQUEST);
    const char *under = record_text(j->about, "under"), *again = record_text(j->about, "again");
    if (!fields || !more || !marks || !record || json_object_update(record, fields) != 0 ||
        json_object_update(record, more) != 0 || json_object_update(record, marks) != 0 ||
        (*under && json_object_set_new(record, "under", json_string(under)) != 0) ||
        (*again && json_object_set_new(record, "again", json_string(again)) != 0)) {
        json_decref(record);
        return NULL;
    }
    return record;
}

json_t *request_approvers(struct control *c, const struct case_entry *e)
{
    const struct policy *p = c->rules.policy;
    json_t *list = json_array();
    for (size_t i = 0; list && e && i < p->person_count; i++) {
        const struct policy_person *who = &p->persons[i];
        if (permit_may_approve(p, c->fold, e, who, control_now(c)) == SK_REASON_ALLOWED)
            json_array_append_new(
                list, json_pack("{ssss}", "id", who->head.id, "name", who->name));
    }
    return list;
}

static json_t *openers_of(const struct control *c, const char *id)
{
    const struct case_entry *e = fold_case(c->fold, id);
    return recipients_view(c->rules.policy, e ? recipients_of_case(e) : NULL);
}

/* Text, file, record, in this order; after the record the case stands, and waits for its approver. */
static int settle(struct control *c, struct job *j, const json_t *message, struct buf *why)
{
    autojson json_t *files = NULL, *head = NULL;
    autobuf struct buf text = {0};
    struct parts at;
    uint64_t bytes;
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    int r = files_join(json_object_get(j->about, "files"), json_object_get(message, "files"),
                       &files, &bytes);
    if (r == 0)
        r = find_parts(c->rules.policy, j->about, &at);
    if (r == 0)
        r = outbox_fits(at.destination, outbox_sealed_bytes(json_array_size(files), bytes), why);
    if (r == 0)
        r = ledger_head(c, &head, why);
    if (r == 0)
        r = make_text(c, j, &at, files, bytes, head, &text);
    if (r == 0)
        r = digest_of(text.data, text.len, digest);
    if (r == 0)
        r = store_write(STORE_REQUEST, j->id, text.data, text.len);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    r = ledger_append_content(c, request_record(c, j, &at, head, hex), steal_ptr(&files), bytes,
                              false, NULL, why);
    if (r == 0)
        j->answer = json_pack("{sssssssoso}", "case", j->id, "request", text.data, "digest", hex,
                              "consent", consent_json(at.consent), "recipients", openers_of(c, j->id));
    return r != 0 || j->answer ? r : -ENOMEM;
}

bool request_may_be_withdrawn(const struct control *c, const struct case_entry *e)
{
    return (e->state == CASE_REQUESTED || e->state == CASE_PERMITTED || e->state == CASE_FAILED) && !job_of(c, e->id);
}

/* Takes person. 0, or why it is not on record. */
static int withdraw(struct control *c, const struct case_entry *e, json_t *person, const char *said, struct buf *why)
{
    autojson json_t *fields = json_pack("{ss ss so ss}", "case", e->id, "phase", "withdrawn", "person", person, "why", said);
    json_t *record = control_record(c, SK_KIND_PERMIT);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    int r = ledger_append(c, record, true, NULL, why);
    if (r == 0)
        drop_later(c, e->id, record_text(e->request, "area"));
    return r;
}

/* What is asked for again goes out as it is now or not at all: the earlier permit is void. Killed in between, both are there,
 * and each says what its approver saw. True or false: was it withdrawn (not while it is carried out)? NULL: it had ended
 * before. */
static json_t *withdraw_earlier(struct control *c, const struct job *j)
{
    const struct case_entry *e = fold_case(c->fold, record_text(j->about, "again"));
    char said[PHRASE_OF_CAP];
    autobuf struct buf why = {0};
    if (e && e->state == CASE_RUNNING)
        return json_false();
    if (!e || (e->state != CASE_REQUESTED && e->state != CASE_PERMITTED && e->state != CASE_FAILED))
        return NULL;
    phrase_print(said, sizeof said, "asked for again: %s", j->id);
    return json_boolean(request_may_be_withdrawn(c, e) && withdraw(c, e, json_incref(j->person), said, &why) == 0);
}

/* The question of a job, to be decided once more. */
struct anew {
    struct ask ask;
    struct peer gone; /* in place of one that did not wait */
};

static void anew_begin(struct anew *n, struct control *c, const struct job *j, json_t *body)
{
    struct peer *p = peer_by_id(c, j->peer_id);
    *n = (struct anew){.gone = {.fd = -1, .who.uid = (uid_t)record_number(j->person, "uid")}};
    n->ask = (struct ask){.control = c, .peer = p ? p : &n->gone, .body = body, .reason = -1,
                          .row = op_find(SK_OP_REQUEST)};
    memcpy(n->ask.login, j->login, sizeof n->ask.login);
    n->ask.person = policy_person_of_user(c->rules.policy, j->login);
}

static void anew_end(struct anew *n)
{
    buf_free(&n->ask.why);
    json_decref(n->ask.detail);
}

/* On today's policy and ledger: the snapshot took its time, and others may have had the last use meanwhile. */
static int choose(struct ask *a, const struct job *j, const struct case_entry **ret_under,
                  const struct policy_consent **ret)
{
    const char *id = record_text(j->about, "area");
    const struct policy_area *area = policy_area(a->control->rules.policy, id);
    if (!str_eq(a->person ? a->person->head.id : "", record_text(j->person, "id")))
        return ask_refuse(a, SK_REASON_NOT_ON_ROSTER, "%s: %s", a->login,
                          sk_reason_phrase(SK_REASON_NOT_ON_ROSTER));
    return area ? request_choose(a, area, j->id[0] == 'T', ret_under, ret)
                : ask_refuse(a, SK_REASON_NO_AREA, "%s: %s", id, sk_reason_phrase(SK_REASON_NO_AREA));
}

static int take_choice(struct ask *a, struct job *j)
{
    const struct case_entry *under = NULL;
    const struct policy_consent *consent = NULL;
    int r = choose(a, j, &under, &consent);
    if (r != 0 || !consent)
        return r;
    return json_object_set_new(j->about, "consent", json_string(consent->head.id)) == 0 &&
                   json_object_set_new(j->about, "under", json_string(under ? under->id : "")) == 0
               ? 0
               : -ENOMEM;
}

static void request_done(struct control *c, struct job *j, const json_t *message)
{
    autobuf struct buf why = {0};
    struct anew n __attribute__((cleanup(anew_end)));
    anew_begin(&n, c, j, json_object_get(j->about, "asked"));
    int r = take_choice(&n.ask, j);
    if (r != 0) {
        ask_refused(&n.ask, r);
        j->detail = json_incref(n.ask.detail);
        job_fail(c, j, r, n.ask.reason, n.ask.why.len > 0 ? n.ask.why.data : PHRASE_ERROR(r));
        return;
    }
    r = settle(c, j, message, &why);
    if (r != 0)
        job_fail(c, j, r, -1, why.len > 0 ? why.data : PHRASE_ERROR(r));
    else
        job_commit(c, j, NULL);
}

static void end_case(struct control *c, const struct job *j, const char *why)
{
    const struct case_entry *e = fold_case(c->fold, j->id);
    if (e && (e->state == CASE_REQUESTED || e->state == CASE_PERMITTED)) {
        autojson json_t *fields =
            json_pack("{ssssss}", "case", j->id, "phase", "expired", "why", why);
        json_t *record = control_record(c, SK_KIND_PERMIT);
        if (fields && record && json_object_update(record, fields) == 0)
            ledger_close_act(c, record);
        else
            json_decref(record);
    }
    drop_later(c, j->id, record_text(j->about, "area"));
}

/* No snapshot, no case: one that stands in the ledger already ends there. */
static void request_failed(struct control *c, struct job *j)
{
    end_case(c, j, PHRASE("the snapshot could not be kept"));
}

/* Who named a standing permit that permits it no more asked for nothing else. */
static void refuse_named(struct control *c, struct job *j, struct ask *a, int code)
{
    ask_refused(a, code);
    j->code = code;
    j->reason = a->reason;
    j->detail = json_incref(a->detail);
    buf_puts(&j->why, a->why.len > 0 ? a->why.data : PHRASE_ERROR(code));
    end_case(c, j, j->why.data ? j->why.data : "");
}

/* Does the standing permit that the record names permit it at this moment? */
static int permits_still(struct ask *a, const struct job *j)
{
    const struct case_entry *under = NULL, *e = fold_case(a->control->fold, j->id);
    const struct policy_consent *consent = NULL;
    return e && e->state == CASE_REQUESTED ? choose(a, j, &under, &consent) : SK_ERR_STATE;
}

static void answer_committed(struct control *c, struct job *j, bool granted, json_t *withdrawn)
{
    const struct case_entry *e = fold_case(c->fold, j->id);
    json_object_set_new(j->answer, "approvers", request_approvers(c, e));
    if (granted)
        json_object_set_new(j->answer, "permitted",
                            standing_permitted(c, j->id, record_text(j->about, "under")));
    if (e && again_put(j->answer, c->fold, e) != 0)
        log_warn("%s: what has changed is not told: out of memory", j->id);
    if (withdrawn)
        json_object_set(json_object_get(j->answer, "again"), "withdrawn", withdrawn);
}

/* The snapshot is there: only now is anything used or withdrawn. Killed before that, it is a request that waits. */
static void request_committed(struct control *c, struct job *j)
{
    struct anew n __attribute__((cleanup(anew_end)));
    autobuf struct buf why = {0};
    bool under = *record_text(j->about, "under");
    anew_begin(&n, c, j, j->about);
    int r = under ? permits_still(&n.ask, j) : 0;
    if (r != 0 && *record_text(j->about, "asked.under")) {
        refuse_named(c, j, &n.ask, r);
        return;
    }
    autojson json_t *withdrawn = withdraw_earlier(c, j);
    /* what could not be withdrawn keeps its use */
    if (under && r == 0)
        r = json_is_false(withdrawn) ? SK_ERR_STATE : permits_still(&n.ask, j);
    if (under && r == 0)
        r = standing_grant(c, j->id, record_text(j->about, "under"), &why);
    if (r != 0)
        log_warn("%s: not permitted by its standing permit, it waits: %s", j->id, why.data ? why.data : sk_strerror(r));
    answer_committed(c, j, under && r == 0, withdrawn);
}

const struct job_actions job_freeze = {
    .done = request_done, .committed = request_committed, .failed = request_failed};

/* ---- taking a request back ---- */

int op_request_withdraw(struct ask *a)
{
    struct control *c = a->control;
    const struct case_entry *e = a->entry;
    bool ends = request_may_be_withdrawn(c, e);
    if (!ends && !case_is_open(e->state))
        return ask_fail(a, SK_ERR_STATE, "%s is %s: there is nothing to withdraw", e->id,
                        PHRASE_OF(case_state_name(e->state)));
    if (!ends)
        return ask_fail(a, SK_ERR_STATE, "%s was carried out, or is being so: it can't be withdrawn any more", e->id);
    int r = ledger_ready(c, &a->why);
    return r != 0 ? r : withdraw(c, e, ask_person(a), record_text(a->body, "why"), &a->why);
}
