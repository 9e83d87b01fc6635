/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trouble.c owns what must not be forgotten while nothing can be written. It must never fail its caller: a file
 * that can't be kept costs only what a restart in between would forget. */
#include "ledger/trouble.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/record.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "record/record.h"

#define FILE_MODE 0600
#define FILE_MAX  ((size_t)512) /* bytes */

void trouble_open(struct trouble *t, const char *path)
{
    autobuf struct buf text = {0};
    autojson json_t *kept = NULL;
    int64_t at_s;
    *t = (struct trouble){.path = path};
    if (!path || file_read(AT_FDCWD, path, FILE_MAX, &text) != 0 ||
        record_parse(text.data, text.len, FILE_MAX, &kept) != 0)
        return;
    const char *since = record_text(kept, "since");
    int64_t code = record_number(kept, "code"), refused = record_number(kept, "refused");
    if (clock_parse_time(since, &at_s) != 0 || strlen(since) >= sizeof t->since || code >= 0 ||
        code < INT16_MIN || refused < 0)
        return;
    memcpy(t->since, since, strlen(since) + 1);
    t->since_ns = (uint64_t)record_number(kept, "since-ns");
    t->code = (int)code;
    t->refused = (uint64_t)refused;
}

/* In one write, over what was there: the text only grows. */
static void keep(const struct trouble *t)
{
    autobuf struct buf text = {0};
    autojson json_t *kept = json_pack("{sisIsssI}", "code", t->code, "refused", (json_int_t)t->refused,
                                      "since", t->since, "since-ns", (json_int_t)t->since_ns);
    if (!t->path || !kept || record_write(kept, &text) != 0)
        return;
    autoclose int fd = open(t->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd >= 0)
        (void)!pwrite(fd, text.data, text.len, 0);
}

void trouble_note(struct trouble *t, int code, uint64_t refused)
{
    bool fresh = !t->since[0];
    if (fresh) {
        struct clock_now now;
        clock_read(&now);
        clock_format(t->since, now.wall_s, now.wall_ns);
        t->since_ns = now.boot_ns;
        t->code = code;
    }
    t->refused += refused;
    if (fresh || refused > 0)
        keep(t);
}

bool trouble_is(const struct trouble *t)
{
    return t->since[0] != '\0';
}

json_t *trouble_record(const struct trouble *t, const char *process)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:{s:I},s:{s:I}}", "kind", SK_KIND_AGENT, "phase", "gap",
                     "process", process, "why", PHRASE("the ledger could not write everything"), "error",
                     sk_errname(t->code), "since", t->since, "from", "boottime", (json_int_t)t->since_ns,
                     "counts", "refused", (json_int_t)t->refused);
}

void trouble_told(struct trouble *t)
{
    if (t->path && trouble_is(t))
        (void)!unlink(t->path);
    *t = (struct trouble){.path = t->path};
}
