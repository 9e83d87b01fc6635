/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place.c owns the judgement whether somebody works at this PC. It must never take an asker's own word
 * (variables, terminal names) for it, nor what it can't find out for "here". */
#include "room/place.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"

#define BOOTED        "/run/systemd/system"   /* sd_booted(3) */
#define SESSIONS      "/run/systemd/sessions"
#define FILE_MAX      ((size_t)64 * 1024) /* bytes */
#define ANCESTORS_MAX 64                  /* a longer line of ancestors is nobody's */

static const char id_letters[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* "session-3.scope" → "3" */
static bool scope_of(const char *part, size_t len, char ret[static PLACE_SESSION_MAX])
{
    static const char before[] = "session-", after[] = ".scope";
    size_t b = sizeof before - 1, a = sizeof after - 1;
    if (len <= a + b || len - a - b >= PLACE_SESSION_MAX || memcmp(part, before, b) != 0 ||
        memcmp(part + len - a, after, a) != 0)
        return false;
    memcpy(ret, part + b, len - a - b);
    ret[len - a - b] = '\0';
    /* as systemd's session_id_valid() has it */
    return strspn(ret, id_letters) == len - a - b;
}

static bool is_manager(const char *part, size_t len)
{
    static const char before[] = "user@", after[] = ".service";
    size_t b = sizeof before - 1, a = sizeof after - 1;
    return len > a + b && memcmp(part, before, b) == 0 && memcmp(part + len - a, after, a) == 0;
}

/* A path below user.slice: whoever may name cgroups elsewhere is root. The first part that fits counts,
 * for what lies below may be named by the login. */
static enum place_kind of_path(const char *path, size_t len, char ret[static PLACE_SESSION_MAX])
{
    static const char slice[] = "/user.slice/";
    if (len < sizeof slice - 1 || memcmp(path, slice, sizeof slice - 1) != 0)
        return PLACE_OUTSIDE;
    while (len > 0) {
        const char *end = memchr(path, '/', len);
        size_t n = end ? (size_t)(end - path) : len;
        if (scope_of(path, n, ret))
            return PLACE_SESSION;
        if (is_manager(path, n))
            return PLACE_MANAGER;
        path += end ? n + 1 : n;
        len -= end ? n + 1 : n;
    }
    return PLACE_OUTSIDE;
}

enum place_kind place_of_cgroup(const char *text, size_t len,
                                char ret_session[static PLACE_SESSION_MAX])
{
    struct cursor c;
    const char *line;
    size_t n;
    enum place_kind kind = PLACE_OUTSIDE;
    cursor_init(&c, text, len);
    while (kind == PLACE_OUTSIDE && cursor_line(&c, &line, &n)) {
        /* "0::PATH" (the unified tree), "1:name=systemd:PATH" (beside older ones) */
        const char *colon = memchr(line, ':', n);
        size_t left = colon ? n - (size_t)(colon + 1 - line) : 0;
        const char *second = colon ? memchr(colon + 1, ':', left) : NULL;
        if (!second)
            continue;
        size_t name = (size_t)(second - colon - 1);
        static const char systemd[] = "name=systemd";
        if (name == 0 || (name == sizeof systemd - 1 && memcmp(colon + 1, systemd, name) == 0))
            kind = of_path(second + 1, n - (size_t)(second + 1 - line), ret_session);
    }
    return kind;
}

/* A line KEY followed by a number. */
static bool number_after(const char *text, size_t len, const char *key, uint64_t max, uint64_t *ret)
{
    struct cursor c;
    const char *line;
    size_t n, key_len = strlen(key);
    cursor_init(&c, text, len);
    while (cursor_line(&c, &line, &n)) {
        char word[24];
        if (n < key_len || memcmp(line, key, key_len) != 0)
            continue;
        line += key_len;
        n -= key_len;
        size_t digits = 0;
        while (digits < n && digits < sizeof word - 1 && line[digits] >= '0' && line[digits] <= '9') {
            word[digits] = line[digits];
            digits++;
        }
        word[digits] = '\0';
        return str_to_u64(word, max, ret) == 0;
    }
    return false;
}

bool place_of_session(const char *text, size_t len, bool *ret_remote, uid_t *ret_uid)
{
    uint64_t remote, uid;
    if (!number_after(text, len, "REMOTE=", 1, &remote) ||
        !number_after(text, len, "UID=", UINT32_MAX - 1, &uid))
        return false;
    *ret_remote = remote == 1;
    *ret_uid = (uid_t)uid;
    return true;
}

bool place_of_status(const char *text, size_t len, pid_t *ret_parent, uid_t *ret_uid)
{
    uint64_t parent, uid;
    if (!number_after(text, len, "PPid:\t", INT32_MAX, &parent) ||
        !number_after(text, len, "Uid:\t", UINT32_MAX - 1, &uid))
        return false;
    *ret_parent = (pid_t)parent;
    *ret_uid = (uid_t)uid;
    return true;
}

static bool session_is_remote(int sessions, const char *id, uid_t uid, bool *ret)
{
    autobuf struct buf text = {0};
    uid_t owner;
    return file_read(sessions, id, FILE_MAX, &text) == 0 && text.len > 0 &&
           place_of_session(text.data, text.len, ret, &owner) && owner == uid;
}

/* Programs of a desktop run under the login's manager, which all sessions of the login share: here if
 * one of them is here and none is remote. */
static bool all_here(int sessions, uid_t uid)
{
    bool here = false;
    int fd = openat(sessions, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return false;
    for (struct dirent *e; (e = readdir(dir));) {
        bool remote;
        if (e->d_name[0] == '.' || !session_is_remote(sessions, e->d_name, uid, &remote))
            continue;
        if (remote)
            return false;
        here = true;
    }
    return here;
}

static bool logind_says_remote(int sessions, int process, uid_t uid)
{
    autobuf struct buf text = {0};
    char session[PLACE_SESSION_MAX];
    bool remote;
    if (file_read(process, "cgroup", FILE_MAX, &text) != 0 || text.len == 0)
        return true;
    switch (place_of_cgroup(text.data, text.len, session)) {
    case PLACE_SESSION:
        return !session_is_remote(sessions, session, uid, &remote) || remote;
    case PLACE_MANAGER:
        return !all_here(sessions, uid);
    case PLACE_OUTSIDE:
    default:
        return true;
    }
}

static bool is_sshd(int process)
{
    char exe[256];
    struct stat st;
    ssize_t n = readlinkat(process, "exe", exe, sizeof exe - 1);
    if (n <= 0 || fstatat(process, "exe", &st, 0) != 0 || st.st_uid != 0)
        return false;
    exe[n] = '\0';
    char *deleted = strstr(exe, " (deleted)"); /* replaced by an upgrade */
    if (deleted)
        *deleted = '\0';
    const char *name = strrchr(exe, '/') ? strrchr(exe, '/') + 1 : exe;
    return str_eq(name, "sshd") || str_eq(name, "sshd-session") || str_eq(name, "mosh-server") ||
           str_eq(name, "xrdp-sesman") || str_eq(name, "dropbear");
}

static int open_process(pid_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool status_of(int process, pid_t *ret_parent, uid_t *ret_uid)
{
    autobuf struct buf text = {0};
    return file_read(process, "status", FILE_MAX, &text) == 0 && text.len > 0 &&
           place_of_status(text.data, text.len, ret_parent, ret_uid);
}

static bool has_remote_ancestor(pid_t pid)
{
    for (int i = 0; i < ANCESTORS_MAX; i++) {
        pid_t parent;
        uid_t uid;
        autoclose int process = open_process(pid);
        if (process < 0 || is_sshd(process) || !status_of(process, &parent, &uid))
            return true;
        if (parent <= 1) /* the PC's first process is no sshd, and need not be one that we may look at */
            return false;
        pid = parent;
    }
    return true;
}

bool place_is_remote(pid_t pid, uid_t uid)
{
    pid_t parent;
    uid_t owner;
    autoclose int process = open_process(pid);
    if (process < 0 || !status_of(process, &parent, &owner) || owner != uid)
        return true;
    if (access(BOOTED, F_OK) != 0)
        return has_remote_ancestor(pid);
    autoclose int sessions = open(SESSIONS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sessions < 0)
        return true;
    return logind_says_remote(sessions, process, uid) || has_remote_ancestor(pid);
}
