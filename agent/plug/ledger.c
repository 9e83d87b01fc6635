/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger.c owns the connection to sekisho-ledger and the records that wait for it. It must never say that
 * something is on record that the ledger has not acknowledged, nor change the order of what happened. */
#include "plug/ledger.h"
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <string.h>
#include "base/log.h"
#include "base/str.h"
#include "record/record.h"
#include "wire/wire.h"

#define ANSWER_MS 5000 /* milliseconds that one record may take */

struct ledger_line {
    int sock; /* -1 = not connected */
    json_t *queue[LEDGER_QUEUE_MAX];
    size_t first, count;
    bool hangs;    /* it did not answer in time: it is asked again by ledger_flush only */
    uint64_t lost; /* records that no longer fitted, since the last that said so */
};

int ledger_line_new(struct ledger_line **ret)
{
    struct ledger_line *l = calloc(1, sizeof *l);
    if (!l)
        return -ENOMEM;
    l->sock = -1;
    *ret = l;
    return 0;
}

void ledger_line_free(struct ledger_line **at)
{
    struct ledger_line *l = steal_ptr(at);
    if (!l)
        return;
    if (l->sock >= 0)
        close(l->sock);
    for (size_t i = 0; i < l->count; i++)
        json_decref(l->queue[(l->first + i) % LEDGER_QUEUE_MAX]);
    free(l);
}

static void disconnect(struct ledger_line *l)
{
    if (l->sock >= 0)
        close(l->sock);
    l->sock = -1;
}

/* Does it not take this record, or no record at all (a full disk)? */
static int refusal(const struct wire_message *answer)
{
    autojson json_t *error = NULL;
    int r = record_parse(answer->payload.data ? answer->payload.data : "", answer->payload.len, WIRE_INLINE_MAX, &error);
    return r == 0 && str_eq(record_text(error, "code"), sk_errname(SK_ERR_FORMAT)) ? SK_ERR_REFUSED : SK_ERR_STATE;
}

static int append_once(struct ledger_line *l, const struct buf *payload)
{
    autowire struct wire_message answer = {0};
    if (l->sock < 0)
        l->sock = wire_connect_within(sk_path(SK_PATH_LEDGER_SOCKET), ANSWER_MS);
    if (l->sock < 0)
        return SK_ERR_CLOSED;
    int r = wire_call(l->sock, SK_MSG_APPEND, payload->data, payload->len, NULL, 0, &answer, ANSWER_MS);
    if (r != 0)
        disconnect(l);
    return r != 0 ? r : answer.type == SK_MSG_APPENDED ? 0 : refusal(&answer);
}

static int append(struct ledger_line *l, json_t *record)
{
    autobuf struct buf payload = {0};
    autojson json_t *message = json_pack("{sOsbsb}", "record", record, "durable", 1, "seal", 0);
    int r = message ? record_write(message, &payload) : -ENOMEM;
    if (r == 0)
        r = append_once(l, &payload);
    if (r == SK_ERR_CLOSED)
        r = append_once(l, &payload); /* the ledger was started anew */
    l->hangs = r == SK_ERR_TIMEOUT;
    return r;
}

/* What no longer fitted stands as one record where it would have stood. */
static int tell_lost(struct ledger_line *l)
{
    if (l->lost == 0)
        return 0;
    autojson json_t *record = json_pack("{sssssI}", "kind", "device", "phase", "not-told", "count", (json_int_t)l->lost);
    int r = record ? append(l, record) : -ENOMEM;
    if (r == 0)
        l->lost = 0;
    return r;
}

/* A record that the ledger itself refuses would stop all that come after it: it is given up, loudly. */
static int flush(struct ledger_line *l)
{
    int r = l->hangs ? SK_ERR_TIMEOUT : tell_lost(l);
    while (r == 0 && l->count > 0) {
        json_t *record = l->queue[l->first];
        r = append(l, record);
        if (r == SK_ERR_REFUSED || r == SK_ERR_LIMIT || r == SK_ERR_FORMAT) {
            log_error("the ledger does not take a record of a device: %s", sk_strerror(r));
            l->lost++;
            r = 0;
        } else if (r != 0) {
            break;
        }
        json_decref(record);
        l->first = (l->first + 1) % LEDGER_QUEUE_MAX;
        l->count--;
    }
    return r;
}

size_t ledger_waiting(const struct ledger_line *l)
{
    return l->count + (l->lost > 0);
}

size_t ledger_flush(struct ledger_line *l)
{
    l->hangs = false;
    (void)!flush(l);
    return ledger_waiting(l);
}

int ledger_before(struct ledger_line *l, json_t *given)
{
    autojson json_t *record = given;
    int r = record ? flush(l) : -ENOMEM;
    return r != 0 ? r : append(l, record);
}

void ledger_after(struct ledger_line *l, json_t *given)
{
    autojson json_t *record = given;
    if (!record) {
        l->lost++;
        return;
    }
    if (l->count == LEDGER_QUEUE_MAX) {
        json_decref(l->queue[l->first]);
        l->first = (l->first + 1) % LEDGER_QUEUE_MAX;
        l->count--;
        l->lost++;
    }
    l->queue[(l->first + l->count) % LEDGER_QUEUE_MAX] = json_incref(record);
    l->count++;
    (void)!flush(l);
}
