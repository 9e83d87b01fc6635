/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notices.c owns who is to be told of an incident, and when that is tried again. It must never wait for
 * one, tell somebody twice without saying so, let one that fails keep others waiting, or put anything into a
 * notice that people wrote. */
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"

#define NOTICE_MS   120000ull /* milliseconds until an answer is given up: longer than sekisho-notify takes */
#define WAIT_FIRST  60        /* seconds until a second try; doubles each time */
#define WAIT_LAST   3600
#define MS          1000000ull
#define KEY_CAP     (SK_ID_MAX + 80)
#define RUNS_FILE   "notice"  /* the notice that is being sent, a JSON array: what a kill leaves was perhaps sent */
#define RUNS_MAX    ((size_t)16384)
#define RUNS_MOST   64

static void key_of(const struct notice_feed *n, char ret[static KEY_CAP])
{
    snprintf(ret, KEY_CAP, "%s %s", n->incident, n->notice);
}

void notices_close(struct control *c)
{
    if (c->notices.fd >= 0)
        close(c->notices.fd);
    c->notices.fd = -1;
    json_decref(c->notices.waits);
    json_decref(c->notices.runs);
    c->notices.waits = c->notices.runs = NULL;
}

/* --- what may have been sent ------------------------------------------------------------------ */

/* Those of which no answer came, in this run or before a kill; the last one is the one that runs. */
static json_t *runs_of(struct control *c)
{
    struct notice_feed *n = &c->notices;
    autobuf struct buf text = {0};
    if (n->runs)
        return n->runs;
    if (store_read("", RUNS_FILE, RUNS_MAX, &text) == 0)
        n->runs = json_loadb(text.data ? text.data : "", text.len, 0, NULL);
    if (!json_is_array(n->runs)) {
        json_decref(n->runs);
        n->runs = json_array();
    }
    return n->runs;
}

static void keep_runs(struct control *c)
{
    autofree char *text = json_dumps(c->notices.runs, JSON_COMPACT);
    int r = text ? store_write("", RUNS_FILE, text, strlen(text)) : -ENOMEM;
    if (r != 0)
        log_warn("what is being sent can't be noted: %s", sk_strerror(r));
}

static bool run_is_noted(struct control *c, const char *key)
{
    for (size_t i = 0; i < json_array_size(runs_of(c)); i++)
        if (str_eq(json_string_value(json_array_get(c->notices.runs, i)), key))
            return true;
    return false;
}

static void run_begins(struct control *c, const char *key)
{
    json_t *runs = runs_of(c);
    if (run_is_noted(c, key))
        return;
    if (json_array_size(runs) >= RUNS_MOST)
        json_array_remove(runs, 0);
    json_array_append_new(runs, json_string(key));
    keep_runs(c);
}

/* Its answer is on record, or nothing was sent. */
static void run_ended(struct control *c, const char *key)
{
    json_t *runs = runs_of(c);
    for (size_t i = json_array_size(runs); i-- > 0;)
        if (str_eq(json_string_value(json_array_get(runs, i)), key))
            json_array_remove(runs, i);
    keep_runs(c);
}

enum { NOTICE_OPENED_RANK, NOTICE_ADDED_RANK, NOTICE_LATE_RANK };

/* --- what is due ------------------------------------------------------------------------------ */

static const json_t *told_of(const json_t *row, const char *notice)
{
    return json_object_get(json_object_get(row, "notices"), notice);
}

static bool has_number(const json_t *list, size_t number)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_integer_value(json_array_get(list, i)) == (json_int_t)number)
            return true;
    return false;
}

/* On record, or in a record that the ledger has not taken yet. */
static bool is_told(const struct control *c, const char *id, const json_t *row, const char *notice, size_t number)
{
    for (size_t i = 0; i < json_array_size(c->closings); i++) {
        const json_t *waiting = json_array_get(c->closings, i);
        if (str_eq(record_text(waiting, "phase"), "notified") && str_eq(record_text(waiting, "incident"), id) &&
            str_eq(record_text(waiting, "notice"), notice) &&
            has_number(json_object_get(waiting, "sent"), number))
            return true;
    }
    return has_number(json_object_get(told_of(row, notice), "sent"), number);
}

