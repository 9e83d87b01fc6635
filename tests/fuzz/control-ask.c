/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-ask.c owns the fuzzing of questions: any bytes as the payload of an ASK, from a person
 * with every role and from nobody, with and without descriptors. No neighbour is there, so whatever
 * would act is refused; every question gets exactly one answer or the end of the connection. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/log.h"
#include "control/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char policy_text[] =
    "[policy]\nversion = 3\nissued = 2026-01-01\nexpires = 2099-03-31\n"
    "[contract city]\ntitle = T\nclient = C\ncontractor = D\nstart = 2026-01-01\nend = 2099-03-31\n"
    "retention = 5 years\nchapter-5 = no\nequipment = no\n"
    "[consent letter-12]\ncontract = city\ndocument = N\ndate = 2026-01-10\n"
    "sha256 = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nareas = shared\n"
    "destinations = stick\npurposes = p\nuntil = 2099-03-31\n"
    "[person hana]\nuser = root\nname = H\nrole = handler, manager, administrator, auditor\n"
    "areas = shared\ntrained = 2026-01-05\npledge = 2026-01-05\n"
    "key = RWQ5fapRRXxFVLDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ\n"
    "[area shared]\nlabel = L\nmount = /a\ncontract = city\nbacking = filesystem\ngate = open\n"
    "level = 2\napplications = tools\n"
    "[application tools]\nexe = /usr/bin/cat\n"
    "[destination stick]\ncontract = city\nlabel = S\nkind = medium\npath = /m\nrecipients = o\n"
    "approvers = hana\n"
    "[recipient o]\nname = N\norganisation = O\ncontract = city\n"
    "age = age12kw9tuypexetxdmsxe2870ua3c9qj6hep8t5539lwdmaww7ka52q6g0t5p\n";

static const char request_text[] =
    "{\"kind\":\"request\",\"seq\":1,\"case\":\"T-20261121-0001\",\"type\":\"takeout\",\"at\":"
    "\"2026-11-21T00:00:00.000Z\",\"person\":{\"id\":\"taro\"},\"area\":\"shared\",\"purpose\":"
    "\"p\",\"destination\":{\"id\":\"stick\"},\"consent\":{\"id\":\"letter-12\"},\"digest\":\"aa\","
    "\"content\":{\"files\":[]}}";

static struct control control = {
    .listener = -1,
    .folded = true,
    .started = true,
    .ledger = {.name = "ledger", .socket = SK_PATH_LEDGER_SOCKET, .fd = -1, .overdue_fd = -1},
    .device = {.name = "device", .socket = SK_PATH_DEVICE_SOCKET, .fd = -1, .overdue_fd = -1},
    .guard = {.name = "guard", .socket = SK_PATH_GUARD_SOCKET, .fd = -1, .overdue_fd = -1},
    .room = {.name = "room", .socket = SK_PATH_ROOM_SOCKET, .fd = -1, .overdue_fd = -1},
    .index = {.name = "index", .socket = SK_PATH_INDEX_SOCKET, .fd = -1, .overdue_fd = -1},
    .machine = {-1, -1, -1, 0, -1},
};

static void set_up(void)
{
    struct policy_findings findings = {0};
    if (control.fold)
        return;
    log_open("control-ask", LOG_LEVEL_ERROR); /* what is refused is no news here */
    if (sk_paths_choose("/nonexistent/sekisho-fuzz") != 0 || fold_new("", &control.fold) != 0 ||
        policy_parse(policy_text, sizeof policy_text - 1, &control.rules.owned, &findings) != 0 ||
        fold_line(control.fold, request_text, sizeof request_text - 1, 1) != 0)
        abort();
    policy_findings_free(&findings);
    control.rules.policy = control.rules.owned;
    control.closings = json_array();
    control.drops = json_object();
}

/* Every answer that is there; false when none is. */
static bool drain(int fd)
{
    bool any = false;
    for (;;) {
        autowire struct wire_message m = {0};
        if (wire_receive(fd, &m, 0) != 0)
            return any;
        any = true;
    }
}

static void ask_as(uid_t uid, const char *area, const uint8_t *data, size_t size, size_t fd_count)
{
    int pair[2];
    struct wire_message m = {.type = SK_MSG_ASK};
    struct peer p = {.id = 1, .who = {.uid = uid}};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    p.fd = pair[0];
    snprintf(p.area, sizeof p.area, "%s", area);
    buf_put(&m.payload, data, size);
    for (size_t i = 0; i < fd_count; i++)
        m.fds[m.fd_count++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int r = ask_run(&control, &p, &m);
    if (r == 0 && !p.busy && !drain(pair[1]))
        abort();
    wire_message_clear(&m);
    watcher_free(&p.watcher);
    close(pair[0]);
    close(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uid_t nobody = 65534;
    set_up();
    if (size == 0)
        return 0;
    ask_as(0, "", data + 1, size - 1, data[0] & 3);
    ask_as(nobody, "", data + 1, size - 1, data[0] & 3);
    ask_as(nobody, "shared", data + 1, size - 1, data[0] & 3);
    return 0;
}
