/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_device.c owns the approval of a medium: who answers for it, and the records around the writing of its identity.
 * It must never let one be marked whose approval is not on record, nor put one into the policy: that is signed. */
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/media.h"
#include "record/turn.h"

static json_t *medium_record(const struct control *c, const struct job *j, const char *phase, const char *why)
{
    json_t *record = control_record(c, SK_KIND_DEVICE);
    autojson json_t *more = json_pack("{sssOss}", "phase", phase, "person", j->person, "why", why);
    if (record && more && json_object_update(record, j->about) == 0 && json_object_update(record, more) == 0)
        return record;
    json_decref(record);
    return NULL;
}

/* Each is the policy's, and the asker's to give: who manages some areas only approves for those. */
static int check_areas(struct ask *a, const char *list)
{
    const char *word;
    size_t len, count = 0;
    while (str_next_word(&list, &word, &len)) {
        char id[SK_ID_MAX + 1];
        snprintf(id, sizeof id, "%.*s", len <= SK_ID_MAX ? (int)len : 0, word);
        if (!policy_area(a->control->rules.policy, id))
            return ask_refuse(a, SK_REASON_NO_AREA, "the policy has no area \"%s\"", id);
        bool administrates = a->person && (a->person->roles & POLICY_ADMINISTRATOR);
        if (!administrates && !handover_manages(a, id))
            return ask_fail(a, SK_ERR_PEER, "%s does not manage area %s", a->login, id);
        count++;
    }
    return count > 0 ? 0 : ask_fail(a, SK_ERR_FORMAT, "name the areas whose data the medium may carry");
}

static int check(struct ask *a)
{
    const struct policy *p = a->control->rules.policy;
    const char *owner = record_text(a->body, "owner");
    const struct policy_person *person = policy_person(p, owner);
    int64_t day;
    if (!person)
        return ask_refuse(a, SK_REASON_NOT_ON_ROSTER, "the policy has no person \"%s\"", owner);
    if (person->suspended)
        return ask_refuse(a, SK_REASON_SUSPENDED, "%s", sk_reason_phrase(SK_REASON_SUSPENDED));
    if (clock_parse_date(record_text(a->body, "until"), &day) != 0 || day + CLOCK_DAY_S <= control_now(a->control))
        return ask_fail(a, SK_ERR_FORMAT, "until: name a day that is to come");
    return check_areas(a, record_text(a->body, "areas"));
}

int op_device_approve(struct ask *a)
{
    struct control *c = a->control;
    const char *medium = record_text(a->body, "medium");
    char tag[TURN_TAG_CAP];
    int r = check(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r == 0)
        r = turn_tag(c->origin, tag);
    if (r != 0)
        return r;
    autojson json_t *question = json_pack(
        "{ssssssssss}", "port", record_text(a->body, "port"), "medium", medium, "owner",
        record_text(a->body, "owner"), "areas", record_text(a->body, "areas"), "until", record_text(a->body, "until"));
    json_t *about = question ? json_deep_copy(question) : NULL;
    autojson json_t *person = ask_person(a);
    if (!about || !person || json_object_set_new(question, "tag", json_string(tag)) != 0) {
        json_decref(about);
        return -ENOMEM;
    }
    const struct job whose = {.person = person, .about = about};
    json_t *intent = medium_record(c, &whose, "approving", "");
    r = intent ? ledger_append(c, intent, true, NULL, &a->why) : -ENOMEM;
    if (r != 0) {
        json_decref(about);
        return r;
    }
    json_incref(about);
    r = job_start(a, JOB_MEDIUM, SK_MSG_PLUG_APPROVE, question, NULL, 0, medium, about);
    if (r != ASK_LATER)
        ledger_close_act(c, medium_record(c, &whose, "not-approved", a->why.data ? a->why.data : PHRASE_ERROR(r)));
    json_decref(about);
    return r;
}

/* The section that the administrator signs: nothing is approved before it is in force. */
static void approve_done(struct control *c, struct job *j, const json_t *message)
{
    static const char *const same[] = {"identity", "vendor", "product", "serial", "filesystem"};
    j->answer = json_deep_copy(j->about);
    for (size_t i = 0; j->answer && i < array_count(same); i++) {
        json_object_set(j->about, same[i], json_object_get(message, same[i]));
        json_object_set(j->answer, same[i], json_object_get(message, same[i]));
    }
    const char *turn = record_text(message, "turn");
    if (*turn) /* from now on the medium has it, or is a copy */
        json_object_set_new(j->about, "turn", json_pack("{ss sI ss}", "identity", record_text(message, "identity"), "number",
                                                        (json_int_t)TURN_FIRST, "sha256", turn));
    ledger_close_act(c, medium_record(c, j, "approved", ""));
}

