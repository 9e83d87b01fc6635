/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-tool.c owns the making of a small ledger by the real book, without a daemon. It must never
 * check what it made: others do. */
#include <sekisho/err.h>
#include <sodium.h>
#include <stdio.h>
#include "base/str.h"
#include "ledger/book.h"

static void ignore(void *context, uint64_t ticket, int code, uint64_t seq)
{
    (void)context;
    (void)ticket;
    (void)code;
    (void)seq;
}

/* ledger-tool LEDGER KEYS SEALS EACH: that many seals, each over so many records */
int main(int argc, char **argv)
{
    uint64_t seals, each;
    struct book *book = NULL;
    struct recovery found = {0};
    bool first;
    if (argc != 5 || sodium_init() < 0 || str_to_u64(argv[3], INT32_MAX, &seals) != 0 ||
        str_to_u64(argv[4], BOOK_QUEUE_MAX / 2, &each) != 0)
        return 2;
    const struct book_config config = {.ledger_folder = argv[1], .key_folder = argv[2],
                                       .host = "test", .boot_id = "boot"};
    int r = book_open(&config, &book, &first, &found);
    for (uint64_t s = 0; r == 0 && s < seals; s++) {
        for (uint64_t n = 0; r == 0 && n < each; n++)
            r = book_add(book, json_pack("{s:s,s:I,s:s,s:s,s:{s:s,s:s}}", "kind", "takeout", "n",
                                         (json_int_t)n, "area", "tax", "purpose",
                                         "納品 \"a\\b\"\n", "person", "id", "tanaka", "name",
                                         "田中"), NULL, 0);
        if (r == 0)
            r = book_commit(book, true, ignore, NULL);
    }
    if (r != 0)
        fprintf(stderr, "%s\n", sk_strerror(r));
    book_close(&book);
    recovery_clear(&found);
    return r == 0 ? 0 : 1;
}
