/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A conversation with sekisho-control (sekisho/ops.h), for the programs of people: ask, then take
 * what comes, then close the socket. */
#ifndef CLIENT_TALK_H
#define CLIENT_TALK_H

#include <jansson.h>
#include <stddef.h>
#include "base/clean.h"

enum talk_step { TALK_PROGRESS, TALK_ANSWER, TALK_REFUSED };

/* Ask. request gets "op" set; the descriptors stay the caller's. 0 and the socket; SK_ERR_FORMAT
 * (it is not all UTF-8), SK_ERR_LIMIT (too much for one question), -ENOMEM; else why the agent
 * can't be reached. */
int talk_begin(const char *op, json_t *request, const int *fds, size_t fd_count,
               int *ret_sock) SK_MUST_CHECK;

/* The next message, the caller's reference, its sentences in the reader's language. 0, or a
 * negative code (SK_ERR_TIMEOUT: none yet; what else: the agent was lost). */
int talk_next(int sock, int timeout_ms, json_t **ret, enum talk_step *ret_step) SK_MUST_CHECK;

/* How long the messages of a question are waited for, milliseconds; -1 = as long as it takes. */
int talk_limit_ms(const char *op);

#endif
