/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_request.c owns requests: which files of which area, whether a consent covers them, the frozen
 * snapshot, the request's text and record. It must never make a case without a consent, and never
 * put a digest into a request that is not of the snapshot. */
#include <stdarg.h>
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/again.h"
#include "control/control.h"
#include "control/outbox.h"
#include "control/permit.h"
#include "control/recipients.h"
#include "control/request.h"
#include "control/texts.h"
#include "policy/decide.h"

/* A path below an area's mount point, in clean form: the part behind it, else NULL. */
static const char *below(const char *path, const char *mount)
{
    size_t len = strlen(mount);
    while (len > 1 && mount[len - 1] == '/')
        len--;
    if (len < 2 || strncmp(path, mount, len) != 0 || path[len] != '/' || !path[len + 1])
        return NULL;
    for (const char *part = path + len; *part;) {
        size_t part_len = strcspn(++part, "/");
        if (part_len == 0 || (part_len == 1 && part[0] == '.') ||
            (part_len == 2 && part[0] == '.' && part[1] == '.'))
            return NULL;
        part += part_len;
    }
    return path + len + 1;
}

static const struct policy_area *area_of(const struct policy *p, const char *path,
                                         const char **ret_below)
{
    const struct policy_area *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < p->area_count; i++) {
        const char *rest = below(path, p->areas[i].mount);
        size_t len = strlen(p->areas[i].mount);
        if (rest && len > best_len) {
            best = &p->areas[i];
            best_len = len;
            *ret_below = rest;
        }
    }
    return best;
}

/* Copies land in one folder, so their last names must differ. */
static const char *last_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static int check_unique(struct ask *a, const json_t *files, bool copy)
{
    autojson json_t *names = json_object();
    for (size_t i = 0; names && i < json_array_size(files); i++) {
        const char *name = record_text(json_array_get(files, i), "name");
        if (copy)
            name = last_name(name);
        if (json_object_get(names, name))
            return ask_fail(a, SK_ERR_EXISTS, "%s is named twice", name);
        if (json_object_set_new(names, name, json_true()) != 0)
            return -ENOMEM;
    }
    return names ? 0 : -ENOMEM;
}

/* The area of all the files and their names in it, escaped: [{"name"}]. */
static int resolve(struct ask *a, json_t **ret, const struct policy_area **ret_area)
{
    const json_t *paths = json_object_get(a->body, "files");
    autojson json_t *files = json_array();
    const struct policy_area *area = NULL;
    for (size_t i = 0; files && i < json_array_size(paths); i++) {
        const char *text = json_string_value(json_array_get(paths, i)), *rest = NULL;
        autobuf struct buf raw = {0}, name = {0};
        if (str_unescape(&raw, text, strlen(text)) != 0 || raw.err)
            return ask_fail(a, SK_ERR_FORMAT, "%s is not a path", text);
        const struct policy_area *its =
            area_of(a->control->rules.policy, raw.data ? raw.data : "", &rest);
        if (!its)
            return ask_refuse(a, SK_REASON_NO_AREA, "%s is in no protected area", text);
        if (area && its != area)
            return ask_fail(a, SK_ERR_FORMAT, "%s is in another area than %s: one request, one area",
                            text, area->head.id);
        area = its;
        str_escape(&name, rest, strlen(rest));
        json_t *row = name.err ? NULL : json_pack("{ss}", "name", name.data);
        if (!row || json_array_append_new(files, row) != 0)
            return -ENOMEM;
    }
    if (!files || !area)
        return -ENOMEM;
    *ret_area = area;
    *ret = steal_ptr(&files);
    return 0;
}

static uint64_t uses_of(void *context, const char *consent)
{
    return fold_uses(context, consent);
}

