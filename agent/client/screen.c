/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen.c owns the form in which people, sizes, times and foreign text are shown, on terminals and
 * in windows. It must never let a byte from outside steer what shows it, and never change what a
 * text says. */
#include "client/screen.h"
#include <inttypes.h>
#include <string.h>
#include "base/clean.h"
#include "base/clock.h"
#include "base/str.h"
#include "client/language.h"
#include "record/record.h"
#include "report/wareki.h"

#define KIB        1024u
#define JAPAN_S    (9 * 3600) /* seconds east of UTC */
#define NS_PER_S   1000000000ull
#define PACE_MAX_S 8640000.0 /* seconds: beyond a hundred days a time left is no estimate */

/* Is text what str_escape makes of something? */
static bool is_escaped(const char *text, size_t len)
{
    autobuf struct buf raw = {0};
    autobuf struct buf again = {0};
    if (str_unescape(&raw, text, len) != 0)
        return false;
    str_escape(&again, raw.data ? raw.data : "", raw.len);
    return !again.err && again.len == len && memcmp(again.data, text, len) == 0;
}

void screen_safe(struct buf *b, const char *text)
{
    size_t len = strlen(text);
    if (len == 0)
        return;
    if (is_escaped(text, len))
        buf_put(b, text, len);
    else
        str_escape(b, text, len);
}

void screen_lines(struct buf *b, const char *before, const char *text)
{
    struct cursor c;
    const char *line;
    size_t len;
    bool first = true;
    cursor_init(&c, text, strlen(text));
    for (; cursor_line(&c, &line, &len); first = false) {
        autofree char *copy = strndup(line, len);
        buf_puts(b, first ? "" : "\n");
        buf_puts(b, before);
        if (copy)
            screen_safe(b, copy);
        else
            b->err = -ENOMEM; /* a line that is left out is not shown for the whole */
    }
}

static void put_grouped(struct buf *b, uint64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_putc(b, ',');
        buf_putc(b, digits[i]);
    }
}

void screen_short_size(struct buf *b, uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < KIB) {
        buf_printf(b, "%" PRIu64 " B", bytes);
        return;
    }
    size_t unit = 0;
    uint64_t divisor = KIB;
    while (bytes / divisor >= KIB && unit + 1 < array_count(units)) {
        divisor *= KIB;
        unit++;
    }
    uint64_t tenths = bytes / divisor * 10 + bytes % divisor * 10 / divisor;
    buf_printf(b, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
}

void screen_size(struct buf *b, uint64_t bytes, bool japanese)
{
    put_grouped(b, bytes);
    buf_puts(b, japanese ? " バイト" : bytes == 1 ? " byte" : " bytes");
    if (bytes >= KIB) {
        buf_puts(b, " (");
        screen_short_size(b, bytes);
        buf_putc(b, ')');
    }
}

void screen_time(struct buf *b, const char *text, bool japanese)
{
    int64_t at;
    if (clock_parse_time(text, &at) != 0) {
        screen_safe(b, text);
        return;
    }
    at += JAPAN_S;
    int64_t days = at / CLOCK_DAY_S - (at % CLOCK_DAY_S < 0);
    int64_t second = at - days * CLOCK_DAY_S;
    struct wareki_day day;
    wareki_civil(days, &day);
    bool date_only = strchr(text, 'T') == NULL;
    unsigned hour = (unsigned)(second / 3600), minute = (unsigned)(second / 60 % 60);
    if (japanese) {
        wareki_format(b, &day);
        if (!date_only)
            buf_printf(b, " %u時%02u分", hour, minute);
        buf_puts(b, " (");
    }
    buf_printf(b, "%04u-%02u-%02u", day.year, day.month, day.day);
    if (!date_only)
        buf_printf(b, " %02u:%02u:%02u +09:00", hour, minute, (unsigned)(second % 60));
    if (japanese)
        buf_putc(b, ')');
}

void screen_duration(struct buf *b, uint64_t ns)
{
    uint64_t s = ns / NS_PER_S;
    if (s < 60)
        buf_printf(b, "%" PRIu64 " s", s);
    else if (s < 3600)
        buf_printf(b, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
    else if (s < 86400)
        buf_printf(b, "%" PRIu64 " h %" PRIu64 " min", s / 3600, s / 60 % 60);
    else
        buf_printf(b, "%" PRIu64 " d %" PRIu64 " h", s / 86400, s / 3600 % 24);
}

/* The rate is so far's mean: an export is first written and then read back, at two speeds. */
void screen_pace(struct buf *b, uint64_t done, uint64_t total, uint64_t ns)
{
    autobuf struct buf left = {0};
    if (ns < NS_PER_S)
        return;
    double rate = (double)done / ((double)ns / (double)NS_PER_S); /* bytes a second */
    buf_puts(b, ", ");
    screen_short_size(b, (uint64_t)rate);
    buf_puts(b, "/s");
    double seconds = done < total && rate >= 1 ? (double)(total - done) / rate : 0;
    if (seconds <= 0 || seconds > PACE_MAX_S)
        return;
    screen_duration(&left, (uint64_t)(seconds + 0.999) * NS_PER_S);
    buf_puts(b, ", ");
    buf_printf(b, _("%s left"), left.data ? left.data : "");
}

void screen_person(struct buf *b, const json_t *person)
{
    const char *id = record_text(person, "id");
    const char *name = record_text(person, "name");
    if (id[0] == '\0')
        id = record_text(person, "login");
    screen_safe(b, name[0] ? name : id);
    if (name[0] && id[0]) {
        buf_puts(b, " (");
        screen_safe(b, id);
        buf_putc(b, ')');
    }
}
