/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_room.c owns going into a room, and the look at those that are open. It must never hand a room
 * anything of the person's session but the display's name and cookie, and a terminal of its own. */
#include <sekisho/ops.h>
#include <fcntl.h>
#include <string.h>
#include "base/fdio.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/notify.h"
#include "cli/room_tty.h"
#include "cli/screen.h"
#include "cli/xauth.h"
#include "record/record.h"

#define HOST_CAP      256
#define AUTHORITY_MAX ((size_t)1024 * 1024) /* bytes of an X authority file */

/* The display of this session; both "" when there is none. */
struct display {
    char name[XAUTH_NUMBER_CAP + 1]; /* ":1" */
    char cookie[XAUTH_HEX_CAP];      /* "" when the display wants none */
};

static void find_cookie(struct display *d)
{
    const char *path = getenv("XAUTHORITY"), *home = getenv("HOME");
    char host[HOST_CAP] = "";
    autobuf struct buf fallback = {0}, bytes = {0};
    buf_printf(&fallback, "%s/.Xauthority", home ? home : "");
    if (!path || !*path)
        path = fallback.data;
    if (!path || gethostname(host, sizeof host - 1) != 0 ||
        file_read(AT_FDCWD, path, AUTHORITY_MAX, &bytes) != 0 || !bytes.data ||
        xauth_cookie(bytes.data, bytes.len, host, d->name + 1, d->cookie) != 0)
        d->cookie[0] = '\0';
}

static void find_display(struct display *ret)
{
    const char *display = getenv("DISPLAY");
    char number[XAUTH_NUMBER_CAP];
    *ret = (struct display){0};
    if (!display || !xauth_number(display, number))
        return;
    snprintf(ret->name, sizeof ret->name, ":%s", number);
    find_cookie(ret);
}

/* ---- which area ---- */

static int choose(const json_t *areas, const char *wanted, const json_t **ret)
{
    const json_t *row;
    size_t i, mine = 0;
    json_array_foreach(areas, i, row) {
        bool fits = wanted ? str_eq(record_text(row, "area"), wanted) : record_flag(row, "mine");
        if (fits && mine++ == 0)
            *ret = row;
    }
    if (wanted || mine == 1)
        return CLI_OK; /* one that is not there is refused by the agent, in its words */
    const char *what = mine == 0 ? _("there is no area with rooms that you may enter")
                                 : _("which area? You may enter:");
    autobuf struct buf names = {0};
    cli_error(0, "%s", what);
    json_array_foreach(areas, i, row) {
        if (!record_flag(row, "mine"))
            continue;
        buf_printf(&names, "  %s  ", record_text(row, "area"));
        screen_safe(&names, record_text(row, "label"));
        buf_putc(&names, '\n');
    }
    fputs(names.data ? names.data : "", stderr);
    if (!isatty(STDERR_FILENO)) /* from a menu */
        notify_tell(what, names.data ? names.data : "");
    return mine == 0 ? CLI_REFUSED : CLI_USAGE;
}

/* A folder below the area's: given so, or with the area's own path before it. */
static const char *folder_below(const char *given, const json_t *row)
{
    const char *mount = record_text(row, "mount");
    size_t len = strlen(mount);
    if (!given)
        return "";
    if (len > 0 && strncmp(given, mount, len) == 0 && (given[len] == '/' || !given[len]))
        given += len;
    while (*given == '/')
        given++;
    return given;
}

/* ---- the question ---- */

static json_t *words_of(const struct cli_args *args)
{
    json_t *words = json_array();
    for (int i = 0; words && i < args->after_count; i++) {
        autobuf struct buf word = {0};
        str_escape(&word, args->after[i], strlen(args->after[i]));
        json_array_append_new(words, json_string(word.data ? word.data : ""));
    }
    return words;
}

/* The input method outside: "ibus", "fcitx", …; NULL = none that is known. */
static const char *input_method(void)
{
    const char *modifiers = getenv("XMODIFIERS"), *module = getenv("GTK_IM_MODULE");
    const char *at = modifiers ? strstr(modifiers, "@im=") : NULL;
    const char *name = at ? at + 4 : module;
    return name && *name ? name : NULL;
}

