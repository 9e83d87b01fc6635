/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incident_view.c owns the joined view of an incident: its records as one object, and what is due when. It
 * must never fill a field that no record supports, nor read a clock. */
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/incidents.h"
#include "record/record.h"

static int64_t time_of(const json_t *record, const char *path)
{
    int64_t at_s = 0;
    return clock_parse_time(record_text(record, path), &at_s) == 0 ? at_s : 0;
}

/* The latest that was said. */
static const char *latest(const json_t *row, const char *key)
{
    const json_t *added = json_object_get(row, "added");
    for (size_t i = json_array_size(added); i-- > 0;) {
        const char *text = record_text(json_array_get(added, i), key);
        if (*text)
            return text;
    }
    return record_text(json_object_get(row, "opened"), key);
}

/* A time that a record holds, by today's clock. */
static int64_t moved_time_of(const json_t *record, const char *path, const struct clock_steps *steps)
{
    int64_t at_s = time_of(record, path);
    return at_s == 0 ? 0 : at_s + clock_steps_since(steps, (uint64_t)record_number(record, "seq"));
}

int64_t incident_known(const json_t *row, const struct clock_steps *steps)
{
    return moved_time_of(json_object_get(row, "opened"), "known-at", steps);
}

void incident_deadlines(const json_t *row, const struct policy *p, const struct incident_clock *clock,
                        struct deadline ret[static POLICY_CLOCK_COUNT])
{
    struct deadline_facts facts = {.known_s = incident_known(row, clock->steps)};
    const json_t *reported = json_object_get(row, "reported");
    int64_t day = 0;
    for (size_t i = 0; i < json_array_size(reported); i++) {
        const json_t *record = json_array_get(reported, i);
        enum policy_clock_name which = deadline_named(record_text(record, "report.which"));
        int64_t at_s = moved_time_of(record, "report.at", clock->steps);
        if (which != POLICY_CLOCK_COUNT && (facts.reported_s[which] == 0 || at_s < facts.reported_s[which]))
            facts.reported_s[which] = at_s;
    }
    if (clock_parse_date(latest(row, "final-by"), &day) == 0)
        facts.final_by_s = day + CLOCK_DAY_S - 1;
    const json_t *closed = json_object_get(row, "closed");
    deadlines_of(&p->incident, &facts, closed ? moved_time_of(closed, "at", clock->steps) : clock->now_s, ret);
}

static json_t *time_json(int64_t at_s)
{
    char text[CLOCK_TIME_CAP] = "";
    if (at_s != 0)
        clock_format(text, at_s, 0);
    return json_string(text);
}

static const char *made_at(const json_t *row, const char *which)
{
    const json_t *reported = json_object_get(row, "reported");
    const char *first = "";
    for (size_t i = 0; i < json_array_size(reported); i++) {
        const json_t *record = json_array_get(reported, i);
        const char *at = record_text(record, "report.at");
        if (str_eq(record_text(record, "report.which"), which) && (!*first || strcmp(at, first) < 0))
            first = at;
    }
    return first;
}

