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
#include "base/digest.h"
#include "base/fault.h"
#include "device/names.h"
#include "device/persona.h"
#include "record/turn.h"

#define REQUEST_WORD_CAP       64   /* bytes of a choice, a UUID or a digest's name, with NUL */
#define REQUEST_TAGS_MAX       32   /* earlier erasures of one object */
#define REQUEST_SHA256_CAP     65   /* bytes with NUL */
#define REQUEST_RECIPIENTS_MAX 256  /* recipients of one export */
#define REQUEST_RECIPIENT_MAX  4096 /* bytes of one recipient's key */
#define REQUEST_TURNS_AWAITED_MAX 2 /* the one that is on record as written, and one that was on its way */
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

enum request_direction { REQUEST_OUT, REQUEST_IN, REQUEST_IN_OUT };

/* MEDIUM_LOOK and MEDIUM_CLOSE (number), MEDIUM_OPEN (medium, identity, login, direction too), MEDIUM_MARK (medium, owner, areas,
 * until, tag). Texts are NUL-terminated. */
struct request_medium {
    char number[REQUEST_WORD_CAP];   /* of the disk: "8:0"; "" (MEDIUM_CLOSE): all whose disk is gone */
    char medium[SK_ID_MAX + 1];
    char owner[SK_ID_MAX + 1];       /* the person's id */
    char login[REQUEST_WORD_CAP];    /* of who may read it, "" = nobody on this PC */
    enum request_direction direction;
    const char *identity;            /* SHA-256 of its identity file, hexadecimal; lives as long as the message */
    const char *areas;               /* ids with commas between them; lives as long as the message */
    char until[REQUEST_WORD_CAP];
    char tag[REQUEST_WORD_CAP];      /* of the ledger whose first turn is written too, "" = none is */
};

/* MEDIUM_FILES */
struct request_survey {
    char case_id[SK_ID_MAX + 1];
    char medium[SK_ID_MAX + 1];
    const json_t *first;             /* an array; lives as long as the message */
};

struct request_destination {
    char medium[SK_ID_MAX + 1];      /* the approved one that is plugged in, "" = a folder: */
    char path[SK_FILE_NAME_MAX + 1]; /* raw absolute path */
    char uuid[REQUEST_WORD_CAP];     /* of the file system, "" = any */
    char kind[REQUEST_WORD_CAP];     /* "medium": must be a mounted file system; "outbox": everybody has a folder of their
                                        own in it; else any folder */
    char folder[REQUEST_WORD_CAP];   /* outbox, of a job: the name of the requester's, which is made */
    bool sweep;                      /* DESTINATION: remove what interrupted jobs left there */
};

enum request_object { REQUEST_OBJECT_AREA, REQUEST_OBJECT_FILE, REQUEST_OBJECT_MEDIUM };

/* ERASE. Texts are NUL-terminated. */
struct request_erase {
    enum request_object object;
    char case_id[SK_ID_MAX + 1];     /* of the erasure */
    char area[SK_ID_MAX + 1];        /* area; file: it is in that one, "" = outside of areas */
    char medium[SK_ID_MAX + 1];      /* file: it is on that registered one, "" = elsewhere; path is its name there */
    char path[SK_FILE_NAME_MAX + 1]; /* raw; file in an area: below its top; else absolute */
    char uuid[REQUEST_WORD_CAP];     /* medium: of what is mounted there, "" = any */
    bool all_names;                  /* file: its hard links are emptied too */
    char sha256[REQUEST_SHA256_CAP]; /* file: what it must hold, else nothing is overwritten; "" = anything */
    bool plan;                       /* only tell what would be done */
    char tags[REQUEST_TAGS_MAX][SK_ID_MAX + 1]; /* erasures that began with this object before */
    size_t tag_count;
};

struct request_file {
    char *name; /* freeze: raw path below the area; receive: final name; export, copy: as permitted */
    uint64_t bytes;
    char sha256[REQUEST_SHA256_CAP]; /* "" = not known before */
};

/* JOB_START. Zero-initialise, clear with request_job_clear. */
/* The turn that an export writes onto its medium (record/turn.h). */
struct request_turn {
    bool given;
    uint64_t number;
    char tag[TURN_TAG_CAP], text[TURN_CAP];
    uint8_t awaited[REQUEST_TURNS_AWAITED_MAX][DIGEST_LEN]; /* the medium has one of these now; none: whatever it has */
    size_t awaited_count;
};

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
    const char *identity;            /* receive: age key that the one file is opened with; else NULL.
                                        Lives as long as the message */
    struct request_turn turn;        /* export onto a medium */
};

/* JOB_FINISH. Texts live as long as the message. */
struct request_finish {
    char case_id[SK_ID_MAX + 1];
    bool commit;
    const char *manifest;  /* "" but for export */
    const char *signature; /* "" but for export */
    const char *cover;     /* "" but for export */
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
int request_medium(const json_t *body, struct request_medium *ret, struct fault *f) SK_MUST_CHECK;
int request_medium_open(const json_t *body, struct request_medium *ret, struct fault *f) SK_MUST_CHECK;
int request_medium_mark(const json_t *body, struct request_medium *ret, struct fault *f) SK_MUST_CHECK;
int request_survey(const json_t *body, struct request_survey *ret, struct fault *f) SK_MUST_CHECK;
int request_erase(const json_t *body, struct request_erase *ret, struct fault *f) SK_MUST_CHECK;
int request_finish(const json_t *body, struct request_finish *ret, struct fault *f) SK_MUST_CHECK;
int request_start(const json_t *body, struct request_job_start *ret, struct fault *f) SK_MUST_CHECK;
/* value: of "turn", NULL = there is none. */
int request_turn(const json_t *value, struct request_turn *ret, struct fault *f) SK_MUST_CHECK;
void request_job_clear(struct request_job_start *job);

#define autorequest __attribute__((cleanup(request_job_clear)))

#endif
