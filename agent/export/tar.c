/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tar.c owns the archive inside an export and is the only user of libarchive here. It must never
 * write owners, groups or anything else of this machine into it. */
#include "export/tar.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"
#include "base/digest.h"

#define MEMBER_MODE 0644

struct tar {
    struct archive *archive;
    struct archive_entry *entry;
    tar_sink *sink;
    void *context;
    int err; /* what the sink said last */
};

static la_ssize_t write_out(struct archive *a, void *context, const void *data, size_t len)
{
    struct tar *t = context;
    if (!t->sink)
        return -1;
    t->err = t->sink(t->context, data, len);
    if (t->err == 0)
        return (la_ssize_t)len;
    archive_set_error(a, EIO, "the sink failed");
    return -1;
}

/* A warning means that a name was written as raw bytes, which is what we want of it. */
static int result_of(const struct tar *t, int r)
{
    if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
        return 0;
    return t->err != 0 ? t->err : SK_ERR_FORMAT;
}

int tar_new(tar_sink *sink, void *context, struct tar **ret)
{
    autotar struct tar *t = calloc(1, sizeof *t);
    if (!t)
        return -ENOMEM;
    t->sink = sink;
    t->context = context;
    t->archive = archive_write_new();
    t->entry = archive_entry_new();
    if (!t->archive || !t->entry)
        return -ENOMEM;
    int r = archive_write_set_format_pax_restricted(t->archive);
    if (r == ARCHIVE_OK)
        r = archive_write_set_bytes_per_block(t->archive, 0); /* hand bytes on as they come */
    if (r == ARCHIVE_OK)
        r = archive_write_open(t->archive, t, NULL, write_out, NULL);
    if (r != ARCHIVE_OK)
        return result_of(t, r);
    *ret = steal_ptr(&t);
    return 0;
}

void tar_free(struct tar **t)
{
    if (!*t)
        return;
    archive_entry_free((*t)->entry);
    if ((*t)->archive) {
        /* What was not ended must not be finished by freeing it. archive_write_fail(3) would see to
         * that as well, but forgets what the library's output holds. */
        (*t)->sink = NULL;
        archive_write_free((*t)->archive);
    }
    free(*t);
    *t = NULL;
}

int tar_member(struct tar *t, const char *name, uint64_t bytes, struct timespec mtime)
{
    if (bytes > INT64_MAX)
        return SK_ERR_LIMIT;
    archive_entry_clear(t->entry);
    archive_entry_set_pathname(t->entry, name);
    archive_entry_set_filetype(t->entry, AE_IFREG);
    archive_entry_set_perm(t->entry, MEMBER_MODE);
    archive_entry_set_size(t->entry, (la_int64_t)bytes);
    archive_entry_set_mtime(t->entry, mtime.tv_sec, mtime.tv_nsec);
    return result_of(t, archive_write_header(t->archive, t->entry));
}

int tar_data(struct tar *t, const void *data, size_t len)
{
    la_ssize_t n = archive_write_data(t->archive, data, len);
    if (n < 0)
        return t->err != 0 ? t->err : SK_ERR_FORMAT;
    return (size_t)n == len ? 0 : SK_ERR_STATE;
}

int tar_end(struct tar *t)
{
    return result_of(t, archive_write_close(t->archive));
}

void tar_digest_line(struct buf *out, const uint8_t *digest, const char *name)
{
    char hex[DIGEST_HEX_CAP];
    digest_hex(hex, digest);
    /* coreutils: a name with one of these is escaped, and the line says so with a backslash */
    if (strpbrk(name, "\\\n\r"))
        buf_putc(out, '\\');
    buf_printf(out, "%s  ", hex);
    for (; *name; name++) {
        if (*name == '\\')
            buf_puts(out, "\\\\");
        else if (*name == '\n')
            buf_puts(out, "\\n");
        else if (*name == '\r')
            buf_puts(out, "\\r");
        else
            buf_putc(out, *name);
    }
    buf_putc(out, '\n');
}
