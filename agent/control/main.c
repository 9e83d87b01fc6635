/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the life of sekisho-control: start order, loop, end. It must never serve before its
 * rights are shed, and never begin a transfer before the ledger has been read.
 *
 * Start: arguments → facts that the sandbox would hide → sandbox → folders and keys → ledger read,
 * policy loaded → listen. A missing neighbour does not keep it from starting: status says so. */
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"
#include "control/media.h"
#include "control/permit.h"
#include "control/shelf.h"
#include "control/standing.h"
#include "sandbox/sandbox.h"

/* In this order. */
enum fixed { FIXED_SIGNALS, FIXED_LISTENER, FIXED_ROOM, FIXED_LEDGER, FIXED_INDEX, FIXED_NOTICE,
             FIXED_COUNT };

#define FDS_MAX                                                                                    \
    (FIXED_COUNT + SK_AREAS_MAX + SK_PEERS_MAX + 2 * CONTROL_JOBS_MAX + CONTROL_ROOM_JOBS_MAX +    \
     CONTROL_ROOM_ENDS_MAX)

/* What each descriptor belongs to; all NULL and "" for the fixed ones. */
struct owner {
    struct peer *peer;
    struct job *job;
    struct room_job *room_job;
    struct room_end *room_end;
    const char *inside; /* area whose rooms connect there */
};

struct watched {
    struct pollfd poll[FDS_MAX];
    struct owner owners[FDS_MAX];
    size_t count;
};

static void watch_fd(struct watched *w, int fd, short events, struct owner owner)
{
    w->poll[w->count] = (struct pollfd){.fd = fd, .events = events};
    w->owners[w->count] = owner;
    w->count++;
}

static void collect(struct control *c, int signals, struct watched *w)
{
    const struct owner nobody = {0};
    w->count = 0;
    watch_fd(w, signals, POLLIN, nobody);
    watch_fd(w, c->listener, POLLIN, nobody);
    watch_fd(w, c->room.fd, POLLIN, nobody);
    watch_fd(w, watchers_any(c) ? c->machine.ledger_fd : -1, POLLIN, nobody);
    watch_fd(w, c->feed.fd, POLLIN, nobody); /* -1 is passed over */
    watch_fd(w, c->notices.fd, POLLIN, nobody);
    for (size_t i = 0; i < c->inside.count; i++)
        watch_fd(w, c->inside.rows[i].fd, POLLIN, (struct owner){.inside = c->inside.rows[i].area});
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (c->peers[i])
            watch_fd(w, c->peers[i]->fd, c->peers[i]->busy ? POLLRDHUP : POLLIN,
                     (struct owner){.peer = c->peers[i]});
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++) {
        struct job *j = c->jobs[i];
        if (!j)
            continue;
        watch_fd(w, j->device_fd, POLLIN, (struct owner){.job = j});
        /* what the exporter says counts once the device process has said that it started */
        if (j->step == JOB_RUNNING && j->answer_fd >= 0)
            watch_fd(w, j->answer_fd, POLLIN, (struct owner){.job = j});
    }
    for (size_t i = 0; i < CONTROL_ROOM_JOBS_MAX; i++)
        if (c->room_jobs[i])
            watch_fd(w, room_job_fd(c->room_jobs[i]), POLLIN,
                     (struct owner){.room_job = c->room_jobs[i]});
    for (size_t i = 0; i < CONTROL_ROOM_ENDS_MAX; i++)
        if (c->room_ends[i])
            watch_fd(w, room_end_fd(c->room_ends[i]), POLLIN,
                     (struct owner){.room_end = c->room_ends[i]});
}

/* Serving one may have ended another. */
static bool alive(const struct control *c, const struct owner *o)
{
    for (size_t i = 0; o->job && i < CONTROL_JOBS_MAX; i++)
        if (c->jobs[i] == o->job)
            return true;
    for (size_t i = 0; o->room_job && i < CONTROL_ROOM_JOBS_MAX; i++)
        if (c->room_jobs[i] == o->room_job)
            return true;
    for (size_t i = 0; o->room_end && i < CONTROL_ROOM_ENDS_MAX; i++)
        if (c->room_ends[i] == o->room_end)
            return true;
    for (size_t i = 0; o->peer && i < SK_PEERS_MAX; i++)
        if (c->peers[i] == o->peer)
            return true;
    return false;
}

