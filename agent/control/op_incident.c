/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_incident.c owns what people say about incidents: opening, adding, reports, closing, looking. It must
 * never believe who somebody is by what they write, and never close one for a person who does not answer
 * for it. */
#include <sekisho/incident.h>
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"

#define AHEAD_S   60  /* a time given may be so much ahead of ours */
#define LIST_MOST 200 /* incidents in one answer, the latest */

static const char *const types[] = {
#define ROW(id, name, text) name,
    SK_INCIDENT_TYPES(ROW)
#undef ROW
};

static const char *const reports[] = {
#define ROW(id, name, text) name,
    SK_INCIDENT_REPORTS(ROW)
#undef ROW
};

/* Texts that opening and adding share. */
static const char *const texts[] = {"where",      "cause",      "effect",     "response",
                                    "correction", "prevention", "occurred-at"};

/* With the words that there are. */
static int no_such_word(struct ask *a, const char *format, const char *word, const char *const *list, size_t count)
{
    autobuf struct buf words = {0};
    for (size_t i = 0; i < count; i++)
        buf_printf(&words, "%s%s", i > 0 ? ", " : "", list[i]);
    buf_reset(&a->why);
    phrase_put(&a->why, format, word, words.len ? words.data : "");
    return SK_ERR_FORMAT;
}

/* --- who may ---------------------------------------------------------------------------------- */

/* Does this manager answer for the incident's area, else for an area of its contract? Every manager does
 * for the machine. */
static bool answers_for(const struct ask *a, const json_t *opened)
{
    const struct policy_person *p = a->person;
    const struct policy *policy = a->control->rules.policy;
    const char *area = record_text(opened, "area"), *contract = record_text(opened, "contract");
    if (!p || p->suspended || !(p->roles & POLICY_MANAGER))
        return false;
    if (p->areas.count == 0 || !*contract)
        return true;
    if (*area)
        return policy_list_has(&p->areas, area);
    for (size_t i = 0; i < p->areas.count; i++) {
        const struct policy_area *one = policy_area(policy, p->areas.items[i]);
        if (one && str_eq(one->contract, contract))
            return true;
    }
    return false;
}

static bool is_opener(const struct ask *a, const json_t *opened)
{
    return str_eq(record_text(opened, "by"), "person") && *a->login &&
           str_eq(record_text(opened, "person.login"), a->login) &&
           record_number(opened, "person.uid") == (int64_t)a->peer->who.uid;
}

bool incident_may_see(const struct ask *a, const json_t *opened)
{
    const struct policy_person *p = a->person;
    if (a->peer->who.uid == 0)
        return true;
    if (!p)
        return false;
    return is_opener(a, opened) || answers_for(a, opened) ||
           (!p->suspended && (p->roles & (POLICY_AUDITOR | POLICY_ADMINISTRATOR)) != 0);
}

bool incident_oversees(const struct ask *a, const json_t *opened)
{
    return a->peer->who.uid == 0 || answers_for(a, opened) ||
           (a->person && !a->person->suspended && (a->person->roles & POLICY_AUDITOR));
}

/* May say something about it: whoever opened it or answers for it, administrators, root. */
static bool may_say(const struct ask *a, const json_t *opened)
{
    const struct policy_person *p = a->person;
    return a->peer->who.uid == 0 || is_opener(a, opened) || answers_for(a, opened) ||
           (p && !p->suspended && (p->roles & POLICY_ADMINISTRATOR) != 0);
}

int incident_ask_person(struct ask *a)
{
    if (a->peer->who.uid == 0 || a->person)
        return 0;
    a->reason = a->control->rules.owned ? SK_REASON_NOT_ON_ROSTER : SK_REASON_NO_POLICY;
    return ask_fail(a, SK_ERR_PEER, "%s", sk_reason_phrase((enum sk_reason)a->reason));
}

static size_t opened_since_yesterday(const struct ask *a)
{
    const struct control *c = a->control;
    int64_t now = control_now(c), at_s;
    size_t count = 0;
    const char *id;
    json_t *row;
    json_object_foreach(c->fold->incidents, id, row) {
        const json_t *opened = json_object_get(row, "opened");
        (void)id;
        count += is_opener(a, opened) && clock_parse_time(record_text(opened, "at"), &at_s) == 0 &&
                 now - at_s < CLOCK_DAY_S;
    }
    return count;
}

bool incident_has_room(const struct ask *a)
{
    return a->peer->who.uid == 0 || (a->person && (a->person->roles & POLICY_MANAGER)) ||
           opened_since_yesterday(a) < INCIDENTS_OF_USER;
}

