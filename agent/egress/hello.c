/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hello.c owns the reading of a TLS ClientHello. It must never find another name than a server
 * would, nor wait for more of what can't become a hello any more. */
#include "egress/hello.h"
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"

/* RFC 8446: 5.1, 4, 4.1.2, 4.2; RFC 6066, 3; draft-ietf-tls-esni, 5 */
#define RECORD_HANDSHAKE   22
#define RECORD_MAJOR       3
#define RECORD_HEAD_LEN    5     /* bytes */
#define RECORD_MAX         16384 /* bytes of its content */
#define CLIENT_HELLO       1
#define HANDSHAKE_HEAD_LEN 4 /* bytes */
#define RANDOM_LEN         32
#define SESSION_ID_MAX     32
#define TYPE_SERVER_NAME   0
#define TYPE_HIDDEN_HELLO  0xfe0d
#define NAME_HOST          0

struct joined {
    uint8_t *data; /* HELLO_MAX bytes */
    size_t len;
};

/* The handshake's bytes without the records around them; false: these are no handshake records. */
static bool join_records(const uint8_t *data, size_t len, struct joined *j)
{
    for (size_t at = 0; at < len;) {
        size_t left = len - at;
        if (data[at] != RECORD_HANDSHAKE || (left > 1 && data[at + 1] != RECORD_MAJOR))
            return false;
        if (left < RECORD_HEAD_LEN)
            return true;
        size_t content = (size_t)data[at + 3] << 8 | data[at + 4];
        if (content == 0 || content > RECORD_MAX)
            return false;
        at += RECORD_HEAD_LEN;
        size_t have = content < len - at ? content : len - at;
        if (have > HELLO_MAX - j->len)
            have = HELLO_MAX - j->len;
        memcpy(j->data + j->len, data + at, have);
        j->len += have;
        at += have;
        /* what follows the hello is another message, of whatever kind */
        if (j->len == HELLO_MAX)
            break;
        if (j->len >= HANDSHAKE_HEAD_LEN &&
            j->len - HANDSHAKE_HEAD_LEN >=
                ((size_t)j->data[1] << 16 | (size_t)j->data[2] << 8 | j->data[3]))
            break;
    }
    return true;
}

/* The part of c that len bytes make, as a cursor of its own. */
static void part(struct cursor *c, size_t len, struct cursor *ret)
{
    const void *bytes = cursor_bytes(c, len);
    cursor_init(ret, bytes ? bytes : "", bytes ? len : 0);
}

/* One name, of a kind that is known (RFC 6066: a list that can hold but one name of each kind). */
static bool read_server_name(struct cursor *extension, char name[static NAME_CAP])
{
    struct cursor list;
    part(extension, cursor_be16(extension), &list);
    uint8_t kind = cursor_u8(&list);
    size_t len = cursor_be16(&list);
    const char *text = cursor_bytes(&list, len);
    return cursor_done(extension) == 0 && cursor_done(&list) == 0 && text && kind == NAME_HOST &&
           name_normal(text, len, name) == 0;
}

static enum hello_found read_extensions(struct cursor *list, struct hello *ret)
{
    bool named = false;
    while (list->left > 0 && list->err == 0) {
        uint16_t type = cursor_be16(list);
        struct cursor extension;
        part(list, cursor_be16(list), &extension);
        if (type == TYPE_HIDDEN_HELLO)
            ret->hidden = true;
        if (type != TYPE_SERVER_NAME || list->err != 0)
            continue;
        if (named || !read_server_name(&extension, ret->name))
            return HELLO_NONE;
        named = true;
    }
    return list->err != 0 ? HELLO_NONE : named ? HELLO_NAMED : HELLO_NAMELESS;
}

static enum hello_found read_body(struct cursor *c, struct hello *ret)
{
    (void)cursor_be16(c); /* version, the same for all since 1.3 */
    (void)cursor_bytes(c, RANDOM_LEN);
    uint8_t id = cursor_u8(c);
    (void)cursor_bytes(c, id);
    uint16_t suites = cursor_be16(c);
    (void)cursor_bytes(c, suites);
    uint8_t methods = cursor_u8(c);
    (void)cursor_bytes(c, methods);
    if (c->err != 0 || id > SESSION_ID_MAX || suites == 0 || methods == 0)
        return HELLO_NONE;
    if (c->left == 0) /* before TLS 1.3 they could be left out */
        return HELLO_NAMELESS;
    struct cursor extensions;
    part(c, cursor_be16(c), &extensions);
    return cursor_done(c) == 0 ? read_extensions(&extensions, ret) : HELLO_NONE;
}

enum hello_found hello_read(const uint8_t *data, size_t len, struct hello *ret)
{
    autofree uint8_t *room = malloc(HELLO_MAX);
    struct joined j = {.data = room};
    struct cursor c, body;
    struct hello found = {.name = ""};
    /* without memory nobody knows who is meant */
    if (!room || !join_records(data, len, &j) || (j.len > 0 && j.data[0] != CLIENT_HELLO))
        return HELLO_NONE;
    if (j.len < HANDSHAKE_HEAD_LEN)
        return HELLO_MORE;
    cursor_init(&c, j.data, j.len);
    (void)cursor_u8(&c);
    size_t whole = cursor_be24(&c);
    if (whole > HELLO_MAX - HANDSHAKE_HEAD_LEN)
        return HELLO_NONE;
    if (c.left < whole)
        return HELLO_MORE;
    part(&c, whole, &body);
    enum hello_found what = read_body(&body, &found);
    if (what != HELLO_NONE)
        *ret = found;
    return what;
}
