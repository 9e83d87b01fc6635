/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages between processes: AF_UNIX SOCK_SEQPACKET, one message a packet, a fixed head, then a
 * payload. A payload over WIRE_INLINE_MAX travels in a sealed memfd that the functions here attach
 * and unwrap, so callers see one buffer. Message types and payload forms are in <sekisho/proto.h>. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sekisho/limits.h>
#include "base/buf.h"

#define WIRE_HEAD_LEN   12          /* bytes: magic u32, type u16, flags u16, payload length u32 */
#define WIRE_INLINE_MAX (64 * 1024) /* bytes of payload inside the packet */

struct wire_head {
    uint16_t type;        /* enum sk_message */
    bool payload_in_fd;   /* the payload is the sealed memfd that comes as the last descriptor */
    uint32_t payload_len; /* bytes */
};

/* The codec alone, for fuzzing and for peers that do their own I/O. */
void wire_head_encode(const struct wire_head *head, uint8_t out[static WIRE_HEAD_LEN]);
int wire_head_decode(const uint8_t *packet, size_t len, struct wire_head *ret) SK_MUST_CHECK;

/* A message received: payload.data is NUL-terminated and never NULL. wire_message_clear frees the
 * payload and closes descriptors not stolen. */
struct wire_message {
    uint16_t type;
    struct buf payload;
    int fds[SK_MESSAGE_FDS_MAX];
    size_t fd_count;
    bool strange;   /* set it before wire_receive when the peer is not trusted: closing waits for nobody */
    uint32_t owner; /* then: its uid, for closer.h */
};
void wire_message_clear(struct wire_message *m);
#define autowire __attribute__((cleanup(wire_message_clear)))

/* Who is at the other end, from the kernel (unix(7) SO_PEERCRED: as of connect or listen). */
struct wire_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
int wire_peer(int sock, struct wire_peer *ret) SK_MUST_CHECK;
/* The peer's supplementary groups (SO_PEERGROUPS). Count, or negative; SK_ERR_LIMIT over max. */
int wire_peer_groups(int sock, gid_t *ret, size_t max) SK_MUST_CHECK;

/* Listen at path with this mode (an old socket there is replaced) / connect to path. A descriptor
 * (close-on-exec, non-blocking for listeners only), or negative. A listener whose queue is full,
 * because it hangs, is waited for at most timeout_ms (SK_ANSWER_MS): SK_ERR_TIMEOUT. */
int wire_listen(const char *path, mode_t mode) SK_MUST_CHECK;
int wire_accept(int listener) SK_MUST_CHECK;

/* The same for a loop that polls its listener. Where there is no descriptor or memory for the newcomer the
 * listener stays ready and the loop would turn for nothing, so this rests for WIRE_REST_MS before it says so.
 * The whole loop rests with it: whoever is served already waits that much longer at each turn. */
#define WIRE_REST_MS 10
int wire_accept_patient(int listener) SK_MUST_CHECK;
int wire_connect(const char *path) SK_MUST_CHECK;
int wire_connect_within(const char *path, int timeout_ms) SK_MUST_CHECK;

/* Send one message with count descriptors (they stay the caller's). Waits at most timeout_ms for
 * room. 0, SK_ERR_LIMIT, SK_ERR_TIMEOUT, SK_ERR_CLOSED or -errno. Never raises SIGPIPE. */
int wire_send(int sock, uint16_t type, const void *payload, size_t len, const int *fds,
              size_t count, int timeout_ms) SK_MUST_CHECK;

/* Receive one message; *ret must be {0} or cleared, but for strange and owner. Waits at most timeout_ms (0: only what is
 * there). Every descriptor that came is in ret->fds, close-on-exec.
 * 0, SK_ERR_TIMEOUT, SK_ERR_CLOSED, SK_ERR_FORMAT (drop the peer), SK_ERR_LIMIT, -errno. */
int wire_receive(int sock, struct wire_message *ret, int timeout_ms) SK_MUST_CHECK;

/* Send and wait for the one answer. */
int wire_call(int sock, uint16_t type, const void *payload, size_t len, const int *fds,
              size_t count, struct wire_message *ret, int timeout_ms) SK_MUST_CHECK;

#endif
