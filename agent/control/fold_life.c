/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold_life.c owns what the records say of a contract's end. It must never take a plan for
 * confirmed that names no contract. */
#include "control/fold_life.h"
#include <sekisho/record.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

#define KEY_CAP 6144 /* bytes with NUL: a contract, a kind, an escaped path; longer keys are cut alike */

#define MEMBERS 6
#define SHA256_TEXT_LEN 64 /* characters */

static void members_of(struct fold_life *l, json_t **ret[static MEMBERS])
{
    ret[0] = &l->plans;
    ret[1] = &l->erasures;
    ret[2] = &l->tried;
    ret[3] = &l->erased;
    ret[4] = &l->closed;
    ret[5] = &l->ends;
}

int life_new(struct fold_life *ret)
{
    json_t **members[MEMBERS];
    members_of(ret, members);
    for (size_t i = 0; i < array_count(members); i++)
        if (!(*members[i] = json_object()))
            return -ENOMEM;
    return 0;
}

void life_free(struct fold_life *l)
{
    json_t **members[MEMBERS];
    members_of(l, members);
    for (size_t i = 0; i < array_count(members); i++) {
        json_decref(*members[i]);
        *members[i] = NULL;
    }
}

static int put(json_t *table, const char *key, json_t *value)
{
    return value && json_object_set_new(table, key, value) == 0 ? 0 : -ENOMEM;
}

/* The register names areas and media by their ids, files by their paths. */
static const char *object_name(const json_t *record)
{
    const char *id = record_text(record, "object.id");
    return *id ? id : record_text(record, "object.name");
}

static void tried_key(char ret[static KEY_CAP], const char *kind, const char *name)
{
    snprintf(ret, KEY_CAP, "%s %s", kind, name);
}

static void erased_key(char ret[static KEY_CAP], const char *contract, const char *kind,
                       const char *name)
{
    snprintf(ret, KEY_CAP, "%s %s %s", contract, kind, name);
}

static int note_tried(struct fold_life *l, const char *kind, const char *name, const char *id)
{
    autofree char *key = malloc(KEY_CAP);
    if (!key)
        return -ENOMEM;
    tried_key(key, kind, name);
    json_t *list = json_object_get(l->tried, key);
    if (!list) {
        list = json_array();
        if (put(l->tried, key, list) != 0)
            return -ENOMEM;
    }
    return json_array_append_new(list, json_string(id)) == 0 ? 0 : -ENOMEM;
}

/* It ended before anything was overwritten. */
static void forget_tried(struct fold_life *l, const char *kind, const char *name, const char *id)
{
    char key[KEY_CAP];
    tried_key(key, kind, name);
    json_t *list = json_object_get(l->tried, key);
    for (size_t i = json_array_size(list); i-- > 0;)
        if (str_eq(json_string_value(json_array_get(list, i)), id))
            json_array_remove(list, i);
}

static int note_erased(struct fold_life *l, const char *kind, const char *name, const json_t *record)
{
    autofree char *key = malloc(KEY_CAP);
    if (!key)
        return -ENOMEM;
    tried_key(key, kind, name);
    json_object_del(l->tried, key);
    erased_key(key, record_text(record, "contract"), kind, name);
    return put(l->erased, key, json_deep_copy(record));
}

static int erasure(struct fold_life *l, const json_t *record)
{
    const char *id = record_text(record, "erasure"), *phase = record_text(record, "phase");
    const char *kind = record_text(record, "object.kind"), *name = object_name(record);
    if (str_eq(phase, "intent")) {
        int r = put(l->erasures, id, json_deep_copy(record));
        return r == 0 ? note_tried(l, kind, name, id) : r;
    }
    json_object_del(l->erasures, id);
    if (record_flag(record, "untouched"))
        forget_tried(l, kind, name, id);
    if (!str_eq(phase, "done"))
        return 0;
    return note_erased(l, kind, name, record);
}

static int plan(struct fold_life *l, const json_t *record)
{
    const char *paper = record_text(record, "paper"), *contract = record_text(record, "contract");
    static const char *const plans[] = {"plan", "return-plan", "erasure-plan"};
    bool is_plan = false;
    for (size_t i = 0; i < array_count(plans); i++)
        is_plan = is_plan || str_eq(paper, plans[i]);
    if (!*contract || !is_plan || !str_eq(record_text(record, "role"), "manager") ||
        strlen(record_text(record, "sha256")) != SHA256_TEXT_LEN)
        return 0;
    return put(l->plans, contract, json_deep_copy(record));
}

static int contract_phase(struct fold_life *l, const json_t *record)
{
    const char *contract = record_text(record, "contract"), *phase = record_text(record, "phase");
    char key[KEY_CAP];
    if (!*contract)
        return 0;
    if (str_eq(phase, "closing") || str_eq(phase, "closed"))
        return put(l->closed, contract, json_string(phase));
    if (!str_eq(phase, "ends"))
        return 0;
    snprintf(key, sizeof key, "%s %s %lld", contract, record_text(record, "end"),
             (long long)record_number(record, "level"));
    return put(l->ends, key, json_true());
}

int life_record(struct fold_life *l, const json_t *record)
{
    const char *kind = record_text(record, "kind");
    if (str_eq(kind, SK_KIND_ERASURE))
        return erasure(l, record);
    if (str_eq(kind, SK_KIND_CONFIRM) && str_eq(record_text(record, "what"), "paper"))
        return plan(l, record);
    if (str_eq(kind, SK_KIND_CONTRACT))
        return contract_phase(l, record);
    return 0;
}

const json_t *life_plan(const struct fold_life *l, const char *contract)
{
    return *contract ? json_object_get(l->plans, contract) : NULL;
}

const json_t *life_tried(const struct fold_life *l, const char *kind, const char *name)
{
    char key[KEY_CAP];
    tried_key(key, kind, name);
    return json_object_get(l->tried, key);
}

const json_t *life_erased(const struct fold_life *l, const char *contract, const char *kind,
                          const char *name)
{
    char key[KEY_CAP];
    erased_key(key, contract, kind, name);
    return json_object_get(l->erased, key);
}

const char *life_closed(const struct fold_life *l, const char *contract)
{
    const char *phase = json_string_value(json_object_get(l->closed, contract));
    return phase ? phase : "";
}

bool life_warned(const struct fold_life *l, const char *contract, const char *end, int64_t level)
{
    char key[KEY_CAP];
    snprintf(key, sizeof key, "%s %s %lld", contract, end, (long long)level);
    return json_object_get(l->ends, key) != NULL;
}
