/* SPDX-License-Identifier: GPL-3.0-or-later */
/* talk.c owns the conversation with sekisho-control: one question, and the messages that come back.
 * It must never decide anything that control decides. */
#include "client/talk.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <string.h>
#include "base/str.h"
#include "client/language.h"
#include "record/record.h"
#include "wire/wire.h"

/* control itself waits at most SK_ANSWER_MS for each of the few processes it asks. */
#define ORDINARY_MS (6 * SK_ANSWER_MS) /* milliseconds */

/* Those that move data or make file systems take as long as they take; a person may end them. */
static const char *const long_ops[] = {
    SK_OP_AREA_CREATE, SK_OP_AREA_OPEN, SK_OP_AREA_CLOSE, SK_OP_RECEIVE,
    SK_OP_REQUEST,     SK_OP_EXPORT,    SK_OP_ERASE,
};

int talk_limit_ms(const char *op)
{
    for (size_t i = 0; i < array_count(long_ops); i++)
        if (str_eq(long_ops[i], op))
            return -1;
    return ORDINARY_MS;
}

int talk_begin(const char *op, json_t *request, const int *fds, size_t fd_count, int *ret_sock)
{
    if (json_object_set_new(request, "op", json_string(op)) != 0)
        return SK_ERR_FORMAT;
    autofree char *text = json_dumps(request, JSON_COMPACT);
    if (!text)
        return -ENOMEM;
    autoclose int sock = wire_connect(sk_path(SK_PATH_CONTROL_SOCKET));
    if (sock < 0)
        return sock;
    int r = wire_send(sock, SK_MSG_ASK, text, strlen(text), fds, fd_count, ORDINARY_MS);
    if (r != 0 && r != SK_ERR_CLOSED) /* one that closed at once said why before it did */
        return r;
    *ret_sock = steal_fd(&sock);
    return 0;
}

int talk_next(int sock, int timeout_ms, json_t **ret, enum talk_step *ret_step)
{
    autowire struct wire_message m = {0};
    autojson json_t *content = NULL;
    int r = wire_receive(sock, &m, timeout_ms);
    if (r == 0)
        r = record_parse(m.payload.data ? m.payload.data : "", m.payload.len, SK_MESSAGE_MAX,
                         &content);
    if (r == 0)
        r = language_say(content);
    if (r != 0)
        return r;
    if (m.type != SK_MSG_PROGRESS && m.type != SK_MSG_ANSWER && m.type != SK_MSG_ERROR)
        return SK_ERR_FORMAT;
    *ret_step = m.type == SK_MSG_PROGRESS ? TALK_PROGRESS
                : m.type == SK_MSG_ANSWER ? TALK_ANSWER
                                          : TALK_REFUSED;
    *ret = steal_ptr(&content);
    return 0;
}
