/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unfinished.c owns the looking at what a removal that was broken off has done. It must never change a
 * segment: whether the rest may still go is asked anew by whoever knows the policy. */
#include "ledger/unfinished.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/record.h>
#include "base/phrase.h"
#include "proof/reader.h"
#include "proof/segment.h"
#include "record/record.h"

/* What lies in the ranges now. */
struct found {
    uint64_t removed, kept;
    size_t failed; /* segments with records that should have gone */
};

/* One range, which is one segment's. */
static int look_at_range(const char *folder, uint64_t from, uint64_t to, struct found *f)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    bool left = false;
    int r = ledger_reader_open(folder, from, &reader);
    if (r != 0)
        return r;
    ledger_reader_show_elided(reader);
    while ((r = ledger_reader_next(reader, &line)) == 1 && line.seq <= to) {
        if (line.elided)
            f->removed += line.elided->next - line.seq;
        else if (segment_keeps(&line.kind))
            f->kept++;
        else
            left = true;
    }
    f->failed += left;
    return r < 0 ? r : 0;
}

int unfinished_removal(const char *folder, const char *line, size_t len, json_t **ret)
{
    autojson json_t *intent = NULL;
    struct found f = {0};
    size_t i;
    json_t *range;
    int r = record_parse(line, len, SK_RECORD_MAX, &intent);
    json_t *ranges = r == 0 ? json_object_get(intent, "ranges") : NULL;
    if (r == 0 && json_array_size(ranges) == 0)
        r = SK_ERR_FORMAT;
    json_array_foreach(ranges, i, range)
        if (r == 0)
            r = look_at_range(folder, (uint64_t)record_number(range, "from"),
                              (uint64_t)record_number(range, "to"), &f);
    if (r != 0)
        return r;
    *ret = json_pack("{sssssOsIsIsIss}", "kind", SK_KIND_REMOVAL, "phase", f.failed ? "failed" : "done",
                     "ranges", ranges, "count", (json_int_t)f.removed, "kept", (json_int_t)f.kept,
                     "failed", (json_int_t)f.failed, "why", PHRASE("the ledger ended in the middle of it"));
    return *ret ? 0 : -ENOMEM;
}
