/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-client.c plays sekisho-device's neighbours for the system tests: control (call, job), the
 * guard that says OK to every area without marking it, and the starter of exporters. It must never
 * be installed. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/fdio.h"
#include "base/str.h"
#include "wire/wire.h"

#define WAIT_MS 60000 /* no step of a test takes longer */

static const struct {
    const char *name;
    uint16_t type;
} names[] = {
    {"OK", SK_MSG_OK},
    {"ERROR", SK_MSG_ERROR},
    {"AREA_CREATE", SK_MSG_AREA_CREATE},
    {"AREA_OPEN", SK_MSG_AREA_OPEN},
    {"AREA_CLOSE", SK_MSG_AREA_CLOSE},
    {"AREA_LIST", SK_MSG_AREA_LIST},
    {"AREA_MOUNT", SK_MSG_AREA_MOUNT},
    {"AREAS", SK_MSG_AREAS},
    {"JOB_START", SK_MSG_JOB_START},
    {"JOB_STARTED", SK_MSG_JOB_STARTED},
    {"JOB_FINISH", SK_MSG_JOB_FINISH},
    {"STAGE_DROP", SK_MSG_STAGE_DROP},
    {"DESTINATION", SK_MSG_DESTINATION},
    {"STATUS", SK_MSG_STATUS},
    {"JOB_PROGRESS", SK_MSG_JOB_PROGRESS},
    {"JOB_DONE", SK_MSG_JOB_DONE},
};

static const char *name_of(uint16_t type)
{
    for (size_t i = 0; i < array_count(names); i++)
        if (names[i].type == type)
            return names[i].name;
    return "?";
}

static uint16_t type_of(const char *name)
{
    for (size_t i = 0; i < array_count(names); i++)
        if (str_eq(names[i].name, name))
            return names[i].type;
    fprintf(stderr, "unknown message %s\n", name);
    exit(2);
}

static void show(const struct wire_message *m)
{
    printf("%s %.*s\n", name_of(m->type), (int)m->payload.len, m->payload.data ? m->payload.data : "");
    fflush(stdout);
}

static int failed(const char *what, int r)
{
    fprintf(stderr, "%s: %s\n", what, sk_strerror(r));
    return 3;
}

/* call SOCKET TYPE JSON [FILE…]: one message with the files opened; exit 1 when the answer is ERROR */
static int call(int argc, char **argv)
{
    int fds[SK_MESSAGE_FDS_MAX];
    size_t count = 0;
    autowire struct wire_message answer = {0};
    autoclose int sock = wire_connect(argv[0]);
    if (sock < 0)
        return failed(argv[0], sock);
    for (int i = 3; i < argc; i++)
        if ((fds[count++] = open(argv[i], O_RDONLY | O_CLOEXEC)) < 0)
            return failed(argv[i], -errno);
    int r = wire_call(sock, type_of(argv[1]), argv[2], strlen(argv[2]), fds, count, &answer, WAIT_MS);
    if (r != 0)
        return failed(argv[1], r);
    show(&answer);
    return answer.type == SK_MSG_ERROR;
}

/* Answers of the exporter until it is done; true when it was successful. */
static bool follow(int answers)
{
    for (;;) {
        autowire struct wire_message m = {0};
        int r = wire_receive(answers, &m, WAIT_MS);
        if (r != 0) {
            printf("EXPORTER-GONE %s\n", sk_strerror(r));
            fflush(stdout);
            return false;
        }
        if (m.type == SK_MSG_JOB_PROGRESS)
            continue;
        show(&m);
        return m.type == SK_MSG_JOB_DONE;
    }
}

/* A state to wait for, with a limit. */
static void wait_for_file(const char *path)
{
    for (int i = 0; path && access(path, F_OK) != 0 && i < WAIT_MS / 20; i++)
        poll(NULL, 0, 20);
}

/* job SOCKET START FINISH [FILE…]: JOB_START, the exporter's answers, JOB_FINISH (with commit turned
 * to false when the exporter failed). DEVICE_CLIENT_HOLD names a file to wait for before the end;
 * FINISH "" leaves without one. Exit 0 only when all went well. */