static void approve_failed(struct control *c, struct job *j)
{
    ledger_close_act(c, medium_record(c, j, "not-approved", j->why.data ? j->why.data : PHRASE_ERROR(j->code)));
}

/* --- taking it back ---------------------------------------------------------------------------- */

/* The areas that it was approved for: by the policy, else by the last record of its approval. NULL: nobody knows it. */
static char *areas_of(const struct control *c, const char *medium)
{
    const struct policy_medium *m = policy_medium(c->rules.policy, medium);
    const json_t *written = fold_approved(c->fold, medium);
    struct buf b = {0};
    if (!m && !written)
        return NULL;
    for (size_t i = 0; m && i < m->areas.count; i++)
        buf_printf(&b, "%s%s", i > 0 ? "," : "", m->areas.items[i]);
    if (m)
        return buf_steal(&b);
    return strdup(record_text(json_array_get(written, json_array_size(written) - 1), "areas"));
}

/* As for its approval; areas that the policy has no more are nobody's but an administrator's. */
static int check_may_revoke(struct ask *a, const char *medium)
{
    const char *word;
    size_t len;
    autofree char *areas = areas_of(a->control, medium);
    const char *at = areas;
    if (!areas)
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no medium %s: neither the policy has one, nor was one approved",
                        medium);
    if (a->person && (a->person->roles & POLICY_ADMINISTRATOR))
        return 0;
    while (str_next_word(&at, &word, &len)) {
        char id[SK_ID_MAX + 1];
        snprintf(id, sizeof id, "%.*s", len <= SK_ID_MAX ? (int)len : 0, word);
        if (!handover_manages(a, id))
            return ask_fail(a, SK_ERR_PEER, "%s does not manage area %s", a->login, id);
    }
    return 0;
}

static int record_revoked(struct ask *a, const char *medium, json_t *identities)
{
    autojson json_t *person = ask_person(a);
    autojson json_t *more = json_pack("{ss ss sO sO ss}", "phase", "revoked", "medium", medium, "identities", identities,
                                      "person", person, "why", record_text(a->body, "why"));
    json_t *record = control_record(a->control, SK_KIND_DEVICE);
    if (!more || !record || json_object_update(record, more) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(a->control, record, true, NULL, &a->why);
}

int media_put_open(struct ask *a, const char *medium)
{
    const struct control *c = a->control;
    json_t *list = json_array();
    for (size_t i = 0; list && i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        if ((e->state == CASE_OUT || e->state == CASE_UNKNOWN) && media_carries(c->rules.policy, e, medium))
            json_array_append_new(list, json_string(e->id));
    }
    return json_object_set_new(a->answer, "cases", list) == 0 ? 0 : -ENOMEM;
}

/* What the kernel and the other processes make of it comes after the record: a revocation that only half happened is
 * one, and is carried out by the next look (plugs_watch). */
int op_device_revoke(struct ask *a)
{
    struct control *c = a->control;
    const char *medium = record_text(a->body, "medium");
    autobuf struct buf why = {0};
    int r = ledger_ready(c, &a->why);
    if (r == 0)
        r = check_may_revoke(a, medium);
    autojson json_t *identities = r == 0 ? media_identities(c, medium) : NULL;
    if (r == 0 && !identities)
        r = -ENOMEM;
    bool already = r == 0 && json_array_size(identities) == 0;
    if (r == 0 && !already)
        r = record_revoked(a, medium, identities);
    if (r != 0)
        return r;
    r = media_shut(c, medium, &why);
    a->answer = json_pack("{ss sO sb ss}", "medium", medium, "identities", identities, "already", already ? 1 : 0, "why",
                          r == 0 ? "" : why.data ? why.data : PHRASE_ERROR(r));
    return a->answer && media_put_open(a, medium) == 0 ? ASK_ANSWERED : -ENOMEM;
}

const struct job_actions job_medium = {.done = approve_done, .failed = approve_failed};
