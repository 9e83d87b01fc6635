/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One connection of export.sock from its first message to the exporter's end. */
#ifndef EXPORT_SERVE_H
#define EXPORT_SERVE_H

#include "base/clean.h"

/* Descriptors that the largest job brings, with room for the process's own. */
#define SERVE_DESCRIPTORS_MAX (2 * SK_CASE_FILES_MAX + 64)

/* Receive the job and its descriptors from sock (closed when all are there), run it, answer on the
 * answer socket. 0 when JOB_DONE has been sent, else negative; the failure has then been answered
 * where there is an answer socket. When the other end of the answer socket is closed this process
 * ends at once: nothing is lost, because outputs have no final name yet. */
int serve(int *sock) SK_MUST_CHECK;

#endif
