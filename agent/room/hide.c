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
#include "base/mounts.h"
#include "base/str.h"

#define MOUNTS_MAX ((size_t)4 * 1024 * 1024) /* bytes of mountinfo */
#define MOUNT_CAP  ((size_t)512)             /* bytes of a mount point */
#define OPTION     "hidepid="
#define POLKIT     "polkitd"
#define LOCKS      "/proc/locks"
#define LOCKS_OPEN ((mode_t)0444) /* as the kernel makes it */

/* Does the kernel log where a program crashed? The line holds the bytes of its code there. */
#define CRASHES "/proc/sys/debug/exception-trace"

/* In the folder of rooms: what we changed, for whoever changes it back. */
#define NOTE_LOCKS     ".hidden-locks"
#define NOTE_CRASHES   ".hidden-crashes"
#define NOTE_PROCESSES ".hidden-processes" /* holds the mount points, a line each */

/* Is this the value of hidepid that hides nothing? */
static bool is_off(const char *value, const char *end)
{
    size_t n = 0;
    while (value + n < end && value[n] != ',')
        n++;
    return n == 0 || (n == 1 && value[0] == '0') || (n == 3 && memcmp(value, "off", 3) == 0);
}

int hide_line_shows(const char *line, size_t len, char *ret_mount, size_t cap)
{
    struct mount_line m;
    char mount[MOUNT_CAP];
    if (mount_line_parse(line, len, &m) != 0 || !mount_word_is(&m.type, "proc"))
        return 0;
    const char *end = m.options.at + m.options.len, *option = memmem(m.options.at, m.options.len, OPTION, strlen(OPTION));
    if (option && !is_off(option + strlen(OPTION), end))
        return 0;
    int r = mount_word_path(&m.point, mount, sizeof mount);
    if (r < 0 || (size_t)r >= cap || strchr(mount, '\n')) /* the note of what was changed has a line for each */
        return SK_ERR_LIMIT;
    memcpy(ret_mount, mount, (size_t)r + 1);
    return 1;
}

/* Calls for each procfs that shows processes. One that it fails for keeps none of the others from it. 0, or the
 * first failure. */
static int each_that_shows(int (*call)(void *context, const char *mount), void *context)
{
    autobuf struct buf text = {0};
    char mount[MOUNT_CAP];
    struct cursor c;
    const char *line;
    size_t len;
    int r = file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTS_MAX, &text);
    cursor_init(&c, text.data, r == 0 ? text.len : 0);
    while (cursor_line(&c, &line, &len)) {
        int shows = hide_line_shows(line, len, mount, sizeof mount);
        int done = shows <= 0 ? shows : call(context, mount);
        r = r == 0 ? done : r;
    }
    return r;
}

static int say_so(void *context, const char *mount)
{
    (void)context;
    (void)mount;
    return -EEXIST;
}

