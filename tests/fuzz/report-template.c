/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report-template.c: any bytes as a template, and as a printed paper whose mark is looked for. What comes out
 * of a template holds the value with its tags escaped, or no value at all. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "record/record.h"
#include "report/paper.h"
#include "report/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct template_part parts[] = {{"p", "{{v}}{{#l}}{{.}}{{/l}}", 22}, {NULL, NULL, 0}};
    static const char raw[] = "<RAW>";
    const char *text = (const char *)data;
    struct template_fault fault = {0};
    struct report_mark mark;
    autobuf struct buf out = {0};
    autojson json_t *values = json_pack("{ss s[s n s] s{ss} si sb}", "v", raw, "l", raw, "b", "o", "v", raw,
                                        "n", 3, "t", 1);
    if (size > 4096)
        return 0;
    int r = template_fill(text, size, values, parts, &out, &fault);
    if (r != 0 && fault.what && fault.line == 0)
        abort();
    if (r == 0 && !memmem(data, size, "RAW", 3) && out.data && strstr(out.data, raw))
        abort();
    if (report_mark_read(text, size, &mark) == 0 && strlen(mark.content) != DIGEST_HEX_CAP - 1)
        abort();
    return 0;
}
