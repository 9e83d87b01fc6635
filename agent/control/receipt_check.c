/* SPDX-License-Identifier: GPL-3.0-or-later */
/* receipt_check.c owns the question whether a receipt proves that a case's export arrived. It must never take one
 * that nobody signed to whom it was sealed, nor one of another sealed file, nor for the client what another received. */
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/receipt.h"

/* Whose signature is taken: a colleague's PC has the destination's key, whoever else receives has a recipient's. */
struct signers {
    struct minisign_public keys[AGE_RECIPIENTS_MAX];
    const struct policy_recipient *who[AGE_RECIPIENTS_MAX]; /* NULL: a colleague's PC */
    size_t count;
};

static int find_signers(struct ask *a, const struct case_entry *e, struct signers *s)
{
    const struct policy *p = a->control->rules.policy;
    if (str_eq(record_text(e->request, "destination.kind"), "area")) {
        const struct policy_destination *d = policy_destination(p, record_text(e->request, "destination.id"));
        if (!d || d->kind != POLICY_AREA || !d->has_receipt_key)
            return ask_fail(a, SK_ERR_KEY_UNKNOWN, "the destination has no receipt-key in the policy");
        s->keys[s->count++] = d->receipt_key;
        return 0;
    }
    s->count = receipt_signers(p, e, s->who);
    for (size_t i = 0; i < s->count; i++)
        s->keys[i] = s->who[i]->receipt_key;
    return s->count > 0 ? 0 : ask_fail(a, SK_ERR_KEY_UNKNOWN, "no recipient of %s has a receipt-key in the policy", e->id);
}

/* What somebody else received is there and not with the client. */
static int check_client(struct ask *a, const struct case_entry *e, const struct policy_recipient *who)
{
    if (who && receipt_is_clients(a->control->rules.policy, e, who))
        return 0;
    return ask_fail(a, SK_ERR_STATE, "the receipt is of %s and not of the client, and proves nothing that went back to "
                    "the client: of a hand-over it is the proof (sekisho handover confirm)",
                    who ? who->head.id : record_text(e->request, "destination.id"));
}

static int check_content(struct ask *a, const struct case_entry *e, const char *text, json_t **ret_proof)
{
    struct receipt receipt;
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    if (receipt_read(text, strlen(text), &receipt) != 0)
        return ask_fail(a, SK_ERR_FORMAT, "this is no receipt of something that came sealed");
    if (!str_eq(receipt.sha256, record_text(e->done, "sealed.sha256")))
        return ask_fail(a, SK_ERR_DIGEST, "the receipt %s is for another sealed file than that of %s",
                        receipt.id, e->id);
    int r = digest_of(text, strlen(text), digest);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    *ret_proof = json_pack("{ssssss}", "text", receipt.id, "file", "", "sha256", hex);
    return *ret_proof ? 0 : -ENOMEM;
}

int receipt_check(struct ask *a, const struct case_entry *e, bool to_client, json_t **ret_proof,
                  char ret_key[static MINISIGN_PUBLIC_TEXT_CAP])
{
    const char *text = record_text(a->body, "receipt"), *sig = record_text(a->body, "signature");
    struct signers s = {0};
    size_t which = 0;
    if (!*text || !*sig)
        return ask_fail(a, SK_ERR_FORMAT, "the other PC's receipt and its signature are needed: --receipt FILE, with FILE.minisig beside it");
    int r = find_signers(a, e, &s);
    if (r != 0)
        return r;
    r = minisign_verify(text, strlen(text), sig, strlen(sig), s.keys, s.count, NULL, &which);
    if (r != 0)
        return ask_fail(a, r, "the receipt's signature: %s", PHRASE_ERROR(r));
    r = to_client ? check_client(a, e, s.who[which]) : 0;
    if (r == 0)
        r = check_content(a, e, text, ret_proof);
    if (r == 0)
        minisign_public_format(&s.keys[which], ret_key);
    return r;
}

int proof_or_receipt(struct ask *a, const struct thing *t, bool to_client, json_t **ret_proof,
                     char ret_key[static MINISIGN_PUBLIC_TEXT_CAP])
{
    if (*record_text(a->body, "receipt")) {
        if (t->of_case && *record_text(t->of_case->done, "sealed.sha256"))
            return receipt_check(a, t->of_case, to_client, ret_proof, ret_key);
        return ask_fail(a, SK_ERR_STATE, "%s did not leave sealed: a receipt proves nothing of it", thing_id(t));
    }
    *ret_proof = proof_json(a);
    return *ret_proof ? 0 : SK_ERR_FORMAT;
}
