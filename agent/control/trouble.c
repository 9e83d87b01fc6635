/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trouble.c owns what counts as trouble in the ledger's lines. It must never read a clock, look at a line
 * twice, or find something that the lines before and behind do not give to everybody who reads them. */
#include "control/trouble.h"
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/reason.h>
#include <sekisho/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "proof/reader.h"
#include "record/phrases.h"
#include "record/record.h"

#define WINDOWS_MAX 4096 /* persons and areas whose refusals are counted at a time */
#define WHAT_CAP    512 /* bytes of what happened, as a phrase */
#define AGAIN_S     CLOCK_DAY_S /* after so long the same person's refusals are news to an open incident again */
#define MORE_MAX    64   /* findings that one open incident takes in */
#define KEY_CAP     (SK_ID_MAX + 64)
#define NS_PER_S    1000000000

struct trouble {
    uint64_t next_seq;
    json_t *pending;  /* as trouble_pending gives it */
    json_t *open;     /* "TRIGGER AREA" → incident, of those that the agent opened */
    json_t *told;     /* incident → {"UID": seconds}: persons whom its records name, when last */
    json_t *added;    /* "TRIGGER AREA" → how often something was added to the one that is open */
    json_t *windows;  /* "AREA UID" → times of their refusals, seconds */
    struct buf last;  /* the line before */
    int64_t unsynchronised_since; /* wall time, 0 = the clock is synchronised */
    bool unsynchronised_told;
    char manifest_key[128];
};

void trouble_free(struct trouble **at)
{
    struct trouble *t = *at;
    if (!t)
        return;
    json_t *const members[] = {t->pending, t->open, t->told, t->added, t->windows};
    for (size_t i = 0; i < array_count(members); i++)
        json_decref(members[i]);
    buf_free(&t->last);
    free(t);
    *at = NULL;
}

int trouble_new(struct trouble **ret)
{
    struct trouble *t = calloc(1, sizeof *t);
    if (!t)
        return -ENOMEM;
    t->pending = json_array();
    t->open = json_object();
    t->told = json_object();
    t->windows = json_object();
    t->added = json_object();
    if (!t->pending || !t->open || !t->told || !t->added || !t->windows) {
        trouble_free(&t);
        return -ENOMEM;
    }
    *ret = t;
    return 0;
}

uint64_t trouble_next(const struct trouble *t)
{
    return t->next_seq;
}

const json_t *trouble_pending(const struct trouble *t)
{
    return t->pending;
}

/* --- what waits ------------------------------------------------------------------------------- */

static void place_key(char ret[static KEY_CAP], const char *trigger, const char *area)
{
    snprintf(ret, KEY_CAP, "%s %s", trigger, area);
}

static void finding_key(char ret[static KEY_CAP], const char *trigger, uint64_t seq)
{
    snprintf(ret, KEY_CAP, "%s:%llu", trigger, (unsigned long long)seq);
}

/* Persons of one area wait together; what concerns nobody waits for itself. */
static json_t *waiting(const struct trouble *t, const char *trigger, const char *area)
{
    for (size_t i = 0; i < json_array_size(t->pending); i++) {
        json_t *item = json_array_get(t->pending, i);
        if (str_eq(record_text(item, "trigger"), trigger) && str_eq(record_text(item, "area"), area))
            return item;
    }
    return NULL;
}

static bool names(const json_t *persons, int64_t uid)
{
    for (size_t i = 0; i < json_array_size(persons); i++)
        if (record_number(json_array_get(persons, i), "uid") == uid)
            return true;
    return false;
}

struct finding {
    const char *trigger, *area, *what;
    uint64_t seq;
    const char *at;
    int64_t at_s;
    const json_t *person; /* {"id","uid"} or NULL */
};

/* With the record that told of them, under which they wait if somebody else's incident comes first. */
static int add_person(json_t *persons, const struct finding *f)
{
    json_t *person = json_deep_copy(f->person);
    if (person && json_object_set_new(person, "seq", json_integer((json_int_t)f->seq)) == 0)
        return json_array_append_new(persons, person) == 0 ? 0 : -ENOMEM;
    json_decref(person);
    return -ENOMEM;
}

