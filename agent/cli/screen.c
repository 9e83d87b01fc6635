/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen.c owns how things look on a terminal. It must never print a byte from outside that could
 * steer the terminal, and never change what a text says. */
#include "cli/screen.h"
#include <inttypes.h>
#include <string.h>
#include "base/clean.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/wareki.h"
#include "record/record.h"

#define KIB           1024u
#define JAPAN_S       (9 * 3600) /* seconds east of UTC */
#define NS_PER_S      1000000000ull
#define COLUMN_GAP    2
#define CELL_MAX      60 /* columns; a longer cell pushes its row, not the table */

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

void screen_put(FILE *out, const char *text)
{
    autobuf struct buf b = {0};
    screen_safe(&b, text);
    if (b.data)
        fwrite(b.data, 1, b.len, out);
}

void screen_pad(struct buf *b, size_t from, size_t columns)
{
    if (b->err)
        return;
    size_t used = b->len > from ? str_columns(b->data + from, b->len - from) : 0;
    for (; used < columns; used++)
        buf_putc(b, ' ');
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

/* Days since 1970-01-01 → year, month, day of the Gregorian calendar
 * (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days). */
static void civil(int64_t days, struct wareki_day *ret)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    ret->day = (unsigned)(of_year - (153 * shifted + 2) / 5 + 1);
    ret->month = (unsigned)(shifted < 10 ? shifted + 3 : shifted - 9);
    ret->year = (unsigned)(year + era * 400 + (ret->month <= 2));
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
    civil(days, &day);
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

void screen_line(const char *name, const char *value)
{
    autobuf struct buf b = {0};
    buf_puts(&b, name);
    screen_pad(&b, 0, SCREEN_NAME_COLUMNS);
    buf_putc(&b, ' ');
    screen_safe(&b, value);
    puts(b.err ? value : b.data);
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

struct screen_table {
    size_t columns;
    size_t count; /* cells, headings included */
    char **cells;
    bool failed;
};

static void add_cells(struct screen_table *t, const char *const *cells, bool safe)
{
    char **grown = reallocarray(t->cells, t->count + t->columns, sizeof *grown);
    if (!grown) {
        t->failed = true;
        return;
    }
    t->cells = grown;
    for (size_t i = 0; i < t->columns; i++) {
        autobuf struct buf b = {0};
        buf_puts(&b, "");
        if (safe)
            screen_safe(&b, cells[i]);
        else
            buf_puts(&b, cells[i]);
        char *cell = buf_steal(&b);
        t->failed |= cell == NULL;
        t->cells[t->count++] = cell;
    }
}

struct screen_table *screen_table_new(const char *const *headings, size_t columns)
{
    struct screen_table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->columns = columns;
    add_cells(t, headings, false);
    return t;
}

void screen_table_free(struct screen_table **t)
{
    if (!*t)
        return;
    for (size_t i = 0; i < (*t)->count; i++)
        free((*t)->cells[i]);
    free((*t)->cells);
    free(steal_ptr(t));
}

void screen_table_add(struct screen_table *t, const char *const *cells)
{
    if (t)
        add_cells(t, cells, true);
}

static size_t column_width(const struct screen_table *t, size_t column)
{
    size_t widest = 0;
    for (size_t i = column; i < t->count; i += t->columns) {
        size_t width = str_columns(t->cells[i], strlen(t->cells[i]));
        if (width > widest && width <= CELL_MAX)
            widest = width;
    }
    return widest;
}

int screen_table_print(const struct screen_table *t)
{
    if (!t || t->failed)
        return -ENOMEM;
    autobuf struct buf b = {0};
    for (size_t i = 0; i < t->count; i++) {
        size_t column = i % t->columns;
        size_t from = b.len;
        buf_puts(&b, t->cells[i]);
        if (column + 1 < t->columns) {
            screen_pad(&b, from, column_width(t, column));
            for (int gap = 0; gap < COLUMN_GAP; gap++)
                buf_putc(&b, ' ');
            continue;
        }
        while (!b.err && b.len > 0 && b.data[b.len - 1] == ' ')
            b.data[--b.len] = '\0';
        buf_putc(&b, '\n');
    }
    if (b.err)
        return b.err;
    fputs(b.data, stdout);
    return 0;
}

const char *screen_remark(const json_t *row)
{
    const char *why = record_text(row, "why");
    return why[0] ? gettext(why) : "";
}
