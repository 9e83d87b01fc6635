/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_export.c owns the transfer that a permit allows. It must never let a byte move before the
 * intent is sealed, never put a final name on content that is not the permit's, and never leave an
 * intent without its end while it lives. */
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/texts.h"

#define DIGESTS_NAME "SHA256SUMS" /* first member of the archive, sha256sum(1)'s form */

/* Is the permit good now, and does the policy still let the request through? */
static int check(struct ask *a)
{
    struct control *c = a->control;
    const struct case_entry *e = a->entry;
    int64_t now = control_now(c);
    struct decision d = {0};
    if (e->state == CASE_REQUESTED)
        return ask_fail(a, SK_ERR_STATE, "%s has no permit yet", e->id);
    if (e->state == CASE_EXPIRED)
        return ask_refuse(a, SK_REASON_PERMIT_EXPIRED, "%s has expired", e->id);
    if (e->state == CASE_FAILED)
        return ask_refuse(a, SK_REASON_PERMIT_USED,
                          "the permit of %s was used by the attempt that failed: it needs a new one",
                          e->id);
    if (e->state == CASE_OUT || e->state == CASE_RETURNED || e->state == CASE_DISPOSED ||
        e->state == CASE_UNKNOWN)
        return ask_refuse(a, SK_REASON_PERMIT_USED, "the permit of %s has been used: it is %s",
                          e->id, case_state_name(e->state));
    if (e->state != CASE_PERMITTED || job_of(c, e->id))
        return ask_fail(a, SK_ERR_STATE, "%s is %s", e->id, case_state_name(e->state));
    if (now >= e->expires_s)
        return ask_refuse(a, SK_REASON_PERMIT_EXPIRED, "the permit's period is over");
    permit_transfer(c->rules.policy, c->fold, e, true, now, &d);
    a->consent = record_text(e->request, "consent.id");
    return d.allow ? 0 : ask_refuse(a, d.reason, "%s", sk_reason_text(d.reason));
}

/* The record's fields that are the same at its beginning and its end. */
static json_t *transfer_record(const struct control *c, const struct case_entry *e,
                               const char *phase)
{
    const json_t *permit = e->permit, *request = e->request;
    json_t *record = control_record(c, e->take_out ? SK_KIND_TAKEOUT : SK_KIND_COPY);
    autojson json_t *permission = json_pack(
        "{sbsOsssO}", "granted", 1, "approver", record_member(permit, "person"), "permit",
        record_text(permit, "permit"), "consent", record_member(request, "consent"));
    autojson json_t *fields =
        json_pack("{sssssOsO}", "case", e->id, "phase", phase, "person",
                  record_member(request, "person"), "permission", permission);
    static const char *const same[] = {"contract", "area", "level", "purpose", "kept",
                                       "destination"};
    bool ok = record && fields && json_object_update(record, fields) == 0;
    for (size_t i = 0; ok && i < array_count(same); i++)
        ok = json_object_set(record, same[i], json_object_get(request, same[i])) == 0;
    if (!ok) {
        json_decref(record);
        return NULL;
    }
    return record;
}

/* Names of files stay in the request's records; here are how many and how much, so that a record of
 * a large case has its place in one line. A small one lists them again. */
static int set_content(json_t *record, const struct case_entry *e)
{
    autojson json_t *content = json_pack(
        "{sOsO}", "count", record_member(e->request, "content.count"), "bytes",
        record_member(e->request, "content.bytes"));
    if (!content)
        return -ENOMEM;
    if (json_dumpb(e->files, NULL, 0, JSON_COMPACT) <= CONTROL_RECORD_FILES / 2 &&
        json_object_set(content, "files", e->files) != 0)
        return -ENOMEM;
    return json_object_set(record, "content", content) == 0 ? 0 : -ENOMEM;
}

