/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_draft.c owns what the ledger knows about an incident: accesses, persons, cases and what was in them.
 * It must never show a name of a file to whom its case is not shown. */
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/media.h"
#include "control/permit.h"
#include "control/recipients.h"
#include "proof/reader.h"

#define BEFORE_S    CLOCK_DAY_S /* accesses of so long before it happened are counted */
#define PERSONS_MAX 64

/* --- cases ------------------------------------------------------------------------------------ */

/* Names are for who asked for the case, who answers for it or may approve it. */
static bool is_shown(const struct ask *a, const struct case_entry *e)
{
    const struct policy_person *p = a->person;
    bool own = p && !p->suspended && str_eq(p->head.id, record_text(e->request, "person.id"));
    bool party = own || ask_oversees(a, record_text(e->request, "area"));
    return party && !ask_case_is_kept_in(a, e);
}

static json_t *case_json(struct ask *a, const struct case_entry *e)
{
    const struct policy *p = a->control->rules.policy;
    bool shown = is_shown(a, e);
    autojson json_t *none = json_array();
    const char *sealed = e->done ? record_text(e->done, "sealed.sha256") : "";
    const json_t *to = record_member(e->done ? e->done : e->intent, "recipients");
    return json_pack("{ss ss ss sO sO sO sO sO sb ss so sb}", "case", e->id, "state", case_state_name(e->state), "at",
                     e->done ? record_text(e->done, "at") : record_text(e->request, "at"), "person",
                     record_member(e->request, "person"), "destination", record_member(e->request, "destination"),
                     "files", shown ? e->files : none, "count", record_member(e->request, "content.count"), "bytes",
                     record_member(e->request, "content.bytes"), "sealed", *sealed != '\0' || json_array_size(to) > 0, "sealed-sha256", sealed,
                     "recipients", recipients_view(p, to), "shown", shown);
}

/* Something of it may be out there. */
static bool is_outside(const struct case_entry *e)
{
    return e->state == CASE_OUT || e->state == CASE_UNKNOWN || e->state == CASE_RUNNING || e->out_s != 0;
}

bool draft_is_on(const struct control *c, const struct case_entry *e, const char *medium)
{
    return is_outside(e) && e->state != CASE_DISPOSED && e->state != CASE_RETURNED &&
           media_carries(c->rules.policy, e, medium);
}

