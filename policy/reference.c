/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference.c owns the check that every id stands for exactly one section. It must never search from
 * the start: a file that is nothing but ids is checked as fast as any (sorted arrays). */
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "policy/table.h"

#define NEAREST_IDS_MAX 512 /* with more sections than these no nearest id is looked for */

/* The ids of one kind of section, sorted. */
struct ids {
    const struct policy_head **heads;
    size_t count;
};

static int by_id(const void *a, const void *b)
{
    const struct policy_head *x = *(const struct policy_head *const *)a;
    const struct policy_head *y = *(const struct policy_head *const *)b;
    int order = strcmp(x->id, y->id);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int collect(const struct policy *p, const struct policy_section *s, struct ids *ret)
{
    size_t count = policy_item_count(p, s);
    struct ids ids = {.heads = calloc(count + 1, sizeof *ids.heads), .count = count};
    if (!ids.heads)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        ids.heads[i] = policy_item(p, s, i);
    if (count > 1)
        qsort(ids.heads, count, sizeof *ids.heads, by_id);
    *ret = ids;
    return 0;
}

static int check_twice(const struct policy_section *s, const struct ids *ids,
                       struct policy_findings *f)
{
    int r = 0;
    for (size_t i = 1; r == 0 && i < ids->count; i++) {
        const struct policy_head *first = ids->heads[i - 1], *second = ids->heads[i];
        if (strcmp(first->id, second->id) != 0)
            continue;
        const struct policy_note note = {.line = second->line, .code = "duplicate-section",
                                         .found = second->id};
        r = policy_note_add(f, &note, "[%s %s] stands here a second time; line %u has it already",
                            s->name, second->id, first->line);
    }
    return r;
}

static bool there(const struct ids *ids, const char *id)
{
    size_t low = 0, high = ids->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(id, ids->heads[middle]->id);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static int report(const struct policy_reference *ref, const struct ids *ids,
                  struct policy_findings *f)
{
    const char *names[NEAREST_IDS_MAX];
    size_t count = ids->count <= NEAREST_IDS_MAX && f->count < POLICY_FINDINGS_MAX ? ids->count : 0;
    for (size_t i = 0; i < count; i++)
        names[i] = ids->heads[i]->id;
    const char *nearest = str_nearest(ref->id, names, count);
    autobuf struct buf allowed = {0};
    phrase_put(&allowed, "the id of a [%s …] section", ref->key->refers);
    if (allowed.err)
        return -ENOMEM;
    const struct policy_note note = {.line = ref->line, .code = "unknown-reference",
                                     .found = ref->id, .allowed = allowed.data,
                                     .nearest = nearest};
    return policy_note_add(f, &note, "%s names \"%s\", but there is no [%s %s] in this file",
                           ref->key->name, ref->id, ref->key->refers, ref->id);
}

int policy_references_check(const struct policy *p, const struct policy_reference *references,
                            size_t count, struct policy_findings *f)
{
    int r = 0;
    for (size_t k = 0; r == 0 && k < policy_section_count; k++) {
        const struct policy_section *s = &policy_sections[k];
        struct ids ids;
        if (!s->named)
            continue;
        r = collect(p, s, &ids);
        if (r != 0)
            break;
        r = check_twice(s, &ids, f);
        for (size_t i = 0; r == 0 && i < count; i++)
            if (strcmp(references[i].key->refers, s->name) == 0 && !there(&ids, references[i].id))
                r = report(&references[i], &ids, f);
        free(ids.heads);
    }
    return r;
}
