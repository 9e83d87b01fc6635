/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge.c owns the connections that have not said yet with whom. It must never let one through
 * without its word, nor keep more of them than its limits, nor let who opens many push out the word
 * on others: what is given up is refused. */
#include "egress/judge.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "egress/stream.h"

#define BUCKETS (1u << 14)

struct flow {
    struct endpoint from, to;
    struct stream *stream;
    uint64_t since;
    size_t kept;       /* bytes */
    struct flow *next; /* in its bucket */
    struct flow *older, *newer;
};

struct judge {
    judge_ask ask;
    void *context;
    uint8_t
        key[crypto_shorthash_KEYBYTES]; /* so that nobody can choose ports that share a bucket */
    struct flow *buckets[BUCKETS];
    struct flow *oldest, *newest;
    size_t count, bytes;
};

int judge_new(judge_ask ask, void *context, struct judge **ret)
{
    struct judge *j = calloc(1, sizeof *j);
    if (!j)
        return -ENOMEM;
    j->ask = ask;
    j->context = context;
    crypto_shorthash_keygen(j->key);
    *ret = j;
    return 0;
}

static bool is_same(const struct endpoint *a, const struct endpoint *b)
{
    return a->six == b->six && a->port == b->port &&
           memcmp(a->address, b->address, sizeof a->address) == 0;
}

static struct flow **place_of(struct judge *j, const struct packet *p)
{
    struct {
        uint8_t from[16], to[16];
        uint16_t ports[2];
    } named = {.ports = {p->from.port, p->to.port}};
    uint64_t hash;
    memcpy(named.from, p->from.address, sizeof named.from);
    memcpy(named.to, p->to.address, sizeof named.to);
    crypto_shorthash((uint8_t *)&hash, (const uint8_t *)&named, sizeof named, j->key);
    struct flow **at = &j->buckets[hash % BUCKETS];
    while (*at && !(is_same(&(*at)->from, &p->from) && is_same(&(*at)->to, &p->to)))
        at = &(*at)->next;
    return at;
}

static void forget(struct judge *j, struct flow **at)
{
    struct flow *f = *at;
    if (!f)
        return;
    *at = f->next;
    *(f->older ? &f->older->newer : &j->oldest) = f->newer;
    *(f->newer ? &f->newer->older : &j->newest) = f->older;
    j->count--;
    j->bytes -= f->kept;
    stream_free(&f->stream);
    free(f);
}

static void forget_oldest(struct judge *j)
{
    struct packet named = {.from = j->oldest->from, .to = j->oldest->to};
    forget(j, place_of(j, &named));
}

void judge_free(struct judge **j)
{
    if (!*j)
        return;
    while ((*j)->oldest)
        forget_oldest(*j);
    free(*j);
    *j = NULL;
}

void judge_tidy(struct judge *j, uint64_t now)
{
    while (j->oldest && now - j->oldest->since >= JUDGE_HELLO_NS)
        forget_oldest(j);
}

size_t judge_flows(const struct judge *j, size_t *ret_bytes)
{
    if (ret_bytes)
        *ret_bytes = j->bytes;
    return j->count;
}

/* The client's SYN begins a connection, whatever was known of its ports before. */
static enum judge_word begin(struct judge *j, struct flow **at, const struct packet *p,
                             uint64_t now, enum judge_why *why)
{
    if (*at)
        forget(j, at);
    if (j->count == JUDGE_FLOWS_MAX)
        forget_oldest(j);
    struct flow *f = calloc(1, sizeof *f);
    if (!f || stream_new(p->sequence, &f->stream) != 0) {
        free(f);
        *why = JUDGE_TROUBLE;
        return JUDGE_REFUSE;
    }
    f->from = p->from;
    f->to = p->to;
    f->since = now;
    at = place_of(j, p); /* the oldest may have been where this one goes */
    *at = f;
    f->older = j->newest;
    *(j->newest ? &j->newest->newer : &j->oldest) = f;
    j->newest = f;
    j->count++;
    /* data that come with a SYN are not looked at; without an answer the client sends a SYN alone
     * (RFC 7413) */
    return p->len > 0 ? JUDGE_HOLD : JUDGE_PART;
}

static enum judge_word judged(struct judge *j, struct flow **at, const struct packet *p,
                              const struct hello *h, enum judge_why *why)
{
    enum judge_word word = j->ask(j->context, p, h);
    *why = h ? JUDGE_BY_RULES : JUDGE_NOT_TLS;
    forget(j, at);
    return word;
}

/* A part came: what of the whole is known now? */
static enum judge_word go_on(struct judge *j, struct flow **at, const struct packet *p,
                             enum judge_why *why)
{
    struct flow *f = *at;
    struct hello h = {.name = ""};
    size_t len;
    const uint8_t *data = stream_data(f->stream, &len);
    enum hello_found found = hello_read(data, len, &h);
    if (found == HELLO_NONE)
        return judged(j, at, p, NULL, why);
    if (found != HELLO_MORE)
        return judged(j, at, p, &h, why);
    j->bytes += len - f->kept;
    f->kept = len;
    while (j->bytes > JUDGE_BYTES_MAX && j->oldest != f)
        forget_oldest(j);
    return JUDGE_PART;
}

enum judge_word judge_take(struct judge *j, const struct packet *p, uint64_t now,
                           enum judge_why *ret_why)
{
    struct flow **at = place_of(j, p);
    enum stream_taken taken = STREAM_GREW;
    *ret_why = JUDGE_UNKNOWN;
    if (p->syn && !p->ack)
        return begin(j, at, p, now, ret_why);
    if (!*at)
        return p->len > 0 ? JUDGE_REFUSE : JUDGE_PART;
    if (now - (*at)->since >= JUDGE_HELLO_NS) {
        *ret_why = JUDGE_LATE;
        forget(j, at);
        return JUDGE_REFUSE;
    }
    if (p->rst) {
        forget(j, at);
        return JUDGE_PART;
    }
    if (p->len == 0)
        return JUDGE_PART;
    int r = stream_take((*at)->stream, p->sequence, p->data, p->len, HELLO_MAX, &taken);
    if (r == 0 && taken == STREAM_GREW)
        return go_on(j, at, p, ret_why);
    if (r == 0 && taken == STREAM_OLD)
        return JUDGE_PART;
    if (r == 0 && taken == STREAM_EARLY)
        return JUDGE_HOLD;
    if (r == 0 && taken == STREAM_FULL)
        return judged(j, at, p, NULL, ret_why);
    *ret_why = r != 0 ? JUDGE_TROUBLE : JUDGE_FORGED;
    forget(j, at);
    return JUDGE_REFUSE;
}