static json_t *locale_of(void)
{
    static const char *const names[] = {"LANG", "LANGUAGE", "LC_ALL", "TZ"};
    json_t *locale = json_object();
    for (size_t i = 0; i < array_count(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            json_object_set_new(locale, names[i], json_string(value));
    }
    if (input_method())
        json_object_set_new(locale, "IM", json_string(input_method()));
    return locale;
}

static json_t *question_of(const struct cli_args *args, const char *area, const json_t *row,
                           const struct display *d, bool wait)
{
    autobuf struct buf folder = {0};
    const char *below = folder_below(cli_value(args, "folder"), row);
    str_escape(&folder, below, strlen(below));
    return json_pack("{s:s, s:o, s:s, s:s, s:s, s:b, s:o}", "area", area, "command",
                     words_of(args), "folder", folder.data ? folder.data : "", "display", d->name,
                     "cookie", d->cookie, "wait", wait ? 1 : 0, "locale", locale_of());
}

/* ---- the way in ---- */

/* What is shown in a terminal: a command that was typed in one, or a shell where nothing can be shown
 * in windows or where it is asked for. */
static bool wants_terminal(const struct cli_args *args, const json_t *row, const struct display *d)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || cli_flag(args, "window"))
        return false;
    if (cli_flag(args, "terminal"))
        return true; /* refused with its reason where the policy does not allow it */
    return record_flag(row, "terminal") && (args->after_count > 0 || !d->name[0]);
}

static int tell_end(struct cli *cli, const struct cli_args *args, const json_t *answer,
                    const char *area, bool terminal)
{
    bool well = record_number(answer, "status") == 0;
    if (cli->json)
        cli_json(answer);
    else if (!terminal && args->after_count == 0)
        printf(_("Open: the room of area %s (%s)\n"), area, record_text(answer, "room"));
    else if (!terminal && !well)
        cli_error(0, _("the command failed"));
    if (!terminal && args->after_count > 0)
        ask_hint(cli, _("what it wrote is in room-output/ in the room: sekisho room %s"), area);
    return well ? CLI_OK : CLI_NO;
}

/* Until the answer, without a terminal. */
static int await_end(struct cli *cli, int sock, json_t **ret)
{
    for (;;) {
        autojson json_t *message = NULL;
        enum talk_step step;
        int r = talk_next(sock, -1, &message, &step);
        if (r != 0)
            return ask_lost(cli, r);
        if (step == TALK_REFUSED)
            return ask_refused(cli, message);
        if (step == TALK_ANSWER) {
            *ret = steal_ptr(&message);
            return CLI_OK;
        }
        room_tell_lacks(message, "\n");
    }
}

static int enter(struct cli *cli, json_t *question, bool terminal, json_t **ret)
{
    autoclose int master = -1, slave = -1, sock = -1;
    int code = terminal ? room_tty_open(&master, &slave) : CLI_OK;
    if (code == CLI_OK)
        code = ask_begin(cli, SK_OP_ROOM_START, question, &slave, terminal ? 1 : 0, &sock);
    if (code != CLI_OK)
        return code;
    if (!terminal)
        return await_end(cli, sock, ret);
    close(steal_fd(&slave)); /* the end of the last one in the room is then seen here */
    return room_tty_relay(cli, sock, master, ret);
}

static int go_in(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *nothing = json_object();
    autojson json_t *areas = NULL;
    const json_t *row = NULL;
    struct display display;
    int code = cli_ask(cli, SK_OP_AREA_LIST, nothing, NULL, 0, &areas);
    if (code == CLI_OK)
        code = choose(record_member(areas, "areas"), args->count > 0 ? args->words[0] : NULL, &row);
    if (code != CLI_OK)
        return code;
    const char *area = args->count > 0 ? args->words[0] : record_text(row, "area");
    find_display(&display);
    bool terminal = wants_terminal(args, row, &display);
    if (!terminal && !display.name[0] && args->after_count == 0)
        return cli_error(CLI_INCOMPLETE, _("there is no display to show the room on; name a COMMAND, "
                                           "or enter where there is a display"));
    bool wait = terminal || (args->after_count > 0 && !cli_flag(args, "no-wait"));
    autojson json_t *question = question_of(args, area, row, &display, wait);
    autojson json_t *answer = NULL;
    if (!question)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    code = enter(cli, question, terminal, &answer);
    return code == CLI_OK ? tell_end(cli, args, answer, area, terminal) : code;
}

