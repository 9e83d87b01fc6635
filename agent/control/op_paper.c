/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_paper.c owns people's confirmations of papers. It must never record one in a role that the person
 * does not have, nor, of a person who has a key, one that the key did not sign. */
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/control.h"
#include "control/papers.h"
#include "control/words.h"

static const struct {
    const char *name;
    unsigned bit;
} roles[] = {{"handler", POLICY_HANDLER},
             {"manager", POLICY_MANAGER},
             {"administrator", POLICY_ADMINISTRATOR},
             {"auditor", POLICY_AUDITOR}};

static bool has_role(const struct policy_person *p, const char *role)
{
    for (size_t i = 0; i < array_count(roles); i++)
        if (str_eq(roles[i].name, role))
            return (p->roles & roles[i].bit) != 0;
    return false;
}

/* Does the person answer for, or work with, an area of the contract? */
static bool is_of_contract(const struct policy *p, const struct policy_person *who, const char *contract)
{
    if (who->areas.count == 0)
        return true;
    for (size_t i = 0; i < who->areas.count; i++) {
        const struct policy_area *a = policy_area(p, who->areas.items[i]);
        if (a && str_eq(a->contract, contract))
            return true;
    }
    return false;
}

static int no_role(struct ask *a, const char *role)
{
    autobuf struct buf own = {0};
    words_of_roles(a, &own);
    a->wrong = "role";
    return ask_fail(a, SK_ERR_REFUSED, "you do not have the role %s (--as); here you are: %s", role,
                    own.len ? own.data : "");
}

static int check(struct ask *a)
{
    const struct policy *p = a->control->rules.policy;
    const char *role = record_text(a->body, "role"), *contract = record_text(a->body, "contract");
    if (!a->person || !has_role(a->person, role))
        return no_role(a, role);
    if (!policy_contract(p, contract)) {
        a->wrong = "contract";
        return ask_fail(a, SK_ERR_NOT_FOUND, "the policy has no contract %s", contract);
    }
    if (!is_of_contract(p, a->person, contract))
        return ask_fail(a, SK_ERR_REFUSED, "you have nothing to do with the contract %s", contract);
    if (strlen(record_text(a->body, "paper")) > PAPER_NAME_MAX)
        return ask_fail(a, SK_ERR_LIMIT, "paper: at most %d bytes", PAPER_NAME_MAX);
    return 0;
}

int op_paper_prepare(struct ask *a)
{
    char key[MINISIGN_PUBLIC_TEXT_CAP] = "";
    autobuf struct buf line = {0};
    int r = check(a);
    if (r != 0)
        return r;
    if (a->person->has_key)
        minisign_public_format(&a->person->key, key);
    paper_line(a->body, a->person->head.id, &line);
    if (line.err)
        return line.err;
    a->answer = json_pack("{ssss}", "line", line.data, "key", key);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* The signature over the line, by this person's own key. */
static int check_signature(struct ask *a)
{
    const char *signature = record_text(a->body, "signature");
    struct minisign_signature found = {0};
    autobuf struct buf line = {0};
    if (!a->person->has_key)
        return *signature ? ask_fail(a, SK_ERR_FORMAT, "the policy names no key for you") : 0;
    if (!*signature)
        return ask_fail(a, SK_ERR_SIGNATURE, "your confirmation is to be signed with your key");
    paper_line(a->body, a->person->head.id, &line);
    if (line.err)
        return line.err;
    int r = minisign_verify(line.data, line.len, signature, strlen(signature), &a->person->key, 1, &found,
                            NULL);
    return r == 0 ? 0 : ask_fail(a, r, "the signature is not one of your key over this paper");
}

int op_paper_confirm(struct ask *a)
{
    static const char *const said[] = {"paper", "contract", "from", "to", "sha256", "content", "role"};
    struct control *c = a->control;
    char key[MINISIGN_PUBLIC_TEXT_CAP] = "";
    uint64_t seq = 0;
    int r = check(a);
    if (r == 0)
        r = check_signature(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    if (a->person->has_key)
        minisign_public_format(&a->person->key, key);
    autojson json_t *fields =
        json_pack("{ss so ss ss sI}", "what", "paper", "person", ask_person(a), "key", key, "signature",
                  record_text(a->body, "signature"), "missing", (json_int_t)record_number(a->body, "missing"));
    json_t *record = control_record(c, SK_KIND_CONFIRM);
    bool ok = fields && record && json_object_update(record, fields) == 0;
    for (size_t i = 0; ok && i < array_count(said); i++)
        ok = json_object_set_new(record, said[i], json_string(record_text(a->body, said[i]))) == 0;
    if (!ok) {
        json_decref(record);
        return -ENOMEM;
    }
    r = ledger_append(c, record, true, &seq, &a->why);
    if (r != 0)
        return r;
    a->answer = json_pack("{sI}", "seq", (json_int_t)seq);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
