/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dns.c owns the reading of DNS messages. It must never take an address for a name's that a
 * resolver would not. */
#include "egress/dns.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"

/* RFC 1035, 4.1.1 and 4.1.4 */
#define FLAG_ANSWER    0x8000
#define OPCODE_MASK    0x7800 /* 0 = a standard query */
#define FLAG_CUT       0x0200 /* the rest comes over TCP */
#define CLASS_IN       1
#define POINTER_MARK   0xc0
#define NAME_BYTES_MAX 255 /* RFC 1035, 2.3.4 */
#define JUMPS_MAX      64  /* pointers of one name */
#define ALIASES_MAX    16  /* names of one name, one after the other */

/* Names point to others before them: so the cursor comes with the whole message. */
struct reader {
    const uint8_t *message;
    size_t len;
    struct cursor c;
};

static void go_to(struct reader *r, size_t at)
{
    int err = r->c.err;
    cursor_init(&r->c, r->message + at, r->len - at);
    r->c.err = err;
}

static size_t place(const struct reader *r)
{
    return r->len - r->c.left;
}

static void begin(struct reader *r, const uint8_t *message, size_t len)
{
    r->message = message;
    r->len = len;
    cursor_init(&r->c, message, len);
}

struct name_end {
    size_t jumps;
    size_t at;
};

/* The next label of a name, "" at its end; NULL: there is none. Pointers are followed; where the
 * name ends in the place where it stands is kept of the first. */
static const char *next_label(struct reader *r, struct name_end *end, size_t *ret_len)
{
    for (;;) {
        uint8_t len = cursor_u8(&r->c);
        if ((len & POINTER_MARK) != POINTER_MARK) {
            *ret_len = len;
            return len <= NAME_LABEL_MAX ? cursor_bytes(&r->c, len) : NULL;
        }
        size_t to = (size_t)(len & ~POINTER_MARK) << 8 | cursor_u8(&r->c);
        if (r->c.err != 0 || to >= r->len || ++end->jumps > JUMPS_MAX)
            return NULL;
        if (end->jumps == 1)
            end->at = place(r);
        go_to(r, to);
    }
}

/* The name at r. Where it is none of a host, ret is "" and reading goes on behind it. */
static void take_name(struct reader *r, char ret[static NAME_CAP])
{
    char text[NAME_CAP];
    struct name_end end = {0};
    size_t len = 0, more, whole = 0;
    bool fits = true;
    ret[0] = '\0';
    for (;;) {
        const char *label = next_label(r, &end, &more);
        if (!label || (whole += more + 1) > NAME_BYTES_MAX)
            r->c.err = SK_ERR_FORMAT;
        if (r->c.err != 0)
            break;
        if (more == 0)
            break;
        size_t dot = len > 0 ? 1 : 0;
        /* a '.' within a label would make another name of it */
        fits = fits && len + dot + more < NAME_CAP && !memchr(label, '.', more);
        if (!fits)
            continue;
        text[len] = '.';
        memcpy(text + len + dot, label, more);
        len += dot + more;
    }
    if (end.jumps > 0)
        go_to(r, end.at);
    if (fits && r->c.err == 0)
        (void)name_normal(text, len, ret);
}

static void take_question(struct reader *r, struct dns_answer *a)
{
    take_name(r, a->name);
    a->type = cursor_be16(&r->c);
    if (cursor_be16(&r->c) != CLASS_IN || !a->name[0])
        r->c.err = SK_ERR_FORMAT;
}

struct head {
    uint16_t flags, answers;
};

static struct head take_head(struct reader *r)
{
    struct head h;
    (void)cursor_bytes(&r->c, 2); /* number */
    h.flags = cursor_be16(&r->c);
    if (cursor_be16(&r->c) != 1)
        r->c.err = SK_ERR_FORMAT;
    h.answers = cursor_be16(&r->c);
    (void)cursor_bytes(&r->c, 4); /* authorities and additional ones */
    return h;
}

