/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Papers that people confirm: what is to be signed, and what is due. Pure. */
#ifndef CONTROL_PAPERS_H
#define CONTROL_PAPERS_H

#include <jansson.h>
#include "control/fold.h"
#include "policy/model.h"

#define PAPER_NAME_MAX 31 /* bytes of a paper's name (report/papers.c) */

/* The text that a confirmation signs, of the question "paper.confirm" (ops.h) and the person's id:
 * "sekisho-confirm: 1", then paper, contract, from, to, sha256, content, role, person, each on a line. */
void paper_line(const json_t *question, const char *person, struct buf *out);

/* Remember a record of kind confirm, what "paper". 0 or -ENOMEM. */
int fold_paper(struct fold *f, const json_t *record) SK_MUST_CHECK;

/* When the paper of the contract was last confirmed by who may sign it off (wall time), 0 = never. */
int64_t fold_paper_confirmed(const struct fold *f, const char *contract, const char *paper);

/* What is due: [{"contract","paper","last" (time or ""),"due" (date)}], of contracts that have begun
 * and whose end is not long past. NULL when memory is short. */
json_t *papers_due(const struct fold *f, const struct policy *p, int64_t now_s);

#endif
