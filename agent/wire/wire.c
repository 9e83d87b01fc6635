/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.c owns how a message crosses a socket. It must never trust a length or a descriptor that
 * came in, and never leak one: what is not handed to the caller is closed. */
#include "wire/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "base/closer.h"
#include "base/fdio.h"

#define WIRE_MAGIC        0x31534b53u /* "SKS1" */
#define WIRE_FLAG_FD      1u
#define WIRE_BACKLOG      16 /* connections */
#define WIRE_FDS_SENT_MAX (SK_MESSAGE_FDS_MAX + 1)
#define WIRE_FDS_COME_MAX 253 /* the kernel's own limit (unix(7)): what it has no space for it closes, here */

void wire_head_encode(const struct wire_head *head, uint8_t out[static WIRE_HEAD_LEN])
{
    uint32_t words[3] = {
        htole32(WIRE_MAGIC),
        htole32((uint32_t)head->type | (head->payload_in_fd ? WIRE_FLAG_FD << 16 : 0)),
        htole32(head->payload_len),
    };
    memcpy(out, words, WIRE_HEAD_LEN);
}

int wire_head_decode(const uint8_t *packet, size_t len, struct wire_head *ret)
{
    struct cursor c;
    cursor_init(&c, packet, len);
    uint32_t magic = cursor_u32(&c);
    uint16_t type = cursor_u16(&c);
    uint16_t flags = cursor_u16(&c);
    uint32_t payload_len = cursor_u32(&c);
    if (c.err || magic != WIRE_MAGIC || (flags & ~WIRE_FLAG_FD) != 0)
        return SK_ERR_FORMAT;
    bool in_fd = flags & WIRE_FLAG_FD;
    if (payload_len > (in_fd ? SK_MESSAGE_MAX : WIRE_INLINE_MAX))
        return SK_ERR_LIMIT;
    if (c.left != (in_fd ? 0 : payload_len))
        return SK_ERR_FORMAT;
    *ret = (struct wire_head){.type = type, .payload_in_fd = in_fd, .payload_len = payload_len};
    return 0;
}

static void drop_fds(const struct wire_message *m, const int *fds, size_t count)
{
    if (m->strange)
        closer_close(m->owner, fds, count);
    for (size_t i = 0; i < count && !m->strange; i++)
        close(fds[i]);
}

void wire_message_clear(struct wire_message *m)
{
    size_t left = 0; /* those that were not stolen */
    buf_free(&m->payload);
    for (size_t i = 0; i < m->fd_count; i++)
        if (m->fds[i] >= 0)
            m->fds[left++] = m->fds[i];
    drop_fds(m, m->fds, left);
    m->fd_count = 0;
    m->type = 0;
}

int wire_peer(int sock, struct wire_peer *ret)
{
    struct ucred cred;
    socklen_t len = sizeof cred;
    if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
        return -errno;
    *ret = (struct wire_peer){.pid = cred.pid, .uid = cred.uid, .gid = cred.gid};
    return 0;
}

int wire_peer_groups(int sock, gid_t *ret, size_t max)
{
    socklen_t len = (socklen_t)(max * sizeof *ret);
    if (getsockopt(sock, SOL_SOCKET, SO_PEERGROUPS, ret, &len) != 0)
        return errno == ERANGE ? SK_ERR_LIMIT : -errno;
    return (int)(len / sizeof *ret);
}

static int address_of(const char *path, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof ret->sun_path)
        return SK_ERR_LIMIT;
    memcpy(ret->sun_path, path, len + 1);
    return 0;
}

int wire_listen(const char *path, mode_t mode)
{
    struct sockaddr_un address;
    int r = address_of(path, &address);
    if (r != 0)
        return r;
    autoclose int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0)
        return -errno;
    if (unlink(path) != 0 && errno != ENOENT)
        return -errno;
    /* the mode comes with the name: a chmod(2) of the path could be led elsewhere by whoever may
     * write the folder. Nobody connects before listen(2). */
    mode_t old = umask(~mode & 0777);
    int bound = bind(sock, (const struct sockaddr *)&address, sizeof address);
    int saved = errno;
    umask(old);
    if (bound != 0)
        return -saved;
    if (listen(sock, WIRE_BACKLOG) != 0)
        return -errno;
    return steal_fd(&sock);
}

int wire_accept(int listener)
{
    int sock;
    do
        sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    while (sock < 0 && errno == EINTR);
    return sock < 0 ? -errno : sock;
}

int wire_accept_patient(int listener)
{
    const struct timespec rest = {.tv_nsec = WIRE_REST_MS * 1000000L};
    int sock = wire_accept(listener);
    if (sock == -EMFILE || sock == -ENFILE || sock == -ENOBUFS || sock == -ENOMEM)
        nanosleep(&rest, NULL);
    return sock;
}

int wire_connect_within(const char *path, int timeout_ms)
{
    const struct timeval wait = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    struct sockaddr_un address;
    int r = address_of(path, &address);
    if (r != 0)
        return r;
    autoclose int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (sock < 0)
        return -errno;
    /* unix(7): connect waits for room in the listener's queue as long as a send may */
    if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0)
        return -errno;
    if (connect(sock, (const struct sockaddr *)&address, sizeof address) != 0)
        return errno == EAGAIN ? SK_ERR_TIMEOUT : -errno;
    return steal_fd(&sock);
}

int wire_connect(const char *path)
{
    return wire_connect_within(path, SK_ANSWER_MS);
}

