/* SPDX-License-Identifier: GPL-3.0-or-later */
/* client.c owns what the clients of the system tests share. It must never be installed. */
#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/str.h"
#include "plain.h"

static const struct {
    const char *name;
    uint16_t type;
} names[] = {
    {"OK", SK_MSG_OK},
    {"ERROR", SK_MSG_ERROR},
    {"STATUS", SK_MSG_STATUS},
    {"AREA_CREATE", SK_MSG_AREA_CREATE},
    {"AREA_OPEN", SK_MSG_AREA_OPEN},
    {"AREA_CLOSE", SK_MSG_AREA_CLOSE},
    {"AREA_LIST", SK_MSG_AREA_LIST},
    {"AREA_MOUNT", SK_MSG_AREA_MOUNT},
    {"AREAS", SK_MSG_AREAS},
    {"JOB_START", SK_MSG_JOB_START},
    {"JOB_STARTED", SK_MSG_JOB_STARTED},
    {"JOB_FINISH", SK_MSG_JOB_FINISH},
    {"ERASE", SK_MSG_ERASE},
    {"STAGE_DROP", SK_MSG_STAGE_DROP},
    {"DESTINATION", SK_MSG_DESTINATION},
    {"JOB_PROGRESS", SK_MSG_JOB_PROGRESS},
    {"JOB_DONE", SK_MSG_JOB_DONE},
    {"MEDIUM_LOOK", SK_MSG_MEDIUM_LOOK},
    {"MEDIUM_IS", SK_MSG_MEDIUM_IS},
    {"MEDIUM_MARK", SK_MSG_MEDIUM_MARK},
    {"MEDIUM_OPEN", SK_MSG_MEDIUM_OPEN},
    {"MEDIUM_CLOSE", SK_MSG_MEDIUM_CLOSE},
    {"MEDIUM_LIST", SK_MSG_MEDIUM_LIST},
    {"MEDIUM_REVOKE", SK_MSG_MEDIUM_REVOKE},
    {"MEDIA", SK_MSG_MEDIA},
    {"ROOM_START", SK_MSG_ROOM_START},
    {"ROOM_STARTED", SK_MSG_ROOM_STARTED},
    {"ROOM_ENDED", SK_MSG_ROOM_ENDED},
    {"ROOM_LIST", SK_MSG_ROOM_LIST},
    {"ROOMS", SK_MSG_ROOMS},
    {"ROOM_END", SK_MSG_ROOM_END},
    {"ROOM_GONE", SK_MSG_ROOM_GONE},
};

const char *client_name_of(uint16_t type)
{
    for (size_t i = 0; i < array_count(names); i++)
        if (names[i].type == type)
            return names[i].name;
    return "?";
}

uint16_t client_type_of(const char *name)
{
    for (size_t i = 0; i < array_count(names); i++)
        if (str_eq(names[i].name, name))
            return names[i].type;
    fprintf(stderr, "unknown message %s\n", name);
    exit(2);
}

void client_show(const struct wire_message *m)
{
    printf("%s %s\n", client_name_of(m->type), plain_text(m));
    fflush(stdout);
}

int client_failed(const char *what, int r)
{
    fprintf(stderr, "%s: %s\n", what, sk_strerror(r));
    return 3;
}

int client_call(int argc, char **argv, int flags)
{
    int fds[SK_MESSAGE_FDS_MAX];
    size_t count = 0;
    autowire struct wire_message answer = {0};
    autoclose int sock = wire_connect(argv[0]);
    if (sock < 0)
        return client_failed(argv[0], sock);
    for (int i = 3; i < argc && count < array_count(fds); i++)
        if ((fds[count++] = open(argv[i], flags | O_CLOEXEC)) < 0)
            return client_failed(argv[i], -errno);
    int r = wire_call(sock, client_type_of(argv[1]), argv[2], strlen(argv[2]), fds, count, &answer,
                      CLIENT_WAIT_MS);
    if (r != 0)
        return client_failed(argv[1], r);
    client_show(&answer);
    return answer.type == SK_MSG_ERROR;
}

int client_run(const struct client_command *commands, size_t count, int argc, char **argv)
{
    for (size_t i = 0; i < count && argc > 1; i++)
        if (str_eq(argv[1], commands[i].name) && argc - 2 >= commands[i].arguments)
            return commands[i].run(argc - 2, argv + 2);
    fprintf(stderr, "usage: %s", argv[0]);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "%s%s", i ? "|" : " ", commands[i].name);
    fprintf(stderr, " ...\n");
    return 2;
}
