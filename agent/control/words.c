/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.c owns the words in which refusals speak of questions: the command that a person typed instead of the op, what
 * a field is instead of its name, for whom something is, which words are valid. It must never name a field or an op
 * of the wire to somebody who only knows commands. */
#include "control/words.h"
#include <sekisho/ops.h>
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"

#define VALID_MAX 12 /* words that are listed; where there are more they are in the command's own list */

static const struct {
    const char *op, *command;
} commands[] = {
    {SK_OP_WHOAMI, "whoami"},
    {SK_OP_STATUS, "status"},
    {SK_OP_POLICY_INSTALL, "policy install"},
    {SK_OP_POLICY_SHOW, "policy show"},
    {SK_OP_AREA_CREATE, "area create"},
    {SK_OP_AREA_OPEN, "area open"},
    {SK_OP_AREA_CLOSE, "area close"},
    {SK_OP_AREA_LIST, "area list"},
    {SK_OP_AREA_KEY, "area key"},
    {SK_OP_DEVICE_LIST, "device list"},
    {SK_OP_ROOM_START, "room"},
    {SK_OP_ROOM_LIST, "room list"},
    {SK_OP_ROOM_END, "room end"},
    {SK_OP_WATCH, "watch"},
    {SK_OP_WHY, "why"},
    {SK_OP_RECEIVE, "receive"},
    {SK_OP_REQUEST, "request"},
    {SK_OP_REQUEST_STANDING, "standing"},
    {SK_OP_REQUEST_WITHDRAW, "withdraw"},
    {SK_OP_REQUESTS, "requests"},
    {SK_OP_REQUEST_TEXT, "approve"},
    {SK_OP_PERMIT_PREPARE, "approve"},
    {SK_OP_PERMIT_SUBMIT, "approve"},
    {SK_OP_PERMIT_REJECT, "reject"},
    {SK_OP_APPROVAL_FAILED, "approve"},
    {SK_OP_EXPORT, "export"},
    {SK_OP_CASE, "case"},
    {SK_OP_CASES, "cases"},
    {SK_OP_COPIES, "copies"},
    {SK_OP_COPIES_CONFIRM, "copies --confirm"},
    {SK_OP_PAPER_PREPARE, "confirm"},
    {SK_OP_PAPER_CONFIRM, "confirm"},
    {SK_OP_LEDGER_ARCHIVES, "ledger archives"},
    {SK_OP_LEDGER_ARCHIVE, "ledger archive"},
    {SK_OP_LEDGER_PRUNE, "ledger prune"},
    {SK_OP_RETURN, "return"},
    {SK_OP_DISPOSE, "destroy"},
    {SK_OP_ATTEST, "ledger attest"},
    {SK_OP_CLOCK_CORRECT, "clock correct"},
    {SK_OP_INCIDENT_OPEN, "incident open"},
    {SK_OP_INCIDENT_ADD, "incident add"},
    {SK_OP_INCIDENT_REPORT, "incident report"},
    {SK_OP_INCIDENT_CLOSE, "incident close"},
    {SK_OP_INCIDENT_LIST, "incident list"},
    {SK_OP_INCIDENT_SHOW, "incident show"},
    {SK_OP_INCIDENT_DRAFT, "incident draft"},
    {SK_OP_LOST, "lost"},
    {SK_OP_REGISTER_ADD, "register add"},
    {SK_OP_REGISTER_LIST, "register list"},
    {SK_OP_REGISTER_SHOW, "register show"},
    {SK_OP_REGISTER_CHECK, "register check"},
    {SK_OP_REGISTER_MOVE, "register move"},
    {SK_OP_GIVE, "give"},
    {SK_OP_HANDOVER, "handover"},
    {SK_OP_HANDOVER_LIST, "handover list"},
    {SK_OP_HANDOVER_GIVE, "handover give"},
    {SK_OP_HANDOVER_CONFIRM, "handover confirm"},
    {SK_OP_ERASE, "erase"},
    {SK_OP_CONTRACT_LIST, "contract list"},
    {SK_OP_CONTRACT_SHOW, "contract show"},
    {SK_OP_CONTRACT_CLOSE, "contract close"},
};

