/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-record.c: a line from anywhere. The scanner and the writer must agree: what the scanner
 * accepts, jansson reads and record_write writes again byte for byte; what record_write makes of
 * anything parsed, the scanner accepts. */
#include <sekisho/limits.h>
#include <string.h>
#include "record/record.h"
#include "record/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct scan_field fields[] = {{.key = "at"}, {.key = "kind"}, {.key = "seq"}};
    autojson json_t *record = NULL;
    autobuf struct buf again = {0};
    size_t at = 0;
    uint64_t n;
    int scanned = scan_record(text, size, fields, array_count(fields), &at);
    if (scanned != 0 && at > size)
        abort();
    if (scanned == 0)
        (void)!scan_number(&fields[2], &n);
    int parsed = record_parse(text, size, SK_RECORD_MAX - 1, &record);
    if (scanned == 0 && size < SK_RECORD_MAX && parsed != 0)
        abort();
    if (parsed != 0 || record_write(record, &again) != 0)
        return 0;
    if (scan_record(again.data, again.len, NULL, 0, NULL) != 0)
        abort();
    if (scanned == 0 && (again.len != size || memcmp(again.data, data, size) != 0))
        abort();
    (void)record_text(record, "person.id");
    return 0;
}
