/* SPDX-License-Identifier: GPL-3.0-or-later */
/* steps.c owns what of the clock's jumps can be told from the ledger. It must never read a clock, nor take for a jump
 * what a clock does that is kept right by small steps. */
#include "proof/steps.h"
#include <errno.h>
#include <sekisho/record.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "proof/reader.h"
#include "record/scan.h"

#define LEAST_S  5 /* seconds: less is no jump; it is not lost, for it is counted from the last that was right */
#define NS_PER_S 1000000000

void clock_steps_free(struct clock_steps *s)
{
    free(s->items);
    *s = (struct clock_steps){0};
}

static int add(struct clock_steps *s, uint64_t seq, int64_t step_s)
{
    struct clock_step *more = reallocarray(s->items, s->count + 1, sizeof *more);
    if (!more)
        return -ENOMEM;
    s->items = more;
    s->items[s->count++] = (struct clock_step){.seq = seq, .step_s = step_s};
    return 0;
}

/* A string's text, without its quotes; false where it does not fit. */
static bool text_of(const struct scan_field *f, char *ret, size_t cap)
{
    if (!f->value || f->len < 2 || f->len - 2 >= cap)
        return false;
    memcpy(ret, f->value + 1, f->len - 2);
    ret[f->len - 2] = '\0';
    return true;
}

int clock_steps_line(struct clock_steps *s, const struct ledger_line *line)
{
    struct scan_field fields[] = {{.key = "boot"}, {.key = "boottime"}};
    char at[CLOCK_TIME_CAP], boot[sizeof s->boot];
    uint64_t boot_ns;
    int64_t at_s;
    if (line->elided || scan_is(&line->kind, SK_KIND_ACCESS) || scan_is(&line->kind, SK_KIND_SEAL) ||
        !text_of(&line->at, at, sizeof at) ||
        clock_parse_time(at, &at_s) != 0 || scan_record(line->text, line->len, fields, array_count(fields), NULL) != 0 ||
        !text_of(&fields[0], boot, sizeof boot) || scan_number(&fields[1], &boot_ns) != 0)
        return 0;
    int64_t offset_s = at_s - (int64_t)(boot_ns / NS_PER_S), step_s = 0;
    bool same = strcmp(boot, s->boot) == 0;
    if (same)
        step_s = offset_s - s->offset_s;
    else if (s->boot[0] && at_s < s->latest_s)
        step_s = at_s - s->latest_s;
    bool jumps = step_s >= LEAST_S || step_s <= -LEAST_S;
    if (jumps && add(s, line->seq, step_s) != 0)
        return -ENOMEM;
    if (!same || jumps)
        s->offset_s = offset_s;
    memcpy(s->boot, boot, sizeof s->boot);
    s->latest_s = at_s;
    return 0;
}

int64_t clock_steps_since(const struct clock_steps *s, uint64_t seq)
{
    int64_t sum_s = 0;
    for (size_t i = s ? s->count : 0; i-- > 0 && s->items[i].seq > seq;)
        sum_s += s->items[i].step_s;
    return sum_s;
}

void clock_steps_cut(struct clock_steps *s, uint64_t seq)
{
    while (s->count > 0 && s->items[s->count - 1].seq >= seq)
        s->count--;
}
