/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium_files.c owns the walk over a medium's files. It must never follow a link, open what is no regular file, leave
 * the file system, or go on without end; all names are told before anything is read. */
#include "device/medium_files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include "base/digest.h"
#include "base/fdio.h"
#include "base/str.h"
#include "device/identity.h"
#include "device/place.h"
#include "record/record.h"
#include "record/turn.h"

#define CHUNK       ((size_t)256 * 1024) /* bytes read at a time */
#define KEPT_FOLDER "lost+found" /* ext2 to 4 make it */
#define WINDOWS_FOLDER "System Volume Information/"

/* What other systems write onto each medium that is plugged in there, as long as it is no longer than this. */
static const struct {
    const char *name;
    off_t bytes_max;
} systems_own[] = {{"IndexerVolumeGuid", 76}, {"WPSettings.dat", 12}};

struct entry {
    char *name, *path; /* escaped; raw, of files only */
    const char *kind;
    uint64_t bytes;
    bool expected; /* it is as long as what is expected by this name */
    char sha256[DIGEST_HEX_CAP];
};

struct walk {
    struct entry *list;
    size_t count, names; /* bytes of names */
    uint64_t seen, read, unexpected; /* entries; bytes of all, and of files that nobody expects */
    bool more;
    const json_t *first;
    struct digest *digest;
    uint8_t *chunk;
    const struct medium_files_calls *calls;
};

static void walk_clear(struct walk *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->list[i].name);
        free(w->list[i].path);
    }
    free(w->list);
    free(w->chunk);
    digest_free(&w->digest);
}

/* What is not listed is counted. 0 or -ENOMEM. */
static int add(struct walk *w, const char *path, const char *kind)
{
    autobuf struct buf name = {0};
    str_escape(&name, path, strlen(path));
    if (name.err)
        return name.err;
    if (w->count == MEDIUM_FILES_MAX || w->names + name.len > MEDIUM_FILES_NAMES_MAX) {
        w->more = true;
        return 0;
    }
    struct entry *e = &w->list[w->count];
    *e = (struct entry){.kind = kind};
    w->names += name.len;
    e->name = buf_steal(&name);
    w->count += e->name != NULL;
    return e->name ? 0 : -ENOMEM;
}

/* A regular file. wanted: how long it should be, negative = nobody expects it. */
static int add_file(struct walk *w, const char *path, const struct stat *st, int64_t wanted)
{
    size_t before = w->count;
    int r = add(w, path, "file");
    if (r != 0 || w->count == before)
        return r;
    struct entry *e = &w->list[before];
    e->bytes = (uint64_t)st->st_size;
    e->expected = wanted >= 0 && e->bytes == (uint64_t)wanted;
    e->path = strdup(path);
    return e->path ? 0 : -ENOMEM;
}

static bool is_expected(const struct walk *w, const char *path)
{
    for (size_t i = 0; i < json_array_size(w->first); i++)
        if (str_eq(record_text(json_array_get(w->first, i), "name"), path))
            return true;
    return false;
}

static bool is_systems_own(const char *path, const struct stat *st)
{
    const char *name = str_starts(path, WINDOWS_FOLDER) ? path + strlen(WINDOWS_FOLDER) : "";
    for (size_t i = 0; i < array_count(systems_own); i++)
        if (str_eq(systems_own[i].name, name))
            return st->st_size <= systems_own[i].bytes_max;
    return false;
}

/* What exports onto it leave there beside themselves; another file under such a name is a stranger's. An empty one
 * is made before the first turn. */
static bool is_turn(int dir_fd, const char *name)
{
    autobuf struct buf text = {0};
    return turn_is_name(name) && file_read_plain(dir_fd, name, TURN_LEN, &text) == 0 &&
           (text.len == 0 || turn_is(text.data ? text.data : "", text.len));
}

static int walk_folder(struct walk *w, int parent_fd, const char *name, const char *path, unsigned depth);

