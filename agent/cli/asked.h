/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people are told of something that they have asked a permit for. */
#ifndef CLI_ASKED_H
#define CLI_ASKED_H

#include <jansson.h>
#include "cli/cli.h"

/* Lines of the answer's consent and of who may approve it. */
void asked_print(const json_t *answer);

/* With --out or --qr: the permit's text at once, for an approver at another PC. It joins the
 * answer. */
int asked_take_along(struct cli *cli, const struct cli_args *args, json_t *answer);

#endif
