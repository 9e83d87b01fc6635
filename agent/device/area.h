/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Areas that are open: a private mount each, a mark by sekishod, then the users' mount.
 *
 * An area with gate = room is attached nowhere: sekisho-room gets a mount of it for each room, and
 * its mark comes before the first of them.
 *
 * The order that never changes: marked before attached, detached before the mark goes. While
 * sekishod is away the top folder of each area is closed to everybody but root (mode 0700), so that
 * no new path leads in; the mode comes back with sekishod's OK.
 *
 * Who may open a file is the gate's decision, so an area's top folder is writable for everybody and
 * sticky (1777), like a shared folder: each person owns what they make there, nobody removes
 * another's files. The agent's own folder in it, .sekisho, is root's alone (0700). */
#ifndef DEVICE_AREA_H
#define DEVICE_AREA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "device/backing.h"
#include "device/guardlink.h"
#include "device/held.h"
#include "device/indexlink.h"
#include "device/request.h"

#define AREA_MAX        64 /* areas that may be open at a time */
#define AREA_STAGING    "staging"  /* in .sekisho: frozen snapshots, a folder for each case */
#define AREA_INCOMING   "incoming" /* in .sekisho: what is being received, a folder for each case */
#define AREA_TOP_MODE   ((mode_t)01777)
#define AREA_LOCKED_MODE ((mode_t)0700)

struct area {
    char id[SK_ID_MAX + 1];
    char mount[SK_FILE_NAME_MAX + 1];
    enum request_backing kind;
    enum request_gate gate;
    struct backing backing;
    int private_fd;  /* the private mount (O_PATH) */
    int top_fd;      /* its top folder, for reading */
    int staging_fd, incoming_fd;
    dev_t device;    /* st_dev of the file system */
    bool attached;   /* the users' mount was made; root may have unmounted it (area_in_place) */
    uint64_t indexed; /* number of the connection on which sekisho-index got it, 0 = it has not */
    bool covered;    /* sekishod said OK to it and has not gone since */
    bool locked;     /* top folder closed while sekishod is away */
    mode_t top_mode; /* to be given back */
    char why[FAULT_TEXT_CAP]; /* why it is not covered, "" when it is */
};

struct area_table {
    struct area *areas[AREA_MAX];
    size_t count;
    struct guardlink guard;
    struct indexlink index;
    struct held_list held; /* closed, but kept by mounts of others */
};

/* area_table.c: the table itself. */
struct area *area_find(const struct area_table *t, const char *id);
/* Is the device an open area's? */
bool area_owns(const struct area_table *t, dev_t device);
/* sekishod may have gone: connect anew and mark every area again, or lock them. True when all open
 * areas are covered. */
bool area_cover_again(struct area_table *t);

/* Is the users' mount at its folder? When it is not, *ret_other tells whether some other mount is. */
bool area_in_place(const struct area *a, bool *ret_other);
/* Hand over to sekisho-index what it has not: after an area was opened, and when it came back. False:
 * something is still to be handed over. */
bool area_index_again(struct area_table *t);

/* Open and attach an area, also one that a mount namespace has kept since it was last open. Already
 * open at the same folder: 0. 0 or f->code, then nothing is left. */
int area_open(struct area_table *t, const struct request_area *want,
              const struct luks_passphrase *passphrase, struct fault *f) SK_MUST_CHECK;

/* A new mount of an open area with gate = room, attached nowhere and as watched as all others of its
 * file system (nosuid, nodev, noexec). A descriptor (as O_PATH), or f->code. */
int area_mount(struct area_table *t, const char *id, struct fault *f) SK_MUST_CHECK;

/* May it be reached: attached, or for rooms? */
bool area_is_open(const struct area *a);

/* Detach, unmark and let go. Busy: SK_ERR_STATE naming who uses it, and the area stays open and marked.
 * Where a mount of somebody's keeps the file system all the same it is shut down and noted in t->held; where
 * that can't be done the area stays open and marked, and this fails. 0 or f->code. */
int area_close(struct area_table *t, const char *id, struct fault *f) SK_MUST_CHECK;

/* Take an area that a device process before this one left attached at its folder, and that is in use,
 * as open. 0 or f->code. */
int area_adopt(struct area_table *t, const char *id, const char *folder, const struct backing *backing,
               struct fault *f) SK_MUST_CHECK;

/* At the end of the process: what is busy stays attached, and its mark with sekishod, for the next process
 * to adopt. The table is empty afterwards. Returns how many were still busy. */
size_t area_close_all(struct area_table *t, void (*tell)(const char *id, const char *why));

/* create.c: a new area on an image file or a block device; detail gets a sentence about it. Nothing
 * is left of it on failure (a block device may then hold half of a new file system). */
int area_create(const struct area_table *t, const struct request_area *want,
                const struct luks_passphrase *passphrase, struct buf *detail,
                struct fault *f) SK_MUST_CHECK;

/* Make or check the agent's own folders on a mounted area. 0 or f->code. */
int area_own_folders(int top_fd, int *ret_staging, int *ret_incoming,
                     struct fault *f) SK_MUST_CHECK;

/* Remove what interrupted jobs left in the agent's own folders: all of incoming, and the snapshots
 * whose names end in ".part". */
void area_sweep(int staging_fd, int incoming_fd);

#endif
