/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify.c owns the notices. It must never show more than one for many refusals at once, keep a
 * session from ending, or put text from outside where a program would read it as an option. */
#include "cli/notify.h"
#include <fcntl.h>
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include <sekisho/record.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/screen.h"
#include "cli/watch_line.h"
#include "record/record.h"

#define GATHER_NS   (10ull * 1000000000) /* refusals of so long become one notice */
#define SETTLE_NS   (300ull * 1000000)   /* of a first one, for what comes with it */
#define RETRY_NS    (5ull * 1000000000)  /* between tries to reach the agent */
#define BUTTONS_MAX 4                    /* notices that wait for a click, at a time */
#define ANSWER_MAX  64                   /* bytes that notify-send may say */

/* A notice whose button may still be pressed. */
struct button {
    int fd; /* -1 = free: what notify-send says */
    char area[SK_ID_MAX + 1];
};

struct notices {
    struct cli *cli;
    struct button buttons[BUTTONS_MAX];
    json_t *last;      /* refusal to be told, NULL = none */
    json_t *rooms;     /* areas in which the person may have a room: {id: true} */
    unsigned count;
    uint64_t first_ns, told_ns; /* boot clock */
};

extern char **environ;

/* Started and forgotten: SIGCHLD is ignored, so nobody has to be waited for. *ret_out (may be NULL)
 * reads what it writes. */
