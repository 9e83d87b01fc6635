/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.c owns records as a table for spreadsheets. It must never let a cell be taken for a formula. */
#include "cli/csv.h"
#include <stdio.h>
#include <string.h>
#include "cli/screen.h"
#include "record/record.h"
#include "report/csv.h"

/* One cell; control characters are escaped as on a screen. */
static void put_cell(struct buf *b, const char *text)
{
    autobuf struct buf safe = {0};
    screen_safe(&safe, text);
    csv_cell(b, b->len == 0, safe.data ? safe.data : "");
}

void csv_mark(void)
{
    fputs(CSV_MARK, stdout);
}

void csv_line(const char *const *cells, size_t count)
{
    autobuf struct buf b = {0};
    for (size_t i = 0; i < count; i++)
        put_cell(&b, cells[i]);
    printf("%s\r\n", b.data ? b.data : "");
}

static const char *const csv_members[] = {
    "at", "kind", "phase", "case", "person.id", "person.name", "uid", "area", "contract",
    "decision", "reason", "rule", "application", "exe", "file", "count", "purpose", "kept",
    "destination.id", "content.files", "content.bytes", "content.sha256",
    "permission.approver.id", "why", "host", "clock"};

static void put_member(struct buf *b, const json_t *record, const char *member)
{
    const json_t *value = record_member(record, member);
    char number[24] = "";
    if (json_is_integer(value))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    put_cell(b, json_is_integer(value) ? number : record_text(record, member));
}

void csv_head(void)
{
    autobuf struct buf b = {0};
    put_cell(&b, "seq");
    for (size_t i = 0; i < array_count(csv_members); i++)
        put_cell(&b, csv_members[i]);
    printf(CSV_MARK "%s\r\n", b.data ? b.data : "");
}

void csv_record(uint64_t seq, const json_t *record)
{
    autobuf struct buf b = {0};
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)seq);
    put_cell(&b, number);
    for (size_t i = 0; i < array_count(csv_members); i++)
        put_member(&b, record, csv_members[i]);
    printf("%s\r\n", b.data ? b.data : "");
}
