/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli-control.c owns a control.sock whose answers are written down beforehand, so that the
 * command-line tool is tested as people run it, without an agent.
 *
 *   cli-control INSTANCE SCRIPT LOG COMMAND…
 *
 * It listens in INSTANCE, runs COMMAND, and answers each question with the next line of SCRIPT:
 *   {"expect":{…},"fds":N,"progress":[{…}…],"answer":{…}}   or "error" instead of "answer"
 * A number in "progress" is a pause in milliseconds; "stop" stops who asks when it has read all so far, "go" lets
 * it go on. "expect" must be contained in the question; "*" stands for any value. Questions go to LOG, one a
 * line, with the content of what came as descriptors under "content". Exit status: the command's, or
 * UNEXPECTED when questions and script differ. */
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/fdio.h"
#include "base/str.h"
#include "record/record.h"
#include "wire/wire.h"

#define UNEXPECTED  99
#define WAIT_MS     900000 /* milliseconds: a passphrase costs a loaded machine minutes */
#define SCRIPT_MAX  (4 * 1024 * 1024) /* bytes */
#define CONTENT_MAX (64 * 1024)       /* bytes of one descriptor in the log */

static int complain(const char *what, const char *text)
{
    fprintf(stderr, "cli-control: %s: %s\n", what, text);
    return UNEXPECTED;
}

static bool contains(const json_t *whole, const json_t *part)
{
    if (json_is_string(part) && str_eq(json_string_value(part), "*"))
        return whole != NULL;
    if (json_is_object(part)) {
        json_t *object = json_deep_copy(part); /* jansson iterates over what may be changed only */
        const char *key;
        json_t *value;
        bool all = json_is_object(whole);
        json_object_foreach(object, key, value)
            all = all && contains(json_object_get(whole, key), value);
        json_decref(object);
        return all;
    }
    if (json_is_array(part)) {
        if (!json_is_array(whole) || json_array_size(whole) != json_array_size(part))
            return false;
        for (size_t i = 0; i < json_array_size(part); i++)
            if (!contains(json_array_get(whole, i), json_array_get(part, i)))
                return false;
        return true;
    }
    return json_equal(whole, part);
}

static void log_question(FILE *log, json_t *question, const struct wire_message *m)
{
    json_t *contents = json_array();
    for (size_t i = 0; i < m->fd_count; i++) {
        autobuf struct buf b = {0};
        if (lseek(m->fds[i], 0, SEEK_SET) == 0 && fd_read_all(m->fds[i], CONTENT_MAX, &b) == 0)
            json_array_append_new(contents, json_string(b.data ? b.data : ""));
    }
    json_object_set_new(question, "content", contents);
    json_dumpf(question, log, JSON_COMPACT | JSON_SORT_KEYS);
    fputc('\n', log);
    fflush(log);
}

static int send_json(int sock, uint16_t type, const json_t *value)
{
    autofree char *text = json_dumps(value, JSON_COMPACT);
    return wire_send(sock, type, text, strlen(text), NULL, 0, WAIT_MS);
}

/* As a loaded machine does with a process: it gets nothing to do between two messages. */
static int hold(int sock, const char *how)
{
    struct wire_peer who;
    int unread = 1;
    if (wire_peer(sock, &who) != 0)
        return -1;
    if (str_eq(how, "go"))
        return kill(who.pid, SIGCONT);
    while (ioctl(sock, SIOCOUTQ, &unread) == 0 && unread > 0)
        poll(NULL, 0, 1);
    return unread > 0 ? -1 : kill(who.pid, SIGSTOP);
}

static int answer(int sock, const json_t *line)
{
    const json_t *progress = json_object_get(line, "progress");
    for (size_t i = 0; i < json_array_size(progress); i++) {
        const json_t *what = json_array_get(progress, i);
        int r = 0;
        if (json_is_integer(what))
            poll(NULL, 0, (int)json_integer_value(what));
        else if (json_is_string(what))
            r = hold(sock, json_string_value(what));
        else
            r = send_json(sock, SK_MSG_PROGRESS, what);
        if (r != 0)
            return complain("progress", "not sent");
    }
    const json_t *error = json_object_get(line, "error");
    int r = error ? send_json(sock, SK_MSG_ERROR, error)
                  : send_json(sock, SK_MSG_ANSWER, json_object_get(line, "answer"));
    return r == 0 ? 0 : complain("answer", "not sent");
}

/* One connection: one question. */
static int serve(int listener, struct cursor *script, FILE *log)
{
    autoclose int sock = wire_accept(listener);
    autowire struct wire_message m = {0};
    autojson json_t *question = NULL;
    autojson json_t *line = NULL;
    const char *text;
    size_t len;
    if (sock < 0 || wire_receive(sock, &m, WAIT_MS) != 0 || m.type != SK_MSG_ASK)
        return complain("question", "none came");
    if (record_parse(m.payload.data, m.payload.len, SCRIPT_MAX, &question) != 0)
        return complain("question", "no JSON object");
    log_question(log, question, &m);
    if (!cursor_line(script, &text, &len))
        return complain("unexpected question", m.payload.data);
    if (record_parse(text, len, SCRIPT_MAX, &line) != 0)
        return complain("script line", text);
    if (!contains(question, json_object_get(line, "expect")))
        return complain("another question was expected than", m.payload.data);
    const json_t *fds = json_object_get(line, "fds");
    if (fds && (size_t)json_integer_value(fds) != m.fd_count)
        return complain("another number of descriptors was expected", m.payload.data);
    return answer(sock, line);
}

static int serve_until_exit(int listener, pid_t child, struct cursor *script, FILE *log)
{
    autoclose int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    int wrong = 0, status;
    for (;;) {
        struct pollfd fds[] = {{.fd = listener, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
        if (poll(fds, 2, WAIT_MS) <= 0) {
            kill(child, SIGKILL);
            wrong = complain("command", "took too long");
        }
        if (fds[0].revents & POLLIN && serve(listener, script, log) != 0)
            wrong = UNEXPECTED;
        else if (!(fds[0].revents & POLLIN) && (fds[1].revents & POLLIN || wrong))
            break;
    }
    waitpid(child, &status, 0);
    if (!wrong && script->left > 0)
        wrong = complain("questions that did not come", (const char *)script->at);
    return wrong ? wrong : WIFEXITED(status) ? WEXITSTATUS(status) : UNEXPECTED;
}

static int listen_in(const char *instance)
{
    if (sk_paths_choose(instance) != 0)
        return -EINVAL;
    autobuf struct buf run = {0};
    buf_printf(&run, "%s", sk_path(SK_PATH_RUN));
    mkdir(run.data, 0755);
    mkdir(sk_path(SK_PATH_RUN_CONTROL), 0755);
    return wire_listen(sk_path(SK_PATH_CONTROL_SOCKET), 0666);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return complain("usage", "cli-control INSTANCE SCRIPT LOG COMMAND…");
    autobuf struct buf text = {0};
    autoclose int listener = listen_in(argv[1]);
    autofile FILE *log = fopen(argv[3], "we");
    if (listener < 0 || !log || file_read(AT_FDCWD, argv[2], SCRIPT_MAX, &text) != 0)
        return complain("can't start in", argv[1]);
    struct cursor script;
    cursor_init(&script, text.data ? text.data : "", text.len);
    pid_t child = fork();
    if (child == 0) {
        setenv("SEKISHO_INSTANCE", argv[1], 1);
        execvp(argv[4], argv + 4);
        _exit(UNEXPECTED);
    }
    return child > 0 ? serve_until_exit(listener, child, &script, log) : UNEXPECTED;
}
