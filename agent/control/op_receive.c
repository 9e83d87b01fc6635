/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_receive.c owns the register of what comes in (REC-6): intent, copying in by the exporter,
 * record, receipt. It must never touch content: descriptors go from the asker to the device process
 * unread. */
#include <sodium.h>
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "control/control.h"
#include "policy/decide.h"

/* Whoever may work in the area may receive into it; the application is not at issue here, so the
 * question names one that the area lists. */
static int check_person(struct ask *a, const struct policy_area *area)
{
    struct decision d = {0};
    const struct access_question q = {
        .user = a->login,
        .one_identity = true,
        .identified = true,
        .area = area->head.id,
        .application = area->applications.count > 0 ? area->applications.items[0] : NULL,
        .program_trusted = true,
        .code_trusted = true,
        .in_room = true,
        .now = control_now(a->control),
    };
    decide_access(a->control->rules.policy, &q, &d);
    return d.allow ? 0 : ask_refuse(a, d.reason, "%s", sk_reason_phrase(d.reason));
}

static json_t *receive_record(const struct control *c, const struct job *j, const char *phase)
{
    static const char *const same[] = {"contract", "area",    "from",       "how",
                                       "place",    "name",    "purpose",    "return-how",
                                       "sealed",   "top-secret", "specific-personal", "into"};
    json_t *record = control_record(c, SK_KIND_RECEIVE);
    autojson json_t *fields = json_pack("{sssssO}", "receipt", j->id, "phase", phase, "person",
                                        j->person);
    bool ok = record && fields && json_object_update(record, fields) == 0;
    for (size_t i = 0; ok && i < array_count(same); i++)
        ok = !json_object_get(j->about, same[i]) ||
             json_object_set(record, same[i], json_object_get(j->about, same[i])) == 0;
    if (!ok) {
        json_decref(record);
        return NULL;
    }
    return record;
}

static json_t *names_of(const json_t *files)
{
    json_t *names = json_array();
    for (size_t i = 0; names && i < json_array_size(files); i++)
        json_array_append(names, json_object_get(json_array_get(files, i), "name"));
    return names;
}

/* What is to come in, for the case that nobody learns how it ended. Of very many files only how many. */
static int set_names(json_t *record, const json_t *files)
{
    json_t *content = json_pack("{sI}", "count", (json_int_t)json_array_size(files));
    if (content && json_dumpb(files, NULL, 0, JSON_COMPACT) <= CONTROL_RECORD_FILES) {
        json_t *list = json_array();
        size_t i;
        const json_t *file;
        json_array_foreach(files, i, file)
            json_array_append_new(list, json_pack("{sO}", "name", json_object_get(file, "name")));
        json_object_set_new(content, "files", list);
    }
    return record && json_object_set_new(record, "content", content) == 0 ? 0 : -ENOMEM;
}

static int begin(struct ask *a, const char *id, json_t *about)
{
    struct job shape = {.person = ask_person(a), .about = about};
    snprintf(shape.id, sizeof shape.id, "%s", id);
    json_t *intent = receive_record(a->control, &shape, "intent");
    json_decref(shape.person);
    if (set_names(intent, json_object_get(about, "files")) != 0) {
        json_decref(intent);
        return -ENOMEM;
    }
    return ledger_append(a->control, intent, false, NULL, &a->why);
}

static int check_names(struct ask *a, const json_t *files)
{
    autojson json_t *seen = json_object();
    if (json_array_size(files) != a->fd_count)
        return ask_fail(a, SK_ERR_FORMAT, "one name for each descriptor");
    for (size_t i = 0; seen && i < json_array_size(files); i++) {
        const char *name = record_text(json_array_get(files, i), "name");
        if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            return ask_fail(a, SK_ERR_FORMAT, "%s is not a file's name", name);
        if (json_object_get(seen, name))
            return ask_fail(a, SK_ERR_EXISTS, "%s is named twice", name);
        json_object_set_new(seen, name, json_true());
    }
    return seen ? 0 : -ENOMEM;
}

/* The folder's parts are names: nothing that leads out of the area, and no place of the machine. */
static int check_into(struct ask *a)
{
    const char *into = record_text(a->body, "into");
    for (const char *part = into; *into && part; part = strchr(part, '/')) {
        part += part > into;
        size_t len = strcspn(part, "/");
        if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && memcmp(part, "..", 2) == 0))
            return ask_fail(a, SK_ERR_FORMAT,
                            "%s is no folder below the area's top; name it as letters/2026 (--into)",
                            into);
    }
    return 0;
}