/* What people call it; a field that only programs fill keeps its name. */
static const struct {
    const char *name, *words;
} fields[] = {
    {"area", PHRASE("the area")},
    {"contract", PHRASE("the contract")},
    {"destination", PHRASE("the destination")},
    {"consent", PHRASE("the client's consent")},
    {"medium", PHRASE("the medium")},
    {"case", PHRASE("the number")},
    {"item", PHRASE("the number")},
    {"for-case", PHRASE("the number")},
    {"of", PHRASE("the number")},
    {"id", PHRASE("the number")},
    {"handover", PHRASE("the number")},
    {"incident", PHRASE("the number")},
    {"room", PHRASE("the number")},
    {"person", PHRASE("the person")},
    {"handler", PHRASE("the person")},
    {"form", PHRASE("the form")},
    {"owner", PHRASE("the owner")},
    {"type", PHRASE("the kind")},
    {"which", PHRASE("the report")},
    {"role", PHRASE("the role")},
    {"paper", PHRASE("the paper")},
    {"nonce", PHRASE("the auditor's number")},
    {"files", PHRASE("the files")},
    {"file", PHRASE("the file's name")},
    {"path", PHRASE("the file's name")},
    {"into", PHRASE("the folder")},
    {"device", PHRASE("the device")},
    {"from", PHRASE("from whom it came (from when on)")},
    {"to", PHRASE("to whom it goes (until when)")},
    {"name", PHRASE("the name")},
    {"organisation", PHRASE("the organisation")},
    {"how", PHRASE("how")},
    {"where", PHRASE("where")},
    {"purpose", PHRASE("the purpose")},
    {"place", PHRASE("the place of use")},
    {"kept", PHRASE("where and how it is kept")},
    {"return-how", PHRASE("how it is given back")},
    {"return-by", PHRASE("the day of return")},
    {"count", PHRASE("the count")},
    {"method", PHRASE("the method")},
    {"proof", PHRASE("the proof")},
    {"text", PHRASE("the proof")},
    {"done-by", PHRASE("who did it")},
    {"by", PHRASE("who did it")},
    {"witness", PHRASE("the witness")},
    {"why", PHRASE("the reason")},
    {"before-end", PHRASE("the reason")},
    {"what", PHRASE("what happened")},
    {"cause", PHRASE("the cause")},
    {"effect", PHRASE("the effect")},
    {"response", PHRASE("the response")},
    {"correction", PHRASE("the plan of correction")},
    {"prevention", PHRASE("the prevention")},
    {"concerned", PHRASE("who is concerned")},
    {"known-at", PHRASE("since when it is known")},
    {"occurred-at", PHRASE("when it happened")},
    {"at", PHRASE("the time")},
    {"final-by", PHRASE("the day of the final report")},
    {"event", PHRASE("the record's number")},
    {"through", PHRASE("the record's number")},
};

const char *words_of_op(const char *op)
{
    for (size_t i = 0; i < array_count(commands); i++)
        if (str_eq(commands[i].op, op))
            return commands[i].command;
    return op;
}

const char *words_of_field(const char *name)
{
    for (size_t i = 0; i < array_count(fields); i++)
        if (str_eq(fields[i].name, name))
            return fields[i].words;
    return name;
}

static void add(struct buf *b, const char *words)
{
    buf_puts(b, b->len > 0 ? ", " : "");
    buf_puts(b, words);
}

/* For whom it is, in the order of the roles. */
void words_of_rights(const struct op_row *row, struct buf *ret)
{
    static const struct {
        unsigned bit;
        const char *words, *of_area; /* the second where the question names a thing */
    } rights[] = {
        {MAY_ROSTER, PHRASE("everybody on the roster"), NULL},
        {MAY_HANDLER, PHRASE("handlers"), NULL},
        {MAY_REQUESTER, PHRASE("who asked for it, or has it"), NULL},
        {MAY_APPROVER, PHRASE("approvers of its destination"), NULL},
        {MAY_MANAGER, PHRASE("information managers"), PHRASE("information managers of its area")},
        {MAY_AUDITOR, PHRASE("auditors"), NULL},
        {MAY_ADMINISTRATOR, PHRASE("administrators"), NULL},
        {MAY_ROOT, PHRASE("root (who administers the PC)"), NULL},
    };
    for (size_t i = 0; i < array_count(rights); i++)
        if (row->may & rights[i].bit)
            add(ret, row->names != NAMES_NOTHING && rights[i].of_area ? rights[i].of_area : rights[i].words);
}

