/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state.c owns the log that survives the process. It must never leave a log that says something which
 * was not so, and never give up its old one before the new one is on the disk. */
#include "index/state.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/str.h"

#define HEAD       "sekisho-index 1\n"
#define HEAD_LEN   (sizeof HEAD - 1)
#define CHECK_LEN  4                      /* bytes of the digest of an entry's body */
#define NAMES_MAX  256                    /* of one file */
#define NAME_MAX_LEN 255
#define LONG_BYTES ((uint64_t)1 << 20)    /* a shorter log is never written anew */
#define WAITING_MAX ((size_t)16 << 20)    /* bytes kept while nothing can be written */

enum entry { ENTRY_FILE = 1, ENTRY_GONE, ENTRY_FOUND, ENTRY_SCANNED, ENTRY_NUMBER, ENTRY_TOLD };
enum { FLAG_DIGESTED = 1, FLAG_RECORDED = 2, FLAG_FOUND = 4 };

/* ---- writing ---- */

static void put_handle(struct buf *b, const struct handle *h)
{
    buf_put_u32(b, h->len);
    buf_put_u32(b, (uint32_t)h->type);
    buf_put(b, h->bytes, h->len);
}

static void add_entry(struct state *s, const struct buf *body)
{
    uint8_t sum[DIGEST_LEN];
    if (body->err != 0 || body->len > STATE_ENTRY_MAX || s->waiting.len > WAITING_MAX ||
        digest_of(body->data, body->len, sum) != 0) {
        s->error = body->err ? body->err : SK_ERR_LIMIT;
        s->lacks = true; /* until all is written anew */
        return;
    }
    buf_put_u32(&s->waiting, (uint32_t)body->len);
    buf_put(&s->waiting, sum, CHECK_LEN);
    buf_put(&s->waiting, body->data, body->len);
    s->entries++;
}

void state_put(struct state *s, const struct state_file *f, const struct found *found)
{
    autobuf struct buf b = {0};
    buf_put_u8(&b, ENTRY_FILE);
    buf_put_u8(&b, (uint8_t)((f->digested ? FLAG_DIGESTED : 0) | (f->recorded ? FLAG_RECORDED : 0) |
                             (found ? FLAG_FOUND : 0)));
    put_handle(&b, &f->handle);
    buf_put_u64(&b, f->size);
    buf_put_u64(&b, (uint64_t)f->mtime_ns);
    buf_put_u64(&b, (uint64_t)f->ctime_ns);
    buf_put(&b, f->digest, DIGEST_LEN);
    buf_put_u32(&b, f->plain_names);
    buf_put_u32(&b, (uint32_t)f->name_count);
    for (size_t i = 0; i < f->name_count; i++) {
        put_handle(&b, &f->names[i].folder);
        buf_put_str(&b, f->names[i].text, f->names[i].len);
    }
    if (found)
        found_write(found, &b);
    add_entry(s, &b);
}

void state_gone(struct state *s, const struct handle *h)
{
    autobuf struct buf b = {0};
    buf_put_u8(&b, ENTRY_GONE);
    put_handle(&b, h);
    add_entry(s, &b);
    s->dead += 2;
}

void state_found(struct state *s, const struct found *found)
{
    autobuf struct buf b = {0};
    buf_put_u8(&b, ENTRY_FOUND);
    found_write(found, &b);
    add_entry(s, &b);
}

void state_scanned(struct state *s)
{
    autobuf struct buf b = {0};
    buf_put_u8(&b, ENTRY_SCANNED);
    add_entry(s, &b);
}

void state_number(struct state *s, uint64_t n)
{
    autobuf struct buf b = {0};
    buf_put_u8(&b, ENTRY_NUMBER);
    buf_put_u64(&b, n);
    add_entry(s, &b);
}

void state_told(struct state *s, uint64_t n)
{
    autobuf struct buf b = {0};
    buf_put_u8(&b, ENTRY_TOLD);
    buf_put_u64(&b, n);
    add_entry(s, &b);
    s->dead++;
}

int state_flush(struct state *s, bool sync)
{
    if (s->fd < 0)
        return SK_ERR_STATE;
    if (s->waiting.len > 0) {
        int r = s->waiting.err;
        if (r == 0)
            r = fd_pwrite_full(s->fd, s->waiting.data, s->waiting.len, s->bytes);
        if (r != 0) {
            /* half an entry would hide what comes after it */
            (void)!ftruncate(s->fd, (off_t)s->bytes);
            s->error = r;
            return r;
        }
        s->bytes += s->waiting.len;
        s->unsynced = true;
        s->error = 0;
        buf_reset(&s->waiting);
    }
    if (s->lacks && s->error == 0)
        s->error = SK_ERR_LIMIT;
    if (sync && s->unsynced) {
        if (fdatasync(s->fd) != 0) {
            s->error = -errno;
            return s->error;
        }
        s->unsynced = false;
    }
    return 0;
}

