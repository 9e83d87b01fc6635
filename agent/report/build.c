/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build.c owns what every paper has beside its content: contract, range, who confirmed it, and the foot
 * by which it is checked. It must never call a paper confirmed that says anything else now. */
#include <errno.h>
#include <sekisho/record.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/paper.h"
#include "report/source.h"

#define HEADS_SHOWN 3 /* ledgers whose heads stand in the foot of every page */

const struct report_row *report_find(const char *name)
{
    for (const struct report_row *row = report_rows; row->name; row++)
        if (str_eq(row->name, name))
            return row;
    return NULL;
}

static const char *announced_or(const struct report_source *s, const char *key, const char *policy)
{
    const char *text = record_text(s->announced, key);
    return *text ? text : policy ? policy : "";
}

static json_t *contract_of(const struct report_source *s)
{
    const struct policy_contract *c = report_contract(s);
    return json_pack("{ss ss ss ss}", "id", s->contract, "title",
                     announced_or(s, "title", c ? c->title : NULL), "client",
                     announced_or(s, "client", c ? c->client : NULL), "contractor",
                     announced_or(s, "contractor", c ? c->contractor : NULL));
}

/* "ledger-origin" and "ledger-head" as they stand in requests, permits and manifests, so that
 * `ledger verify DIR --anchor PAPER` finds them. */
static json_t *head_of(const struct report_ledger *l)
{
    uint8_t root[DIGEST_LEN] = {0};
    char hex[DIGEST_HEX_CAP];
    autodigest struct digest *hash = NULL;
    if (digest_new(&hash) != 0 || tree_root(&l->proof->sealed_tree, hash, root) != 0)
        return NULL;
    digest_hex(hex, root);
    return json_pack("{ss ss sI ss}", "origin", l->key.name, "host", l->host, "size",
                     (json_int_t)l->proof->sealed, "root", hex);
}

static json_t *heads_of(const struct report_source *s, struct buf *line)
{
    json_t *heads = json_array();
    for (size_t i = 0; heads && i < s->ledger_count; i++) {
        json_t *head = head_of(&s->ledgers[i]);
        if (json_array_append_new(heads, head) != 0) {
            json_decref(heads);
            return NULL;
        }
        if (i < HEADS_SHOWN)
            buf_printf(line, "%s%s %lld %s", i > 0 ? "\n" : "", record_text(head, "origin"),
                       (long long)record_number(head, "size"), record_text(head, "root"));
    }
    if (s->ledger_count > HEADS_SHOWN)
        buf_printf(line, "\n+%zu", s->ledger_count - HEADS_SHOWN);
    return heads;
}

static json_t *foot_of(const struct report_source *s)
{
    autobuf struct buf head = {0}, policy = {0};
    uint64_t records = 0;
    for (size_t i = 0; i < s->ledger_count; i++)
        records += s->ledgers[i].proof->sealed;
    json_t *heads = heads_of(s, &head);
    buf_printf(&policy, "%llu %s", (unsigned long long)s->policy_version, s->policy_digest);
    if (head.err || policy.err || !heads) {
        json_decref(heads);
        return NULL;
    }
    return json_pack("{so ss sI ss ss}", "heads", heads, "head", head.data ? head.data : "", "records",
                     (json_int_t)records, "policy", policy.data, "verify",
                     "sekisho ledger verify DIR --anchor PAPER.html");
}

/* The word for a role, as confirmations name it. */
static const struct {
    const char *role;
    struct report_text text;
} roles[] = {
    {"handler", {"取扱者", "handler"}},
    {"manager", {"情報管理責任者", "information manager"}},
    {"administrator", {"システム管理者", "administrator"}},
    {"auditor", {"監査者", "auditor"}},
};

static const char *role_text(const char *role, bool japanese)
{
    for (size_t i = 0; i < array_count(roles); i++)
        if (str_eq(roles[i].role, role))
            return report_in(&roles[i].text, japanese);
    return role;
}

