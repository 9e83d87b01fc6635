/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_media.c owns the looks at what lies on registered media: one after each plug, one when a medium comes back. It must
 * never end a case whose export was not read back and is not what the ledger says, nor tell of the same files twice. */
#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/media.h"
#include "control/permit.h"

#define LOOK_ID_CAP 32

/* --- asking ------------------------------------------------------------------------------------- */

static json_t *question_of(const struct control *c, const char *id, const char *medium)
{
    return json_pack("{ss ss so}", "case", id, "medium", medium, "first",
                     came_back_first(c->rules.policy, c->fold, medium));
}

static int begin(struct ask *a, const char *medium, json_t *about)
{
    char id[LOOK_ID_CAP];
    snprintf(id, sizeof id, "look-%llu", (unsigned long long)++a->control->last_look);
    autojson json_t *question = question_of(a->control, id, medium);
    return job_start(a, JOB_FILES, SK_MSG_MEDIUM_FILES, question, NULL, 0, id, about);
}

/* Whoever answers for it, asked for what is on it, or manages some of its areas. */
static bool may_take_back(const struct ask *a, const struct policy_medium *m)
{
    const struct control *c = a->control;
    if (a->person && str_eq(a->person->head.id, m->owner))
        return true;
    for (size_t i = 0; i < m->areas.count; i++)
        if (handover_manages(a, m->areas.items[i]))
            return true;
    for (size_t i = 0; a->person && i < c->fold->count; i++)
        if (str_eq(record_text(c->fold->cases[i].request, "person.id"), a->person->head.id) &&
            media_carries(c->rules.policy, &c->fold->cases[i], m->head.id))
            return true;
    return false;
}

/* Its cases may be ended by who asked for them, and by managers of their areas. */
static json_t *endable(const struct ask *a, const char *medium)
{
    const struct control *c = a->control;
    json_t *list = json_array();
    for (size_t i = 0; list && i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        bool own = a->person && str_eq(record_text(e->request, "person.id"), a->person->head.id);
        bool out = e->state == CASE_OUT || e->state == CASE_UNKNOWN;
        if (out && media_carries(c->rules.policy, e, medium) &&
            (own || handover_manages(a, record_text(e->request, "area"))) && !fold_handover_open(c->fold, e->id))
            json_array_append_new(list, json_string(e->id));
    }
    return list;
}

int op_medium_return(struct ask *a)
{
    struct control *c = a->control;
    const char *medium = record_text(a->body, "medium");
    const struct policy_medium *m = policy_medium(c->rules.policy, medium);
    int r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    if (!m)
        return ask_fail(a, SK_ERR_NOT_FOUND, "the policy has no medium %s", medium);
    if (!may_take_back(a, m))
        return ask_fail(a, SK_ERR_PEER, "%s neither answers for the medium %s nor has something on it", a->login, medium);
    if (fold_revoked(c->fold, m->identity))
        return ask_refuse(a, SK_REASON_MEDIUM_REVOKED, "%s: %s", medium, sk_reason_phrase(SK_REASON_MEDIUM_REVOKED));
    json_t *about = json_pack("{ss sb so}", "medium", medium, "asked", 1, "endable", endable(a, medium));
    return about ? begin(a, medium, about) : -ENOMEM;
}

/* --- after each plug ---------------------------------------------------------------------------- */

static bool looks_at(const struct control *c, const char *medium)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->kind == JOB_FILES && str_eq(record_text(c->jobs[i]->about, "medium"), medium))
            return true;
    return false;
}

static void look_at(struct control *c, const json_t *one)
{
    const char *medium = record_text(one, "medium");
    json_t *since = json_object_get(one, "since-ns");
    if (!policy_medium(c->rules.policy, medium) || looks_at(c, medium) ||
        json_equal(json_object_get(c->looked, medium), since))
        return;
    struct peer nobody = {.id = 0, .who = {.uid = (uid_t)-1}};
    struct ask a = {.control = c, .peer = &nobody, .reason = -1};
    json_t *about = json_pack("{ss sb sO}", "medium", medium, "asked", 0, "since-ns", since);
    int r = about ? begin(&a, medium, about) : -ENOMEM;
    if (r != ASK_LATER)
        log_warn("the medium %s is not looked at: %s", medium, a.why.data ? a.why.data : sk_strerror(r));
    buf_free(&a.why);
}

