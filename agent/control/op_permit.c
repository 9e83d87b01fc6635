/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_permit.c owns the handing out and taking in of permits, for cases and for hand-overs of items. It must
 * never grant what is not recorded, and never hold an approver's secret: the signature is all that comes
 * here. */
#include <sodium.h>
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/standing.h"
#include "control/texts.h"

static const char *id_of(const struct ask *a)
{
    return a->entry ? a->entry->id : a->handover->id;
}

static int hex_of(const void *data, size_t len, char ret[static DIGEST_HEX_CAP])
{
    uint8_t digest[DIGEST_LEN];
    int r = digest_of(data, len, digest);
    if (r == 0)
        digest_hex(ret, digest);
    return r;
}

/* The request's text, which must be the one that the ledger knows. */
static int read_request(struct ask *a, struct buf *text)
{
    char hex[DIGEST_HEX_CAP];
    int r = store_read(STORE_REQUEST, id_of(a), TEXT_REQUEST_MAX, text);
    if (r == 0)
        r = hex_of(text->data ? text->data : "", text->len, hex);
    if (r != 0)
        return ask_fail(a, r, "the request's text can't be read: %s", PHRASE_ERROR(r));
    if (strcmp(hex, record_text(ask_request(a), "digest")) != 0)
        return ask_fail(a, SK_ERR_TAMPERED, "the request's text is not what the ledger holds");
    return 0;
}

static const json_t *approvals_of(const struct ask *a)
{
    return a->entry ? a->entry->approvals : a->handover->approvals;
}

/* A text handed out before is good as long as nobody has used it, half of its time is left, and it asks for as many
 * approvals as are needed now. One that somebody signed who still may is kept to its end. */
static bool still_good(struct ask *a, const char *name, bool *ret_signed, struct buf *text, int64_t *ret_expires_s)
{
    struct control *c = a->control;
    const struct policy *p = c->rules.policy;
    struct text_permit t __attribute__((cleanup(text_permit_free))) = {0};
    struct permit_approvals given;
    char hex[DIGEST_HEX_CAP];
    buf_reset(text);
    if (store_read(STORE_PREPARED, name, TEXT_PERMIT_MAX, text) != 0 ||
        text_permit_parse(text->data ? text->data : "", text->len, &t) != 0 ||
        hex_of(text->data, text->len, hex) != 0 ||
        clock_parse_time(t.expires, ret_expires_s) != 0)
        return false;
    permit_approvals(p, ask_request(a), approvals_of(a), hex, control_now(c), &given);
    *ret_signed = given.count > 0;
    bool standing = a->entry && a->entry->standing; /* whose texts all end on its last day */
    int64_t least_s = *ret_signed || standing ? 0 : p->approval.permit_lifetime_s / 2;
    return !fold_permit_used(c->fold, hex) && strcmp(t.case_id, id_of(a)) == 0 &&
           strtoul(t.approvals, NULL, 10) == permit_needed(p, ask_request(a), "") &&
           *ret_expires_s - control_now(c) > least_s;
}

/* An answer to the text before may be on its way when the text is replaced: it stays good to its own end. */
static int keep_earlier(const char *id)
{
    autobuf struct buf text = {0};
    char earlier[SK_ID_MAX + sizeof PREPARED_EARLIER];
    int r = store_read(STORE_PREPARED, id, TEXT_PERMIT_MAX, &text);
    if (r != 0 || text.len == 0)
        return r == -ENOENT ? 0 : r;
    prepared_earlier(earlier, id);
    return store_write(STORE_PREPARED, earlier, text.data, text.len);
}

/* The text to be handed out: the earlier one where somebody has signed it already. */
static bool find_text(struct ask *a, struct buf *text, int64_t *ret_expires_s)
{
    char earlier[SK_ID_MAX + sizeof PREPARED_EARLIER];
    bool is_signed = false;
    prepared_earlier(earlier, id_of(a));
    return (still_good(a, earlier, &is_signed, text, ret_expires_s) && is_signed) ||
           still_good(a, id_of(a), &is_signed, text, ret_expires_s);
}

