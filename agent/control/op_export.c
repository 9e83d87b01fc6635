/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_export.c owns the transfer that a permit allows. It must never let a byte move before the
 * intent is sealed, never put a final name on content that is not the permit's, and never leave an
 * intent without its end while it lives. */
#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/cover.h"
#include "control/media.h"
#include "control/outbox.h"
#include "control/permit.h"
#include "control/recipients.h"
#include "control/standing.h"
#include "control/texts.h"

#define DIGESTS_NAME "SHA256SUMS" /* first member of the archive, sha256sum(1)'s form */

/* Can the same people open it as the text says that was signed? Records before this was kept don't say. */
static int check_recipients(struct ask *a)
{
    const struct policy *p = a->control->rules.policy;
    const json_t *asked = record_member(a->entry->request, "recipients");
    const struct policy_destination *d = policy_destination(p, record_text(a->entry->request, "destination.id"));
    autojson json_t *now = d && json_is_array(asked) ? recipients_ids(p, d) : NULL;
    return !now || json_equal(asked, now)
               ? 0
               : ask_refuse(a, SK_REASON_OTHER_RECIPIENTS, "%s", sk_reason_phrase(SK_REASON_OTHER_RECIPIENTS));
}

/* Is the permit good now, and does the policy still let the request through? */
static int check(struct ask *a)
{
    struct control *c = a->control;
    const struct case_entry *e = a->entry;
    int64_t now = control_now(c);
    struct decision d = {0};
    const char *why;
    int r;
    if (e->standing)
        return ask_fail(a, SK_ERR_STATE,
                        "%s is a standing permit: each request under it has a number of its own",
                        e->id);
    if (e->state == CASE_REQUESTED)
        return ask_fail(a, SK_ERR_STATE, "%s has no permit yet", e->id);
    if (e->state == CASE_EXPIRED)
        return ask_refuse(a, SK_REASON_PERMIT_EXPIRED, "%s has expired", e->id);
    if (e->state == CASE_REVOKED)
        return ask_refuse(a, SK_REASON_PERMIT_VOID, "the permit of %s was taken back: %s", e->id,
                          record_text(e->revoked, "why"));
    if (e->state == CASE_FAILED)
        return ask_refuse(a, SK_REASON_PERMIT_USED,
                          "the permit of %s was used by the attempt that failed: it needs a new one",
                          e->id);
    if (e->state == CASE_OUT || e->state == CASE_RETURNED || e->state == CASE_DISPOSED ||
        e->state == CASE_UNKNOWN)
        return ask_refuse(a, SK_REASON_PERMIT_USED, "the permit of %s has been used: it is %s",
                          e->id, PHRASE_OF(case_state_name(e->state)));
    if (e->state != CASE_PERMITTED || job_of(c, e->id))
        return ask_fail(a, SK_ERR_STATE, "%s is %s", e->id, PHRASE_OF(case_state_name(e->state)));
    if (fold_is_lost(c->fold, a->entry, ""))
        return ask_refuse(a, SK_REASON_LOST, "the permit of %s is void: %s", e->id,
                          sk_reason_phrase(SK_REASON_LOST));
    if (now >= e->expires_s || permit_is_ahead(e->permit, now))
        return ask_refuse(a, SK_REASON_PERMIT_EXPIRED, "the permit's period is over");
    r = ask_permit_stands(a, e->id, e->request, e->permit);
    if (r != 0)
        return r;
    enum sk_reason under = standing_of_case(c->rules.policy, c->fold, e, now, &why);
    if (under != SK_REASON_ALLOWED)
        return ask_refuse(a, under, "%s: %s", record_text(e->permit, "under.id"), why);
    permit_transfer(c->rules.policy, c->fold, e, true, now, &d);
    a->consent = record_text(e->request, "consent.id");
    return d.allow ? check_recipients(a) : ask_refuse(a, d.reason, "%s", sk_reason_phrase(d.reason));
}