static json_t *about_json(const struct ask *a, const struct policy_area *area, json_t *files)
{
    bool personal = record_flag(a->body, "personal") || area->personal_number;
    static const char *const same[] = {"from", "how", "place", "name", "purpose", "return-how", "into"};
    json_t *about = json_pack("{sssssbsbsbsO}", "contract", area->contract, "area", area->head.id,
                              "specific-personal", personal, "top-secret", area->top_secret, "unseal",
                              record_flag(a->body, "unseal"), "files", files);
    for (size_t i = 0; about && i < array_count(same); i++)
        if (json_object_set_new(about, same[i], json_string(record_text(a->body, same[i]))) != 0) {
            json_decref(about);
            return NULL;
        }
    return about;
}

/* The exporter opens what was sealed to the area's key. */
static int put_identity(struct ask *a, json_t *question, const struct policy_area *area)
{
    autobuf struct buf text = {0};
    int r = area_key_read(area->head.id, &text);
    if (r == -ENOENT)
        return ask_fail(a, SK_ERR_KEY_UNKNOWN, "area %s has no key yet: sekisho area key %s makes it",
                        area->head.id, area->head.id);
    if (r == 0 && json_object_set_new(question, "identity", json_string(text.data)) != 0)
        r = -ENOMEM;
    if (text.data)
        sodium_memzero(text.data, text.len);
    return r != 0 ? ask_fail(a, r, "the area's key can't be read: %s", PHRASE_ERROR(r)) : 0;
}

/* Specific personal information has areas of its own (REC-6), and one sealed file is opened at a time. */
static int check_kind(struct ask *a, const struct policy_area *area)
{
    if (record_flag(a->body, "personal") && !area->personal_number)
        return ask_refuse(a, SK_REASON_KEPT_APART, "%s", sk_reason_phrase(SK_REASON_KEPT_APART));
    if (record_flag(a->body, "unseal") && a->fd_count != 1)
        return ask_fail(a, SK_ERR_FORMAT, "one sealed file at a time");
    return 0;
}

static int start(struct ask *a, const struct policy_area *area, json_t *files)
{
    struct control *c = a->control;
    char id[SK_ID_MAX + 1];
    int r = next_id(c, 'R', id);
    if (r != 0)
        return r;
    json_t *about = about_json(a, area, files);
    autojson json_t *question =
        json_pack("{sssssssososs}", "job", "receive", "case", id, "area", area->head.id, "requester",
                  requester_json(a), "names", names_of(files), "into", record_text(a->body, "into"));
    r = about && question ? 0 : ask_fail(a, -ENOMEM, PHRASE("out of memory"));
    if (r == 0 && record_flag(a->body, "unseal"))
        r = put_identity(a, question, area);
    if (r == 0)
        r = begin(a, id, about);
    if (r != 0) {
        json_decref(about);
        return r;
    }
    struct job shape = {.person = ask_person(a), .about = json_incref(about)};
    snprintf(shape.id, sizeof shape.id, "%s", id);
    r = job_start(a, JOB_RECEIVE, SK_MSG_JOB_START, question, a->fds, a->fd_count, id, about);
    if (r != ASK_LATER) {
        json_t *end = receive_record(c, &shape, "failed");
        if (end)
            json_object_set_new(end, "why", json_string(a->why.data ? a->why.data : ""));
        ledger_close_act(c, end);
    }
    json_decref(shape.person);
    json_decref(shape.about);
    return r;
}

