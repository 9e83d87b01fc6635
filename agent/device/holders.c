/* SPDX-License-Identifier: GPL-3.0-or-later */
/* holders.c owns the search through /proc. It must never open a file on the device that it asks
 * about, and never take what it can't read for an answer of "nobody". */
#include "device/holders.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/fdio.h"
#include "base/str.h"

#define PROC_FILE_MAX ((size_t)8 * 1024 * 1024) /* bytes of one maps or mountinfo */
#define COMM_MAX      64                        /* bytes */
#define NUMBER_CAP    48                        /* bytes of "major:minor" as text */

static bool links_to(int dir_fd, const char *name, dev_t device)
{
    struct statx sx;
    return statx(dir_fd, name, AT_STATX_DONT_SYNC, STATX_TYPE, &sx) == 0 &&
           makedev(sx.stx_dev_major, sx.stx_dev_minor) == device;
}

static bool any_descriptor(int process_fd, dev_t device)
{
    int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return false;
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.' && links_to(fd, e->d_name, device))
            return true;
    return false;
}

/* Does a line of the file hold this word (between blanks)? */
static bool any_line_has(int process_fd, const char *file, const char *word)
{
    autobuf struct buf text = {0};
    const char *line;
    size_t len;
    struct cursor c;
    if (file_read(process_fd, file, PROC_FILE_MAX, &text) != 0)
        return false;
    cursor_init(&c, text.data, text.len);
    while (cursor_line(&c, &line, &len))
        if (memmem(line, len, word, strlen(word)))
            return true;
    return false;
}

static bool holds(int process_fd, dev_t device)
{
    char word[NUMBER_CAP];
    /* proc(5): maps has the device as two hexadecimal numbers of at least two digits */
    snprintf(word, sizeof word, " %02x:%02x ", major(device), minor(device));
    return links_to(process_fd, "cwd", device) || links_to(process_fd, "root", device) ||
           links_to(process_fd, "exe", device) || any_descriptor(process_fd, device) ||
           any_line_has(process_fd, "maps", word);
}

static bool is_process(const char *name)
{
    return name[0] && strspn(name, "0123456789") == strlen(name);
}

static void show(int process_fd, const char *pid, struct buf *text)
{
    autobuf struct buf comm = {0};
    int r = file_read(process_fd, "comm", COMM_MAX, &comm);
    if (r == 0 && comm.len > 0 && comm.data[comm.len - 1] == '\n')
        comm.len--;
    buf_puts(text, text->len ? ", " : "");
    str_escape(text, comm.data ? comm.data : "?", comm.data ? comm.len : 1);
    buf_printf(text, " (pid %s)", pid);
}

void holders_of(dev_t device, pid_t but, struct buf *text)
{
    char own[NUMBER_CAP], other[NUMBER_CAP];
    int shown = 0;
    autodir DIR *dir = opendir("/proc");
    snprintf(own, sizeof own, "%d", getpid());
    snprintf(other, sizeof other, "%d", but);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir)) && shown < HOLDERS_SHOWN_MAX;) {
        if (!is_process(e->d_name) || str_eq(e->d_name, own) ||
            str_eq(e->d_name, other))
            continue;
        autoclose int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || !holds(fd, device))
            continue;
        show(fd, e->d_name, text);
        shown++;
    }
}

bool holders_visit_mounted(dev_t device, bool (*visit)(int process_fd, pid_t pid, void *context),
                           void *context)
{
    char word[NUMBER_CAP];
    snprintf(word, sizeof word, " %u:%u ", major(device), minor(device));
    autodir DIR *dir = opendir("/proc");
    if (!dir)
        return false;
    for (struct dirent *e; (e = readdir(dir));) {
        uint64_t pid = 0;
        if (!is_process(e->d_name) || str_to_u64(e->d_name, INT32_MAX, &pid) != 0)
            continue;
        autoclose int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 && any_line_has(fd, "mountinfo", word) && !visit(fd, (pid_t)pid, context))
            break;
    }
    return true;
}

static bool remember(int process_fd, pid_t pid, void *context)
{
    (void)process_fd;
    *(pid_t *)context = pid;
    return false;
}

bool holders_mounted(dev_t device, pid_t *ret_pid)
{
    pid_t pid = 0;
    bool read = holders_visit_mounted(device, remember, &pid);
    if (pid != 0 && ret_pid)
        *ret_pid = pid;
    return !read || pid != 0;
}
