/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-tool.c owns the making of a small ledger by the real book, without a daemon. It must never
 * check what it made: others do. */
#include <sekisho/err.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "ledger/book.h"
#include "record/record.h"

#define YEAR_S       31536000u    /* seconds */
#define YEAR_BEGIN_S 1767193200u /* 2026-01-01 in Japan */

static void ignore(void *context, uint64_t ticket, int code, uint64_t seq)
{
    (void)context;
    (void)ticket;
    (void)code;
    (void)seq;
}

/* As a tree, the way records of messages come. */
static int add_tree(struct book *b, uint64_t n)
{
    return book_add(b, json_pack("{s:s,s:I,s:s,s:s,s:{s:s,s:s}}", "kind", "takeout", "n",
                                 (json_int_t)n, "area", "tax", "purpose", "納品 \"a\\b\"\n", "person",
                                 "id", "tanaka", "name", "田中"), NULL, 0);
}

/* Of one of two contracts, by its name or (accesses) by its area alone, or of none. */
static int add_text_of(struct book *b, uint64_t n, const char *area);

static int add_of_contracts(struct book *b, uint64_t n)
{
    static const char *const contracts[] = {"tax-2026", "census", "census"};
    switch (n % 5) {
    case 0:
    case 1:
    case 2:
        return book_add(b, json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "kind", "takeout", "phase", "done",
                                     "contract", contracts[n % 5], "case", n % 5 ? "T-0002" : "T-0001",
                                     "purpose", n % 5 ? "統計" : "納品", "n", (json_int_t)n), NULL, 0);
    default:
        return add_text_of(b, n, n % 5 == 3 ? "tax" : "people");
    }
}

static int announce(struct book *b)
{
    int r = book_add(b, json_pack("{s:s,s:s,s:s,s:s,s:[s]}", "kind", "contract", "phase", "announced",
                                  "contract", "tax-2026", "blind", "00112233445566778899aabbccddeeff",
                                  "areas", "tax"), NULL, 0);
    if (r == 0)
        r = book_add(b, json_pack("{s:s,s:s,s:s,s:s,s:[s]}", "kind", "contract", "phase", "announced",
                                  "contract", "census", "blind", "ffeeddccbbaa99887766554433221100",
                                  "areas", "people"), NULL, 0);
    return r;
}

/* What retention writes before it takes records away. */
static int add_removal(struct book *b, uint64_t from, uint64_t to)
{
    return book_add(b, json_pack("{s:s,s:s,s:[{s:I,s:I}]}", "kind", "removal", "phase", "intent",
                                 "ranges", "from", (json_int_t)from, "to", (json_int_t)to), NULL, 0);
}

/* As text, the way accesses come. */
static int add_text(struct book *b, uint64_t n)
{
    return add_text_of(b, n, "tax");
}

static int add_text_of(struct book *b, uint64_t n, const char *area)
{
    static const char purpose[] = "納品 \"a\\b\"\n", name[] = "田中";
    autobuf struct buf line = {0};
    struct clock_now now;
    struct book_stamps s;
    clock_read(&now);
    book_stamps(b, &now, &s);
    record_put_open(&line, NULL);
    record_put_text(&line, "area", area, strlen(area));
    record_put_text(&line, "at", s.at, strlen(s.at));
    record_put_text(&line, "boot", s.boot, strlen(s.boot));
    record_put_number(&line, "boottime", s.boottime);
    record_put_text(&line, "clock", s.clock, strlen(s.clock));
    record_put_text(&line, "host", s.host, strlen(s.host));
    record_put_text(&line, "kind", "access", 6);
    record_put_number(&line, "n", (int64_t)n);
    record_put_open(&line, "person");
    record_put_text(&line, "id", "tanaka", 6);
    record_put_text(&line, "name", name, sizeof name - 1);
    record_put_close(&line);
    record_put_text(&line, "purpose", purpose, sizeof purpose - 1);
    record_put_key(&line, "seq");
    size_t hole = line.len;
    record_put_close(&line);
    return book_add_line(b, &line, hole, BOOK_TICKET_RING);
}