bool hide_is_on(void)
{
    return each_that_shows(say_so, NULL) == 0;
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

static int set_option(const char *mount_point, const char *option)
{
    struct statvfs now;
    if (statvfs(mount_point, &now) != 0)
        return -errno;
    return mount(NULL, mount_point, NULL, MS_REMOUNT | flags_of(now.f_flag), option) == 0 ? 0 : -errno;
}

static int hide_locks(int folder_fd, struct fault *f)
{
    struct stat st;
    if (stat(LOCKS, &st) != 0 || (st.st_mode & (S_IRGRP | S_IROTH)) == 0)
        return 0;
    int r = note(folder_fd, NOTE_LOCKS, f);
    if (r == 0 && chmod(LOCKS, 0400) != 0) {
        fault_errno(f, errno, "%s can't be closed to others", LOCKS);
        (void)unlinkat(folder_fd, NOTE_LOCKS, 0);
    }
    return f->code;
}

static int write_setting(const char *value)
{
    autoclose int fd = open(CRASHES, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd_write_full(fd, value, strlen(value));
}

/* Kernels without it log no crash that way. */
static int hide_crashes(int folder_fd, struct fault *f)
{
    char value[2] = "";
    autoclose int fd = open(CRASHES, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fd_read_full(fd, value, 1) != 1)
        return fault_errno(f, fd < 0 ? errno : EIO, "%s can't be read", CRASHES);
    if (value[0] == '0')
        return 0;
    int r = note(folder_fd, NOTE_CRASHES, f);
    if (r == 0 && (r = write_setting("0\n")) != 0) {
        fault_errno(f, -r, "%s can't be set to 0", CRASHES);
        (void)unlinkat(folder_fd, NOTE_CRASHES, 0);
    }
    return f->code;
}

bool hide_crashes_is_on(void)
{
    char value[2] = "";
    autoclose int fd = open(CRASHES, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? errno == ENOENT : fd_read_full(fd, value, 1) == 1 && value[0] == '0';
}

struct hiding {
    int note_fd;
    const char *options;
};

/* Noted first: what is noted and was not done is changed back to what it is. */
static int hide_at(void *context, const char *mount_point)
{
    const struct hiding *h = context;
    char line[MOUNT_CAP + 1];
    int n = snprintf(line, sizeof line, "%s\n", mount_point);
    int r = fd_write_full(h->note_fd, line, (size_t)n);
    return r == 0 ? set_option(mount_point, h->options) : r;
}

static int hide_names(int folder_fd, struct fault *f)
{
    if (hide_is_on())
        return 0;
    char options[64] = OPTION "invisible";
    const struct group *polkit = getgrnam(POLKIT);
    if (polkit)
        snprintf(options, sizeof options, OPTION "invisible,gid=%u", polkit->gr_gid);
    autoclose int fd = openat(folder_fd, NOTE_PROCESSES,
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct hiding h = {fd, options};
    int r = fd < 0 ? -errno : each_that_shows(hide_at, &h);
    return r == 0 ? 0 : fault_errno(f, -r, "processes can't be hidden from other logins");
}

int hide_processes(int folder_fd, struct fault *f)
{
    static int (*const steps[])(int, struct fault *) = {hide_locks, hide_crashes, hide_names};
    for (size_t i = 0; i < array_count(steps); i++) {
        struct fault mine = {0}; /* what one can't do keeps none of the others back */
        if (steps[i](folder_fd, &mine) != 0 && f->code == 0)
            *f = mine;
    }
    return f->code;
}

static bool noted(int folder_fd, const char *name)
{
    return faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The note goes when what it says was done: else the next end of a last room tries again. */
static int undone(int folder_fd, const char *name, int r)
{
    return r == 0 && unlinkat(folder_fd, name, 0) != 0 ? -errno : r;
}

static int show_names(int folder_fd)
{
    autobuf struct buf text = {0};
    struct cursor c;
    const char *line;
    size_t len;
    int r = file_read(folder_fd, NOTE_PROCESSES, MOUNTS_MAX, &text);
    cursor_init(&c, text.data, text.len);
    while (r == 0 && cursor_line(&c, &line, &len)) {
        char mount_point[MOUNT_CAP] = "";
        memcpy(mount_point, line, len < sizeof mount_point ? len : 0);
        int set = set_option(mount_point, OPTION "off,gid=0");
        r = set == -ENOENT || set == -EINVAL ? 0 : set; /* it was unmounted meanwhile */
    }
    return r;
}

int hide_undo(int folder_fd)
{
    int locks = 0, crashes = 0, processes = 0;
    if (noted(folder_fd, NOTE_LOCKS))
        locks = undone(folder_fd, NOTE_LOCKS, chmod(LOCKS, LOCKS_OPEN) == 0 ? 0 : -errno);
    if (noted(folder_fd, NOTE_CRASHES))
        crashes = undone(folder_fd, NOTE_CRASHES, write_setting("1\n"));
    if (noted(folder_fd, NOTE_PROCESSES))
        processes = undone(folder_fd, NOTE_PROCESSES, show_names(folder_fd));
    return processes != 0 ? processes : crashes != 0 ? crashes : locks;
}
