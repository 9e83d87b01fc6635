/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client has sent first on a TCP connection, put together from its segments (RFC 9293, 3.4
 * and 3.10). */
#ifndef EGRESS_STREAM_H
#define EGRESS_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct stream;

/* syn: the sequence number of the client's SYN. -ENOMEM. */
int stream_new(uint32_t syn, struct stream **ret);
void stream_free(struct stream **s);

enum stream_taken {
    STREAM_GREW,   /* the segment brought something new, or may yet */
    STREAM_OLD,    /* nothing but what came before, the same bytes (sent again) */
    STREAM_EARLY,  /* something before it is missing: not to be let through, it will come again */
    STREAM_FORGED, /* other bytes in the place of what came before: one end may see these, the other
                      those */
    STREAM_FULL,   /* more than max bytes */
};

/* One segment's data; max: bytes of the whole. -ENOMEM. */
int stream_take(struct stream *s, uint32_t sequence, const uint8_t *data, size_t len, size_t max,
                enum stream_taken *ret);

/* All bytes so far, without a gap; they live until the next stream_take. */
const uint8_t *stream_data(const struct stream *s, size_t *ret_len);

#define autostream __attribute__((cleanup(stream_free)))

#endif
