/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command.c owns the talk with a room's first process. It must never hand a descriptor in that is not
 * a terminal, nor believe more of what comes out than one bit. */
#include "room/command.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "record/record.h"
#include "room/environment.h"
#include "room/logins.h"
#include "wire/wire.h"

#define PTY_FIRST  136u  /* Linux' devices.txt: 136…143 are slaves of pseudo-terminals */
#define PTY_LAST   143u
#define NAME_MAX_OUTPUT 40 /* bytes of a command's name in the name of its output */
#define ANSWER_MAX ((size_t)4096)
#define CONNECT_MS 20 /* one order is in the room's hands at a time, so it has a place for the next */

/* What "no command" starts where there is a display. */
static const char *const file_managers[] = {"/usr/bin/pcmanfm",  "/usr/bin/thunar",
                                            "/usr/bin/nautilus", "/usr/bin/nemo",
                                            "/usr/bin/dolphin",  "/usr/bin/xterm"};

bool command_is_terminal(int fd, uid_t uid)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) >= PTY_FIRST &&
           major(st.st_rdev) <= PTY_LAST && isatty(fd) && st.st_uid == uid;
}

/* A shell that is there, for the login's may lie in a home folder outside. */
static const char *shell_of(const struct room *r, char *space, size_t cap)
{
    const struct passwd *login = getpwnam(r->login);
    const char *shell = login && login->pw_uid == r->uid ? login->pw_shell : "";
    bool fits = (str_starts(shell, "/bin/") || str_starts(shell, "/usr/bin/")) &&
                strlen(shell) < cap && access(shell, X_OK) == 0;
    snprintf(space, cap, "%s", fits ? shell : access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh");
    return space;
}

static int choose_default(const char *shell, bool terminal, bool display, struct words *ret,
                          struct fault *f)
{
    if (terminal) {
        words_add(ret, "%s", shell);
        words_add(ret, "-l");
        return 0;
    }
    for (size_t i = 0; i < array_count(file_managers) && display; i++)
        if (access(file_managers[i], X_OK) == 0) {
            words_add(ret, "%s", file_managers[i]);
            return 0;
        }
    return fault_set(f, SK_ERR_NOT_FOUND,
                     display ? N_("no file manager is installed: name a command")
                             : N_("there is neither a display nor a terminal: name a command"));
}

/* The time, and the command's own name as far as it is harmless in a file name. */
static void name_output(const struct words *command, char ret[static RUN_OUTPUT_MAX + 1])
{
    static unsigned number;
    struct tm now;
    time_t wall = (time_t)clock_wall_s();
    char name[NAME_MAX_OUTPUT + 1];
    size_t n = 0;
    const char *slash = strrchr(command->at[0], '/');
    for (const char *c = slash ? slash + 1 : command->at[0]; *c && n < NAME_MAX_OUTPUT; c++)
        name[n++] = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')
                        ? *c
                        : '_';
    name[n] = '\0';
    gmtime_r(&wall, &now);
    snprintf(ret, RUN_OUTPUT_MAX + 1, "%04u%02u%02u-%02u%02u%02u-%u-%s.txt",
             (unsigned)(now.tm_year + 1900) % 10000, (unsigned)(now.tm_mon + 1) % 100,
             (unsigned)now.tm_mday % 100, (unsigned)now.tm_hour % 100, (unsigned)now.tm_min % 100,
             (unsigned)now.tm_sec % 100, ++number % 10000, name);
}

int command_order(const struct room *r, const struct request_start *want, bool terminal,
                  struct run *ret, struct fault *f)
{
    char shell[256], home[SK_FILE_NAME_MAX + 128];
    bool display = want->x_display >= 0 && r->x_display >= 0;
    shell_of(r, shell, sizeof shell);
    snprintf(home, sizeof home, "%s/" SK_ROOM_HOMES "/%s", r->mount, r->login);
    struct environment e = {
        .login = r->login, .home = home, .shell = shell, .room = r->id,
        .uid = logins_uid_inside(r->uid), .locale = want->locale, .terminal = terminal,
        .gpu = r->gpu,
        .display = display ? r->x_display : -1,
        .cookie = r->display == REQUEST_SHARED && want->has_cookie,
        .input_method = environment_input_method(want->locale[REQUEST_IM]),
    };
    environment_of(&e, &ret->environment);
    for (size_t i = 0; i < want->word_count; i++)
        words_add(&ret->command, "%s", want->command[i]);
    int code = want->word_count == 0 ? choose_default(shell, terminal, display, &ret->command, f) : 0;
    if (code != 0)
        return code;
    if (ret->command.err || ret->environment.err)
        return fault_set(f, SK_ERR_LIMIT, "the command has too many words");
    ret->flags = (terminal ? RUN_TERMINAL : 0) | (display ? RUN_DISPLAY : 0) |
                 (display && r->display == REQUEST_NESTED ? RUN_MANAGER : 0);
    if (!terminal)
        name_output(&ret->command, ret->output);
    if (asprintf(&ret->folder, "%s%s%s", r->mount, want->folder[0] ? "/" : "", want->folder) < 0) {
        ret->folder = NULL;
        return fault_errno(f, ENOMEM, "no memory for the command");
    }
    return 0;
}

static int connect_to(const struct room_table *t, const struct room *r)
{
    char path[64];
    autoclose int folder = openat(t->folder_fd, r->id, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -errno;
    /* by descriptor: the path may be longer than an address holds */
    snprintf(path, sizeof path, "/proc/self/fd/%d/" COMMAND_LISTENER, folder);
    return wire_connect_within(path, CONNECT_MS);
}

static int refused(const struct wire_message *answer, const char *program, struct fault *f)
{
    autojson json_t *body = NULL;
    autobuf struct buf shown = {0};
    str_escape(&shown, program, strlen(program));
    const char *name = shown.err ? "?" : shown.data;
    const char *code = record_parse(answer->payload.data, answer->payload.len, ANSWER_MAX, &body) == 0
                           ? record_text(body, "code")
                           : "";
    if (str_eq(code, "SK_ERR_NOT_FOUND"))
        return fault_set(f, SK_ERR_NOT_FOUND, "the room has no program %s", name);
    if (str_eq(code, "EACCES"))
        return fault_set(f, -EACCES, "%s can't be run as a program in the room", name);
    return fault_set(f, SK_ERR_STATE, "the room could not start %s", name);
}

int command_send(const struct room_table *t, const struct room *r, const struct run *run, int terminal,
                 struct fault *f)
{
    autobuf struct buf payload = {0};
    int code = run_encode(run, &payload);
    if (code != 0)
        return fault_set(f, code, "the command is too long");
    autoclose int sock = connect_to(t, r);
    if (sock == SK_ERR_TIMEOUT)
        return command_silent(f);
    if (sock < 0)
        return fault_set(f, SK_ERR_CLOSED, "the room is at its end");
    code = wire_send(sock, SK_MSG_ROOM_RUN, payload.data, payload.len, &terminal, terminal >= 0 ? 1 : 0,
                     0);
    if (code == SK_ERR_CLOSED)
        return fault_set(f, SK_ERR_CLOSED, "the room is at its end");
    return code == 0 ? steal_fd(&sock) : command_silent(f);
}

int command_silent(struct fault *f)
{
    return fault_set(f, SK_ERR_TIMEOUT, "the room does not answer: end it");
}

int command_runs(int sock, const struct run *run, bool *ret_runs, struct fault *f)
{
    autowire struct wire_message answer = {0};
    *ret_runs = false;
    int code = wire_receive(sock, &answer, 0);
    if (code == SK_ERR_TIMEOUT)
        return 0;
    if (code == SK_ERR_CLOSED || code == -ECONNRESET)
        return fault_set(f, SK_ERR_CLOSED, "the room is at its end");
    if (code != 0)
        return fault_set(f, code, "the room does not answer: %s", PHRASE_ERROR(code));
    if (answer.type != SK_MSG_ROOM_RAN)
        return refused(&answer, run->command.at[0], f);
    *ret_runs = true;
    return 0;
}

bool command_ended(int sock, int *ret_status)
{
    autowire struct wire_message m = {0};
    int r = wire_receive(sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return false;
    bool well = r == 0 && m.type == SK_MSG_ROOM_ENDED && m.payload.len == 1 &&
                m.payload.data[0] == 0;
    *ret_status = well ? 0 : 1;
    return true;
}