static int send_packet(int sock, const uint8_t head[static WIRE_HEAD_LEN], const void *payload,
                       size_t len, const int *fds, size_t count, int timeout_ms)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * WIRE_FDS_SENT_MAX)];
    } control;
    uint8_t head_copy[WIRE_HEAD_LEN];
    memcpy(head_copy, head, sizeof head_copy);
    /* sendmsg(2) takes a non-const base but only reads it */
    struct iovec parts[2] = {{.iov_base = head_copy, .iov_len = WIRE_HEAD_LEN},
                             {.iov_base = (void *)(uintptr_t)payload, .iov_len = len}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = len ? 2 : 1};
    if (count > 0) {
        memset(&control, 0, sizeof control);
        m.msg_control = &control;
        m.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
    }
    for (;;) {
        if (sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return 0;
        if (errno == EPIPE || errno == ECONNRESET)
            return SK_ERR_CLOSED;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return -errno;
        int r = fd_wait(sock, POLLOUT, timeout_ms);
        if (r <= 0)
            return r == 0 ? SK_ERR_TIMEOUT : r;
    }
}

int wire_send(int sock, uint16_t type, const void *payload, size_t len, const int *fds,
              size_t count, int timeout_ms)
{
    if (len > SK_MESSAGE_MAX || count > SK_MESSAGE_FDS_MAX)
        return SK_ERR_LIMIT;
    int sent[WIRE_FDS_SENT_MAX];
    if (count > 0)
        memcpy(sent, fds, sizeof(int) * count);
    autoclose int memory = -1;
    struct wire_head head = {.type = type, .payload_len = (uint32_t)len};
    if (len > WIRE_INLINE_MAX) {
        memory = fd_memory_sealed("sekisho-message", payload, len);
        if (memory < 0)
            return memory;
        sent[count++] = memory;
        head.payload_in_fd = true;
        len = 0;
    }
    uint8_t packet[WIRE_HEAD_LEN];
    wire_head_encode(&head, packet);
    return send_packet(sock, packet, payload, len, sent, count, timeout_ms);
}

/* Move the descriptors of one SCM_RIGHTS block into m; false when there is no room for them. */
static bool take_fds(struct wire_message *m, const struct cmsghdr *c, int *extra, size_t *extra_count)
{
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    bool room = true;
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
        if (m->fd_count < SK_MESSAGE_FDS_MAX)
            m->fds[m->fd_count++] = fd;
        else if (*extra_count == 0)
            extra[(*extra_count)++] = fd;
        else {
            drop_fds(m, &fd, 1);
            room = false;
        }
    }
    return room;
}

/* Read the payload out of the sealed memfd that a peer sent. */
static int read_memory(int fd, size_t len, struct buf *b)
{
    const int wanted = F_SEAL_SHRINK | F_SEAL_WRITE;
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & wanted) != wanted || fstat(fd, &st) != 0 || st.st_size != (off_t)len)
        return SK_ERR_FORMAT;
    char *room = buf_room(b, len);
    if (!room)
        return b->err;
    ssize_t n = fd_pread_full(fd, room, len, 0);
    if (n != (ssize_t)len)
        return n < 0 ? (int)n : SK_ERR_FORMAT;
    buf_grow(b, len);
    return 0;
}

static int unpack(struct wire_message *m, const uint8_t *packet, size_t len, int *extra,
                  size_t extra_count)
{
    struct wire_head head;
    int r = wire_head_decode(packet, len, &head);
    if (r != 0)
        return r;
    m->type = head.type;
    if (!head.payload_in_fd) {
        if (extra_count > 0)
            return SK_ERR_LIMIT;
        buf_put(&m->payload, packet + WIRE_HEAD_LEN, head.payload_len);
        return m->payload.err;
    }
    if (extra_count > 0)
        return read_memory(extra[0], head.payload_len, &m->payload);
    if (m->fd_count == 0)
        return SK_ERR_FORMAT;
    int memory = m->fds[--m->fd_count];
    r = read_memory(memory, head.payload_len, &m->payload);
    drop_fds(m, &memory, 1);
    return r;
}

int wire_receive(int sock, struct wire_message *ret, int timeout_ms)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * WIRE_FDS_COME_MAX)];
    } control;
    int r = fd_wait(sock, POLLIN, timeout_ms);
    if (r <= 0)
        return r == 0 ? SK_ERR_TIMEOUT : r;
    autofree uint8_t *packet = malloc(WIRE_HEAD_LEN + WIRE_INLINE_MAX);
    if (!packet)
        return -ENOMEM;
    struct iovec part = {.iov_base = packet, .iov_len = WIRE_HEAD_LEN + WIRE_INLINE_MAX};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t n;
    bool reset = false, again;
    do {
        n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        /* a peer that closed without reading all of ours may have said why before: that comes next */
        again = n < 0 && (errno == EINTR || (errno == ECONNRESET && !reset));
        reset = reset || (n < 0 && errno == ECONNRESET);
    } while (again);
    if (n < 0)
        return errno == EAGAIN ? SK_ERR_TIMEOUT : errno == ECONNRESET ? SK_ERR_CLOSED : -errno;
    int extra[1] = {-1};
    size_t extra_count = 0;
    bool room = true;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            room = take_fds(ret, c, extra, &extra_count) && room;
    if (n == 0 && ret->fd_count == 0)
        r = SK_ERR_CLOSED;
    else if (!room || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        r = SK_ERR_LIMIT;
    else
        r = unpack(ret, packet, (size_t)n, extra, extra_count);
    drop_fds(ret, extra, extra_count);
    if (r != 0)
        wire_message_clear(ret);
    return r;
}

int wire_call(int sock, uint16_t type, const void *payload, size_t len, const int *fds,
              size_t count, struct wire_message *ret, int timeout_ms)
{
    int r = wire_send(sock, type, payload, len, fds, count, timeout_ms);
    return r != 0 ? r : wire_receive(sock, ret, timeout_ms);
}
