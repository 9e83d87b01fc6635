/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.c owns what plug.sock answers and what the loop does besides. It must never take a policy from anybody's
 * word: it reads the installed one itself. */
#include "plug/serve.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include <string.h>
#include <sys/inotify.h>
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "plug/beyond.h"
#include "plug/desk.h"
#include "policy/installed.h"

struct house {
    struct server *server;
    int glass_fd; /* inotify(7) of the folder where the glass is */
    struct monitor *monitor;
    struct desk *desk;
};

static struct house *house_of(const struct server_call *c)
{
    return c->context;
}

static int answer_with(struct server_call *c, json_t *list)
{
    if (!list || json_object_update(c->answer, list) != 0) {
        json_decref(list);
        return -ENOMEM;
    }
    json_decref(list);
    return 0;
}

static int list_call(struct server_call *c)
{
    return answer_with(c, desk_list(house_of(c)->desk));
}

static int policy_call(struct server_call *c)
{
    struct policy *policy = NULL;
    int r = policy_installed(&policy);
    if (r != 0)
        return fault_set(&c->fault, r, "the installed policy can't be read: %s", PHRASE_ERROR(r));
    desk_policy(house_of(c)->desk, policy);
    return server_put(c, "version", json_integer((json_int_t)desk_policy_now(house_of(c)->desk)->version));
}

static int try_call(struct server_call *c)
{
    autobuf struct buf text = {0};
    struct policy_findings findings = {0};
    struct policy *policy = NULL;
    if (c->message->fd_count != 1)
        return fault_set(&c->fault, SK_ERR_FORMAT, "no policy came");
    int r = fd_read_all(c->message->fds[0], SK_POLICY_MAX, &text);
    if (r == 0)
        r = policy_parse(text.data ? text.data : "", text.len, &policy, &findings);
    policy_findings_free(&findings);
    if (r != 0)
        return fault_set(&c->fault, r, "this is no policy: %s", PHRASE_ERROR(r));
    json_t *list = desk_try(house_of(c)->desk, policy);
    policy_free(&policy);
    return answer_with(c, list);
}

static int status_call(struct server_call *c)
{
    const struct house *h = house_of(c);
    return server_put_status(c, json_pack("{sIsIsIsIsoss}", "devices", (json_int_t)desk_count(h->desk), "version",
                                          (json_int_t)desk_policy_now(h->desk)->version, "waiting",
                                          (json_int_t)desk_waiting(h->desk), "in-use",
                                          (json_int_t)desk_in_use(h->desk), "uncovered",
                                          beyond_uncovered("/sys", "/dev"), "revoked", desk_revoked_mark(h->desk)));
}

static int revoked_call(struct server_call *c)
{
    return desk_revoke(house_of(c)->desk, c->body, &c->fault);
}

/* {"port", …}: all but the port is what sekisho-device is asked. */
static int approve_call(struct server_call *c)
{
    autojson json_t *body = json_deep_copy(c->body);
    autofree char *port = strdup(record_text(c->body, "port"));
    if (!body || !port)
        return -ENOMEM;
    json_object_del(body, "port");
    int r = desk_mark(house_of(c)->desk, port, steal_ptr(&body), c->peer, &c->fault);
    return r == 0 ? SERVER_LATER : r;
}

static void approved(void *context, uint64_t marker, const struct plugged *p, const json_t *answer, const char *why)
{
    const struct house *h = context;
    char vendor[8], product[8];
    if (!answer) {
        server_refuse(h->server, marker, SK_ERR_STATE, why);
        return;
    }
    snprintf(vendor, sizeof vendor, "%04x", p->said.vendor);
    snprintf(product, sizeof product, "%04x", p->said.product);
    const char *turn = json_string_value(json_array_get(json_object_get(answer, "turns"), 0));
    (void)server_send(h->server, marker, SK_MSG_PLUG_APPROVED,
                      json_pack("{ssssssssssss}", "turn", turn ? turn : "", "identity", record_text(answer, "identity"),
                                "vendor", vendor, "product", product, "serial", p->serial, "filesystem",
                                record_text(answer, "filesystem")), -1);
}

static const struct server_message messages[] = {
    {SK_MSG_PLUG_LIST, SK_MSG_PLUGGED, SERVER_BOTH, 0, WIRE_INLINE_MAX, list_call},
    {SK_MSG_PLUG_POLICY, SK_MSG_OK, SERVER_CONTROL, 0, WIRE_INLINE_MAX, policy_call},
    {SK_MSG_PLUG_TRY, SK_MSG_PLUGGED, SERVER_CONTROL, 1, WIRE_INLINE_MAX, try_call},
    {SK_MSG_PLUG_APPROVE, SK_MSG_PLUG_APPROVED, SERVER_CONTROL, 0, WIRE_INLINE_MAX, approve_call},
    {SK_MSG_PLUG_REVOKED, SK_MSG_OK, SERVER_CONTROL, 0, SK_MESSAGE_MAX, revoked_call},
    {SK_MSG_STATUS, SK_MSG_OK, SERVER_BOTH, 0, WIRE_INLINE_MAX, status_call},
};