static int add_finding(struct trouble *t, const struct finding *f)
{
    char of[KEY_CAP];
    finding_key(of, f->trigger, f->seq);
    autojson json_t *persons = json_array();
    if (!persons || (f->person && add_person(persons, f) != 0))
        return -ENOMEM;
    json_t *item = json_pack("{sssssssIsssssO}", "trigger", f->trigger, "of", of, "area", f->area, "seq",
                             (json_int_t)f->seq, "at", f->at, "what", f->what, "concerned", persons);
    return item && json_array_append_new(t->pending, item) == 0 ? 0 : -ENOMEM;
}

/* Is what is found of this person known to the incident that is open for it? Not for ever: an incident that
 * nobody closes must not hide what the same person does later. */
static bool is_told(const struct trouble *t, const char *incident, const struct finding *f)
{
    char uid[32];
    snprintf(uid, sizeof uid, "%lld", (long long)record_number(f->person, "uid"));
    const json_t *when = json_object_get(json_object_get(t->told, incident), uid);
    return when && f->at_s - json_integer_value(when) <= AGAIN_S;
}

/* One that is open, or waits, for the same trigger and area takes it in. */
static int find_trouble(struct trouble *t, const struct finding *f)
{
    char key[KEY_CAP];
    json_t *item = f->person ? waiting(t, f->trigger, f->area) : NULL;
    if (item) {
        json_t *persons = json_object_get(item, "concerned");
        return names(persons, record_number(f->person, "uid")) ? 0 : add_person(persons, f);
    }
    place_key(key, f->trigger, f->area);
    const char *incident = json_string_value(json_object_get(t->open, key));
    bool full = json_integer_value(json_object_get(t->added, key)) >= MORE_MAX;
    bool known = incident && f->person && is_told(t, incident, f);
    return known || (incident && full) ? 0 : add_finding(t, f);
}

/* An incident's record: what waited for it does so no more, but for persons that it does not name. */
static void settle(struct trouble *t, const json_t *record, const char *trigger, const char *area)
{
    const json_t *persons = record_member(record, "concerned");
    const char *of = record_text(record, "of");
    for (size_t i = json_array_size(t->pending); i-- > 0;) {
        json_t *item = json_array_get(t->pending, i), *left = json_object_get(item, "concerned");
        char key[KEY_CAP];
        bool single = json_array_size(left) == 0;
        if (!str_eq(record_text(item, "trigger"), trigger) || !str_eq(record_text(item, "area"), area) ||
            (single && !str_eq(record_text(item, "of"), of)))
            continue;
        for (size_t k = json_array_size(left); k-- > 0;)
            if (names(persons, record_number(json_array_get(left, k), "uid")))
                json_array_remove(left, k);
        finding_key(key, trigger, (uint64_t)record_number(json_array_get(left, 0), "seq"));
        if (json_array_size(left) == 0)
            json_array_remove(t->pending, i);
        else /* under the same key it would count as told */
            json_object_set_new(item, "of", json_string(key));
    }
}

static int on_opened(struct trouble *t, const json_t *record, int64_t at_s)
{
    const char *id = record_text(record, "incident"), *trigger = record_text(record, "trigger");
    const char *area = record_text(record, "area");
    const json_t *persons = record_member(record, "concerned");
    char key[KEY_CAP];
    json_t *told = json_object_get(t->told, id);
    if (!*trigger)
        return 0;
    place_key(key, trigger, area);
    if (!told) {
        told = json_object();
        if (json_object_set_new(t->told, id, told) != 0)
            return -ENOMEM;
    }
    for (size_t i = 0; i < json_array_size(persons); i++) {
        char uid[32];
        snprintf(uid, sizeof uid, "%lld", (long long)record_number(json_array_get(persons, i), "uid"));
        if (json_object_set_new(told, uid, json_integer(at_s)) != 0)
            return -ENOMEM;
    }
    settle(t, record, trigger, area);
    bool first = str_eq(record_text(record, "phase"), "opened");
    json_int_t more = first ? 0 : json_integer_value(json_object_get(t->added, key)) + 1;
    return json_object_set_new(t->added, key, json_integer(more)) == 0 &&
                   json_object_set_new(t->open, key, json_string(id)) == 0
               ? 0
               : -ENOMEM;
}

