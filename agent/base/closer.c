/* SPDX-License-Identifier: GPL-3.0-or-later */
/* closer.c owns the threads that close what others handed over. It must never let the caller wait for
 * them, nor close a number twice. */
#include "base/closer.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)256 * 1024) /* of a thread that does next to nothing; sanitizers want some */

struct batch {
    STAILQ_ENTRY(batch) next;
    size_t count;
    int fds[];
};

struct owner {
    LIST_ENTRY(owner) all;
    uint32_t number;
    size_t pending;
    STAILQ_HEAD(batch_list, batch) batches;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(owner_list, owner) owners = LIST_HEAD_INITIALIZER(owners);

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

static struct owner *find(uint32_t number)
{
    struct owner *o;
    for (o = LIST_FIRST(&owners); o; o = LIST_NEXT(o, all))
        if (o->number == number)
            return o;
    return NULL;
}

/* Until nothing is left of this owner; then it is forgotten. */
static void *work(void *arg)
{
    struct owner *o = arg;
    struct batch *b;
    pthread_mutex_lock(&lock);
    while ((b = STAILQ_FIRST(&o->batches))) {
        STAILQ_REMOVE_HEAD(&o->batches, next);
        pthread_mutex_unlock(&lock);
        close_all(b->fds, b->count);
        pthread_mutex_lock(&lock);
        o->pending -= b->count;
        free(b);
    }
    LIST_REMOVE(o, all);
    pthread_mutex_unlock(&lock);
    free(o);
    return NULL;
}

static bool start(struct owner *o)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    bool begun = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0 &&
                 pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
                 pthread_create(&thread, &attributes, work, o) == 0;
    pthread_attr_destroy(&attributes);
    return begun;
}

/* With the lock held. An owner in the list has a thread. */
static bool hand_on(uint32_t number, struct batch *b)
{
    struct owner *o = find(number);
    if (o) {
        STAILQ_INSERT_TAIL(&o->batches, b, next);
        o->pending += b->count;
        return true;
    }
    o = calloc(1, sizeof *o);
    if (!o)
        return false;
    *o = (struct owner){.number = number, .pending = b->count};
    STAILQ_INIT(&o->batches);
    STAILQ_INSERT_TAIL(&o->batches, b, next);
    LIST_INSERT_HEAD(&owners, o, all);
    if (start(o))
        return true;
    LIST_REMOVE(o, all);
    free(o);
    return false;
}

void closer_close(uint32_t owner, const int *fds, size_t count)
{
    if (count == 0)
        return;
    struct batch *b = malloc(sizeof *b + count * sizeof *fds);
    if (!b) {
        close_all(fds, count);
        return;
    }
    b->count = count;
    memcpy(b->fds, fds, count * sizeof *fds);
    pthread_mutex_lock(&lock);
    bool handed_on = hand_on(owner, b);
    pthread_mutex_unlock(&lock);
    if (handed_on)
        return;
    free(b);
    close_all(fds, count);
}

size_t closer_pending(uint32_t owner)
{
    pthread_mutex_lock(&lock);
    const struct owner *o = find(owner);
    size_t pending = o ? o->pending : 0;
    pthread_mutex_unlock(&lock);
    return pending;
}