/* The registered medium, or the folder of an outbox, that it goes to: the policy may say another tomorrow. */
static int name_place(const struct control *c, const struct case_entry *e, json_t *record)
{
    const struct policy *p = c->rules.policy;
    const struct policy_destination *d = policy_destination(p, record_text(e->request, "destination.id"));
    const struct policy_person *who = policy_person(p, record_text(e->request, "person.id"));
    const char *medium = e->intent ? record_text(e->intent, "medium") : d ? d->medium : "";
    const char *folder = e->intent ? record_text(e->intent, "folder") : d && outbox_is(d) && who ? who->user : "";
    if (*medium && json_object_set_new(record, "medium", json_string(medium)) != 0)
        return -ENOMEM;
    return !*folder || json_object_set_new(record, "folder", json_string(folder)) == 0 ? 0 : -ENOMEM;
}

/* The record's fields that are the same at its beginning and its end. */
static json_t *transfer_record(const struct control *c, const struct case_entry *e,
                               const char *phase)
{
    const json_t *permit = e->permit, *request = e->request;
    json_t *record = control_record(c, e->take_out ? SK_KIND_TAKEOUT : SK_KIND_COPY);
    autojson json_t *permission = json_pack(
        "{sbsOsssOsO*sO*}", "granted", 1, "approver", record_member(permit, "person"), "permit",
        record_text(permit, "permit"), "consent", record_member(request, "consent"), "approvals",
        record_member(permit, "approvals"), "under", record_member(permit, "under"));
    autojson json_t *fields = json_pack("{sssssOsO}", "case", e->id, "phase", phase, "person",
                                        record_member(request, "person"), "permission", permission);
    static const char *const same[] = {"contract", "area", "level",
                                       "purpose",  "kept", "destination"};
    bool ok = record && fields && json_object_update(record, fields) == 0;
    for (size_t i = 0; ok && i < array_count(same); i++)
        ok = json_object_set(record, same[i], json_object_get(request, same[i])) == 0;
    if (!ok || name_place(c, e, record) != 0) {
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

/* What people send lies in a folder of their own, which nobody else can look into. */
static json_t *place_json(const struct ask *a, const struct policy_destination *d)
{
    json_t *place = destination_json(d);
    if (place && outbox_is(d) && json_object_set_new(place, "folder", json_string(a->login)) != 0) {
        json_decref(place);
        return NULL;
    }
    return place;
}

static json_t *about_json(const struct ask *a, const struct policy_destination *d, const json_t *recipients)
{
    autobuf struct buf path = {0};
    bool outbox = outbox_is(d);
    buf_printf(&path, "%s%s%s", d->path, outbox ? "/" : "", outbox ? a->login : "");
    return path.err ? NULL
                    : json_pack("{sOsOsssssb}", "files", a->entry->files, "recipients", recipients, "path", path.data,
                                "medium", d->medium, "kept-in", ask_case_is_kept_in(a, a->entry));
}

static json_t *question_of(struct ask *a, const struct policy_destination *d)
{
    struct case_entry *e = a->entry;
    char manifest[SK_ID_MAX + 16];
    char digests[SK_ID_MAX + 16];
    snprintf(manifest, sizeof manifest, "%s.manifest", e->id);
    digests_name(e, digests);
    json_t *question = json_pack(
        "{sssssssososO}", "job", e->take_out ? "export" : "copy", "case", e->id, "area",
        record_text(e->request, "area"), "requester", requester_json(a), "destination",
        place_json(a, d), "files", e->files);
    autojson json_t *keys = recipients_keys(a->control->rules.policy, d);
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
static int check_destination(struct ask *a, const struct policy_destination *d, json_t *about)
{
    autobuf struct buf why = {0};
    autojson json_t *answer = NULL;
    autojson json_t *question = destination_json(d);
    if (!question)
        return ask_fail(a, -ENOMEM, "out of memory");
    int r = link_ask(&a->control->device, SK_MSG_DESTINATION, question, NULL, 0, SK_MSG_OK, &answer,
                     NULL, &why);
    if (r != 0)
        return ask_fail(a, r, "%s", why.data ? why.data : PHRASE_ERROR(r));
    const char *what = record_text(answer, "why");
    if (!record_flag(answer, "present"))
        return ask_fail(a, SK_ERR_NOT_FOUND, "%s", what);
    if (!record_flag(answer, "writable"))
        return ask_fail(a, -EROFS, "%s", what);
    if (*d->medium && json_object_set(about, "path", json_object_get(answer, "path")) != 0)
        return ask_fail(a, -ENOMEM, "out of memory");
    int64_t need = record_number(a->entry->request, "content.bytes");
    if (record_number(answer, "free") < need)
        return ask_fail(a, -ENOSPC, "%s has room for %lld bytes, and %lld are needed",
                        record_text(question, *d->medium ? "medium" : "path"),
                        (long long)record_number(answer, "free"), (long long)need);
    return 0;
}

/* Whoever finds what an export left, finished or not, can open it with these keys alone. */
static int set_recipients(json_t *record, const struct case_entry *e, const json_t *names)
{
    return !e->take_out || !names || json_object_set(record, "recipients", (json_t *)(uintptr_t)names) == 0 ? 0 : -ENOMEM;
}

static bool is_written_to(const struct control *c, const char *medium)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->kind == JOB_EXPORT && str_eq(record_text(c->jobs[i]->about, "medium"), medium))
            return true;
    return false;
}

/* Onto a registered medium goes its next turn first, of which the intent says the digest. One at a time: what is written
 * beside an export that runs belongs to the turn of that. */
static int add_turn(const struct control *c, const struct policy_destination *d, json_t *intent, json_t *question)
{
    const struct policy_medium *m = *d->medium ? policy_medium(c->rules.policy, d->medium) : NULL;
    json_t *record = NULL, *turn = NULL;
    if (!m || is_written_to(c, d->medium))
        return 0;
    int r = turns_next(c, m, &record, &turn);
    if (r != 0)
        return r;
    bool ok = json_object_set_new(intent, "turn", record) == 0;
    return json_object_set_new(question, "turn", turn) == 0 && ok ? 0 : -ENOMEM;
}

/* The intent, sealed before anything moves. */
static int begin(struct ask *a, const struct policy_destination *d, const json_t *recipients, json_t *question)
{
    json_t *intent = transfer_record(a->control, a->entry, "intent");
    if (!intent || set_content(intent, a->entry) != 0 || set_recipients(intent, a->entry, recipients) != 0 ||
        add_turn(a->control, d, intent, question) != 0) {
        json_decref(intent);
        return ask_fail(a, -ENOMEM, "out of memory");
    }
    int r = ledger_append(a->control, intent, true, NULL, &a->why);
    if (r == 0 && *d->medium)
        media_tell_plug(a->control, ""); /* the medium may be pulled out, and come back, before the next look */
    return r;
}

static void close_failed(struct control *c, const struct case_entry *e, const char *phase,
                         int reason, const char *why)
{
    json_t *record = transfer_record(c, e, phase);
    bool unknown = str_eq(phase, "unknown");
    if (record && set_content(record, e) == 0 &&
        (!unknown || set_recipients(record, e, record_member(e->intent, "recipients")) == 0) &&
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
    autojson json_t *names = d ? recipients_ids(c->rules.policy, d) : NULL;
    autojson json_t *question = names ? question_of(a, d) : NULL;
    json_t *about = question ? about_json(a, d, names) : NULL;
    r = about ? check_destination(a, d, about) : ask_fail(a, -ENOMEM, "out of memory");
    if (r == 0)
        r = outbox_fits(d, outbox_sealed_bytes((uint64_t)json_array_size(a->entry->files),
                                               (uint64_t)record_number(a->entry->request, "content.bytes")), &a->why);
    if (r == 0)
        r = begin(a, d, json_object_get(about, "recipients"), question);
    if (r != 0) {
        json_decref(about);
        return r;
    }
    r = job_start(a, JOB_EXPORT, SK_MSG_JOB_START, question, NULL, 0, a->entry->id, about);
    if (r != ASK_LATER)
        close_failed(c, a->entry, "failed", -1, a->why.data ? a->why.data : PHRASE_ERROR(r));
    return r;
}

/* ---- when the exporter is done ---- */

static bool is_escrowed(const struct job *j)
{
    const json_t *ids = record_member(j->about, "recipients");
    return str_eq(json_string_value(json_array_get(ids, json_array_size(ids) - 1)), POLICY_ESCROW);
}

static int make_cover(struct control *c, const struct job *j, const struct case_entry *e, struct buf *text)
{
    char date[CLOCK_TIME_CAP];
    const struct policy_contract *of = policy_contract(c->rules.policy, record_text(e->request, "contract"));
    clock_format_date(date, control_now(c));
    const struct cover cover = {
        .case_id = e->id,
        .date = date,
        .contract = of ? of->title : "",
        .contractor = of ? of->contractor : "",
        .contact = of ? of->contact : "",
        .return_by = record_text(e->request, "return-by"),
        .escrow = is_escrowed(j),
    };
    return cover_write(&cover, text);
}

/* "" of what is not there. */
static int hex_of(const struct buf *text, char ret[static DIGEST_HEX_CAP])
{
    uint8_t digest[DIGEST_LEN];
    ret[0] = '\0';
    int r = text->len > 0 ? digest_of(text->data, text->len, digest) : 0;
    if (r == 0 && text->len > 0)
        digest_hex(ret, digest);
    return r;
}

struct papers {
    struct buf manifest, signature, cover;
};

static void papers_clear(struct papers *p)
{
    buf_free(&p->manifest);
    buf_free(&p->signature);
    buf_free(&p->cover);
}

static int make_manifest(struct control *c, struct job *j, const struct case_entry *e,
                         const json_t *sealed, const json_t *head, struct papers *papers)
{
    char cover_hex[DIGEST_HEX_CAP], cover_name[SK_ID_MAX + sizeof COVER_SUFFIX];
    struct buf *text = &papers->manifest;
    int r = hex_of(&papers->cover, cover_hex);
    if (r != 0)
        return r;
    snprintf(cover_name, sizeof cover_name, "%s" COVER_SUFFIX, j->id);
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
        .cover_name = cover_name,
        .cover_sha256 = cover_hex,
        .permit = record_text(e->permit, "permit"),
        .origin = c->origin,
        .head = head_text,
    };
    r = text_manifest_write(&m, text);
    if (r != 0)
        return r;
    snprintf(comment, sizeof comment, "sekisho manifest %s", j->id);
    return minisign_sign(text->data, text->len, &c->manifest_key, comment, &papers->signature);
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

/* To whom the file is sent now, and by which site. */
static int put_outbox(const struct control *c, struct job *j, const struct case_entry *e)
{
    const struct policy_destination *d =
        policy_destination(c->rules.policy, record_text(e->request, "destination.id"));
    if (!d || !outbox_is(d))
        return 0;
    return json_object_set_new(j->answer, "to", outbox_to(c->rules.policy, d)) == 0 &&
                   json_object_set_new(j->answer, "site", json_string(d->site)) == 0
               ? 0
               : -ENOMEM;
}

/* Keep what the done record and the answer will say. */
static int remember(const struct control *c, struct job *j, const struct case_entry *e, json_t *sealed,
                    const struct papers *papers)
{
    static const char *const members[] = {"manifest", "manifest-signature", "cover"};
    const struct buf *texts[] = {&papers->manifest, &papers->signature, &papers->cover};
    char hex[DIGEST_HEX_CAP];
    autobuf struct buf path = {0};
    const char *folder = record_text(j->about, "path");
    for (size_t i = 0; i < array_count(members); i++) {
        int r = hex_of(texts[i], hex);
        if (r == 0 && json_object_set_new(j->about, members[i], json_string(hex)) != 0)
            r = -ENOMEM;
        if (r != 0)
            return r;
    }
    buf_printf(&path, "%s%s%s", folder, sealed ? "/" : "", record_text(sealed, "name"));
    if (path.err)
        return path.err;
    autojson json_t *no_names = record_flag(j->about, "kept-in") ? json_array() : NULL;
    j->answer =
        json_pack("{sssOssssso}", "path", path.data, "files", no_names ? no_names : e->files,
                  "manifest", papers->manifest.len > 0 ? papers->manifest.data : "", "case", j->id,
                  "sealed", sealed ? json_incref(sealed) : json_null());
    bool ok = j->answer != NULL;
    if (ok && sealed) {
        char digests[SK_ID_MAX + 16];
        digests_name(e, digests);
        ok = put_outbox(c, j, e) == 0 && json_object_set(j->about, "sealed", sealed) == 0 &&
             json_object_set_new(j->answer, "digests", json_string(digests)) == 0;
    }
    return ok ? 0 : -ENOMEM;
}

/* SK_REASON_ALLOWED, or why what is under way may not be finished: all that would forbid it to begin now. */
static enum sk_reason check_still(struct control *c, struct case_entry *e)
{
    int64_t now = control_now(c);
    struct decision d = {0};
    enum sk_reason reason;
    const char *whose, *why;
    if (e->state != CASE_RUNNING)
        return SK_REASON_PERMIT_VOID;
    if (fold_is_lost(c->fold, e, ""))
        return SK_REASON_LOST;
    if (now >= e->expires_s || permit_is_ahead(e->permit, now))
        return SK_REASON_PERMIT_EXPIRED;
    if (!permit_stands(c->rules.policy, e->request, e->permit, now, &reason, &whose))
        return SK_REASON_PERMIT_VOID;
    reason = standing_of_case(c->rules.policy, c->fold, e, now, &why);
    if (reason != SK_REASON_ALLOWED)
        return reason;
    permit_transfer(c->rules.policy, c->fold, e, true, now, &d);
    return d.allow ? SK_REASON_ALLOWED : d.reason;
}

static const char *ended_why(enum sk_reason reason)
{
    if (reason == SK_REASON_PERMIT_EXPIRED)
        return PHRASE("the permit's period ended while it was being written");
    if (reason == SK_REASON_PERMIT_VOID)
        return PHRASE("the permit became void while it was being written");
    return sk_reason_phrase(reason);
}

void exports_expire(struct control *c)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++) {
        const struct job *j = c->jobs[i];
        struct case_entry *e =
            j && j->kind == JOB_EXPORT && j->step != JOB_FINISHING ? fold_case(c->fold, j->id) : NULL;
        enum sk_reason reason = e ? check_still(c, e) : SK_REASON_ALLOWED;
        if (reason != SK_REASON_ALLOWED)
            job_end_of(c, e->id, (int)reason, ended_why(reason));
    }
}

