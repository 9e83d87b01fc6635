/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.c owns how days, people and proofs are written on forms. It must never consult the locale or
 * the time zone: a form reads the same wherever it is printed. */
#include "report/say.h"
#include <inttypes.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "record/record.h"
#include "report/wareki.h"

#define JAPAN_S (9 * 3600) /* UTC+9, without summer time */

const struct report_text report_none = {"なし", "none"};
const struct report_text report_open = {"未了", "open"};

const char *report_in(const struct report_text *text, bool japanese)
{
    return japanese ? text->ja : text->en;
}

static int64_t day_number(int64_t wall_s)
{
    int64_t at = wall_s + JAPAN_S;
    return at / CLOCK_DAY_S - (at % CLOCK_DAY_S < 0);
}

unsigned say_second_of_day(int64_t wall_s)
{
    return (unsigned)(wall_s + JAPAN_S - day_number(wall_s) * CLOCK_DAY_S);
}

unsigned say_weekday(int64_t wall_s)
{
    return (unsigned)(((day_number(wall_s) + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

void say_day(struct buf *b, int64_t wall_s, bool japanese)
{
    struct wareki_day day;
    wareki_civil(day_number(wall_s), &day);
    if (japanese)
        wareki_format(b, &day);
    else
        buf_printf(b, "%04u-%02u-%02u", day.year, day.month, day.day);
}

static void say_at(struct buf *b, const char *time, bool japanese, char between)
{
    int64_t at;
    if (clock_parse_time(time, &at) != 0) {
        buf_puts(b, time);
        return;
    }
    say_day(b, at, japanese);
    unsigned second = say_second_of_day(at);
    if (strchr(time, 'T'))
        buf_printf(b, japanese ? "%c%u時%02u分" : "%c%02u:%02u", between, second / 3600, second / 60 % 60);
}

void say_time(struct buf *b, const char *time, bool japanese)
{
    say_at(b, time, japanese, ' ');
}

void say_moment(struct buf *b, const char *time, bool japanese)
{
    say_at(b, time, japanese, '\n');
}

void say_size(struct buf *b, uint64_t bytes, bool japanese)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) {
        buf_printf(b, japanese ? "%" PRIu64 "バイト" : "%" PRIu64 " B", bytes);
        return;
    }
    unsigned unit = 0;
    uint64_t scale = 1024;
    while (unit + 1 < array_count(units) && bytes / scale >= 1024) {
        scale *= 1024;
        unit++;
    }
    uint64_t tenths = bytes / scale * 10 + bytes % scale * 10 / scale;
    buf_printf(b, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
}

void say_person(struct buf *b, const json_t *person)
{
    const char *name = record_text(person, "name"), *id = record_text(person, "id");
    if (!*id)
        id = record_text(person, "login");
    buf_puts(b, *name ? name : id);
    if (*name && *id && !str_eq(name, id))
        buf_printf(b, " (%s)", id);
}

const json_t *say_approval(const json_t *permission, size_t i, const json_t **ret_person)
{
    const json_t *rows = record_member(permission, "approvals"), *approver = record_member(permission, "approver");
    const json_t *row = json_array_get(rows, i);
    if (!row && i == 0 && json_array_size(rows) == 0) {
        *ret_person = approver ? approver : record_member(permission, "person");
        return json_is_object(*ret_person) ? permission : NULL;
    }
    *ret_person = record_member(row, "person");
    return row;
}

void say_approvers(struct buf *b, const json_t *permission, bool japanese)
{
    const json_t *person, *row;
    for (size_t i = 0; (row = say_approval(permission, i, &person)) != NULL; i++) {
        const json_t *place = record_member(row, "in-place-of");
        buf_puts(b, i == 0 ? "" : japanese ? "、" : ", ");
        say_person(b, person);
        if (!json_is_object(place))
            continue;
        buf_puts(b, japanese ? "（" : " (for ");
        say_person(b, place);
        buf_puts(b, japanese ? "の代理）" : ")");
    }
    say_standing(b, permission, japanese);
}

void say_standing(struct buf *b, const json_t *permission, bool japanese)
{
    const char *id = record_text(permission, "under.id");
    if (!*id)
        return;
    buf_printf(b, japanese ? "（包括許可 %s、" : " (by the standing permit %s of ", id);
    say_time(b, record_text(permission, "under.at"), japanese);
    buf_puts(b, japanese ? "）" : ")");
}

void say_line(struct buf *b, const char *text)
{
    if (b->len && *text)
        buf_putc(b, '\n');
    buf_puts(b, text);
}

void say_labelled(struct buf *b, const struct report_text *label, const char *text, bool japanese)
{
    if (!*text)
        return;
    say_line(b, report_in(label, japanese));
    buf_puts(b, japanese ? "：" : ": ");
    buf_puts(b, text);
}

const char *say_method(const char *method, bool japanese)
{
    static const struct report_text overwrite = {"上書き消去", "overwritten"},
                                    keys = {"暗号鍵の破棄", "its keys destroyed"};
    return str_eq(method, "overwrite") ? report_in(&overwrite, japanese)
           : str_eq(method, "keys")    ? report_in(&keys, japanese)
                                       : method;
}

void say_proof(struct buf *b, const json_t *proof, bool japanese)
{
    static const struct report_text label = {"証明資料", "proof"}, digest = {"SHA-256", "SHA-256"};
    if (json_is_string(proof)) {
        say_labelled(b, &label, json_string_value(proof), japanese);
        return;
    }
    const char *text = record_text(proof, "text"), *file = record_text(proof, "file");
    say_labelled(b, &label, *text ? text : file, japanese);
    if (*text && *file)
        say_line(b, file);
    say_labelled(b, &digest, record_text(proof, "sha256"), japanese);
}

void say_consent(struct buf *b, const json_t *consent, bool japanese)
{
    const char *document = record_text(consent, "document"), *date = record_text(consent, "date");
    const char *id = json_is_string(consent) ? json_string_value(consent) : record_text(consent, "id");
    if (*document)
        buf_printf(b, japanese ? "「%s」" : "\"%s\"", document);
    if (*date) {
        buf_puts(b, *document ? " " : "");
        say_time(b, date, japanese);
    }
    if (*id)
        buf_printf(b, *document ? " [%s]" : "[%s]", id);
}
