/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erasures as commands show them: what would be done, and what was. */
#ifndef CLI_ERASURE_H
#define CLI_ERASURE_H

#include "cli/cli.h"

/* The object of an erasure in words: "area shared", "medium stick (/media/stick)", "file /srv/…". */
void erasure_object(const json_t *object);

/* Class, what was asked, and each statement with its sentence. */
void erasure_claims(const json_t *answer);

/* Ask for one (request: as SK_OP_ERASE has it) and show how it ended. CLI_NO: done, but the class that the
 * contract asks for was not reached. */
int erasure_run(struct cli *cli, json_t *request);

#endif
