/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-request.c feeds bytes to all that sekisho-room reads: the first byte chooses what (questions of
 * room.sock, an order to a room, kept state, /proc and logind files). What is accepted must keep its
 * promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sekisho/limits.h>
#include "record/record.h"
#include "room/cgroup.h"
#include "room/logins.h"
#include "room/place.h"
#include "room/request.h"
#include "room/run.h"
#include "room/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

static void try_start(const char *text, size_t len)
{
    static struct request_start want;
    struct request_end end;
    struct fault f = {0}, other = {0};
    autojson json_t *body = NULL;
    if (record_parse(text, len, SK_MESSAGE_MAX, &body) != 0)
        return;
    int r = request_start(body, &want, &f);
    MUST(r == f.code && (r == 0 || f.why[0]));
    if (r == 0) {
        MUST(request_is_id(want.area) && request_is_login(want.login) && want.uid >= 1000);
        MUST(!want.mount[0] || request_is_absolute(want.mount));
        MUST(want.folder[0] != '/' && !strstr(want.folder, "/../"));
        MUST(want.word_count == 0 || want.command[0][0]);
        MUST(want.x_display >= -1 && want.x_display <= REQUEST_DISPLAY_MAX);
        request_start_clear(&want);
    }
    if (request_end(body, &end, &other) == 0)
        MUST(!end.room[0] || request_is_id(end.room));
}

static void try_run(const char *text, size_t len)
{
    struct run run;
    autobuf struct buf again = {0};
    if (run_decode(text, len, &run) != 0)
        return;
    MUST(run.command.count > 0 && run.folder[0] == '/' && !strchr(run.output, '/'));
    MUST(run_encode(&run, &again) == 0);
    MUST(again.len == len && memcmp(again.data, text, len) == 0);
    run_clear(&run);
}

static void try_state(const char *text, size_t len)
{
    static struct room r;
    autobuf struct buf again = {0};
    if (state_read(text, len, &r) != 0)
        return;
    MUST(request_is_id(r.id) && request_is_absolute(r.mount) && r.init_pid > 1);
    MUST(state_write(&r, &again) == 0);
}

static void try_place(const char *text, size_t len)
{
    char session[PLACE_SESSION_MAX], tree[64];
    uid_t uid;
    pid_t parent;
    if (place_of_cgroup(text, len, session) == PLACE_SESSION)
        MUST(session[0] && !strchr(session, '/') && session[0] != '.');
    (void)place_of_status(text, len, &parent, &uid);
    if (cgroup_tree_of(text, len, tree, sizeof tree))
        MUST(strlen(tree) < sizeof tree);
}

static void try_logins(const char *text, size_t len)
{
    struct logins_person p = {.login = "w", .home = "/h", .shell = "/bin/sh", .uid = 1000, .gid = 100};
    autobuf struct buf out = {0};
    logins_passwd(text, len, &p, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(const char *, size_t) = {try_start, try_run, try_state, try_place,
                                                          try_logins};
    if (size > 0)
        tries[data[0] % 5]((const char *)data + 1, size - 1);
    return 0;
}
