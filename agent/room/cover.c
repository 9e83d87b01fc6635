/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cover.c owns the list of what rooms share with the rest of the PC, and the search for those who watch it
 * already. It must never ask a file system that a user or another machine answers for. */
#include "room/cover.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "room/gpu.h"
#include "room/served.h"
#include "room/table.h"

#define LINE_CAP   1024
#define TARGET_CAP 4096
#define STATUS_CAP 1024 /* the uids stand in the first lines */
#define DEV        "/dev"

/* bwrap(1), --dev: these are the PC's own, in each room. */
static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full",
                                      "/dev/random", "/dev/urandom", "/dev/tty"};

int cover_system(const struct quiet *q, const char *const *shown, const char *init_program,
                 struct fault *f)
{
    struct gpu gpu;
    const char *place = init_program;
    int r = quiet_add_with_folder(q, place, QUIET_FILE);
    for (size_t i = 0; shown[i] && r == 0; i++)
        r = quiet_add_with_folder(q, place = shown[i], QUIET_TREE);
    for (size_t i = 0; i < array_count(devices) && r == 0; i++)
        r = quiet_add_with_folder(q, place = devices[i], QUIET_DEVICE);
    gpu_look("", &gpu);
    for (size_t i = 0; i < gpu.count && r == 0; i++) {
        r = quiet_add_with_folder(q, place = gpu.nodes[i].node, QUIET_DEVICE);
        if (r == 0)
            r = quiet_add_with_folder(q, place = gpu.nodes[i].device, QUIET_TREE);
    }
    return r == 0 ? 0 : fault_set(f, r, "%s: %s", place, PHRASE_ERROR(r));
}

struct mounts {
    const struct quiet *quiet;
    struct fault *fault;
};

static int cover_mount(void *context, const char *point, enum served kind)
{
    struct mounts *m = context;
    if (kind == SERVED_BY_USER) /* rooms don't show it */
        return 0;
    int r = kind == SERVED_REMOTE ? SK_ERR_UNSUPPORTED : quiet_add(m->quiet, point, QUIET_TREE);
    return r == 0 ? 0 : fault_set(m->fault, r, "%s: %s", point, PHRASE_ERROR(r));
}

int cover_mounts(const struct quiet *q, const char *const *shown, struct fault *f)
{
    struct mounts m = {.quiet = q, .fault = f};
    int r = served_each(shown, cover_mount, &m);
    return r == 0 ? 0 : fault_set(f, r, "mounts can't be looked at: %s", PHRASE_ERROR(r));
}

static bool take_hex(const char *line, const char *key, unsigned base, unsigned long long *ret)
{
    const char *at = strstr(line, key);
    char *end;
    if (!at)
        return false;
    at += strlen(key);
    errno = 0;
    *ret = strtoull(at, &end, (int)base);
    return end != at && errno == 0;
}

