/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handover.c owns what is said to the exporter. It must never send a name unescaped, and keeps no
 * descriptor. */
#include "device/handover.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/phrase.h"
#include "record/record.h"
#include "base/str.h"
#include "wire/wire.h"

static json_t *file_entry(const struct request_file *file)
{
    autobuf struct buf name = {0};
    str_escape(&name, file->name, strlen(file->name));
    if (name.err || !name.data)
        return NULL;
    return json_pack("{s:s#, s:I, s:s}", "name", name.data, (int)name.len, "bytes",
                     (json_int_t)file->bytes, "sha256", file->sha256);
}

static json_t *job_body(const struct request_job_start *job)
{
    autojson json_t *files = json_array();
    for (size_t i = 0; files && i < job->count; i++)
        if (json_array_append_new(files, file_entry(&job->files[i])) != 0)
            return NULL;
    autobuf struct buf digests = {0};
    str_escape(&digests, job->digests_name, strlen(job->digests_name));
    if (digests.err)
        return NULL;
    json_t *recipients = job->recipients ? json_incref(job->recipients) : json_array();
    bool opens = job->identity && *job->identity;
    json_t *body = json_pack("{s:s, s:O, s:o, s:s#}", "mode",
                             job->job == REQUEST_EXPORT ? "seal" : opens ? "open" : "copy", "files",
                             files, "recipients", recipients, "digests-name",
                             digests.data ? digests.data : "", (int)digests.len);
    if (body && opens && json_object_set_new(body, "identity", json_string(job->identity)) != 0) {
        json_decref(body);
        return NULL;
    }
    return body;
}

static int send_batches(int sock, const char *text, const int *fds, size_t count)
{
    for (size_t at = 0; at < count;) {
        size_t batch = count - at < SK_MESSAGE_FDS_MAX ? count - at : SK_MESSAGE_FDS_MAX;
        const char *payload = at == 0 ? text : "{}";
        int r = wire_send(sock, at == 0 ? SK_MSG_JOB : SK_MSG_MORE_FDS, payload, strlen(payload),
                          fds + at, batch, SK_ANSWER_MS);
        if (r != 0)
            return r;
        at += batch;
    }
    return 0;
}

int handover_send(const struct request_job_start *job, const struct handover *what,
                  struct fault *f)
{
    size_t count = 1 + what->source_count + what->output_count;
    autofree int *fds = calloc(count, sizeof *fds);
    autojson json_t *body = job_body(job);
    autofree char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    if (!fds || !text)
        return fault_errno(f, ENOMEM, "the job can't be described");
    fds[0] = what->answer;
    memcpy(fds + 1, what->sources, what->source_count * sizeof *fds);
    memcpy(fds + 1 + what->source_count, what->outputs, what->output_count * sizeof *fds);
    autoclose int sock = wire_connect(sk_path(SK_PATH_EXPORT_SOCKET));
    if (sock < 0)
        return fault_set(f, SK_ERR_CLOSED, "no exporter can be started: %s", PHRASE_ERROR(sock));
    int r = send_batches(sock, text, fds, count);
    return r == 0 ? 0 : fault_set(f, r, "the exporter does not take the job: %s", PHRASE_ERROR(r));
}