static json_t *due_json(const json_t *row, const struct deadline *all)
{
    json_t *list = json_array();
    for (unsigned i = 0; list && i < POLICY_CLOCK_COUNT; i++) {
        const char *which = deadline_name((enum policy_clock_name)i);
        if (all[i].state == DEADLINE_NONE)
            continue;
        json_t *one = json_pack("{ss so ss ss sb}", "which", which, "due", time_json(all[i].due_s), "state",
                                deadline_state_name(all[i].state), "made", made_at(row, which), "assumed",
                                all[i].assumed);
        if (!one || json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *next_json(const struct deadline *all)
{
    enum policy_clock_name next = deadline_next(all);
    if (next == POLICY_CLOCK_COUNT)
        return json_null();
    return json_pack("{sssosb}", "which", deadline_name(next), "due", time_json(all[next].due_s), "late",
                     all[next].state == DEADLINE_LATE);
}

/* [{"at","person","report"…}] of its reports, [{"at","person",…}] of what was added. */
static json_t *events_of(const json_t *row, const char *which)
{
    static const char *const kept[] = {"at",    "person",   "report", "what",        "where", "cause",     "effect",
                                       "response", "correction", "prevention", "occurred-at", "final-by", "case", "concerned", "of"};
    const json_t *records = json_object_get(row, which);
    json_t *list = json_array();
    for (size_t i = 0; list && i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);
        json_t *one = json_object();
        for (size_t k = 0; one && k < array_count(kept); k++) {
            json_t *value = json_object_get(record, kept[k]);
            if (value && !(json_is_string(value) && json_string_length(value) == 0))
                json_object_set(one, kept[k], value);
        }
        if (!one || json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Each once. */
static void add_all(json_t *list, const json_t *more)
{
    for (size_t i = 0; i < json_array_size(more); i++) {
        json_t *one = json_array_get(more, i);
        size_t k = 0;
        while (k < json_array_size(list) && !json_equal(json_array_get(list, k), one))
            k++;
        if (k == json_array_size(list))
            json_array_append(list, one);
    }
}

static json_t *all_of(const json_t *row, const char *key)
{
    json_t *list = json_array();
    const json_t *added = json_object_get(row, "added");
    add_all(list, json_object_get(json_object_get(row, "opened"), key));
    for (size_t i = 0; i < json_array_size(added); i++)
        add_all(list, json_object_get(json_array_get(added, i), key));
    return list;
}

/* Every case that its records name. */
static json_t *cases_of(const json_t *row)
{
    json_t *list = json_array();
    const json_t *added = json_object_get(row, "added");
    const char *first = record_text(json_object_get(row, "opened"), "case");
    if (list && *first)
        json_array_append_new(list, json_string(first));
    for (size_t i = 0; list && i < json_array_size(added); i++) {
        const char *more = record_text(json_array_get(added, i), "case");
        if (*more)
            json_array_append_new(list, json_string(more));
    }
    return list;
}

static json_t *strings(const struct policy_list *of)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < of->count; i++)
        json_array_append_new(list, json_string(of->items[i]));
    return list;
}

static json_t *contract_of(const json_t *opened, const struct policy *p)
{
    const char *id = record_text(opened, "contract");
    const struct policy_contract *c = policy_contract(p, id);
    return json_pack("{ssssssss}", "id", id, "title", c ? c->title : "", "client", c ? c->client : "", "contractor",
                     c ? c->contractor : "");
}

static json_t *closed_of(const json_t *row)
{
    const json_t *closed = json_object_get(row, "closed");
    if (!closed)
        return json_null();
    return json_pack("{sssssOsO}", "at", record_text(closed, "at"), "why", record_text(closed, "why"), "person",
                     record_member(closed, "person"), "missing", record_member(closed, "missing"));
}

json_t *incident_view(const char *id, const json_t *row, const struct policy *p, const struct incident_clock *clock)
{
    const json_t *opened = json_object_get(row, "opened");
    struct deadline all[POLICY_CLOCK_COUNT];
    incident_deadlines(row, p, clock, all);
    json_t *view = json_pack(
        "{ss ss ss ss ss so ss ss ss ss sO so so so so so so so so so}", "incident", id, "state",
        incident_is_open(row) ? "open" : "closed", "type", record_text(opened, "type"), "by",
        record_text(opened, "by"), "trigger", record_text(opened, "trigger"), "contract", contract_of(opened, p),
        "area", record_text(opened, "area"), "known-at", record_text(opened, "known-at"), "opened-at",
        record_text(opened, "at"), "what", record_text(opened, "what"), "person", record_member(opened, "person"),
        "cases", cases_of(row), "concerned", all_of(row, "concerned"), "added", events_of(row, "added"), "reports",
        events_of(row, "reported"), "due", due_json(row, all), "next",
        incident_is_open(row) ? next_json(all) : json_null(), "closed", closed_of(row), "phone",
        strings(&p->incident.phone), "contact", strings(&p->incident.contact));
    static const char *const facts[] = {"occurred-at", "where",      "cause",      "effect",
                                        "response",    "correction", "prevention", "final-by"};
    for (size_t i = 0; view && i < array_count(facts); i++)
        if (json_object_set_new(view, facts[i], json_string(latest(row, facts[i]))) != 0) {
            json_decref(view);
            return NULL;
        }
    return view;
}

json_t *incidents_summary(const struct fold *f, const struct policy *p, const struct incident_clock *clock)
{
    const char *id, *next_id = "";
    json_t *row;
    int open = 0, late = 0;
    enum policy_clock_name which = POLICY_CLOCK_COUNT;
    int64_t due_s = INT64_MAX;
    json_object_foreach(f->incidents, id, row) {
        struct deadline all[POLICY_CLOCK_COUNT];
        if (!incident_is_open(row))
            continue;
        open++;
        incident_deadlines(row, p, clock, all);
        enum policy_clock_name next = deadline_next(all);
        if (next == POLICY_CLOCK_COUNT)
            continue;
        late += all[next].state == DEADLINE_LATE;
        if (all[next].due_s < due_s) {
            due_s = all[next].due_s;
            which = next;
            next_id = id;
        }
    }
    json_t *next = which == POLICY_CLOCK_COUNT
                       ? json_null()
                       : json_pack("{sssssosb}", "incident", next_id, "which", deadline_name(which), "due",
                                   time_json(due_s), "late", clock->now_s > due_s);
    return json_pack("{sisiso}", "open", open, "late", late, "next", next);
}
