/* SPDX-License-Identifier: GPL-3.0-or-later */
/* selfcheck.c owns the thread that verifies the ledger once. It must never touch what the main thread
 * holds, nor call a ledger wrong that only changed while it was read. */
#include "control/selfcheck.h"
#include <pthread.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK_BYTES ((size_t)1024 * 1024)

enum { WORKS, DONE, LEFT };

struct selfcheck {
    atomic_int state;
    char folder[SK_PATH_CAP];
    struct note_key key;
    enum proof_class wrong;
    uint64_t seq;
};

static enum proof_class verify(const struct selfcheck *s, uint64_t *ret_seq)
{
    const struct proof_options options = {0};
    autofree struct proof_report *report = calloc(1, sizeof *report);
    if (!report || proof_verify(s->folder, &s->key, &options, report) != 0 || !report->bad)
        return PROOF_GOOD;
    *ret_seq = report->bad_seq;
    return report->bad_class;
}

/* Twice when it looks wrong: archiving and removal change files under a reader. */
static void *work(void *arg)
{
    struct selfcheck *s = arg;
    uint64_t seq = 0, again = 0;
    enum proof_class wrong = verify(s, &seq);
    if (wrong != PROOF_GOOD && (verify(s, &again) != wrong || again != seq))
        wrong = PROOF_GOOD;
    s->wrong = wrong;
    s->seq = seq;
    int expected = WORKS;
    if (!atomic_compare_exchange_strong(&s->state, &expected, DONE))
        free(s);
    return NULL;
}

int selfcheck_begin(const char *folder, const char *enrolment, struct selfcheck **ret)
{
    pthread_attr_t attributes;
    pthread_t thread;
    autofree struct selfcheck *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    snprintf(s->folder, sizeof s->folder, "%s", folder);
    if (note_vkey_parse(enrolment, strlen(enrolment), &s->key) != 0)
        return SK_ERR_FORMAT;
    if (pthread_attr_init(&attributes) != 0)
        return -ENOMEM;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int r = pthread_create(&thread, &attributes, work, s);
    pthread_attr_destroy(&attributes);
    if (r != 0)
        return -r;
    *ret = steal_ptr(&s);
    return 0;
}

bool selfcheck_done(struct selfcheck **at, enum proof_class *ret_class, uint64_t *ret_seq)
{
    struct selfcheck *s = *at;
    if (atomic_load(&s->state) != DONE)
        return false;
    *ret_class = s->wrong;
    *ret_seq = s->seq;
    free(s);
    *at = NULL;
    return true;
}

void selfcheck_leave(struct selfcheck **at)
{
    struct selfcheck *s = *at;
    int expected = WORKS;
    if (s && !atomic_compare_exchange_strong(&s->state, &expected, LEFT))
        free(s);
    *at = NULL;
}
