/* SPDX-License-Identifier: GPL-3.0-or-later */
/* segment.c owns the two forms of a segment. It must never give out a byte of an archive that can't be
 * unpacked whole or, where a part is read, that its frame's checksum does not cover; and never use more
 * memory than two segments take. */
#include "proof/segment.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>
#include "base/fdio.h"

#define ARCHIVE_MAX   (SEGMENT_BYTES + SEGMENT_BYTES / 16) /* bytes of an archive file */
#define FRAMES_MAX    65536u                               /* frames of one archive */
#define LEVEL         3                                    /* of zstd: a quarter of the bytes, cheap */
#define CHECKSUM_FLAG 0x04                                 /* of a frame's descriptor */
#define HEAD_STEP     ((size_t)64 * 1024)                  /* bytes of an archive's head at a time */

struct frame {
    uint64_t at;      /* of its content, in the segment */
    uint32_t bytes;   /* of its content */
    uint32_t file_at; /* of the frame, in the archive */
    uint32_t file_bytes;
};

struct segment {
    enum segment_form form;
    int fd;             /* -1: archived, the file is in memory */
    struct buf archive;
    struct frame *frames;
    size_t frame_count;
    uint64_t bytes;     /* archived: of the content */
    ZSTD_DCtx *decoder;
    char *content;      /* of one frame */
    size_t content_cap;
    size_t decoded;     /* which, frame_count = none */
    bool whole;         /* content is the whole segment's */
};

void segment_name(uint32_t number, enum segment_form form, char ret[static SEGMENT_NAME_CAP])
{
    static const char *const forms[SEGMENT_FORM_COUNT] = {SEGMENT_FORM, SEGMENT_FORM ".zst"};
    snprintf(ret, SEGMENT_NAME_CAP, forms[form], number);
}

static int open_file(int dir, uint32_t number, enum segment_form form)
{
    char name[SEGMENT_NAME_CAP];
    segment_name(number, form, name);
    return file_open_plain(dir, name);
}

/* The archive is there before the plain file goes: looking in this order finds one of them. */
static int open_any(int dir, uint32_t number, enum segment_form *ret)
{
    int fd = -ENOENT;
    for (unsigned form = 0; fd == -ENOENT && form < SEGMENT_FORM_COUNT; form++) {
        fd = open_file(dir, number, (enum segment_form)form);
        *ret = (enum segment_form)form;
    }
    return fd;
}

/* One frame at `at` of the archive: how long it is, and what it holds. */
static int look_at_frame(const struct segment *s, size_t at, struct frame *ret)
{
    const char *from = s->archive.data + at;
    size_t left = s->archive.len - at;
    static const char magic[] = "\x28\xb5\x2f\xfd"; /* RFC 8878 §3.1.1, then the descriptor */
    if (left < sizeof magic || memcmp(from, magic, 4) != 0 || !(from[4] & CHECKSUM_FLAG))
        return SK_ERR_FORMAT;
    unsigned long long bytes = ZSTD_getFrameContentSize(from, left);
    size_t len = ZSTD_findFrameCompressedSize(from, left);
    if (bytes == ZSTD_CONTENTSIZE_UNKNOWN || bytes == ZSTD_CONTENTSIZE_ERROR || ZSTD_isError(len))
        return SK_ERR_FORMAT;
    if (bytes > SEGMENT_BYTES - s->bytes)
        return SK_ERR_LIMIT;
    *ret = (struct frame){.at = s->bytes, .bytes = (uint32_t)bytes, .file_at = (uint32_t)at,
                          .file_bytes = (uint32_t)len};
    return 0;
}

static int find_frames(struct segment *s)
{
    size_t cap = 0;
    for (size_t at = 0; at < s->archive.len;) {
        if (s->frame_count == cap) {
            cap = cap ? 2 * cap : 256;
            struct frame *more = reallocarray(s->frames, cap, sizeof *more);
            if (!more)
                return -ENOMEM;
            s->frames = more;
        }
        struct frame *f = &s->frames[s->frame_count];
        int r = s->frame_count < FRAMES_MAX ? look_at_frame(s, at, f) : SK_ERR_LIMIT;
        if (r != 0)
            return r;
        if (f->bytes > s->content_cap)
            s->content_cap = f->bytes;
        s->bytes += f->bytes;
        s->frame_count++;
        at += f->file_bytes;
    }
    return 0;
}