static json_t *recipients_json(const struct policy *p, const struct policy_destination *d,
                               json_t **ret_names)
{
    autojson json_t *keys = json_array();
    autojson json_t *names = json_array();
    char text[AGE_RECIPIENT_CAP];
    for (size_t i = 0; keys && names && i < d->recipients.count; i++) {
        const struct policy_recipient *r = policy_recipient(p, d->recipients.items[i]);
        if (!r)
            return NULL;
        age_recipient_format(&r->age, text);
        if (json_array_append_new(keys, json_string(text)) != 0 ||
            json_array_append_new(names, json_string(r->head.id)) != 0)
            return NULL;
    }
    if (!keys || !names)
        return NULL;
    if (p->has_escrow) {
        age_recipient_format(&p->escrow.age, text);
        if (json_array_append_new(keys, json_string(text)) != 0 ||
            json_array_append_new(names, json_string("escrow")) != 0)
            return NULL;
    }
    *ret_names = steal_ptr(&names);
    return steal_ptr(&keys);
}

static json_t *names_of(const json_t *files)
{
    json_t *names = json_array();
    for (size_t i = 0; names && i < json_array_size(files); i++) {
        const char *name = record_text(json_array_get(files, i), "name");
        const char *slash = strrchr(name, '/');
        json_array_append_new(names, json_string(slash ? slash + 1 : name));
    }
    return names;
}

/* The digests' name inside the archive: one that no file of the case has. */
static void digests_name(const struct case_entry *e, char out[static SK_ID_MAX + 16])
{
    size_t i;
    const json_t *file;
    snprintf(out, SK_ID_MAX + 16, "%s", DIGESTS_NAME);
    json_array_foreach(e->files, i, file)
        if (strcmp(record_text(file, "name"), DIGESTS_NAME) == 0)
            snprintf(out, SK_ID_MAX + 16, "%s.%s", DIGESTS_NAME, e->id);
}

static json_t *question_of(struct ask *a, const struct policy_destination *d, json_t **ret_names)
{
    struct case_entry *e = a->entry;
    char manifest[SK_ID_MAX + 16];
    char digests[SK_ID_MAX + 16];
    snprintf(manifest, sizeof manifest, "%s.manifest", e->id);
    digests_name(e, digests);
    json_t *question = json_pack(
        "{sssssssososO}", "job", e->take_out ? "export" : "copy", "case", e->id, "area",
        record_text(e->request, "area"), "requester", requester_json(a), "destination",
        destination_json(d), "files", e->files);
    autojson json_t *keys = recipients_json(a->control->rules.policy, d, ret_names);
    autojson json_t *more =
        e->take_out ? json_pack("{sOssss}", "recipients", keys, "archive-digests", digests,
                                "manifest-name", manifest)
                    : json_pack("{soss}", "names", names_of(e->files), "into", "");
    if (!question || !more || json_object_update(question, more) != 0) {
        json_decref(question);
        return NULL;
    }
    return question;
}

/* A medium that is away, read-only or full is said before the permit is spent on it. */
static int check_destination(struct ask *a, const struct policy_destination *d)
{
    autobuf struct buf why = {0};
    autojson json_t *answer = NULL;
    autojson json_t *question = destination_json(d);
    if (!question)
        return ask_fail(a, -ENOMEM, "out of memory");
    int r = link_ask(&a->control->device, SK_MSG_DESTINATION, question, NULL, 0, SK_MSG_OK, &answer,
                     NULL, &why);
    if (r != 0)
        return ask_fail(a, r, "%s", why.data ? why.data : sk_strerror(r));
    const char *what = record_text(answer, "why");
    if (!record_flag(answer, "present"))
        return ask_fail(a, SK_ERR_NOT_FOUND, "%s", what);
    if (!record_flag(answer, "writable"))
        return ask_fail(a, -EROFS, "%s", what);
    int64_t need = record_number(a->entry->request, "content.bytes");
    if (record_number(answer, "free") < need)
        return ask_fail(a, -ENOSPC, "%s has room for %lld bytes, and %lld are needed",
                        record_text(question, "path"),
                        (long long)record_number(answer, "free"), (long long)need);
    return 0;
}

