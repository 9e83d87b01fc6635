/* SPDX-License-Identifier: GPL-3.0-or-later */
/* C2SP signed notes (c2sp.org/signed-note) that carry tlog-checkpoints (c2sp.org/tlog-checkpoint),
 * Ed25519 only, one signature, no extension lines:
 *     ORIGIN \n SIZE \n base64(ROOT) \n \n — NAME base64(key hash ‖ signature) \n
 * The name of the key is the origin. An empty line follows each note in the file `checkpoints`. */
#ifndef PROOF_NOTE_H
#define PROOF_NOTE_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/digest.h"

#define NOTE_KEY_LEN       32 /* bytes of an Ed25519 public key, and of a seed */
#define NOTE_SIGNATURE_LEN 64
#define NOTE_NAME_LEN      8  /* "sk" and 6 characters of base32 */
#define NOTE_NAME_CAP      (NOTE_NAME_LEN + 1)
#define NOTE_VKEY_LEN      62 /* NAME+HASH+base64(0x01 ‖ key): 8 + 1 + 8 + 1 + 44 */
#define NOTE_VKEY_CAP      (NOTE_VKEY_LEN + 1)
#define NOTE_MAX           256 /* bytes of a checkpoint with its signature and empty line */

/* A verification key as an enrolment line or a seal record gives it. */
struct note_key {
    char name[NOTE_NAME_CAP];
    uint8_t key[NOTE_KEY_LEN];
};

struct checkpoint {
    uint64_t size;
    uint8_t root[DIGEST_LEN];
};

/* The name of the ledger whose first key this is: "sk" and the first 30 bits of SHA-256(key) in
 * lower-case base32 (RFC 4648). 0 or SK_ERR_CRYPTO. */
int note_name(const uint8_t key[static NOTE_KEY_LEN], char ret[static NOTE_NAME_CAP]) SK_MUST_CHECK;

/* "NAME+HASH+KEY". 0 or SK_ERR_CRYPTO. */
int note_vkey_format(const struct note_key *key, char ret[static NOTE_VKEY_CAP]) SK_MUST_CHECK;

/* Exactly that form, hash recomputed. 0, SK_ERR_FORMAT, SK_ERR_CRYPTO. */
int note_vkey_parse(const char *text, size_t len, struct note_key *ret) SK_MUST_CHECK;

/* Append the note and its empty line, signed with the key made from seed; key is its public half
 * with the ledger's name. 0, SK_ERR_CRYPTO, or out's error. */
int checkpoint_sign(const struct checkpoint *c, const struct note_key *key,
                    const uint8_t seed[static NOTE_KEY_LEN], struct buf *out) SK_MUST_CHECK;

/* Read one note with its empty line from the cursor (which moves on only on success) and verify it.
 * 0, SK_ERR_FORMAT (not byte for byte the form above; also when it is cut short),
 * SK_ERR_KEY_UNKNOWN (another name or key hash), SK_ERR_SIGNATURE, SK_ERR_CRYPTO. */
int checkpoint_read(struct cursor *notes, const struct note_key *key, struct checkpoint *ret)
    SK_MUST_CHECK;

#endif
