/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.c owns the list of rooms and their folders. It must never take a process for a room's first
 * one that was not started with it, nor forget a room whose first process lives. */
#include "room/table.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "room/cgroup.h"
#include "room/logins.h"

#define STATE_FILE   "state"
#define STATE_MAX    ((size_t)64 * 1024) /* bytes */
#define IDS_MAX      9999                /* then numbers begin anew */
#define STAT_MAX     ((size_t)4096)      /* bytes of /proc/PID/stat */
#define START_FIELD  22                  /* proc(5): starttime */
#define GONE_WAIT_MS 2000                /* for killed processes to be gone */

struct room *table_find(const struct room_table *t, const char *area, uid_t uid)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->rooms[i]->uid == uid && str_eq(t->rooms[i]->area, area))
            return t->rooms[i];
    return NULL;
}

struct room *table_find_id(const struct room_table *t, const char *id)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->rooms[i]->id, id))
            return t->rooms[i];
    return NULL;
}

void room_free(struct room **r)
{
    if (!*r)
        return;
    if ((*r)->init_fd >= 0)
        close((*r)->init_fd);
    if ((*r)->namespace_fd >= 0)
        close((*r)->namespace_fd);
    if ((*r)->removed_fd >= 0)
        close((*r)->removed_fd);
    ties_clear(&(*r)->ties);
    free(*r);
    *r = NULL;
}

void table_forget(struct room_table *t, struct room *r)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->rooms[i] == r)
            t->rooms[i] = t->rooms[--t->count];
    room_free(&r);
}

bool table_id_is_free(const struct room_table *t, const char *id)
{
    struct stat st;
    return fstatat(t->folder_fd, id, &st, AT_SYMLINK_NOFOLLOW) != 0 &&
           fstatat(t->cgroups_fd, id, &st, AT_SYMLINK_NOFOLLOW) != 0;
}

void table_new_id(struct room_table *t, char ret[static ROOM_ID_MAX + 1])
{
    struct tm now;
    time_t wall = (time_t)clock_wall_s();
    gmtime_r(&wall, &now);
    for (unsigned n = 1; n < SK_ROOMS_MAX * 2; n++) {
        t->given = t->given % IDS_MAX + 1;
        snprintf(ret, ROOM_ID_MAX + 1, "R-%04u%02u%02u-%02u%02u%02u-%u",
                 (unsigned)(now.tm_year + 1900) % 10000, (unsigned)(now.tm_mon + 1) % 100,
                 (unsigned)now.tm_mday % 100, (unsigned)now.tm_hour % 100,
                 (unsigned)now.tm_min % 100, (unsigned)now.tm_sec % 100, t->given);
        if (table_id_is_free(t, ret))
            return;
    }
}

void table_path(const char *room, const char *entry, char ret[static TABLE_PATH_CAP])
{
    _Static_assert(TABLE_PATH_CAP >= 128 + ROOM_ID_MAX, "the longest instance fits");
    snprintf(ret, TABLE_PATH_CAP, "%s/%s%s%s", sk_path(SK_PATH_RUN_ROOMS), room, *entry ? "/" : "",
             entry);
}

int table_make_folder(const struct room_table *t, const char *room)
{
    if (mkdirat(t->folder_fd, room, 0700) != 0)
        return -errno;
    autoclose int folder = openat(t->folder_fd, room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* X servers want their sockets' folder to be root's and sticky; only root passes the one above */
    if (folder < 0 || mkdirat(folder, "area", 0700) != 0 || mkdirat(folder, "x11", 0700) != 0 ||
        fchmodat(folder, "x11", 01777, 0) != 0)
        return -errno;
    autoclose int display = openat(folder, "display", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return display < 0 ? -errno : 0;
}

static void remove_files(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));)
        if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, ".."))
            unlinkat(folder, e->d_name, 0);
}

void table_remove_folder(const struct room_table *t, const char *room)
{
    autoclose int folder = openat(t->folder_fd, room, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0)
        return;
    autoclose int x11 = openat(folder, "x11", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (x11 >= 0)
        remove_files(x11);
    remove_files(folder);
    unlinkat(folder, "x11", AT_REMOVEDIR);
    unlinkat(folder, "area", AT_REMOVEDIR);
    unlinkat(t->folder_fd, room, AT_REMOVEDIR);
}

void table_clear(const struct room_table *t, const char *room)
{
    cgroup_kill(t->cgroups_fd, room);
    (void)!cgroup_remove(t->cgroups_fd, room, GONE_WAIT_MS);
    table_remove_folder(t, room);
}

int table_save(const struct room_table *t, const struct room *r)
{
    autobuf struct buf text = {0};
    autoclose int folder = openat(t->folder_fd, r->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -errno;
    int code = state_write(r, &text);
    return code == 0 ? file_write_atomic(folder, STATE_FILE, text.data, text.len, 0600) : code;
}

bool process_start(pid_t pid, uint64_t *ret)
{
    char path[32], word[24];
    autobuf struct buf text = {0};
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (file_read(AT_FDCWD, path, STAT_MAX, &text) != 0 || text.len == 0)
        return false;
    /* the second field, in brackets, may hold anything: what follows its end counts */
    const char *at = strrchr(text.data, ')');
    for (int field = 2; at && field < START_FIELD; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    size_t len = at ? strcspn(at, " \n") : 0;
    if (len == 0 || len >= sizeof word)
        return false;
    memcpy(word, at, len);
    word[len] = '\0';
    return str_to_u64(word, INT64_MAX, ret) == 0;
}

int room_attach(const struct room_table *t, struct room *r)
{
    char path[48];
    uint64_t start;
    autoclose int pidfd = (int)syscall(SYS_pidfd_open, r->init_pid, 0);
    if (pidfd < 0)
        return SK_ERR_NOT_FOUND;
    /* while the descriptor is held the number can't become another's */
    if (!process_start(r->init_pid, &start) || (r->init_start != 0 && start != r->init_start) ||
        !cgroup_has(t->cgroups_fd, r->id, CGROUP_ROOM, r->init_pid))
        return SK_ERR_NOT_FOUND;
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)r->init_pid);
    autoclose int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0)
        return errno == ENOENT ? SK_ERR_NOT_FOUND : -errno;
    r->init_start = start;
    r->init_fd = steal_fd(&pidfd);
    r->namespace_fd = steal_fd(&namespace);
    return 0;
}

static int recover(struct room_table *t, const char *id)
{
    char path[64];
    autobuf struct buf text = {0};
    autoroom struct room *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    snprintf(path, sizeof path, "%s/" STATE_FILE, id);
    r->init_fd = r->namespace_fd = r->removed_fd = ROOM_NO_FD;
    int code = file_read(t->folder_fd, path, STATE_MAX, &text);
    if (code == 0)
        code = state_read(text.data ? text.data : "", text.len, r);
    if (code == 0 && (!str_eq(r->id, id) || table_find(t, r->area, r->uid)))
        code = SK_ERR_FORMAT;
    if (code == 0)
        code = room_attach(t, r);
    if (code == 0)
        t->rooms[t->count++] = steal_ptr(&r);
    return code;
}

void table_recover(struct room_table *t, void (*tell)(const char *room, const char *what))
{
    int fd = openat(t->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));) {
        if (!request_is_id(e->d_name) || strlen(e->d_name) > ROOM_ID_MAX)
            continue;
        if (t->count < SK_ROOMS_MAX && recover(t, e->d_name) == 0) {
            tell(e->d_name, "found again");
        } else {
            table_clear(t, e->d_name);
            tell(e->d_name, "had ended or could not be understood; what was left of it is removed");
        }
    }
}
