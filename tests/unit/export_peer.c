/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_peer.c owns the other side of the exporter in tests. It must never do the exporter's work:
 * it only speaks the protocol. */
#include "export_peer.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/digest.h"
#include "base/str.h"
#include "export/serve.h"
#include "record/record.h"
#include "wire/wire.h"

#define PROGRAM_FD 3

static _Noreturn void become_exporter(int sock, const char *program)
{
    if (!program)
        _exit(serve(&sock) == 0 ? 0 : 1);
    if (sock != PROGRAM_FD)
        dup2(sock, PROGRAM_FD);
    else
        fcntl(sock, F_SETFD, 0);
    execl(program, program, (char *)NULL);
    _exit(127);
}

int peer_start(struct export_peer *p, const char *program)
{
    int device[2], answer[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, device) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, answer) != 0)
        return -errno;
    fflush(NULL);
    p->pid = fork();
    if (p->pid < 0)
        return -errno;
    if (p->pid == 0) {
        close(device[0]);
        close(answer[0]);
        close(answer[1]);
        become_exporter(device[1], program);
    }
    close(device[1]);
    p->device = device[0];
    p->answer = answer[0];
    p->handed = answer[1];
    return 0;
}

int peer_send(struct export_peer *p, const char *job, const int *fds, size_t count)
{
    int batch[SK_MESSAGE_FDS_MAX] = {p->handed};
    size_t filled = 1, sent = 0;
    uint16_t type = SK_MSG_JOB;
    int r = 0;
    do {
        while (filled < array_count(batch) && sent < count)
            batch[filled++] = fds[sent++];
        r = wire_send(p->device, type, job, type == SK_MSG_JOB ? strlen(job) : 0, batch, filled,
                      PEER_LIMIT_MS);
        type = SK_MSG_MORE_FDS;
        filled = 0;
    } while (r == 0 && sent < count);
    close(steal_fd(&p->handed));
    return r;
}

int peer_wait(struct export_peer *p, struct export_answer *ret)
{
    *ret = (struct export_answer){0};
    for (;;) {
        autowire struct wire_message m = {0};
        int r = wire_receive(p->answer, &m, PEER_LIMIT_MS);
        if (r == SK_ERR_CLOSED)
            return 0;
        autojson json_t *object = NULL;
        if (r == 0)
            r = record_parse(m.payload.data, m.payload.len, SK_MESSAGE_MAX, &object);
        if (r != 0)
            return r;
        if (m.type == SK_MSG_JOB_PROGRESS) {
            ret->progress++;
            ret->last_bytes = record_number(object, "bytes");
            ret->last_total = record_number(object, "total");
            continue;
        }
        ret->type = m.type;
        ret->object = steal_ptr(&object);
        return 0;
    }
}

int peer_end(struct export_peer *p)
{
    int status = 0;
    if (p->handed >= 0)
        close(p->handed);
    close(p->device);
    close(p->answer);
    return waitpid(p->pid, &status, 0) == p->pid ? status : -1;
}

static json_t *file_object(const struct peer_job *job, size_t i)
{
    autobuf struct buf name = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP] = "";
    struct stat st;
    str_escape(&name, job->names[i], strlen(job->names[i]));
    if (fstat(job->sources[i], &st) != 0)
        return NULL;
    if (job->with_digests) {
        if (digest_of_fd(job->sources[i], digest, NULL) != 0)
            return NULL;
        digest_hex(hex, digest);
    }
    return json_pack("{s:s, s:I, s:s}", "name", name.data, "bytes", (json_int_t)st.st_size, "sha256",
                     hex);
}

char *peer_job_text(const struct peer_job *job)
{
    json_t *files = json_array(), *recipients = json_array();
    for (size_t i = 0; i < job->count; i++)
        json_array_append_new(files, file_object(job, i));
    for (size_t i = 0; i < job->recipient_count; i++)
        json_array_append_new(recipients, json_string(job->recipients[i]));
    autojson json_t *object =
        json_pack("{s:s, s:o, s:o, s:s}", "mode", job->mode, "files", files, "recipients",
                  recipients, "digests-name", "SHA256SUMS");
    return json_dumps(object, JSON_COMPACT);
}