/* Unpack an archive whole, whatever frames it is made of: what `zstd -dc` gives. */
static int unpack_with(ZSTD_DCtx *decoder, const struct buf *archive, struct segment *s)
{
    const size_t room = SEGMENT_BYTES + 1; /* more is too much */
    ZSTD_inBuffer from = {.src = archive->data, .size = archive->len};
    s->content = malloc(room);
    if (!decoder || !s->content)
        return -ENOMEM;
    ZSTD_outBuffer to = {.dst = s->content, .size = room};
    size_t more = 1;
    if (ZSTD_isError(ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, SEGMENT_WINDOW)))
        return SK_ERR_FORMAT;
    while (!ZSTD_isError(more) && from.pos < from.size && to.pos < to.size)
        more = ZSTD_decompressStream(decoder, &to, &from);
    if (to.pos == to.size)
        return SK_ERR_LIMIT;
    if (more != 0) /* an error, or the last frame is not all there */
        return SK_ERR_FORMAT;
    char *content = realloc(s->content, to.pos + 1);
    s->content = content ? content : s->content;
    s->bytes = to.pos;
    s->whole = true;
    return 0;
}

static int unpack(const struct buf *archive, struct segment *s)
{
    ZSTD_DCtx *decoder = ZSTD_createDCtx();
    int r = unpack_with(decoder, archive, s);
    ZSTD_freeDCtx(decoder);
    return r;
}

static int open_archive(struct segment *s)
{
    int r = fd_read_all(s->fd, ARCHIVE_MAX, &s->archive);
    clean_close(&s->fd);
    s->fd = -1;
    if (r == 0)
        r = find_frames(s);
    s->decoded = s->frame_count;
    if (r != SK_ERR_FORMAT)
        return r;
    r = unpack(&s->archive, s); /* not as we write it, but perhaps one all the same */
    buf_free(&s->archive);
    return r;
}

static int segment_new(int fd, enum segment_form form, struct segment **ret)
{
    struct segment *s = calloc(1, sizeof *s);
    if (!s) {
        close(fd);
        return -ENOMEM;
    }
    *s = (struct segment){.form = form, .fd = fd};
    *ret = s;
    return 0;
}

static int open_with(int fd, enum segment_form form, struct segment **ret)
{
    struct segment *s = NULL;
    int r = segment_new(fd, form, &s);
    if (r == 0 && form == SEGMENT_ARCHIVED)
        r = open_archive(s);
    if (r != 0)
        segment_close(&s);
    else
        *ret = s;
    return r;
}

int segment_open(int dir, uint32_t number, struct segment **ret)
{
    enum segment_form form;
    int fd = open_any(dir, number, &form);
    return fd < 0 ? fd : open_with(fd, form, ret);
}

static int load(struct segment *s)
{
    autobuf struct buf archive = {0};
    int r = fd_read_all(s->fd, ARCHIVE_MAX, &archive);
    if (r != 0)
        return r;
    clean_close(&s->fd);
    s->fd = -1;
    return unpack(&archive, s);
}

int segment_open_whole(int dir, uint32_t number, struct segment **ret)
{
    enum segment_form form;
    autosegment struct segment *s = NULL;
    uint64_t bytes = 0;
    int fd = open_any(dir, number, &form), r = fd < 0 ? fd : segment_new(fd, form, &s);
    if (r == 0)
        r = form == SEGMENT_ARCHIVED ? load(s) : segment_bytes(s, &bytes);
    if (r == 0 && bytes > SEGMENT_BYTES)
        r = SK_ERR_LIMIT;
    if (r == 0)
        *ret = steal_ptr(&s);
    return r;
}

int segment_open_form(int dir, uint32_t number, enum segment_form form, struct segment **ret)
{
    int fd = open_file(dir, number, form);
    return fd < 0 ? fd : open_with(fd, form, ret);
}

void segment_close(struct segment **s)
{
    if (!*s)
        return;
    clean_close(&(*s)->fd);
    buf_free(&(*s)->archive);
    ZSTD_freeDCtx((*s)->decoder);
    free((*s)->frames);
    free((*s)->content);
    free(*s);
    *s = NULL;
}

enum segment_form segment_form_of(const struct segment *s)
{
    return s->form;
}

static int decode(struct segment *s, size_t number)
{
    const struct frame *f = &s->frames[number];
    if (s->decoded == number)
        return 0;
    if (!s->decoder) {
        s->decoder = ZSTD_createDCtx();
        s->content = malloc(s->content_cap ? s->content_cap : 1);
    }
    if (!s->decoder || !s->content)
        return -ENOMEM;
    s->decoded = s->frame_count;
    size_t n = ZSTD_decompressDCtx(s->decoder, s->content, s->content_cap,
                                   s->archive.data + f->file_at, f->file_bytes);
    if (ZSTD_isError(n) || n != f->bytes)
        return SK_ERR_FORMAT;
    s->decoded = number;
    return 0;
}

