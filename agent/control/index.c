/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index.c owns what control has to do with sekisho-index: it takes findings, one at a time, and makes
 * records of them. It must never ask for the next one before the last is durable, and never call a copy
 * permitted that the policy in force does not permit. */
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "control/control.h"
#include "policy/decide.h"

#define RETRY_NS (2ull * 1000000000) /* between tries to reach an index that is away */
#define BOOT_NS  1000000000ull

/* When it was: boot clock to wall clock. */
static void made_at(const json_t *found, char ret[static CLOCK_TIME_CAP])
{
    struct clock_now now;
    clock_read(&now);
    uint64_t at = (uint64_t)record_number(found, "at");
    uint64_t ago_s = at && at < now.boot_ns ? (now.boot_ns - at) / BOOT_NS : 0;
    clock_format(ret, now.wall_s - (int64_t)ago_s, 0);
}

/* A plain copy that a case made into a folder of this PC is no copy without permission. */
static bool made_by_case(const struct control *c, const json_t *found)
{
    const char *sha256 = record_text(found, "sha256");
    autobuf struct buf path = {0};
    const char *shown = record_text(found, "file");
    if (strcmp(record_text(found, "what"), "outside") != 0 ||
        str_unescape(&path, shown, strlen(shown)) != 0 || !path.data)
        return false;
    for (size_t i = 0; i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        const struct policy_destination *d =
            policy_destination(c->rules.policy, record_text(e->request, "destination.id"));
        if (e->take_out || (!e->intent && !e->done) || !d || !str_starts(path.data, d->path) ||
            path.data[strlen(d->path)] != '/')
            continue;
        const json_t *file;
        size_t at;
        json_array_foreach(e->files, at, file)
            if (strcmp(record_text(file, "sha256"), sha256) == 0)
                return true;
    }
    return false;
}

static json_t *permission_json(const struct decision *d, const struct policy_consent *consent)
{
    return json_pack("{sbsss{ssss}sssossss}", "granted", d->allow, "permit", "", "approver", "id", "",
                     "name", "", "reason", d->allow ? "" : sk_reason_name(d->reason), "consent",
                     consent && d->allow ? consent_json(consent) : json_object(), "at", "", "why",
                     d->allow ? "" : sk_reason_phrase(d->reason));
}

/* Outside of an area nothing permits a copy but a case; of another area's file no consent does. */
static void decide(struct control *c, const json_t *found, const char *login, struct decision *ret,
                   const struct policy_consent **ret_consent)
{
    const char *area = record_text(found, "area");
    bool outside = strcmp(record_text(found, "what"), "outside") == 0;
    bool other = strcmp(area, record_text(found, "of-area")) != 0;
    decide_copy_inside(c->rules.policy, login, area, control_now(c), ret, ret_consent);
    if (ret->allow && (outside || other)) {
        ret->allow = false;
        ret->reason = outside ? SK_REASON_NO_DESTINATION : SK_REASON_NO_CONSENT;
    }
}

static json_t *fields_of(struct control *c, const json_t *found, const char *id)
{
    const char *area_id = record_text(found, "area"), *reason;
    /* where it came from is another client's business: that it did is told, not from where */
    const char *of_area = record_text(found, "of-area");
    bool of_other = *of_area && strcmp(contract_of_area(c, of_area), contract_of_area(c, area_id)) != 0;
    const struct policy_area *area = policy_area(c->rules.policy, area_id);
    const struct policy_consent *consent = NULL;
    struct decision d;
    char login[CONTROL_LOGIN_CAP], at[CLOCK_TIME_CAP];
    uid_t uid = (uid_t)room_login_uid(record_number(found, "uid"));
    login_of(uid, login);
    made_at(found, at);
    decide(c, found, login, &d, &consent);
    reason = d.allow ? "" : sk_reason_name(d.reason);
    json_t *content = json_pack(
        "{s[{sssIss}]sisI}", "files", "name", record_text(found, "file"), "bytes",
        (json_int_t)record_number(found, "bytes"), "sha256", record_text(found, "sha256"), "count", 1,
        "bytes", (json_int_t)record_number(found, "bytes"));
    return json_pack(
        "{sssssosssssisssssososssssssssssbsbsIsssIsssb}", "phase", "done", "copy", id, "person",
        control_person(login, uid, policy_person_of_user(c->rules.policy, login)), "area", area_id,
        "contract", area ? area->contract : "", "level", area ? (int)area->level : 0, "purpose",
        area ? area->copy_purpose : "", "kept", area ? area->kept : "", "content", content,
        "permission", permission_json(&d, consent), "reason", reason, "of",
        of_other ? "" : record_text(found, "of"), "of-area", of_other ? "" : of_area, "found", record_text(found, "what"), "made-at", at,
        "by-process", record_flag(found, "by-process"), "late", record_flag(found, "late"), "pid",
        (json_int_t)record_number(found, "pid"), "exe", record_text(found, "exe"), "number",
        (json_int_t)record_number(found, "n"), "decision", d.allow ? "allowed" : "refused", "of-other", of_other ? 1 : 0);
}