/* One name in a folder. */
static int walk_one(struct walk *w, int dir_fd, const char *name, const char *path, unsigned depth)
{
    struct stat st;
    if (depth == 0 && (str_eq(name, IDENTITY_NAME) || is_turn(dir_fd, name)))
        return 0;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return add(w, path, "unreadable");
    if (S_ISDIR(st.st_mode))
        return walk_folder(w, dir_fd, name, path, depth + 1);
    if (S_ISLNK(st.st_mode))
        return add(w, path, "link");
    if (!S_ISREG(st.st_mode))
        return add(w, path, "other");
    if ((depth == 0 && is_expected(w, path)) || is_systems_own(path, &st))
        return 0; /* it is listed already */
    return add_file(w, path, &st, -1);
}

static int walk_entries(struct walk *w, DIR *dir, const char *path, unsigned depth, bool *ret_empty)
{
    int r = 0;
    *ret_empty = true;
    errno = 0;
    for (struct dirent *e; r == 0 && (e = readdir(dir)); errno = 0) {
        autobuf struct buf below = {0};
        if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
            continue;
        *ret_empty = false;
        if (++w->seen > MEDIUM_FILES_SEEN_MAX) {
            w->more = true;
            return 0;
        }
        buf_printf(&below, "%s%s%s", path, *path ? "/" : "", e->d_name);
        r = below.err ? below.err : walk_one(w, dirfd(dir), e->d_name, below.data, depth);
    }
    return r == 0 && errno != 0 ? add(w, path, "unreadable") : r;
}

static int walk_folder(struct walk *w, int parent_fd, const char *name, const char *path, unsigned depth)
{
    bool empty;
    if (depth > MEDIUM_FILES_DEPTH_MAX) {
        w->more = true;
        return add(w, path, "folder");
    }
    int fd = place_open_below(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return add(w, path, "unreadable");
    }
    int r = walk_entries(w, dir, path, depth, &empty);
    bool kept = depth == 0 || (depth == 1 && str_eq(name, KEPT_FOLDER));
    return r == 0 && empty && !kept ? add(w, path, "folder") : r;
}

