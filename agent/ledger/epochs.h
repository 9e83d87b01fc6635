/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain of epochs. A seal takes four steps, each durable before the next:
 *   1. the next key is made and stored            (epochs_prepare)
 *   2. a seal record that names it is appended    (the book)
 *   3. the checkpoint is signed and appended      (epochs_finish)
 *   4. the key that signed is overwritten         (epochs_finish)
 * After a crash between any two of them epochs_resume finds out which were done. */
#ifndef LEDGER_EPOCHS_H
#define LEDGER_EPOCHS_H

#include <stdbool.h>
#include <stdint.h>
#include "proof/note.h"
#include "proof/verify.h"

struct epochs; /* opaque */

/* Open keys and enrolment line; make the first key and the line when there is neither key nor
 * ledger (fresh). 0, -errno, SK_ERR_NOT_FOUND (no enrolment line, or no key, for a ledger that has
 * records), SK_ERR_FORMAT. */
int epochs_open(const char *ledger_folder, const char *key_folder, bool fresh, struct epochs **ret)
    SK_MUST_CHECK;
void epochs_close(struct epochs **e);

/* Go on where the verified ledger ends: complete an unfinished seal, erase a key that is no longer
 * needed. 0, SK_ERR_NOT_FOUND (the key of this epoch is not held: the chain is broken and a new
 * enrolment is needed), -errno. */
int epochs_resume(struct epochs *e, const struct proof_report *report) SK_MUST_CHECK;

/* The next key is stored; its verification key goes into the seal record. May be called again
 * before the seal is written: the same key. 0 or a negative code. */
int epochs_prepare(struct epochs *e, char ret_vkey[static NOTE_VKEY_CAP]) SK_MUST_CHECK;

/* The seal record is durable as the last of size records: sign and go on to the next epoch.
 * On failure the work stays pending: epochs_pending, and epochs_retry. */
int epochs_finish(struct epochs *e, const struct checkpoint *c) SK_MUST_CHECK;
bool epochs_pending(const struct epochs *e);
int epochs_retry(struct epochs *e) SK_MUST_CHECK;

uint64_t epochs_now(const struct epochs *e);    /* the epoch whose key signs next */
uint64_t epochs_sealed(const struct epochs *e); /* records under the last checkpoint */
const char *epochs_origin(const struct epochs *e);
const char *epochs_enrolment(const struct epochs *e); /* the line without newline */
const struct note_key *epochs_first_key(const struct epochs *e);

#endif