int request_decide(struct ask *a, const struct policy_area *area, bool take_out,
                   const char *consent, const struct policy_consent **ret)
{
    struct control *c = a->control;
    const struct transfer_question q = {
        .user = a->login,
        .area = area->head.id,
        .destination = record_text(a->body, "destination"),
        .purpose = record_text(a->body, "purpose"),
        .consent = *consent ? consent : NULL,
        .take_out = take_out,
        .uses = uses_of,
        .context = c->fold,
        .now = control_now(c),
    };
    struct decision d = {0};
    const struct policy_consent *nearest = NULL;
    decide_transfer(c->rules.policy, &q, &d, &nearest);
    if (d.allow && fold_is_lost(c->fold, NULL, q.destination))
        return ask_refuse(a, SK_REASON_LOST, "%s: %s", q.destination, sk_reason_phrase(SK_REASON_LOST));
    if (d.allow && permit_medium_revoked(c->rules.policy, c->fold, q.destination))
        return ask_refuse(a, SK_REASON_MEDIUM_REVOKED, "%s: %s", q.destination,
                          sk_reason_phrase(SK_REASON_MEDIUM_REVOKED));
    if (d.allow && nearest) {
        *ret = nearest;
        return 0;
    }
    enum sk_reason reason = d.allow ? SK_REASON_NO_CONSENT : d.reason;
    a->consent = nearest ? nearest->head.id : *consent ? consent : NULL;
    a->detail = json_pack("{ssssss}", "consent", a->consent ? a->consent : "", "document",
                          nearest ? nearest->document : "", "section", d.section ? d.section : "");
    return nearest ? ask_refuse(a, reason, "%s: consent %s (%s)", sk_reason_phrase(reason),
                                nearest->head.id, nearest->document)
                   : ask_refuse(a, reason, "%s", sk_reason_phrase(reason));
}

static struct standing_question standing_question(const struct control *c, const char *person,
                                                  const json_t *asked, const char *area,
                                                  bool take_out)
{
    return (struct standing_question){.policy = c->rules.policy,
                                      .fold = c->fold,
                                      .person = person,
                                      .area = area,
                                      .destination = record_text(asked, "destination"),
                                      .purpose = record_text(asked, "purpose"),
                                      .consent = record_text(asked, "consent"),
                                      .take_out = take_out,
                                      .now_s = control_now(c)};
}

/* The standing permit that the question names, or one that permits it; *ret NULL: none does. */
static int find_standing(struct ask *a, const struct policy_area *area, bool take_out,
                         const struct case_entry **ret)
{
    struct control *c = a->control;
    const char *under = record_text(a->body, "under"), *why;
    const struct standing_question q =
        standing_question(c, a->person ? a->person->head.id : "", a->body, area->head.id, take_out);
    if (!*under) {
        *ret = standing_find(&q);
        return 0;
    }
    *ret = fold_case(c->fold, under);
    enum sk_reason reason = standing_covers(&q, *ret, &why);
    return reason == SK_REASON_ALLOWED ? 0 : ask_refuse(a, reason, "%s: %s", under, why);
}

/* What is asked for again must be the asker's own, of the same kind and area. */
static int check_again(struct ask *a, const struct policy_area *area, bool take_out)
{
    const char *id = record_text(a->body, "again");
    const struct case_entry *e = *id ? fold_case(a->control->fold, id) : NULL;
    const char *whose = e ? record_text(e->request, "person.id") : "";
    if (!*id)
        return 0;
    if (!e || e->standing || !a->person || !str_eq(whose, a->person->head.id))
        return ask_fail(a, SK_ERR_PEER, "there is no case %s that %s may ask for again", id, a->login);
    return e->take_out == take_out && str_eq(record_text(e->request, "area"), area->head.id)
               ? 0
               : ask_fail(a, SK_ERR_FORMAT, "%s is of another area, or of another kind", id);
}

static int start_freeze(struct ask *a, const struct policy_area *area, json_t *files,
                        const struct policy_consent *consent, bool take_out,
                        const struct case_entry *under)
{
    struct control *c = a->control;
    char id[SK_ID_MAX + 1];
    int r = next_id(c, take_out ? 'T' : 'C', id);
    if (r != 0)
        return r;
    autojson json_t *paths = json_array();
    for (size_t i = 0; paths && i < json_array_size(files); i++)
        json_array_append(paths, json_object_get(json_array_get(files, i), "name"));
    autojson json_t *question =
        json_pack("{sssssssosO}", "job", "freeze", "case", id, "area", area->head.id, "requester",
                  requester_json(a), "paths", paths);
    json_t *about =
        json_pack("{sssssssssssssssOssss}", "type", take_out ? "takeout" : "copy", "area",
                  area->head.id, "destination", record_text(a->body, "destination"), "purpose",
                  record_text(a->body, "purpose"), "kept", record_text(a->body, "kept"),
                  "return-by", record_text(a->body, "return-by"), "consent", consent->head.id,
                  "files", files, "under", under ? under->id : "", "again",
                  record_text(a->body, "again"));
    r = store_write(STORE_STAGED, id, area->head.id, strlen(area->head.id));
    if (r != 0 || !question || !about) {
        json_decref(about);
        return ask_fail(a, r != 0 ? r : -ENOMEM, "the request can't be kept");
    }
    r = job_start(a, JOB_FREEZE, SK_MSG_JOB_START, question, NULL, 0, id, about);
    if (r != ASK_LATER)
        store_remove(STORE_STAGED, id);
    return r;
}

