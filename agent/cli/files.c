/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.c owns the walk over what a person named. It must never follow a symbolic link below a
 * folder, nor open content: that is control's and the exporter's to do. */
#include "cli/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/str.h"
#include "record/record.h"

#define DEPTH_MAX 64 /* folders below each other */

static int failed(const char *path, int error)
{
    return cli_error(CLI_FAILED, "%s: %s", path, gettext(sk_strerror(error)));
}

static int refuse_kind(const char *path, mode_t mode)
{
    const char *kind = S_ISLNK(mode)    ? _("a symbolic link")
                     : S_ISFIFO(mode)   ? _("a pipe")
                     : S_ISSOCK(mode)   ? _("a socket")
                                        : _("a device");
    return cli_error(CLI_REFUSED, _("%s is %s; only regular files are taken"), path, kind);
}

static bool listed(const json_t *paths, const char *escaped)
{
    for (size_t i = 0; i < json_array_size(paths); i++)
        if (str_eq(json_string_value(json_array_get(paths, i)), escaped))
            return true;
    return false;
}

static int add(json_t *paths, const char *path)
{
    autobuf struct buf escaped = {0};
    str_escape(&escaped, path, strlen(path));
    if (escaped.err)
        return failed(path, escaped.err);
    if (listed(paths, escaped.data))
        return CLI_OK;
    if (json_array_size(paths) == SK_CASE_FILES_MAX)
        return cli_error(CLI_REFUSED, _("more than %d files; pack them into one archive first"),
                         SK_CASE_FILES_MAX);
    if (json_array_append_new(paths, json_string(escaped.data)) != 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    return CLI_OK;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int walk(json_t *paths, const char *path, unsigned depth);

static int walk_folder(json_t *paths, const char *path, unsigned depth)
{
    struct dirent **entries;
    if (depth == DEPTH_MAX)
        return cli_error(CLI_REFUSED, _("%s lies more than %d folders deep"), path, DEPTH_MAX);
    int count = scandir(path, &entries, no_dots, by_bytes);
    if (count < 0)
        return failed(path, -errno);
    int code = CLI_OK;
    for (int i = 0; i < count; i++) {
        autobuf struct buf below = {0};
        buf_printf(&below, "%s/%s", path, entries[i]->d_name);
        free(entries[i]);
        if (code == CLI_OK)
            code = below.err ? failed(path, below.err) : walk(paths, below.data, depth + 1);
    }
    free(entries);
    return code;
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

static int walk(json_t *paths, const char *path, unsigned depth)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return failed(path, -errno);
    if (S_ISDIR(st.st_mode))
        return depth > 0 && is_roots(path, &st) ? CLI_OK : walk_folder(paths, path, depth);
    return S_ISREG(st.st_mode) ? add(paths, path) : refuse_kind(path, st.st_mode);
}

int files_walk(json_t *paths, const char *word)
{
    struct stat st;
    if (lstat(word, &st) != 0)
        return failed(word, -errno);
    if (S_ISLNK(st.st_mode))
        return refuse_kind(word, st.st_mode);
    autofree char *real = realpath(word, NULL);
    return real ? walk(paths, real, 0) : failed(word, -errno);
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

bool files_in_rooms(json_t *paths, const char *word, const json_t *areas)
{
    struct stat st;
    const json_t *row;
    size_t i;
    if (lstat(word, &st) == 0)
        return false;
    json_array_foreach(areas, i, row) {
        autobuf struct buf mount = {0};
        const char *escaped = record_text(row, "mount");
        if (!str_eq(record_text(row, "gate"), "room") ||
            str_unescape(&mount, escaped, strlen(escaped)) != 0 || mount.err || mount.len == 0)
            continue;
        if (str_starts(word, mount.data) && word[mount.len] == '/' && word[mount.len + 1] &&
            is_clean(word + mount.len + 1))
            return add(paths, word) == CLI_OK;
    }
    return false;
}

int files_read(const char *path, size_t max, char **ret)
{
    autobuf struct buf b = {0};
    int r = file_read(AT_FDCWD, path, max, &b);
    if (r != 0)
        return failed(path, r);
    buf_puts(&b, "");
    if (!b.err && b.len != strlen(b.data))
        return failed(path, SK_ERR_FORMAT);
    char *text = buf_steal(&b);
    if (!text)
        return cli_error(CLI_FAILED, _("out of memory"));
    *ret = text;
    return CLI_OK;
}

int files_create(const char *path, const void *data, size_t len, mode_t mode)
{
    autoclose int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST)
        return cli_error(CLI_FAILED, _("%s exists already and is never replaced"), path);
    if (fd < 0)
        return failed(path, -errno);
    int r = fd_write_full(fd, data, len);
    if (r == 0 && fsync(fd) != 0)
        r = -errno;
    if (r != 0) {
        unlink(path);
        return failed(path, r);
    }
    return CLI_OK;
}
