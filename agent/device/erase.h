/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erasing areas, single files and media: what would be done (a plan), and the doing of it.
 *
 *   erase_look      opens and checks; nothing is changed. A plan ends here.
 *   erase_prepare   takes it out of use: closes the area, unmounts the medium, leaves the mark that
 *                   keeps a half-erased area from being opened
 *   erase_run       overwrites, reads back, discards; long, so in a process of its own (erasing.h)
 *   erase_finish    removes the names; the mark goes last
 * A kill at any moment leaves the mark or the name, and the same erasure can begin again.
 *
 * Areas and media on a block device get a label in their first bytes before anything else is overwritten
 * ("sekisho-erasure ID"): by it the device is known again when the erasure is repeated, for nothing else
 * is left by which it could be told from another. It stays, and says that the medium was erased. */
#ifndef DEVICE_ERASE_H
#define DEVICE_ERASE_H

#include <stdbool.h>
#include <stdint.h>
#include "device/area.h"
#include "device/overwrite.h"
#include "device/request.h"

#define ERASE_MARK_SUFFIX ".erasing" /* JSON {"device","uuid","luks","header","erasure"} beside the images, and
                                        when only the names are left {"done":{…}} */

struct erase_result {
    uint64_t bytes;             /* overwritten and read back */
    char sha256[DIGEST_HEX_CAP];/* of what was read back */
    char seed[2 * OVERWRITE_SEED_LEN + 1];
    uint32_t statements;
};

struct erase_target {
    enum request_object object;
    char id[SK_ID_MAX + 1];     /* of the erasure */
    char area[SK_ID_MAX + 1];   /* "" = none's */
    bool on_medium;             /* file: an export on a registered medium, whose manifest goes with it */
    int fd;                     /* what is overwritten */
    int parent_fd;              /* file: its folder */
    char name[NAMES_ONE_CAP];   /* file: its name there */
    char sha256[DIGEST_HEX_CAP];/* file: what it must hold before it is overwritten, "" = anything */
    char device[PROBE_PATH_CAP];/* block device, "" = a file */
    char mount[SK_FILE_NAME_MAX + 1]; /* medium: where it is mounted, "" = it is not */
    char uuid[PROBE_WORD_CAP];  /* of what lies on the device */
    bool luks;
    uint64_t header;            /* luks: bytes of the header */
    uint64_t bytes;             /* to be overwritten */
    uint64_t size;              /* of the object */
    uint32_t statements;
    bool over;                  /* area: an earlier erasure ended but for the names, with this result: */
    struct erase_result earlier;
};

#define ERASE_TARGET_NONE {.fd = -1, .parent_fd = -1}
void erase_clear(struct erase_target *t);
#define autoerase __attribute__((cleanup(erase_clear)))

/* medium_fd: the top of the registered medium that it is on, writable; -1 = on none. say (may be NULL for what lies in an
 * area) is called when storage outside of areas has answered. */
int erase_look(const struct area_table *areas, int medium_fd, const struct request_erase *want,
               void (*say)(void *context), void *context, struct erase_target *ret,
               struct fault *f) SK_MUST_CHECK;
int erase_prepare(struct area_table *areas, struct erase_target *t, struct fault *f) SK_MUST_CHECK;
/* tell is called with bytes done and due. */
int erase_run(struct erase_target *t, void (*tell)(void *context, uint64_t done, uint64_t total),
              void *context, struct erase_result *ret, struct fault *f) SK_MUST_CHECK;
int erase_finish(struct erase_target *t, struct fault *f) SK_MUST_CHECK;

/* Is the area half erased? Then it is neither opened nor made anew. */
bool erase_is_marked(const char *area);

/* erase_area.c, erase_medium.c, erase_file.c: the parts of erase_look for each kind of object. */
int erase_look_area(const struct request_erase *want, struct erase_target *t,
                    struct fault *f) SK_MUST_CHECK;
int erase_look_medium(const struct area_table *areas, const struct request_erase *want,
                      struct erase_target *t, struct fault *f) SK_MUST_CHECK;
int erase_look_file(const struct area_table *areas, int medium_fd, const struct request_erase *want,
                    struct erase_target *t, struct fault *f) SK_MUST_CHECK;
int erase_prepare_area(struct area_table *areas, struct erase_target *t,
                       struct fault *f) SK_MUST_CHECK;
int erase_prepare_medium(struct erase_target *t, struct fault *f) SK_MUST_CHECK;
int erase_run_area(struct erase_target *t, struct overwrite *o, struct fault *f) SK_MUST_CHECK;
int erase_run_medium(struct erase_target *t, struct overwrite *o, struct fault *f) SK_MUST_CHECK;
int erase_run_file(struct erase_target *t, struct overwrite *o, struct fault *f) SK_MUST_CHECK;
/* Note in the mark that all is overwritten, so that the proof outlives a kill before the names are gone. */
int erase_note_area(const struct erase_target *t, const struct erase_result *done,
                    struct fault *f) SK_MUST_CHECK;
int erase_finish_area(struct erase_target *t, struct fault *f) SK_MUST_CHECK;

/* erase_label.c: the label of block devices. Has the device one of these erasures' label? */
bool erase_has_label(int fd, const struct request_erase *want);
/* Overwrite a whole block device, the label first and last, and discard. 0 or f->code. */
int erase_device(struct erase_target *t, struct overwrite *o, uint64_t len,
                 struct fault *f) SK_MUST_CHECK;

#endif
