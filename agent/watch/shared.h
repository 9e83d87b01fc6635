/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keeper, watch and holder share: descriptor numbers, and the memory that outlives any one of
 * them. The keeper makes both before it forks; nobody else ever sees the memory (the ledger gets the
 * ring, which is a memory of its own).
 *
 * In hand. watch reads events straight into `hand`, so that its successor finds what it had not yet
 * answered. The order that makes this safe at any moment of death:
 *   a batch begins: hand is zeroed, then done = 0 and every note cleared, then read(2);
 *   an event: tries + 1, decide, note the verdict and the place of its record, write the record there,
 *   answer, done + 1, close.
 * A batch ends at the first event_len of 0; events before `done` are answered. An event whose record is
 * at the noted place is answered as noted, any other one is decided anew: so each has one record.
 *
 * When keeper and worker are gone both, so is their table of descriptors, and with it the files of the
 * events in hand: `hand_orphaned` says so, and they can only be refused. */
#ifndef WATCH_SHARED_H
#define WATCH_SHARED_H

#include <sekisho/limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"
#include "watch/failure.h"
#include "wire/ring.h"

/* Descriptors that watch may neither close nor replace. Numbers up to the limit that have no name
 * here hold /dev/null, so that no event ever gets one of them. */
enum guard_fd {
    GUARD_FD_LOCK = 3,      /* SK_PATH_LOCK, locked */
    GUARD_FD_GROUP = 4,     /* the fanotify group */
    GUARD_FD_CONNECTOR = 5, /* process events; /dev/null where the kernel has none */
    GUARD_FD_LISTENER = 6,  /* guard.sock */
    GUARD_FD_SHARED = 7,    /* memfd of struct guard_shared */
    GUARD_FD_RING = 8,      /* memfd of the ring */
    GUARD_FD_BELL = 9,      /* eventfd that wakes the ledger */
    GUARD_FD_NULL = 10,
    GUARD_FD_NOTIFY = 11,   /* datagrams to the service manager; /dev/null where there is none */
    GUARD_FD_RESERVED = 16, /* the first number that is watch's own */
};

#define GUARD_KEYS_MAX       16
#define GUARD_KEY_TEXT_MAX   2048 /* bytes of a .pub file */
#define GUARD_HAND_LEN       4096 /* bytes; small, so that few events are in hand at a time */
#define GUARD_HAND_EVENTS    (GUARD_HAND_LEN / 24) /* 24 = FAN_EVENT_METADATA_LEN */
#define GUARD_HAND_TRIES_MAX 3    /* an event that its deciders died of so often is refused */
#define GUARD_SLOW_MAX       16
#define GUARD_SHUT_MAX       64   /* more count as marked, and hold up a stop */
#define GUARD_BACKLOG_LEN    (16u * 1024 * 1024) /* bytes: some 50 000 refusals */
#define GUARD_DESCRIPTORS_MAX 65536 /* no event has a higher number; enough for any batch */
#define GUARD_BEAT_MS        500  /* how often each process shows that it lives */
#define GUARD_HUNG_MS        2000 /* watch without a beat, or with one event in hand, for so long */
#define GUARD_KEEPER_HUNG_MS 3000 /* keeper or holder without a beat */
#define GUARD_GAP_MS         1200 /* between two beats: then this process was not running itself */

/* Where the record of an event in hand goes. A note is the place, the verdict, and where that place
 * ended before the record (a slot of the ring, a byte of the backlog); 0 is none. */
enum guard_place { PLACE_NONE, PLACE_RING, PLACE_BACKLOG, PLACE_COUNTED };
#define GUARD_NOTE(place, allow, end) ((uint64_t)(end) << 3 | ((allow) ? 4u : 0u) | (place))
#define GUARD_NOTE_PLACE(note)        ((enum guard_place)((note) & 3))
#define GUARD_NOTE_ALLOWS(note)       (((note) & 4) != 0)
#define GUARD_NOTE_END(note)          ((note) >> 3)

struct guard_area {
    _Atomic bool in_use; /* stored last, with release */
    uint32_t dev_major, dev_minor;
    char id[SK_ID_MAX + 1];
    char mount[SK_FILE_NAME_MAX + 1];
};

/* A room that sekisho-room has told of. Its mount namespace is known by its number alone: holding it
 * open would keep its mounts, and with them the area, alive. */
struct guard_room {
    uint64_t ns_inode;
    uint32_t ns_major, ns_minor;
    uint32_t login_uid, room_uid;
    char area[SK_ID_MAX + 1];
};

struct guard_rooms {
    uint32_t count;
    struct guard_room rows[SK_ROOMS_MAX];
};

struct guard_policy {
    uint32_t len, signature_len; /* bytes */
    char bytes[SK_POLICY_MAX];
    char signature[SK_SIGNATURE_MAX];
};

