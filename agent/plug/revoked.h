/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which identities of media were revoked, and which turns (record/turn.h) media have, as sekisho-control says: it alone
 * knows the ledger. Until it has said so nobody knows, and no medium is opened. */
#ifndef PLUG_REVOKED_H
#define PLUG_REVOKED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/digest.h"
#include "base/fault.h"

struct revoked_turns {
    uint8_t identity[DIGEST_LEN];
    json_t *awaited; /* the medium has one of these (SHA-256) */
};

struct revoked {
    uint8_t (*list)[DIGEST_LEN];
    size_t count;
    struct revoked_turns *turns;
    size_t turn_count;
    uint64_t number;           /* of lists that have come */
    char mark[DIGEST_HEX_CAP]; /* by which control tells one list from another, "" = it has said
                                  nothing yet */
};

/* PLUG_REVOKED: the list from now on. 0, or f->code and the one before stays. */
int revoked_take(struct revoked *r, const json_t *message, struct fault *f) SK_MUST_CHECK;
void revoked_clear(struct revoked *r);

bool revoked_known(const struct revoked *r);
/* Has the medium with this identity, whose turns are these (hex), one that is awaited? Yes where none is. */
bool revoked_fits(const struct revoked *r, const uint8_t identity[static DIGEST_LEN], const json_t *turns);
bool revoked_has(const struct revoked *r, const uint8_t identity[static DIGEST_LEN]);

#endif
