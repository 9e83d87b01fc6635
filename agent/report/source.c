/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source.c owns the way from ledger folders to the records that papers are made of. It must never give
 * out a record of a ledger that did not verify, of another contract, or that no seal covers. */
#include "report/source.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/record.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/phrases.h"
#include "record/record.h"
#include "report/texts.h"

#define PATH_CAP 4096 /* bytes with NUL */

int report_source_range(struct report_source *s, const char *from, const char *to)
{
    s->from_s = INT64_MIN;
    s->to_s = INT64_MAX;
    if (*from && clock_parse_date(from, &s->from_s) != 0)
        return SK_ERR_FORMAT;
    if (*to && clock_parse_date(to, &s->to_s) != 0)
        return SK_ERR_FORMAT;
    if (*to)
        s->to_s += CLOCK_DAY_S;
    if (s->from_s >= s->to_s)
        return SK_ERR_FORMAT;
    snprintf(s->from, sizeof s->from, "%s", from);
    snprintf(s->to, sizeof s->to, "%s", to);
    return 0;
}

bool report_in_range(const struct report_source *s, int64_t at_s)
{
    return at_s >= s->from_s && at_s < s->to_s;
}

const char *report_name(const struct report_source *s, uint32_t number)
{
    return texts_text(s->names, number);
}

const char *report_host(const struct report_source *s, unsigned ledger)
{
    return ledger < s->ledger_count ? s->ledgers[ledger].host : "";
}

const struct policy_contract *report_contract(const struct report_source *s)
{
    return s->policy ? policy_contract(s->policy, s->contract) : NULL;
}

const char *report_person(const struct report_source *s, const char *id)
{
    const struct policy_person *p = s->policy ? policy_person(s->policy, id) : NULL;
    if (p && *p->name)
        return p->name;
    const char *recorded = json_string_value(json_object_get(s->people, id));
    return recorded ? recorded : "";
}

const struct policy_area *report_area(const struct report_source *s, const char *id)
{
    return s->policy ? policy_area(s->policy, id) : NULL;
}

/* Kinds of the machine's records that papers use. */
static bool is_of_machine(const struct ledger_line *line)
{
    static const char *const kinds[] = {SK_KIND_AGENT, SK_KIND_CLOCK, SK_KIND_POLICY, SK_KIND_INCIDENT,
                                        SK_KIND_REMOVAL, SK_KIND_ATTEST, SK_KIND_LOCKOUT};
    for (size_t i = 0; i < array_count(kinds); i++)
        if (scan_is(&line->kind, kinds[i]))
            return true;
    return false;
}

static int64_t time_of(const struct scan_field *at)
{
    char text[CLOCK_TIME_CAP];
    int64_t s = 0;
    if (!at->value || at->len < 2 || at->len - 2 >= sizeof text)
        return 0;
    memcpy(text, at->value + 1, at->len - 2);
    text[at->len - 2] = '\0';
    return clock_parse_time(text, &s) == 0 ? s : 0;
}

/* A string's value in a line: most hold no escape and need no parser. */
static int take_text(struct report_source *s, const char *value, size_t len, uint32_t *ret)
{
    *ret = 0;
    if (!value || len < 2 || value[0] != '"')
        return 0;
    if (!memchr(value, '\\', len))
        return texts_take(s->names, value + 1, len - 2, ret);
    autojson json_t *text = json_loadb(value, len, JSON_DECODE_ANY, NULL);
    const char *plain = json_string_value(text);
    return plain ? texts_take(s->names, plain, strlen(plain), ret) : 0;
}

/* {"id":"sato"} of an access record; a uid alone for who is not on the roster. */
static int take_person(struct report_source *s, const struct scan_field *person,
                       const struct scan_field *uid, uint32_t *ret)
{
    static const char head[] = "{\"id\":";
    char text[32];
    if (person->value && person->len > sizeof head &&
        memcmp(person->value, head, sizeof head - 1) == 0) {
        const char *value = person->value + sizeof head - 1;
        const char *end = memchr(value + 1, '"', person->len - sizeof head);
        return end ? take_text(s, value, (size_t)(end - value) + 1, ret) : 0;
    }
    int len = snprintf(text, sizeof text, "uid %.*s", (int)(uid->value ? uid->len : 0),
                       uid->value ? uid->value : "");
    return texts_take(s->names, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1, ret);
}

