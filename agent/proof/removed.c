/* SPDX-License-Identifier: GPL-3.0-or-later */
/* removed.c owns the comparison of what is left out with what is on record as removed. It must never
 * let a removal record explain more than the numbers that it names. */
#include "proof/removed.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <stdlib.h>
#include "record/record.h"

void removed_clear(struct removed *r)
{
    free(r->runs.spans);
    free(r->holes.spans);
    free(r->ranges.spans);
    *r = (struct removed){0};
}

int removed_add(struct removed_list *list, const struct removed_span *span)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 16;
        struct removed_span *more = reallocarray(list->spans, cap, sizeof *more);
        if (!more)
            return -ENOMEM;
        list->spans = more;
        list->cap = cap;
    }
    list->spans[list->count++] = *span;
    return 0;
}

int removed_read(struct removed *r, const char *line, size_t len)
{
    autojson json_t *record = NULL;
    int e = record_parse(line, len, SK_RECORD_MAX, &record);
    const json_t *ranges = e == 0 ? json_object_get(record, "ranges") : NULL;
    if (ranges && !json_is_array(ranges))
        return SK_ERR_FORMAT;
    for (size_t i = 0; e == 0 && i < json_array_size(ranges); i++) {
        const json_t *from = json_object_get(json_array_get(ranges, i), "from");
        const json_t *to = json_object_get(json_array_get(ranges, i), "to");
        if (json_object_size(json_array_get(ranges, i)) != 2 || !json_is_integer(from) ||
            !json_is_integer(to) || json_integer_value(from) < 0 ||
            json_integer_value(to) < json_integer_value(from))
            return SK_ERR_FORMAT;
        e = removed_add(&r->ranges,
                        &(struct removed_span){.from = (uint64_t)json_integer_value(from),
                                               .to = (uint64_t)json_integer_value(to)});
    }
    return e;
}

static int by_beginning(const void *a, const void *b)
{
    const struct removed_span *left = a, *right = b;
    return left->from < right->from ? -1 : left->from > right->from;
}

/* Sort, and join ranges that touch each other. */
static void tidy(struct removed_list *list)
{
    size_t kept = 0;
    if (list->count == 0)
        return;
    qsort(list->spans, list->count, sizeof *list->spans, by_beginning);
    for (size_t i = 1; i < list->count; i++) {
        struct removed_span *last = &list->spans[kept];
        const struct removed_span *next = &list->spans[i];
        if (next->from > last->to + 1)
            list->spans[++kept] = *next;
        else if (next->to > last->to)
            last->to = next->to;
    }
    list->count = kept + 1;
}

/* How many ranges begin at or before the number. */
static size_t ranges_until(const struct removed_list *ranges, uint64_t number)
{
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->spans[middle].from <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct removed_span *removed_unexplained(struct removed *r)
{
    tidy(&r->ranges);
    for (size_t i = 0; i < r->runs.count; i++) {
        const struct removed_span *run = &r->runs.spans[i];
        size_t n = ranges_until(&r->ranges, run->from);
        if (n == 0 || r->ranges.spans[n - 1].to < run->to)
            return run;
    }
    for (size_t i = 0; i < r->holes.count; i++) {
        const struct removed_span *hole = &r->holes.spans[i];
        size_t n = ranges_until(&r->ranges, hole->to);
        if (n == 0 || r->ranges.spans[n - 1].to < hole->from)
            return hole;
    }
    return NULL;
}
