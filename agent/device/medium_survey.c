/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium_survey.c owns what the process does that reads what lies on a medium. It must never write there. */
#include "device/medium_survey.h"
#include <string.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "device/medium_files.h"
#include "record/record.h"
#include "wire/wire.h"

#define TELL_NS 100000000ull /* between two words about how far it is */

struct teller {
    int sock;
    uint64_t told_ns;
};

static int send_json(int sock, uint16_t type, const json_t *body)
{
    autofree char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    return text ? wire_send(sock, type, text, strlen(text), NULL, 0, SK_ANSWER_MS) : -ENOMEM;
}

static void tell(void *context, uint64_t bytes)
{
    struct teller *t = context;
    uint64_t now = clock_boot_ns();
    if (now - t->told_ns < TELL_NS)
        return;
    t->told_ns = now;
    autojson json_t *body = json_pack("{sI sI}", "bytes", (json_int_t)bytes, "total", (json_int_t)0);
    if (send_json(t->sock, SK_MSG_JOB_PROGRESS, body) == SK_ERR_CLOSED)
        _exit(1); /* nobody listens any more */
}

/* Known to who asked even if the medium goes while it is read. */
static void listed(void *context, const json_t *list)
{
    const struct teller *t = context;
    autojson json_t *body = json_pack("{sI sI sO}", "bytes", (json_int_t)0, "total", (json_int_t)0, "listed", list);
    if (send_json(t->sock, SK_MSG_JOB_PROGRESS, body) == SK_ERR_CLOSED)
        _exit(1);
}

struct survey {
    int top_fd, sock;
    const json_t *first;
};

static void run(void *context, int sock)
{
    const struct survey *s = context;
    struct teller t = {.sock = s->sock};
    const struct medium_files_calls calls = {.tell = tell, .listed = listed, .context = &t};
    struct fault f = {0};
    autojson json_t *found = NULL;
    (void)sock;
    int r = medium_files_list(s->top_fd, s->first, &calls, &found, &f);
    autojson json_t *error = r == 0 ? NULL : json_pack("{ss ss si}", "code", sk_errname(r), "why", f.why, "file", -1);
    (void)!send_json(s->sock, r == 0 ? SK_MSG_JOB_DONE : SK_MSG_ERROR, r == 0 ? found : error);
}

int medium_survey_start(int top_fd, const json_t *first, int sock, struct child *ret, struct fault *f)
{
    struct survey s = {.top_fd = top_fd, .sock = sock, .first = first};
    const int keep[] = {top_fd, sock};
    return child_start(ret, keep, array_count(keep), run, &s, f);
}
