/* SPDX-License-Identifier: GPL-3.0-or-later */
/* retention.c owns the rule how long records are kept. It must never let go of a record of which it is
 * not known what it belongs to. */
#include "control/retention.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/record.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/register.h"
#include "proof/reader.h"
#include "proof/series.h"
#include "record/record.h"

#define ID_CAP (6 * SK_ID_MAX) /* bytes of an id as it stands in a record, with NUL */

void retention_segment_clear(struct retention_segment *s)
{
    json_decref(s->contracts);
    json_decref(s->areas);
    json_decref(s->cases);
    *s = (struct retention_segment){0};
}

/* One that is longer than an id may be is noted as its beginning, which no policy names: it is kept. */
static int note_id(json_t **set, const char *text, size_t len)
{
    char id[ID_CAP];
    if (len == 0)
        return 0;
    if (len >= sizeof id)
        len = sizeof id - 1;
    if (!*set)
        *set = json_object();
    memcpy(id, text, len);
    id[len] = '\0';
    if (json_object_get(*set, id))
        return 0;
    return *set && json_object_set_new(*set, id, json_true()) == 0 ? 0 : -ENOMEM;
}

/* A text in quotes; anything else is no id. */
static int note_field(json_t **set, const struct scan_field *f)
{
    bool text = f->value && f->len > 2 && f->value[0] == '"';
    return text ? note_id(set, f->value + 1, f->len - 2) : 0;
}

static bool is_said(const struct scan_field *f)
{
    return f->value && f->value[0] == '"';
}

/* The latest time; of the same second as the one before it is not worked out again. */
static void note_time(struct retention_segment *s, const struct scan_field *at)
{
    char text[CLOCK_TIME_CAP] = "";
    int64_t at_s;
    if (!is_said(at) || at->len - 2 >= sizeof text || at->len < RETENTION_SECOND + 2 ||
        memcmp(s->second, at->value + 1, RETENTION_SECOND) == 0)
        return;
    memcpy(text, at->value + 1, at->len - 2);
    memcpy(s->second, text, RETENTION_SECOND);
    if (clock_parse_time(text, &at_s) == 0 && at_s > s->last_s)
        s->last_s = at_s;
}

int retention_note(struct retention_segment *s, const struct ledger_line *line)
{
    struct series_mark mark = {0};
    if (line->elided) {
        s->removed = true;
        return 0;
    }
    if (segment_keeps(&line->kind))
        return 0;
    note_time(s, &line->at);
    bool numbered = series_read(&line->series, &mark) == 1 && mark.contract[0];
    bool named = numbered || is_said(&line->contract), placed = is_said(&line->area);
    int r = numbered ? note_id(&s->contracts, mark.contract, strlen(mark.contract)) : 0;
    if (r == 0)
        r = note_field(&s->contracts, &line->contract);
    if (r == 0 && !named)
        r = note_field(&s->areas, &line->area);
    if (r == 0)
        r = note_field(&s->cases, &line->case_id);
    s->common = s->common || (!named && !placed);
    return r;
}

int retention_incident(json_t *incidents, const char *line, size_t len)
{
    autojson json_t *record = NULL;
    int r = record_parse(line, len, SK_RECORD_MAX, &record);
    if (r != 0)
        return r == -ENOMEM ? r : 0;
    const char *id = record_text(record, "incident");
    if (str_eq(record_text(record, "phase"), "closed"))
        (void)!json_object_del(incidents, id);
    else if (str_eq(record_text(record, "phase"), "opened") &&
             json_object_set_new(incidents, id, json_true()) != 0)
        return -ENOMEM;
    return 0;
}

/* One reason: its code and what it is about, for screens in any language. */
static int say(json_t *why, const char *code, const char *about)
{
    return json_array_append_new(why, json_pack("{ssss}", "code", code, "about", about)) == 0
               ? 0
               : -ENOMEM;
}

/* The end of a contract's period: the longest that the contract and its areas name. 0 = none named. */
static int64_t period_of(const struct policy *p, const struct policy_contract *c)
{
    int64_t period = c->retention_s;
    for (size_t i = 0; i < p->area_count; i++)
        if (str_eq(p->areas[i].contract, c->head.id) && p->areas[i].retention_s > period)
            period = p->areas[i].retention_s;
    return period;
}

static int keep_for_contract(const char *id, const struct policy *p, int64_t *until, json_t *why)
{
    const struct policy_contract *c = policy_contract(p, id);
    int64_t period = c ? period_of(p, c) : 0;
    if (period == 0) {
        *until = INT64_MAX;
        return say(why, c ? "no-period" : "no-contract", id);
    }
    if (*until != INT64_MAX && c->end + period > *until)
        *until = c->end + period;
    return 0;
}

static int keep_for_area(const char *id, const struct policy *p, int64_t *until, json_t *why)
{
    const struct policy_area *area = policy_area(p, id);
    if (area)
        return keep_for_contract(area->contract, p, until, why);
    *until = INT64_MAX;
    return say(why, "no-area", id);
}

/* Records of no contract: as [ledger] says, or as long as the longest period of any contract, counted
 * from the segment's end. */
static int keep_common(const struct retention_segment *s, const struct policy *p, int64_t *until,
                       json_t *why)
{
    int64_t period = p->ledger.retention_s;
    for (size_t i = 0; p->ledger.retention_s == 0 && i < p->contract_count; i++)
        if (period_of(p, &p->contracts[i]) > period)
            period = period_of(p, &p->contracts[i]);
    if (period == 0) {
        *until = INT64_MAX;
        return say(why, "no-common-period", "");
    }
    if (*until != INT64_MAX && s->last_s + period > *until)
        *until = s->last_s + period;
    return 0;
}

static int keep_for_open(const struct retention_segment *s, struct fold *f, json_t *incidents,
                         json_t *why)
{
    const char *id;
    json_t *unused;
    int r = 0;
    json_object_foreach(s->cases, id, unused) {
        struct thing thing;
        if (r == 0 && thing_find(f, id, &thing) &&
            (thing.of_case ? case_is_open(thing.of_case->state) : thing_is_open(&thing)))
            r = say(why, "case-open", id);
    }
    json_object_foreach(incidents, id, unused)
        if (r == 0)
            r = say(why, "incident-open", id);
    return r;
}

int retention_until(const struct retention_segment *s, const struct policy *p, struct fold *f,
                    json_t *incidents, int64_t now_s, int64_t *ret_until, json_t *why)
{
    const char *id;
    json_t *unused;
    int64_t until = 0;
    int r = 0;
    json_object_foreach(s->contracts, id, unused)
        r = r == 0 ? keep_for_contract(id, p, &until, why) : r;
    json_object_foreach(s->areas, id, unused)
        r = r == 0 ? keep_for_area(id, p, &until, why) : r;
    if (r == 0 && s->common)
        r = keep_common(s, p, &until, why);
    if (r == 0)
        r = keep_for_open(s, f, incidents, why);
    if (r == 0 && until != INT64_MAX && until > now_s) {
        char day[CLOCK_TIME_CAP];
        clock_format(day, until, 0);
        r = say(why, "period", day);
    }
    if (r == 0)
        *ret_until = until;
    return r;
}