static int on_incident(struct trouble *t, const json_t *record, int64_t at_s)
{
    const char *id = record_text(record, "incident"), *phase = record_text(record, "phase"), *key;
    json_t *value;
    void *next;
    if (str_eq(phase, "opened") || str_eq(phase, "added"))
        return on_opened(t, record, at_s);
    if (!str_eq(phase, "closed"))
        return 0;
    json_object_foreach_safe(t->open, next, key, value)
        if (str_eq(json_string_value(value), id))
            json_object_del(t->open, key);
    (void)!json_object_del(t->told, id);
    return 0;
}

/* --- refusals --------------------------------------------------------------------------------- */

static int64_t count_of(const json_t *record)
{
    int64_t count = record_number(record, "count");
    return count > 0 ? count : 1;
}

/* Not the person's doing. */
static bool is_the_agents(const char *reason)
{
    return str_eq(reason, sk_reason_name(SK_REASON_LEDGER_BEHIND)) ||
           str_eq(reason, sk_reason_name(SK_REASON_GUARD_REPLACED));
}

/* A slip: what was named is nowhere, or was typed where it is not taken. Nothing was reached for, and nothing can
 * be learnt by trying; it is on record, but many of them are no sign of anything. */
static bool is_slip(const char *reason)
{
    static const enum sk_reason slips[] = {SK_REASON_NO_AREA, SK_REASON_NO_CONTRACT, SK_REASON_NO_DESTINATION,
                                           SK_REASON_DESTINATION_KIND, SK_REASON_NOT_INSIDE};
    for (size_t i = 0; i < array_count(slips); i++)
        if (str_eq(sk_reason_name(slips[i]), reason))
            return true;
    return false;
}

/* Note so many at this time; true when the window is full, which empties it. */
static int count_in_window(json_t *times, int64_t at_s, int64_t count,
                           const struct policy_incident *rules, bool *ret_full)
{
    while (json_array_size(times) > 0 &&
           at_s - json_integer_value(json_array_get(times, 0)) > rules->burst_period_s)
        json_array_remove(times, 0);
    for (int64_t i = 0; i < count && json_array_size(times) < rules->burst; i++)
        if (json_array_append_new(times, json_integer(at_s)) != 0)
            return -ENOMEM;
    *ret_full = json_array_size(times) >= rules->burst;
    return *ret_full && json_array_clear(times) != 0 ? -ENOMEM : 0;
}

static json_t *window_of(struct trouble *t, const char *area, int64_t uid)
{
    char key[KEY_CAP];
    snprintf(key, sizeof key, "%s %lld", area, (long long)uid);
    json_t *times = json_object_get(t->windows, key);
    if (times)
        return times;
    if (json_object_size(t->windows) >= WINDOWS_MAX)
        json_object_clear(t->windows);
    times = json_array();
    return json_object_set_new(t->windows, key, times) == 0 ? times : NULL;
}

static int count_refusal(struct trouble *t, const json_t *record, uint64_t seq, const char *at, int64_t at_s,
                         const struct policy_incident *rules)
{
    bool access = str_eq(record_text(record, "kind"), SK_KIND_ACCESS), full = false;
    const json_t *number = record_member(record, access ? "uid" : "person.uid");
    const char *area = record_text(record, "area");
    int64_t uid = json_is_integer(number) ? json_integer_value(number) : -1;
    if ((access && !str_eq(record_text(record, "decision"), "refused")) ||
        is_the_agents(record_text(record, "reason")) || is_slip(record_text(record, "reason")) || uid < 0)
        return 0;
    if (uid >= SK_ROOM_UID_BASE && uid < (int64_t)SK_ROOM_UID_BASE + SK_ROOM_UID_COUNT)
        uid -= SK_ROOM_UID_BASE;
    json_t *times = window_of(t, area, uid);
    int r = times ? count_in_window(times, at_s, count_of(record), rules, &full) : -ENOMEM;
    if (r != 0 || !full)
        return r;
    char what[WHAT_CAP];
    phrase_print(what, sizeof what, "%u refusals of one person within %lld seconds", rules->burst,
             (long long)rules->burst_period_s);
    autojson json_t *person = json_pack("{sssI}", "id", record_text(record, "person.id"), "uid",
                                        (json_int_t)uid);
    const struct finding f = {.trigger = "refusal-burst", .area = area, .what = what, .seq = seq,
                              .at = at, .at_s = at_s, .person = person};
    return person ? find_trouble(t, &f) : -ENOMEM;
}