static void serve_peer(struct control *c, struct peer *p, short events)
{
    if (p->busy) {
        if (events & (POLLHUP | POLLRDHUP | POLLERR))
            peer_drop(c, p); /* its job goes on, the answer is lost, the record stays */
    } else {
        peer_read(c, p);
    }
}

static void serve_one(struct control *c, const struct owner *o, int fd, short events)
{
    if (!alive(c, o))
        return;
    if (o->peer) {
        serve_peer(c, o->peer, events);
    } else if (o->room_job) {
        room_job_ready(c, o->room_job);
    } else if (o->room_end) {
        room_end_ready(c, o->room_end);
    } else {
        bool device = fd == o->job->device_fd;
        job_ready(c, o->job, device ? events : 0, device ? 0 : events);
    }
}

static void serve(struct control *c, const struct watched *w)
{
    for (size_t i = FIXED_COUNT; i < w->count; i++)
        if (w->poll[i].revents && !w->owners[i].inside)
            serve_one(c, &w->owners[i], w->poll[i].fd, w->poll[i].revents);
    if (w->poll[FIXED_ROOM].revents && w->poll[FIXED_ROOM].fd == c->room.fd)
        link_listen(&c->room);
    if (w->poll[FIXED_LISTENER].revents & POLLIN)
        peer_accept(c, c->listener, "");
    if (w->poll[FIXED_INDEX].revents && w->poll[FIXED_INDEX].fd == c->feed.fd)
        index_ready(c);
    if (w->poll[FIXED_NOTICE].revents && w->poll[FIXED_NOTICE].fd == c->notices.fd)
        notices_ready(c);
    /* last: a policy that came in just now may have closed some */
    for (size_t i = 0; i < c->inside.count; i++)
        for (size_t k = FIXED_COUNT; k < w->count; k++)
            if (w->poll[k].revents && w->owners[k].inside && w->poll[k].fd == c->inside.rows[i].fd)
                peer_accept(c, c->inside.rows[i].fd, c->inside.rows[i].area);
}

/* Why a case, or a standing permit, is over by now; NULL: it is not. */
static const char *over_why(struct control *c, const struct case_entry *e, int64_t now)
{
    bool waits = e->state == CASE_REQUESTED || e->state == CASE_FAILED;
    const struct case_entry *under = fold_case(c->fold, record_text(e->permit, "under.id"));
    if (e->state == CASE_PERMITTED && (now >= e->expires_s || permit_is_ahead(e->permit, now)))
        return e->standing ? PHRASE("the standing permit's period is over")
                           : PHRASE("the permit was not used");
    if (e->state == CASE_PERMITTED && under && under->state != CASE_PERMITTED)
        return PHRASE("the standing permit ended");
    if (waits &&
        (now - e->requested_s > CONTROL_REQUEST_LIFE_S || (e->standing && now >= standing_end(e))))
        return PHRASE("nobody answered the request");
    return NULL;
}

/* Requests without an answer and permits that nobody used come to their end. */
static void expire_cases(struct control *c)
{
    int64_t now = control_now(c);
    for (size_t i = 0; c->folded && i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        const char *over = over_why(c, e, now);
        if (!over || job_of(c, e->id))
            continue;
        autobuf struct buf why = {0};
        autojson json_t *fields =
            json_pack("{ssssss}", "case", e->id, "phase", "expired", "why", over);
        json_t *record = control_record(c, SK_KIND_PERMIT);
        if (!fields || !record || json_object_update(record, fields) != 0) {
            json_decref(record);
            return;
        }
        if (ledger_append(c, record, false, NULL, &why) != 0)
            return;
        drop_later(c, e->id, record_text(e->request, "area"));
    }
}

/* Once all that happened before has its incident: the next run counts from this record on. */
static void record_start(struct control *c)
{
    char key[MINISIGN_PUBLIC_TEXT_CAP];
    minisign_public_format(&c->manifest_key.pub, key);
    if (c->start_recorded || !c->incident_watch.caught_up || !c->incident_watch.all_open)
        return;
    c->start_recorded = true;
    json_int_t looked = (json_int_t)incidents_looked(c);
    autojson json_t *fields = json_pack("{sssssssisI}", "phase", "start", "process", "sekisho-control",
                                        "manifest-key", key, "pid", (int)getpid(), "looked", looked);
    json_t *record = control_record(c, SK_KIND_AGENT);
    if (fields && record && json_object_update(record, fields) == 0)
        ledger_close_act(c, record);
    else
        json_decref(record);
}

