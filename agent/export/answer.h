/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the exporter says on its answer socket (<sekisho/proto.h>, export.sock). */
#ifndef EXPORT_ANSWER_H
#define EXPORT_ANSWER_H

#include "export/transfer.h"

/* A progress message is dropped when the reader is slow; 0, or negative when the reader is gone. */
int answer_progress(int sock, uint64_t bytes, uint64_t total) SK_MUST_CHECK;
int answer_done(int sock, const struct transfer *t) SK_MUST_CHECK;
int answer_error(int sock, int code, const char *what, int file) SK_MUST_CHECK;

#endif
