/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The messages of device.sock as structures: every member checked, names unescaped
 * (<sekisho/proto.h> says what they mean). */
#ifndef DEVICE_REQUEST_H
#define DEVICE_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "device/fault.h"
#include "device/names.h"
#include "device/persona.h"

#define REQUEST_WORD_CAP       64   /* bytes of a choice, a UUID or a digest's name, with NUL */
#define REQUEST_SHA256_CAP     65   /* bytes with NUL */
#define REQUEST_RECIPIENTS_MAX 256  /* recipients of one export */
#define REQUEST_RECIPIENT_MAX  4096 /* bytes of one recipient's key */
#define REQUEST_TEXT_MAX       (1024 * 1024) /* bytes of a manifest or its signature */

enum request_gate { REQUEST_GATE_OPEN, REQUEST_GATE_ROOM };
enum request_backing { REQUEST_BACKING_LUKS, REQUEST_BACKING_FILESYSTEM };
enum request_job { REQUEST_FREEZE, REQUEST_RECEIVE, REQUEST_EXPORT, REQUEST_COPY };

/* AREA_CREATE, AREA_OPEN, AREA_CLOSE and STAGE_DROP (area, case_id). Texts are NUL-terminated. */
struct request_area {
    char area[SK_ID_MAX + 1];
    char case_id[SK_ID_MAX + 1];
    char mount[SK_FILE_NAME_MAX + 1];  /* raw absolute path */
    char device[SK_FILE_NAME_MAX + 1]; /* raw path below /dev, "" = an image file */
    enum request_backing backing;
    enum request_gate gate;
    char filesystem[REQUEST_WORD_CAP]; /* "ext4" or "xfs" */
    uint64_t bytes;                    /* size of a new image */
    bool overwrite;                    /* what lies on the device may go */
};

struct request_destination {
    char path[SK_FILE_NAME_MAX + 1]; /* raw absolute path */
    char uuid[REQUEST_WORD_CAP];     /* of the file system, "" = any */
    char kind[REQUEST_WORD_CAP];     /* "medium": must be a mounted file system; else any folder */
    bool sweep;                      /* DESTINATION: remove what interrupted jobs left there */
};

struct request_file {
    char *name; /* freeze: raw path below the area; receive: final name; export, copy: as permitted */
    uint64_t bytes;
    char sha256[REQUEST_SHA256_CAP]; /* "" = not known before */
};

/* JOB_START. Zero-initialise, clear with request_job_clear. */
struct request_job_start {
    enum request_job job;
    char case_id[SK_ID_MAX + 1];
    char area[SK_ID_MAX + 1];
    struct persona requester;
    struct request_file *files;
    size_t count;
    char **names;                    /* copy: final names, count of them; else NULL */
    char into[SK_FILE_NAME_MAX + 1]; /* receive: folder below the area, "" = top */
    struct request_destination destination;
    json_t *recipients;              /* export: array of texts */
    char digests_name[NAMES_ONE_CAP];
};

/* JOB_FINISH. Texts live as long as the message. */
struct request_finish {
    char case_id[SK_ID_MAX + 1];
    bool commit;
    const char *manifest;  /* "" but for export */
    const char *signature; /* "" but for export */
};

/* Each parses one JSON object (already read by record_parse) strictly: members that the message does
 * not have are refused. 0, or f->code with *ret unspecified (request_job_clear is still due). */
int request_create(const json_t *body, struct request_area *ret, struct fault *f) SK_MUST_CHECK;
int request_open(const json_t *body, struct request_area *ret, struct fault *f) SK_MUST_CHECK;
int request_close(const json_t *body, struct request_area *ret, struct fault *f) SK_MUST_CHECK;
int request_stage_drop(const json_t *body, struct request_area *ret, struct fault *f) SK_MUST_CHECK;
int request_place(const json_t *body, struct request_destination *ret,
                  struct fault *f) SK_MUST_CHECK;
/* PLACES: raw absolute paths, each the caller's to free, also on failure. */
int request_places(const json_t *body, char *ret_paths[static SK_PLACES_MAX], size_t *ret_count,
                   struct fault *f) SK_MUST_CHECK;
int request_finish(const json_t *body, struct request_finish *ret, struct fault *f) SK_MUST_CHECK;
int request_start(const json_t *body, struct request_job_start *ret, struct fault *f) SK_MUST_CHECK;
void request_job_clear(struct request_job_start *job);

#define autorequest __attribute__((cleanup(request_job_clear)))

#endif