/* The intent, sealed before anything moves. */
static int begin(struct ask *a)
{
    json_t *intent = transfer_record(a->control, a->entry, "intent");
    if (!intent || set_content(intent, a->entry) != 0) {
        json_decref(intent);
        return ask_fail(a, -ENOMEM, "out of memory");
    }
    return ledger_append(a->control, intent, true, NULL, &a->why);
}

static void close_failed(struct control *c, const struct case_entry *e, const char *phase,
                         int reason, const char *why)
{
    json_t *record = transfer_record(c, e, phase);
    if (record && set_content(record, e) == 0 &&
        json_object_set_new(record, "why", json_string(why)) == 0 &&
        json_object_set_new(record, "reason",
                            json_string(reason >= 0 ? sk_reason_name((enum sk_reason)reason)
                                                    : "")) == 0)
        ledger_close_act(c, record);
    else
        json_decref(record);
}

int op_export(struct ask *a)
{
    struct control *c = a->control;
    int r = check(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    const struct policy_destination *d =
        policy_destination(c->rules.policy, record_text(a->entry->request, "destination.id"));
    autojson json_t *names = NULL;
    autojson json_t *question = d ? question_of(a, d, &names) : NULL;
    autojson json_t *none = json_array();
    json_t *about = question ? json_pack("{sOsOss}", "files", a->entry->files, "recipients",
                                         names ? names : none, "path", d->path)
                             : NULL;
    r = about ? check_destination(a, d) : ask_fail(a, -ENOMEM, "out of memory");
    if (r == 0)
        r = begin(a);
    if (r != 0) {
        json_decref(about);
        return r;
    }
    r = job_start(a, JOB_EXPORT, SK_MSG_JOB_START, question, NULL, 0, a->entry->id, about);
    if (r != ASK_LATER)
        close_failed(c, a->entry, "failed", -1, a->why.data ? a->why.data : sk_strerror(r));
    return r;
}

/* ---- when the exporter is done ---- */

static int make_manifest(struct control *c, struct job *j, const struct case_entry *e,
                         const json_t *sealed, const json_t *head, struct buf *text,
                         struct buf *signature)
{
    char at[CLOCK_TIME_CAP], head_text[128], comment[SK_ID_MAX + 32];
    clock_format(at, control_now(c), 0);
    snprintf(head_text, sizeof head_text, "%lld %s", (long long)record_number(head, "size"),
             record_text(head, "root"));
    const struct text_manifest m = {
        .case_id = j->id,
        .at = at,
        .sealed_name = record_text(sealed, "name"),
        .sealed_sha256 = record_text(sealed, "sha256"),
        .sealed_bytes = (uint64_t)record_number(sealed, "bytes"),
        .permit = record_text(e->permit, "permit"),
        .origin = c->origin,
        .head = head_text,
    };
    int r = text_manifest_write(&m, text);
    if (r != 0)
        return r;
    snprintf(comment, sizeof comment, "sekisho manifest %s", j->id);
    return minisign_sign(text->data, text->len, &c->manifest_key, comment, signature);
}

/* {"name","bytes","sha256"} of the archive, as the exporter read it back. */
static json_t *sealed_of(const struct job *j, const json_t *message)
{
    const json_t *seen = json_object_get(message, "sealed");
    const char *sha256 = record_text(seen, "sha256");
    char name[SK_ID_MAX + 16];
    uint8_t digest[DIGEST_LEN];
    snprintf(name, sizeof name, "%s.tar.age", j->id);
    if (str_unhex(sha256, strlen(sha256), digest, sizeof digest) != 0 ||
        record_number(seen, "bytes") <= 0)
        return NULL;
    return json_pack("{sssIss}", "name", name, "bytes", (json_int_t)record_number(seen, "bytes"),
                     "sha256", sha256);
}

/* Keep what the done record and the answer will say. */
static int remember(struct job *j, const struct case_entry *e, json_t *sealed,
                    const struct buf *manifest)
{
    char hex[DIGEST_HEX_CAP] = "";
    autobuf struct buf path = {0};
    uint8_t digest[DIGEST_LEN];
    const char *folder = record_text(j->about, "path");
    if (manifest->len > 0) {
        int r = digest_of(manifest->data, manifest->len, digest);
        if (r != 0)
            return r;
        digest_hex(hex, digest);
    }
    buf_printf(&path, "%s%s%s", folder, sealed ? "/" : "", record_text(sealed, "name"));
    if (path.err)
        return path.err;
    j->answer = json_pack("{sssOssssso}", "path", path.data, "files", e->files, "manifest",
                          manifest->len > 0 ? manifest->data : "", "case", j->id, "sealed",
                          sealed ? json_incref(sealed) : json_null());
    bool ok = j->answer && json_object_set_new(j->about, "manifest", json_string(hex)) == 0;
    if (ok && sealed) {
        char digests[SK_ID_MAX + 16];
        digests_name(e, digests);
        ok = json_object_set(j->about, "sealed", sealed) == 0 &&
             json_object_set_new(j->answer, "digests", json_string(digests)) == 0;
    }
    return ok ? 0 : -ENOMEM;
}

/* The digests must be the permit's; then manifest, signature and commit. */
static int settle(struct control *c, struct job *j, const json_t *message, struct buf *manifest,
                  struct buf *signature, struct buf *why)
{
    const struct case_entry *e = fold_case(c->fold, j->id);
    autojson json_t *files = NULL, *head = NULL, *sealed = NULL;
    uint64_t bytes;
    if (!e || e->state != CASE_RUNNING)
        return SK_ERR_STATE;
    int r = files_join(e->files, json_object_get(message, "files"), &files, &bytes);
    if (r != 0 || !e->take_out)
        return r != 0 ? r : remember(j, e, NULL, manifest);
    sealed = sealed_of(j, message);
    if (!sealed)
        return SK_ERR_FORMAT;
    r = ledger_head(c, &head, why);
    if (r == 0)
        r = make_manifest(c, j, e, sealed, head, manifest, signature);
    return r != 0 ? r : remember(j, e, sealed, manifest);
}

static void export_done(struct control *c, struct job *j, const json_t *message)
{
    autobuf struct buf manifest = {0}, signature = {0}, why = {0};
    int r = settle(c, j, message, &manifest, &signature, &why);
    if (r == 0)
        job_commit(c, j, manifest.data, signature.data);
    else
        job_fail(c, j, r, r == SK_ERR_DIGEST ? SK_REASON_CONTENT_CHANGED : -1,
                 r == SK_ERR_DIGEST ? sk_reason_text(SK_REASON_CONTENT_CHANGED)
                 : why.len > 0      ? why.data
                                    : sk_strerror(r));
}

static void export_committed(struct control *c, struct job *j)
{
    static const char *const extra[] = {"sealed", "manifest", "recipients"};
    const struct case_entry *e = fold_case(c->fold, j->id);
    if (!e)
        return;
    json_t *record = transfer_record(c, e, "done");
    bool ok = record && set_content(record, e) == 0;
    for (size_t i = 0; ok && e->take_out && i < array_count(extra); i++)
        ok = json_object_set(record, extra[i], json_object_get(j->about, extra[i])) == 0;
    if (!ok) {
        json_decref(record);
        return;
    }
    char area[SK_ID_MAX + 1];
    snprintf(area, sizeof area, "%s", record_text(e->request, "area"));
    ledger_close_act(c, record);
    drop_later(c, j->id, area);
}

/* Lost while it was told to commit: it may have, so nobody knows. */
static void export_failed(struct control *c, struct job *j)
{
    const struct case_entry *e = fold_case(c->fold, j->id);
    bool unknown = j->commit && (j->code == SK_ERR_CLOSED || j->code == SK_ERR_TIMEOUT);
    if (!e)
        return;
    char area[SK_ID_MAX + 1];
    snprintf(area, sizeof area, "%s", record_text(e->request, "area"));
    sweep_later(c, e);
    close_failed(c, e, unknown ? "unknown" : "failed", j->reason,
                 j->why.data ? j->why.data : sk_strerror(j->code));
    if (unknown)
        drop_later(c, j->id, area);
}

const struct job_actions job_export = {.done = export_done, .committed = export_committed,
                                       .failed = export_failed};