static void monitor_ready(void *context, int fd)
{
    struct house *h = context;
    struct monitor_event e;
    int r;
    (void)fd;
    while ((r = monitor_next(h->monitor, &e)) == 1)
        desk_event(h->desk, &e);
    if (r == -ENOBUFS) {
        log_warn("events of devices were lost: all that is plugged in is looked at");
        monitor_drop(h->monitor);
        desk_look(h->desk, h->monitor);
    }
}

static void look_at_glass(const struct house *h)
{
    char path[SK_PATH_CAP + 32];
    struct glass glass;
    snprintf(path, sizeof path, "%s/" GLASS_NAME, sk_path(SK_PATH_RUN));
    glass_look(path, "/proc/cmdline", &glass);
    desk_glass(h->desk, &glass);
}

static void glass_ready(void *context, int fd)
{
    _Alignas(struct inotify_event) char events[4096];
    while (read(fd, events, sizeof events) > 0)
        ; /* which of the files in that folder it was does not matter */
    look_at_glass(context);
}

/* Without it the glass is seen when it was broken before the start only, which is said. */
static int watch_glass(void)
{
    autoclose int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0 || inotify_add_watch(fd, sk_path(SK_PATH_RUN), IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0) {
        log_error("%s can't be watched: %s", sk_path(SK_PATH_RUN), sk_strerror(-errno));
        return -1;
    }
    return steal_fd(&fd);
}

static void media_is_ready(void *context, int fd)
{
    const struct house *h = context;
    if (desk_media_fd(h->desk) == fd)
        desk_media_ready(h->desk);
}

/* The turn that comes next takes what came of it. */
static void switch_ready(void *context, int fd)
{
    (void)context;
    (void)fd;
}

static void watch_switch(void *context, int fd)
{
    server_watch(context, fd, switch_ready);
}

static void gather(struct server *s, void *context)
{
    const struct house *h = context;
    server_watch(s, h->glass_fd, glass_ready);
    server_watch(s, desk_media_fd(h->desk), media_is_ready);
    server_watch(s, monitor_fd(h->monitor), monitor_ready);
    desk_switches(h->desk, watch_switch, s);
}

static int turn(void *context)
{
    const struct house *h = context;
    return desk_turn(h->desk);
}

static struct house the_house = {.glass_fd = -1};
static const struct server_config config = {
    .name = "plug", .socket = SK_PATH_PLUG_SOCKET, .strange = true, .messages = messages,
    .message_count = array_count(messages), .context = &the_house, .turn = turn, .gather = gather, .children = true,
};

/* Without it the rules of udev don't hold, which `sekisho status` shows (beyond.h). */
static void leave_mark(void)
{
    char path[SK_PATH_CAP + 32];
    snprintf(path, sizeof path, "%s/" SERVE_MARK_NAME, sk_path(SK_PATH_RUN));
    autoclose int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        log_error("%s can't be written: %s", path, sk_strerror(-errno));
}

int serve_open(struct server **ret)
{
    int r = server_new(&config, &the_house.server);
    if (r == 0)
        r = server_listen(the_house.server);
    if (r == 0)
        r = monitor_open(&the_house.monitor);
    if (r != 0)
        return r;
    leave_mark();
    *ret = the_house.server;
    return 0;
}

/* The installed policy, else the built-in one: keyboards and hubs only, and where there never was one what works already.
 * One that can't be read is no reason to let in more. */
static void first_policy(struct house *h)
{
    struct policy *policy = NULL;
    int r = policy_installed(&policy);
    if (r != 0)
        log_warn("no policy is in force here: %s", PHRASE_ERROR(r));
    else
        desk_policy(h->desk, policy);
    if (r == -ENOENT)
        desk_keep(h->desk);
}

int serve_run(void)
{
    struct house *h = &the_house;
    struct sysfs *sysfs = NULL;
    struct ledger_line *ledger = NULL;
    int r = sysfs_open("/sys", &sysfs);
    if (r == 0)
        r = ledger_line_new(&ledger);
    if (r == 0)
        r = desk_new(sysfs, ledger, &h->desk);
    else
        sysfs_close(&sysfs);
    if (r == 0) {
        h->glass_fd = watch_glass();
        desk_on_marked(h->desk, approved, h);
        look_at_glass(h);
        first_policy(h);
        desk_look(h->desk, h->monitor);
        desk_begin(h->desk);
        desk_media_begin(h->desk);
        log_info("ready, %zu devices", desk_count(h->desk));
        r = server_run(h->server);
    }
    if (h->glass_fd >= 0)
        close(h->glass_fd);
    monitor_close(&h->monitor);
    desk_free(&h->desk);
    return r;
}
