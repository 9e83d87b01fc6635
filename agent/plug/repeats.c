/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repeats.c owns the count of what devices do again and again. It must never drop anything from the count, nor
 * take one device for another where it has a row of its own. */
#include "plug/repeats.h"
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"

#define SHARED (REPEATS_ROWS_MAX - 1) /* the row of those that find no other */

struct row {
    uint8_t key[DIGEST_LEN];
    uint64_t since_ns, span_ns; /* since 0 = free */
    unsigned full;              /* records of this span that were written */
    uint64_t folded;            /* and that were not */
    json_t *phases;             /* {"plugged":12,…} of these */
    json_t *last;               /* the record of the last of these */
    char first_at[CLOCK_TIME_CAP], last_at[CLOCK_TIME_CAP];
};

/* What all at one place, or all of this PC, may have written, whatever they say they are. */
struct budget {
    uint8_t key[DIGEST_LEN]; /* of the place */
    uint64_t since_ns, span_ns; /* since 0 = never used */
    unsigned used;
    bool over; /* it was asked for more in this span */
};

struct repeats {
    struct row rows[REPEATS_ROWS_MAX];
    struct budget places[REPEATS_PLACES_MAX]; /* the last is for those that find no other */
    struct budget all;
    uint64_t untold;
};

int repeats_new(struct repeats **ret)
{
    struct repeats *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    *ret = r;
    return 0;
}

static void clear_count(struct row *row)
{
    json_decref(row->phases);
    json_decref(row->last);
    row->phases = row->last = NULL;
    row->folded = 0;
}

void repeats_free(struct repeats **at)
{
    struct repeats *r = steal_ptr(at);
    for (size_t i = 0; r && i < REPEATS_ROWS_MAX; i++)
        clear_count(&r->rows[i]);
    free(r);
}

/* All by which one device is told from another at its place, and what was decided: another decision is news. */
static bool key_of(const struct plugged *p, uint8_t ret[static DIGEST_LEN])
{
    autobuf struct buf b = {0};
    const char *const texts[] = {p->port, p->serial, p->maker, p->name};
    for (size_t i = 0; i < array_count(texts); i++)
        buf_put(&b, texts[i], strlen(texts[i]) + 1);
    buf_printf(&b, "%x %x %u %d %d ", p->said.vendor, p->said.product, p->said.class, (int)p->decision.verdict,
               (int)p->decision.reason);
    buf_put(&b, p->said.interfaces, p->said.count * sizeof p->said.interfaces[0]);
    return !b.err && digest_of(b.data, b.len, ret) == 0;
}

/* A quiet span ends a row, but not what it has counted. */
static bool is_free(const struct row *row, uint64_t now_ns)
{
    return row->since_ns == 0 || (row->folded == 0 && now_ns - row->since_ns >= row->span_ns);
}

static size_t place_of(const struct repeats *r, const struct plugged *p, uint64_t now_ns, uint8_t key[static DIGEST_LEN])
{
    size_t unused = SHARED;
    if (!key_of(p, key))
        return SHARED;
    for (size_t i = 0; i < SHARED; i++) {
        bool over = is_free(&r->rows[i], now_ns);
        if (!over && memcmp(r->rows[i].key, key, DIGEST_LEN) == 0)
            return i;
        if (over && unused == SHARED)
            unused = i;
    }
    return unused;
}

/* The port of a root hub: all behind it, through whatever hubs, is one place. */
static size_t place_len(const char *port)
{
    const char *slash = strrchr(port, '/'), *name = slash ? slash : port;
    return (size_t)(name - port) + strcspn(name, ".:");
}

static bool is_over(const struct budget *b, uint64_t now_ns)
{
    return b->since_ns == 0 || now_ns - b->since_ns >= b->span_ns;
}

static size_t budget_of(const struct repeats *r, const struct plugged *p, uint64_t now_ns, uint8_t key[static DIGEST_LEN])
{
    const size_t shared = REPEATS_PLACES_MAX - 1;
    size_t unused = shared;
    if (digest_of(p->port, place_len(p->port), key) != 0)
        return shared;
    for (size_t i = 0; i < shared; i++) {
        const struct budget *b = &r->places[i];
        if (b->since_ns != 0 && memcmp(b->key, key, DIGEST_LEN) == 0)
            return i;
        /* one that was asked for too much keeps its place for another span: it may go on */
        if (unused == shared && is_over(b, now_ns) && (!b->over || now_ns - b->since_ns >= 2 * b->span_ns))
            unused = i;
    }
    return unused;
}

static bool has_left(const struct budget *b, unsigned max, uint64_t now_ns)
{
    return is_over(b, now_ns) || b->used < max;
}

/* The next span is twice as long where this one was asked for too much. */
static void renew(struct budget *b, const uint8_t key[static DIGEST_LEN], uint64_t now_ns)
{
    bool same = memcmp(b->key, key, DIGEST_LEN) == 0, goes_on = same && b->over && now_ns - b->since_ns < 2 * b->span_ns;
    if (!is_over(b, now_ns))
        return;
    uint64_t twice = b->span_ns * 2 < REPEATS_LONGEST_NS ? b->span_ns * 2 : REPEATS_LONGEST_NS;
    *b = (struct budget){.since_ns = now_ns, .span_ns = goes_on ? twice : REPEATS_SPAN_NS};
    memcpy(b->key, key, DIGEST_LEN);
}

