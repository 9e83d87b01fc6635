/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts.c owns what counts as a record's person, place and text. Scan and index both ask it, so that
 * they find the same. It must never read outside the line. */
#include "record/facts.h"
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/scan.h"

struct walker {
    const char *at, *end;
    struct facts *facts;
    int err;
};

bool fact_is(const struct fact *f, const char *text)
{
    return f->text && strlen(text) == f->len && memcmp(f->text, text, f->len) == 0;
}

bool fact_holds(const struct fact *f, const char *text)
{
    return f->text && memmem(f->text, f->len, text, strlen(text)) != NULL;
}

static bool is_one_of(const struct fact *f, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fact_is(f, words[i]))
            return true;
    return false;
}

/* The ledger's own members: they say when and where it was written, not what happened. */
static bool is_stamp(const struct fact *top)
{
    static const char *const stamps[] = {"at", "boot", "clock", "host", "ring", "series"};
    return is_one_of(top, stamps, array_count(stamps));
}

static bool is_file(const struct fact_text *t)
{
    static const char *const lists[] = {"content", "sealed"};
    return fact_is(&t->key, "file") || fact_is(&t->top, "of") ||
           (fact_is(&t->key, "name") && is_one_of(&t->top, lists, array_count(lists)));
}

static void keep_file(struct walker *w, const struct fact *name)
{
    struct facts *f = w->facts;
    if (f->file_count == f->file_cap) {
        size_t cap = f->file_cap ? 2 * f->file_cap : 16;
        struct fact *more = reallocarray(f->files, cap, sizeof *more);
        if (!more) {
            w->err = -ENOMEM;
            return;
        }
        f->files = more;
        f->file_cap = cap;
    }
    f->files[f->file_count++] = *name;
}

/* Members that are asked for by themselves. */
#define MEMBER(top, key, to) {top, key, sizeof top - 1, sizeof key - 1, offsetof(struct facts, to)}
static const struct {
    const char *top, *key;
    size_t top_len, key_len, to;
} members[] = {
    MEMBER("at", "at", at),           MEMBER("kind", "kind", kind),
    MEMBER("area", "area", area),     MEMBER("contract", "contract", contract),
    MEMBER("case", "case", case_id),  MEMBER("series", "contract", contract),
    MEMBER("item", "item", case_id),  MEMBER("receipt", "receipt", case_id),
    MEMBER("copy", "copy", case_id),
    MEMBER("person", "id", id),       MEMBER("person", "login", login),
    MEMBER("person", "name", name),
};

static void keep_member(struct facts *f, const struct fact_text *t)
{
    if (!t->top.text || !t->key.text)
        return;
    for (size_t i = 0; i < array_count(members); i++)
        if (members[i].top_len == t->top.len && members[i].key_len == t->key.len &&
            memcmp(members[i].top, t->top.text, t->top.len) == 0 &&
            memcmp(members[i].key, t->key.text, t->key.len) == 0)
            memcpy((char *)f + members[i].to, &t->value, sizeof t->value);
}

static void take_text(struct walker *w, struct fact_text *t)
{
    keep_member(w->facts, t);
    if (is_stamp(&t->top))
        return;
    if (is_file(t)) {
        keep_file(w, &t->value);
        return;
    }
    buf_put(&w->facts->rest, t->value.text, t->value.len);
    buf_putc(&w->facts->rest, '\n');
}

/* A string from its opening quote on: what is inside. */
static struct fact walk_string(struct walker *w)
{
    const char *from = ++w->at;
    while (w->at < w->end && *w->at != '"')
        w->at += *w->at == '\\' && w->end - w->at > 1 ? 2 : 1;
    struct fact inside = {from, (size_t)(w->at - from)};
    if (w->at < w->end)
        w->at++;
    return inside;
}

static void walk_number(struct walker *w, const struct fact_text *here)
{
    const char *from = w->at;
    int64_t n = 0;
    while (w->at < w->end && !strchr(",]}", *w->at))
        w->at++;
    if (!fact_is(&here->top, "uid") || !fact_is(&here->key, "uid"))
        return;
    for (const char *c = from; c < w->at && *c >= '0' && *c <= '9' && n < INT64_MAX / 16; c++)
        n = 10 * n + (*c - '0');
    w->facts->uid = n;
}

static void walk_value(struct walker *w, const struct fact_text *here, unsigned depth);

/* The members of an object or the items of an array, up to behind its end. */
static void walk_inside(struct walker *w, const struct fact_text *here, unsigned depth)
{
    bool object = *w->at++ == '{';
    while (w->at < w->end && *w->at != '}' && *w->at != ']') {
        struct fact_text t = *here;
        if (object) {
            t.key = walk_string(w);
            w->at += w->at < w->end; /* the colon */
            if (depth == 1)
                t.top = t.key;
        }
        const char *before = w->at;
        walk_value(w, &t, depth + 1);
        if (w->at == before || w->err)
            return;
        if (w->at < w->end && *w->at == ',')
            w->at++;
    }
    w->at += w->at < w->end;
}

static void walk_value(struct walker *w, const struct fact_text *here, unsigned depth)
{
    if (w->at == w->end || depth > SCAN_DEPTH_MAX)
        return;
    if (*w->at == '{' || *w->at == '[') {
        walk_inside(w, here, depth);
    } else if (*w->at == '"') {
        struct fact_text t = *here;
        t.value = walk_string(w);
        take_text(w, &t);
    } else {
        walk_number(w, here);
    }
}

int facts_read(const char *line, size_t len, struct facts *f)
{
    struct fact *files = f->files;
    size_t cap = f->file_cap;
    struct buf rest = f->rest;
    buf_reset(&rest);
    *f = (struct facts){.uid = -1, .files = files, .file_cap = cap, .rest = rest};
    struct walker w = {.at = line, .end = line + len, .facts = f};
    const struct fact_text nowhere = {0};
    walk_value(&w, &nowhere, 1);
    return w.err ? w.err : f->rest.err;
}

void facts_free(struct facts *f)
{
    free(f->files);
    buf_free(&f->rest);
    *f = (struct facts){0};
}

bool facts_name_file(const struct facts *f, const char *text)
{
    for (size_t i = 0; i < f->file_count; i++)
        if (fact_holds(&f->files[i], text))
            return true;
    return false;
}

bool facts_hold(const struct facts *f, const char *text)
{
    if (facts_name_file(f, text))
        return true;
    return f->rest.len > 0 && memmem(f->rest.data, f->rest.len, text, strlen(text)) != NULL;
}

bool facts_are_of(const struct facts *f, const char *person)
{
    uint64_t uid;
    if (fact_is(&f->id, person) || fact_is(&f->login, person) || fact_is(&f->name, person))
        return true;
    return f->uid >= 0 && str_to_u64(person, UINT32_MAX, &uid) == 0 && (uint64_t)f->uid == uid;
}

char *facts_escape(const char *text)
{
    json_t *string = json_string(text);
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    json_decref(string);
    if (!quoted)
        return NULL;
    size_t len = strlen(quoted) - 2;
    memmove(quoted, quoted + 1, len);
    quoted[len] = '\0';
    return quoted;
}
