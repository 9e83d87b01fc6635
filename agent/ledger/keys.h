/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signing keys of the present and the next epoch, in one file of 4096 bytes with two slots that
 * are overwritten in place. Write-and-rename would leave old keys on the disk; overwriting in place
 * does not on ext4 and xfs (data=ordered), nor on btrfs without copy-on-write, which is asked for. */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include <stdbool.h>
#include <stdint.h>
#include "proof/note.h"

#define KEYS_FILE "epoch.key"

struct keys; /* opaque */

/* Open the key file in the folder; create it empty when there is none (*ret_new says so).
 * 0, -errno, SK_ERR_FORMAT (not a key file). */
int keys_open(const char *folder, struct keys **ret, bool *ret_new) SK_MUST_CHECK;
void keys_close(struct keys **k);

/* Store the epoch's seed in its slot (epoch & 1), durable on return. 0 or -errno. */
int keys_put(struct keys *k, uint64_t epoch, const uint8_t seed[static NOTE_KEY_LEN])
    SK_MUST_CHECK;

/* The epoch's seed; the caller wipes it. 0, SK_ERR_NOT_FOUND, -errno. */
int keys_get(struct keys *k, uint64_t epoch, uint8_t ret_seed[static NOTE_KEY_LEN]) SK_MUST_CHECK;

/* Overwrite the slot that is not the epoch's with zeros, durable on return. 0 or -errno. */
int keys_erase_other(struct keys *k, uint64_t epoch) SK_MUST_CHECK;

#endif