/* True: there is more to be looked at at once. */
static bool sweep(struct control *c)
{
    bool had_started = c->started;
    c->swept_ns = clock_boot_ns();
    ledger_catch_up(c);
    bool more = incidents_look(c);
    record_start(c);
    notices_run(c);
    if (!had_started && c->started) {
        drop_find(c);
        inside_sync(&c->inside, c->rules.policy);
        desktop_sync(c);
    }
    if (c->folded)
        shelf_follow(c->shelf, sk_path(SK_PATH_LEDGER));
    expire_cases(c);
    ends_warn(c);
    drop_run(c);
    guard_watch(c);
    plugs_watch(c);
    media_look(c);
    rooms_judge(c);
    room_jobs_stalled(c);
    room_ends_stalled(c);
    index_places(c);
    index_ask(c);
    refusals_close(c, false);
    jobs_stalled(c);
    exports_expire(c);
    peers_idle(c);
    return more;
}

/* What control itself has just written may ask for an incident, and an incident for a notice. */
static void look_at_own(struct control *c, uint64_t *seen_seq)
{
    if (!c->fold || c->fold->next_seq == *seen_seq)
        return;
    (void)incidents_look(c);
    notices_run(c);
    *seen_seq = c->fold->next_seq;
}

static void loop(struct control *c, int signals)
{
    uint64_t seen_seq = 0;
    static struct watched w;
    bool more = false, unread = true; /* for who looks on; of the ledger, for incidents */
    for (;;) {
        uint64_t since_ns = clock_boot_ns() - c->swept_ns;
        int wait_ms = more || since_ns >= CONTROL_SWEEP_NS
                          ? 0
                          : (int)((CONTROL_SWEEP_NS - since_ns) / 1000000) + 1;
        collect(c, signals, &w);
        int n = poll(w.poll, w.count, wait_ms);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0 && w.poll[FIXED_SIGNALS].revents)
            return;
        if (n > 0)
            serve(c, &w);
        look_at_own(c, &seen_seq);
        more = watchers_feed(c);
        if (unread || clock_boot_ns() - c->swept_ns >= CONTROL_SWEEP_NS)
            unread = sweep(c);
        more = more || unread;
    }
}

static int open_fact(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Who looks on is served when something was written, and not by looking again and again. */
static int watch_ledger(void)
{
    autoclose int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0 || inotify_add_watch(fd, sk_path(SK_PATH_LEDGER), IN_MODIFY) < 0)
        return -1;
    return steal_fd(&fd);
}

static void read_machine(struct control *c)
{
    c->machine = (struct machine){
        .swaps_fd = open_fact("/proc/swaps"),
        .userns_fd = open_fact("/proc/sys/kernel/unprivileged_userns_clone"),
        .userns_max_fd = open_fact("/proc/sys/user/max_user_namespaces"),
        .landlock_abi = sandbox_landlock_abi(),
        .ledger_fd = watch_ledger(),
    };
    if (gethostname(c->host, sizeof c->host - 1) != 0 || !c->host[0])
        strcpy(c->host, "localhost");
    if (clock_boot_id(c->boot_id) != 0)
        strcpy(c->boot_id, "");
    struct rlimit files;
    /* descriptors on their way through: SK_RECEIVE_FILES_MAX for each receive */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static int start(struct control *c)
{
    bool is_new = false;
    int r = store_open();
    if (r != 0) {
        log_error("%s: %s", sk_path(SK_PATH_CONTROL), sk_strerror(r));
        return r;
    }
    r = store_manifest_key(&c->manifest_key, &is_new);
    c->has_manifest_key = r == 0;
    if (r != 0) {
        log_error("the manifest key: %s", sk_strerror(r));
        return r;
    }
    if (is_new)
        log_info("a new manifest key was made");
    (void)sweep(c);
    if (!c->started) {
        log_warn("the ledger can't be read yet: %s", c->fold_why);
        rules_load(&c->rules, 0);
    }
    if (!c->rules.owned)
        log_warn("no policy is in force: %s", c->rules.why);
    c->listener = wire_listen(sk_path(SK_PATH_CONTROL_SOCKET), 0666);
    if (c->listener < 0)
        log_error("%s: %s", sk_path(SK_PATH_CONTROL_SOCKET), sk_strerror(c->listener));
    return c->listener < 0 ? c->listener : 0;
}

static int choose(int argc, char **argv)
{
    static const struct option options[] = {{"instance", required_argument, NULL, 'i'}, {0}};
    const char *instance = NULL;
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o != 'i')
            return SK_ERR_FORMAT;
        instance = optarg;
    }
    return optind == argc ? sk_paths_choose(instance) : SK_ERR_FORMAT;
}

