/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream.c owns the order of a connection's first bytes. It must never show bytes that the server
 * may not get, nor others than it gets. */
#include "egress/stream.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 2048 /* bytes: most hellos fit */

struct stream {
    uint32_t first; /* sequence number of the first byte */
    uint8_t *data;
    size_t len;
    size_t room;
};

int stream_new(uint32_t syn, struct stream **ret)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->first = syn + 1;
    *ret = s;
    return 0;
}

void stream_free(struct stream **s)
{
    if (!*s)
        return;
    free((*s)->data);
    free(*s);
    *s = NULL;
}

static int make_room(struct stream *s, size_t len)
{
    size_t room = s->room ? s->room : FIRST_ROOM;
    while (room < len)
        room *= 2;
    if (room == s->room)
        return 0;
    uint8_t *data = realloc(s->data, room);
    if (!data)
        return -ENOMEM;
    s->data = data;
    s->room = room;
    return 0;
}

int stream_take(struct stream *s, uint32_t sequence, const uint8_t *data, size_t len, size_t max,
                enum stream_taken *ret)
{
    /* numbers wrap around; what is more than half of them ahead is behind */
    int32_t offset = (int32_t)(sequence - s->first);
    if (offset < 0) {
        /* a keep-alive has a byte there that nobody reads (RFC 1122, 4.2.3.6); more of it is no
         * honest client's */
        *ret = len <= 1 ? STREAM_OLD : STREAM_FORGED;
        return 0;
    }
    size_t at = (size_t)offset;
    if (at > s->len) {
        *ret = STREAM_EARLY;
        return 0;
    }
    size_t known = s->len - at < len ? s->len - at : len;
    if (known > 0 && memcmp(s->data + at, data, known) != 0) {
        *ret = STREAM_FORGED;
        return 0;
    }
    if (at + len > max) {
        *ret = STREAM_FULL;
        return 0;
    }
    if (known == len) {
        *ret = len > 0 ? STREAM_OLD : STREAM_GREW;
        return 0;
    }
    int r = make_room(s, at + len);
    if (r != 0)
        return r;
    memcpy(s->data + s->len, data + known, len - known);
    s->len = at + len;
    *ret = STREAM_GREW;
    return 0;
}

const uint8_t *stream_data(const struct stream *s, size_t *ret_len)
{
    *ret_len = s->len;
    return s->data;
}