static const struct {
    unsigned bit;
    const char *name, *words;
} roles[] = {{POLICY_HANDLER, "handler", PHRASE("handler")},
             {POLICY_MANAGER, "manager", PHRASE("manager")},
             {POLICY_ADMINISTRATOR, "administrator", PHRASE("administrator")},
             {POLICY_AUDITOR, "auditor", PHRASE("auditor")}};

void words_of_roles(const struct ask *a, struct buf *ret)
{
    const struct policy_person *p = a->person;
    for (size_t i = 0; p && i < array_count(roles); i++)
        if (p->roles & roles[i].bit)
            add(ret, roles[i].words);
    if (ret->len == 0)
        add(ret, a->peer->who.uid == 0 ? "root" : PHRASE("not on the roster"));
}

/* --- which words are valid -------------------------------------------------------------------- */

/* Is it this asker's business? Managers, auditors and administrators of everything, and root, see all. */
static bool is_theirs(const struct ask *a, const struct policy_area *area)
{
    const struct policy_person *p = a->person;
    if (a->peer->who.uid == 0 || !p || (p->roles & ~(unsigned)POLICY_HANDLER))
        return true;
    return area->handlers.count > 0 ? policy_list_has(&area->handlers, p->head.id)
                                    : policy_list_has(&p->areas, area->head.id);
}

static bool is_their_contract(const struct ask *a, const char *contract)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->area_count; i++)
        if (str_eq(p->areas[i].contract, contract) && is_theirs(a, &p->areas[i]))
            return true;
    return a->peer->who.uid == 0;
}

static void take(json_t *words, const char *word)
{
    if (json_array_size(words) < VALID_MAX)
        json_array_append_new(words, json_string(word));
}

static void areas(const struct ask *a, json_t *words)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->area_count; i++)
        if (is_theirs(a, &p->areas[i]))
            take(words, p->areas[i].head.id);
}

static void contracts(const struct ask *a, json_t *words)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->contract_count; i++)
        if (is_their_contract(a, p->contracts[i].head.id))
            take(words, p->contracts[i].head.id);
}

static void destinations(const struct ask *a, json_t *words)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->destination_count; i++)
        if (is_their_contract(a, p->destinations[i].contract))
            take(words, p->destinations[i].head.id);
}

static void consents(const struct ask *a, json_t *words)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->consent_count; i++)
        if (is_their_contract(a, p->consents[i].contract))
            take(words, p->consents[i].head.id);
}

static void persons(const struct ask *a, json_t *words)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->person_count; i++)
        take(words, p->persons[i].head.id);
}

static void purposes(const struct ask *a, json_t *words)
{
    const struct policy_consent *c = a->consent ? policy_consent(a->control->rules.policy, a->consent) : NULL;
    for (size_t i = 0; c && i < c->purposes.count; i++)
        take(words, c->purposes.items[i]);
}

static void own_roles(const struct ask *a, json_t *words)
{
    for (size_t i = 0; a->person && i < array_count(roles); i++)
        if (a->person->roles & roles[i].bit)
            take(words, roles[i].name);
}

static const struct {
    const char *of;    /* what the words are, as <sekisho/ops.h> says */
    int reason;        /* that asks for them, or -1 */
    const char *field; /* whose bad form asks for them */
    void (*list)(const struct ask *a, json_t *words);
} valid[] = {
    {"areas", SK_REASON_NO_AREA, "area", areas},
    {"areas", SK_REASON_NOT_FOR_AREA, "", areas},
    {"contracts", SK_REASON_NO_CONTRACT, "contract", contracts},
    {"destinations", SK_REASON_NO_DESTINATION, "destination", destinations},
    {"consents", -1, "consent", consents},
    {"persons", SK_REASON_NOT_ON_ROSTER, "person", persons},
    {"persons", -1, "handler", persons},
    {"purposes", SK_REASON_CONSENT_PURPOSE, "", purposes},
    {"roles", -1, "role", own_roles},
};

json_t *words_valid(const struct ask *a, const char *field)
{
    /* who is not on the roster is told nothing of the policy by a wrong word */
    if (!a->person && a->peer->who.uid != 0)
        return NULL;
    for (size_t i = 0; i < array_count(valid); i++) {
        if (!(a->reason >= 0 && valid[i].reason == a->reason) && !(*field && str_eq(valid[i].field, field)))
            continue;
        json_t *words = json_array();
        if (words)
            valid[i].list(a, words);
        if (json_array_size(words) > 0)
            return json_pack("{ssso}", "of", valid[i].of, "words", words);
        json_decref(words);
        return NULL;
    }
    return NULL;
}