json_t *draft_cases(struct ask *a, const char *case_id, const char *medium)
{
    const struct fold *f = a->control->fold;
    json_t *list = json_array();
    for (size_t i = 0; list && i < f->count; i++) {
        const struct case_entry *e = &f->cases[i];
        bool named = *case_id && str_eq(e->id, case_id);
        if ((named || draft_is_on(a->control, e, medium)) && json_array_append_new(list, case_json(a, e)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* --- accesses --------------------------------------------------------------------------------- */

struct tally {
    const char *area, *contract;
    int64_t from_s, to_s;
    uint64_t allowed, refused;
    json_t *persons; /* "UID" → {"id","uid","allowed","refused"} */
};

static int count_person(struct tally *t, const json_t *record, bool allowed, int64_t count)
{
    char key[32];
    int64_t uid = room_login_uid(record_number(record, "uid"));
    snprintf(key, sizeof key, "%lld", (long long)uid);
    json_t *row = json_object_get(t->persons, key);
    if (!row && json_object_size(t->persons) >= PERSONS_MAX)
        return 0;
    if (!row) {
        row = json_pack("{sssIsIsI}", "id", record_text(record, "person.id"), "uid", (json_int_t)uid, "allowed",
                        (json_int_t)0, "refused", (json_int_t)0);
        if (!row || json_object_set_new(t->persons, key, row) != 0)
            return -ENOMEM;
    }
    const char *which = allowed ? "allowed" : "refused";
    return json_object_set_new(row, which, json_integer(record_number(row, which) + count)) == 0 ? 0 : -ENOMEM;
}

static int count_access(struct tally *t, const json_t *record)
{
    int64_t at_s = 0, count = record_number(record, "count");
    bool allowed = str_eq(record_text(record, "decision"), "allowed");
    bool here = *t->area ? str_eq(record_text(record, "area"), t->area)
                         : !*t->contract || str_eq(record_text(record, "contract"), t->contract);
    if (!here || clock_parse_time(record_text(record, "at"), &at_s) != 0 || at_s < t->from_s || at_s > t->to_s)
        return 0;
    count = count > 0 ? count : 1;
    *(allowed ? &t->allowed : &t->refused) += (uint64_t)count;
    return count_person(t, record, allowed, count);
}

static int read_accesses(struct tally *t)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    int r = ledger_reader_open(sk_path(SK_PATH_LEDGER), 0, &reader);
    if (r != 0)
        return r == -ENOENT ? 0 : r;
    while ((r = ledger_reader_next(reader, &line)) == 1) {
        autojson json_t *record = NULL;
        if (line.elided || !scan_is(&line.kind, SK_KIND_ACCESS) ||
            (*t->area && !memmem(line.text, line.len, t->area, strlen(t->area))) ||
            record_parse(line.text, line.len, SK_RECORD_MAX, &record) != 0)
            continue;
        r = count_access(t, record);
        if (r != 0)
            return r;
    }
    return r;
}

static json_t *persons_json(const struct ask *a, const json_t *rows)
{
    json_t *list = json_array(), *row;
    const char *key;
    json_object_foreach((json_t *)(uintptr_t)rows, key, row) {
        char login[CONTROL_LOGIN_CAP];
        (void)key;
        login_of((uid_t)record_number(row, "uid"), login);
        const struct policy_person *p = *login ? policy_person_of_user(a->control->rules.policy, login) : NULL;
        json_t *one = json_pack("{sssssssIsI}", "id", p ? p->head.id : record_text(row, "id"), "name",
                                p ? p->name : "", "login", login, "allowed",
                                (json_int_t)record_number(row, "allowed"), "refused",
                                (json_int_t)record_number(row, "refused"));
        if (!list || !one || json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* From a day before it happened (where nobody knows: was known) to when it was known. */
static int tally(struct ask *a, const json_t *view, json_t **ret_accesses, json_t **ret_persons)
{
    char from[CLOCK_TIME_CAP], to[CLOCK_TIME_CAP];
    struct tally t = {.area = record_text(view, "area"), .contract = record_text(view, "contract.id"),
                      .persons = json_object()};
    autojson json_t *persons = t.persons;
    if (!persons || clock_parse_time(record_text(view, "known-at"), &t.to_s) != 0)
        return persons ? SK_ERR_FORMAT : -ENOMEM;
    if (clock_parse_time(record_text(view, "occurred-at"), &t.from_s) != 0 || t.from_s > t.to_s)
        t.from_s = t.to_s;
    t.from_s -= BEFORE_S;
    int r = read_accesses(&t);
    if (r != 0)
        return ask_fail(a, r, "the ledger can't be read: %s", PHRASE_ERROR(r));
    clock_format(from, t.from_s, 0);
    clock_format(to, t.to_s, 0);
    *ret_accesses = json_pack("{sIsIssss}", "allowed", (json_int_t)t.allowed, "refused", (json_int_t)t.refused,
                              "from", from, "to", to);
    *ret_persons = persons_json(a, persons);
    return *ret_accesses && *ret_persons ? 0 : -ENOMEM;
}

static bool has_case(const json_t *list, const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(record_text(json_array_get(list, i), "case"), id))
            return true;
    return false;
}

/* Each case once: one that is named may be on a medium that was lost as well. */
static void add_cases(json_t *list, const json_t *more)
{
    for (size_t i = 0; i < json_array_size(more); i++)
        if (!has_case(list, record_text(json_array_get(more, i), "case")))
            json_array_append(list, json_array_get(more, i));
}

/* The cases that it names and what was on media that were lost with it. */
static json_t *cases_of(struct ask *a, const char *id, const json_t *view)
{
    const json_t *ids = json_object_get(view, "cases");
    json_t *list = json_array(), *lost;
    const char *key;
    for (size_t i = 0; list && i < json_array_size(ids); i++) {
        autojson json_t *one = draft_cases(a, json_string_value(json_array_get(ids, i)), "");
        add_cases(list, one);
    }
    json_object_foreach(a->control->fold->lost, key, lost) {
        autojson json_t *more = NULL;
        (void)key;
        if (str_eq(record_text(lost, "incident"), id) && *record_text(lost, "medium"))
            more = draft_cases(a, "", record_text(lost, "medium"));
        add_cases(list, more);
    }
    return list;
}

int op_incident_draft(struct ask *a)
{
    struct control *c = a->control;
    char id[SK_ID_MAX + 1];
    autojson json_t *accesses = NULL, *persons = NULL, *cases = NULL;
    int r = op_incident_show(a);
    if (r != ASK_ANSWERED)
        return r;
    json_t *view = json_object_get(a->answer, "incident");
    const json_t *opened = json_object_get(fold_incident_of(c->fold, record_text(view, "incident")), "opened");
    snprintf(id, sizeof id, "%s", record_text(a->body, "incident"));
    cases = cases_of(a, id, view);
    if (incident_oversees(a, opened))
        r = tally(a, view, &accesses, &persons);
    if (r != 0 || !cases)
        return r != 0 ? r : -ENOMEM;
    bool ok = json_object_set(a->answer, "cases", cases) == 0 &&
              json_object_set_new(a->answer, "accesses", accesses ? json_incref(accesses) : json_null()) == 0 &&
              json_object_set_new(a->answer, "persons", persons ? json_incref(persons) : json_array()) == 0;
    return ok ? ASK_ANSWERED : -ENOMEM;
}
