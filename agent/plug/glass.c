/* SPDX-License-Identifier: GPL-3.0-or-later */
/* glass.c owns the question whether the glass is broken. It must never take the word of anybody but root. */
#include "plug/glass.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"

#define FILE_MAX_BYTES ((size_t)4096) /* of either file */
#define PARAMETER      "sekisho.usb=open"

static bool boot_parameter(const char *path)
{
    autobuf struct buf b = {0};
    if (file_read(AT_FDCWD, path, FILE_MAX_BYTES, &b) != 0 || !b.data)
        return false;
    char *rest = b.data;
    for (char *word; (word = strsep(&rest, " \n"));)
        if (str_eq(word, PARAMETER))
            return true;
    return false;
}

static void take(struct glass *g, const char *line, size_t len)
{
    const struct {
        const char *name;
        char *text;
    } fields[] = {{"at: ", g->at}, {"login: ", g->login}, {"terminal: ", g->terminal}, {"why: ", g->why}};
    for (size_t i = 0; i < array_count(fields); i++) {
        size_t name = strlen(fields[i].name);
        autobuf struct buf shown = {0};
        if (len < name || memcmp(line, fields[i].name, name) != 0)
            continue;
        str_escape(&shown, line + name, len - name);
        buf_puts(&shown, "");
        snprintf(fields[i].text, GLASS_TEXT_CAP, "%s", shown.data ? shown.data : "");
        for (size_t left = strlen(fields[i].text); left > 0 && !str_is_utf8(fields[i].text, left);)
            fields[i].text[--left] = '\0'; /* not inside of a character: no record can hold that */
    }
}

void glass_look(const char *path, const char *cmdline, struct glass *ret)
{
    struct glass g = {.at_boot = boot_parameter(cmdline)};
    autobuf struct buf text = {0};
    struct stat st;
    struct cursor lines;
    const char *line;
    size_t len;
    autoclose int fd = file_open_plain(AT_FDCWD, path);
    g.broken = g.at_boot;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == 0 && (st.st_mode & 022) == 0) {
        g.broken = true;
        int r = fd_read_all(fd, FILE_MAX_BYTES, &text);
        if (r == 0 || r == SK_ERR_LIMIT) {
            cursor_init(&lines, text.data ? text.data : "", text.len);
            while (cursor_line(&lines, &line, &len))
                take(&g, line, len);
        }
    }
    if (g.at_boot)
        phrase_print(g.why, sizeof g.why, "boot parameter %s", PARAMETER);
    *ret = g;
}