/* --- the agent's own -------------------------------------------------------------------------- */

/* Between the last line and the ledger's next start: how long was the PC up without the agent? At most, when
 * it crashed: its last record may be older than its end. */
static int64_t uncovered_s(const json_t *before, const json_t *start)
{
    int64_t up_s = record_number(start, "boottime") / NS_PER_S;
    if (!before || !str_eq(record_text(before, "boot"), record_text(start, "boot")))
        return before ? up_s : 0;
    return up_s - record_number(before, "boottime") / NS_PER_S;
}

static int on_ledger_start(struct trouble *t, const json_t *record, const struct finding *at,
                           const struct policy *p)
{
    autojson json_t *before = NULL;
    bool crash = str_eq(record_text(record, "after"), "crash");
    char what[WHAT_CAP];
    if (t->last.len == 0 || record_parse(t->last.data, t->last.len, SK_RECORD_MAX, &before) != 0)
        return 0;
    int64_t span = uncovered_s(before, record);
    bool same_boot = str_eq(record_text(before, "boot"), record_text(record, "boot"));
    int64_t limit = p->incident.uncovered_s + (crash && same_boot ? p->ledger.seal_interval_s : 0);
    if (span <= limit)
        return 0;
    phrase_print(what, sizeof what,
                 crash && same_boot
                     ? N_("the PC was up for at most %lld seconds without the agent, after %s; last record %s")
                     : N_("the PC was up for %lld seconds without the agent, after %s; last record %s"),
                 (long long)span, crash ? PHRASE("a crash") : PHRASE("a stop"), record_text(before, "at"));
    struct finding f = *at;
    f.trigger = "uncovered";
    f.what = what;
    return find_trouble(t, &f);
}

static int on_overflow(struct trouble *t, const json_t *record, const struct finding *at)
{
    struct finding f = *at;
    int r = 0;
    if (record_number(record, "counts.unsound") > 0) {
        f.trigger = "tampering";
        f.what = PHRASE("records from the guard had a form that only a change from outside can give them");
        r = find_trouble(t, &f);
    }
    if (r == 0 && record_number(record, "counts.lost") > 0) {
        f.trigger = "ledger";
        f.what = PHRASE("accesses were refused that could not be recorded one by one");
        r = find_trouble(t, &f);
    }
    return r;
}

/* Everything before `looked` had its incident when this record was made, if it asked for one. */
static void on_looked(struct trouble *t, const json_t *record)
{
    int64_t looked = record_number(record, "looked");
    for (size_t i = json_array_size(t->pending); i-- > 0;)
        if (record_number(json_array_get(t->pending, i), "seq") < looked)
            json_array_remove(t->pending, i);
}

static int on_control_start(struct trouble *t, const json_t *record, const struct finding *at)
{
    const char *key = record_text(record, "manifest-key");
    int r = 0;
    if (*key && t->manifest_key[0] && !str_eq(key, t->manifest_key)) {
        struct finding f = *at;
        f.trigger = "tampering";
        f.what = PHRASE("the agent's key for manifests is another one than before");
        r = find_trouble(t, &f);
    }
    if (*key)
        snprintf(t->manifest_key, sizeof t->manifest_key, "%s", key);
    return r;
}

