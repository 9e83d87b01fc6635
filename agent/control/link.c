/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link.c owns connections to the other processes of the agent. It must never trust an
 * answer's form, and never use a connection again on which an answer is overdue. */
#include "control/link.h"
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include <sekisho/reason.h>
#include <string.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "record/record.h"

#define ERRNO_LAST 133 /* EHWPOISON, the highest that Linux knows */

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void link_close(struct link *l)
{
    close_one(&l->fd);
    close_one(&l->overdue_fd);
    l->pid = 0;
}

int link_hangs(struct link *l, struct buf *why)
{
    if (l->overdue_fd < 0)
        return 0;
    if (fd_wait(l->overdue_fd, POLLIN, 0) == 0) {
        phrase_put(why, "%s (process %d) does not answer: it hangs or was stopped", l->name,
                   (int)l->pid);
        return SK_ERR_TIMEOUT;
    }
    close_one(&l->overdue_fd); /* answered late, or gone */
    return 0;
}

/* The answer did not come in time: the connection is kept only to see when its peer stirs. */
static int overdue(struct link *l, struct buf *why)
{
    close_one(&l->overdue_fd);
    l->overdue_fd = steal_fd(&l->fd);
    phrase_put(why, "%s (process %d) did not answer within %d seconds: it hangs or was stopped",
               l->name, (int)l->pid, l->limit_ms / 1000);
    return SK_ERR_TIMEOUT;
}

int link_open(struct link *l, struct buf *why)
{
    int hangs = link_hangs(l, why);
    if (l->fd >= 0 || hangs != 0)
        return hangs;
    int fd = wire_connect_within(sk_path(l->socket), l->limit_ms);
    if (fd < 0) {
        phrase_put(why, "%s can't be reached: %s", l->name, PHRASE_ERROR(fd));
        return fd;
    }
    struct wire_peer peer;
    l->pid = wire_peer(fd, &peer) == 0 ? peer.pid : 0;
    l->fd = fd;
    return 0;
}

int link_reason(const char *name)
{
    int reason = 0;
    while (reason < SK_REASON_COUNT && strcmp(sk_reason_name((enum sk_reason)reason), name) != 0)
        reason++;
    return reason;
}

static int code_of(const char *name)
{
    for (int code = SK_ERR_FIRST + 1; code < SK_ERR_LAST; code++)
        if (strcmp(sk_errname(code), name) == 0)
            return code;
    for (int code = 1; code <= ERRNO_LAST; code++)
        if (strcmp(sk_errname(-code), name) == 0)
            return -code;
    return SK_ERR_REFUSED;
}

int link_error(const json_t *error, struct buf *why)
{
    buf_puts(why, record_text(error, "why"));
    return code_of(record_text(error, "code"));
}

int link_parse(const struct wire_message *m, json_t **ret)
{
    return record_parse(m->payload.data, m->payload.len, SK_MESSAGE_MAX, ret);
}

int link_send(int fd, uint16_t type, const json_t *payload, const int *fds, size_t fd_count,
              int timeout_ms)
{
    autofree char *text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
    return text ? wire_send(fd, type, text, strlen(text), fds, fd_count, timeout_ms) : -ENOMEM;
}

static int answer_of(struct link *l, uint16_t wanted, struct wire_message *m, struct buf *why)
{
    if (m->type == wanted)
        return 0;
    autojson json_t *error = NULL;
    if (m->type == SK_MSG_ERROR && link_parse(m, &error) == 0)
        return link_error(error, why);
    phrase_put(why, "%s answered out of order", l->name);
    link_close(l);
    return SK_ERR_FORMAT;
}

/* The next message that is no stray. */
static int receive(struct link *l, struct wire_message *ret, int timeout_ms)
{
    int r = wire_receive(l->fd, ret, timeout_ms);
    while (r == 0 && l->stray && l->stray(l->context, ret)) {
        wire_message_clear(ret);
        r = wire_receive(l->fd, ret, timeout_ms);
    }
    return r;
}

void link_listen(struct link *l)
{
    autowire struct wire_message m = {0};
    if (l->fd >= 0 && receive(l, &m, 0) != SK_ERR_TIMEOUT)
        link_close(l);
}

int link_call(struct link *l, uint16_t type, const void *payload, size_t len, const int *fds,
              size_t fd_count, uint16_t wanted, struct wire_message *ret, bool *ret_unsure,
              struct buf *why)
{
    int r = SK_ERR_CLOSED;
    for (int attempt = 0; attempt < 2 && r == SK_ERR_CLOSED; attempt++) {
        r = link_open(l, why);
        if (r != 0)
            return r;
        r = wire_send(l->fd, type, payload, len, fds, fd_count, l->limit_ms);
        if (r == SK_ERR_TIMEOUT)
            return overdue(l, why);
        if (r != 0)
            link_close(l);
    }
    if (r == 0) {
        r = receive(l, ret, l->limit_ms);
        if (r != 0 && ret_unsure)
            *ret_unsure = true;
    }
    if (r == SK_ERR_TIMEOUT)
        return overdue(l, why);
    if (r != 0) {
        buf_printf(why, "%s: %s", l->name, PHRASE_ERROR(r));
        link_close(l);
        return r;
    }
    return answer_of(l, wanted, ret, why);
}

int link_ask(struct link *l, uint16_t type, const json_t *question, const int *fds, size_t fd_count,
             uint16_t wanted, json_t **ret, bool *ret_unsure, struct buf *why)
{
    autowire struct wire_message m = {0};
    autofree char *text = json_dumps(question, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return -ENOMEM;
    int r = link_call(l, type, text, strlen(text), fds, fd_count, wanted, &m, ret_unsure, why);
    if (r != 0)
        return r;
    autojson json_t *answer = NULL;
    r = link_parse(&m, &answer);
    if (r != 0) {
        phrase_put(why, "%s gave an answer that is no object", l->name);
        link_close(l);
        if (ret_unsure)
            *ret_unsure = true;
        return r;
    }
    if (ret)
        *ret = steal_ptr(&answer);
    return 0;
}
