/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notice.c owns the programs that are started for a notice: notify-send, and what its buttons open, as
 * the person whose session it is. It must never keep a session from ending, go through a shell, or put
 * text from outside where a program would read it as an option. */
#include "cli/notice.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include "base/str.h"
#include "cli/cli.h"
#include "cli/notify.h"

#define ANSWER_MAX 64 /* bytes that notify-send may say */
#define WORDS_MAX  12 /* of a command line */

extern char **environ;

/* Started and forgotten: SIGCHLD is ignored, so nobody has to be waited for. *ret_out (may be NULL)
 * reads what it writes; quiet: what it says of errors is nobody's business. */
static int start(char *const argv[], bool quiet, int *ret_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int ends[2] = {-1, -1};
    pid_t pid;
    if (ret_out && pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGCHLD);
    sigaddset(&ours, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &ours); /* what notify_run ignores is our business */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (quiet)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (ret_out)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int r = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (ret_out)
        close(ends[1]);
    if (ret_out && r != 0)
        close(ends[0]);
    else if (ret_out)
        *ret_out = ends[0];
    return -r;
}

static void clear(struct notice_buttons *b)
{
    suggestion_free(&b->asks);
    *b = (struct notice_buttons){.fd = -1};
}

static void open_room(const char *area)
{
    char name[SK_ID_MAX + 1];
    snprintf(name, sizeof name, "%s", area);
    char *argv[] = {(char[]){"sekisho"}, (char[]){"room"}, name, NULL};
    if (start(argv, false, NULL) != 0)
        cli_error(0, _("the room can't be opened: %s"), area);
}

/* A path is absolute, so it can't be taken for an option. */
static void open_window(const struct suggestion *asks)
{
    static char name[] = "sekisho-prompt", to[] = "--to", end[] = "--";
    char *argv[6];
    size_t words = 0;
    argv[words++] = name;
    if (asks->destination) {
        argv[words++] = to;
        argv[words++] = asks->destination;
    }
    argv[words++] = end;
    if (asks->file)
        argv[words++] = asks->file;
    argv[words] = NULL;
    if (start(argv, false, NULL) != 0)
        cli_error(0, "%s", _("the window for requests can't be opened"));
}

/* The body is markup to most desktops (Desktop Notifications Specification). */
static void put_markup(struct buf *b, const char *text)
{
    for (; *text; text++) {
        const char *as = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '&' ? "&amp;" : NULL;
        if (as)
            buf_puts(b, as);
        else
            buf_putc(b, *text);
    }
}

static bool has_request(const struct notice_buttons *b)
{
    return b && (b->asks.file || b->asks.destination);
}

/* 0, or -errno. */
static int send(const char *summary, const char *body, struct notice_buttons *buttons)
{
    static char name[] = "notify-send", app[] = "--app-name=Sekisho", icon[] = "--icon=sekisho-room",
                end[] = "--";
    autobuf struct buf room = {0}, request = {0};
    autofree char *title = strdup(summary), *text = strdup(body);
    char *argv[WORDS_MAX];
    size_t words = 0;
    buf_printf(&room, "--action=room=%s", _("Open in the room"));
    buf_printf(&request, "--action=request=%s", _("Request…"));
    if (!title || !text || room.err || request.err)
        return -ENOMEM;
    bool has_room = buttons && *buttons->area;
    argv[words++] = name;
    argv[words++] = app;
    argv[words++] = icon;
    if (has_room)
        argv[words++] = room.data;
    if (has_request(buttons))
        argv[words++] = request.data;
    argv[words++] = end;
    argv[words++] = title;
    argv[words++] = text;
    argv[words] = NULL;
    return start(argv, true, has_room || has_request(buttons) ? &buttons->fd : NULL);
}

void notice_show(const char *summary, const char *body, struct notice_buttons *buttons)
{
    autobuf struct buf safe = {0};
    put_markup(&safe, body);
    buf_puts(&safe, "");
    int r = safe.err ? -ENOMEM : send(summary, safe.data, buttons);
    if (buttons && (r != 0 || buttons->fd < 0))
        clear(buttons);
}

void notice_pressed(struct notice_buttons *b)
{
    char said[ANSWER_MAX + 1];
    ssize_t len = read(b->fd, said, ANSWER_MAX);
    close(b->fd);
    said[len > 0 ? len : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    if (str_eq(said, "room") && *b->area)
        open_room(b->area);
    else if (str_eq(said, "request") && has_request(b))
        open_window(&b->asks);
    clear(b);
}

void notify_tell(const char *summary, const char *body)
{
    notice_show(summary, body, NULL);
}