int dns_question(const uint8_t *message, size_t len, struct dns_answer *ret)
{
    struct reader r;
    struct dns_answer a = {.count = 0};
    begin(&r, message, len);
    struct head h = take_head(&r);
    take_question(&r, &a);
    if (r.c.err != 0 || h.flags & FLAG_ANSWER || h.flags & OPCODE_MASK)
        return SK_ERR_FORMAT;
    *ret = a;
    return 0;
}

struct record {
    char owner[NAME_CAP];
    uint16_t type;
    uint32_t seconds;
    size_t data, len; /* where its data are in the message */
};

static void take_record(struct reader *r, struct record *ret)
{
    take_name(r, ret->owner);
    ret->type = cursor_be16(&r->c);
    bool internet = cursor_be16(&r->c) == CLASS_IN;
    ret->seconds = cursor_be32(&r->c);
    ret->len = cursor_be16(&r->c);
    ret->data = place(r);
    (void)cursor_bytes(&r->c, ret->len);
    if (!internet)
        ret->owner[0] = '\0';
}

/* The addresses that stand for name itself. */
static int add_addresses(struct reader from, uint16_t answers, const char *name,
                         struct dns_answer *a)
{
    for (; answers > 0 && from.c.err == 0; answers--) {
        struct record rec;
        take_record(&from, &rec);
        size_t len = rec.type == DNS_TYPE_A ? 4 : rec.type == DNS_TYPE_AAAA ? 16 : 0;
        if (from.c.err != 0 || len == 0 || strcmp(rec.owner, name) != 0)
            continue;
        if (rec.len != len)
            return SK_ERR_FORMAT;
        if (a->count == DNS_ADDRESSES_MAX)
            return SK_ERR_LIMIT;
        struct dns_address *to = &a->addresses[a->count++];
        to->six = len == 16;
        memcpy(to->bytes, from.message + rec.data, len);
        if (a->count == 1 || rec.seconds < a->seconds)
            a->seconds = rec.seconds;
    }
    return from.c.err;
}

/* What name is another name of; false: of nothing. */
static bool find_alias(struct reader from, uint16_t answers, const char *name,
                       char ret[static NAME_CAP])
{
    for (; answers > 0 && from.c.err == 0; answers--) {
        struct record rec;
        take_record(&from, &rec);
        if (from.c.err != 0 || rec.type != DNS_TYPE_CNAME || strcmp(rec.owner, name) != 0)
            continue;
        struct reader data;
        begin(&data, from.message, rec.data + rec.len);
        go_to(&data, rec.data);
        take_name(&data, ret);
        return data.c.err == 0 && place(&data) == data.len && ret[0] != '\0';
    }
    return false;
}

int dns_answer(const uint8_t *message, size_t len, struct dns_answer *ret)
{
    struct reader r;
    struct dns_answer a = {.count = 0};
    begin(&r, message, len);
    struct head h = take_head(&r);
    take_question(&r, &a);
    if (r.c.err != 0 || !(h.flags & FLAG_ANSWER) || h.flags & OPCODE_MASK)
        return SK_ERR_FORMAT;
    if (h.answers > DNS_RECORDS_MAX)
        return SK_ERR_LIMIT;
    struct reader records = r;
    for (uint16_t i = 0; i < h.answers && r.c.err == 0; i++) {
        struct record rec;
        take_record(&r, &rec);
    }
    /* a message that is cut says so, and may end anywhere */
    if (r.c.err != 0 && !(h.flags & FLAG_CUT))
        return SK_ERR_FORMAT;
    char name[NAME_CAP], next[NAME_CAP];
    memcpy(name, a.name, sizeof name);
    for (size_t i = 0; r.c.err == 0 && i < ALIASES_MAX; i++) {
        int code = add_addresses(records, h.answers, name, &a);
        if (code != 0)
            return code;
        if (!find_alias(records, h.answers, name, next))
            break;
        memcpy(name, next, sizeof name);
    }
    *ret = a;
    return 0;
}
