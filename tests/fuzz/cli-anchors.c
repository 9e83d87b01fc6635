/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli-anchors.c: texts that may hold heads of a ledger, from anywhere. */
#include <string.h>
#include "cli/ledger_verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoanchors struct kept_heads *heads = anchors_new();
    if (!heads)
        return 0;
    (void)!anchors_scan(heads, "text", (const char *)data, size);
    if (heads->count > VERDICT_ANCHORS_MAX || heads->proof_count > 1)
        abort();
    for (size_t i = 0; i < heads->count; i++)
        if (strlen(heads->origins[i]) >= NOTE_NAME_CAP)
            abort();
    if (anchors_settle(heads) != 0)
        abort();
    return 0;
}