struct guard_key {
    uint32_t len; /* bytes */
    char text[GUARD_KEY_TEXT_MAX];
};

/* A user whose process made a worker wait (look.h). */
struct guard_slow {
    uint32_t who;      /* uid + 1, 0 = a free place */
    uint32_t times;    /* in a row */
    uint64_t since_ns; /* CLOCK_MONOTONIC */
};

/* Records for which the ring had no room (backlog.h). */
struct guard_backlog {
    _Atomic uint64_t begin, end;    /* bytes that wait */
    _Atomic uint64_t moving, slot;  /* begin + 1 of the one that is being moved, to which slot */
    char bytes[GUARD_BACKLOG_LEN];
};

/* Another program's memory, or an older one's, is not read as this one's: a number to raise with each
 * change of the struct below, and its size. */
#define GUARD_LAYOUT (UINT64_C(6) << 32 | sizeof(struct guard_shared))

struct guard_shared {
    uint64_t layout; /* GUARD_LAYOUT */

    /* written once by the keeper */
    uint64_t started_boot_ns;
    uid_t control_uid;
    bool connector;
    uint32_t key_count;
    struct guard_key keys[GUARD_KEYS_MAX];

    _Atomic int32_t keeper_pid, watch_pid, holder_pid;
    _Atomic uint64_t keeper_beat, watch_beat, holder_beat; /* CLOCK_MONOTONIC, nanoseconds */
    _Atomic uint64_t watch_started_boot_ns;
    _Atomic uint32_t watch_starts;
    _Atomic bool stopping; /* asked to stop; true stop comes when no filesystem is marked */
    _Atomic bool ended;    /* an orderly end: the holder must not take over */
    _Atomic int32_t live_marks; /* filesystems marked, counted while stopping; -1 = not counted */

    _Atomic int64_t began_s; /* latest wall time at which this boot can have begun (latest.h) */
    _Atomic uint64_t answered, allowed, refused;
    _Atomic uint64_t failures[FAILURE_COUNT];

    _Atomic uint64_t hand_since; /* CLOCK_MONOTONIC of the event being decided, 0 = none */
    _Atomic uint32_t hand_done;
    _Atomic bool hand_orphaned;
    _Atomic uint64_t hand_note[GUARD_HAND_EVENTS]; /* GUARD_NOTE */
    _Atomic uint8_t hand_tries[GUARD_HAND_EVENTS];
    _Alignas(8) char hand[GUARD_HAND_LEN];

    _Atomic uint32_t looked_at; /* uid + 1 of the process whose memory is being looked at, 0 = none */
    struct guard_slow slow[GUARD_SLOW_MAX];

    struct guard_area areas[SK_AREAS_MAX];
    _Atomic uint64_t shut[GUARD_SHUT_MAX]; /* MAJOR << 32 | MINOR of filesystems that were shut down, 0 = free */
    _Atomic uint32_t rooms_slot; /* 0 or 1: which of rooms counts; the other is being written */
    struct guard_rooms rooms[2];
    _Atomic uint32_t policy_slot; /* 0 = none, else slot + 1 */
    struct guard_policy policies[2];

    struct guard_backlog backlog;
};

/* What each of the three processes holds. */
struct guard {
    struct guard_shared *shared;
    struct ring *ring;
};

/* Make both memories at their descriptor numbers. 0 or -errno. */
int guard_memory_create(struct guard *ret) SK_MUST_CHECK;

/* Map both memories that already are at their descriptor numbers: an earlier sekishod's, kept by the
 * service manager. What only those processes were concerned with is reset. 0, SK_ERR_FORMAT when they
 * are not of this program's form, or -errno. */
int guard_memory_adopt(struct guard *ret) SK_MUST_CHECK;

/* CLOCK_MONOTONIC in nanoseconds: it stands still while the machine sleeps, so nobody looks hung
 * after a resume. */
uint64_t guard_now_ns(void);

/* Had this beat been silent for longer than limit_ms at now_ns? */
bool guard_silent_at(uint64_t now_ns, uint64_t beat, unsigned limit_ms);
/* Has it now? */
bool guard_silent(uint64_t beat, unsigned limit_ms);

/* Since when this process has been running without a gap. Whoever was stopped together with those
 * that it watches over (a frozen control group, a paused machine) must not take their silence for
 * theirs alone: keeper and holder would end each other, and the group with them. */
struct guard_awake {
    uint64_t looked_ns, since_ns; /* CLOCK_MONOTONIC */
};
/* To be called at each beat. */
void guard_look(struct guard_awake *a);
/* Is that beat silent, and have we been awake for all of the time? */
bool guard_hung(const struct guard_awake *a, uint64_t beat, unsigned limit_ms);

#endif
