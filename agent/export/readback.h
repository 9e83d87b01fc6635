/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proof that what was written lies on the medium and not just in memory. */
#ifndef EXPORT_READBACK_H
#define EXPORT_READBACK_H

#include "export/transfer.h"

/* fsync(2); an error is final. 0 or -errno. */
int readback_sync(int fd) SK_MUST_CHECK;

/* Read the file past the page cache (O_DIRECT where the file system takes it, otherwise after
 * POSIX_FADV_DONTNEED) and compare length and digest with what was written. Call after
 * readback_sync. 0, SK_ERR_DIGEST, SK_ERR_CRYPTO, -ENOMEM, -errno. */
int readback_check(struct transfer *t, int fd, const struct transfer_result *written) SK_MUST_CHECK;

#endif
