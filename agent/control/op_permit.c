/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_permit.c owns the handing out and taking in of permits. It must never grant what is not
 * recorded, and never hold an approver's secret: the signature is all that comes here. */
#include <sodium.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/texts.h"

#define PREPARED_NAME_CAP (2 * SK_ID_MAX + 2)

static void prepared_name(char out[static PREPARED_NAME_CAP], const char *case_id,
                          const char *approver)
{
    snprintf(out, PREPARED_NAME_CAP, "%s.%s", case_id, approver);
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
    int r = store_read(STORE_REQUEST, a->entry->id, TEXT_REQUEST_MAX, text);
    if (r == 0)
        r = hex_of(text->data ? text->data : "", text->len, hex);
    if (r != 0)
        return ask_fail(a, r, "the request's text can't be read: %s", sk_strerror(r));
    if (strcmp(hex, record_text(a->entry->request, "digest")) != 0)
        return ask_fail(a, SK_ERR_TAMPERED, "the request's text is not what the ledger holds");
    return 0;
}

/* A text handed out before is good while half of its time is left and nobody has used it. */
static bool still_good(struct ask *a, const char *name, struct buf *text, int64_t *ret_expires_s)
{
    struct control *c = a->control;
    struct text_permit p __attribute__((cleanup(text_permit_free))) = {0};
    char hex[DIGEST_HEX_CAP];
    if (store_read(STORE_PREPARED, name, TEXT_PERMIT_MAX, text) != 0 ||
        text_permit_parse(text->data ? text->data : "", text->len, &p) != 0 ||
        hex_of(text->data, text->len, hex) != 0 ||
        clock_parse_time(p.expires, ret_expires_s) != 0)
        return false;
    return !fold_permit_used(c->fold, hex) && strcmp(p.case_id, a->entry->id) == 0 &&
           *ret_expires_s - control_now(c) > c->rules.policy->approval.permit_lifetime_s / 2;
}

static int make_permit(struct ask *a, const char *name, int64_t expires_s, struct buf *out)
{
    autobuf struct buf request = {0};
    uint8_t nonce[TEXT_NONCE_LEN];
    char nonce_hex[2 * TEXT_NONCE_LEN + 1], expires[CLOCK_TIME_CAP];
    int r = read_request(a, &request);
    if (r != 0)
        return r;
    randombytes_buf(nonce, sizeof nonce);
    str_hex(nonce_hex, nonce, sizeof nonce);
    clock_format(expires, expires_s, 0);
    struct text_permit p __attribute__((cleanup(text_permit_free))) = {
        .case_id = strdup(a->entry->id),
        .request = strdup(record_text(a->entry->request, "digest")),
        .approver = strdup(a->person->head.id),
        .approver_name = strdup(a->person->name),
        .consent = strdup(record_text(a->entry->request, "consent.id")),
        .expires = strdup(expires),
        .nonce = strdup(nonce_hex),
        .request_text = strdup(request.data),
    };
    buf_reset(out);
    r = text_permit_write(&p, out);
    return r != 0 ? r : store_write(STORE_PREPARED, name, out->data, out->len);
}

static int check_waiting(struct ask *a)
{
    if (a->entry->state == CASE_REQUESTED || a->entry->state == CASE_FAILED)
        return 0;
    return ask_fail(a, SK_ERR_STATE, "%s is %s", a->entry->id, case_state_name(a->entry->state));
}

int op_permit_prepare(struct ask *a)
{
    struct control *c = a->control;
    char name[PREPARED_NAME_CAP], expires[CLOCK_TIME_CAP], key[MINISIGN_PUBLIC_TEXT_CAP];
    autobuf struct buf text = {0};
    int64_t expires_s;
    int r = check_waiting(a);
    if (r != 0)
        return r;
    prepared_name(name, a->entry->id, a->person->head.id);
    if (!still_good(a, name, &text, &expires_s)) {
        expires_s = control_now(c) + c->rules.policy->approval.permit_lifetime_s;
        r = make_permit(a, name, expires_s, &text);
        if (r != 0)
            return r;
    }
    clock_format(expires, expires_s, 0);
    minisign_public_format(&a->person->key, key);
    a->answer = json_pack("{ssssss}", "permit", text.data, "expires", expires, "key", key);
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

static bool was_handed_out(const char *case_id, const char *approver, const char *permit)
{
    char name[PREPARED_NAME_CAP];
    autobuf struct buf text = {0};
    if (strlen(case_id) > SK_ID_MAX || strlen(approver) > SK_ID_MAX)
        return false;
    prepared_name(name, case_id, approver);
    return store_read(STORE_PREPARED, name, TEXT_PERMIT_MAX, &text) == 0 &&
           text.len == strlen(permit) && memcmp(text.data, permit, text.len) == 0;
}

static json_t *granted_record(struct ask *a, const struct text_permit *p, const char *hex,
                              const struct minisign_signature *signature)
{
    const struct policy_person *who = policy_person(a->control->rules.policy, p->approver);
    char key[MINISIGN_ID_TEXT_CAP];
    minisign_id_format(signature->key_id, key);
    autojson json_t *fields = json_pack(
        "{sssss{ssssss}sOssssssso}", "case", p->case_id, "phase", "granted", "person", "id",
        p->approver, "name", p->approver_name, "login", who ? who->user : "", "consent",
        json_object_get(a->entry->request, "consent"), "expires", p->expires, "permit", hex, "key",
        key, "handed-in-by", ask_person(a));
    json_t *record = control_record(a->control, SK_KIND_PERMIT);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return NULL;
    }
    return record;
}

/* Keep text and signature as stock minisign wants them, record, and only then it is granted. */
static int grant(struct ask *a, const struct text_permit *p, const char *hex, const char *permit,
                 const char *signature_text, const struct minisign_signature *signature)
{
    char name[SK_ID_MAX + 20];
    int r = ledger_ready(a->control, &a->why);
    if (r != 0)
        return r;
    snprintf(name, sizeof name, "%s.permit", p->case_id);
    r = store_write(STORE_PERMIT, name, permit, strlen(permit));
    snprintf(name, sizeof name, "%s.permit.minisig", p->case_id);
    if (r == 0)
        r = store_write(STORE_PERMIT, name, signature_text, strlen(signature_text));
    if (r != 0)
        return ask_fail(a, r, "the permit can't be kept: %s", sk_strerror(r));
    r = ledger_append(a->control, granted_record(a, p, hex, signature), true, NULL, &a->why);
    if (r != 0)
        return r;
    a->answer = json_pack("{ssss}", "case", p->case_id, "expires", p->expires);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_permit_submit(struct ask *a)
{
    struct control *c = a->control;
    const char *permit = record_text(a->body, "permit");
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
        .prepared = was_handed_out(p.case_id, p.approver, permit),
        .now_s = control_now(c),
    };
    struct permit_verdict verdict;
    permit_check(&q, &verdict);
    a->entry = verdict.entry;
    if (verdict.reason == SK_REASON_ALLOWED)
        return grant(a, &p, hex, permit, signature_text, &signature);
    a->consent = verdict.entry ? record_text(verdict.entry->request, "consent.id") : NULL;
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
    autojson json_t *fields =
        json_pack("{sssssoss}", "case", a->entry->id, "phase", "rejected", "person", ask_person(a),
                  "why", record_text(a->body, "why"));
    json_t *record = control_record(c, SK_KIND_PERMIT);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    r = ledger_append(c, record, true, NULL, &a->why);
    if (r == 0)
        drop_later(c, a->entry->id, record_text(a->entry->request, "area"));
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
                                        (json_int_t)failures, "until", until, "case", a->entry->id);
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