bool cover_parse_watch(const char *line, struct file_handle *ret)
{
    unsigned long long mask, bytes, type;
    if ((!str_starts(line, "inotify ") && !str_starts(line, "fanotify ")) ||
        !take_hex(line, " mask:", 16, &mask) || (mask & QUIET_READS) == 0)
        return false;
    ret->handle_bytes = 0;
    const char *hex = strstr(line, " f_handle:");
    if (!hex || !take_hex(line, " fhandle-bytes:", 16, &bytes) ||
        !take_hex(line, " fhandle-type:", 16, &type) || bytes > MAX_HANDLE_SZ)
        return true;
    hex += strlen(" f_handle:");
    for (size_t i = 0; i < bytes; i++, hex += 2) {
        const char pair[3] = {hex[0], hex[0] ? hex[1] : '\0', '\0'};
        if (strspn(pair, "0123456789abcdef") != 2)
            return true;
        ret->f_handle[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    ret->handle_type = (int)type;
    ret->handle_bytes = (unsigned)bytes;
    return true;
}

/* What is covered: these folders, what they lie in, devices. */
static bool is_covered(const char *path, const char *const *shown)
{
    if (str_eq(path, "/") || str_eq(path, DEV) || str_starts(path, DEV "/"))
        return true;
    for (size_t i = 0; shown[i]; i++) {
        size_t len = strlen(shown[i]), folder = strlen(path);
        if (strncmp(path, shown[i], len) == 0 && (path[len] == '\0' || path[len] == '/'))
            return true;
        if (strncmp(path, shown[i], folder) == 0 && strrchr(shown[i], '/') == shown[i] + folder)
            return true;
    }
    return false;
}

/* By the handle, on each file system that one of the folders is on. What has none is taken for covered: it may be. */
static bool watches_covered(struct file_handle *handle, const char *const *shown)
{
    char path[64], target[TARGET_CAP];
    if (handle->handle_bytes == 0)
        return true;
    for (size_t i = 0; i == 0 || shown[i - 1]; i++) {
        autoclose int on = open(shown[i] ? shown[i] : DEV, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        autoclose int fd = on < 0 ? -1 : open_by_handle_at(on, handle, O_PATH | O_CLOEXEC);
        if (fd < 0)
            continue;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        target[n > 0 ? n : 0] = '\0';
        if (is_covered(target, shown))
            return true;
    }
    return false;
}

static bool descriptor_watches(int folder, const char *name, const char *const *shown)
{
    union {
        struct file_handle handle;
        unsigned char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } u;
    char line[LINE_CAP];
    autoclose int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    autofile FILE *info = fd < 0 ? NULL : fdopen(fd, "r");
    if (!info)
        return false;
    (void)steal_fd(&fd); /* the stream's now */
    while (fgets(line, sizeof line, info))
        if (cover_parse_watch(line, &u.handle) && watches_covered(&u.handle, shown))
            return true;
    return false;
}

/* Only what has notifications at all is read: the link says so. */
static bool thread_watches(int threads, const char *thread, const char *const *shown)
{
    char path[64], target[64];
    snprintf(path, sizeof path, "%.20s/fd", thread);
    int folder = openat(threads, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *fds = folder < 0 ? NULL : fdopendir(folder);
    snprintf(path, sizeof path, "%.20s/fdinfo", thread);
    autoclose int infos = openat(threads, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (struct dirent *e; fds && infos >= 0 && (e = readdir(fds));) {
        ssize_t n = readlinkat(dirfd(fds), e->d_name, target, sizeof target - 1);
        target[n > 0 ? n : 0] = '\0';
        if (strstr(target, "notify") && descriptor_watches(infos, e->d_name, shown))
            return true;
    }
    return false;
}

/* Threads may have descriptors of their own (unshare(2), CLONE_FILES). */
static bool process_watches(const char *pid, const char *const *shown)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/task", pid);
    autodir DIR *threads = opendir(path);
    for (struct dirent *e; threads && (e = readdir(threads));)
        if (e->d_name[0] != '.' && thread_watches(dirfd(threads), e->d_name, shown))
            return true;
    return false;
}

/* The real one: who owns /proc/PID says nothing of a process that hides its memory. */
static bool is_of_root(int processes, const char *pid)
{
    char path[64], text[STATUS_CAP];
    snprintf(path, sizeof path, "%.20s/status", pid);
    autoclose int fd = openat(processes, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : fd_read_full(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return n <= 0 || strstr(text, "\nUid:\t0\t") != NULL;
}

void cover_find_watchers(const char *const *shown, struct cover_watchers *ret)
{
    *ret = (struct cover_watchers){0};
    autodir DIR *processes = opendir("/proc");
    for (struct dirent *e; processes && ret->count < COVER_WATCHERS_MAX && (e = readdir(processes));) {
        uint64_t pid, start;
        if (str_to_u64(e->d_name, INT32_MAX, &pid) != 0 || is_of_root(dirfd(processes), e->d_name) ||
            !process_start((pid_t)pid, &start) || !process_watches(e->d_name, shown))
            continue;
        ret->at[ret->count].pid = (pid_t)pid;
        ret->at[ret->count++].start = start;
    }
}

pid_t cover_watcher(const struct cover_watchers *w)
{
    for (size_t i = 0; i < w->count; i++) {
        uint64_t start;
        if (process_start(w->at[i].pid, &start) && start == w->at[i].start)
            return w->at[i].pid;
    }
    return 0;
}
