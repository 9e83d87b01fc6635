/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.c owns the exporter's messages. It must never put a file's name or content into one. */
#include "export/answer.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include <string.h>
#include "base/phrase.h"
#include "record/record.h"
#include "wire/wire.h"

static int send_object(int sock, uint16_t type, const json_t *object, int timeout_ms)
{
    autofree char *text = object ? json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!text)
        return -ENOMEM;
    return wire_send(sock, type, text, strlen(text), NULL, 0, timeout_ms);
}

int answer_progress(int sock, uint64_t bytes, uint64_t total)
{
    autojson json_t *object = json_pack("{s:I, s:I}", "bytes", (json_int_t)bytes, "total",
                                        (json_int_t)total);
    int r = send_object(sock, SK_MSG_JOB_PROGRESS, object, 0);
    return r == SK_ERR_TIMEOUT ? 0 : r;
}

static json_t *result_object(const struct transfer_result *result)
{
    char hex[DIGEST_HEX_CAP];
    digest_hex(hex, result->digest);
    return json_pack("{s:I, s:s}", "bytes", (json_int_t)result->bytes, "sha256", hex);
}

int answer_done(int sock, const struct transfer *t)
{
    json_t *files = json_array();
    autojson json_t *object = json_pack("{s:o}", "files", files);
    int failed = !object;
    for (size_t i = 0; i < t->job->count && !failed; i++)
        failed = json_array_append_new(files, result_object(&t->results[i]));
    if (!failed && t->job->mode != JOB_MODE_COPY)
        failed = json_object_set_new(object, "sealed", result_object(&t->sealed));
    return failed ? -ENOMEM : send_object(sock, SK_MSG_JOB_DONE, object, SK_ANSWER_MS);
}

int answer_error(int sock, int code, const char *what, int file)
{
    autobuf struct buf why = {0};
    buf_printf(&why, "%s: %s", what, PHRASE_ERROR(code));
    if (why.err)
        return why.err;
    autojson json_t *object = json_pack("{s:s, s:s, s:i}", "code", sk_errname(code), "why",
                                        why.data, "file", file);
    return send_object(sock, SK_MSG_ERROR, object, SK_ANSWER_MS);
}
