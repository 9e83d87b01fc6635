/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders outside the areas that exports and copies are written to. */
#ifndef DEVICE_DESTINATION_H
#define DEVICE_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>
#include "device/area.h"
#include "device/medium.h"
#include "device/request.h"

#define DESTINATION_MEDIUM "medium" /* the kind that must be a mounted file system of its own */
#define DESTINATION_OUTBOX "outbox" /* the kind in which everybody has a folder of their own */

struct destination_state {
    bool present;   /* the folder is there and is what the policy says */
    bool writable;
    uint64_t free;  /* bytes that an unprivileged writer may use */
};

/* Open the folder and check it. An approved medium is the top of its private mount, whatever is mounted where people
 * see it. A folder: no link on the way, outside every area, for kind "medium" the top of
 * a mounted file system, the UUID when one is named. With a person the path is walked with that
 * person's rights. *ret_state is filled as far as it is known also on failure.
 * A descriptor for reading, or f->code (SK_ERR_NOT_FOUND when it is not there). */
int destination_open(const struct area_table *areas, const struct medium_table *media,
                     const struct request_destination *want,
                     const struct persona *person, struct destination_state *ret_state,
                     struct fault *f) SK_MUST_CHECK;

/* In an outbox: the folder of that name, for nobody but the person. Made when it is not there; one that is somebody
 * else's is refused. A descriptor for reading, or f->code. */
int destination_own_folder(int outbox_fd, const char *name, const struct persona *person, struct fault *f) SK_MUST_CHECK;

/* Bytes that a job of these files needs at most at its destination: an export with archive heads,
 * encryption and manifest, or plain copies in whole blocks. UINT64_MAX when it can't be counted. */
uint64_t destination_need(const struct request_job_start *job);

/* Remove what interrupted jobs left in the folder (names_is_leftover, regular files only; manifest and
 * signature of an export that is unfinished itself). Does
 * nothing while any process runs a job there: false. */
bool destination_sweep(int dir_fd);

/* The same in an outbox and in all folders in it. */
bool destination_sweep_outbox(int dir_fd);

/* Tell other agents' sweeps that a job runs here, for as long as the descriptor is open. */
void destination_claim(int dir_fd);

#endif