/* ---- reading ---- */

static int read_names(struct cursor *c, struct state_file *f, struct state_name *names)
{
    uint32_t count = cursor_u32(c);
    if (count > NAMES_MAX)
        return SK_ERR_FORMAT;
    for (uint32_t i = 0; i < count; i++) {
        int r = handle_read(c, &names[i].folder);
        if (r != 0)
            return SK_ERR_FORMAT;
        names[i].text = cursor_str(c, NAME_MAX_LEN, &names[i].len);
        if (c->err != 0 || names[i].len == 0 || memchr(names[i].text, '/', names[i].len))
            return SK_ERR_FORMAT;
    }
    f->names = names;
    f->name_count = count;
    return 0;
}

static int read_file(struct cursor *c, const struct state_reader *reader)
{
    autofree struct state_name *names = calloc(NAMES_MAX, sizeof *names);
    struct state_file f = {0};
    struct found *found = NULL;
    if (!names)
        return -ENOMEM;
    uint8_t flags = cursor_u8(c);
    f.digested = flags & FLAG_DIGESTED;
    f.recorded = flags & FLAG_RECORDED;
    if (handle_read(c, &f.handle) != 0)
        return SK_ERR_FORMAT;
    f.size = cursor_u64(c);
    f.mtime_ns = (int64_t)cursor_u64(c);
    f.ctime_ns = (int64_t)cursor_u64(c);
    const void *digest = cursor_bytes(c, DIGEST_LEN);
    if (!digest)
        return SK_ERR_FORMAT;
    memcpy(f.digest, digest, DIGEST_LEN);
    f.plain_names = cursor_u32(c);
    int r = read_names(c, &f, names);
    if (r == 0 && (flags & FLAG_FOUND))
        r = found_read(c, &found);
    if (r == 0 && cursor_done(c) != 0)
        r = SK_ERR_FORMAT;
    if (r == 0 && reader->file)
        r = reader->file(reader->context, &f);
    if (r == 0 && found && reader->found)
        r = reader->found(reader->context, steal_ptr(&found));
    found_free(found);
    return r;
}

static int read_entry(struct cursor *c, const struct state_reader *reader)
{
    struct handle h;
    struct found *found = NULL;
    uint64_t n;
    int r = 0;
    switch (cursor_u8(c)) {
    case ENTRY_FILE:
        return read_file(c, reader);
    case ENTRY_GONE:
        if (handle_read(c, &h) != 0 || cursor_done(c) != 0)
            return SK_ERR_FORMAT;
        return reader->gone ? reader->gone(reader->context, &h) : 0;
    case ENTRY_FOUND:
        r = found_read(c, &found);
        if (r == 0 && cursor_done(c) != 0)
            r = SK_ERR_FORMAT;
        if (r == 0 && reader->found)
            r = reader->found(reader->context, steal_ptr(&found));
        found_free(found);
        return r;
    case ENTRY_SCANNED:
        if (cursor_done(c) == 0 && reader->scanned)
            reader->scanned(reader->context);
        return cursor_done(c);
    case ENTRY_NUMBER:
        n = cursor_u64(c);
        if (cursor_done(c) == 0 && reader->number)
            reader->number(reader->context, n);
        return cursor_done(c);
    case ENTRY_TOLD:
        n = cursor_u64(c);
        if (cursor_done(c) == 0 && reader->told)
            reader->told(reader->context, n);
        return cursor_done(c);
    default:
        return SK_ERR_FORMAT;
    }
}

