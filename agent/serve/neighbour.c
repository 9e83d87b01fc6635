/* SPDX-License-Identifier: GPL-3.0-or-later */
/* neighbour.c owns what the connections to other daemons have in common. It must never show what
 * another daemon said unescaped. */
#include "serve/neighbour.h"
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/phrase.h"
#include "record/record.h"

#define ERROR_MAX ((size_t)64 * 1024) /* bytes of an ERROR */

bool neighbour_lost(int sock)
{
    autowire struct wire_message m = {0};
    return wire_receive(sock, &m, 0) != SK_ERR_TIMEOUT;
}

const char *neighbour_why(const struct wire_message *error, struct buf *b)
{
    autojson json_t *body = NULL;
    const char *why = "";
    if (error->type == SK_MSG_ERROR && error->payload.len &&
        record_parse(error->payload.data, error->payload.len, ERROR_MAX, &body) == 0)
        why = record_text(body, "why");
    buf_reset(b);
    phrase_escape(b, why);
    return !b->err && b->len ? b->data : PHRASE("no reason given");
}