/* The first frame that ends behind offset. */
static size_t find_frame(const struct segment *s, uint64_t offset)
{
    size_t low = 0, high = s->frame_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct frame *f = &s->frames[middle];
        if (f->at + f->bytes <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

ssize_t segment_read(struct segment *s, void *data, size_t len, uint64_t offset)
{
    if (s->form != SEGMENT_ARCHIVED)
        return fd_pread_full(s->fd, data, len, offset);
    if (s->whole) {
        size_t left = offset < s->bytes ? (size_t)(s->bytes - offset) : 0, some = left < len ? left : len;
        memcpy(data, s->content + (offset < s->bytes ? offset : 0), some);
        return (ssize_t)some;
    }
    size_t done = 0;
    for (size_t i = find_frame(s, offset); done < len && i < s->frame_count; i++) {
        const struct frame *f = &s->frames[i];
        int r = decode(s, i);
        if (r != 0)
            return r;
        size_t from = (size_t)(offset + done - f->at);
        size_t n = f->bytes - from < len - done ? f->bytes - from : len - done;
        memcpy((char *)data + done, s->content + from, n);
        done += n;
    }
    return (ssize_t)done;
}

int segment_bytes(const struct segment *s, uint64_t *ret)
{
    struct stat st;
    if (s->form == SEGMENT_ARCHIVED) {
        *ret = s->bytes;
        return 0;
    }
    if (fstat(s->fd, &st) != 0)
        return -errno;
    *ret = (uint64_t)st.st_size;
    return 0;
}

/* Decode from the start of the file until data is full. */
static ssize_t archive_head(int fd, ZSTD_DCtx *decoder, char *step, void *data, size_t len)
{
    ZSTD_outBuffer to = {.dst = data, .size = len};
    if (ZSTD_isError(ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, SEGMENT_WINDOW)))
        return SK_ERR_FORMAT;
    size_t more = 1; /* of the last frame; no frame at all is no archive */
    for (uint64_t at = 0; to.pos < to.size;) {
        ssize_t n = fd_pread_full(fd, step, HEAD_STEP, at);
        if (n <= 0)
            return n < 0 ? n : more != 0 ? SK_ERR_FORMAT : (ssize_t)to.pos;
        ZSTD_inBuffer from = {.src = step, .size = (size_t)n};
        while (from.pos < from.size && to.pos < to.size)
            if (ZSTD_isError(more = ZSTD_decompressStream(decoder, &to, &from)))
                return SK_ERR_FORMAT;
        at += (uint64_t)n;
    }
    return (ssize_t)to.pos;
}

ssize_t segment_head(int dir, uint32_t number, void *data, size_t len, enum segment_form *ret_form)
{
    enum segment_form form;
    autoclose int fd = open_any(dir, number, &form);
    if (fd < 0)
        return fd;
    *ret_form = form;
    if (form != SEGMENT_ARCHIVED)
        return fd_pread_full(fd, data, len, 0);
    autofree char *step = malloc(HEAD_STEP);
    ZSTD_DCtx *decoder = ZSTD_createDCtx();
    ssize_t n = decoder && step ? archive_head(fd, decoder, step, data, len) : -ENOMEM;
    ZSTD_freeDCtx(decoder);
    return n;
}

static int compress_with(ZSTD_CCtx *encoder, const void *data, size_t len, struct buf *out)
{
    if (ZSTD_isError(ZSTD_CCtx_setParameter(encoder, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(encoder, ZSTD_c_contentSizeFlag, 1)))
        return SK_ERR_FORMAT;
    for (size_t at = 0; at < len;) {
        size_t part = len - at < SEGMENT_FRAME ? len - at : SEGMENT_FRAME;
        size_t room = ZSTD_compressBound(part);
        char *to = buf_room(out, room);
        if (!to)
            return out->err;
        size_t n = ZSTD_compress2(encoder, to, room, (const char *)data + at, part);
        if (ZSTD_isError(n))
            return -ENOMEM;
        buf_grow(out, n);
        at += part;
    }
    return 0;
}

int segment_compress(const void *data, size_t len, struct buf *out)
{
    ZSTD_CCtx *encoder = ZSTD_createCCtx();
    int r = encoder ? compress_with(encoder, data, len, out) : -ENOMEM;
    ZSTD_freeCCtx(encoder);
    return r;
}

bool segment_keeps(const struct scan_field *kind)
{
    static const char *const kinds[] = {SK_KIND_SEAL,     SK_KIND_AGENT,    SK_KIND_CLOCK,
                                        SK_KIND_REMOVAL,  SK_KIND_INCIDENT, SK_KIND_POLICY,
                                        SK_KIND_CONTRACT, SK_KIND_ATTEST};
    for (size_t i = 0; i < array_count(kinds); i++)
        if (scan_is(kind, kinds[i]))
            return true;
    return false;
}
