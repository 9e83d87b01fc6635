/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walls.c owns the list of what a room shows of this PC. It must never show anything writable but
 * the area, nor anything that is not in its tables. */
#include "room/walls.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sekisho/err.h>
#include "base/str.h"

/* In the order of mounting. */
static const char *const system_folders[WALLS_SYSTEM_COUNT] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt"};

/* Data that programs of the system made for programs: fonts, dictionaries, TeX, input methods. */
static const char *const read_only[] = {
    "/var/cache/fontconfig",       "/var/lib/mecab",     "/var/lib/texmf",
    "/var/lib/dictionaries-common", "/var/lib/ghostscript", "/var/lib/aspell",
    "/var/lib/uim",
};

/* The first components of paths that a room is made of. */
static const char *const taken[] = {"usr", "bin",  "sbin", "lib",  "lib32", "lib64", "libx32",
                                    "etc", "opt",  "proc", "dev",  "sys",   "run",   "boot",
                                    "var", "root"};

void words_add(struct words *w, const char *format, ...)
{
    va_list ap;
    char *text = NULL;
    if (w->err)
        return;
    if (w->count == WALLS_WORDS) {
        w->err = SK_ERR_LIMIT;
        return;
    }
    va_start(ap, format);
    int n = vasprintf(&text, format, ap);
    va_end(ap);
    if (n < 0) {
        w->err = -ENOMEM;
        return;
    }
    w->at[w->count++] = text;
    w->at[w->count] = NULL;
}

void words_clear(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->at[i]);
    *w = (struct words){0};
}

