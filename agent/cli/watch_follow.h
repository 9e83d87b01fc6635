/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as they happen, one after the other, until the other side ends it. */
#ifndef CLI_WATCH_FOLLOW_H
#define CLI_WATCH_FOLLOW_H

#include <jansson.h>
#include "cli/cli.h"

/* Puts one event onto the standard output. */
typedef void watch_show(const struct cli *cli, json_t *event);

/* question: SK_OP_WATCH's. An exit code, of whose cause the person was told. */
int watch_follow(struct cli *cli, json_t *question, watch_show *show);

#endif
