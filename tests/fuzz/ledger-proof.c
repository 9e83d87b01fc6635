/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-proof.c: inclusion proofs, lines of left-out records and running numbers from anywhere. What
 * is read of the first two is written again as it was (extra data of a proof apart). */
#include <stdlib.h>
#include <string.h>
#include "proof/path.h"
#include "proof/series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void proof(const char *text, size_t size)
{
    autobuf struct buf again = {0};
    struct path path;
    uint64_t index;
    const char *note;
    size_t note_len;
    if (path_read(text, size, &path, &index, &note, &note_len) != 0)
        return;
    if (note < text || note + note_len != text + size)
        abort();
    if (memmem(text, size, "\nextra ", 7) || (note_len >= 2 && memcmp(text + size - 2, "\n\n", 2) == 0))
        return;
    if (path_write(&path, index, note, note_len, &again) != 0 || again.len != size ||
        memcmp(again.data, text, size) != 0)
        abort();
}

static void elided(const char *text, size_t size)
{
    autobuf struct buf again = {0};
    struct elide_run run;
    if (elide_read(text, size, &run) != 0)
        return;
    if (elide_flush(&run, &again) != 0 || again.len != size + 12 ||
        memcmp(again.data + 10, text, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct series_mark mark;
    struct scan_field field = {.key = "series", .value = text, .len = size};
    proof(text, size);
    elided(text, size);
    if (size > 0 && series_read(&field, &mark) == 1 && mark.n == 0)
        abort();
    return 0;
}