/* Each holds a snapshot in the area, and stands in the lists of those who approve. */
int request_check_waiting(struct ask *a)
{
    const struct fold *f = a->control->fold;
    size_t waiting = 0;
    for (size_t i = 0; a->person && i < f->count; i++)
        waiting += f->cases[i].state == CASE_REQUESTED &&
                   str_eq(record_text(f->cases[i].request, "person.id"), a->person->head.id);
    return waiting < CONTROL_WAITING_OF_USER
               ? 0
               : ask_refuse(a, SK_REASON_TOO_MANY, "%d requests of yours wait for an answer: wait for some, or withdraw them",
                          CONTROL_WAITING_OF_USER);
}

int op_request(struct ask *a)
{
    const char *type = record_text(a->body, "type");
    bool take_out = strcmp(type, "takeout") == 0;
    autojson json_t *files = NULL;
    const struct policy_area *area = NULL;
    const struct policy_consent *consent = NULL;
    const struct case_entry *under = NULL;
    if (!take_out && strcmp(type, "copy") != 0)
        return ask_fail(a, SK_ERR_FORMAT, "type: takeout or copy");
    int r = resolve(a, &files, &area);
    if (r == 0)
        r = area ? check_again(a, area, take_out) : SK_ERR_NOT_FOUND;
    if (r == 0)
        r = find_standing(a, area, take_out, &under);
    if (r == 0)
        r = request_decide(a, area, take_out,
                           under ? record_text(under->request, "consent.id")
                                 : record_text(a->body, "consent"),
                           &consent);
    if (r == 0 && !consent)
        r = SK_ERR_NOT_FOUND;
    if (r == 0)
        r = check_unique(a, files, !take_out);
    if (r == 0)
        r = check_return_by(a);
    if (r == 0)
        r = request_check_waiting(a);
    if (r == 0)
        r = ledger_ready(a->control, &a->why);
    return r != 0 ? r : start_freeze(a, area, files, consent, take_out, under);
}

/* ---- when the snapshot is there ---- */

struct parts {
    const struct policy_area *area;
    const struct policy_contract *contract;
    const struct policy_destination *destination;
    const struct policy_consent *consent;
};

static int find_parts(const struct policy *p, const json_t *about, struct parts *ret)
{
    ret->area = policy_area(p, record_text(about, "area"));
    ret->destination = policy_destination(p, record_text(about, "destination"));
    ret->consent = policy_consent(p, record_text(about, "consent"));
    ret->contract = ret->area ? policy_contract(p, ret->area->contract) : NULL;
    return ret->area && ret->destination && ret->consent && ret->contract ? 0 : SK_ERR_STATE;
}

static int fill_files(struct text_request *t, const json_t *files)
{
    size_t count = json_array_size(files);
    t->files = calloc(count ? count : 1, sizeof *t->files);
    if (!t->files)
        return -ENOMEM;
    t->file_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(files, i);
        t->files[i].bytes = (uint64_t)record_number(row, "bytes");
        snprintf(t->files[i].sha256, sizeof t->files[i].sha256, "%s", record_text(row, "sha256"));
        t->files[i].name = strdup(record_text(row, "name"));
        if (!t->files[i].name)
            return -ENOMEM;
    }
    return 0;
}

static char *print(const char *format, ...) SK_PRINTF(1, 2);
static char *print(const char *format, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, format);
    buf_vprintf(&b, format, ap);
    va_end(ap);
    return buf_steal(&b);
}

/* The text that is signed. head is the ledger's HEAD_IS. */
static int make_text(const struct control *c, const struct job *j, const struct parts *at,
                     const json_t *files, uint64_t bytes, const json_t *head, struct buf *out)
{
    char now[CLOCK_TIME_CAP], date[CLOCK_TIME_CAP], hex[DIGEST_HEX_CAP];
    clock_format(now, control_now(c), 0);
    clock_format_date(date, at->consent->date);
    digest_hex(hex, at->consent->sha256);
    struct text_request t __attribute__((cleanup(text_request_free))) = {
        .case_id = strdup(j->id),
        .type = strdup(record_text(j->about, "type")),
        .at = strdup(now),
        .host = strdup(c->host),
        .origin = strdup(c->origin),
        .head = print("%lld %s", (long long)record_number(head, "size"), record_text(head, "root")),
        .policy = print("%llu %s", (unsigned long long)c->rules.policy->version,
                        c->rules.digest_hex),
        .contract = strdup(at->contract->head.id),
        .contract_title = strdup(at->contract->title),
        .area = strdup(at->area->head.id),
        .level = print("%u", at->area->level),
        .person = strdup(record_text(j->person, "id")),
        .person_name = strdup(record_text(j->person, "name")),
        .destination = strdup(at->destination->head.id),
        .destination_label = strdup(at->destination->label),
        .recipients = recipients_text(c->rules.policy, at->destination),
        .purpose = strdup(record_text(j->about, "purpose")),
        .kept = strdup(record_text(j->about, "kept")),
        .return_by = strdup(record_text(j->about, "return-by")),
        .consent = strdup(at->consent->head.id),
        .consent_document = strdup(at->consent->document),
        .consent_date = strdup(date),
        .consent_sha256 = strdup(hex),
        .bytes = bytes,
    };
    int r = fill_files(&t, files);
    return r != 0 ? r : text_request_write(&t, out);
}

