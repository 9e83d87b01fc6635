/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A byte buffer that grows to a limit, and a cursor that reads within bounds.
 * Both carry their first error with them, so that a run of calls needs one check at its end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

/* Hard maximum of any buffer, bytes. */
#define BUF_MAX ((size_t)64 * 1024 * 1024)

/* Zero-initialise ({0}) before use. data is NUL-terminated after each successful append (the NUL is
 * not counted in len), so it may be read as a string. Fields are read-only for callers. */
struct buf {
    char *data;
    size_t len; /* bytes in use */
    size_t cap; /* bytes allocated */
    int err;    /* 0, or the first failure: -ENOMEM or SK_ERR_LIMIT */
};

/* Append; on failure nothing is appended and b->err is set. */
void buf_put(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) SK_PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *format, va_list ap) SK_PRINTF(2, 0);

/* Room for len more bytes at the returned place (NULL on failure); they count only after buf_grow. */
char *buf_room(struct buf *b, size_t len);
void buf_grow(struct buf *b, size_t len);

/* Forget the content and the error, keep the memory. */
void buf_reset(struct buf *b);

/* Wipe and free; b is {0} afterwards. NULL is fine. */
void buf_free(struct buf *b);

/* The content as a string that the caller frees, b is {0} afterwards; NULL when b->err is set. */
char *buf_steal(struct buf *b);

#define autobuf __attribute__((cleanup(buf_free)))

/* Little-endian integers and length-prefixed strings, as the wire uses them. */
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_str(struct buf *b, const char *s, size_t len);

/* A reader over bytes that it does not own. After the first failed read err is set and every
 * further read returns zeros or empty. */
struct cursor {
    const unsigned char *at;
    size_t left; /* bytes */
    int err;     /* 0 or SK_ERR_FORMAT */
};

void cursor_init(struct cursor *c, const void *data, size_t len);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
/* As networks have them: the highest byte first. */
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be24(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
/* len bytes, or NULL; the pointer lives as long as the bytes under the cursor. */
const void *cursor_bytes(struct cursor *c, size_t len);
/* A u32 length and that many bytes, without NUL inside; *ret_len excludes any terminator (there is
 * none). "" with length 0 on failure. */
const char *cursor_str(struct cursor *c, size_t max, size_t *ret_len);
/* The next line without its '\n'; the last line may lack one. False at the end. */
bool cursor_line(struct cursor *c, const char **ret_line, size_t *ret_len);
/* 0 when all was read without error, else SK_ERR_FORMAT. */
int cursor_done(const struct cursor *c);

#endif
