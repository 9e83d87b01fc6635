/* SPDX-License-Identifier: GPL-3.0-or-later */
/* revoked.c owns the list of revoked identities that sekisho-control has sent. It must never keep
 * half a list, nor take an empty one for one that has not come. */
#include "plug/revoked.h"
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

void revoked_clear(struct revoked *r)
{
    for (size_t i = 0; i < r->turn_count; i++)
        json_decref(r->turns[i].awaited);
    free(r->turns);
    free(r->list);
    *r = (struct revoked){0};
}

/* Of identities: true when each is one. */
static bool take_list(struct revoked *now, const json_t *given)
{
    for (size_t i = 0; i < now->count; i++) {
        const char *hex = json_string_value(json_array_get(given, i));
        if (!hex || str_unhex(hex, strlen(hex), now->list[i], sizeof now->list[i]) != 0)
            return false;
    }
    return true;
}

static bool take_turns(struct revoked *now, const json_t *given)
{
    for (size_t i = 0; i < json_array_size(given); i++) {
        const json_t *one = json_array_get(given, i);
        const char *hex = record_text(one, "identity");
        json_t *awaited = json_object_get(one, "awaited");
        struct revoked_turns *turns = &now->turns[now->turn_count];
        if (str_unhex(hex, strlen(hex), turns->identity, sizeof turns->identity) != 0 || json_array_size(awaited) == 0)
            return false;
        turns->awaited = json_incref(awaited);
        now->turn_count++;
    }
    return true;
}

int revoked_take(struct revoked *r, const json_t *message, struct fault *f)
{
    const json_t *given = record_member(message, "identities"), *turns = record_member(message, "turns");
    const char *mark = record_text(message, "mark");
    struct revoked now = {.count = json_array_size(given), .number = r->number + 1};
    if (!json_is_array(given) || !json_is_array(turns) || strlen(mark) != sizeof now.mark - 1)
        return fault_set(f, SK_ERR_FORMAT, "this is no list of identities");
    now.list = calloc(now.count + 1, sizeof *now.list);
    now.turns = calloc(json_array_size(turns) + 1, sizeof *now.turns);
    bool whole = now.list && now.turns;
    bool good = whole && take_list(&now, given) && take_turns(&now, turns);
    if (!good) {
        revoked_clear(&now);
        return whole ? fault_set(f, SK_ERR_FORMAT, "this is no list of identities")
                     : fault_errno(f, ENOMEM, "the list of revoked media can't be kept");
    }
    memcpy(now.mark, mark, sizeof now.mark);
    revoked_clear(r);
    *r = now;
    return 0;
}

static bool has_one(const json_t *awaited, const json_t *turns)
{
    for (size_t i = 0; i < json_array_size(awaited); i++)
        for (size_t k = 0; k < json_array_size(turns); k++)
            if (json_equal(json_array_get(awaited, i), json_array_get(turns, k)))
                return true;
    return false;
}

bool revoked_fits(const struct revoked *r, const uint8_t identity[static DIGEST_LEN], const json_t *turns)
{
    for (size_t i = 0; i < r->turn_count; i++)
        if (memcmp(r->turns[i].identity, identity, DIGEST_LEN) == 0)
            return has_one(r->turns[i].awaited, turns);
    return true;
}

bool revoked_known(const struct revoked *r)
{
    return r->mark[0] != '\0';
}

bool revoked_has(const struct revoked *r, const uint8_t identity[static DIGEST_LEN])
{
    for (size_t i = 0; i < r->count; i++)
        if (memcmp(r->list[i], identity, DIGEST_LEN) == 0)
            return true;
    return false;
}
