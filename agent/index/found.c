/* SPDX-License-Identifier: GPL-3.0-or-later */
/* found.c owns the form of a finding, in messages and in the state file. It must never lose a byte of
 * a file's name. */
#include "index/found.h"
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

#define TEXT_MAX ((size_t)2 * SK_FILE_NAME_MAX) /* bytes of a path: the place's, then the file's */

static const char *const what_names[FOUND_WHAT_COUNT] = {
    [FOUND_COPY] = "copy", [FOUND_HARD_LINK] = "hard-link", [FOUND_OUTSIDE] = "outside"};

void found_free(struct found *f)
{
    if (!f)
        return;
    free(f->area);
    free(f->file);
    free(f->of_area);
    free(f->of);
    free(f);
}

static json_t *escaped(const char *text)
{
    autobuf struct buf b = {0};
    str_escape(&b, text, strlen(text));
    return b.err ? NULL : json_string(b.data ? b.data : "");
}

json_t *found_json(const struct found *f)
{
    char hex[DIGEST_HEX_CAP];
    digest_hex(hex, f->digest);
    return json_pack("{sIsssosssososIsssIsbsisosIsb}", "n", (json_int_t)f->n, "what",
                     what_names[f->what], "area", escaped(f->area), "of-area", f->of_area, "file",
                     escaped(f->file), "of", escaped(f->of), "bytes", (json_int_t)f->bytes, "sha256",
                     hex, "uid", (json_int_t)f->uid, "by-process", f->by_process, "pid", f->pid,
                     "exe", escaped(f->comm), "at", (json_int_t)f->at_ns, "late", f->late);
}

void found_write(const struct found *f, struct buf *out)
{
    buf_put_u64(out, f->n);
    buf_put_u8(out, (uint8_t)f->what);
    const char *const texts[] = {f->area, f->file, f->of_area, f->of, f->comm};
    for (size_t i = 0; i < array_count(texts); i++)
        buf_put_str(out, texts[i], strlen(texts[i]));
    buf_put_u64(out, f->bytes);
    buf_put(out, f->digest, sizeof f->digest);
    buf_put_u32(out, f->uid);
    buf_put_u32(out, (uint32_t)f->pid);
    buf_put_u64(out, f->at_ns);
    buf_put_u8(out, (uint8_t)((f->by_process ? 1 : 0) | (f->late ? 2 : 0)));
}

static int read_text(struct cursor *c, char **ret)
{
    size_t len;
    const char *text = cursor_str(c, TEXT_MAX, &len);
    if (c->err != 0)
        return SK_ERR_FORMAT;
    *ret = strndup(text, len);
    return *ret ? 0 : -ENOMEM;
}

static int read_all(struct cursor *c, struct found *f)
{
    autofree char *comm = NULL;
    f->n = cursor_u64(c);
    uint8_t what = cursor_u8(c);
    char **const texts[] = {&f->area, &f->file, &f->of_area, &f->of, &comm};
    for (size_t i = 0; i < array_count(texts); i++) {
        int r = read_text(c, texts[i]);
        if (r != 0)
            return r;
    }
    f->bytes = cursor_u64(c);
    const void *digest = cursor_bytes(c, sizeof f->digest);
    if (digest)
        memcpy(f->digest, digest, sizeof f->digest);
    f->uid = cursor_u32(c);
    f->pid = (int)cursor_u32(c);
    f->at_ns = cursor_u64(c);
    uint8_t flags = cursor_u8(c);
    f->by_process = flags & 1;
    f->late = flags & 2;
    if (c->err != 0 || what >= FOUND_WHAT_COUNT || !comm || strlen(comm) >= sizeof f->comm)
        return SK_ERR_FORMAT;
    f->what = (enum found_what)what;
    snprintf(f->comm, sizeof f->comm, "%s", comm);
    return 0;
}

int found_read(struct cursor *c, struct found **ret)
{
    struct found *f = calloc(1, sizeof *f);
    int r = f ? read_all(c, f) : -ENOMEM;
    if (r != 0) {
        found_free(f);
        return r;
    }
    *ret = f;
    return 0;
}