static int start(char *const argv[], int *ret_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int ends[2] = {-1, -1};
    pid_t pid;
    if (ret_out && pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
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

static void open_room(const char *area)
{
    char name[SK_ID_MAX + 1];
    snprintf(name, sizeof name, "%s", area);
    char *argv[] = {(char[]){"sekisho"}, (char[]){"room"}, name, NULL};
    if (start(argv, NULL) != 0)
        cli_error(0, _("the room can't be opened: %s"), area);
}

static struct button *free_button(struct notices *n)
{
    for (size_t i = 0; i < BUTTONS_MAX; i++)
        if (n->buttons[i].fd < 0)
            return &n->buttons[i];
    return NULL;
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

/* One notice; with an action it reads out of *ret_out what is pressed. 0, or -errno. */
static int show_notice(const char *summary, const char *text, const char *action, int *ret_out)
{
    static char name[] = "notify-send", app[] = "--app-name=Sekisho", icon[] = "--icon=sekisho-room",
                end[] = "--";
    autobuf struct buf body = {0};
    autofree char *title = strdup(summary), *press = action ? strdup(action) : NULL;
    put_markup(&body, text);
    buf_puts(&body, "");
    if (!title || body.err || (action && !press))
        return -ENOMEM;
    char *argv[8], *said = body.data;
    size_t words = 0;
    static char nothing[] = "";
    argv[words++] = name;
    argv[words++] = app;
    argv[words++] = icon;
    if (press)
        argv[words++] = press;
    argv[words++] = end;
    argv[words++] = title;
    argv[words++] = said ? said : nothing;
    argv[words] = NULL;
    return start(argv, ret_out);
}

void notify_tell(const char *summary, const char *body)
{
    (void)show_notice(summary, body, NULL, NULL); /* a desktop without notices is no error */
}

static void tell(struct notices *n)
{
    autobuf struct buf text = {0}, action = {0};
    const char *area = record_text(n->last, "area");
    struct button *button = json_object_get(n->rooms, area) ? free_button(n) : NULL;
    watch_notice(&text, n->last, n->count);
    buf_printf(&action, "--action=room=%s", _("Open in the room"));
    if (text.err || action.err)
        return;
    int r = show_notice(_("Protected data: refused"), text.data ? text.data : "",
                        button ? action.data : NULL, button ? &button->fd : NULL);
    if (r == 0 && button)
        snprintf(button->area, sizeof button->area, "%s", area);
    json_decref(n->last);
    n->last = NULL;
    n->count = 0;
    n->told_ns = clock_boot_ns();
}

static void on_button(struct button *b)
{
    char said[ANSWER_MAX];
    ssize_t len = read(b->fd, said, sizeof said - 1);
    close(b->fd);
    b->fd = -1;
    if (len > 0 && strncmp(said, "room", 4) == 0)
        open_room(b->area);
}

/* Milliseconds until what has been gathered is to be told; -1 = there is nothing. */
static int due_ms(const struct notices *n)
{
    if (!n->last)
        return -1;
    uint64_t now = clock_boot_ns(), due = n->first_ns + SETTLE_NS;
    if (n->told_ns != 0 && n->told_ns + GATHER_NS > due)
        due = n->told_ns + GATHER_NS;
    return now >= due ? 0 : (int)((due - now) / 1000000) + 1;
}

static void gather(struct notices *n, json_t *message)
{
    const json_t *event = record_member(message, "event");
    int64_t count = record_number(event, "count");
    /* what is asked for in a terminal is answered there; a room may have been asked for in a menu */
    if (!event || (str_eq(record_text(event, "kind"), SK_KIND_REFUSAL) &&
                   !str_eq(record_text(event, "what"), SK_OP_ROOM_START)))
        return;
    if (!n->last)
        n->first_ns = clock_boot_ns();
    json_decref(n->last);
    n->last = json_incref(json_object_get(message, "event"));
    n->count += count > 0 ? (unsigned)count : 1;
}

static void learn_rooms(struct notices *n)
{
    autojson json_t *nothing = json_object();
    autojson json_t *answer = NULL;
    const json_t *row;
    size_t i;
    if (cli_ask(n->cli, SK_OP_AREA_LIST, nothing, NULL, 0, &answer) != CLI_OK)
        return; /* what was known goes on */
    json_object_clear(n->rooms);
    json_array_foreach(record_member(answer, "areas"), i, row) {
        if (record_flag(row, "mine"))
            json_object_set_new(n->rooms, record_text(row, "area"), json_true());
    }
}

/* Wait once: for the agent, for a button, for what is due, at most so long (-1: without end). False:
 * the agent is gone. */
static bool turn(struct notices *n, int sock, int timeout_ms)
{
    struct pollfd p[1 + BUTTONS_MAX];
    int due = due_ms(n);
    p[0] = (struct pollfd){.fd = sock, .events = POLLIN};
    for (size_t i = 0; i < BUTTONS_MAX; i++)
        p[1 + i] = (struct pollfd){.fd = n->buttons[i].fd, .events = POLLIN};
    if (poll(p, array_count(p), due >= 0 && (timeout_ms < 0 || due < timeout_ms) ? due : timeout_ms) < 0)
        return errno == EINTR;
    for (size_t i = 0; i < BUTTONS_MAX; i++)
        if (n->buttons[i].fd >= 0 && p[1 + i].revents)
            on_button(&n->buttons[i]);
    if (n->last && due_ms(n) == 0) {
        learn_rooms(n);
        tell(n);
    }
    if (!p[0].revents)
        return true;
    autojson json_t *message = NULL;
    enum ask_step step;
    int r = ask_next(sock, 0, &message, &step);
    if (r == 0)
        gather(n, message);
    return r == SK_ERR_TIMEOUT || (r == 0 && step == ASK_PROGRESS);
}

int notify_run(struct cli *cli)
{
    struct cli silent = *cli;
    struct notices n = {.cli = &silent, .rooms = json_object()};
    silent.quiet = true;
    for (size_t i = 0; i < BUTTONS_MAX; i++)
        n.buttons[i].fd = -1;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        autojson json_t *question =
            json_pack("{s:s, s:i, s:b}", "scope", "mine", "after", -1, "refusals", 1);
        autoclose int sock = -1;
        if (question && ask_begin(&silent, SK_OP_WATCH, question, NULL, 0, &sock) == CLI_OK)
            while (turn(&n, sock, -1))
                ;
        uint64_t again = clock_boot_ns() + RETRY_NS;
        for (uint64_t now; (now = clock_boot_ns()) < again;)
            turn(&n, -1, (int)((again - now) / 1000000) + 1);
    }
}