int incident_ask_room(struct ask *a)
{
    return incident_has_room(a) ? 0
                                : ask_fail(a, SK_ERR_LIMIT, "%s has opened %d incidents since yesterday: tell the manager",
                                           a->login, INCIDENTS_OF_USER);
}

const char *incident_of_opener(const struct ask *a, const char *contract)
{
    const char *id, *found = "";
    json_t *row;
    json_object_foreach(a->control->fold->incidents, id, row)
        if (incident_is_open(row) && is_opener(a, json_object_get(row, "opened")) &&
            str_eq(record_text(json_object_get(row, "opened"), "contract"), contract))
            found = id;
    return found;
}

/* The incident that the question names; one answer for those of others and for none. */
static int find(struct ask *a, bool say, json_t **ret_row)
{
    const char *id = record_text(a->body, "incident");
    if (!a->control->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", a->control->fold_why);
    json_t *row = fold_incident_of(a->control->fold, id);
    const json_t *opened = row ? json_object_get(row, "opened") : NULL;
    if (!opened || !(say ? may_say(a, opened) : incident_may_see(a, opened)))
        return ask_fail(a, SK_ERR_PEER, "there is no incident %s that %s may ask for", id,
                        *a->login ? a->login : "this user");
    *ret_row = row;
    return 0;
}

static int find_open(struct ask *a, json_t **ret_row)
{
    int r = find(a, true, ret_row);
    if (r == 0 && !incident_is_open(*ret_row))
        r = ask_fail(a, SK_ERR_STATE, "%s is closed", record_text(a->body, "incident"));
    return r != 0 ? r : ledger_ready(a->control, &a->why);
}

/* --- opening ---------------------------------------------------------------------------------- */

int incident_ask_time(struct ask *a, const char *key, char ret[static CLOCK_TIME_CAP])
{
    const char *given = record_text(a->body, key);
    int64_t now = clock_wall_s(), at_s = now;
    if (*given && clock_parse_time(given, &at_s) != 0)
        return ask_fail(a, SK_ERR_FORMAT, "\"%s\" is no time (--%s)", given, key);
    if (at_s > now + AHEAD_S)
        return ask_fail(a, SK_ERR_FORMAT, "%s is still to come (--%s)", given, key);
    clock_format(ret, at_s < now ? at_s : now, 0);
    return 0;
}

/* Where nobody says whose it is: the asker's only contract, or the policy's only one, else the machine's. */
static const char *likely_contract(const struct ask *a)
{
    const struct policy *p = a->control->rules.policy;
    const char *found = "";
    for (size_t i = 0; a->person && i < a->person->areas.count; i++) {
        const struct policy_area *area = policy_area(p, a->person->areas.items[i]);
        if (area && *found && !str_eq(found, area->contract))
            return "";
        found = area ? area->contract : found;
    }
    return *found ? found : p->contract_count == 1 ? p->contracts[0].head.id : "";
}

struct whose {
    const char *contract, *area;
    char case_id[SK_ID_MAX + 1];
};

static int whose(struct ask *a, struct whose *ret)
{
    struct control *c = a->control;
    const char *id = record_text(a->body, "case"), *area = record_text(a->body, "area");
    const char *contract = record_text(a->body, "contract");
    const struct case_entry *e = *id ? fold_case(c->fold, id) : NULL;
    *ret = (struct whose){.contract = contract, .area = area};
    bool theirs = e && (ask_oversees(a, record_text(e->request, "area")) ||
                        (a->person && str_eq(a->person->head.id, record_text(e->request, "person.id"))));
    if (*id && !theirs)
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no case %s that %s may ask for", id, a->login);
    if (e) {
        snprintf(ret->case_id, sizeof ret->case_id, "%s", e->id);
        ret->contract = record_text(e->request, "contract");
        ret->area = record_text(e->request, "area");
        return 0;
    }
    if (*area && !policy_area(c->rules.policy, area))
        return ask_refuse(a, SK_REASON_NO_AREA, "%s: %s", area, sk_reason_phrase(SK_REASON_NO_AREA));
    if (*area)
        ret->contract = contract_of_area(c, area);
    if (*contract && *area && !str_eq(contract, ret->contract))
        return ask_fail(a, SK_ERR_FORMAT, "area %s belongs to contract %s", area, ret->contract);
    if (*contract && !policy_contract(c->rules.policy, contract))
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no contract %s", contract);
    if (!*ret->contract)
        ret->contract = likely_contract(a);
    return 0;
}

/* Persons of the roster by id or login, others by what was written. */
static json_t *persons_named(const struct ask *a)
{
    const struct policy *p = a->control->rules.policy;
    const char *rest = record_text(a->body, "concerned"), *word;
    size_t len;
    json_t *list = json_array();
    while (list && json_array_size(list) < INCIDENT_CONCERNED_MAX && str_next_word(&rest, &word, &len)) {
        char name[SK_TEXT_MAX + 1];
        if (len == 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)len, word);
        const struct policy_person *one = policy_person(p, name);
        if (!one)
            one = policy_person_of_user(p, name);
        if (json_array_append_new(list, json_pack("{ssssss}", "id", one ? one->head.id : "", "name",
                                                  one ? one->name : name, "login", one ? one->user : "")) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int put_texts(struct ask *a, json_t *record)
{
    for (size_t i = 0; i < array_count(texts); i++)
        if (json_object_set_new(record, texts[i], json_string(record_text(a->body, texts[i]))) != 0)
            return -ENOMEM;
    return json_object_set_new(record, "concerned", persons_named(a)) == 0 ? 0 : -ENOMEM;
}

/* Merge fields into a record and append it; takes both references. */
static int append(struct ask *a, json_t *record, json_t *given, bool with_texts)
{
    autojson json_t *fields = given;
    if (!record || !fields || json_object_update(record, fields) != 0 ||
        (with_texts && put_texts(a, record) != 0)) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(a->control, record, true, NULL, &a->why);
}

int incident_answer(struct ask *a, const char *id)
{
    struct control *c = a->control;
    const json_t *row = fold_incident_of(c->fold, id);
    const struct incident_clock clock = incident_clock_of(c);
    json_t *view = row ? incident_view(id, row, c->rules.policy, &clock) : json_null();
    a->answer = json_pack("{so}", "incident", view);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_incident_open(struct ask *a)
{
    struct control *c = a->control;
    const char *type = record_text(a->body, "type");
    char id[SK_ID_MAX + 1], known[CLOCK_TIME_CAP];
    struct whose its;
    size_t known_type = 0;
    while (known_type < array_count(types) && !str_eq(types[known_type], *type ? type : "suspicion"))
        known_type++;
    if (known_type == array_count(types))
        return no_such_word(a, N_("there is no kind of incident \"%s\" (--type): %s"), type, types, array_count(types));
    int r = incident_ask_person(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r == 0)
        r = incident_ask_room(a);
    if (r == 0)
        r = whose(a, &its);
    if (r == 0)
        r = incident_ask_time(a, "known-at", known);
    if (r == 0)
        r = next_id(c, 'I', id);
    if (r == 0)
        r = append(a, incident_record(c, id, "opened"),
                   json_pack("{ss ss ss so ss ss ss ss ss ss}", "by", "person", "type", types[known_type], "trigger",
                             "", "person", ask_person(a), "contract", its.contract, "area", its.area, "case",
                             its.case_id, "what", record_text(a->body, "what"), "known-at", known, "why", ""),
                   true);
    return r != 0 ? r : incident_answer(a, id);
}

/* --- afterwards ------------------------------------------------------------------------------- */

/* The incident's contract and area stand in each of its records: extracts go by them. */
static json_t *of_incident(struct ask *a, const json_t *row, const char *phase)
{
    const json_t *opened = json_object_get(row, "opened");
    json_t *record = incident_record(a->control, record_text(a->body, "incident"), phase);
    autojson json_t *fields = json_pack("{sossss}", "person", ask_person(a), "contract", record_text(opened, "contract"),
                                        "area", record_text(opened, "area"));
    if (record && fields && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

int op_incident_add(struct ask *a)
{
    json_t *row = NULL;
    char id[SK_ID_MAX + 1], unused[CLOCK_TIME_CAP];
    static const char *const also[] = {"what", "final-by"};
    int r = find_open(a, &row);
    bool says = *record_text(a->body, "concerned") != '\0';
    for (size_t i = 0; i < array_count(also); i++)
        says = says || *record_text(a->body, also[i]);
    for (size_t i = 0; i < array_count(texts); i++)
        says = says || *record_text(a->body, texts[i]);
    if (r == 0 && !says)
        r = ask_fail(a, SK_ERR_FORMAT, "say what is to be added: --what, --where, --cause, --effect, --response, --correction or --prevention TEXT");
    if (r == 0 && *record_text(a->body, "occurred-at"))
        r = incident_ask_time(a, "occurred-at", unused);
    if (r != 0)
        return r;
    snprintf(id, sizeof id, "%s", record_text(a->body, "incident"));
    r = append(a, of_incident(a, row, "added"),
               json_pack("{ssss}", "what", record_text(a->body, "what"), "final-by",
                         record_text(a->body, "final-by")),
               true);
    return r != 0 ? r : incident_answer(a, id);
}

int op_incident_report(struct ask *a)
{
    json_t *row = NULL;
    char id[SK_ID_MAX + 1], at[CLOCK_TIME_CAP];
    const char *which = record_text(a->body, "which"), *by = record_text(a->body, "by");
    int64_t at_s = 0;
    int r = find_open(a, &row);
    if (r == 0 && deadline_named(which) == POLICY_CLOCK_COUNT)
        r = no_such_word(a, N_("there is no report \"%s\" (--which): %s"), which, reports, array_count(reports));
    if (r == 0)
        r = incident_ask_time(a, "at", at);
    if (r != 0)
        return r;
    char known[CLOCK_TIME_CAP];
    int64_t known_s = incident_known(row, &a->control->incident_watch.steps);
    clock_format(known, known_s, 0);
    if (clock_parse_time(at, &at_s) == 0 && at_s < known_s)
        return ask_fail(a, SK_ERR_FORMAT, "%s is before it was known (%s): --at is when the report was made", at, known);
    const char *name = a->person ? a->person->name : a->login;
    snprintf(id, sizeof id, "%s", record_text(a->body, "incident"));
    r = append(a, of_incident(a, row, "reported"),
               json_pack("{s{ssssssss sb}}", "report", "which", which, "at", at, "to", record_text(a->body, "to"), "by",
                         *by ? by : name, "oral", record_flag(a->body, "oral")),
               false);
    return r != 0 ? r : incident_answer(a, id);
}

/* Reports that a clock asks for and nobody made. */
static json_t *missing(const struct ask *a, const json_t *row)
{
    struct deadline all[POLICY_CLOCK_COUNT];
    json_t *list = json_array();
    const struct incident_clock clock = incident_clock_of(a->control);
    incident_deadlines(row, a->control->rules.policy, &clock, all);
    for (unsigned i = 0; list && i < POLICY_CLOCK_COUNT; i++)
        if (all[i].state == DEADLINE_DUE || all[i].state == DEADLINE_LATE)
            json_array_append_new(list, json_string(deadline_name((enum policy_clock_name)i)));
    return list;
}

static int refuse_missing(struct ask *a, const json_t *left)
{
    autobuf struct buf which = {0};
    for (size_t i = 0; i < json_array_size(left); i++)
        buf_printf(&which, "%s%s", i ? ", " : "", json_string_value(json_array_get(left, i)));
    return ask_fail(a, SK_ERR_STATE, "these reports were not made: %s; note them (sekisho incident report), or say why "
                    "with --why TEXT", which.data);
}

int op_incident_close(struct ask *a)
{
    json_t *row = NULL;
    char id[SK_ID_MAX + 1];
    int r = find_open(a, &row);
    if (r != 0)
        return r;
    if (!answers_for(a, json_object_get(row, "opened")))
        return ask_fail(a, SK_ERR_PEER, "an incident is closed by a manager who answers for it");
    autojson json_t *left = missing(a, row);
    if (!left)
        return -ENOMEM;
    if (json_array_size(left) > 0 && !*record_text(a->body, "why"))
        return refuse_missing(a, left);
    snprintf(id, sizeof id, "%s", record_text(a->body, "incident"));
    r = append(a, of_incident(a, row, "closed"),
               json_pack("{sssO}", "why", record_text(a->body, "why"), "missing", left), false);
    return r != 0 ? r : incident_answer(a, id);
}

int op_incident_show(struct ask *a)
{
    json_t *row = NULL;
    int r = find(a, false, &row);
    return r != 0 ? r : incident_answer(a, record_text(a->body, "incident"));
}

int op_incident_list(struct ask *a)
{
    struct control *c = a->control;
    bool open = record_flag(a->body, "open");
    const struct incident_clock clock = incident_clock_of(c);
    autojson json_t *list = json_array();
    const char *id;
    json_t *row;
    uint64_t more = 0;
    if (!c->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", c->fold_why);
    json_object_foreach(c->fold->incidents, id, row) {
        if ((open && !incident_is_open(row)) || !incident_may_see(a, json_object_get(row, "opened")))
            continue;
        if (json_array_size(list) == LIST_MOST) {
            json_array_remove(list, 0);
            more++;
        }
        if (json_array_append_new(list, incident_view(id, row, c->rules.policy, &clock)) != 0)
            return -ENOMEM;
    }
    a->answer = json_pack("{sOsI}", "incidents", list, "more", (json_int_t)more);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
