/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_watch.c owns the questions about what happens and why. It must never show one person what another
 * did, but to those whose business it is. */
#include <string.h>
#include "control/control.h"
#include "proof/reader.h"

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
                                       .uid = a->peer->who.uid};
    uint64_t size = (uint64_t)record_number(head, "size");
    uint64_t from = last < 0 || (uint64_t)last >= size ? size : (uint64_t)last + 1;
    r = watcher_start(a->peer, from, &wanted);
    return r != 0 ? ask_fail(a, r, "the ledger can't be read: %s", sk_strerror(r)) : ASK_LATER;
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
    return line.seq == seq ? record_parse(line.text, line.len, SK_RECORD_MAX, ret)
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

/* Names of files of a room are for those inside of it. */
static void strip(json_t *record)
{
    static const char *const names[] = {"file", "exe", "of", "content", "why", "purpose", "kept"};
    for (size_t i = 0; i < array_count(names); i++)
        json_object_del(record, names[i]);
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
    if (r == SK_ERR_NOT_FOUND || (r == 0 && !seen))
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no event %lld that %s may ask for",
                        (long long)event, *a->login ? a->login : "this user");
    if (r != 0)
        return ask_fail(a, r, "the ledger can't be read: %s", sk_strerror(r));
    bool kept_out = ask_is_kept_out(a, record_text(record, "area"));
    autojson json_t *shown = event_of(record, kept_out);
    const char *reason = record_text(record, "reason");
    if (kept_out)
        strip(record);
    a->answer = json_pack("{sOsOssssso}", "record", record, "event", shown ? shown : record,
                          "reason", reason, "text", shown ? record_text(shown, "text") : "", "rule",
                          rule_of(c, record));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