/* The digests must be the permit's; then what lies beside it, and commit. */
static int settle(struct control *c, struct job *j, const json_t *message, struct papers *papers, struct buf *why)
{
    const struct case_entry *e = fold_case(c->fold, j->id);
    autojson json_t *files = NULL, *head = NULL, *sealed = NULL;
    uint64_t bytes;
    if (!e || e->state != CASE_RUNNING)
        return SK_ERR_STATE;
    int r = files_join(e->files, json_object_get(message, "files"), &files, &bytes);
    if (r != 0 || !e->take_out)
        return r != 0 ? r : remember(c, j, e, NULL, papers);
    sealed = sealed_of(j, message);
    if (!sealed)
        return SK_ERR_FORMAT;
    const struct policy_destination *d =
        policy_destination(c->rules.policy, record_text(e->request, "destination.id"));
    r = d ? outbox_takes(d, (uint64_t)record_number(sealed, "bytes"), why) : 0;
    if (r == 0)
        r = ledger_head(c, &head, why);
    if (r == 0)
        r = make_cover(c, j, e, &papers->cover);
    if (r == 0)
        r = make_manifest(c, j, e, sealed, head, papers);
    return r != 0 ? r : remember(c, j, e, sealed, papers);
}

static void export_done(struct control *c, struct job *j, const json_t *message)
{
    struct papers papers __attribute__((cleanup(papers_clear))) = {0};
    autobuf struct buf why = {0};
    struct case_entry *e = fold_case(c->fold, j->id);
    enum sk_reason reason = e ? check_still(c, e) : SK_REASON_ALLOWED;
    if (reason != SK_REASON_ALLOWED) {
        job_fail(c, j, SK_ERR_REFUSED, (int)reason, ended_why(reason));
        return;
    }
    int r = settle(c, j, message, &papers, &why);
    const struct job_papers beside = {papers.manifest.data, papers.signature.data, papers.cover.data};
    if (r == 0)
        job_commit(c, j, beside.manifest ? &beside : NULL);
    else
        job_fail(c, j, r, r == SK_ERR_DIGEST ? SK_REASON_CONTENT_CHANGED : -1,
                 r == SK_ERR_DIGEST ? sk_reason_phrase(SK_REASON_CONTENT_CHANGED)
                 : why.len > 0      ? why.data
                                    : PHRASE_ERROR(r));
}

