/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running numbers that show what is withheld. The ledger stamps each record of a contract with
 *     "series":{"contract":ID,"n":N}      N = 1, 2, 3, …
 * and each record of the machine as a whole (agent, clock, seal; a policy that was installed) with
 *     "series":{"n":N}
 * so that a record which is missing from one contract's extract leaves a hole. So that the last ones
 * can't be left out either, each seal states where every contract's numbers stand, without naming
 * the contracts: "counts" lists, sorted, for each the SHA-256 in hex of the text
 *     BLIND EPOCH CONTRACT N
 * (one blank between the parts, no newline). BLIND is random and stands in the contract's own record
 * (kind contract), which is in its extract and in no other's. */
#ifndef PROOF_SERIES_H
#define PROOF_SERIES_H

#include <stdbool.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "base/digest.h"
#include "record/scan.h"

#define SERIES_BLIND_LEN  32 /* hex digits of a blind */
#define SERIES_MAX        64 /* contracts that have numbers in one ledger */

struct series_mark {
    char contract[SK_ID_MAX + 1]; /* "" = the machine's */
    uint64_t n;
};

/* The member "series" of a line. 1, 0 when the record has none, SK_ERR_FORMAT. */
int series_read(const struct scan_field *field, struct series_mark *ret) SK_MUST_CHECK;

/* The entry of "counts". 0 or SK_ERR_CRYPTO. */
int series_count(const char *blind, uint64_t epoch, const struct series_mark *mark,
                 char ret[static DIGEST_HEX_CAP]) SK_MUST_CHECK;

/* Is it the form of a blind? */
bool series_is_blind(const char *text);

/* What a reader of the ledger has seen of the numbers. Zero-initialise; owns nothing. */
struct series_row {
    struct series_mark last;
    char blind[SERIES_BLIND_LEN + 1]; /* as last announced */
    uint64_t at;                      /* the record that bears the last number */
    uint64_t seen;                    /* records shown */
    uint64_t missing;                 /* numbers that were passed over */
};
struct series_seen {
    struct series_row rows[SERIES_MAX + 1]; /* the first is the machine's */
    size_t count;
};

/* Take note of the mark of the record with that number. 0; SK_ERR_TAMPERED (the mark was there
 * already); SK_ERR_LIMIT. *ret_before is the row as it was. */
int series_see(struct series_seen *s, const struct series_mark *mark, uint64_t at,
               struct series_row *ret_before) SK_MUST_CHECK;

/* The row of the contract ("" the machine's), or NULL. */
struct series_row *series_row(struct series_seen *s, const char *contract);

#endif