static int make_permit(struct ask *a, int64_t expires_s, struct buf *out)
{
    autobuf struct buf request = {0};
    uint8_t nonce[TEXT_NONCE_LEN];
    char nonce_hex[2 * TEXT_NONCE_LEN + 1], expires[CLOCK_TIME_CAP], approvals[16];
    int r = read_request(a, &request);
    if (r != 0)
        return r;
    randombytes_buf(nonce, sizeof nonce);
    str_hex(nonce_hex, nonce, sizeof nonce);
    clock_format(expires, expires_s, 0);
    snprintf(approvals, sizeof approvals, "%u", permit_needed(a->control->rules.policy, ask_request(a), ""));
    struct text_permit p __attribute__((cleanup(text_permit_free))) = {
        .case_id = strdup(id_of(a)),
        .request = strdup(record_text(ask_request(a), "digest")),
        .approvals = strdup(approvals),
        .consent = strdup(record_text(ask_request(a), "consent.id")),
        .expires = strdup(expires),
        .nonce = strdup(nonce_hex),
        .request_text = strdup(request.data),
    };
    buf_reset(out);
    r = text_permit_write(&p, out);
    if (r == 0)
        r = keep_earlier(id_of(a));
    return r != 0 ? r : store_write(STORE_PREPARED, id_of(a), out->data, out->len);
}

static int check_waiting(struct ask *a)
{
    const struct handover *h = a->handover;
    const struct policy *p = a->control->rules.policy;
    int64_t now = control_now(a->control);
    if (h)
        return permit_handover_waits(p, h, now)
                   ? 0
                   : ask_fail(a, SK_ERR_STATE, "%s is %s", h->id, PHRASE_OF(handover_state_name(h->state)));
    const struct case_entry *e = a->entry;
    if (!e)
        return SK_ERR_NOT_FOUND;
    if (permit_case_waits(p, e, now))
        return 0;
    return ask_fail(a, SK_ERR_STATE, "%s is %s", e->id, PHRASE_OF(case_state_name(e->state)));
}

/* The one text of the case, which every approver signs. */
static int hand_out(struct ask *a, struct buf *text, char expires[static CLOCK_TIME_CAP])
{
    struct control *c = a->control;
    int64_t expires_s;
    int r = check_waiting(a);
    if (r == 0 && (a->entry ? fold_is_lost(c->fold, a->entry, "") : fold_handover_lost(c->fold, a->handover)))
        r = ask_refuse(a, SK_REASON_LOST, "%s", sk_reason_phrase(SK_REASON_LOST));
    if (r == 0 && !find_text(a, text, &expires_s)) {
        expires_s = a->entry && a->entry->standing
                        ? standing_end(a->entry)
                        : control_now(c) + c->rules.policy->approval.permit_lifetime_s;
        r = make_permit(a, expires_s, text);
    }
    if (r == 0)
        clock_format(expires, expires_s, 0);
    return r;
}

