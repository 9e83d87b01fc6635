/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elide.c owns the line that stands for records which are not there. It must never accept two
 * spellings of one run, and never a hash more or less than the run needs. */
#include "proof/elide.h"
#include <inttypes.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"

/* Join the last two blocks as long as they are the halves of one. */
static int join(struct elide_run *run, struct digest *hash)
{
    while (run->count >= 2) {
        struct elide_block *left = &run->blocks[run->count - 2], *right = left + 1;
        if (left->height != right->height || left->at % ((uint64_t)2 << left->height) != 0)
            return 0;
        int r = tree_node(hash, left->hash, right->hash, left->hash);
        if (r != 0)
            return r;
        left->height++;
        run->count--;
    }
    return 0;
}

int elide_add_block(struct elide_run *run, struct digest *hash, const struct elide_block *block)
{
    if (run->count == 0)
        run->from = run->next = block->at;
    if (block->at != run->next || run->count == ELIDE_BLOCKS_MAX)
        return SK_ERR_FORMAT;
    run->blocks[run->count++] = *block;
    run->next += (uint64_t)1 << block->height;
    return join(run, hash);
}

int elide_add(struct elide_run *run, struct digest *hash, uint64_t seq,
              const uint8_t leaf[static DIGEST_LEN])
{
    struct elide_block block = {.at = seq};
    memcpy(block.hash, leaf, DIGEST_LEN);
    return elide_add_block(run, hash, &block);
}

static void put_run(const struct elide_run *run, struct buf *out)
{
    char hex[DIGEST_HEX_CAP];
    buf_printf(out, "{\"from\":%" PRIu64 ",\"hashes\":[", run->from);
    for (size_t i = 0; i < run->count; i++) {
        digest_hex(hex, run->blocks[i].hash);
        buf_printf(out, "%s\"%s\"", i ? "," : "", hex);
    }
    buf_printf(out, "],\"to\":%" PRIu64 "}", run->next - 1);
}

int elide_flush(struct elide_run *run, struct buf *out)
{
    if (run->count == 0)
        return out->err;
    buf_puts(out, "{\"elided\":");
    put_run(run, out);
    buf_puts(out, "}\n");
    run->count = 0;
    return out->err;
}

/* A number behind the word. */
static int read_number(struct cursor *c, const char *word, uint64_t *ret)
{
    char digits[24];
    size_t len = strlen(word), n = 0;
    const char *text = cursor_bytes(c, len);
    if (!text || memcmp(text, word, len) != 0)
        return SK_ERR_FORMAT;
    while (n < c->left && n < sizeof digits - 1 && c->at[n] >= '0' && c->at[n] <= '9')
        n++;
    text = cursor_bytes(c, n);
    if (!text)
        return SK_ERR_FORMAT;
    memcpy(digits, text, n);
    digits[n] = '\0';
    return str_to_u64(digits, TREE_SIZE_MAX - 1, ret) == 0 ? 0 : SK_ERR_FORMAT;
}

static int read_hashes(struct cursor *c, struct elide_run *run)
{
    static const char open[] = ",\"hashes\":[";
    const size_t hex = DIGEST_HEX_CAP - 1, item = hex + 3; /* quotes, and a comma or the end */
    const char *text = cursor_bytes(c, sizeof open - 1);
    if (!text || memcmp(text, open, sizeof open - 1) != 0)
        return SK_ERR_FORMAT;
    do {
        text = cursor_bytes(c, item);
        if (!text || run->count == ELIDE_BLOCKS_MAX || text[0] != '"' || text[hex + 1] != '"' ||
            str_unhex(text + 1, hex, run->blocks[run->count++].hash, DIGEST_LEN) != 0)
            return SK_ERR_FORMAT;
    } while (text[hex + 2] == ',');
    return text[hex + 2] == ']' ? 0 : SK_ERR_FORMAT;
}

int elide_read(const char *value, size_t len, struct elide_run *ret)
{
    struct elide_run run = {0};
    struct cursor c;
    uint64_t last;
    cursor_init(&c, value, len);
    if (read_number(&c, "{\"from\":", &run.from) != 0 || read_hashes(&c, &run) != 0 ||
        read_number(&c, ",\"to\":", &last) != 0 || last < run.from)
        return SK_ERR_FORMAT;
    run.next = run.from;
    for (size_t i = 0; i < run.count; i++) {
        if (run.next > last)
            return SK_ERR_FORMAT;
        run.blocks[i].at = run.next;
        run.blocks[i].height = tree_block_height(run.next, last + 1);
        run.next += (uint64_t)1 << run.blocks[i].height;
    }
    autobuf struct buf again = {0};
    put_run(&run, &again); /* one spelling only: upper-case digits are none */
    if (run.next != last + 1 || again.len != len || memcmp(again.data, value, len) != 0)
        return again.err ? again.err : SK_ERR_FORMAT;
    *ret = run;
    return 0;
}
