/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mountinfo.c owns the reading of /proc/PID/mountinfo. It must never open anything else. */
#include "device/mountinfo.h"
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "base/fdio.h"

#define MOUNTINFO_MAX ((size_t)16 * 1024 * 1024) /* bytes */
#define FIELD_DEVICE  2 /* of a line of mountinfo, from 0 (proc(5)) */
#define FIELD_FOLDER  4

/* The text of a blank-separated field; mountinfo writes blanks inside as \040. */
static bool field_of(const char *line, size_t len, int number, const char **ret, size_t *ret_len)
{
    const char *end = line + len;
    for (int i = 0; i < number; i++) {
        const char *blank = memchr(line, ' ', (size_t)(end - line));
        if (!blank)
            return false;
        line = blank + 1;
    }
    const char *blank = memchr(line, ' ', (size_t)(end - line));
    *ret = line;
    *ret_len = (size_t)((blank ? blank : end) - line);
    return true;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* \ooo back to bytes (proc(5)). */
static void unescape_octal(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        bool escaped = text[i] == '\\' && len - i > 3 && is_octal(text[i + 1]) &&
                       is_octal(text[i + 2]) && is_octal(text[i + 3]);
        if (escaped) {
            int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
            buf_putc(out, (char)value);
            i += 3;
        } else {
            buf_putc(out, text[i]);
        }
    }
}

bool mountinfo_last(int process_fd, dev_t device, struct buf *folder)
{
    char wanted[48];
    autobuf struct buf text = {0};
    struct cursor c;
    const char *line, *at;
    size_t len, at_len;
    bool found = false;
    snprintf(wanted, sizeof wanted, "%u:%u", major(device), minor(device));
    if (file_read(process_fd, "mountinfo", MOUNTINFO_MAX, &text) != 0)
        return false;
    cursor_init(&c, text.data, text.len);
    while (cursor_line(&c, &line, &len)) {
        if (!field_of(line, len, FIELD_DEVICE, &at, &at_len) || at_len != strlen(wanted) ||
            memcmp(at, wanted, at_len) != 0 || !field_of(line, len, FIELD_FOLDER, &at, &at_len))
            continue;
        buf_reset(folder);
        unescape_octal(at, at_len, folder);
        found = !folder->err;
    }
    return found;
}