static json_t *request_record(const struct control *c, const struct job *j, const struct parts *at,
                              const json_t *head, const char *digest)
{
    const char *kind = destination_kind(at->destination);
    autojson json_t *fields = json_pack(
        "{sssssOsssssi}", "case", j->id, "type", record_text(j->about, "type"), "person", j->person,
        "contract", at->contract->head.id, "area", at->area->head.id, "level",
        (int)at->area->level);
    autojson json_t *more = json_pack(
        "{s{ssssss}sossssss s{sIss}ss}", "destination", "id", at->destination->head.id, "label",
        at->destination->label, "kind", kind, "consent", consent_json(at->consent), "purpose",
        record_text(j->about, "purpose"), "kept", record_text(j->about, "kept"), "return-by",
        record_text(j->about, "return-by"), "ledger", "size",
        (json_int_t)record_number(head, "size"), "root", record_text(head, "root"), "digest",
        digest);
    autojson json_t *recipients = recipients_ids(c->rules.policy, at->destination);
    autojson json_t *marks = json_pack("{sbsbsO}", "specific-personal", at->area->personal_number, "top-secret",
                                       at->area->top_secret, "recipients", recipients);
    json_t *record = control_record(c, SK_KIND_REQUEST);
    const char *under = record_text(j->about, "under"), *again = record_text(j->about, "again");
    if (!fields || !more || !marks || !record || json_object_update(record, fields) != 0 ||
        json_object_update(record, more) != 0 || json_object_update(record, marks) != 0 ||
        (*under && json_object_set_new(record, "under", json_string(under)) != 0) ||
        (*again && json_object_set_new(record, "again", json_string(again)) != 0)) {
        json_decref(record);
        return NULL;
    }
    return record;
}

json_t *request_approvers(struct control *c, const struct case_entry *e)
{
    const struct policy *p = c->rules.policy;
    json_t *list = json_array();
    for (size_t i = 0; list && e && i < p->person_count; i++) {
        const struct policy_person *who = &p->persons[i];
        if (permit_may_approve(p, c->fold, e, who, control_now(c)) == SK_REASON_ALLOWED)
            json_array_append_new(
                list, json_pack("{ssss}", "id", who->head.id, "name", who->name));
    }
    return list;
}

static json_t *openers_of(const struct control *c, const char *id)
{
    const struct case_entry *e = fold_case(c->fold, id);
    return recipients_view(c->rules.policy, e ? recipients_of_case(e) : NULL);
}

/* Text, file, record, in this order; after the record the case stands. */
static int settle(struct control *c, struct job *j, const json_t *message, struct buf *why)
{
    autojson json_t *files = NULL, *head = NULL;
    autobuf struct buf text = {0};
    struct parts at;
    uint64_t bytes;
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    const char *under = record_text(j->about, "under");
    int r = files_join(json_object_get(j->about, "files"), json_object_get(message, "files"),
                       &files, &bytes);
    if (r == 0)
        r = find_parts(c->rules.policy, j->about, &at);
    if (r == 0)
        r = outbox_fits(at.destination, outbox_sealed_bytes(json_array_size(files), bytes), why);
    if (r == 0)
        r = ledger_head(c, &head, why);
    if (r == 0)
        r = make_text(c, j, &at, files, bytes, head, &text);
    if (r == 0)
        r = digest_of(text.data, text.len, digest);
    if (r == 0)
        r = store_write(STORE_REQUEST, j->id, text.data, text.len);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    r = ledger_append_content(c, request_record(c, j, &at, head, hex), steal_ptr(&files), bytes,
                              false, NULL, why);
    /* killed in between: it is a request that waits for its approver, and has used nothing */
    if (r == 0 && *under)
        r = standing_grant(c, j->id, under, why);
    if (r != 0)
        return r;
    j->answer = json_pack("{sssssssosososo*}", "case", j->id, "request", text.data, "digest", hex,
                          "consent", consent_json(at.consent), "recipients", openers_of(c, j->id), "approvers",
                          request_approvers(c, fold_case(c->fold, j->id)), "permitted",
                          *under ? standing_permitted(c, j->id, under) : NULL);
    return j->answer ? again_put(j->answer, c->fold, fold_case(c->fold, j->id)) : -ENOMEM;
}