void walls_look(struct walls_system ret[static WALLS_SYSTEM_COUNT])
{
    for (size_t i = 0; i < WALLS_SYSTEM_COUNT; i++) {
        struct stat st;
        ret[i] = (struct walls_system){.path = system_folders[i]};
        if (lstat(ret[i].path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            ret[i].kind = WALLS_FOLDER;
        ssize_t n = S_ISLNK(st.st_mode)
                        ? readlink(ret[i].path, ret[i].target, sizeof ret[i].target - 1)
                        : -1;
        if (n > 0 && (size_t)n < sizeof ret[i].target - 1)
            ret[i].kind = WALLS_LINK;
    }
}

const char *walls_shown(const struct walls_system system[static WALLS_SYSTEM_COUNT], size_t i)
{
    _Static_assert(WALLS_SYSTEM_COUNT + array_count(read_only) == WALLS_SHOWN_MAX, "all of them");
    for (size_t k = 0; k < WALLS_SYSTEM_COUNT; k++)
        if (system[k].kind == WALLS_FOLDER && i-- == 0)
            return system[k].path;
    return i < array_count(read_only) ? read_only[i] : NULL;
}

bool walls_area_fits(const char *path)
{
    const char *first = path + 1;
    size_t len = strcspn(first, "/");
    if (path[0] != '/' || len == 0)
        return false;
    for (size_t i = 0; i < array_count(taken); i++)
        if (strlen(taken[i]) == len && strncmp(taken[i], first, len) == 0)
            return false;
    /* a room's own /tmp has its sockets of X servers */
    return !str_eq(path, "/tmp") && strncmp(path, WALLS_X11, strlen(WALLS_X11)) != 0;
}

static void pair(struct words *w, const char *option, const char *value)
{
    words_add(w, "%s", option);
    words_add(w, "%s", value);
}

static void bind(struct words *w, const char *option, const char *from, const char *to)
{
    pair(w, option, from);
    words_add(w, "%s", to);
}

static void tmpfs(struct words *w, const char *mode, const char *path)
{
    pair(w, "--perms", mode);
    pair(w, "--tmpfs", path);
}

static void folder(struct words *w, const char *mode, const char *path)
{
    pair(w, "--perms", mode);
    pair(w, "--dir", path);
}

/* bubblewrap makes missing folders above a file for nobody but root. */
static void folders_above(struct words *w, const char *path)
{
    autofree char *part = strdup(path);
    for (char *at = part ? part + 1 : NULL; at && (at = strchr(at, '/')); at++) {
        *at = '\0';
        if (!str_eq(part, "/tmp"))
            folder(w, "0755", part);
        *at = '/';
    }
    if (!part)
        w->err = -ENOMEM;
}

/* Programs and their settings, read-only. */
static void show_system(const struct walls_system *system, struct words *w)
{
    for (size_t i = 0; i < WALLS_SYSTEM_COUNT; i++) {
        if (system[i].kind == WALLS_FOLDER)
            bind(w, "--ro-bind", system[i].path, system[i].path);
        else if (system[i].kind == WALLS_LINK)
            bind(w, "--symlink", system[i].target, system[i].path);
    }
    folder(w, "0755", "/var");
    folder(w, "0755", "/var/lib");
    folder(w, "0755", "/var/cache");
    for (size_t i = 0; i < array_count(read_only); i++)
        bind(w, "--ro-bind-try", read_only[i], read_only[i]);
}

static void own_namespaces(const struct walls *w, struct words *ret)
{
    static const char *const kinds[] = {"--unshare-pid", "--unshare-ipc", "--unshare-uts",
                                        "--unshare-net", "--unshare-cgroup-try", "--as-pid-1",
                                        "--clearenv"};
    for (size_t i = 0; i < array_count(kinds); i++)
        words_add(ret, "%s", kinds[i]);
    pair(ret, "--hostname", w->host_name);
    words_add(ret, "--info-fd");
    words_add(ret, "%d", w->info_fd);
}

/* What the first process still needs to become the person: it gives up these too. */
static void capabilities(struct words *w)
{
    static const char *const kept[] = {"CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SYS_ADMIN"};
    pair(w, "--cap-drop", "ALL");
    for (size_t i = 0; i < array_count(kept); i++)
        pair(w, "--cap-add", kept[i]);
}

static void own_folders(struct words *w)
{
    pair(w, "--proc", "/proc");
    pair(w, "--dev", "/dev");
    tmpfs(w, "1777", "/dev/shm");
    tmpfs(w, "1777", "/tmp");
    tmpfs(w, "0755", "/run");
    folder(w, "1777", "/run/user");
    folder(w, "0755", "/run/sekisho");
    bind(w, "--symlink", "/run", "/var/run");
    bind(w, "--symlink", "/run/lock", "/var/lock");
}

/* A render node, and the card of it in /sys, read-only. */
static void show_gpu(const struct gpu *gpu, struct words *w)
{
    for (size_t i = 0; gpu && i < gpu->count; i++) {
        const struct gpu_node *n = &gpu->nodes[i];
        bind(w, "--dev-bind", n->node, n->node);
        pair(w, "--remount-ro", n->node);
        bind(w, "--ro-bind", n->device, n->device);
        bind(w, "--symlink", n->target, n->number);
    }
}

void walls_of_room(const struct walls *w, struct words *ret)
{
    static const char *const printers[] = {"lp", "lpr"};
    own_namespaces(w, ret);
    capabilities(ret);
    show_system(w->system, ret);
    pair(ret, "--perms", "0644");
    words_add(ret, "--ro-bind-data");
    words_add(ret, "%d", w->passwd_fd);
    words_add(ret, "/etc/passwd");
    own_folders(ret);
    folder(ret, "0755", WALLS_TOOLS);
    bind(ret, "--ro-bind", w->init_from, WALLS_INIT);
    for (size_t i = 0; i < array_count(printers); i++) {
        pair(ret, "--symlink", WALLS_INIT);
        words_add(ret, WALLS_TOOLS "/%s", printers[i]);
    }
    bind(ret, "--ro-bind", w->x11_from, WALLS_X11);
    show_gpu(w->gpu, ret);
    if (w->cookie_from)
        bind(ret, "--ro-bind", w->cookie_from, WALLS_COOKIE);
    if (w->control_from)
        bind(ret, "--ro-bind", w->control_from, w->control);
    folders_above(ret, w->area);
    bind(ret, "--bind", w->area_from, w->area);
    words_add(ret, "--symlink");
    words_add(ret, "%s/.tmp", w->home);
    words_add(ret, "/var/tmp");
    pair(ret, "--chdir", "/");
    words_add(ret, "--");
}

void walls_of_display(const struct walls *w, const char *display_from, int display,
                      struct words *ret)
{
    own_namespaces(w, ret);
    capabilities(ret);
    show_system(w->system, ret);
    own_folders(ret);
    tmpfs(ret, "1777", "/var/lib/xkb");
    bind(ret, "--ro-bind", w->init_from, WALLS_INIT);
    bind(ret, "--bind", w->x11_from, WALLS_X11);
    pair(ret, "--ro-bind", display_from);
    words_add(ret, WALLS_X11 "/X%d", display);
    if (w->cookie_from)
        bind(ret, "--ro-bind", w->cookie_from, WALLS_COOKIE);
    pair(ret, "--chdir", "/");
    words_add(ret, "--");
}
