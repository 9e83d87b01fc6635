/* SPDX-License-Identifier: GPL-3.0-or-later */
/* search-note.c: the note beside an index, and a line of a ledger, from anywhere. What is read as a note is
 * written again as it was. */
#include <stdlib.h>
#include <string.h>
#include "record/facts.h"
#include "search/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree struct state *s = calloc(1, sizeof *s), *again = calloc(1, sizeof *again);
    autobuf struct buf text = {0};
    autofacts struct facts facts = {0};
    const char *at = (const char *)data;
    if (!s || !again || facts_read(at, size, &facts) != 0)
        return 0;
    if (state_read(at, size, s) != 0 || state_write(s, &text) != 0)
        return 0;
    if (state_read(text.data, text.len, again) != 0 || memcmp(s, again, sizeof *s) != 0)
        abort();
    return 0;
}
