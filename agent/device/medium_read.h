/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process of its own does with a medium that nobody has approved yet: find its file system, mount it where
 * nobody sees it, read or write its identity. A medium that does not answer holds up this process only.
 * All of this asks the medium. */
#ifndef DEVICE_MEDIUM_READ_H
#define DEVICE_MEDIUM_READ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/digest.h"
#include "base/fault.h"
#include "device/identity.h"
#include "device/medium_turn.h"
#include "device/probe.h"

struct medium_found {
    char device[PROBE_PATH_CAP]; /* "/dev/sda1": where the file system is */
    dev_t part;                  /* the same by number */
    char type[PROBE_WORD_CAP], uuid[PROBE_WORD_CAP];
    bool known;                  /* it has an identity file that is well formed: */
    struct identity identity;
    char sha256[DIGEST_HEX_CAP]; /* of that file */
    struct medium_turns turns;   /* on one with an identity */
    uint64_t free;               /* bytes, when it was looked at */
    int private_fd;              /* a mount, never attached; its file system is read-only until medium_writable */
    int shown_fd;                /* a second mount, read-only whatever becomes of the file system */
};

#define MEDIUM_FOUND_NONE {.private_fd = -1, .shown_fd = -1}

/* "8:0" as a number. 0 or SK_ERR_FORMAT. */
int medium_number(const char *text, dev_t *ret) SK_MUST_CHECK;

/* The medium on this disk: of its one partition, or of the disk itself where it has none. What has no identity is
 * no failure: known is false. 0 or f->code; then nothing stays open. */
int medium_read(dev_t disk, struct medium_found *ret, struct fault *f) SK_MUST_CHECK;

/* Write a new identity (its token is made here) onto what medium_read found, and the first turn of the ledger with this tag
 * ("" = none), read both back past the cache; known, identity, sha256 and turns are then the new one's. In a process of its
 * own. 0 or f->code. */
int medium_mark(struct medium_found *m, const struct identity *wanted, const char *tag, struct fault *f) SK_MUST_CHECK;

/* Make the file system writable, or read-only again. Never for one that the kernel can only read safely (NTFS).
 * 0 or f->code. */
int medium_writable(int mount_fd, bool yes, struct fault *f) SK_MUST_CHECK;
bool medium_can_write(const char *type);
/* Bytes that are free on it, 0 = it does not say. */
uint64_t medium_free(int mount_fd);

#endif
