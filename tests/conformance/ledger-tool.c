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

/* As text, the way accesses come. */
static int add_text(struct book *b, uint64_t n)
{
    static const char purpose[] = "納品 \"a\\b\"\n", name[] = "田中";
    autobuf struct buf line = {0};
    struct clock_now now;
    struct book_stamps s;
    clock_read(&now);
    book_stamps(b, &now, &s);
    record_put_open(&line, NULL);
    record_put_text(&line, "area", "tax", 3);
    record_put_text(&line, "at", s.at, strlen(s.at));
    record_put_text(&line, "boot", s.boot, strlen(s.boot));
    record_put_number(&line, "boottime", s.boottime);
    record_put_text(&line, "clock", s.clock, strlen(s.clock));
    record_put_text(&line, "host", s.host, strlen(s.host));
    record_put_text(&line, "kind", "takeout", 7);
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

/* ledger-tool LEDGER KEYS SEALS EACH [text]: that many seals, each over so many records */
int main(int argc, char **argv)
{
    uint64_t seals, each;
    struct book *book = NULL;
    struct recovery found = {0};
    bool first, text = argc == 6 && str_eq(argv[5], "text");
    if (argc < 5 || sodium_init() < 0 || str_to_u64(argv[3], INT32_MAX, &seals) != 0 ||
        str_to_u64(argv[4], BOOK_QUEUE_MAX / 2, &each) != 0)
        return 2;
    const struct book_config config = {.ledger_folder = argv[1], .key_folder = argv[2],
                                       .host = "test", .boot_id = "boot"};
    int r = book_open(&config, &book, &first, &found);
    for (uint64_t s = 0; r == 0 && s < seals; s++) {
        for (uint64_t n = 0; r == 0 && n < each; n++)
            r = text ? add_text(book, n) : add_tree(book, n);
        if (r == 0)
            r = book_commit(book, true, ignore, NULL);
    }
    if (r != 0)
        fprintf(stderr, "%s\n", sk_strerror(r));
    book_close(&book);
    recovery_clear(&found);
    return r == 0 ? 0 : 1;
}
