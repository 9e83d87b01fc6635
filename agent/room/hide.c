/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hide.c owns what others may see of rooms in the host's /proc. It must never show more than the PC
 * showed before. */
#include "room/hide.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/str.h"

#define MOUNTS_MAX ((size_t)4 * 1024 * 1024) /* bytes of mountinfo */
#define OPTION     "hidepid="
#define POLKIT     "polkitd"
#define LOCKS      "/proc/locks"
#define LOCKS_OPEN ((mode_t)0444) /* as the kernel makes it */

/* In the folder of rooms: what we changed, for whoever changes it back. */
#define NOTE_LOCKS     ".hidden-locks"
#define NOTE_PROCESSES ".hidden-processes"

/* The words of a line of mountinfo: the fifth is the mount point, the last the file system's options. */
bool hide_line_hides(const char *line, size_t len, const char *mount)
{
    const char *word = line, *end = line + len, *last = line;
    bool here = false;
    for (int i = 1; word < end; i++) {
        const char *space = memchr(word, ' ', (size_t)(end - word));
        size_t n = (size_t)((space ? space : end) - word);
        if (i == 5)
            here = n == strlen(mount) && memcmp(word, mount, n) == 0;
        last = word;
        word += n + 1;
    }
    size_t left = (size_t)(end - last);
    const char *option = here ? memmem(last, left, OPTION, strlen(OPTION)) : NULL;
    if (!option)
        return false;
    const char *value = option + strlen(OPTION);
    size_t n = 0;
    while (value + n < end && value[n] != ',')
        n++;
    return n > 0 && !(n == 1 && value[0] == '0') && !(n == 3 && memcmp(value, "off", 3) == 0);
}

bool hide_is_on(void)
{
    autobuf struct buf text = {0};
    bool on = false;
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTS_MAX, &text) != 0 || !text.data)
        return false;
    for (const char *line = text.data; *line;) {
        size_t len = strcspn(line, "\n");
        on = hide_line_hides(line, len, "/proc") || on;
        line += len + (line[len] != '\0');
    }
    return on;
}

static unsigned long flags_of(unsigned long had)
{
    return (had & ST_RDONLY ? MS_RDONLY : 0) | (had & ST_NOSUID ? MS_NOSUID : 0) |
           (had & ST_NODEV ? MS_NODEV : 0) | (had & ST_NOEXEC ? MS_NOEXEC : 0) |
           (had & ST_NOATIME ? MS_NOATIME : 0) | (had & ST_RELATIME ? MS_RELATIME : 0);
}

static int note(int folder_fd, const char *name, struct fault *f)
{
    autoclose int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? fault_errno(f, errno, "what is hidden can't be noted") : 0;
}

static int set_option(const char *option)
{
    struct statvfs now;
    if (statvfs("/proc", &now) != 0)
        return -errno;
    return mount(NULL, "/proc", NULL, MS_REMOUNT | flags_of(now.f_flag), option) == 0 ? 0 : -errno;
}

static int hide_locks(int folder_fd, struct fault *f)
{
    struct stat st;
    if (stat(LOCKS, &st) != 0 || (st.st_mode & (S_IRGRP | S_IROTH)) == 0)
        return 0;
    int r = note(folder_fd, NOTE_LOCKS, f);
    if (r == 0 && chmod(LOCKS, 0400) != 0)
        return fault_errno(f, errno, LOCKS " can't be closed to others");
    return r;
}

int hide_processes(int folder_fd, struct fault *f)
{
    char options[64] = OPTION "invisible";
    int r = hide_locks(folder_fd, f);
    if (r != 0 || hide_is_on())
        return r;
    const struct group *polkit = getgrnam(POLKIT);
    if (polkit)
        snprintf(options, sizeof options, OPTION "invisible,gid=%u", polkit->gr_gid);
    r = note(folder_fd, NOTE_PROCESSES, f);
    if (r == 0 && (r = set_option(options)) != 0)
        return fault_errno(f, -r, "processes can't be hidden from other logins");
    return r;
}

int hide_undo(int folder_fd)
{
    int r = 0;
    if (unlinkat(folder_fd, NOTE_LOCKS, 0) == 0 && chmod(LOCKS, LOCKS_OPEN) != 0)
        r = -errno;
    if (unlinkat(folder_fd, NOTE_PROCESSES, 0) == 0) {
        int shown = set_option(OPTION "off,gid=0");
        r = shown != 0 ? shown : r;
    }
    return r;
}
