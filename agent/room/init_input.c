/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init_input.c owns the choice of an engine for the input method at its first start in a room. It must
 * never change a choice that is there, nor make anything but the person's own settings in the room. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"
#include "room/init.h"

#define DCONF        "/usr/bin/dconf"
#define IBUS_KEY     "/desktop/ibus/general/preload-engines"
#define KEYBOARD     "/etc/default/keyboard" /* keyboard(5) */
#define KEYBOARD_MAX ((size_t)64 * 1024)     /* bytes */

/* Engines for Japanese, the first that is installed. */
struct engine {
    const char *file, *name;
};
static const struct engine of_ibus[] = {{"/usr/share/ibus/component/mozc.xml", "mozc-jp"},
                                        {"/usr/share/ibus/component/anthy.xml", "anthy"},
                                        {"/usr/share/ibus/component/kkc.xml", "kkc"},
                                        {"/usr/share/ibus/component/skk.xml", "skk"}};
static const struct engine of_fcitx[] = {{"/usr/share/fcitx5/inputmethod/mozc.conf", "mozc"},
                                         {"/usr/share/fcitx5/inputmethod/anthy.conf", "anthy"},
                                         {"/usr/share/fcitx5/inputmethod/kkc.conf", "kkc"},
                                         {"/usr/share/fcitx5/inputmethod/skk.conf", "skk"}};
static const struct engine of_uim[] = {{"/usr/share/uim/mozc.scm", "mozc"},
                                       {"/usr/share/uim/anthy-utf8.scm", "anthy-utf8"},
                                       {"/usr/share/uim/skk.scm", "skk"}};

static const char *installed(const struct engine *engines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (access(engines[i].file, R_OK) == 0)
            return engines[i].name;
    return NULL;
}

static bool begins(const struct init *in, const char *start)
{
    for (size_t i = 0; i < in->environment.count; i++)
        if (str_starts(in->environment.at[i], start))
            return true;
    return false;
}

static bool is_japanese(const struct init *in)
{
    return begins(in, "LC_ALL=ja") || begins(in, "LANG=ja") || begins(in, "LANGUAGE=ja");
}

/* XKBLAYOUT="jp,us" → jp; all others type Latin letters as on a us keyboard. */
static bool has_japanese_keys(void)
{
    autobuf struct buf text = {0};
    if (file_read(AT_FDCWD, KEYBOARD, KEYBOARD_MAX, &text) != 0 || text.len == 0)
        return false;
    return strstr(text.data, "XKBLAYOUT=\"jp") || strstr(text.data, "XKBLAYOUT=jp");
}

/* Run a program of the system's; what it prints goes to ret when there is one. The exit status. */
static int run(const struct init *in, const char *const *words, struct buf *ret)
{
    int ends[2], status;
    char part[512];
    ssize_t n;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        /* execve(2) takes what it does not change as non-const */
        execve(words[0], (char *const *)(uintptr_t)words, in->environment.at);
        _exit(127);
    }
    close(ends[1]);
    while (pid > 0 && (n = read(ends[0], part, sizeof part)) != 0 && (n > 0 || errno == EINTR))
        if (ret && n > 0)
            buf_put(ret, part, (size_t)n);
    close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void preset_ibus(const struct init *in)
{
    char engines[128];
    autobuf struct buf chosen = {0};
    const char *engine = installed(of_ibus, array_count(of_ibus));
    const char *const read[] = {DCONF, "read", IBUS_KEY, NULL};
    const char *const write[] = {DCONF, "write", IBUS_KEY, engines, NULL};
    if (!engine || run(in, read, &chosen) != 0 || chosen.len > 0)
        return;
    snprintf(engines, sizeof engines, "['%s', 'xkb:%s']", engine,
             has_japanese_keys() ? "jp::jpn" : "us::eng");
    (void)run(in, write, NULL);
}

/* A file of the person's that is not there yet, with the folder that it is in. */
static void write_new(const struct init *in, const char *folder, const char *name, const char *text)
{
    autoclose int home = open(in->home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    char path[256];
    if (home < 0)
        return;
    if (folder) {
        (void)mkdirat(home, ".config", 0700);
        (void)mkdirat(home, folder, 0700);
    }
    snprintf(path, sizeof path, "%s%s%s", folder ? folder : "", folder ? "/" : "", name);
    autoclose int fd = openat(home, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)!fd_write_full(fd, text, strlen(text));
}

static void preset_fcitx(const struct init *in)
{
    char text[512];
    const char *engine = installed(of_fcitx, array_count(of_fcitx));
    const char *keys = has_japanese_keys() ? "jp" : "us";
    if (!engine)
        return;
    snprintf(text, sizeof text,
             "[Groups/0]\nName=Default\nDefault Layout=%s\nDefaultIM=%s\n\n"
             "[Groups/0/Items/0]\nName=keyboard-%s\nLayout=\n\n"
             "[Groups/0/Items/1]\nName=%s\nLayout=\n\n[GroupOrder]\n0=Default\n",
             keys, engine, keys, engine);
    write_new(in, ".config/fcitx5", "profile", text);
}

static void preset_uim(const struct init *in)
{
    char text[256];
    struct stat st;
    autoclose int home = open(in->home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *engine = installed(of_uim, array_count(of_uim));
    /* what uim's own settings program writes */
    if (!engine || home < 0 || fstatat(home, ".uim.d", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return;
    snprintf(text, sizeof text,
             "(define custom-activate-default-im-name? #t)\n(define custom-preserved-default-im-name '%s)\n"
             "(define default-im-name '%s)\n",
             engine, engine);
    write_new(in, NULL, ".uim", text);
}

void input_preset(const struct init *in, const char *method)
{
    static const struct {
        const char *method;
        void (*preset)(const struct init *in);
    } methods[] = {{"ibus", preset_ibus}, {"fcitx", preset_fcitx}, {"uim", preset_uim}};
    if (!is_japanese(in))
        return;
    for (size_t i = 0; i < array_count(methods); i++)
        if (str_eq(methods[i].method, method))
            methods[i].preset(in);
}