/* Before all others, so that many others can't hide them. */
static int list_first(struct walk *w, int top_fd)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_array_size(w->first); i++) {
        const json_t *one = json_array_get(w->first, i);
        const char *name = record_text(one, "name");
        struct stat st;
        if (!*name || strchr(name, '/') || fstatat(top_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue; /* gone; or something else by that name, which the walk lists */
        r = add_file(w, name, &st, json_object_get(one, "bytes") ? record_number(one, "bytes") : -1);
    }
    return r;
}

/* --- reading ------------------------------------------------------------------------------------ */

/* 1: all of it, as long as it was when it was listed; 0: it can't be read, or has grown. Negative: no digest can be made. */
static int hash(struct walk *w, int fd, struct entry *e)
{
    uint8_t digest[DIGEST_LEN];
    uint64_t done = 0;
    ssize_t n = 1;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* what this PC has just written is read back from the medium */
    while (n > 0 && done <= e->bytes) {
        n = read(fd, w->chunk, CHUNK);
        if (n < 0 && errno == EINTR) {
            n = 1;
            continue;
        }
        int r = n > 0 ? digest_add(w->digest, w->chunk, (size_t)n) : 0;
        if (r != 0)
            return r;
        done += n > 0 ? (uint64_t)n : 0;
        w->calls->tell(w->calls->context, w->read + done);
    }
    w->read += done;
    w->unexpected += e->expected ? 0 : done;
    int r = digest_end(w->digest, digest);
    if (r != 0 || n != 0 || done != e->bytes)
        return r;
    digest_hex(e->sha256, digest);
    return 1;
}

/* What it is by now counts. */
static int read_one(struct walk *w, int top_fd, struct entry *e)
{
    struct stat st;
    if (!e->expected && e->bytes > MEDIUM_FILES_HASH_MAX - w->unexpected) {
        w->more = true;
        return 0;
    }
    autoclose int fd = place_open_below(top_fd, e->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);
    bool opened = fd >= 0 && fstat(fd, &st) == 0;
    if (opened && !S_ISREG(st.st_mode)) {
        e->kind = "other";
        return 0;
    }
    int r = opened ? hash(w, fd, e) : 0;
    e->kind = r == 0 ? "unreadable" : e->kind;
    return r < 0 ? r : 0;
}

/* What is expected first. What is too long for what may be read of others stays unread. */
static int read_all(struct walk *w, int top_fd)
{
    static const bool turns[] = {true, false};
    int r = 0;
    for (size_t k = 0; k < array_count(turns); k++)
        for (size_t i = 0; r == 0 && i < w->count; i++)
            if (w->list[i].path && w->list[i].expected == turns[k])
                r = read_one(w, top_fd, &w->list[i]);
    return r;
}

/* --- the answer --------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int state_of(const struct walk *w, char ret[static DIGEST_HEX_CAP])
{
    uint8_t digest[DIGEST_LEN];
    int r = 0;
    for (size_t i = 0; r == 0 && i < w->count; i++) {
        const struct entry *e = &w->list[i];
        const char *const texts[] = {e->kind, e->sha256, e->name};
        r = digest_add(w->digest, &e->bytes, sizeof e->bytes);
        for (size_t k = 0; r == 0 && k < array_count(texts); k++)
            r = digest_add(w->digest, texts[k], strlen(texts[k]) + 1);
    }
    if (r == 0 && w->more)
        r = digest_add(w->digest, &w->seen, sizeof w->seen);
    if (r == 0)
        r = digest_end(w->digest, digest);
    digest_hex(ret, digest);
    return r;
}

static json_t *files_of(const struct walk *w)
{
    json_t *files = json_array();
    for (size_t i = 0; files && i < w->count; i++) {
        const struct entry *e = &w->list[i];
        json_array_append_new(files, json_pack("{ss ss sI ss}", "name", e->name, "kind", e->kind, "bytes",
                                               (json_int_t)e->bytes, "sha256", e->sha256));
    }
    return files;
}

static void tell_listed(const struct walk *w)
{
    autojson json_t *listed = json_pack("{so sI sb sb}", "files", files_of(w), "count", (json_int_t)w->seen, "more",
                                        w->more ? 1 : 0, "unread", 1);
    if (listed)
        w->calls->listed(w->calls->context, listed);
}

static json_t *answer_of(const struct walk *w, const char *state)
{
    return json_pack("{so sI sb ss}", "files", files_of(w), "count", (json_int_t)w->seen, "more", w->more ? 1 : 0, "state",
                     state);
}

static int look(struct walk *w, int top_fd, char state[static DIGEST_HEX_CAP])
{
    int r = list_first(w, top_fd);
    if (r == 0)
        r = walk_folder(w, top_fd, ".", "", 0);
    if (r == 0)
        tell_listed(w);
    if (r == 0)
        r = read_all(w, top_fd);
    if (r != 0)
        return r;
    qsort(w->list, w->count, sizeof *w->list, by_name);
    return state_of(w, state);
}

int medium_files_list(int top_fd, const json_t *first, const struct medium_files_calls *calls, json_t **ret,
                      struct fault *f)
{
    char state[DIGEST_HEX_CAP] = "";
    struct walk w = {.list = calloc(MEDIUM_FILES_MAX, sizeof *w.list), .chunk = malloc(CHUNK), .first = first,
                     .calls = calls};
    int r = w.list && w.chunk ? digest_new(&w.digest) : -ENOMEM;
    if (r == 0)
        r = look(&w, top_fd, state);
    json_t *answer = r == 0 ? answer_of(&w, state) : NULL;
    walk_clear(&w);
    if (!answer)
        return fault_set(f, r != 0 ? r : -ENOMEM, "the medium's files can't be listed");
    *ret = answer;
    return 0;
}
