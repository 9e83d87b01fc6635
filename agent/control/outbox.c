/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outbox.c owns what makes an export one that people send. It must never name somebody who is not a recipient of
 * that very destination in the policy. */
#include "control/outbox.h"
#include <sekisho/err.h>
#include <strings.h>
#include "base/phrase.h"

#define MIB          ((uint64_t)1024 * 1024)
#define MEMBER_BYTES ((uint64_t)4096)  /* of one file in the archive: headers, padding, its line in the list */
#define FIXED_BYTES  ((uint64_t)16384) /* header, list's own headers, end of the archive */

bool outbox_is(const struct policy_destination *d)
{
    return d->kind == POLICY_MAIL || d->kind == POLICY_WEB;
}

uint64_t outbox_sealed_bytes(uint64_t files, uint64_t bytes)
{
    if (bytes > UINT64_MAX / 4 || files > UINT64_MAX / 4 / MEMBER_BYTES)
        return UINT64_MAX;
    uint64_t archive = bytes + files * MEMBER_BYTES + FIXED_BYTES;
    return archive + (archive / AGE_CHUNK_LEN + 1) * AGE_TAG_LEN;
}

int outbox_fits(const struct policy_destination *d, uint64_t sealed_bytes, struct buf *why)
{
    if (!outbox_is(d) || d->largest == 0 || sealed_bytes <= d->largest * MIB)
        return 0;
    phrase_put(why, "%s takes at most %llu MiB in one file, and this is up to %llu MiB when it is sealed", d->head.id,
               (unsigned long long)d->largest, (unsigned long long)((sealed_bytes + MIB - 1) / MIB));
    return SK_ERR_LIMIT;
}

int outbox_takes(const struct policy_destination *d, uint64_t bytes, struct buf *why)
{
    if (!outbox_is(d) || d->largest == 0 || bytes <= d->largest * MIB)
        return 0;
    phrase_put(why, "%s takes at most %llu MiB in one file, and sealed this has %llu bytes: nothing was put into the outbox; "
               "ask for it anew in parts, with fewer files or shorter names", d->head.id, (unsigned long long)d->largest,
               (unsigned long long)bytes);
    return SK_ERR_LIMIT;
}

json_t *outbox_to(const struct policy *p, const struct policy_destination *d)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < d->recipients.count; i++) {
        const struct policy_recipient *r = policy_recipient(p, d->recipients.items[i]);
        if (r && *r->mail &&
            json_array_append_new(list, json_pack("{ssssss}", "id", r->head.id, "name", r->name, "mail", r->mail)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

const struct policy_recipient *outbox_recipient(const struct policy *p, const struct policy_destination *d,
                                                const char *address)
{
    for (size_t i = 0; *address && i < d->recipients.count; i++) {
        const struct policy_recipient *r = policy_recipient(p, d->recipients.items[i]);
        if (r && strcasecmp(r->mail, address) == 0)
            return r;
    }
    return NULL;
}