static bool may_be_withdrawn(const struct control *c, const struct case_entry *e)
{
    return (e->state == CASE_REQUESTED || e->state == CASE_PERMITTED || e->state == CASE_FAILED) && !job_of(c, e->id);
}

/* Takes person. 0, or why it is not on record. */
static int withdraw(struct control *c, const struct case_entry *e, json_t *person, const char *said, struct buf *why)
{
    autojson json_t *fields = json_pack("{ss ss so ss}", "case", e->id, "phase", "withdrawn", "person", person, "why", said);
    json_t *record = control_record(c, SK_KIND_PERMIT);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    int r = ledger_append(c, record, true, NULL, why);
    if (r == 0)
        drop_later(c, e->id, record_text(e->request, "area"));
    return r;
}

/* What is asked for again goes out as it is now or not at all: the earlier permit is void. Killed in between, both are there,
 * and each says what its approver saw. */
static void withdraw_earlier(struct control *c, const struct job *j)
{
    const struct case_entry *e = fold_case(c->fold, record_text(j->about, "again"));
    char said[PHRASE_OF_CAP];
    autobuf struct buf why = {0};
    if (!e || !may_be_withdrawn(c, e))
        return;
    phrase_print(said, sizeof said, "asked for again: %s", j->id);
    (void)!withdraw(c, e, json_incref(j->person), said, &why);
}

/* Another request may have taken its last use meanwhile. */
static enum sk_reason standing_still(const struct control *c, const struct job *j,
                                     const char **ret_why)
{
    const char *under = record_text(j->about, "under");
    const struct standing_question q = standing_question(
        c, record_text(j->person, "id"), j->about, record_text(j->about, "area"), j->id[0] == 'T');
    return *under ? standing_covers(&q, fold_case(c->fold, under), ret_why) : SK_REASON_ALLOWED;
}

static void request_done(struct control *c, struct job *j, const json_t *message)
{
    autobuf struct buf why = {0};
    const char *not_under = "";
    enum sk_reason reason = standing_still(c, j, &not_under);
    if (reason != SK_REASON_ALLOWED) {
        job_fail(c, j, SK_ERR_REFUSED, (int)reason, not_under);
        return;
    }
    int r = settle(c, j, message, &why);
    if (r != 0)
        job_fail(c, j, r, -1, why.len > 0 ? why.data : PHRASE_ERROR(r));
    if (r != 0)
        return;
    withdraw_earlier(c, j);
    job_commit(c, j, NULL);
}

/* No snapshot, no case: one that stands in the ledger already ends there. */
static void request_failed(struct control *c, struct job *j)
{
    const struct case_entry *e = fold_case(c->fold, j->id);
    if (e && (e->state == CASE_REQUESTED || e->state == CASE_PERMITTED)) {
        autojson json_t *fields = json_pack("{ssssss}", "case", j->id, "phase", "expired", "why",
                                            PHRASE("the snapshot could not be kept"));
        json_t *record = control_record(c, SK_KIND_PERMIT);
        if (fields && record && json_object_update(record, fields) == 0)
            ledger_close_act(c, record);
        else
            json_decref(record);
    }
    json_t *area = json_object_get(j->about, "area");
    drop_later(c, j->id, json_string_value(area));
}

const struct job_actions job_freeze = {.done = request_done, .failed = request_failed};

/* ---- taking a request back ---- */

int op_request_withdraw(struct ask *a)
{
    struct control *c = a->control;
    const struct case_entry *e = a->entry;
    bool ends = may_be_withdrawn(c, e);
    if (!ends && !case_is_open(e->state))
        return ask_fail(a, SK_ERR_STATE, "%s is %s: there is nothing to withdraw", e->id,
                        PHRASE_OF(case_state_name(e->state)));
    if (!ends)
        return ask_fail(a, SK_ERR_STATE, "%s was carried out, or is being so: it can't be withdrawn any more", e->id);
    int r = ledger_ready(c, &a->why);
    return r != 0 ? r : withdraw(c, e, ask_person(a), record_text(a->body, "why"), &a->why);
}