static int add_access(struct report_source *s, const struct ledger_line *line)
{
    enum { AREA, COUNT, DECISION, EXE, FILE_NAME, PERSON, REASON, UID, FIELDS };
    struct scan_field f[FIELDS] = {{.key = "area"},   {.key = "count"}, {.key = "decision"},
                                   {.key = "exe"},    {.key = "file"},  {.key = "person"},
                                   {.key = "reason"}, {.key = "uid"}};
    if (scan_record(line->text, line->len, f, FIELDS, NULL) != 0)
        return 0;
    if (s->access_count == s->access_cap) {
        size_t cap = s->access_cap ? s->access_cap * 2 : 4096;
        struct report_access *more = reallocarray(s->accesses, cap, sizeof *more);
        if (!more)
            return -ENOMEM;
        s->accesses = more;
        s->access_cap = cap;
    }
    struct report_access a = {.at_s = time_of(&line->at), .seq = line->seq, .count = 1,
                              .ledger = (uint8_t)s->reading,
                              .refused = scan_is(&f[DECISION], "refused")};
    uint64_t count;
    if (scan_number(&f[COUNT], &count) == 0 && count > 0)
        a.count = count;
    int r = take_text(s, f[AREA].value, f[AREA].len, &a.area);
    if (r == 0)
        r = take_text(s, f[FILE_NAME].value, f[FILE_NAME].len, &a.file);
    if (r == 0)
        r = take_text(s, f[EXE].value, f[EXE].len, &a.exe);
    if (r == 0)
        r = take_text(s, f[REASON].value, f[REASON].len, &a.reason);
    if (r == 0)
        r = take_person(s, &f[PERSON], &f[UID], &a.person);
    if (r == 0)
        s->accesses[s->access_count++] = a;
    return r;
}

static int add_record(struct report_source *s, const struct ledger_line *line, json_t *record)
{
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 1024;
        struct report_record *more = reallocarray(s->records, cap, sizeof *more);
        if (!more)
            return -ENOMEM;
        s->records = more;
        s->cap = cap;
    }
    s->records[s->count++] = (struct report_record){
        .record = json_incref(record), .kind = record_text(record, "kind"), .at_s = time_of(&line->at),
        .seq = line->seq, .ledger = s->reading};
    return 0;
}

/* Whose is the line, as far as it can be told without parsing? */
enum whose { OURS, NOT_OURS, MACHINES, UNNUMBERED };

static enum whose whose_is(const struct report_source *s, const struct ledger_line *line)
{
    struct series_mark mark;
    if (series_read(&line->series, &mark) != 1)
        return UNNUMBERED;
    if (!mark.contract[0])
        return MACHINES;
    return str_eq(mark.contract, s->contract) ? OURS : NOT_OURS;
}

static int take_line(void *context, const struct ledger_line *line)
{
    struct report_source *s = context;
    if (clock_steps_line(&s->ledgers[s->ledger_count].steps, line) != 0)
        return -ENOMEM;
    enum whose whose = line->elided ? NOT_OURS : whose_is(s, line);
    if (whose == NOT_OURS || scan_is(&line->kind, SK_KIND_SEAL) ||
        (whose == MACHINES && !is_of_machine(line)))
        return 0;
    if (scan_is(&line->kind, SK_KIND_ACCESS))
        return s->want_accesses && whose == OURS ? add_access(s, line) : 0;
    autojson json_t *record = NULL;
    if (phrases_read(line->text, line->len, &record) != 0)
        return 0;
    if ((s->say ? s->say(record) : phrases_plain(record)) != 0)
        return -ENOMEM;
    const char *contract = record_text(record, "contract");
    if (whose == UNNUMBERED && !str_eq(contract, s->contract) && !is_of_machine(line))
        return 0;
    if (*contract && !str_eq(contract, s->contract))
        return 0;
    struct report_ledger *l = &s->ledgers[s->ledger_count];
    if (!l->host[0])
        snprintf(l->host, sizeof l->host, "%s", record_text(record, "host"));
    return add_record(s, line, record);
}

/* Forget what was read beyond these counts, but for what is sealed. */
static void cut(struct report_source *s, size_t records, size_t accesses, uint64_t sealed)
{
    size_t kept = records;
    for (size_t i = records; i < s->count; i++) {
        if (s->records[i].seq < sealed)
            s->records[kept++] = s->records[i];
        else
            json_decref(s->records[i].record);
    }
    s->count = kept;
    while (s->access_count > accesses && s->accesses[s->access_count - 1].seq >= sealed)
        s->access_count--;
}

static int read_enrolment(const char *folder, const struct note_key *given, struct report_ledger *l)
{
    char path[PATH_CAP];
    l->folder = folder;
    if (given) {
        l->key = *given;
        return 0;
    }
    if (snprintf(path, sizeof path, "%s/%s", folder, LEDGER_ENROLMENT) >= (int)sizeof path)
        return SK_ERR_LIMIT;
    return proof_enrolment_read(path, &l->key);
}

static bool is_here(const struct report_source *s, const struct note_key *key)
{
    for (size_t i = 0; i < s->ledger_count; i++)
        if (memcmp(&s->ledgers[i].key, key, sizeof *key) == 0)
            return true;
    return false;
}