int state_read(const void *bytes, size_t len, const struct state_reader *reader, size_t *ret_sound,
               uint64_t *ret_entries)
{
    struct cursor c;
    size_t sound = 0;
    uint64_t entries = 0;
    int r = 0;
    cursor_init(&c, bytes, len);
    const void *head = cursor_bytes(&c, HEAD_LEN);
    if (head && memcmp(head, HEAD, HEAD_LEN) == 0) {
        sound = HEAD_LEN;
        while (c.left > 0) {
            uint8_t sum[DIGEST_LEN];
            struct cursor body;
            uint32_t size = cursor_u32(&c);
            const void *check = cursor_bytes(&c, CHECK_LEN);
            const void *text = size <= STATE_ENTRY_MAX ? cursor_bytes(&c, size) : NULL;
            if (!check || !text || digest_of(text, size, sum) != 0 ||
                memcmp(sum, check, CHECK_LEN) != 0)
                break;
            cursor_init(&body, text, size);
            r = read_entry(&body, reader);
            if (r != 0)
                break;
            sound += 4 + CHECK_LEN + size;
            entries++;
        }
    }
    *ret_sound = sound;
    *ret_entries = entries;
    return r == SK_ERR_FORMAT ? 0 : r;
}

/* ---- the file ---- */

void state_name_of(bool area, const char *id, char ret[static 128])
{
    uint8_t sum[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP] = "";
    if (area) {
        snprintf(ret, 128, "%s.area", id);
        return;
    }
    if (digest_of(id, strlen(id), sum) == 0)
        digest_hex(hex, sum);
    snprintf(ret, 128, "%.32s.place", hex);
}

static int open_in_folder(const char *name, int flags)
{
    char path[SK_PATH_CAP + 160];
    snprintf(path, sizeof path, "%s/%s", sk_path(SK_PATH_INDEX), name);
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    return fd < 0 ? -errno : fd;
}

static int read_back(struct state *s, const struct state_reader *reader)
{
    struct stat st;
    size_t sound = 0;
    if (fstat(s->fd, &st) != 0)
        return -errno;
    if (st.st_size > 0) {
        if ((uint64_t)st.st_size > STATE_LOG_MAX)
            return SK_ERR_LIMIT;
        size_t len = (size_t)st.st_size;
        autofree char *bytes = malloc(len);
        if (!bytes)
            return -ENOMEM;
        ssize_t n = fd_pread_full(s->fd, bytes, len, 0);
        if (n < 0)
            return (int)n;
        int r = state_read(bytes, (size_t)n, reader, &sound, &s->entries);
        if (r != 0)
            return r;
    }
    s->bytes = sound;
    if (ftruncate(s->fd, (off_t)sound) != 0)
        return -errno;
    if (sound == 0)
        buf_put(&s->waiting, HEAD, HEAD_LEN);
    return state_flush(s, false);
}

int state_open(struct state *s, const char *name, const struct state_reader *reader)
{
    snprintf(s->name, sizeof s->name, "%s", name);
    s->fd = open_in_folder(name, O_CREAT);
    if (s->fd < 0)
        return s->fd;
    int r = read_back(s, reader);
    if (r != 0)
        clean_close(&s->fd);
    return r;
}

void state_close(struct state *s)
{
    if (s->fd >= 0) {
        (void)!state_flush(s, false);
        close(s->fd);
    }
    buf_free(&s->waiting);
    *s = (struct state)STATE_NONE;
}

bool state_is_long(const struct state *s)
{
    return s->fd >= 0 && ((s->lacks && s->dead > 0) || (s->bytes > LONG_BYTES && s->dead > s->entries / 2));
}

int state_renew_begin(const struct state *s, struct state *ret_new)
{
    *ret_new = (struct state)STATE_NONE;
    snprintf(ret_new->name, sizeof ret_new->name, "%.120s.new", s->name);
    ret_new->fd = open_in_folder(ret_new->name, O_CREAT | O_TRUNC);
    if (ret_new->fd < 0)
        return ret_new->fd;
    buf_put(&ret_new->waiting, HEAD, HEAD_LEN);
    return 0;
}

int state_renew_end(struct state *s, struct state *fresh)
{
    char from[SK_PATH_CAP + 160], to[SK_PATH_CAP + 160];
    snprintf(from, sizeof from, "%s/%s", sk_path(SK_PATH_INDEX), fresh->name);
    snprintf(to, sizeof to, "%s/%s", sk_path(SK_PATH_INDEX), s->name);
    int r = fresh->error ? fresh->error : state_flush(fresh, true);
    if (r == 0 && rename(from, to) != 0)
        r = -errno;
    if (r == 0)
        r = dir_sync_of(AT_FDCWD, to);
    if (r != 0) {
        unlink(from);
        state_close(fresh);
        return r;
    }
    memcpy(fresh->name, s->name, sizeof fresh->name);
    /* what still waited in the old one is in the new one already */
    buf_reset(&s->waiting);
    state_close(s);
    *s = *fresh;
    *fresh = (struct state)STATE_NONE;
    return 0;
}