/* One access of a year of them: 300 people, 8 areas of two contracts, 50 000 files. */
static int add_access(struct book *b, uint64_t n, uint64_t total)
{
    static const char *const areas[] = {"tax", "welfare", "school", "roads",
                                        "water", "health", "census", "permits"};
    static const char *const folders[] = {"住民税/申告書", "生活保護/決定通知", "学籍/名簿", "道路台帳"};
    autobuf struct buf line = {0};
    struct book_stamps s;
    struct clock_now when = {.synchronised = true};
    char text[64], file[128];
    uint64_t step = (uint64_t)YEAR_S * 1000 / total, ms = n * step;
    uint64_t mixed = (n + 1) * 0x9e3779b97f4a7c15u, person = mixed >> 40 & 0xffff;
    when.wall_s = (int64_t)(YEAR_BEGIN_S + ms / 1000);
    when.wall_ns = (uint32_t)(ms % 1000 * 1000000);
    when.boot_ns = ms * 1000000;
    book_stamps(b, &when, &s);
    person %= 300;
    unsigned area = (unsigned)(mixed >> 20 & 7);
    snprintf(file, sizeof file, "%s/令和8年度-%05u.ods", folders[area / 2],
             (unsigned)(mixed >> 24) % 50000);
    record_put_open(&line, NULL);
    record_put_text(&line, "application", "calc", 4);
    record_put_text(&line, "area", areas[area], strlen(areas[area]));
    record_put_text(&line, "at", s.at, strlen(s.at));
    record_put_text(&line, "boot", s.boot, strlen(s.boot));
    record_put_number(&line, "boottime", s.boottime);
    record_put_text(&line, "clock", s.clock, strlen(s.clock));
    record_put_text(&line, "contract", area < 4 ? "tax-2026" : "water-2026", area < 4 ? 8 : 10);
    record_put_number(&line, "count", 1);
    record_put_text(&line, "decision", "allowed", 7);
    record_put_text(&line, "dev", "7:1", 3);
    record_put_text(&line, "exe", "/usr/lib/libreoffice/program/soffice.bin", 40);
    record_put_text(&line, "file", file, strlen(file));
    record_put_text(&line, "host", s.host, strlen(s.host));
    record_put_number(&line, "inode", (int64_t)(mixed >> 24 & 0xfffff));
    record_put_text(&line, "kind", "access", 6);
    record_put_open(&line, "person");
    snprintf(text, sizeof text, "person-%03u", (unsigned)person);
    record_put_text(&line, "id", text, strlen(text));
    record_put_close(&line);
    record_put_number(&line, "pid", (int64_t)(n % 32768));
    record_put_text(&line, "reason", "allowed", 7);
    record_put_number(&line, "rule", 42);
    record_put_key(&line, "seq");
    size_t hole = line.len;
    record_put_number(&line, "uid", (int64_t)(1000 + person));
    record_put_close(&line);
    return book_add_line(b, &line, hole, BOOK_TICKET_RING);
}

static int add(struct book *b, const char *mode, uint64_t n, uint64_t total)
{
    if (str_eq(mode, "contracts"))
        return add_of_contracts(b, n);
    if (str_eq(mode, "year") || str_eq(mode, "open"))
        return add_access(b, n, total);
    return str_eq(mode, "text") ? add_text(b, n) : add_tree(b, n);
}

/* ledger-tool LEDGER KEYS SEALS EACH [text|contracts|removal|year|open]: that many commits, each of so
 * many records; all but "open" seal each of them; removal: one record that says so of the records SEALS
 * to EACH, and a seal */
int main(int argc, char **argv)
{
    uint64_t seals, each;
    struct book *book = NULL;
    struct recovery found = {0};
    const char *mode = argc == 6 ? argv[5] : "";
    bool first, removal = str_eq(mode, "removal"), open = str_eq(mode, "open");
    bool year = open || str_eq(mode, "year");
    if (argc < 5 || sodium_init() < 0 || str_to_u64(argv[3], INT32_MAX, &seals) != 0 ||
        str_to_u64(argv[4], BOOK_QUEUE_MAX / 2, &each) != 0)
        return 2;
    const struct book_config config = {.ledger_folder = argv[1], .key_folder = argv[2],
                                       .host = "test", .boot_id = "boot"};
    int r = book_open(&config, &book, &first, &found);
    if (r == 0 && str_eq(mode, "contracts"))
        r = announce(book);
    if (r == 0 && removal)
        r = add_removal(book, seals, each);
    for (uint64_t s = 0; r == 0 && s < (removal ? 1 : seals); s++) {
        for (uint64_t n = 0; r == 0 && !removal && n < each; n++)
            r = add(book, mode, year ? s * each + n : n, seals * each);
        if (r == 0)
            r = book_commit(book, !open || s + 1 == seals, ignore, NULL);
    }
    if (r != 0)
        fprintf(stderr, "%s\n", sk_strerror(r));
    book_close(&book);
    recovery_clear(&found);
    return r == 0 ? 0 : 1;
}
