/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erase_label.c owns the overwriting of whole block devices and the label by which one is known again. It
 * must never let a device pass for one whose erasure began that does not say so itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/str.h"
#include "device/erase.h"

#define LABEL_LEN ((size_t)4096) /* bytes: the block that the label has for itself */
#define LABEL_TEXT "sekisho-erasure "

static void label_of(const char *id, char ret[static LABEL_LEN])
{
    memset(ret, 0, LABEL_LEN);
    snprintf(ret, LABEL_LEN, LABEL_TEXT "%s\n", id);
}

bool erase_has_label(int fd, const struct request_erase *want)
{
    autofree char *seen = malloc(LABEL_LEN);
    autofree char *wanted = malloc(LABEL_LEN);
    bool found = false;
    if (!seen || !wanted || fd_pread_full(fd, seen, LABEL_LEN, 0) != (ssize_t)LABEL_LEN)
        return false;
    for (size_t i = 0; !found && i < want->tag_count; i++) {
        label_of(want->tags[i], wanted);
        found = memcmp(seen, wanted, LABEL_LEN) == 0;
    }
    return found;
}

static int put_label(const struct erase_target *t, struct fault *f)
{
    char label[LABEL_LEN];
    label_of(t->id, label);
    int r = fd_pwrite_full(t->fd, label, sizeof label, 0);
    if (r != 0)
        return fault_errno(f, -r, "the device can't be written");
    return overwrite_sync(t->fd, f);
}

int erase_device(struct erase_target *t, struct overwrite *o, uint64_t len, struct fault *f)
{
    if (len <= LABEL_LEN)
        return fault_set(f, SK_ERR_LIMIT, "the device is too small to be one that held data");
    o->total = len - LABEL_LEN;
    int r = put_label(t, f);
    if (r == 0)
        r = overwrite_write(o, t->fd, LABEL_LEN, len - LABEL_LEN, f);
    if (r == 0)
        r = overwrite_sync(t->fd, f);
    if (r == 0)
        r = overwrite_compare(o, t->fd, LABEL_LEN, len - LABEL_LEN, f);
    if (r != 0)
        return r;
    bool taken = overwrite_discard(t->fd, 0, t->size);
    t->statements |= taken ? SK_STATEMENT_BIT(DISCARDED) : SK_STATEMENT_BIT(NOT_DISCARDED);
    return put_label(t, f);
}
