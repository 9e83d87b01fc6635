/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handover_text.c owns what an approver reads and signs of a hand-over. It must never say anything else than
 * the record by which it was asked for, nor leave out to whom the thing goes. */
#include <string.h>
#include "base/clock.h"
#include "control/control.h"
#include "control/texts.h"

static char *yes_no(bool yes)
{
    return strdup(yes ? "yes" : "no");
}

static char *number(int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return strdup(text);
}

static char *copy(const json_t *asked, const char *path)
{
    return strdup(record_text(asked, path));
}

static char *pair(const char *first, const char *second)
{
    struct buf b = {0};
    buf_printf(&b, "%s %s", first, second);
    return buf_steal(&b);
}

/* What the policy and the ledger say, beside the record. */
static void put_world(struct control *c, const json_t *asked, const json_t *head, struct text_handover *t)
{
    const struct policy *p = c->rules.policy;
    const struct policy_contract *contract = policy_contract(p, record_text(asked, "contract"));
    char at[CLOCK_TIME_CAP];
    autofree char *version = number((int64_t)p->version);
    autofree char *size = number(record_number(head, "size"));
    clock_format(at, control_now(c), 0);
    t->at = strdup(at);
    t->host = strdup(c->host);
    t->origin = strdup(c->origin);
    t->head = pair(size ? size : "", record_text(head, "root"));
    t->policy = pair(version ? version : "", c->rules.digest_hex);
    t->contract_title = strdup(contract ? contract->title : "");
}

int handover_text(struct control *c, const json_t *asked, struct buf *out, struct buf *why)
{
    autojson json_t *head = NULL;
    int r = ledger_head(c, &head, why);
    if (r != 0)
        return r;
    struct text_handover t __attribute__((cleanup(text_handover_free))) = {
        .handover = copy(asked, "handover"),
        .item = copy(asked, "item"),
        .name = copy(asked, "content.name"),
        .form = copy(asked, "content.form"),
        .count = number(record_number(asked, "content.count")),
        .contract = copy(asked, "contract"),
        .area = copy(asked, "area"),
        .top_secret = yes_no(record_flag(asked, "top-secret")),
        .personal = yes_no(record_flag(asked, "specific-personal")),
        .person = copy(asked, "person.id"),
        .person_name = copy(asked, "person.name"),
        .from = copy(asked, "from.id"),
        .from_name = copy(asked, "from.name"),
        .to = copy(asked, "to.person"),
        .to_name = copy(asked, "to.name"),
        .to_organisation = copy(asked, "to.organisation"),
        .to_client = yes_no(record_flag(asked, "to-client")),
        .destination = copy(asked, "destination.id"),
        .destination_label = copy(asked, "destination.label"),
        .purpose = copy(asked, "purpose"),
        .kept = copy(asked, "kept"),
        .return_by = copy(asked, "return-by"),
        .consent = copy(asked, "consent.id"),
        .consent_document = copy(asked, "consent.document"),
        .consent_date = copy(asked, "consent.date"),
        .consent_sha256 = copy(asked, "consent.sha256"),
    };
    put_world(c, asked, head, &t);
    return text_handover_write(&t, out);
}