/* 0 when it is durable, or needs no record. */
static int record_found(struct control *c, const json_t *found, struct buf *why)
{
    char id[SK_ID_MAX + 1];
    if (made_by_case(c, found))
        return 0;
    int r = next_id(c, 'C', id);
    if (r != 0)
        return r;
    autojson json_t *fields = fields_of(c, found, id);
    json_t *record = control_record(c, SK_KIND_COPY);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, false, NULL, why);
}

static void close_feed(struct index_feed *i)
{
    if (i->fd >= 0)
        close(i->fd);
    i->fd = -1;
    i->asked = false;
    i->retry_ns = clock_boot_ns() + RETRY_NS;
}

void index_close(struct control *c)
{
    close_feed(&c->feed);
    json_decref(c->feed.found);
    c->feed.found = NULL;
}

/* Write down what was taken, if there is something. False: it has to wait. */
static bool settle(struct control *c)
{
    struct index_feed *i = &c->feed;
    autobuf struct buf why = {0};
    if (!i->found)
        return true;
    if (!c->folded)
        return false;
    uint64_t n = (uint64_t)record_number(i->found, "n");
    /* the answer to an earlier try was lost, and the ledger has it */
    int r = n <= c->fold->found_number ? 0 : record_found(c, i->found, &why);
    if (r == SK_ERR_FORMAT || r == SK_ERR_LIMIT)
        log_error("the ledger does not take a finding: %s", why.data ? why.data : "");
    else if (r != 0) {
        log_warn("a copy that was found can't be recorded yet: %s",
                 why.data ? why.data : sk_strerror(r));
        return false;
    }
    if (i->after < n)
        i->after = n;
    json_decref(i->found);
    i->found = NULL;
    return true;
}

void index_ask(struct control *c)
{
    struct index_feed *i = &c->feed;
    if (!c->folded || i->asked || !settle(c))
        return;
    if (i->fd < 0) {
        if (clock_boot_ns() < i->retry_ns)
            return;
        i->fd = wire_connect_within(sk_path(SK_PATH_INDEX_SOCKET), LINK_QUICK_MS);
        if (i->fd < 0) {
            close_feed(i);
            return;
        }
    }
    if (i->after < c->fold->found_number)
        i->after = c->fold->found_number;
    autojson json_t *question = json_pack("{sI}", "after", (json_int_t)i->after);
    if (question && link_send(i->fd, SK_MSG_INDEX_NEXT, question, NULL, 0, 0) == 0)
        i->asked = true;
    else
        close_feed(i);
}

void index_ready(struct control *c)
{
    struct index_feed *i = &c->feed;
    autowire struct wire_message m = {0};
    int r = wire_receive(i->fd, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r == 0 && (m.type != SK_MSG_INDEX_FOUND || !i->asked))
        r = SK_ERR_FORMAT;
    if (r == 0)
        r = link_parse(&m, &i->found);
    if (r != 0) {
        close_feed(i);
        return;
    }
    i->asked = false;
    index_ask(c);
}

int index_status(struct control *c, json_t **ret, struct buf *why)
{
    autojson json_t *question = json_object();
    return link_ask(&c->index, SK_MSG_STATUS, question, NULL, 0, SK_MSG_OK, ret, NULL, why);
}

void index_places(struct control *c)
{
    const struct policy_list *places = &c->rules.policy->index.places;
    autobuf struct buf why = {0};
    autojson json_t *list = json_array();
    for (size_t i = 0; list && i < places->count; i++) {
        autobuf struct buf shown = {0};
        str_escape(&shown, places->items[i], strlen(places->items[i]));
        if (shown.err || json_array_append_new(list, json_string(shown.data)) != 0)
            return;
    }
    autojson json_t *question = list ? json_pack("{sO}", "paths", list) : NULL;
    if (!question || (json_equal(question, c->feed.places) && c->device.pid == c->feed.device_pid))
        return;
    if (link_ask(&c->device, SK_MSG_PLACES, question, NULL, 0, SK_MSG_OK, NULL, NULL, &why) != 0)
        return;
    json_decref(c->feed.places);
    c->feed.places = steal_ptr(&question);
    c->feed.device_pid = c->device.pid;
}
