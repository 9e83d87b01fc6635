/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A policy's text, changed line by line, so that everything else in it stays as people wrote it. */
#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

/* The lines, without their ends. */
struct draft {
    char **lines;
    size_t count, cap;
};
void draft_free(struct draft *d);
#define autodraft __attribute__((cleanup(draft_free)))

/* 0 or -ENOMEM; on failure *ret is to be freed all the same. */
int draft_read(const char *text, struct draft *ret) SK_MUST_CHECK;
int draft_write(const struct draft *d, struct buf *out) SK_MUST_CHECK;

/* The value of a key in the section whose head is on this line (1…), NULL = it has none. Valid until a change. */
const char *draft_value(const struct draft *d, size_t head, const char *key);

/* Set it: in its place, or as the section's last key; NULL takes it away. A list in numbered lines
 * becomes one line. 0 or -ENOMEM. Lines below move. */
int draft_set(struct draft *d, size_t head, const char *key, const char *value) SK_MUST_CHECK;

/* A new section at the end, without keys. 0 or -ENOMEM; *ret_head is its line. */
int draft_add(struct draft *d, const char *kind, const char *id, size_t *ret_head) SK_MUST_CHECK;

#endif
