/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz-clock.c owns the fuzzing of dates and times: what is accepted is written back as the same
 * second. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[80];
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    int64_t at, again;
    char out[CLOCK_TIME_CAP];
    if (clock_parse_date(text, &at) == 0) {
        clock_format_date(out, at);
        if (strcmp(out, text) != 0)
            abort();
    }
    /* an offset may move the time out of the years that can be written */
    if (clock_parse_time(text, &at) == 0 && at >= 0 && at < 253402300800) {
        clock_format(out, at, 0);
        if (clock_parse_time(out, &again) != 0 || again != at)
            abort();
    }
    return 0;
}