int op_permit_prepare(struct ask *a)
{
    char expires[CLOCK_TIME_CAP], key[MINISIGN_PUBLIC_TEXT_CAP];
    autobuf struct buf text = {0};
    int r = hand_out(a, &text, expires);
    if (r != 0)
        return r;
    minisign_public_format(&a->person->key, key);
    a->answer = json_pack("{ssssss}", "permit", text.data, "expires", expires, "key", key);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_permit_text(struct ask *a)
{
    char expires[CLOCK_TIME_CAP];
    autobuf struct buf text = {0};
    if (a->entry && ask_case_is_kept_in(a, a->entry))
        return ask_fail(a, SK_ERR_STATE, "%s is read in its room until a permit is given: its approver or a manager "
                                         "takes the text out", id_of(a));
    int r = hand_out(a, &text, expires);
    if (r != 0)
        return r;
    a->answer = json_pack("{ssss}", "permit", text.data, "expires", expires);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* ---- taking in ---- */

/* Whose key signed? *ret_signer stays NULL for a key of nobody on the roster. */
static int find_signer(struct ask *a, const char *permit, const char *signature,
                       const char **ret_signer, struct minisign_signature *ret)
{
    const struct policy *p = a->control->rules.policy;
    size_t count = 0, which;
    autofree struct minisign_public *keys = calloc(p->person_count + 1, sizeof *keys);
    autofree const char **owners = calloc(p->person_count + 1, sizeof *owners);
    if (!keys || !owners)
        return -ENOMEM;
    for (size_t i = 0; i < p->person_count; i++) {
        if (!p->persons[i].has_key)
            continue;
        keys[count] = p->persons[i].key;
        owners[count++] = p->persons[i].head.id;
    }
    int r = minisign_verify(permit, strlen(permit), signature, strlen(signature), keys, count, ret,
                            &which);
    if (r == 0)
        *ret_signer = owners[which];
    return r;
}

static bool is_prepared(const char *name, const char *permit)
{
    autobuf struct buf text = {0};
    return store_read(STORE_PREPARED, name, TEXT_PERMIT_MAX, &text) == 0 && text.len == strlen(permit) &&
           memcmp(text.data, permit, text.len) == 0;
}

static bool was_handed_out(const char *case_id, const char *permit)
{
    char earlier[SK_ID_MAX + sizeof PREPARED_EARLIER];
    if (strlen(case_id) > SK_ID_MAX)
        return false;
    prepared_earlier(earlier, case_id);
    return is_prepared(case_id, permit) || is_prepared(earlier, permit);
}

/* A record of a permit's, of a case or of a hand-over; person: whose word it is. Takes person. */
static json_t *permit_record(struct ask *a, const char *case_phase, const char *handover_phase,
                             json_t *person)
{
    struct thing t;
    json_t *record = NULL;
    if (a->handover && thing_find(a->control->fold, a->handover->of, &t))
        record = handover_record(a, a->handover->id, &t, handover_phase);
    else if (a->entry)
        record = control_record(a->control, SK_KIND_PERMIT);
    autojson json_t *fields = a->entry ? json_pack("{sssssO}", "case", a->entry->id, "phase", case_phase,
                                                   "person", person)
                                       : json_pack("{sOsO}", "person", person, "consent",
                                                   json_object_get(ask_request(a), "consent"));
    json_decref(person);
    if (record && fields && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

/* What was handed in, once it was found good. */
struct handed_in {
    const struct text_permit *permit;
    const struct permit_verdict *verdict;
    const char *hex, *text, *signature_text, *signer;
    const struct minisign_signature *signature;
    bool last; /* with it there are as many approvals as it takes */
};

/* Who said yes, by which key; in whose place, where that is another's. */
static json_t *word_of(const struct ask *a, const struct handed_in *in)
{
    const struct policy *p = a->control->rules.policy;
    const struct policy_person *who = policy_person(p, in->signer);
    const struct policy_person *place =
        who ? decide_place(p, who, record_text(ask_request(a), "destination.id"), control_now(a->control)) : NULL;
    char key[MINISIGN_ID_TEXT_CAP];
    minisign_id_format(in->signature->key_id, key);
    json_t *word = json_pack("{s{ssssss}ssss}", "person", "id", in->signer, "name", who ? who->name : "", "login",
                             who ? who->user : "", "permit", in->hex, "key", key);
    if (word && place && place != who &&
        json_object_set_new(word, "in-place-of", json_pack("{ssss}", "id", place->head.id, "name", place->name)) != 0) {
        json_decref(word);
        return NULL;
    }
    return word;
}

/* All of them, where a permit takes several. */
static int put_approvals(const struct handed_in *in, const json_t *word, json_t *record)
{
    if (!in->last || in->verdict->needed < 2)
        return 0;
    json_t *list = json_array();
    if (!list || json_object_set_new(record, "approvals", list) != 0)
        return -ENOMEM;
    for (size_t i = 0; i <= in->verdict->earlier.count; i++) {
        const json_t *row = i < in->verdict->earlier.count ? in->verdict->earlier.rows[i] : word;
        static const char *const same[] = {"person", "key", "at", "in-place-of"};
        autojson json_t *copy = json_object();
        for (size_t k = 0; copy && k < array_count(same); k++)
            if (json_object_get(row, same[k]) && json_object_set(copy, same[k], json_object_get(row, same[k])) != 0)
                return -ENOMEM;
        if (json_array_append(list, copy) != 0)
            return -ENOMEM;
    }
    return 0;
}

static json_t *yes_record(struct ask *a, const struct handed_in *in)
{
    autojson json_t *word = word_of(a, in);
    json_t *record = word ? permit_record(a, in->last ? "granted" : "approved", in->last ? "permitted" : "approved",
                                          json_incref(json_object_get(word, "person")))
                          : NULL;
    autojson json_t *fields = json_pack("{sOssso}", "consent", json_object_get(ask_request(a), "consent"), "expires",
                                        in->permit->expires, "handed-in-by", ask_person(a));
    if (fields && record && json_object_update(record, fields) == 0 && json_object_update(record, word) == 0 &&
        put_approvals(in, word, record) == 0)
        return record;
    json_decref(record);
    return NULL;
}

#define KEPT_DIGITS 16 /* of the text's digest, in the name under which it is kept */

/* Text and signature as stock minisign wants them: CASE.DIGEST.permit, and beside it a signature for each who signed. A
 * case may have several texts, one after the other. */
static int keep(const struct handed_in *in)
{
    char name[2 * SK_ID_MAX + KEPT_DIGITS + 21];
    const char *id = in->permit->case_id;
    bool several = in->verdict->needed > 1;
    snprintf(name, sizeof name, "%s.%.*s.permit", id, KEPT_DIGITS, in->hex);
    int r = store_write(STORE_PERMIT, name, in->text, strlen(in->text));
    snprintf(name, sizeof name, "%s.%.*s.permit.%s%sminisig", id, KEPT_DIGITS, in->hex, several ? in->signer : "", several ? "." : "");
    return r == 0 ? store_write(STORE_PERMIT, name, in->signature_text, strlen(in->signature_text)) : r;
}

/* Keep, record, and only then it counts. */
static int take_yes(struct ask *a, const struct handed_in *in)
{
    int r = ledger_ready(a->control, &a->why);
    if (r != 0)
        return r;
    r = keep(in);
    if (r != 0)
        return ask_fail(a, r, "the permit can't be kept: %s", PHRASE_ERROR(r));
    bool of_case = a->entry && !a->entry->standing; /* whose texts go with its snapshot */
    r = ledger_append(a->control, yes_record(a, in), true, NULL, &a->why);
    if (r != 0)
        return r;
    if (!of_case && in->last)
        drop_prepared(in->permit->case_id);
    a->answer = json_pack("{sssssIsI}", "case", in->permit->case_id, "expires", in->permit->expires, "approvals",
                          (json_int_t)in->verdict->earlier.count + 1, "needed", (json_int_t)in->verdict->needed);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* The text that came with the signature, or the one that was handed out for the case: the earlier one when it is that
 * which was signed. */
static const char *text_handed_in(struct ask *a, struct buf *handed_out)
{
    const char *permit = record_text(a->body, "permit"), *id = record_text(a->body, "case"), *signer = NULL;
    char earlier[SK_ID_MAX + sizeof PREPARED_EARLIER];
    struct minisign_signature unused;
    if (*permit || strlen(id) > SK_ID_MAX)
        return permit;
    prepared_earlier(earlier, id);
    (void)!store_read(STORE_PREPARED, earlier, TEXT_PERMIT_MAX, handed_out);
    if (handed_out->data &&
        find_signer(a, handed_out->data, record_text(a->body, "signature"), &signer, &unused) == 0)
        return handed_out->data;
    buf_reset(handed_out);
    (void)!store_read(STORE_PREPARED, id, TEXT_PERMIT_MAX, handed_out);
    return handed_out->data ? handed_out->data : "";
}

int op_permit_submit(struct ask *a)
{
    struct control *c = a->control;
    autobuf struct buf handed_out = {0};
    const char *permit = text_handed_in(a, &handed_out);
    const char *signature_text = record_text(a->body, "signature");
    struct text_permit p __attribute__((cleanup(text_permit_free))) = {0};
    struct minisign_signature signature = {0};
    char hex[DIGEST_HEX_CAP];
    const char *signer = NULL;
    if (!c->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", c->fold_why);
    int signed_ok = find_signer(a, permit, signature_text, &signer, &signature);
    if (signed_ok == -ENOMEM || hex_of(permit, strlen(permit), hex) != 0)
        return -ENOMEM;
    if (text_permit_parse(permit, strlen(permit), &p) != 0)
        return ask_refuse(a, SK_REASON_PERMIT_MISMATCH, "this is not a permit's text");
    struct permit_question q = {
        .policy = c->rules.policy,
        .fold = c->fold,
        .permit = &p,
        .asked_case = record_text(a->body, "case"),
        .digest_hex = hex,
        .signer = signer ? signer : signed_ok == SK_ERR_KEY_UNKNOWN ? NULL : "",
        .signature_good = signed_ok == 0,
        .prepared = was_handed_out(p.case_id, permit),
        .now_s = control_now(c),
    };
    struct permit_verdict verdict;
    permit_check(&q, &verdict);
    a->entry = verdict.entry;
    a->handover = verdict.handover;
    if (verdict.reason == SK_REASON_ALLOWED) {
        const struct handed_in in = {.permit = &p, .verdict = &verdict, .hex = hex, .text = permit,
                                     .signature_text = signature_text, .signer = signer, .signature = &signature,
                                     .last = verdict.earlier.count + 1 >= verdict.needed};
        return take_yes(a, &in);
    }
    a->consent = ask_request(a) ? record_text(ask_request(a), "consent.id") : NULL;
    ask_refuse(a, verdict.reason, "%s", verdict.why);
    return signed_ok != 0 ? signed_ok : SK_ERR_REFUSED;
}

int op_permit_reject(struct ask *a)
{
    struct control *c = a->control;
    int r = check_waiting(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    json_t *record = permit_record(a, "rejected", "rejected", ask_person(a));
    if (!record ||
        json_object_set_new(record, "why", json_string(record_text(a->body, "why"))) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    r = ledger_append(c, record, true, NULL, &a->why);
    if (r == 0 && a->entry)
        drop_later(c, a->entry->id, record_text(a->entry->request, "area"));
    else if (r == 0)
        drop_prepared(record_text(a->body, "case"));
    return r;
}

/* As long as nothing has gone out. A transfer that runs is ended. */
int op_permit_revoke(struct ask *a)
{
    struct control *c = a->control;
    if (a->entry->state != CASE_PERMITTED && a->entry->state != CASE_RUNNING)
        return ask_fail(a, SK_ERR_STATE, "%s is %s: there is no permit to take back", a->entry->id,
                        PHRASE_OF(case_state_name(a->entry->state)));
    if (job_is_finishing(c, a->entry->id))
        return ask_fail(a, SK_ERR_STATE, "%s has been written and is being finished: it can't be taken back any more",
                        a->entry->id);
    int r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    json_t *record = permit_record(a, "revoked", "revoked", ask_person(a));
    if (!record || json_object_set_new(record, "why", json_string(record_text(a->body, "why"))) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    r = ledger_append(c, record, true, NULL, &a->why);
    if (r == 0) {
        job_end_of(c, a->entry->id, SK_REASON_PERMIT_VOID, PHRASE("the permit was taken back"));
        drop_later(c, a->entry->id, record_text(a->entry->request, "area"));
        exports_expire(c); /* of a standing permit: what goes out under it */
    }
    return r;
}

int op_approval_failed(struct ask *a)
{
    struct control *c = a->control;
    const struct policy_approval *rule = &c->rules.policy->approval;
    int64_t now = control_now(c), until_s;
    uint64_t failures;
    char until[CLOCK_TIME_CAP] = "";
    fold_lockout(c->fold, a->person->head.id, &failures, &until_s);
    failures = until_s != 0 ? 1 : failures + 1; /* an earlier lock is over, or we were not here */
    if (rule->lockout > 0 && failures >= rule->lockout)
        clock_format(until, now + rule->lockout_period_s, 0);
    autojson json_t *fields = json_pack("{sosIssss}", "person", ask_person(a), "failures",
                                        (json_int_t)failures, "until", until, "case", id_of(a));
    json_t *record = control_record(c, SK_KIND_LOCKOUT);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    int r = ledger_append(c, record, false, NULL, &a->why);
    if (r != 0)
        return r;
    a->answer = json_pack("{sIss}", "failures", (json_int_t)failures, "locked-until", until);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
