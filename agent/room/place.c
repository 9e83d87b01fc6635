/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place.c owns the judgement whether somebody works at this PC. It must never take an asker's own word
 * (variables, terminal names) for it, nor what it can't find out for "here". */
#include "room/place.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"
#include "room/logind.h"

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

static int open_process(pid_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum place_kind place_of_process(pid_t pid, char ret_session[static PLACE_SESSION_MAX])
{
    autobuf struct buf text = {0};
    autoclose int process = open_process(pid);
    if (process < 0 || file_read(process, "cgroup", FILE_MAX, &text) != 0 || text.len == 0)
        return PLACE_OUTSIDE;
    return place_of_cgroup(text.data, text.len, ret_session);
}

/* Programs of a desktop run under the login's manager, which all sessions of the login share: here if
 * one of them is here and none is remote. */
static bool logind_says_remote(pid_t pid, uid_t uid)
{
    char id[PLACE_SESSION_MAX];
    struct logind_session session;
    switch (place_of_process(pid, id)) {
    case PLACE_SESSION:
        return !logind_session(id, &session) || session.uid != uid || session.remote;
    case PLACE_MANAGER:
        return !logind_is_here(uid);
    case PLACE_OUTSIDE:
    default:
        return true;
    }
}

/* Programs that begin a login, the remote ones first. */
static const struct {
    const char *name;
    bool remote;
} beginners[] = {
    {"sshd", true},      {"sshd-session", true}, {"mosh-server", true},    {"xrdp-sesman", true},
    {"dropbear", true},  {"login", false},       {"gdm-session-worker", false},
    {"lightdm", false},  {"sddm-helper", false}, {"xdm", false},           {"wdm", false},
    {"lxdm", false},     {"greetd", false},      {"slim", false},          {"nodm", false},
};

/* Does this process begin logins? By its program, which is root's. */
static bool begins(int process, bool *ret_remote)
{
    char exe[256];
    struct statx st;
    ssize_t n = readlinkat(process, "exe", exe, sizeof exe - 1);
    /* what runs has been read: storage that somebody serves is not asked again, and may not answer */
    if (n <= 0 || statx(process, "exe", AT_STATX_DONT_SYNC, STATX_UID, &st) != 0 || st.stx_uid != 0)
        return false;
    exe[n] = '\0';
    char *deleted = strstr(exe, " (deleted)"); /* replaced by an upgrade */
    if (deleted)
        *deleted = '\0';
    const char *name = strrchr(exe, '/') ? strrchr(exe, '/') + 1 : exe;
    for (size_t i = 0; i < array_count(beginners); i++)
        if (str_eq(name, beginners[i].name)) {
            *ret_remote = beginners[i].remote;
            return true;
        }
    return false;
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
        bool remote = false;
        autoclose int process = open_process(pid);
        if (process < 0 || (begins(process, &remote) && remote) || !status_of(process, &parent, &uid))
            return true;
        if (parent <= 1) /* the PC's first process is no sshd, and need not be one that we may look at */
            return false;
        pid = parent;
    }
    return true;
}

pid_t place_leader(pid_t pid)
{
    for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
        pid_t parent;
        uid_t uid;
        bool remote;
        autoclose int process = open_process(pid);
        if (process < 0)
            return 0;
        if (begins(process, &remote))
            return pid;
        if (!status_of(process, &parent, &uid))
            return 0;
        pid = parent;
    }
    return 0;
}

bool place_is_remote(pid_t pid, uid_t uid)
{
    pid_t parent;
    uid_t owner;
    autoclose int process = open_process(pid);
    if (process < 0 || !status_of(process, &parent, &owner) || owner != uid)
        return true;
    return (logind_rules() && logind_says_remote(pid, uid)) || has_remote_ancestor(pid);
}
