/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pins.c owns what was learnt of addresses. It must never hold one for a name that no answer gave
 * it. */
#include "egress/pins.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define WAYS      8 /* pairs that may stand in the place of one */
#define SETS      (PINS_MAX / WAYS)

/* A pair is known by a keyed hash of 128 bits: nobody who has not the key finds two of one hash. */
struct pin {
    uint8_t hash[crypto_generichash_BYTES_MIN];
    uint64_t until; /* 0 = free */
};

struct pins {
    uint8_t key[crypto_generichash_KEYBYTES];
    struct pin at[SETS][WAYS];
};

int pins_new(struct pins **ret)
{
    struct pins *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    crypto_generichash_keygen(p->key);
    *ret = p;
    return 0;
}

void pins_free(struct pins **p)
{
    free(*p);
    *p = NULL;
}

static size_t hash_pair(const struct pins *p, const char *name, const struct dns_address *a,
                        struct pin *ret)
{
    uint8_t bytes[NAME_CAP + 1 + sizeof a->bytes] = {0};
    uint64_t set;
    strncpy((char *)bytes, name, NAME_CAP - 1);
    bytes[NAME_CAP] = a->six;
    memcpy(bytes + NAME_CAP + 1, a->bytes, a->six ? 16 : 4);
    crypto_generichash(ret->hash, sizeof ret->hash, bytes, sizeof bytes, p->key, sizeof p->key);
    memcpy(&set, ret->hash, sizeof set);
    return set % SETS;
}

static void learn(struct pins *p, const char *name, const struct dns_address *a, uint64_t until,
                  uint64_t now)
{
    struct pin one;
    struct pin *set = p->at[hash_pair(p, name, a, &one)], *to = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].until > now && memcmp(set[i].hash, one.hash, sizeof one.hash) == 0) {
            set[i].until = set[i].until > until ? set[i].until : until;
            return;
        }
        if (set[i].until < to->until)
            to = &set[i];
    }
    one.until = until;
    *to = one;
}

void pins_learn(struct pins *p, const struct dns_answer *answer, uint64_t now)
{
    uint64_t holds = answer->seconds * SECOND_NS;
    holds = holds < PINS_LEAST_NS ? PINS_LEAST_NS : holds > PINS_MOST_NS ? PINS_MOST_NS : holds;
    uint64_t until = now + holds + PINS_GRACE_NS;
    for (size_t i = 0; i < answer->count; i++)
        learn(p, answer->name, &answer->addresses[i], until, now);
}

bool pins_have(const struct pins *p, const char *name, const struct dns_address *address,
               uint64_t now)
{
    struct pin one;
    const struct pin *set = p->at[hash_pair(p, name, address, &one)];
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].until > now && memcmp(set[i].hash, one.hash, sizeof one.hash) == 0)
            return true;
    return false;
}