static int run_room(struct cli *cli, const struct cli_args *args)
{
    int code = go_in(cli, args);
    /* from a menu nobody reads standard error; what is refused `watch --notify` tells */
    if (code == CLI_NO_AGENT && !isatty(STDERR_FILENO))
        notify_tell(_("The room can't be opened"), _("the agent does not answer"));
    return code;
}

/* ---- those that are open ---- */

static int fetch(struct cli *cli, json_t **ret)
{
    autojson json_t *nothing = json_object();
    return cli_ask(cli, SK_OP_ROOM_LIST, nothing, NULL, 0, ret);
}

static int run_list(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    autojson json_t *answer = NULL;
    int code = fetch(cli, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const json_t *rooms = record_member(answer, "rooms"), *row;
    if (json_array_size(rooms) == 0) {
        puts(_("No rooms are open."));
        return CLI_OK;
    }
    const char *headings[] = {_("Room"),     _("Area"),      _("Label"),  _("Person"),
                              _("Open for"), _("Processes"), _("Display")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    json_array_foreach(rooms, i, row) {
        autobuf struct buf who = {0}, open_for = {0}, processes = {0};
        screen_person(&who, record_member(row, "person"));
        screen_duration(&open_for, (uint64_t)record_number(row, "uptime-ns"));
        if (json_is_integer(record_member(row, "processes")))
            buf_printf(&processes, "%lld", (long long)record_number(row, "processes"));
        const char *display = record_text(row, "display");
        const char *shown = str_eq(display, "nested")   ? _("window of its own")
                            : str_eq(display, "shared") ? _("shared")
                                                        : _("none");
        const char *cells[] = {record_text(row, "room"),
                               record_text(row, "area"),
                               record_text(row, "label"),
                               who.data ? who.data : "",
                               open_for.data ? open_for.data : "",
                               processes.data ? processes.data : "",
                               shown};
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

/* The one that is meant: by its id, by its area, or the only one of one's own. */
static int choose_room(const json_t *rooms, const char *wanted, const char **ret)
{
    const json_t *row;
    size_t i, found = 0;
    json_array_foreach(rooms, i, row) {
        const char *room = record_text(row, "room");
        bool own = record_flag(row, "mine");
        bool fits = wanted ? str_eq(wanted, room) || (own && str_eq(wanted, record_text(row, "area")))
                           : own;
        if (fits && found++ == 0)
            *ret = room;
    }
    if (found == 0 && wanted)
        *ret = wanted; /* refused by the agent, in its words */
    else if (found == 0)
        return cli_error(CLI_NO, _("you have no room open"));
    else if (found > 1)
        return cli_error(CLI_USAGE, _("you have more than one room open; sekisho room list shows them"));
    return CLI_OK;
}

static int run_end(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *list = NULL;
    autojson json_t *answer = NULL;
    const char *room = "";
    int code = fetch(cli, &list);
    if (code == CLI_OK)
        code = choose_room(record_member(list, "rooms"), args->count > 0 ? args->words[0] : NULL,
                           &room);
    if (code != CLI_OK)
        return code;
    autojson json_t *request = json_pack("{s:s}", "room", room);
    code = cli_ask(cli, SK_OP_ROOM_END, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(_("Ended: room %s\n"), room);
    return CLI_OK;
}

static const struct cli_option room_options[] = {
    {"folder", N_("FOLDER"), N_("start in this folder of the area")},
    {"terminal", NULL, N_("a shell in this terminal, where the policy allows it")},
    {"window", NULL, N_("never in this terminal")},
    {"no-wait", NULL, N_("don't wait for the command's end")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_room_commands[] = {
    {"room", N_("[AREA] [-- COMMAND…]"),
     N_("Work on protected data in its room: a file manager, or COMMAND"), room_options, 0, 1,
     run_room},
    {"room list", "", N_("Show the rooms that are open"), NULL, 0, 0, run_list},
    {"room end", N_("[ROOM]"), N_("End a room with all that runs in it"), NULL, 0, 1, run_end},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