/* True: one more may be written, and is taken off. False: that is remembered. */
static bool spend(struct repeats *r, struct budget *place, const uint8_t key[static DIGEST_LEN], uint64_t now_ns)
{
    static const uint8_t everywhere[DIGEST_LEN];
    renew(place, key, now_ns);
    renew(&r->all, everywhere, now_ns);
    place->over = place->over || place->used >= REPEATS_PLACE_MAX;
    r->all.over = r->all.over || r->all.used >= REPEATS_ALL_MAX;
    if (place->used >= REPEATS_PLACE_MAX || r->all.used >= REPEATS_ALL_MAX)
        return false;
    place->used++;
    r->all.used++;
    return true;
}

static void begin(struct row *row, const uint8_t key[static DIGEST_LEN], uint64_t now_ns)
{
    row->since_ns = now_ns;
    row->span_ns = REPEATS_SPAN_NS;
    row->full = 0;
    memcpy(row->key, key, DIGEST_LEN);
}

static void stamp(char out[static CLOCK_TIME_CAP])
{
    struct clock_now now;
    clock_read(&now);
    clock_format(out, now.wall_s, now.wall_ns);
}

/* False when memory is short: then it is told at once. */
static bool count(struct row *row, const char *phase, json_t *record)
{
    if (!row->phases)
        row->phases = json_object();
    json_int_t before = json_integer_value(json_object_get(row->phases, phase));
    if (!row->phases || json_object_set_new(row->phases, phase, json_integer(before + 1)) != 0)
        return false;
    stamp(row->last_at);
    if (row->folded == 0)
        memcpy(row->first_at, row->last_at, sizeof row->first_at);
    json_decref(row->last);
    row->last = json_incref(record);
    row->folded++;
    return true;
}

bool repeats_tell(struct repeats *r, const struct plugged *p, const char *phase, json_t *record, uint64_t now_ns)
{
    uint8_t key[DIGEST_LEN] = {0}, place_key[DIGEST_LEN] = {0};
    if (!record)
        return true;
    struct row *row = &r->rows[place_of(r, p, now_ns, key)];
    struct budget *place = &r->places[budget_of(r, p, now_ns, place_key)];
    bool own = is_free(row, now_ns) || row->full < REPEATS_FULL_MAX;
    bool left = !own || spend(r, place, place_key, now_ns);
    if (!left)
        row = &r->rows[SHARED]; /* a row for each would be a record for each */
    if (is_free(row, now_ns))
        begin(row, key, now_ns);
    if (own && left) {
        row->full++;
        return true;
    }
    if (!count(row, phase, record))
        return true;
    r->untold++;
    return false;
}

bool repeats_admit(const struct repeats *r, const struct plugged *p, uint64_t now_ns)
{
    uint8_t key[DIGEST_LEN] = {0};
    const struct row *row = &r->rows[place_of(r, p, now_ns, key)];
    const struct budget *place = &r->places[budget_of(r, p, now_ns, key)];
    return (is_free(row, now_ns) || row->full < REPEATS_FULL_MAX) && has_left(place, REPEATS_PLACE_MAX, now_ns) &&
           has_left(&r->all, REPEATS_ALL_MAX, now_ns);
}

static json_t *record_of(const struct row *row, bool shared)
{
    json_t *record = json_deep_copy(row->last);
    bool ok = record && json_object_set_new(record, "phase", json_string("again")) == 0 &&
              json_object_set_new(record, "count", json_integer((json_int_t)row->folded)) == 0 &&
              json_object_set(record, "phases", row->phases) == 0 &&
              json_object_set_new(record, "since", json_string(row->first_at)) == 0 &&
              json_object_set_new(record, "until", json_string(row->last_at)) == 0 &&
              json_object_set_new(record, "several", json_boolean(shared)) == 0;
    if (!ok) {
        json_decref(record);
        return NULL;
    }
    return record;
}

json_t *repeats_due(struct repeats *r, uint64_t now_ns, bool all)
{
    bool now = all || r->untold >= REPEATS_UNTOLD_MAX;
    for (size_t i = 0; i < REPEATS_ROWS_MAX; i++) {
        struct row *row = &r->rows[i];
        bool over = now_ns - row->since_ns >= row->span_ns;
        if (row->folded == 0 || (!over && !now))
            continue;
        json_t *record = record_of(row, i == SHARED);
        if (!record)
            return NULL; /* it stays counted */
        r->untold -= row->folded < r->untold ? row->folded : r->untold;
        clear_count(row);
        if (over) {
            row->since_ns = now_ns;
            row->span_ns = row->span_ns * 2 < REPEATS_LONGEST_NS ? row->span_ns * 2 : REPEATS_LONGEST_NS;
            row->full = REPEATS_FULL_MAX - 1; /* one at once, as at the beginning */
        }
        return record;
    }
    return NULL;
}

int repeats_wait_ms(const struct repeats *r, uint64_t now_ns)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < REPEATS_ROWS_MAX; i++) {
        const struct row *row = &r->rows[i];
        uint64_t end = row->since_ns + row->span_ns;
        if (row->folded > 0 && (end > now_ns ? end - now_ns : 0) < least)
            least = end > now_ns ? end - now_ns : 0;
    }
    if (r->untold >= REPEATS_UNTOLD_MAX)
        return 0;
    return least == UINT64_MAX ? -1 : (int)(least / 1000000) + 1;
}
