/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A medium's turn: what tells a medium from a copy of all its blocks that was made earlier. Each export onto the medium
 * writes a new one, whose SHA-256 is on record before; a medium that has none of those that are awaited is a copy, or is
 * the one that a copy was used for.
 *
 *   sekisho-turn 1
 *   identity 1fd3…                   SHA-256 of the medium's identity file
 *   turn 00000000000000000042
 *   token 9f86…                      256 random bits, which stand nowhere else
 *
 * Two files beside the identity take turns being written, ".sekisho-turn.TAG.0" and ".1": the one before stays whole
 * while the next is written over the one before that, so a medium that is pulled out at any moment has one of the two
 * that are awaited. The first is written with the identity, so both files are there before anybody is shown the medium; one
 * that has none gets it with its first export. TAG is the ledger's: the PCs that share a medium each have turns of their own. */
#ifndef RECORD_TURN_H
#define RECORD_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

#define TURN_LEN       186 /* bytes of the text */
#define TURN_CAP       (TURN_LEN + 1)
#define TURN_TAG_CAP   17  /* hex digits with their NUL */
#define TURN_FIRST     1   /* number of the one that a medium gets with its identity */
#define TURN_TOKEN_LEN 32  /* bytes */
#define TURN_NAME_CAP  40  /* bytes of a file's name with its NUL */

/* identity: hex. Always TURN_LEN bytes. */
void turn_write(const char *identity, uint64_t number, const uint8_t token[static TURN_TOKEN_LEN], char ret[static TURN_CAP]);

/* Exactly this form? */
bool turn_is(const char *text, size_t len);

/* The tag of the ledger of this origin. 0 or SK_ERR_CRYPTO. */
int turn_tag(const char *origin, char ret[static TURN_TAG_CAP]) SK_MUST_CHECK;

/* The file that this turn is written to. */
void turn_name(const char *tag, uint64_t number, char ret[static TURN_NAME_CAP]);
bool turn_is_tag(const char *text);
bool turn_is_name(const char *name);

#endif