void media_look(struct control *c)
{
    autobuf struct buf why = {0};
    autojson json_t *question = json_object(), *answer = NULL;
    size_t i;
    const json_t *one;
    if (!c->folded || !c->started || c->rules.policy->medium_count == 0 || ledger_ready(c, &why) != 0 ||
        link_ask(&c->device, SK_MSG_MEDIUM_LIST, question, NULL, 0, SK_MSG_MEDIA, &answer, NULL, &why) != 0)
        return;
    json_array_foreach(record_member(answer, "media"), i, one) {
        turns_settle(c, one);
        look_at(c, one);
    }
}

/* --- what was found ----------------------------------------------------------------------------- */

/* Of the files that no case explains, or of their names; "" = there are none. */
static int state_of(const json_t *unknown, bool more, char ret[static DIGEST_HEX_CAP])
{
    uint8_t digest[DIGEST_LEN];
    ret[0] = '\0';
    if (json_array_size(unknown) == 0 && !more)
        return 0;
    autofree char *text = json_dumps(unknown, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    int r = text ? digest_of(text, strlen(text), digest) : -ENOMEM;
    if (r == 0)
        digest_hex(ret, digest);
    return r;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In one order: a list of files that were not read has none. */
static int names_of(const json_t *unknown, char ret[static DIGEST_HEX_CAP])
{
    size_t count = json_array_size(unknown);
    autofree const char **names = calloc(count + 1, sizeof *names);
    autojson json_t *list = names ? json_array() : NULL;
    for (size_t i = 0; list && i < count; i++)
        names[i] = record_text(json_array_get(unknown, i), "name");
    if (list)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; list && i < count; i++)
        json_array_append_new(list, json_string(names[i]));
    return list ? state_of(list, false, ret) : -ENOMEM;
}

/* As many as a record has room for. */
static json_t *first_of(const json_t *unknown)
{
    json_t *list = json_array(), *one;
    size_t bytes = 0, i;
    json_array_foreach((json_t *)(uintptr_t)unknown, i, one) {
        bytes += json_dumpb(one, NULL, 0, JSON_COMPACT);
        if (!list || bytes > CONTROL_RECORD_FILES)
            break;
        json_array_append(list, one);
    }
    return list;
}

/* What both kinds of records say. */
static json_t *media_record(const struct control *c, const struct job *j, const char *phase, const json_t *unknown)
{
    const char *medium = record_text(j->about, "medium");
    const struct policy_medium *m = policy_medium(c->rules.policy, medium);
    bool more = record_flag(json_object_get(j->about, "seen"), "more");
    json_t *record = control_record(c, SK_KIND_MEDIUM);
    autojson json_t *fields =
        json_pack("{ss ss ss s{sI so sb}}", "phase", phase, "medium", medium, "area",
                  m && m->areas.count == 1 ? m->areas.items[0] : "", "unknown", "count",
                  (json_int_t)json_array_size(unknown), "files", first_of(unknown), "more", more ? 1 : 0);
    if (record && fields && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

/* A client's medium brings files in: that is what it is for. */
static bool is_for_exports(const struct control *c, const char *medium)
{
    const struct policy_medium *m = policy_medium(c->rules.policy, medium);
    return m && m->direction == POLICY_OUT;
}

/* Once for each state: the incident comes from this record (trouble.c). 0 or negative with a sentence in *why. */
static int note_unknown(struct control *c, const struct job *j, const json_t *unknown, struct buf *why)
{
    char state[DIGEST_HEX_CAP], names[DIGEST_HEX_CAP];
    const char *medium = record_text(j->about, "medium");
    bool more = record_flag(json_object_get(j->about, "seen"), "more");
    int r = state_of(unknown, more, state);
    if (r == 0)
        r = names_of(unknown, names);
    if (r != 0 || !is_for_exports(c, medium) || str_eq(state, fold_files_state(c->fold, medium)))
        return r;
    json_t *record = media_record(c, j, "files", unknown);
    if (!record || json_object_set_new(record, "state", json_string(state)) != 0 ||
        json_object_set_new(record, "names", json_string(names)) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, true, NULL, why);
}

/* The medium went, or did not answer, before all was read: what is known by then. Once for each such look; "news" (the
 * incident comes of that) only if these names are not those that were recorded last. */
static int note_cut_short(struct control *c, const struct job *j, struct buf *why)
{
    char names[DIGEST_HEX_CAP];
    const char *medium = record_text(j->about, "medium");
    autojson json_t *cases = NULL, *unknown = NULL;
    int r = came_back_compare(c->rules.policy, c->fold, medium, json_object_get(j->about, "seen"), &cases, &unknown);
    if (r == 0)
        r = names_of(unknown, names);
    if (r != 0)
        return r;
    bool news = *names && is_for_exports(c, medium) && !str_eq(names, fold_files_names(c->fold, medium));
    json_t *record = media_record(c, j, "cut-short", unknown);
    autojson json_t *fields = json_pack("{ss sb}", "names", names, "news", news ? 1 : 0);
    if (!record || !fields || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, true, NULL, why);
}

/* --- the cases that came back ------------------------------------------------------------------- */

static json_t *return_record(const struct control *c, const struct job *j, const json_t *row)
{
    char method[SK_TEXT_MAX];
    phrase_print(method, sizeof method, "the medium %s came back with the export on it, unchanged",
                 record_text(j->about, "medium"));
    json_t *record = control_record(c, SK_KIND_RETURN);
    autojson json_t *fields = json_pack(
        "{ss sO ss ss s{ss ss ss} ss}", "case", record_text(row, "case"), "person", j->person, "phase", "done", "method",
        method, "proof", "text", PHRASE("read back from the medium and compared with what is on record"), "file",
        record_text(row, "name"), "sha256", record_text(row, "sha256"), "done-by", "");
    if (record && fields && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

static bool has_text(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_string_value(json_array_get(list, i)), text))
            return true;
    return false;
}

/* Each unchanged one that the asker may end; the row says which state it has now. */
static int end_cases(struct control *c, const struct job *j, json_t *cases, struct buf *why)
{
    size_t i;
    json_t *row;
    int r = 0;
    json_array_foreach(cases, i, row) {
        const char *id = record_text(row, "case");
        const struct case_entry *e = fold_case(c->fold, id);
        bool out = e && (e->state == CASE_OUT || e->state == CASE_UNKNOWN);
        if (r == 0 && out && str_eq(record_text(row, "found"), "unchanged") &&
            has_text(json_object_get(j->about, "endable"), id)) {
            json_t *record = return_record(c, j, row);
            r = record ? ledger_append(c, record, true, NULL, why) : -ENOMEM;
            e = fold_case(c->fold, id);
        }
        if (e && json_object_set_new(row, "state", json_string(case_state_name(e->state))) != 0)
            r = -ENOMEM;
    }
    return r;
}

static int note_back(struct control *c, const struct job *j, const json_t *cases, const json_t *unknown, struct buf *why)
{
    json_t *record = media_record(c, j, "came-back", unknown);
    if (!record || json_object_set(record, "person", j->person) != 0 ||
        json_object_set_new(record, "cases", json_deep_copy(cases)) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, true, NULL, why);
}

/* The incident of the files that no case explains, when there is one by now. */
static const char *incident_of(struct control *c, const char *medium)
{
    const struct policy_medium *m = policy_medium(c->rules.policy, medium);
    while (incidents_look(c))
        ;
    const char *id = fold_incident_open(c->fold, "unknown-files", m && m->areas.count == 1 ? m->areas.items[0] : "");
    return id ? id : "";
}

static int settle(struct control *c, struct job *j, struct buf *why)
{
    autojson json_t *cases = NULL, *unknown = NULL;
    const char *medium = record_text(j->about, "medium");
    const json_t *seen = json_object_get(j->about, "seen");
    bool asked = record_flag(j->about, "asked");
    int r = came_back_compare(c->rules.policy, c->fold, medium, seen, &cases, &unknown);
    if (r == 0)
        r = note_unknown(c, j, unknown, why);
    if (r == 0 && asked)
        r = note_back(c, j, cases, unknown, why);
    if (r == 0 && asked)
        r = end_cases(c, j, cases, why);
    if (r != 0 || !asked)
        return r;
    bool strange = json_array_size(unknown) > 0 && is_for_exports(c, medium);
    j->answer = json_pack("{ss sO sO sb ss}", "medium", medium, "cases", cases, "unknown", unknown, "more",
                          record_flag(seen, "more") ? 1 : 0, "incident", strange ? incident_of(c, medium) : "");
    return j->answer ? 0 : -ENOMEM;
}

static void files_done(struct control *c, struct job *j, const json_t *message)
{
    if (!json_is_array(json_object_get(message, "files")) || json_object_set(j->about, "seen", (json_t *)(uintptr_t)message) != 0)
        job_fail(c, j, SK_ERR_FORMAT, -1, PHRASE("sekisho-device answered out of order"));
    else
        job_commit(c, j, NULL); /* is the medium still there? Else what was found is nothing */
}

static void note_looked(struct control *c, const struct job *j)
{
    json_t *since = json_object_get(j->about, "since-ns");
    if (since)
        (void)!json_object_set(c->looked, record_text(j->about, "medium"), since);
}

static void files_committed(struct control *c, struct job *j)
{
    autobuf struct buf why = {0};
    int r = settle(c, j, &why);
    if (r == 0) {
        note_looked(c, j);
        return;
    }
    /* not at the next look, but when the ledger writes again: nothing is forgotten */
    log_error("what lies on the medium %s can't be recorded: %s", record_text(j->about, "medium"),
              why.data ? why.data : sk_strerror(r));
    j->code = r;
    buf_reset(&j->why);
    buf_puts(&j->why, why.data ? why.data : PHRASE_ERROR(r));
}

/* Device tells all names before it reads anything. */
static void files_heard(struct job *j, json_t *progress)
{
    json_t *listed = json_object_get(progress, "listed");
    if (json_is_array(json_object_get(listed, "files")))
        (void)!json_object_set(j->about, "seen", listed);
    json_object_del(progress, "listed");
}

static void files_cut_short(struct control *c, struct job *j)
{
    autobuf struct buf why = {0};
    if (!json_object_get(j->about, "seen"))
        json_object_set_new(j->about, "seen", json_pack("{s[] sb sb}", "files", "more", 1, "unread", 1));
    int r = note_cut_short(c, j, &why);
    if (r != 0)
        log_error("that the look at the medium %s was cut short can't be recorded: %s", record_text(j->about, "medium"),
                  why.data ? why.data : sk_strerror(r));
}

static void files_failed(struct control *c, struct job *j)
{
    if (j->started)
        files_cut_short(c, j);
    if (j->code == SK_ERR_CLOSED) { /* the process that read it went with it */
        buf_reset(&j->why);
        phrase_put(&j->why, "the medium %s was pulled out, or can't be read to its end", record_text(j->about, "medium"));
    }
    if (j->code == SK_ERR_CLOSED || j->code == SK_ERR_NOT_FOUND)
        return;
    log_warn("the medium %s can't be looked at: %s", record_text(j->about, "medium"),
             j->why.data ? j->why.data : sk_strerror(j->code));
    note_looked(c, j); /* the same would come of it again */
}

const struct job_actions job_files = {.heard = files_heard, .done = files_done, .committed = files_committed, .failed = files_failed};