static bool is_of_paper(const json_t *record, const json_t *document)
{
    return str_eq(record_text(record, "what"), "paper") &&
           str_eq(record_text(record, "paper"), record_text(document, "paper")) &&
           str_eq(record_text(record, "from"), record_text(document, "range.from")) &&
           str_eq(record_text(record, "to"), record_text(document, "range.to"));
}

/* Whoever confirmed exactly this content. *ret_earlier: somebody confirmed the same paper when it said
 * something else. */
static json_t *confirmed_of(const struct report_source *s, const json_t *document, bool japanese,
                            bool *ret_earlier)
{
    json_t *list = json_array();
    const char *content = record_text(document, "content");
    for (size_t i = 0; list && i < s->count; i++) {
        const json_t *r = s->records[i].record;
        if (!str_eq(s->records[i].kind, SK_KIND_CONFIRM) || !is_of_paper(r, document))
            continue;
        if (!str_eq(record_text(r, "content"), content)) {
            *ret_earlier = true;
            continue;
        }
        autobuf struct buf person = {0}, at = {0};
        say_person(&person, record_member(r, "person"));
        say_time(&at, record_text(r, "at"), japanese);
        json_array_append_new(
            list, json_pack("{ss ss ss ss ss sb}", "role", role_text(record_text(r, "role"), japanese),
                            "person", person.data ? person.data : "", "at", at.data ? at.data : "", "time",
                            record_text(r, "at"), "sha256", record_text(r, "sha256"), "signed",
                            *record_text(r, "signature") != '\0'));
    }
    return list;
}

static void note_source(struct report_paper *p, const struct report_source *s)
{
    char digest[DIGEST_HEX_CAP];
    if (json_array_size(json_object_get(p->document, "entered")) > 0)
        report_note(p, "記録になく、人が記入した欄を含む。", "Some entries are not from records: a person filled them in.");
    if (!s->policy)
        return;
    digest_hex(digest, s->policy->digest);
    if (*s->policy_digest && !str_eq(digest, s->policy_digest))
        report_note(p, "名簿・設定は、記録にある方針と異なる版の方針による。",
                    "People and settings are those of another policy than the one on record.");
}

static json_t *begin(const struct report_row *row, const struct report_source *s, bool japanese,
                     const char *printed)
{
    return json_pack("{ss s{ss ss} ss so s{ss ss} ss ss s[] s[] s[] si}", "paper", row->name, "title",
                     "ja", row->title.ja, "en", row->title.en, "layout",
                     row->client_layout ? "client" : "own", "contract", contract_of(s), "range", "from",
                     s->from, "to", s->to, "lang", japanese ? "ja" : "en", "printed", printed, "fields",
                     "tables", "notes", "missing", 0);
}

static int finish(const struct report_source *s, struct report_paper *p)
{
    char content[DIGEST_HEX_CAP];
    autobuf struct buf mark = {0};
    bool earlier = false;
    int r = report_content(p->document, content);
    if (r != 0)
        return r;
    if (json_object_set_new(p->document, "content", json_string(content)) != 0)
        return -ENOMEM;
    json_t *confirmed = confirmed_of(s, p->document, p->japanese, &earlier);
    if (json_object_set_new(p->document, "confirmed", confirmed) != 0 ||
        json_object_set_new(p->document, "changed", json_boolean(earlier && json_array_size(confirmed) == 0)) != 0 ||
        json_object_set_new(p->document, "foot", foot_of(s)) != 0)
        return -ENOMEM;
    report_mark(p->document, &mark);
    return mark.err ? mark.err : json_object_set_new(p->document, "mark", json_string(mark.data));
}

int report_build(const struct report_row *row, const struct report_source *s, bool japanese,
                 const char *printed, json_t **ret)
{
    struct report_paper p = {.japanese = japanese, .entries = s->entries};
    p.document = begin(row, s, japanese, printed);
    int r = p.document ? row->build(s, &p) : -ENOMEM;
    note_source(&p, s);
    if (r == 0)
        r = p.err;
    if (r == 0)
        r = finish(s, &p);
    json_decref(p.row);
    if (r == 0)
        *ret = p.document;
    else
        json_decref(p.document);
    return r == -1 ? -ENOMEM : r;
}
