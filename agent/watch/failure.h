/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every failure that watch can meet, with the one thing that it then does. Each has a counter in the
 * shared memory; nothing else decides what a failure means. */
#ifndef WATCH_FAILURE_H
#define WATCH_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

enum failure_action {
    FAILURE_REFUSE, /* the opener gets EPERM */
    FAILURE_FORGET, /* every cached identity is dropped */
    FAILURE_STRICT, /* the built-in policy takes over: nobody, nothing */
    FAILURE_RETRY,  /* the same is tried again, later or at once */
    FAILURE_DROP,   /* the peer that caused it is dropped */
    FAILURE_GAP,    /* openers may have passed or died unseen: the ledger writes a gap record */
    FAILURE_ONLY_COUNT,
};

/* X(NAME, action, what happened) */
#define FAILURES(X)                                                                                \
    X(EVENT_FORM, FAILURE_REFUSE, "an event of a form that this program does not know")            \
    X(EVENT_WITHOUT_FILE, FAILURE_GAP, "an event without a descriptor: the kernel refused it")     \
    X(EVENT_STAT, FAILURE_REFUSE, "the file of an event could not be examined")                    \
    X(EVENT_FATAL, FAILURE_REFUSE, "several workers died of the same event")                       \
    X(QUEUE_OVERFLOW, FAILURE_GAP, "the kernel's queue overflowed")                                \
    X(GROUP_READ, FAILURE_RETRY, "events could not be read")                                       \
    X(NO_DESCRIPTOR, FAILURE_GAP, "no descriptor for an event: the kernel refused it")             \
    X(POLL, FAILURE_RETRY, "waiting for events failed")                                            \
    X(ANSWER, FAILURE_REFUSE, "an answer was not accepted")                                        \
    X(UNIDENTIFIED, FAILURE_REFUSE, "a process could not be identified")                           \
    X(LOOK_HUNG, FAILURE_REFUSE, "a look at a process took too long")          \
    X(RING_FULL, FAILURE_REFUSE, "the ledger is too far behind")                                   \
    X(BACKLOG_FULL, FAILURE_GAP, "there was no room left for a record")                  \
    X(RING_FORM, FAILURE_REFUSE, "a record did not fit its slot")                                  \
    X(CONNECTOR_BEHIND, FAILURE_FORGET, "process events were lost")                                \
    X(CONNECTOR_FORM, FAILURE_FORGET, "a process event of a form that this program does not know") \
    X(POLICY_LOST, FAILURE_STRICT, "the policy in memory could not be read again")                 \
    X(LOGINS, FAILURE_ONLY_COUNT, "the list of logins could not be read")                          \
    X(PROGRAM_PATH, FAILURE_ONLY_COUNT, "a listed program, or a folder above it, is not root's")   \
    X(LEDGER, FAILURE_RETRY, "the connection to the ledger failed or broke")                       \
    X(PEER, FAILURE_DROP, "a peer of guard.sock sent what can't be read")                          \
    X(WATCH_DIED, FAILURE_RETRY, "a worker died")                                                  \
    X(WATCH_HUNG, FAILURE_RETRY, "a worker hung and was replaced")                                 \
    X(HOLDER_DIED, FAILURE_RETRY, "the holder died or hung")                                       \
    X(ORPHAN, FAILURE_GAP, "an event of which nothing was known was refused")                      \
    X(KEEPER_DIED, FAILURE_REFUSE, "the keeper died or hung: openers in hand are refused")

enum failure {
#define FAILURE_ENUM(name, action, text) FAILURE_OF_##name,
    FAILURES(FAILURE_ENUM)
#undef FAILURE_ENUM
    FAILURE_COUNT
};

struct guard;

/* Count it, and say what to do. FAILURE_GAP is counted in the ring too. */
enum failure_action failure_note(const struct guard *g, enum failure which);

/* "QUEUE_OVERFLOW", and what happened, for logs. */
const char *failure_name(enum failure which);
const char *failure_text(enum failure which);

#endif