static void stop(struct control *c)
{
    unlink(sk_path(SK_PATH_CONTROL_SOCKET));
    jobs_abort(c);
    room_jobs_abort(c);
    room_ends_abort(c);
    inside_close(&c->inside);
    refusals_close(c, true);
    ledger_catch_up(c);
    incidents_close(c);
    notices_close(c);
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (c->peers[i])
            peer_drop(c, c->peers[i]);
    link_close(&c->ledger);
    link_close(&c->device);
    link_close(&c->guard);
    link_close(&c->room);
    link_close(&c->index);
    link_close(&c->plug);
    index_close(c);
    json_decref(c->feed.places);
    rules_free(&c->rules);
    fold_free(&c->fold);
    shelf_free(&c->shelf);
    json_decref(c->closings);
    json_decref(c->drops);
    json_decref(c->sweeps);
    json_decref(c->looked);
    minisign_secret_wipe(&c->manifest_key);
    if (c->listener >= 0)
        close(c->listener);
}

int main(int argc, char **argv)
{
    static struct control c = {
        .listener = -1,
        .ledger = {.name = "sekisho-ledger", .socket = SK_PATH_LEDGER_SOCKET, .fd = -1,
                   .overdue_fd = -1, .limit_ms = SK_ANSWER_MS},
        .device = {.name = "sekisho-device", .socket = SK_PATH_DEVICE_SOCKET, .fd = -1,
                   .overdue_fd = -1, .limit_ms = SK_ANSWER_MS},
        .index = {.name = "sekisho-index", .socket = SK_PATH_INDEX_SOCKET, .fd = -1,
                  .overdue_fd = -1, .limit_ms = LINK_QUICK_MS},
        .plug = {.name = "sekisho-plug", .socket = SK_PATH_PLUG_SOCKET, .fd = -1, .overdue_fd = -1,
                 .limit_ms = PLUGS_MS},
        .feed = {.fd = -1},
        .notices = {.fd = -1},
        .guard = {.name = "sekishod", .socket = SK_PATH_GUARD_SOCKET, .fd = -1,
                  .overdue_fd = -1, .limit_ms = LINK_QUICK_MS},
        .room = {.name = "sekisho-room", .socket = SK_PATH_ROOM_SOCKET, .fd = -1, .overdue_fd = -1,
                 .limit_ms = LINK_PROMPT_MS, .stray = rooms_stray, .context = &c},
    };
    struct sandbox *sandbox = NULL;
    log_open("sekisho-control", LOG_LEVEL_INFO);
    if (choose(argc, argv) != 0) {
        fprintf(stderr, "usage: sekisho-control [--instance DIR]\n");
        return 2;
    }
    c.started_ns = clock_boot_ns();
    read_machine(&c);
    int signals = fd_signals(false);
    int r = signals < 0 ? signals : sodium_init() < 0 ? SK_ERR_CRYPTO : 0;
    if (r == 0)
        r = sandbox_prepare(SANDBOX_CONTROL, &sandbox);
    if (r == 0)
        r = sandbox_enter(&sandbox, 0);
    if (r != 0) {
        log_error("the sandbox: %s", sk_strerror(r));
        return 1;
    }
    rules_init(&c.rules);
    c.closings = json_array();
    c.drops = json_object();
    c.sweeps = json_object();
    c.looked = json_object();
    r = c.closings && c.drops && c.sweeps && c.looked ? fold_new(c.boot_id, &c.fold) : -ENOMEM;
    snprintf(c.fold_why, sizeof c.fold_why, PHRASE("not read yet"));
    if (r == 0)
        r = start(&c);
    if (r == 0)
        loop(&c, signals);
    if (c.fold)
        stop(&c);
    return r == 0 ? 0 : 1;
}
