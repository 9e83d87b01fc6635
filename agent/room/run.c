/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.c owns the form of an order to a room's first process. It must never act on it. */
#include "room/run.h"
#include <errno.h>
#include <string.h>
#include <sekisho/err.h>

void run_clear(struct run *r)
{
    free(r->folder);
    words_clear(&r->command);
    words_clear(&r->environment);
    *r = (struct run){0};
}

static void put_words(struct buf *out, const struct words *w)
{
    buf_put_u32(out, (uint32_t)w->count);
    for (size_t i = 0; i < w->count; i++)
        buf_put_str(out, w->at[i], strlen(w->at[i]));
}

int run_encode(const struct run *r, struct buf *out)
{
    if (r->command.err || r->environment.err)
        return r->command.err ? r->command.err : r->environment.err;
    buf_put_u8(out, (uint8_t)r->flags);
    buf_put_str(out, r->output, strlen(r->output));
    buf_put_str(out, r->folder, strlen(r->folder));
    put_words(out, &r->command);
    put_words(out, &r->environment);
    return out->err;
}

static int take_words(struct cursor *c, struct words *w)
{
    uint32_t count = cursor_u32(c);
    if (count > WALLS_WORDS)
        return SK_ERR_LIMIT;
    for (uint32_t i = 0; i < count && !c->err && !w->err; i++) {
        size_t len;
        const char *text = cursor_str(c, RUN_WORD_MAX, &len);
        words_add(w, "%.*s", (int)len, text);
    }
    return c->err ? c->err : w->err;
}

static int take(struct cursor *c, struct run *ret)
{
    size_t len;
    ret->flags = cursor_u8(c);
    const char *text = cursor_str(c, RUN_OUTPUT_MAX, &len);
    memcpy(ret->output, text, len);
    text = cursor_str(c, RUN_WORD_MAX, &len);
    ret->folder = strndup(text, len);
    if (!ret->folder)
        return -ENOMEM;
    int r = take_words(c, &ret->command);
    if (r == 0)
        r = take_words(c, &ret->environment);
    if (r == 0)
        r = cursor_done(c);
    bool fits = (ret->flags & ~RUN_FLAGS) == 0 && ret->command.count > 0 &&
                ret->command.at[0][0] && ret->folder[0] == '/' && !strchr(ret->output, '/') &&
                ret->output[0] != '.';
    return r == 0 && !fits ? SK_ERR_FORMAT : r;
}

int run_decode(const void *payload, size_t len, struct run *ret)
{
    struct cursor c;
    cursor_init(&c, payload, len);
    *ret = (struct run){0};
    int r = take(&c, ret);
    if (r != 0)
        run_clear(ret);
    return r;
}
