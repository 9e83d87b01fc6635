/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paths.c owns the walk over what a person named. It must never follow a symbolic link below a
 * folder, nor open content: that is control's and the exporter's to do. */
#include "client/paths.h"
#include <dirent.h>
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/phrase.h"
#include "base/str.h"
#include "record/record.h"

#define DEPTH_MAX 64 /* folders below each other */

static int refuse_kind(const char *path, mode_t mode, struct fault *f)
{
    const char *kind = S_ISLNK(mode)    ? N_("a symbolic link")
                       : S_ISFIFO(mode) ? N_("a pipe")
                       : S_ISSOCK(mode) ? N_("a socket")
                                        : N_("a device");
    autobuf struct buf shown = {0};
    return fault_set(f, SK_ERR_REFUSED, "%s is %s; only regular files are taken",
                     fault_shown(&shown, path), PHRASE_OF(kind));
}

static bool listed(const json_t *paths, const char *escaped)
{
    for (size_t i = 0; i < json_array_size(paths); i++)
        if (str_eq(json_string_value(json_array_get(paths, i)), escaped))
            return true;
    return false;
}

static int add(json_t *paths, const char *path, struct fault *f)
{
    autobuf struct buf escaped = {0};
    str_escape(&escaped, path, strlen(path));
    if (escaped.err)
        return fault_path(f, path, escaped.err);
    if (listed(paths, escaped.data))
        return 0;
    if (json_array_size(paths) == SK_CASE_FILES_MAX)
        return fault_set(f, SK_ERR_REFUSED, "more than %d files; pack them into one archive first",
                         SK_CASE_FILES_MAX);
    return json_array_append_new(paths, json_string(escaped.data)) == 0
               ? 0
               : fault_path(f, path, -ENOMEM);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int walk(json_t *paths, const char *path, unsigned depth, struct fault *f);

static int walk_folder(json_t *paths, const char *path, unsigned depth, struct fault *f)
{
    struct dirent **entries;
    autobuf struct buf shown = {0};
    if (depth == DEPTH_MAX)
        return fault_set(f, SK_ERR_REFUSED, "%s lies more than %d folders deep",
                         fault_shown(&shown, path), DEPTH_MAX);
    int count = scandir(path, &entries, no_dots, by_bytes);
    if (count < 0)
        return fault_path(f, path, -errno);
    int r = 0;
    for (int i = 0; i < count; i++) {
        autobuf struct buf below = {0};
        buf_printf(&below, "%s/%s", path, entries[i]->d_name);
        free(entries[i]);
        if (r == 0)
            r = below.err ? fault_path(f, path, below.err) : walk(paths, below.data, depth + 1, f);
    }
    free(entries);
    return r;
}

/* Folders of root's own at the top of an area: nobody's data, and nobody else can read them. */
static bool is_roots(const char *path, const struct stat *st)
{
    static const char *const names[] = {".sekisho", "lost+found"};
    const char *slash = strrchr(path, '/');
    for (size_t i = 0; slash && st->st_uid == 0 && i < array_count(names); i++)
        if (str_eq(slash + 1, names[i]))
            return true;
    return false;
}

static int walk(json_t *paths, const char *path, unsigned depth, struct fault *f)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return fault_path(f, path, -errno);
    if (S_ISDIR(st.st_mode))
        return depth > 0 && is_roots(path, &st) ? 0 : walk_folder(paths, path, depth, f);
    return S_ISREG(st.st_mode) ? add(paths, path, f) : refuse_kind(path, st.st_mode, f);
}

int paths_walk(json_t *paths, const char *word, struct fault *f)
{
    struct stat st;
    if (lstat(word, &st) != 0)
        return fault_path(f, word, -errno);
    if (S_ISLNK(st.st_mode))
        return refuse_kind(word, st.st_mode, f);
    autofree char *real = realpath(word, NULL);
    return real ? walk(paths, real, 0, f) : fault_path(f, word, -errno);
}

static bool is_clean(const char *path)
{
    for (; *path; path += strcspn(path, "/"), path += *path == '/') {
        size_t len = strcspn(path, "/");
        if (len == 0 || (len <= 2 && strncmp(path, "..", len) == 0))
            return false;
    }
    return true;
}

bool paths_in_rooms(json_t *paths, const char *word, const json_t *areas, struct fault *f)
{
    struct stat st;
    const json_t *row;
    size_t i;
    if (lstat(word, &st) == 0)
        return false;
    json_array_foreach(areas, i, row)
    {
        autobuf struct buf mount = {0};
        const char *escaped = record_text(row, "mount");
        if (!str_eq(record_text(row, "gate"), "room") ||
            str_unescape(&mount, escaped, strlen(escaped)) != 0 || mount.err || mount.len == 0)
            continue;
        if (str_starts(word, mount.data) && word[mount.len] == '/' && word[mount.len + 1] &&
            is_clean(word + mount.len + 1))
            return add(paths, word, f) == 0;
    }
    return false;
}
