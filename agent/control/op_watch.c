/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_watch.c owns the questions about what happens and why. It must never show one person what another
 * did, but to those whose business it is. */
#include <string.h>
#include "base/phrase.h"
#include "control/control.h"
#include "proof/reader.h"
#include "record/phrases.h"

#define RULE_MAX ((size_t)4000) /* bytes of a section that are shown */

int op_watch(struct ask *a)
{
    struct control *c = a->control;
    const char *scope = record_text(a->body, "scope");
    bool all = strcmp(scope, "all") == 0;
    const json_t *after = json_object_get(a->body, "after");
    int64_t last = after ? json_integer_value(after) : -1;
    if (!all && *scope && strcmp(scope, "mine") != 0)
        return ask_fail(a, SK_ERR_FORMAT, "scope: mine or all");
    if (all && (!ask_oversees(a, "") || *a->peer->area))
        return ask_fail(a, SK_ERR_PEER, "%s may watch what concerns %s only", a->login,
                        a->login);
    autojson json_t *head = NULL;
    int r = ledger_head(c, &head, &a->why);
    if (r != 0)
        return r;
    const struct watch_scope wanted = {.all = all, .refusals = record_flag(a->body, "refusals"),
                                       .devices = record_flag(a->body, "devices"),
                                       .cases = record_flag(a->body, "cases"),
                                       .uid = a->peer->who.uid};
    uint64_t size = (uint64_t)record_number(head, "size");
    uint64_t from = last < 0 || (uint64_t)last >= size ? size : (uint64_t)last + 1;
    r = watcher_start(a->peer, from, &wanted);
    return r != 0 ? ask_fail(a, r, "the ledger can't be read: %s", PHRASE_ERROR(r)) : ASK_LATER;
}

/* One record of the ledger. 0, SK_ERR_NOT_FOUND, or what reading it gave. */
static int read_record(uint64_t seq, json_t **ret)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    int r = ledger_reader_open(sk_path(SK_PATH_LEDGER), seq, &reader);
    if (r == 0)
        r = ledger_reader_next(reader, &line);
    if (r <= 0)
        return r == 0 || r == -ENOENT ? SK_ERR_NOT_FOUND : r;
    return line.seq == seq ? phrases_read(line.text, line.len, ret)
                           : SK_ERR_NOT_FOUND;
}

/* The section of the policy in force that starts at this line, when it is the one that decided. */
static json_t *rule_of(const struct control *c, const json_t *record)
{
    int64_t line = record_number(record, "rule");
    const char *at = c->rules.bytes.data ? c->rules.bytes.data : "";
    autobuf struct buf text = {0};
    bool same = strcmp(record_text(record, "policy.digest"), c->rules.digest_hex) == 0;
    for (int64_t i = 1; *at && i < line; i++)
        at += strcspn(at, "\n"), at += *at == '\n';
    for (bool first = true; same && line > 0 && *at && (first || *at != '['); first = false) {
        size_t len = strcspn(at, "\n");
        if (text.len + len > RULE_MAX)
            break;
        buf_put(&text, at, len);
        buf_putc(&text, '\n');
        at += len + (at[len] == '\n');
    }
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    return json_pack("{sIss}", "line", (json_int_t)line, "text", text.data ? text.data : "");
}

/* What of a record is told to who sits outside of the room: nothing that a program in it could choose, be
 * it a name or a number (of files, of processes). NULL when memory is short. */
static json_t *outside_of(const json_t *record)
{
    static const char *const told[] = {"seq",    "at",     "kind", "area", "person", "decision",
                                       "reason", "policy", "rule", "room", "phase",  "what"};
    json_t *some = json_object();
    for (size_t i = 0; some && i < array_count(told); i++) {
        json_t *value = json_object_get(record, told[i]);
        if (value)
            json_object_set(some, told[i], value);
    }
    return some;
}

int op_why(struct ask *a)
{
    struct control *c = a->control;
    int64_t event = record_number(a->body, "event");
    autojson json_t *record = NULL;
    int r = read_record((uint64_t)event, &record);
    bool oversees = r == 0 && !*a->peer->area && ask_oversees(a, record_text(record, "area"));
    bool seen = oversees || (r == 0 && event_is_of(record, a->peer->who.uid));
    /* which records there are is nobody's business: one answer for those of others and for none */
    bool kept_out = r == 0 && ask_is_kept_out(a, record_text(record, "area"));
    autojson json_t *shown = r == 0 && seen ? event_of(record, kept_out) : NULL;
    if (r == SK_ERR_NOT_FOUND || (r == 0 && (!seen || (kept_out && !shown))))
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no event %lld that %s may ask for",
                        (long long)event, *a->login ? a->login : "this user");
    if (r != 0)
        return ask_fail(a, r, "the ledger can't be read: %s", PHRASE_ERROR(r));
    autojson json_t *told = kept_out ? outside_of(record) : json_incref(record);
    const char *reason = record_text(record, "reason");
    a->answer = json_pack("{sOsOssssso}", "record", told, "event", shown ? shown : record,
                          "reason", reason, "text", shown ? record_text(shown, "text") : "", "rule",
                          rule_of(c, record));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