static void export_committed(struct control *c, struct job *j)
{
    static const char *const extra[] = {"sealed", "manifest", "manifest-signature", "cover", "recipients"};
    const struct case_entry *e = fold_case(c->fold, j->id);
    if (!e)
        return;
    json_t *record = transfer_record(c, e, "done");
    json_t *turn = json_object_get(e->intent, "turn");
    bool ok = record && set_content(record, e) == 0 && (!turn || json_object_set(record, "turn", turn) == 0);
    for (size_t i = 0; ok && e->take_out && i < array_count(extra); i++)
        ok = json_object_set(record, extra[i], json_object_get(j->about, extra[i])) == 0;
    if (!ok) {
        json_decref(record);
        return;
    }
    char area[SK_ID_MAX + 1];
    snprintf(area, sizeof area, "%s", record_text(e->request, "area"));
    ledger_close_act(c, record);
    (void)!ledger_say_recorded(c, j->answer);
    if (*record_text(j->about, "medium"))
        media_tell_plug(c, "");
    drop_later(c, j->id, area);
}

/* Lost while it was told to commit: it may have, so nobody knows. */
static void export_failed(struct control *c, struct job *j)
{
    const struct case_entry *e = fold_case(c->fold, j->id);
    bool lost = j->code == SK_ERR_CLOSED || j->code == SK_ERR_TIMEOUT || j->code == -ETIMEDOUT; /* its storage is silent */
    bool unknown = j->commit && lost;
    if (!e)
        return;
    char area[SK_ID_MAX + 1];
    snprintf(area, sizeof area, "%s", record_text(e->request, "area"));
    sweep_later(c, e);
    if (j->code == SK_ERR_ROLLBACK)
        j->reason = SK_REASON_MEDIUM_COPY;
    close_failed(c, e, unknown ? "unknown" : "failed", j->reason,
                 j->why.data ? j->why.data : PHRASE_ERROR(j->code));
    if (unknown)
        drop_later(c, j->id, area);
}

const struct job_actions job_export = {.done = export_done, .committed = export_committed,
                                       .failed = export_failed};
