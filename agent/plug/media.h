/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The connection to sekisho-device, which looks at media: what is asked, and the answers as they come. Nothing here
 * waits for a medium. */
#ifndef PLUG_MEDIA_H
#define PLUG_MEDIA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/clean.h"

struct media_line; /* opaque */

enum media_ask { MEDIA_LOOK, MEDIA_MARK, MEDIA_OPEN, MEDIA_CLOSE };

/* number: of the disk that it is about. body: the answer, NULL = there is none (sekisho-device is away, or refused:
 * then why says so). */
typedef void media_answered(void *context, enum media_ask what, const char *number, const json_t *body,
                            const char *why);

/* answered is called from media_ready and media_turn only. 0 or -ENOMEM. */
int media_line_new(media_answered *answered, void *context, struct media_line **ret) SK_MUST_CHECK;
void media_line_free(struct media_line **l);

/* Ask (takes body, NULL = out of memory). MEDIA_CLOSE: what was asked about that disk before is answered no more. False:
 * too much waits, it is not asked and never answered; of MEDIA_CLOSE only when memory is short. */
bool media_ask(struct media_line *l, enum media_ask what, const char *number, json_t *body);

/* For the loop: -1 = not connected. What can be read; what is due. True as long as it is to be called again soon. */
int media_fd(const struct media_line *l);
void media_ready(struct media_line *l);
bool media_turn(struct media_line *l);

#endif
