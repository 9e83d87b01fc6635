/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that lists what lies on an approved medium (medium_files.h): it holds its mount and the socket on which
 * it answers, and nothing else. */
#ifndef DEVICE_MEDIUM_SURVEY_H
#define DEVICE_MEDIUM_SURVEY_H

#include <jansson.h>
#include "base/child.h"

/* Start it; top_fd and sock stay the caller's. JOB_PROGRESS, then JOB_DONE or ERROR come on sock (proto.h). It ends by
 * itself, or with child_end. 0 or f->code. */
int medium_survey_start(int top_fd, const json_t *first, int sock, struct child *ret, struct fault *f) SK_MUST_CHECK;

#endif
