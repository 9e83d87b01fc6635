/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One segment archived, or its records taken out, step by step; see retire.h. */
#ifndef LEDGER_RETIRE_SEGMENT_H
#define LEDGER_RETIRE_SEGMENT_H

#include "ledger/retire.h"

#define RETIRE_NEW ".new" /* ends the name of a file that is not finished */

/* Give the file the immutable attribute or take it away, as far as its file system and our rights allow. */
void retire_protect(int dir, const char *name, bool on);

/* done->job says which; counts and bytes are filled. 0; SK_ERR_DIGEST: what was written does not read
 * back as it should, the segment is as it was; -errno, SK_ERR_TAMPERED, SK_ERR_LIMIT. */
int retire_archive(const char *folder, int dir, struct retire_result *done) SK_MUST_CHECK;
int retire_remove(const char *folder, int dir, struct retire_result *done) SK_MUST_CHECK;

#endif