static int on_agent(struct trouble *t, const json_t *record, const struct finding *at,
                    const struct policy *p)
{
    const char *phase = record_text(record, "phase"), *process = record_text(record, "process");
    if (str_eq(phase, "gap")) {
        struct finding f = *at;
        f.trigger = "ledger";
        f.what = record_text(record, "why");
        return find_trouble(t, &f);
    }
    if (str_eq(phase, "overflow"))
        return on_overflow(t, record, at);
    if (str_eq(phase, "start") && str_eq(process, "sekisho-control"))
        return on_control_start(t, record, at);
    if (str_eq(phase, "start") && str_eq(process, "sekisho-ledger") &&
        !str_eq(record_text(record, "after"), "installation"))
        return on_ledger_start(t, record, at, p);
    return 0;
}

static int on_clock(struct trouble *t, const json_t *record, const struct finding *at,
                    const struct policy_incident *rules)
{
    int64_t before = 0, after = 0;
    char what[WHAT_CAP];
    if (clock_parse_time(record_text(record, "wall-before"), &before) != 0 ||
        clock_parse_time(record_text(record, "wall-after"), &after) != 0)
        return 0;
    int64_t step = after - before;
    if (step <= rules->clock_step_s && step >= -rules->clock_step_s)
        return 0;
    phrase_print(what, sizeof what,
                 step > 0 ? N_("the clock was set forward by %lld seconds") : N_("the clock was set back by %lld seconds"),
                 (long long)(step > 0 ? step : -step));
    struct finding f = *at;
    f.trigger = "clock";
    f.what = what;
    return find_trouble(t, &f);
}

/* Each line says whether the clock was synchronised; seals come at least every quarter of an hour. */
static int look_at_clock(struct trouble *t, const struct ledger_line *line, int64_t at_s,
                         const struct finding *at, const struct policy_incident *rules)
{
    if (!line->clock.value)
        return 0;
    if (!scan_is(&line->clock, "unsynchronised")) {
        t->unsynchronised_since = 0;
        t->unsynchronised_told = false;
        return 0;
    }
    if (t->unsynchronised_since == 0)
        t->unsynchronised_since = at_s;
    if (t->unsynchronised_told || at_s - t->unsynchronised_since <= rules->unsynchronised_s)
        return 0;
    t->unsynchronised_told = true;
    struct finding f = *at;
    char what[WHAT_CAP];
    phrase_print(what, sizeof what, "the clock was not synchronised for more than %lld seconds",
             (long long)rules->unsynchronised_s);
    f.trigger = "clock";
    f.what = what;
    return find_trouble(t, &f);
}

/* Control writes one record for each state of a medium, and one of each look that was cut short. */
static bool tells_of_files(const json_t *record)
{
    const char *phase = record_text(record, "phase");
    return str_eq(phase, "cut-short") ? record_flag(record, "news") : str_eq(phase, "files") && *record_text(record, "state");
}

/* What was found is in the record. */
static int on_medium(struct trouble *t, const json_t *record, const struct finding *at)
{
    char what[WHAT_CAP];
    int64_t count = record_number(record, "unknown.count");
    if (!tells_of_files(record))
        return 0;
    phrase_print(what, sizeof what,
                 record_flag(record, "unknown.more")
                     ? N_("at least %lld files on the medium %s that no case explains (record %llu names them)")
                     : N_("%lld files on the medium %s that no case explains (record %llu names them)"),
                 (long long)count, record_text(record, "medium"), (unsigned long long)at->seq);
    struct finding f = *at;
    f.trigger = "unknown-files";
    f.area = record_text(record, "area");
    f.what = what;
    return find_trouble(t, &f);
}

