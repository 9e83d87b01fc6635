/* SPDX-License-Identifier: GPL-3.0-or-later */
/* media.c owns who is told that a medium was revoked: what runs onto it, sekisho-device,
 * sekisho-plug. It must never decide that one is: the ledger's records do (fold_media.c). */
#include <errno.h>
#include <string.h>
#include "base/digest.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/media.h"
#include "control/permit.h"

/* Of the record that revoked it. */
static const char *medium_of(const json_t *record)
{
    const char *registered = record_text(record, "registered");
    return *registered ? registered : record_text(record, "medium");
}

/* The identities with this id that may still be used: the policy's, and those that were written
 * since. */
json_t *media_identities(const struct control *c, const char *medium)
{
    const struct policy_medium *m = policy_medium(c->rules.policy, medium);
    const json_t *written = fold_approved(c->fold, medium), *one;
    json_t *list = json_array();
    char hex[DIGEST_HEX_CAP];
    size_t i;
    if (m)
        digest_hex(hex, m->identity);
    if (list && m && !json_object_get(c->fold->revoked, hex))
        json_array_append_new(list, json_string(hex));
    json_array_foreach((json_t *)(uintptr_t)written, i, one)
    {
        const char *identity = record_text(one, "identity");
        bool policys = m && str_eq(identity, hex);
        if (list && !policys && !json_object_get(c->fold->revoked, identity))
            json_array_append_new(list, json_string(identity));
    }
    return list;
}

json_t *media_destinations(const struct policy *p, const char *medium)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < p->destination_count; i++)
        if (str_eq(p->destinations[i].medium, medium))
            json_array_append_new(list, json_string(p->destinations[i].head.id));
    return list;
}

/* --- the list for sekisho-plug ---------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In one order, so that the same list has the same mark. */
static json_t *list_of(const struct fold *f)
{
    size_t count = json_object_size(f->revoked), at = 0;
    const char **all = calloc(count + 1, sizeof *all), *identity;
    json_t *list = all ? json_array() : NULL, *unused;
    json_object_foreach(f->revoked, identity, unused) if (all) all[at++] = identity;
    if (all)
        qsort(all, count, sizeof *all, compare_texts);
    for (size_t i = 0; list && i < count; i++)
        json_array_append_new(list, json_string(all[i]));
    free(all);
    return list;
}

static json_t *message_of(const struct control *c)
{
    uint8_t digest[DIGEST_LEN];
    char mark[DIGEST_HEX_CAP];
    autojson json_t *message = json_pack("{soso}", "identities", list_of(c->fold), "turns", turns_list(c));
    autofree char *text = message ? json_dumps(message, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!text || digest_of(text, strlen(text), digest) != 0)
        return NULL;
    digest_hex(mark, digest);
    return json_object_set_new(message, "mark", json_string(mark)) == 0 ? steal_ptr(&message) : NULL;
}

void media_tell_plug(struct control *c, const char *knows)
{
    autobuf struct buf why = {0};
    autojson json_t *message = c->folded ? message_of(c) : NULL;
    if (!message || str_eq(record_text(message, "mark"), knows))
        return;
    int r = link_ask(&c->plug, SK_MSG_PLUG_REVOKED, message, NULL, 0, SK_MSG_OK, NULL, NULL, &why);
    if (r != 0 && r != -ENOENT && r != -ECONNREFUSED)
        log_warn("sekisho-plug did not take the list of revoked media: %s",
                 why.data ? why.data : sk_strerror(r));
}

/* --- at once ---------------------------------------------------------------------------------- */

static void end_jobs(struct control *c, const char *medium)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++) {
        struct job *j = c->jobs[i];
        if (j && j->step != JOB_FINISHING && str_eq(record_text(j->about, "medium"), medium))
            job_fail(c, j, SK_ERR_REFUSED, SK_REASON_MEDIUM_REVOKED,
                     sk_reason_phrase(SK_REASON_MEDIUM_REVOKED));
    }
}

int media_shut(struct control *c, const char *medium, struct buf *why)
{
    autojson json_t *question = json_pack("{ss}", "medium", medium);
    end_jobs(c, medium);
    int r =
        link_ask(&c->device, SK_MSG_MEDIUM_REVOKE, question, NULL, 0, SK_MSG_OK, NULL, NULL, why);
    media_tell_plug(c, "");
    return r;
}

