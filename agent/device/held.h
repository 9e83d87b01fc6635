/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Areas that were closed while a mount of somebody's still holds their file system: a mount can lie in a
 * namespace that no process lives in, or in no namespace at all (open_tree(2)), where /proc shows none. So
 * the kernel is asked, through the block device, and what is held is shut down: whoever has the mount
 * reads nothing through it, guarded or not. */
#ifndef DEVICE_HELD_H
#define DEVICE_HELD_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/fault.h"
#include "device/backing.h"
#include "device/guardlink.h"
#include "device/request.h"

#define HELD_MAX     64   /* areas; where so many are, none is closed */
#define HELD_WHO_CAP 256  /* bytes with NUL */
#define HELD_WAIT_MS 2000 /* for the end of a file system whose last mount was given up just now */
#define HELD_LOOK_MS 5000 /* between two looks whether what is held has become free */

struct held {
    char id[SK_ID_MAX + 1];
    char mount[SK_FILE_NAME_MAX + 1];
    char mapping[LUKS_NAME_CAP]; /* "" without encryption */
    dev_t number;                /* of the block device, st_dev of the file system */
    char who[HELD_WHO_CAP];      /* when it was shut down: xfs tells no numbers of its files after that */
};

struct held_list {
    struct held rows[HELD_MAX];
    size_t count;
};

/* Does a file system hold the block device, anywhere, attached or not? Asked until it does not, at most
 * wait_ms. What can't be learnt counts as held. */
bool held_by_mount(const char *device, int wait_ms);

/* Shut down the file system that somebody's mount holds, so that from then on every open and read of it
 * fails; what was written is on the disk before. 0, or f->code: then it is as it was. */
int held_shut(const char *device, const char *type, struct fault *f) SK_MUST_CHECK;

/* Was the file system there shut down already? */
bool held_is_shut(const char *device, const char *type);

/* Note an area whose file system was shut down and is held. who: as holders_of_mount
 * said before it was shut down, "" = nobody was found. Nothing more is noted than HELD_MAX. */
void held_note(struct held_list *l, const char *id, const char *mount, const struct backing *backing,
               dev_t number, const char *who);

/* Forget those that have become free; tell (may be NULL) is called for each. */
void held_look(struct held_list *l, void (*tell)(const char *id, const char *why));

const struct held *held_find(const struct held_list *l, const char *id);

/* The sentence about it: who holds it, and what that means. A phrase (base/phrase.h). */
void held_why(const struct held *h, struct buf *text);

#endif
