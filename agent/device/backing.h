/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an area's blocks lie: an image file or a block device, with or without LUKS. */
#ifndef DEVICE_BACKING_H
#define DEVICE_BACKING_H

#include <stdbool.h>
#include <stdint.h>
#include "base/fault.h"
#include "device/luks.h"
#include "device/probe.h"
#include "device/request.h"

struct backing {
    int hold_fd;                   /* keeps a loop device until the file system is mounted; or -1 */
    char raw[PROBE_PATH_CAP];      /* /dev/loopN or the block device */
    char device[PROBE_PATH_CAP];   /* what is mounted: raw, or /dev/mapper/… */
    char mapping[LUKS_NAME_CAP];   /* the LUKS mapping's name, "" without */
    char type[PROBE_WORD_CAP];     /* "ext4" or "xfs"; "" when not formatted yet */
};

/* What is known of an area that need not be open. */
struct backing_facts {
    bool exists;
    bool encrypted;
    bool image;                    /* an image file, not a block device */
    uint64_t bytes;
    char type[PROBE_WORD_CAP];     /* "" when encrypted and not open, or unknown */
};

#define BACKING_IMAGE_SUFFIX  ".img"
#define BACKING_DEVICE_SUFFIX ".device" /* JSON {"device":PATH,"uuid":UUID} beside the images */

/* SK_PATH_AREAS/AREA + suffix. */
void backing_file(const char *area, const char *suffix, char ret[static PROBE_PATH_CAP * 2]);

/* The image as a loop device, or the block device (told by its UUID), decrypted with the passphrase
 * when it is LUKS. Refused when it is encrypted and the policy says it is not, or the other way
 * round. 0 or f->code; release with backing_release. */
int backing_open(const char *area, enum request_backing wanted,
                 const struct luks_passphrase *passphrase, struct backing *ret,
                 struct fault *f) SK_MUST_CHECK;

/* The block device that an area is recorded to be on. 0 or negative. */
int backing_recorded(const char *area, char ret[static PROBE_PATH_CAP]) SK_MUST_CHECK;

/* The name under which an area's LUKS mapping is known, different for each instance. */
void backing_mapping_name(const char *area, char ret[static LUKS_NAME_CAP]);

/* Let go of the loop device, and close the mapping (it goes with its last mount). */
void backing_release(struct backing *b);

/* For lists: looks at the files only. */
void backing_facts(const char *area, struct backing_facts *ret);

#endif