/* Numbers of those who know (or do not), of all whom the policy names. NULL when memory is short. */
static json_t *numbers_told(const struct control *c, const char *id, const char *notice, bool told)
{
    const json_t *row = fold_incident_of(c->fold, id);
    json_t *list = json_array();
    for (size_t number = 1; list && number <= c->rules.policy->incident.notify.count; number++)
        if (is_told(c, id, row, notice, number) == told &&
            json_array_append_new(list, json_integer((json_int_t)number)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* Does somebody whom the policy names not know yet? */
static bool is_open(const struct control *c, const char *id, const json_t *row, const char *notice)
{
    for (size_t number = 1; number <= c->rules.policy->incident.notify.count; number++)
        if (!is_told(c, id, row, notice, number))
            return true;
    return false;
}

/* What is chosen: of those never tried before openings first, then what was added, then lateness; then those
 * tried before, in the order of their turn. Otherwise whoever has many that fail would hide the next one. */
struct choice {
    int64_t rank;
    char incident[SK_ID_MAX + 1], notice[64];
};

static void consider(struct control *c, const char *id, const json_t *row, int64_t first_rank, const char *notice,
                     struct choice *best)
{
    char key[KEY_CAP];
    snprintf(key, sizeof key, "%s %s", id, notice);
    const json_t *wait = json_object_get(c->notices.waits, key);
    int64_t now = (int64_t)(clock_boot_ns() / (1000 * MS)), turn = record_number(wait, "next");
    int64_t rank = wait ? NOTICE_LATE_RANK + 1 + turn : first_rank;
    if ((wait && turn > now) || rank >= best->rank || !is_open(c, id, row, notice))
        return;
    best->rank = rank;
    snprintf(best->incident, sizeof best->incident, "%s", id);
    snprintf(best->notice, sizeof best->notice, "%s", notice);
}

/* The latest that the agent has added, or that was lost besides: it stands for those before. */
static void consider_added(struct control *c, const char *id, const json_t *row, struct choice *best)
{
    const json_t *added = json_object_get(row, "added");
    char notice[64];
    for (size_t i = json_array_size(added); i-- > 0;) {
        const json_t *one = json_array_get(added, i);
        if (!json_object_get(one, "trigger")) /* what people add by op_incident_add has none */
            continue;
        snprintf(notice, sizeof notice, "added:%lld", (long long)record_number(one, "seq"));
        consider(c, id, row, NOTICE_ADDED_RANK, notice, best);
        return;
    }
}

static void consider_incident(struct control *c, const char *id, const json_t *row, struct choice *best)
{
    struct deadline all[POLICY_CLOCK_COUNT];
    char notice[64];
    consider(c, id, row, NOTICE_OPENED_RANK, "opened", best);
    consider_added(c, id, row, best);
    const struct incident_clock clock = incident_clock_of(c);
    incident_deadlines(row, c->rules.policy, &clock, all);
    for (unsigned i = 0; i < POLICY_CLOCK_COUNT; i++) {
        if (all[i].state != DEADLINE_LATE)
            continue;
        snprintf(notice, sizeof notice, "late:%s", deadline_name((enum policy_clock_name)i));
        consider(c, id, row, NOTICE_LATE_RANK, notice, best);
    }
}

static const json_t *next_due(struct control *c)
{
    struct notice_feed *n = &c->notices;
    struct choice best = {.rank = INT64_MAX};
    const char *id;
    json_t *row;
    json_object_foreach(c->fold->incidents, id, row)
        if (incident_is_open(row))
            consider_incident(c, id, row, &best);
    if (best.rank == INT64_MAX)
        return NULL;
    memcpy(n->incident, best.incident, sizeof n->incident);
    memcpy(n->notice, best.notice, sizeof n->notice);
    return fold_incident_of(c->fold, n->incident);
}

/* --- telling ---------------------------------------------------------------------------------- */

/* "added:17" → "added" */
static void kind_of(const char *notice, char ret[static 16])
{
    snprintf(ret, 16, "%.*s", (int)strcspn(notice, ":"), notice);
}

static json_t *question_of(struct control *c, const json_t *row)
{
    const char *notice = c->notices.notice;
    bool late = str_starts(notice, "late:");
    const char *which = late ? strchr(notice, ':') + 1 : "";
    const json_t *opened = json_object_get(row, "opened"), *before = told_of(row, notice);
    struct deadline all[POLICY_CLOCK_COUNT];
    char due[CLOCK_TIME_CAP] = "", kind[16], key[KEY_CAP];
    key_of(&c->notices, key);
    kind_of(notice, kind);
    bool again = run_is_noted(c, key) || json_object_get(c->notices.waits, key) ||
                 json_array_size(json_object_get(before, "failed")) > 0;
    const struct incident_clock clock = incident_clock_of(c);
    incident_deadlines(row, c->rules.policy, &clock, all);
    enum policy_clock_name shown = late ? deadline_named(which) : deadline_next(all);
    if (shown != POLICY_CLOCK_COUNT)
        clock_format(due, all[shown].due_s, 0);
    return json_pack("{ss ss ss ss ss sb ss ss so}", "incident", c->notices.incident, "notice", kind, "which", which,
                     "type", record_text(opened, "type"), "trigger", record_text(opened, "trigger"), "again", again,
                     "opened-at", record_text(opened, "at"), "due", due, "skip",
                     numbers_told(c, c->notices.incident, notice, true));
}

/* Not again at once; twice as long each time. */
static void put_off(struct control *c)
{
    char key[KEY_CAP];
    key_of(&c->notices, key);
    if (!c->notices.waits)
        c->notices.waits = json_object();
    int64_t wait = 2 * record_number(json_object_get(c->notices.waits, key), "wait");
    wait = wait == 0 ? WAIT_FIRST : wait > WAIT_LAST ? WAIT_LAST : wait;
    int64_t next = (int64_t)(clock_boot_ns() / (1000 * MS)) + wait;
    json_object_set_new(c->notices.waits, key, json_pack("{sIsI}", "next", (json_int_t)next, "wait", (json_int_t)wait));
}

/* A failure is on record once; that somebody was told always is, when the ledger takes records again. */
static void record(struct control *c, const json_t *sent, const json_t *failed, const char *why)
{
    struct notice_feed *n = &c->notices;
    const json_t *row = fold_incident_of(c->fold, n->incident);
    const json_t *opened = json_object_get(row, "opened"), *before = told_of(row, n->notice);
    bool known = before && json_equal(json_object_get(before, "failed"), failed);
    if (json_array_size(failed) > 0) {
        log_warn("a notice of %s was not sent: %s", n->incident, why);
        put_off(c);
    }
    if (!incident_is_open(row) || (json_array_size(sent) == 0 && known))
        return; /* nothing is added to one that was closed meanwhile */
    json_t *line = incident_record(c, n->incident, "notified");
    autojson json_t *fields = json_pack("{ss ss ss sO sO ss s{}}", "notice", n->notice, "contract",
                                        record_text(opened, "contract"), "area", record_text(opened, "area"), "sent",
                                        sent, "failed", failed, "why", why, "person");
    if (line && fields && json_object_update(line, fields) == 0)
        ledger_close_act(c, line);
    else
        json_decref(line);
}

static void fail_all(struct control *c, const char *why)
{
    autojson json_t *failed = numbers_told(c, c->notices.incident, c->notices.notice, false), *none = json_array();
    if (failed && none)
        record(c, none, failed, why);
}

static void end_one(struct control *c)
{
    close(c->notices.fd);
    c->notices.fd = -1;
}

/* Numbers from another process: only such as the policy has. */
static json_t *numbers_of(const struct control *c, const json_t *list)
{
    json_t *kept = json_array();
    for (size_t i = 0; kept && i < json_array_size(list) && i < SK_NOTICES_MAX; i++) {
        json_int_t number = json_integer_value(json_array_get(list, i));
        if (number >= 1 && number <= (json_int_t)c->rules.policy->incident.notify.count)
            json_array_append_new(kept, json_integer(number));
    }
    return kept;
}

void notices_ready(struct control *c)
{
    autowire struct wire_message m = {0};
    autojson json_t *answer = NULL, *sent = NULL, *failed = NULL;
    char key[KEY_CAP];
    int r = wire_receive(c->notices.fd, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    end_one(c);
    if (r == 0)
        r = link_parse(&m, &answer);
    if (r == 0 && m.type == SK_MSG_NOTICED) {
        sent = numbers_of(c, record_member(answer, "sent"));
        failed = numbers_of(c, record_member(answer, "failed"));
        if (sent && failed)
            record(c, sent, failed, record_text(answer, "why"));
        key_of(&c->notices, key);
        if (json_array_size(c->closings) == 0) /* else its record may die with us: it was perhaps sent */
            run_ended(c, key);
        return;
    }
    fail_all(c, r == 0 && m.type == SK_MSG_ERROR ? record_text(answer, "why") : PHRASE("sekisho-notify ended without an answer"));
}

/* One at a time: sekisho-notify tells all of them at once. */
void notices_run(struct control *c)
{
    struct notice_feed *n = &c->notices;
    if (n->fd >= 0) {
        if (clock_boot_ns() - n->began_ns < NOTICE_MS * MS)
            return;
        end_one(c);
        fail_all(c, PHRASE("sekisho-notify does not answer"));
    }
    if (!c->folded || !c->started || !c->incident_watch.caught_up || !c->rules.owned || c->rules.policy->incident.notify.count == 0)
        return;
    const json_t *row = next_due(c);
    if (!row)
        return;
    autojson json_t *question = question_of(c, row);
    char key[KEY_CAP];
    key_of(n, key);
    run_begins(c, key);
    n->fd = wire_connect_within(sk_path(SK_PATH_NOTIFY_SOCKET), LINK_PROMPT_MS);
    n->began_ns = clock_boot_ns();
    if (n->fd >= 0 && question &&
        link_send(n->fd, SK_MSG_NOTICE, question, NULL, 0, LINK_PROMPT_MS) == 0)
        return;
    if (n->fd >= 0)
        end_one(c);
    n->fd = -1;
    run_ended(c, key); /* nobody has heard it */
    fail_all(c, PHRASE("sekisho-notify can't be reached"));
}
