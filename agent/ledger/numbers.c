/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers.c owns who a record belongs to and its running number. It must never give one number twice,
 * and never let a seal name a contract. */
#include "ledger/numbers.h"
#include <errno.h>
#include <sekisho/limits.h>
#include <sekisho/record.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

/* The contract's row, a new one if need be. NULL when there are too many. */
static struct series_row *announce(struct numbers *n, const char *contract)
{
    struct series_seen *s = &n->seen;
    struct series_row *row = series_row(s, contract);
    if (row || s->count == array_count(s->rows))
        return row;
    if (s->count == 0)
        s->count = 1; /* the machine's */
    row = &s->rows[s->count++];
    *row = (struct series_row){0};
    snprintf(row->last.contract, sizeof row->last.contract, "%s", contract);
    return row;
}

static void claim(struct numbers *n, const char *area, size_t row)
{
    size_t i = 0;
    while (i < n->area_count && !str_eq(n->areas[i].area, area))
        i++;
    if (i == NUMBERS_AREAS_MAX || !*area || strlen(area) > SK_ID_MAX)
        return;
    if (i == n->area_count)
        n->area_count++;
    snprintf(n->areas[i].area, sizeof n->areas[i].area, "%s", area);
    n->areas[i].row = row;
}

void numbers_learn(struct numbers *n, const json_t *record)
{
    const char *contract = record_text(record, "contract"), *blind = record_text(record, "blind");
    if (!str_eq(record_text(record, "kind"), SK_KIND_CONTRACT) || !*contract ||
        strlen(contract) > SK_ID_MAX || !series_is_blind(blind))
        return;
    struct series_row *row = announce(n, contract);
    if (!row)
        return;
    memcpy(row->blind, blind, sizeof row->blind);
    const json_t *areas = json_object_get(record, "areas");
    for (size_t i = 0; i < json_array_size(areas); i++) {
        const char *area = json_string_value(json_array_get(areas, i));
        if (area)
            claim(n, area, (size_t)(row - n->seen.rows));
    }
}

static bool next_of_row(struct numbers *n, size_t row, struct series_mark *ret)
{
    if (n->seen.count == 0)
        n->seen.count = 1;
    n->seen.rows[row].last.n++;
    *ret = n->seen.rows[row].last;
    return true;
}

static bool next_of_area(struct numbers *n, const char *area, size_t len, struct series_mark *ret)
{
    for (size_t i = 0; len > 0 && i < n->area_count; i++)
        if (strlen(n->areas[i].area) == len && memcmp(n->areas[i].area, area, len) == 0)
            return next_of_row(n, n->areas[i].row, ret);
    return false;
}

/* Does it concern everybody, and name nobody's contract, area or person but who runs the PC? */
static bool is_of_machine(const char *kind, const char *phase)
{
    static const char *const kinds[] = {SK_KIND_AGENT, SK_KIND_CLOCK, SK_KIND_SEAL, SK_KIND_REMOVAL,
                                        SK_KIND_ATTEST};
    for (size_t i = 0; i < array_count(kinds); i++)
        if (str_eq(kind, kinds[i]))
            return true;
    return str_eq(kind, SK_KIND_POLICY) && (str_eq(phase, "installed") || str_eq(phase, "in-force"));
}

bool numbers_next(struct numbers *n, const json_t *record, struct series_mark *ret)
{
    const char *contract = record_text(record, "contract"), *area = record_text(record, "area");
    if (*contract) {
        const struct series_row *row = series_row(&n->seen, contract);
        return row && next_of_row(n, (size_t)(row - n->seen.rows), ret);
    }
    if (next_of_area(n, area, strlen(area), ret))
        return true;
    return is_of_machine(record_text(record, "kind"), record_text(record, "phase")) &&
           next_of_row(n, 0, ret);
}

bool numbers_next_of_line(struct numbers *n, const char *line, size_t len, struct series_mark *ret)
{
    /* quotes inside a string are escaped, so these bytes are the member and nothing else */
    static const char member[] = "\"area\":\"";
    const char *area = memmem(line, len, member, sizeof member - 1);
    if (!area)
        return false;
    area += sizeof member - 1;
    const char *end = memchr(area, '"', len - (size_t)(area - line));
    return end && next_of_area(n, area, (size_t)(end - area), ret);
}

json_t *numbers_json(const struct series_mark *mark)
{
    if (!mark->contract[0])
        return json_pack("{s:I}", "n", (json_int_t)mark->n);
    return json_pack("{s:s,s:I}", "contract", mark->contract, "n", (json_int_t)mark->n);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

json_t *numbers_counts(const struct numbers *n, uint64_t epoch)
{
    char hex[SERIES_MAX][DIGEST_HEX_CAP];
    size_t count = 0;
    for (size_t i = 1; i < n->seen.count; i++) {
        const struct series_row *row = &n->seen.rows[i];
        if (series_count(row->blind, epoch, &row->last, hex[count]) == 0)
            count++;
    }
    qsort(hex, count, sizeof hex[0], by_text); /* their order tells nothing */
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        if (json_array_append_new(list, json_string(hex[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

int numbers_restore(struct numbers *n, const struct ledger_line *line)
{
    struct series_mark mark;
    struct series_row before;
    if (scan_is(&line->kind, SK_KIND_CONTRACT)) {
        autojson json_t *record = NULL;
        int r = record_parse(line->text, line->len, SK_RECORD_MAX, &record);
        if (r == 0)
            numbers_learn(n, record);
        else if (r == -ENOMEM)
            return r;
    }
    if (series_read(&line->series, &mark) == 1)
        (void)!series_see(&n->seen, &mark, line->seq, &before);
    return 0;
}
