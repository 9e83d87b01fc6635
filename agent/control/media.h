/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registered media: what was revoked, and what lies on them. */
#ifndef CONTROL_MEDIA_H
#define CONTROL_MEDIA_H

#include "control/came_back.h"
#include "control/control.h"

/* ["HEX",…]: the identities with this id that are not revoked. NULL = no memory. */
json_t *media_identities(const struct control *c, const char *medium);
/* ["ID",…]: the policy's destinations that are this medium. NULL = no memory. */
json_t *media_destinations(const struct policy *p, const char *medium);
/* Put into the answer which cases are out on it: "cases". 0 or -ENOMEM. */
int media_put_open(struct ask *a, const char *medium) SK_MUST_CHECK;

/* It was revoked, and that is on record: transfers onto it fail, nothing of it stays mounted,
 * sekisho-plug shuts it. 0, or sekisho-device could not be told (then why). */
int media_shut(struct control *c, const char *medium, struct buf *why);
/* Before records are removed: each revocation is written anew, as it was. 0 or negative with a sentence in *why. */
int media_repeat_revoked(struct control *c, struct buf *why) SK_MUST_CHECK;
/* The turn that an export onto this medium writes (record/turn.h): what its records say, and what sekisho-device is told.
 * 0 or negative. */
int turns_next(const struct control *c, const struct policy_medium *m, json_t **ret_record, json_t **ret_question) SK_MUST_CHECK;
/* [{"identity","awaited":[…]}] of the policy's media that exports went onto. NULL = no memory. */
json_t *turns_list(const struct control *c);
/* one: of sekisho-device's MEDIA. A turn on it that was on its way is the one that counts from now on. */
void turns_settle(struct control *c, const json_t *one);
/* Before records are removed: each is written anew. 0 or negative with a sentence in *why. */
int turns_repeat(struct control *c, struct buf *why) SK_MUST_CHECK;
/* Send sekisho-plug the list, unless it is the one that it knows by this mark. */
void media_tell_plug(struct control *c, const char *knows);

/* Look at each medium that was plugged in since the last look. */
void media_look(struct control *c);

/* The register of media: those of the policy, and what was revoked; devices: of PLUGGED. NULL = no
 * memory. */
json_t *media_list(const struct control *c, const json_t *devices);

#endif