int op_receive(struct ask *a)
{
    struct control *c = a->control;
    const struct policy_area *area = policy_area(c->rules.policy, record_text(a->body, "area"));
    json_t *files = json_object_get(a->body, "files");
    if (!area)
        return ask_refuse(a, SK_REASON_NO_AREA, "%s", sk_reason_phrase(SK_REASON_NO_AREA));
    int r = check_person(a, area);
    if (r == 0)
        r = check_not_closed(a, area->contract);
    if (r == 0)
        r = check_kind(a, area);
    if (r == 0)
        r = check_names(a, files);
    if (r == 0)
        r = check_into(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    return r != 0 ? r : start(a, area, files);
}

/* What was opened, as the sender's agent knows it. */
static int keep_sealed(struct job *j, const json_t *message)
{
    const json_t *seen = record_member(message, "sealed");
    const char *name = record_text(json_array_get(json_object_get(j->about, "files"), 0), "name");
    json_t *sealed = json_pack("{sssIss}", "name", name, "bytes",
                               (json_int_t)record_number(seen, "bytes"), "sha256",
                               record_text(seen, "sha256"));
    return seen && sealed && json_object_set_new(j->about, "sealed", sealed) == 0 ? 0 : SK_ERR_FORMAT;
}

static void receive_done(struct control *c, struct job *j, const json_t *message)
{
    autojson json_t *files = NULL;
    uint64_t bytes;
    int r = files_join(json_object_get(j->about, "files"), json_object_get(message, "files"), &files,
                       &bytes);
    if (r != 0) {
        job_fail(c, j, r, -1, PHRASE("the exporter's answer does not fit the question"));
        return;
    }
    if (record_flag(j->about, "unseal") && keep_sealed(j, message) != 0) {
        job_fail(c, j, SK_ERR_FORMAT, -1, PHRASE("the exporter's answer does not fit the question"));
        return;
    }
    if (json_object_set(j->about, "received", files) != 0 ||
        json_object_set_new(j->about, "bytes", json_integer((json_int_t)bytes)) != 0)
        job_fail(c, j, -ENOMEM, -1, PHRASE("out of memory"));
    else
        job_commit(c, j, NULL);
}

static void put_row(struct buf *b, const char *key, const char *value)
{
    buf_printf(b, "%s: %s\n", key, value);
}

/* The receipt: what a person keeps. */
static void write_receipt(const struct control *c, const struct job *j, uint64_t seq, struct buf *b)
{
    char at[CLOCK_TIME_CAP];
    const json_t *files = json_object_get(j->about, "received");
    clock_format(at, control_now(c), 0);
    buf_puts(b, "sekisho-receipt: 1\n");
    put_row(b, "receipt", j->id);
    put_row(b, "at", at);
    put_row(b, "contract", record_text(j->about, "contract"));
    put_row(b, "area", record_text(j->about, "area"));
    put_row(b, "person", record_text(j->person, "name"));
    put_row(b, "from", record_text(j->about, "from"));
    put_row(b, "how", record_text(j->about, "how"));
    put_row(b, "place", record_text(j->about, "place"));
    put_row(b, "specific-personal", record_flag(j->about, "specific-personal") ? "yes" : "no");
    buf_printf(b, "record: %llu\nledger-origin: %s\n", (unsigned long long)seq, c->origin);
    if (json_object_get(j->about, "sealed"))
        buf_printf(b, "sealed: %s %lld %s\n", record_text(j->about, "sealed.sha256"),
                   (long long)record_number(j->about, "sealed.bytes"),
                   record_text(j->about, "sealed.name"));
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *f = json_array_get(files, i);
        buf_printf(b, "file: %s %lld %s\n", record_text(f, "sha256"),
                   (long long)record_number(f, "bytes"), record_text(f, "name"));
    }
}

static int sign_receipt(const struct control *c, const struct job *j, const struct buf *receipt,
                        struct buf *signature)
{
    char comment[SK_ID_MAX + 32];
    snprintf(comment, sizeof comment, "sekisho receipt %s", j->id);
    return c->has_manifest_key
               ? minisign_sign(receipt->data, receipt->len, &c->manifest_key, comment, signature)
               : 0;
}

static void receive_committed(struct control *c, struct job *j)
{
    autobuf struct buf why = {0}, receipt = {0}, signature = {0};
    uint64_t seq = 0;
    json_t *files = json_object_get(j->about, "received");
    int r = ledger_append_content(c, receive_record(c, j, "done"), json_incref(files),
                                  (uint64_t)record_number(j->about, "bytes"), false, &seq, &why);
    if (r != 0) {
        json_t *late = receive_record(c, j, "done");
        json_t *content = json_pack("{sIsO}", "count", (json_int_t)json_array_size(files), "bytes",
                                    json_object_get(j->about, "bytes"));
        if (content && json_dumpb(files, NULL, 0, JSON_COMPACT) <= CONTROL_RECORD_FILES)
            json_object_set(content, "files", files);
        if (late)
            json_object_set_new(late, "content", content);
        else
            json_decref(content);
        ledger_close_act(c, late);
    }
    write_receipt(c, j, seq, &receipt);
    if (!receipt.err && sign_receipt(c, j, &receipt, &signature) == 0)
        j->answer = json_pack("{sssssssIsO}", "receipt", receipt.data, "signature",
                              signature.data ? signature.data : "", "id", j->id, "seq",
                              (json_int_t)seq, "files", files);
    if (j->answer)
        (void)!ledger_say_recorded(c, j->answer);
}

static void receive_failed(struct control *c, struct job *j)
{
    bool unknown = j->commit && (j->code == SK_ERR_CLOSED || j->code == SK_ERR_TIMEOUT);
    json_t *record = receive_record(c, j, unknown ? "unknown" : "failed");
    if (record)
        json_object_set_new(record, "why",
                            json_string(j->why.data ? j->why.data : PHRASE_ERROR(j->code)));
    (void)set_names(record, json_object_get(j->about, "files"));
    ledger_close_act(c, record);
}

const struct job_actions job_receive = {.done = receive_done, .committed = receive_committed,
                                        .failed = receive_failed};
