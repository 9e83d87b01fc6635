/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of the window in which an approver who has no key makes one. */
#ifndef PROMPT_KEY_MAKER_H
#define PROMPT_KEY_MAKER_H

#include "prompt/prompt.h"

struct key_maker;

/* What is to be put above the list of what waits: hidden unless the person is a manager without a
 * key. The struct lives as long as the window. */
GtkWidget *key_maker_new(struct prompt *p, struct key_maker **ret);

/* Look whether it is needed. */
void key_maker_update(struct key_maker *k);

/* Is a passphrase being typed or used in it? Then none may be asked for elsewhere: there is one guard of
 * the process' memory (prompt/secret.h). */
bool key_maker_is_open(const struct key_maker *k);

#endif
