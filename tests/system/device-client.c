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
#include "client.h"
#include "wire/wire.h"


/* call SOCKET TYPE JSON [FILE…]: one message with the files opened; exit 1 when the answer is ERROR */
static int call(int argc, char **argv)
{
    return client_call(argc, argv, O_RDONLY);
}

/* Answers of the exporter until it is done; true when it was successful. */
static bool follow(int answers)
{
    for (;;) {
        autowire struct wire_message m = {0};
        int r = wire_receive(answers, &m, CLIENT_WAIT_MS);
        if (r != 0) {
            printf("EXPORTER-GONE %s\n", sk_strerror(r));
            fflush(stdout);
            return false;
        }
        if (m.type == SK_MSG_JOB_PROGRESS) {
            const char *note = getenv("DEVICE_CLIENT_NOTE");
            if (note)
                close(open(note, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
            continue;
        }
        client_show(&m);
        return m.type == SK_MSG_JOB_DONE;
    }
}

/* A state to wait for, with a limit. */
static void wait_for_file(const char *path)
{
    for (int i = 0; path && access(path, F_OK) != 0 && i < CLIENT_WAIT_MS / 20; i++)
        poll(NULL, 0, 20);
}

/* job SOCKET START FINISH [FILE…]: JOB_START, the exporter's answers, JOB_FINISH (with commit turned
 * to false when the exporter failed). DEVICE_CLIENT_HOLD names a file to wait for before the end;
 * DEVICE_CLIENT_NOTE one to make at the first word of how far it is;
 * FINISH "" leaves without one. Exit 0 only when all went well. */
static int follow_job(uint16_t type, int argc, char **argv)
{
    int pair[2];
    int fds[SK_MESSAGE_FDS_MAX];
    size_t count = 0;
    autowire struct wire_message started = {0};
    autowire struct wire_message finished = {0};
    autoclose int sock = wire_connect(argv[0]);
    if (sock < 0)
        return client_failed(argv[0], sock);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return client_failed("socketpair", -errno);
    fds[count++] = pair[1];
    for (int i = 3; i < argc; i++)
        if ((fds[count++] = open(argv[i], O_RDONLY | O_CLOEXEC)) < 0)
            return client_failed(argv[i], -errno);
    int r = wire_call(sock, type, argv[1], strlen(argv[1]), fds, count, &started, CLIENT_WAIT_MS);
    close(pair[1]);
    if (r != 0)
        return client_failed(client_name_of(type), r);
    client_show(&started);
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
    r = wire_call(sock, SK_MSG_JOB_FINISH, text, strlen(text), NULL, 0, &finished, CLIENT_WAIT_MS);
    free(text);
    json_decref(finish);
    if (r != 0)
        return client_failed("JOB_FINISH", r);
    client_show(&finished);
    return !good || finished.type != SK_MSG_OK;
}

static int job(int argc, char **argv)
{
    return follow_job(SK_MSG_JOB_START, argc, argv);
}

/* erase SOCKET ERASE FINISH: the same for an erasure. */
static int erase(int argc, char **argv)
{
    return follow_job(SK_MSG_ERASE, argc, argv);
}

/* files SOCKET MEDIUM_FILES FINISH: the same for a look at what lies on a medium. */
static int files(int argc, char **argv)
{
    return follow_job(SK_MSG_MEDIUM_FILES, argc, argv);
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
    bool shut = !add && cursor_u8(&c) == 1;
    bool good = cursor_done(&c) == 0 && m->fd_count == (add ? 1 : 0) &&
                (!add || (fstat(m->fds[0], &st) == 0 && S_ISDIR(st.st_mode)));
    /* what matters to the tests: was the folder free of the area when the mark was asked for? */
    struct stat top = {0};
    autofree char *path = strndup(mount, mount_len);
    bool attached = add && stat(path, &top) == 0 && top.st_dev == st.st_dev;
    fprintf(log, "%s %.*s%s%s%s\n", add ? "add" : "drop", (int)id_len, id, shut ? " shut" : "",
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
        return client_failed(argv[0], listener < 0 ? listener : -errno);
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
        return client_failed(argv[0], listener);
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

static const struct client_command commands[] = {{"call", 3, call}, {"job", 3, job},
                                                  {"erase", 3, erase}, {"files", 3, files}, {"guard", 2, guard}, {"starter", 2, starter}};

int main(int argc, char **argv)
{
    return client_run(commands, array_count(commands), argc, argv);
}