static int job(int argc, char **argv)
{
    int pair[2];
    int fds[SK_MESSAGE_FDS_MAX];
    size_t count = 0;
    autowire struct wire_message started = {0};
    autowire struct wire_message finished = {0};
    autoclose int sock = wire_connect(argv[0]);
    if (sock < 0)
        return failed(argv[0], sock);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return failed("socketpair", -errno);
    fds[count++] = pair[1];
    for (int i = 3; i < argc; i++)
        if ((fds[count++] = open(argv[i], O_RDONLY | O_CLOEXEC)) < 0)
            return failed(argv[i], -errno);
    int r = wire_call(sock, SK_MSG_JOB_START, argv[1], strlen(argv[1]), fds, count, &started, WAIT_MS);
    close(pair[1]);
    if (r != 0)
        return failed("JOB_START", r);
    show(&started);
    if (started.type != SK_MSG_JOB_STARTED)
        return 1;
    bool good = follow(pair[0]);
    wait_for_file(getenv("DEVICE_CLIENT_HOLD"));
    if (!argv[2][0])
        return !good;
    json_t *finish = json_loads(argv[2], 0, NULL);
    if (!good)
        json_object_set_new(finish, "commit", json_false());
    char *text = json_dumps(finish, 0);
    r = wire_call(sock, SK_MSG_JOB_FINISH, text, strlen(text), NULL, 0, &finished, WAIT_MS);
    free(text);
    json_decref(finish);
    if (r != 0)
        return failed("JOB_FINISH", r);
    show(&finished);
    return !good || finished.type != SK_MSG_OK;
}

static void guard_answer(int sock, const struct wire_message *m, FILE *log)
{
    struct cursor c;
    size_t id_len, mount_len = 0;
    struct stat st = {0};
    bool add = m->type == SK_MSG_GUARD_AREA_ADD;
    cursor_init(&c, m->payload.data, m->payload.len);
    const char *id = cursor_str(&c, 64, &id_len);
    const char *mount = add ? cursor_str(&c, 4096, &mount_len) : "";
    bool good = cursor_done(&c) == 0 && m->fd_count == (add ? 1 : 0) &&
                (!add || (fstat(m->fds[0], &st) == 0 && S_ISDIR(st.st_mode)));
    /* what matters to the tests: was the folder free of the area when the mark was asked for? */
    struct stat top = {0};
    autofree char *path = strndup(mount, mount_len);
    bool attached = add && stat(path, &top) == 0 && top.st_dev == st.st_dev;
    fprintf(log, "%s %.*s%s%s\n", add ? "add" : "drop", (int)id_len, id,
            good ? "" : " malformed", attached ? " attached-already" : "");
    fflush(log);
    const char *refusal = getenv("DEVICE_CLIENT_REFUSE");
    bool refuse = !good || (add && refusal && access(refusal, F_OK) == 0);
    static const char no[] = "{\"code\":\"SK_ERR_STATE\",\"why\":\"refused by the test\"}";
    (void)!wire_send(sock, refuse ? SK_MSG_ERROR : SK_MSG_OK, refuse ? no : "{}",
                     refuse ? sizeof no - 1 : 2, NULL, 0, 1000);
}

/* guard SOCKET LOG: until it is ended */
static int guard(int argc, char **argv)
{
    (void)argc;
    autofile FILE *log = fopen(argv[1], "a");
    autoclose int listener = wire_listen(argv[0], 0600);
    if (!log || listener < 0)
        return failed(argv[0], listener < 0 ? listener : -errno);
    for (;;) {
        if (fd_wait(listener, POLLIN, -1) < 0)
            return 3;
        autoclose int sock = wire_accept(listener);
        while (sock >= 0) {
            autowire struct wire_message m = {0};
            if (wire_receive(sock, &m, -1) != 0)
                break;
            guard_answer(sock, &m, log);
        }
    }
}

/* starter SOCKET PROGRAM: one PROGRAM for each connection, with it as descriptor 3 */
static int starter(int argc, char **argv)
{
    (void)argc;
    autoclose int listener = wire_listen(argv[0], 0600);
    if (listener < 0)
        return failed(argv[0], listener);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        if (fd_wait(listener, POLLIN, -1) < 0)
            return 3;
        int sock = wire_accept(listener);
        if (sock < 0)
            continue;
        if (fork() == 0) {
            signal(SIGCHLD, SIG_DFL);
            int kept = fcntl(sock, F_DUPFD, 10);
            dup2(kept, 3);
            close(kept);
            execl(argv[1], argv[1], (char *)NULL);
            _exit(127);
        }
        close(sock);
    }
}

static const struct {
    const char *name;
    int arguments; /* at least */
    int (*run)(int argc, char **argv);
} commands[] = {{"call", 3, call}, {"job", 3, job}, {"guard", 2, guard}, {"starter", 2, starter}};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < array_count(commands) && argc > 1; i++)
        if (str_eq(argv[1], commands[i].name) && argc - 2 >= commands[i].arguments)
            return commands[i].run(argc - 2, argv + 2);
    fprintf(stderr, "usage: device-client call|job|guard|starter …\n");
    return 2;
}
