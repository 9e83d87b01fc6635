/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a removal that a crash or kill broke off: its intent is on record, and what it did lies in the
 * segments. */
#ifndef LEDGER_UNFINISHED_H
#define LEDGER_UNFINISHED_H

#include <jansson.h>
#include <stddef.h>
#include "base/clean.h"

/* The record that ends the removal of this intent (its line): phase "done" when nothing of its ranges is left
 * to remove, else "failed", with what was removed and how many segments are as they were. What is on the
 * disk is read. The caller owns *ret. 0, SK_ERR_FORMAT (no such line), -errno. */
int unfinished_removal(const char *folder, const char *line, size_t len, json_t **ret) SK_MUST_CHECK;

#endif
