/* SPDX-License-Identifier: GPL-3.0-or-later */
/* buf.c owns growable buffers and the bounds-checked cursor. It must never read or write outside
 * [data, data + len), and never abort: a failed allocation is an error code. */
#include "base/buf.h"
#include <endian.h>
#include <errno.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>

#define BUF_FIRST_CAP 256 /* bytes */

char *buf_room(struct buf *b, size_t len)
{
    if (b->err)
        return NULL;
    if (len >= BUF_MAX || b->len + len + 1 > BUF_MAX) {
        b->err = SK_ERR_LIMIT;
        return NULL;
    }
    size_t need = b->len + len + 1;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : BUF_FIRST_CAP;
        while (cap < need)
            cap *= 2;
        /* not realloc: the old bytes may be secret and must be wiped */
        char *data = malloc(cap);
        if (!data) {
            b->err = -ENOMEM;
            return NULL;
        }
        if (b->data) {
            memcpy(data, b->data, b->len);
            sodium_memzero(b->data, b->cap);
            free(b->data);
        }
        b->data = data;
        b->cap = cap;
    }
    return b->data + b->len;
}

void buf_grow(struct buf *b, size_t len)
{
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_put(struct buf *b, const void *data, size_t len)
{
    char *room = buf_room(b, len);
    if (!room)
        return;
    if (len)
        memcpy(room, data, len);
    buf_grow(b, len);
}

void buf_puts(struct buf *b, const char *text)
{
    buf_put(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *format, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, format, ap);
    char *room = len < 0 ? NULL : buf_room(b, (size_t)len);
    if (room) {
        vsnprintf(room, (size_t)len + 1, format, again);
        buf_grow(b, (size_t)len);
    } else if (!b->err) {
        b->err = SK_ERR_FORMAT;
    }
    va_end(again);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    buf_vprintf(b, format, ap);
    va_end(ap);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->err = 0;
    if (b->data)
        b->data[0] = '\0';
}

void buf_free(struct buf *b)
{
    if (!b)
        return;
    if (b->data) {
        sodium_memzero(b->data, b->cap);
        free(b->data);
    }
    *b = (struct buf){0};
}

char *buf_steal(struct buf *b)
{
    buf_put(b, "", 0);
    if (b->err) {
        buf_free(b);
        return NULL;
    }
    char *data = b->data;
    *b = (struct buf){0};
    return data;
}

void buf_put_u8(struct buf *b, uint8_t v)
{
    buf_put(b, &v, sizeof v);
}

void buf_put_u16(struct buf *b, uint16_t v)
{
    v = htole16(v);
    buf_put(b, &v, sizeof v);
}

void buf_put_u32(struct buf *b, uint32_t v)
{
    v = htole32(v);
    buf_put(b, &v, sizeof v);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
    v = htole64(v);
    buf_put(b, &v, sizeof v);
}

void buf_put_str(struct buf *b, const char *s, size_t len)
{
    if (len > UINT32_MAX) {
        b->err = SK_ERR_LIMIT;
        return;
    }
    buf_put_u32(b, (uint32_t)len);
    buf_put(b, s, len);
}

void cursor_init(struct cursor *c, const void *data, size_t len)
{
    *c = (struct cursor){.at = data, .left = len};
}

const void *cursor_bytes(struct cursor *c, size_t len)
{
    if (c->err || len > c->left) {
        c->err = SK_ERR_FORMAT;
        return NULL;
    }
    const void *at = c->at;
    c->at += len;
    c->left -= len;
    return at;
}

#define CURSOR_INT(name, type, swap)                                                               \
    type name(struct cursor *c)                                                                    \
    {                                                                                              \
        type v = 0;                                                                                \
        const void *at = cursor_bytes(c, sizeof v);                                                \
        if (at)                                                                                    \
            memcpy(&v, at, sizeof v);                                                              \
        return swap(v);                                                                            \
    }
#define SAME(v) (v)
CURSOR_INT(cursor_u8, uint8_t, SAME)
CURSOR_INT(cursor_u16, uint16_t, le16toh)
CURSOR_INT(cursor_u32, uint32_t, le32toh)
CURSOR_INT(cursor_u64, uint64_t, le64toh)
CURSOR_INT(cursor_be16, uint16_t, be16toh)
CURSOR_INT(cursor_be32, uint32_t, be32toh)

uint32_t cursor_be24(struct cursor *c)
{
    uint32_t high = cursor_u8(c);
    uint16_t low = cursor_be16(c);
    return c->err == 0 ? high << 16 | low : 0;
}

const char *cursor_str(struct cursor *c, size_t max, size_t *ret_len)
{
    size_t len = cursor_u32(c);
    if (len > max)
        c->err = SK_ERR_FORMAT;
    const char *s = cursor_bytes(c, len);
    if (s && len && memchr(s, '\0', len)) {
        c->err = SK_ERR_FORMAT;
        s = NULL;
    }
    *ret_len = s ? len : 0;
    return s ? s : "";
}

bool cursor_line(struct cursor *c, const char **ret_line, size_t *ret_len)
{
    if (c->err || c->left == 0)
        return false;
    const unsigned char *end = memchr(c->at, '\n', c->left);
    size_t len = end ? (size_t)(end - c->at) : c->left;
    *ret_line = (const char *)c->at;
    *ret_len = len;
    cursor_bytes(c, end ? len + 1 : len);
    return true;
}

int cursor_done(const struct cursor *c)
{
    return c->err || c->left ? SK_ERR_FORMAT : 0;
}