static int make_room(struct report_source *s)
{
    if (!s->ledgers)
        s->ledgers = calloc(REPORT_LEDGERS_MAX, sizeof *s->ledgers);
    if (!s->ledgers)
        return -ENOMEM;
    return s->names ? 0 : texts_new(&s->names);
}

/* To the ledger as it was under the seal with so many records. */
static int go_back(struct report_ledger *l, uint64_t head)
{
    if (head == 0 || l->proof->head_tree.size != head)
        return SK_ERR_STATE;
    l->proof->sealed = head;
    l->proof->sealed_tree = l->proof->head_tree;
    return 0;
}

int report_source_read(struct report_source *s, const char *folder, const struct note_key *enrolment)
{
    if (s->ledger_count >= REPORT_LEDGERS_MAX)
        return SK_ERR_LIMIT;
    int r = make_room(s);
    if (r != 0)
        return r;
    struct report_ledger *l = &s->ledgers[s->ledger_count];
    size_t records = s->count, accesses = s->access_count;
    r = read_enrolment(folder, enrolment, l);
    if (r != 0)
        return r;
    if (is_here(s, &l->key))
        return SK_ERR_EXISTS;
    if (!l->proof)
        l->proof = calloc(1, sizeof *l->proof);
    if (!l->proof)
        return -ENOMEM;
    const uint64_t head = s->ledger_count < s->head_count ? s->heads[s->ledger_count] : 0;
    const struct proof_options options = {.each = take_line, .context = s, .head = head};
    s->reading = (unsigned)s->ledger_count;
    /* twice: a ledger that is being written may be seen between two steps of a seal */
    for (int tries = 0; tries < 2; tries++) {
        cut(s, records, accesses, 0);
        clock_steps_free(&l->steps);
        r = proof_verify(folder, &l->key, &options, l->proof);
        if (r != 0 || !l->proof->bad || l->proof->extract)
            break;
    }
    if (r == 0 && l->proof->bad)
        r = SK_ERR_TAMPERED;
    if (r == 0 && l->proof->extract && !str_eq(l->proof->contract, s->contract))
        r = SK_ERR_REFUSED;
    if (r == 0 && s->heads)
        r = go_back(l, head);
    cut(s, records, accesses, r == 0 ? l->proof->sealed : 0);
    clock_steps_cut(&l->steps, r == 0 ? l->proof->sealed : 0);
    if (r != 0)
        return r;
    s->ledger_count++;
    return 0;
}

static int by_time(const void *left, const void *right)
{
    const struct report_record *a = left, *b = right;
    if (a->at_s != b->at_s)
        return a->at_s < b->at_s ? -1 : 1;
    if (a->ledger != b->ledger)
        return a->ledger < b->ledger ? -1 : 1;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static int access_by_time(const void *left, const void *right)
{
    const struct report_access *a = left, *b = right;
    if (a->at_s != b->at_s)
        return a->at_s < b->at_s ? -1 : 1;
    if (a->ledger != b->ledger)
        return a->ledger < b->ledger ? -1 : 1;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* What records call people, the last word last; without memory ids have to do. */
static void learn_names(struct report_source *s)
{
    s->people = s->people ? s->people : json_object();
    for (size_t i = 0; s->people && i < s->count; i++) {
        const char *id = record_text(s->records[i].record, "person.id");
        json_t *name = json_object_get(json_object_get(s->records[i].record, "person"), "name");
        if (*id && json_string_length(name) > 0)
            json_object_set(s->people, id, name);
    }
}

void report_source_sort(struct report_source *s)
{
    if (s->count > 0)
        qsort(s->records, s->count, sizeof *s->records, by_time);
    if (s->access_count > 0)
        qsort(s->accesses, s->access_count, sizeof *s->accesses, access_by_time);
    for (size_t i = 0; i < s->count; i++) {
        const json_t *record = s->records[i].record;
        if (str_eq(s->records[i].kind, SK_KIND_CONTRACT) &&
            str_eq(record_text(record, "contract"), s->contract) && *record_text(record, "title")) {
            json_decref(s->announced);
            s->announced = json_incref(s->records[i].record);
        }
        const char *digest = record_text(record, "policy.digest");
        if (*digest && s->records[i].at_s < s->to_s) {
            snprintf(s->policy_digest, sizeof s->policy_digest, "%s", digest);
            s->policy_version = (uint64_t)record_number(record, "policy.version");
        }
    }
    learn_names(s);
}

void report_source_free(struct report_source *s)
{
    json_decref(s->people);
    s->people = NULL;
    cut(s, 0, 0, 0);
    free(s->records);
    free(s->accesses);
    texts_free(&s->names);
    json_decref(s->announced);
    for (size_t i = 0; s->ledgers && i < REPORT_LEDGERS_MAX; i++) {
        free(s->ledgers[i].proof);
        clock_steps_free(&s->ledgers[i].steps);
    }
    free(s->ledgers);
    *s = (struct report_source){0};
}