/* Also when it came to light only as something was to be written onto it; or both are plugged in. */
static int on_copy_of_medium(struct trouble *t, const json_t *record, const struct finding *at)
{
    char what[WHAT_CAP];
    const char *phase = record_text(record, "phase"), *reason = record_text(record, "reason");
    bool twice = str_eq(reason, sk_reason_name(SK_REASON_MEDIUM_TWICE));
    if ((!twice && !str_eq(reason, sk_reason_name(SK_REASON_MEDIUM_COPY))) ||
        (!str_eq(phase, "checked") && !str_eq(phase, "failed")))
        return 0;
    phrase_print(what, sizeof what,
                 twice ? N_("two media with the identity of %s were plugged in: one is a copy (record %llu)")
                       : N_("the medium %s is not as this PC left it: it is a copy, or a copy of it was used (record %llu)"),
                 record_text(record, "medium"), (unsigned long long)at->seq);
    struct finding f = *at;
    f.trigger = twice ? "medium-twice" : "medium-copy";
    f.area = record_text(record, "area");
    f.what = what;
    return find_trouble(t, &f);
}

/* --- lines ------------------------------------------------------------------------------------ */

/* Most lines are accesses that were allowed: they are not parsed. */
static bool is_of_interest(const struct ledger_line *line)
{
    static const char allowed[] = "\"decision\":\"allowed\"";
    static const char *const kinds[] = {SK_KIND_AGENT, SK_KIND_CLOCK,  SK_KIND_INCIDENT,
                                        SK_KIND_REFUSAL, SK_KIND_POLICY, SK_KIND_MEDIUM,
                                        SK_KIND_DEVICE, SK_KIND_TAKEOUT};
    if (scan_is(&line->kind, SK_KIND_ACCESS))
        return !memmem(line->text, line->len, allowed, sizeof allowed - 1);
    for (size_t i = 0; i < array_count(kinds); i++)
        if (scan_is(&line->kind, kinds[i]))
            return true;
    return false;
}

static int take_record(struct trouble *t, const json_t *record, const struct finding *at, int64_t at_s,
                       const struct policy *p)
{
    const char *kind = record_text(record, "kind");
    if (record_member(record, "looked"))
        on_looked(t, record);
    if (str_eq(kind, SK_KIND_ACCESS) || str_eq(kind, SK_KIND_REFUSAL))
        return count_refusal(t, record, at->seq, at->at, at_s, &p->incident);
    if (str_eq(kind, SK_KIND_AGENT))
        return on_agent(t, record, at, p);
    if (str_eq(kind, SK_KIND_CLOCK))
        return on_clock(t, record, at, &p->incident);
    if (str_eq(kind, SK_KIND_INCIDENT))
        return on_incident(t, record, at_s);
    if (str_eq(kind, SK_KIND_MEDIUM))
        return on_medium(t, record, at);
    if (str_eq(kind, SK_KIND_DEVICE) || str_eq(kind, SK_KIND_TAKEOUT))
        return on_copy_of_medium(t, record, at);
    return 0;
}

static int64_t time_of(const struct ledger_line *line, char ret[static CLOCK_TIME_CAP])
{
    int64_t at_s = 0;
    ret[0] = '\0';
    if (line->at.value && line->at.len >= 2 && line->at.len - 2 < CLOCK_TIME_CAP) {
        memcpy(ret, line->at.value + 1, line->at.len - 2);
        ret[line->at.len - 2] = '\0';
    }
    return clock_parse_time(ret, &at_s) == 0 ? at_s : 0;
}

int trouble_line(struct trouble *t, const struct ledger_line *line, const struct policy *p)
{
    char at[CLOCK_TIME_CAP];
    if (line->elided) {
        t->next_seq = line->elided->next;
        return 0;
    }
    bool access = scan_is(&line->kind, SK_KIND_ACCESS), wanted = is_of_interest(line);
    int r = 0;
    if (!access || wanted) {
        int64_t at_s = time_of(line, at);
        const struct finding here = {.area = "", .seq = line->seq, .at = at};
        autojson json_t *record = NULL;
        r = access ? 0 : look_at_clock(t, line, at_s, &here, &p->incident);
        if (r == 0 && wanted && phrases_read(line->text, line->len, &record) == 0)
            r = take_record(t, record, &here, at_s, p);
    }
    t->next_seq = line->seq + 1;
    buf_reset(&t->last);
    buf_put(&t->last, line->text, line->len);
    return r != 0 ? r : t->last.err;
}
