/* SPDX-License-Identifier: GPL-3.0-or-later */
/* contracts.c owns what the ledger is told of contracts: which there are and whose the areas are, so
 * that it numbers each contract's records, and to which one a record belongs that names a case only.
 * It must never name one contract in another one's record. */
#include <sodium.h>
#include <string.h>
#include "base/str.h"
#include "control/control.h"
#include "proof/series.h"

static json_t *areas_of(const struct policy *p, const char *contract)
{
    json_t *areas = json_array();
    for (size_t i = 0; areas && i < p->area_count; i++)
        if (str_eq(p->areas[i].contract, contract) &&
            json_array_append_new(areas, json_string(p->areas[i].head.id)) != 0) {
            json_decref(areas);
            return NULL;
        }
    return areas;
}

/* Does the ledger say the same already? */
static bool is_known(const struct control *c, const struct policy_contract *p, const json_t *areas)
{
    const json_t *known = json_object_get(c->fold->contracts, p->head.id);
    return known && json_equal(areas, json_object_get(known, "areas")) &&
           str_eq(record_text(known, "title"), p->title) &&
           str_eq(record_text(known, "client"), p->client) &&
           str_eq(record_text(known, "contractor"), p->contractor);
}

/* The secret by which seals state the contract's numbers stays what it was. */
static void blind_of(const struct control *c, const char *contract,
                     char ret[static SERIES_BLIND_LEN + 1])
{
    uint8_t bytes[SERIES_BLIND_LEN / 2];
    const char *known = record_text(json_object_get(c->fold->contracts, contract), "blind");
    if (strlen(known) == SERIES_BLIND_LEN) {
        snprintf(ret, SERIES_BLIND_LEN + 1, "%s", known);
        return;
    }
    randombytes_buf(bytes, sizeof bytes);
    str_hex(ret, bytes, sizeof bytes);
}

json_t *contract_record(const struct control *c, const char *contract, const char *phase)
{
    char blind[SERIES_BLIND_LEN + 1];
    json_t *record = control_record(c, SK_KIND_CONTRACT);
    blind_of(c, contract, blind);
    autojson json_t *fields = json_pack("{ss ss ss}", "contract", contract, "phase", phase, "blind", blind);
    if (record && fields && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

static int announce(struct control *c, const struct policy *p, const struct policy_contract *contract,
                    struct buf *why)
{
    char blind[SERIES_BLIND_LEN + 1], digest[DIGEST_HEX_CAP];
    autojson json_t *areas = areas_of(p, contract->head.id);
    if (!areas)
        return -ENOMEM;
    if (is_known(c, contract, areas))
        return 0;
    blind_of(c, contract->head.id, blind);
    digest_hex(digest, p->digest);
    json_t *record = json_pack("{ss ss ss ss ss ss ss sO s{ss sI}}", "kind", SK_KIND_CONTRACT, "phase",
                               "announced", "contract", contract->head.id, "title", contract->title,
                               "client", contract->client, "contractor",
                               contract->contractor, "blind", blind, "areas", areas, "policy",
                               "digest", digest, "version", (json_int_t)p->version);
    return ledger_append(c, record, false, NULL, why);
}

int contracts_announce(struct control *c, const struct policy *p, struct buf *why)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < p->contract_count; i++)
        r = announce(c, p, &p->contracts[i], why);
    return r;
}

const char *contract_of_area(const struct control *c, const char *area)
{
    const struct policy_area *a = policy_area(c->rules.policy, area);
    return a ? a->contract : "";
}

int contract_name(struct control *c, json_t *record)
{
    const char *contract = record_text(record, "contract"), *id = record_text(record, "case");
    if (*contract || str_eq(record_text(record, "kind"), SK_KIND_POLICY))
        return 0;
    struct thing thing;
    const struct handover *h = fold_handover_of_id(c->fold, id);
    bool known = thing_find(c->fold, h ? h->of : id, &thing);
    const char *consent = record_text(record, "consent");
    const struct policy_consent *from = *consent ? policy_consent(c->rules.policy, consent) : NULL;
    if (known)
        contract = thing_contract(&thing);
    else if (from)
        contract = from->contract;
    else
        contract = contract_of_area(c, record_text(record, "area"));
    if (!*contract)
        return 0;
    return json_object_set_new(record, "contract", json_string(contract)) == 0 ? 0 : -ENOMEM;
}
