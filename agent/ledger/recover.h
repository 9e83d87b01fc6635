/* SPDX-License-Identifier: GPL-3.0-or-later */
/* At start: read the whole ledger, cut what a crash left unfinished, find out where to go on. */
#ifndef LEDGER_RECOVER_H
#define LEDGER_RECOVER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "ledger/numbers.h"
#include "proof/verify.h"

struct recovery {
    struct proof_report report; /* of the ledger as it is now, or (SK_ERR_TAMPERED) what is wrong */
    bool clean;                 /* the last process took its leave */
    uint64_t cut_bytes;         /* cut off behind the last good line */
    uint32_t cut_segment;
    uint64_t cut_offset;
    struct buf last_ring;       /* the last line with a member "ring"; free with recovery_clear */
    struct buf last_overflow;   /* the last overflow line, likewise */
    struct buf last_removal;    /* the intent of a removal that has no end, likewise */
    uint64_t sealed_at;         /* seq of the last seal record + 1, 0 = none */
    struct buf last_seal;       /* its line */
    struct numbers *numbers;    /* where the contracts' running numbers stand */
};

void recovery_clear(struct recovery *r);

/* Is there no record yet? 1, 0, -errno, SK_ERR_LIMIT. */
int recover_is_fresh(const char *folder) SK_MUST_CHECK;

/* 0, SK_ERR_TAMPERED (records under a checkpoint are not as they were, see report: nothing was
 * changed), -errno. */
int recover(const char *folder, const struct note_key *enrolment, struct recovery *ret)
    SK_MUST_CHECK;

#endif