static json_t *repeated(const struct control *c, const char *identity, const json_t *before)
{
    bool lost = str_eq(record_text(before, "kind"), SK_KIND_LOST);
    json_t *record = control_record(c, SK_KIND_DEVICE);
    autojson json_t *more = json_pack("{ss ss s[s] sO ss}", "phase", "revoked", "medium", medium_of(before), "identities",
                                      identity, "person", record_member(before, "person"), "why",
                                      lost ? PHRASE("reported as lost") : record_text(before, "why"));
    if (record && more && json_object_update(record, more) == 0)
        return record;
    json_decref(record);
    return NULL;
}

int media_repeat_revoked(struct control *c, struct buf *why)
{
    autojson json_t *all = json_copy(c->fold->revoked); /* what is appended is folded */
    const char *identity;
    json_t *before;
    int r = all ? 0 : -ENOMEM;
    json_object_foreach(all, identity, before)
        if (r == 0) {
            json_t *record = repeated(c, identity, before);
            r = record ? ledger_append(c, record, false, NULL, why) : -ENOMEM;
        }
    return r;
}

/* --- for people ------------------------------------------------------------------------------- */

static json_t *revocation_json(const json_t *record)
{
    return record ? json_pack("{sssOss}", "at", record_text(record, "at"), "person",
                              record_member(record, "person"), "why",
                              *record_text(record, "why") ? record_text(record, "why")
                              : str_eq(record_text(record, "kind"), SK_KIND_LOST)
                                  ? PHRASE("reported as lost")
                                  : "")
                  : json_null();
}

static const char *state_of(const struct control *c, const struct policy_medium *m,
                            const json_t *revoked)
{
    return revoked ? "revoked" : control_now(c) >= m->expires ? "expired" : "approved";
}

/* Where it is plugged in, by sekisho-plug's list. */
static void put_place(json_t *entry, const char *medium, const json_t *devices)
{
    const json_t *one;
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)devices, i, one)
    {
        if (!str_eq(record_text(one, "medium"), medium) ||
            !str_eq(record_text(one, "state"), "open"))
            continue;
        json_object_set(entry, "port", json_object_get(one, "port"));
        json_object_set(entry, "mount", json_object_get(one, "mount"));
    }
}

static json_t *areas_json(const struct policy_list *areas)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < areas->count; i++)
        json_array_append_new(list, json_string(areas->items[i]));
    return list;
}

static json_t *entry_of(const struct control *c, const struct policy_medium *m)
{
    char hex[DIGEST_HEX_CAP], expires[CLOCK_TIME_CAP];
    const json_t *revoked = fold_revoked(c->fold, m->identity);
    digest_hex(hex, m->identity);
    clock_format_date(expires, m->expires - 1);
    const json_t *turns = fold_turns(c->fold, hex);
    return json_pack("{ss ss ss so ss ss ss so ss ss sI ss}", "medium", m->head.id, "label",
                     m->label ? m->label : "", "owner", m->owner, "areas", areas_json(&m->areas),
                     "expires", expires, "identity", hex, "state", state_of(c, m, revoked),
                     "revoked", revocation_json(revoked), "port", "", "mount", "", "turn",
                     (json_int_t)record_number(turns, "number"), "turn-at", record_text(turns, "at"));
}

/* What was revoked and has no section in the policy, or another identity there by now. */
static void put_former(const struct control *c, json_t *list)
{
    const char *identity;
    json_t *record;
    json_object_foreach(c->fold->revoked, identity, record)
    {
        const char *medium = medium_of(record);
        const struct policy_medium *m = policy_medium(c->rules.policy, medium);
        char hex[DIGEST_HEX_CAP] = "";
        if (m)
            digest_hex(hex, m->identity);
        if (!str_eq(hex, identity))
            json_array_append_new(list,
                                  json_pack("{ss ss ss s[] ss ss ss so ss ss sI ss}", "medium", medium,
                                            "label", "", "owner", "", "areas", "expires", "",
                                            "identity", identity, "state", "revoked", "revoked",
                                            revocation_json(record), "port", "", "mount", "", "turn",
                                            (json_int_t)record_number(fold_turns(c->fold, identity), "number"),
                                            "turn-at", record_text(fold_turns(c->fold, identity), "at")));
    }
}

json_t *media_list(const struct control *c, const json_t *devices)
{
    const struct policy *p = c->rules.policy;
    json_t *list = json_array();
    for (size_t i = 0; list && c->folded && i < p->medium_count; i++) {
        json_t *entry = entry_of(c, &p->mediums[i]);
        if (entry)
            put_place(entry, p->mediums[i].head.id, devices);
        json_array_append_new(list, entry);
    }
    if (list && c->folded)
        put_former(c, list);
    return list;
}
