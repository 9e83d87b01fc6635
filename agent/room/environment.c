/* SPDX-License-Identifier: GPL-3.0-or-later */
/* environment.c owns the table of variables. It must never take a variable over from a caller
 * unchecked. */
#include "room/environment.h"
#include <string.h>
#include <unistd.h>
#include "base/str.h"

static const struct {
    const char *program, *name;
} input_methods[] = {
    {"/usr/bin/ibus-daemon", "ibus"}, {"/usr/bin/fcitx5", "fcitx"}, {"/usr/bin/uim-xim", "uim"}};

/* The same in every room. */
#define PROGRAMS_PATH WALLS_TOOLS ":/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
static const char *const fixed[] = {
    ("PATH=" PROGRAMS_PATH),
    "XDG_DATA_DIRS=/usr/local/share:/usr/share",
    "XDG_CONFIG_DIRS=/etc/xdg",
    "CUPS_SERVER=/run/sekisho/no-printer", /* printing is a way out: there is none */
    "GIO_USE_VFS=local",                   /* no mounts from inside an application */
    "GTK_USE_PORTAL=0",
    "NO_AT_BRIDGE=1",
    "QT_X11_NO_MITSHM=1",                  /* the X server has another IPC namespace */
};

/* "fcitx5" is what some call fcitx. */
static bool is_called(const char *name, const char *wanted)
{
    size_t len = strlen(name);
    return strncmp(wanted, name, len) == 0 && (!wanted[len] || str_eq(wanted + len, "5"));
}

const char *environment_input_method(const char *wanted)
{
    const char *found = NULL;
    for (size_t i = 0; i < array_count(input_methods); i++) {
        bool there = access(input_methods[i].program, X_OK) == 0;
        if (there && is_called(input_methods[i].name, wanted))
            return input_methods[i].name;
        if (there && !found)
            found = input_methods[i].name;
    }
    return found;
}

static void person(const struct environment *e, struct words *w)
{
    words_add(w, "HOME=%s", e->home);
    words_add(w, "USER=%s", e->login);
    words_add(w, "LOGNAME=%s", e->login);
    words_add(w, "SHELL=%s", e->shell);
    words_add(w, "SEKISHO_ROOM=%s", e->room);
    words_add(w, "TMPDIR=%s/.tmp", e->home);
    words_add(w, "XDG_CONFIG_HOME=%s/.config", e->home);
    words_add(w, "XDG_CACHE_HOME=%s/.cache", e->home);
    words_add(w, "XDG_DATA_HOME=%s/.local/share", e->home);
    words_add(w, "XDG_STATE_HOME=%s/.local/state", e->home);
    words_add(w, "XDG_RUNTIME_DIR=/run/user/%u", e->uid);
    words_add(w, "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/%u/bus", e->uid);
}

static void language(const struct environment *e, struct words *w)
{
    static const char *const names[] = {"LANG", "LANGUAGE", "LC_ALL", "TZ"};
    for (size_t i = 0; i < array_count(names); i++)
        if (e->locale[i][0])
            words_add(w, "%s=%s", names[i], e->locale[i]);
    if (!e->locale[REQUEST_LANG][0])
        words_add(w, "LANG=C.UTF-8");
}

static void screen(const struct environment *e, struct words *w)
{
    if (!e->gpu)
        words_add(w, "LIBGL_ALWAYS_SOFTWARE=1");
    if (e->terminal)
        words_add(w, "TERM=xterm-256color");
    if (e->display < 0)
        return;
    words_add(w, "DISPLAY=:%d", e->display);
    words_add(w, "XDG_SESSION_TYPE=x11");
    words_add(w, "GDK_BACKEND=x11");
    words_add(w, "QT_QPA_PLATFORM=xcb");
    if (e->cookie)
        words_add(w, "XAUTHORITY=" WALLS_COOKIE);
    if (!e->input_method)
        return;
    words_add(w, "GTK_IM_MODULE=%s", e->input_method);
    words_add(w, "QT_IM_MODULE=%s", e->input_method);
    words_add(w, "XMODIFIERS=@im=%s", e->input_method);
}

void environment_of(const struct environment *e, struct words *ret)
{
    for (size_t i = 0; i < array_count(fixed); i++)
        words_add(ret, "%s", fixed[i]);
    person(e, ret);
    language(e, ret);
    screen(e, ret);
}
