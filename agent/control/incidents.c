/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incidents.c owns what the agent opens by itself. It must never open two for one thing, forget one that
 * the ledger can't take now, or begin the next run's count before this run's findings are on record. */
#include "control/incidents.h"
#include <sekisho/incident.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/selfcheck.h"
#include "control/trouble.h"
#include "control/view.h"
#include "proof/reader.h"

#define LINES_AT_A_TIME 50000 /* before people have their turn */
#define WHAT_CAP        256 /* bytes of what happened, as a phrase */
#define OF_CAP          (2 * SK_ID_MAX + 64)
#define ENROLMENT_FILE  "enrolment"
#define ENROLMENT_MAX   ((size_t)512)

static const struct {
    const char *name, *type;
} triggers[] = {
#define TRIGGER_TYPE(type) #type
#define ROW(id, name, text, type) {name, TRIGGER_TYPE(type)},
    SK_INCIDENT_TRIGGERS(ROW)
#undef ROW
#undef TRIGGER_TYPE
};

static const struct {
    const char *id, *name;
} types[] = {
#define ROW(id, name, text) {#id, name},
    SK_INCIDENT_TYPES(ROW)
#undef ROW
};

static const char *type_of(const char *trigger)
{
    for (size_t i = 0; i < array_count(triggers); i++)
        for (size_t k = 0; str_eq(triggers[i].name, trigger) && k < array_count(types); k++)
            if (str_eq(types[k].id, triggers[i].type))
                return types[k].name;
    return "suspicion";
}

