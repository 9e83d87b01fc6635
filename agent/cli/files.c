/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.c owns the files that a command reads and makes by name. It must never replace one that is there. */
#include "cli/files.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/fdio.h"
#include "client/paths.h"

static int failed(const char *path, int error)
{
    return cli_error(CLI_FAILED, "%s: %s", path, cli_strerror(error));
}

int files_walk(json_t *paths, const char *word, const json_t *areas)
{
    struct fault f = {0};
    if ((areas && paths_in_rooms(paths, word, areas, &f)) || (f.code == 0 && paths_walk(paths, word, &f) == 0))
        return CLI_OK;
    return cli_error(f.code == SK_ERR_REFUSED ? CLI_REFUSED : CLI_FAILED, "%s", f.why);
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

int files_begin(const char *path, mode_t mode, int *ret_fd)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST)
        return cli_error(CLI_FAILED, _("%s exists already and is never replaced"), path);
    if (fd < 0)
        return failed(path, -errno);
    *ret_fd = fd;
    return CLI_OK;
}

int files_fill(const char *path, int fd, const void *data, size_t len)
{
    int r = fd_write_full(fd, data, len);
    if (r == 0 && fsync(fd) != 0)
        r = -errno;
    if (r != 0) {
        unlink(path);
        return failed(path, r);
    }
    return CLI_OK;
}

int files_create(const char *path, const void *data, size_t len, mode_t mode)
{
    autoclose int fd = -1;
    int code = files_begin(path, mode, &fd);
    return code == CLI_OK ? files_fill(path, fd, data, len) : code;
}

void files_quote(struct buf *b, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+:=@%,-";
    bool quote = !*word;
    for (const char *at = word; *at; at++)
        quote = quote || (!strchr(plain, *at) && (unsigned char)*at < 0x80);
    if (!quote) {
        buf_puts(b, word);
        return;
    }
    buf_putc(b, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            buf_puts(b, "'\\'");
        buf_putc(b, *word);
    }
    buf_putc(b, '\'');
}
