/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One transfer as JOB asks for it (<sekisho/proto.h>, export.sock). */
#ifndef EXPORT_JOB_H
#define EXPORT_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/digest.h"
#include "crypto/age.h"

enum job_mode { JOB_MODE_COPY, JOB_MODE_SEAL, JOB_MODE_OPEN };

struct job_file {
    char *name;      /* raw bytes, NUL-terminated; "" when a copy gives none */
    uint64_t bytes;  /* as the permit says; seal only */
    bool has_digest; /* always for seal */
    uint8_t digest[DIGEST_LEN];
};

struct job {
    enum job_mode mode;
    struct job_file *files;
    size_t count;
    struct age_recipient recipients[AGE_RECIPIENTS_MAX];
    size_t recipient_count;
    char *digests_name; /* raw bytes: the archive's first member; "" for a copy */
    struct age_identity identity; /* open: of the area that the one file was sealed to */
};

/* Parse a JOB's payload. *ret must be {0}; it is the caller's to job_clear, also after a failure.
 * Names in an archive must be relative, unique, without empty, "." or ".." components.
 * 0, SK_ERR_FORMAT, SK_ERR_LIMIT (more than SK_CASE_FILES_MAX files, too many recipients, a name too
 * long), SK_ERR_EXISTS (two members of one name), -ENOMEM. */
int job_parse(const char *text, size_t len, struct job *ret) SK_MUST_CHECK;
void job_clear(struct job *job);
#define autojob __attribute__((cleanup(job_clear)))

/* Descriptors that travel with the job: the answer socket, sources, outputs. */
size_t job_descriptors(const struct job *job);

#endif
