/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is open while a job is set up: job_start.c in the process that serves, job_outside.c in one of its own. */
#ifndef DEVICE_JOB_SETUP_H
#define DEVICE_JOB_SETUP_H

#include "device/job.h"

struct job_setup {
    const struct area_table *areas;
    struct medium_table *media;
    const struct area *area;
    struct request_job_start want;
    json_t *body; /* the message, in which texts of want live */
    int answer;   /* the exporter's socket */
    int *sources, *outputs;
    size_t source_count, output_count;
    struct timespec *times; /* of the sources */
    struct job *job;
    struct fault *f;
};

/* Export, copy: open the destination and make the outputs; asks storage that may never answer. 0 or s->f->code. */
int job_prepare_outside(struct job_setup *s) SK_MUST_CHECK;
/* The same in a process of its own, whose answer job_heard takes. 0 or s->f->code. */
int job_outside(struct job_setup *s) SK_MUST_CHECK;
/* All is open: the exporter gets it. files gets the array of {"name","bytes"}. 0 or s->f->code. */
int job_hand_over(struct job_setup *s, json_t *files) SK_MUST_CHECK;

#endif