json_t *incident_record(struct control *c, const char *id, const char *phase)
{
    json_t *record = control_record(c, SK_KIND_INCIDENT);
    autojson json_t *fields = json_pack("{ssss}", "incident", id, "phase", phase);
    if (!record || !fields || json_object_update(record, fields) != 0) {
        json_decref(record);
        return NULL;
    }
    return record;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* Persons as records have them, by the policy that is in force. */
static json_t *persons_of(const struct control *c, const json_t *given)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < json_array_size(given) && i < INCIDENT_CONCERNED_MAX; i++) {
        const json_t *one = json_array_get(given, i);
        uid_t uid = (uid_t)record_number(one, "uid");
        char login[CONTROL_LOGIN_CAP];
        login_of(uid, login);
        const struct policy_person *p = *login ? policy_person_of_user(c->rules.policy, login) : NULL;
        if (json_array_append_new(list, control_person(login, uid, p)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int open_one(struct control *c, const struct incident_cause *cause)
{
    char id[SK_ID_MAX + 1], known[CLOCK_TIME_CAP];
    autobuf struct buf why = {0};
    int r = next_id(c, 'I', id);
    if (r != 0)
        return r;
    clock_format(known, clock_wall_s(), 0);
    json_t *record = incident_record(c, id, "opened");
    autojson json_t *fields = json_pack(
        "{ss ss ss ss ss ss ss ss ss ss ss ss so s{}}", "by", "agent", "type", type_of(cause->trigger), "trigger",
        cause->trigger, "of", or_empty(cause->of), "contract", or_empty(cause->contract), "area",
        or_empty(cause->area), "case", or_empty(cause->case_id), "what", or_empty(cause->what), "known-at", known,
        "occurred-at", or_empty(cause->at), "where", c->host, "why", "", "concerned",
        persons_of(c, cause->concerned), "person");
    if (!record || !fields || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    r = ledger_append(c, record, true, NULL, &why);
    if (r == 0)
        log_warn("incident %s was opened: %s", id, or_empty(cause->what));
    else
        log_error("an incident could not be recorded: %s", why.data ? why.data : sk_strerror(r));
    return r;
}

static int add_to(struct control *c, const char *id, const struct incident_cause *cause)
{
    autobuf struct buf why = {0};
    const json_t *opened = json_object_get(fold_incident_of(c->fold, id), "opened");
    json_t *record = incident_record(c, id, "added");
    autojson json_t *fields =
        json_pack("{ss ss ss ss ss ss so s{}}", "trigger", cause->trigger, "of", or_empty(cause->of), "contract",
                  record_text(opened, "contract"), "area", or_empty(cause->area), "case", or_empty(cause->case_id),
                  "what", or_empty(cause->what), "concerned", persons_of(c, cause->concerned), "person");
    if (!record || !fields || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, false, NULL, &why);
}

int incident_trouble(struct control *c, const struct incident_cause *cause)
{
    if (!c->folded)
        return SK_ERR_STATE;
    if (*or_empty(cause->of) && json_object_get(c->fold->told, cause->of))
        return 0;
    const char *id = fold_incident_open(c->fold, cause->trigger, or_empty(cause->area));
    char kept[SK_ID_MAX + 1];
    if (!id)
        return open_one(c, cause);
    snprintf(kept, sizeof kept, "%s", id); /* the table may move */
    return add_to(c, kept, cause);
}

/* --- findings --------------------------------------------------------------------------------- */

static int open_findings(struct control *c)
{
    autojson json_t *pending = json_deep_copy(trouble_pending(c->incident_watch.trouble));
    int r = pending ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < json_array_size(pending); i++) {
        const json_t *one = json_array_get(pending, i);
        const char *area = record_text(one, "area");
        const struct incident_cause cause = {
            .trigger = record_text(one, "trigger"),
            .of = record_text(one, "of"),
            .contract = contract_of_area(c, area),
            .area = area,
            .what = record_text(one, "what"),
            .at = record_text(one, "at"),
            .concerned = json_object_get(one, "concerned"),
        };
        r = incident_trouble(c, &cause);
    }
    return r;
}

/* Out for longer than it should be, and longer than the policy waits. */
static int open_overdue(struct control *c)
{
    const struct policy *p = c->rules.policy;
    int64_t now = control_now(c);
    int r = 0;
    for (size_t i = 0; r == 0 && i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        char of[OF_CAP], what[WHAT_CAP];
        if (!case_overdue(e, p, now) || now - case_due(e, p) <= p->incident.overdue_grace_s)
            continue;
        char id[SK_ID_MAX + 1];
        snprintf(id, sizeof id, "%s", e->id);
        snprintf(of, sizeof of, "overdue:%s", id);
        phrase_print(what, sizeof what, "%s was to be back and is not", id);
        const struct incident_cause cause = {.trigger = "overdue", .of = of, .case_id = id, .what = what,
                                             .contract = record_text(e->request, "contract"),
                                             .area = record_text(e->request, "area")};
        r = incident_trouble(c, &cause);
    }
    return r;
}

/* A loss is on record first, its incident second: whoever was killed in between left this. */
static int open_lost(struct control *c)
{
    const char *key;
    json_t *lost;
    json_object_foreach(c->fold->lost, key, lost) {
        const char *id = record_text(lost, "incident");
        autobuf struct buf why = {0};
        (void)key;
        if (!*id || json_object_get(fold_incident_of(c->fold, id), "opened"))
            continue;
        json_t *record = incident_record(c, id, "opened");
        autojson json_t *fields = json_pack(
            "{ss ss ss ss sO sO sO sO ss ss}", "by", "person", "type", "loss", "trigger", "", "case",
            record_text(lost, "case"), "contract", json_object_get(lost, "contract"), "area",
            json_object_get(lost, "area"), "known-at", json_object_get(lost, "known-at"), "person",
            json_object_get(lost, "person"), "what", PHRASE("reported as lost"), "why", "");
        if (!record || !fields || json_object_update(record, fields) != 0) {
            json_decref(record);
            return -ENOMEM;
        }
        return ledger_append(c, record, true, NULL, &why); /* the table has changed: others come next time */
    }
    return 0;
}

static int tampering(struct control *c, const char *of, const char *what)
{
    const struct incident_cause cause = {.trigger = "tampering", .of = of, .what = what};
    return incident_trouble(c, &cause);
}

/* The ledger's first key is kept apart from the ledger: who writes a new one can't write this. */
static int check_enrolment(struct control *c)
{
    autobuf struct buf kept = {0};
    uint8_t digest[DIGEST_LEN];
    char of[OF_CAP], hex[DIGEST_HEX_CAP];
    int r = store_read("", ENROLMENT_FILE, ENROLMENT_MAX, &kept);
    if (r == -ENOENT)
        return store_write("", ENROLMENT_FILE, c->enrolment, strlen(c->enrolment));
    if (r != 0 || str_eq(kept.data ? kept.data : "", c->enrolment))
        return r;
    r = digest_of(c->enrolment, strlen(c->enrolment), digest);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    snprintf(of, sizeof of, "tampering:enrolment-%.16s", hex);
    return tampering(c, of, PHRASE("the ledger is not the one that this agent has written before"));
}

/* Begun once, when there is a ledger; its word comes later. */
static int check_ledger(struct control *c)
{
    struct incident_watch *w = &c->incident_watch;
    enum proof_class wrong = PROOF_GOOD;
    uint64_t seq = 0;
    char of[OF_CAP], what[WHAT_CAP];
    if (!w->checked && c->enrolment[0]) {
        w->checked = true;
        int r = selfcheck_begin(sk_path(SK_PATH_LEDGER), c->enrolment, &w->check);
        if (r != 0)
            log_warn("the ledger is not verified: %s", sk_strerror(r));
    }
    if (!w->check || !selfcheck_done(&w->check, &wrong, &seq) || wrong == PROOF_GOOD)
        return 0;
    log_error("the ledger does not verify: %s, record %llu", proof_class_name(wrong), (unsigned long long)seq);
    snprintf(of, sizeof of, "tampering:%s-%llu", proof_class_name(wrong), (unsigned long long)seq);
    phrase_print(what, sizeof what, "the ledger does not verify (%s, record %llu)", proof_class_name(wrong),
             (unsigned long long)seq);
    return tampering(c, of, what);
}

/* --- the ledger's lines ----------------------------------------------------------------------- */

static int open_reader(struct incident_watch *w)
{
    if (!w->trouble) {
        int r = trouble_new(&w->trouble);
        if (r != 0)
            return r;
    }
    return w->reader ? 0 : ledger_reader_open(sk_path(SK_PATH_LEDGER), trouble_next(w->trouble), &w->reader);
}

/* 1: there is more; 0: all was read; negative: it can't be read. */
static int read_lines(struct control *c)
{
    struct incident_watch *w = &c->incident_watch;
    struct ledger_line line;
    int r = open_reader(w);
    for (int i = 0; r == 0 && i < LINES_AT_A_TIME; i++) {
        int more = ledger_reader_next(w->reader, &line);
        if (more <= 0)
            return more;
        r = trouble_line(w->trouble, &line, c->rules.policy);
        if (r == 0)
            r = clock_steps_line(&w->steps, &line);
    }
    return r != 0 ? r : 1;
}

static int unreadable(struct control *c)
{
    char of[OF_CAP];
    struct ledger_place place;
    ledger_reader_place(c->incident_watch.reader, &place, NULL);
    snprintf(of, sizeof of, "tampering:reader-%llu", (unsigned long long)place.seq);
    return tampering(c, of, PHRASE("the ledger can't be read on: its lines are out of order or not whole"));
}

void incidents_close(struct control *c)
{
    struct incident_watch *w = &c->incident_watch;
    ledger_reader_close(&w->reader);
    trouble_free(&w->trouble);
    clock_steps_free(&w->steps);
    selfcheck_leave(&w->check);
}

struct incident_clock incident_clock_of(const struct control *c)
{
    return (struct incident_clock){.now_s = clock_wall_s(), .steps = &c->incident_watch.steps};
}

bool incidents_look(struct control *c)
{
    struct incident_watch *w = &c->incident_watch;
    if (!c->folded || !c->started)
        return false;
    int more = read_lines(c), r = 0;
    if (more == SK_ERR_TAMPERED)
        r = unreadable(c);
    else if (more == -ENOENT)
        more = 0; /* no ledger yet: nothing was written */
    else if (more < 0)
        ledger_reader_close(&w->reader);
    if (more == 1)
        return true;
    if (r == 0 && more == 0)
        r = open_findings(c);
    if (r == 0)
        r = open_lost(c);
    if (r == 0)
        r = open_overdue(c);
    if (r == 0 && !w->enrolment_known && c->enrolment[0]) {
        r = check_enrolment(c);
        w->enrolment_known = r == 0;
    }
    if (r == 0)
        r = check_ledger(c);
    w->caught_up = w->caught_up || more <= 0;
    w->all_open = r == 0;
    return false;
}

bool incident_concerns(const json_t *record, uid_t uid)
{
    const json_t *persons = record_member(record, "concerned");
    bool agents = *record_text(record, "trigger") != '\0';
    for (size_t i = 0; agents && i < json_array_size(persons); i++) {
        const json_t *its = record_member(json_array_get(persons, i), "uid");
        if (json_is_integer(its) && json_integer_value(its) == (json_int_t)uid)
            return true;
    }
    return false;
}

static bool is_news(const json_t *record, uid_t uid, uint64_t from_seq)
{
    return record_number(record, "seq") >= (int64_t)from_seq && incident_concerns(record, uid);
}

/* Managers who answer for the area; for the machine all do. */
static json_t *managers_of(const struct policy *p, const char *area)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < p->person_count; i++) {
        const struct policy_person *who = &p->persons[i];
        bool answers = !*area || who->areas.count == 0 || policy_list_has(&who->areas, area);
        if ((who->roles & POLICY_MANAGER) && !who->suspended && answers)
            json_array_append_new(list, json_pack("{ssss}", "id", who->head.id, "name", who->name));
    }
    return list;
}

json_t *incident_of_refusals(struct control *c, uid_t uid, uint64_t from_seq)
{
    const struct policy_incident *rules = &c->rules.policy->incident;
    const char *id;
    json_t *row;
    if (!c->folded || !c->incident_watch.caught_up)
        return NULL;
    while (incidents_look(c))
        ;
    json_object_foreach(c->fold->incidents, id, row) {
        const json_t *opened = json_object_get(row, "opened"), *added = json_object_get(row, "added");
        const json_t *last = json_array_get(added, json_array_size(added) - 1);
        if (str_eq(record_text(opened, "trigger"), "refusal-burst") &&
            (is_news(opened, uid, from_seq) || is_news(last, uid, from_seq)))
            return json_pack("{ss sI sI so}", "id", id, "refusals", (json_int_t)rules->burst, "seconds",
                             (json_int_t)rules->burst_period_s, "managers",
                             managers_of(c->rules.policy, record_text(opened, "area")));
    }
    return NULL;
}

uint64_t incidents_looked(struct control *c)
{
    const struct incident_watch *w = &c->incident_watch;
    while (incidents_look(c))
        ;
    return w->trouble && w->caught_up && w->all_open ? trouble_next(w->trouble) : 0;
}
