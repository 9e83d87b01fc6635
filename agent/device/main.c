/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the process sekisho-device: its start, what its loop minds, its end. It must never end
 * with an area attached that it could detach. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/fdio.h"
#include "base/log.h"
#include "base/options.h"
#include "device/dispatch.h"
#include "device/sweep.h"
#include "sandbox/sandbox.h"

#define DESCRIPTORS_WANTED 65536u /* two for each file of a case, for several cases */
#define GUARD_RETRY_MS     500    /* between tries to reach a sekishod or index that went away */

static const char about[] = "Mounts areas and opens files for sekisho-control. Started by sekisho-start\n"
                            "or its unit, as root.\n";

static void tell_area(const char *id, const char *why)
{
    log_warn("area %s: %s", id, why);
}

/* One device process for an instance: two would mount one image twice. */
static int take_lock(void)
{
    autoclose int lock = open(sk_path(SK_PATH_AREAS), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0) {
        log_error("%s can't be opened: %s", sk_path(SK_PATH_AREAS), sk_strerror(-errno));
        return -1;
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        log_error("another sekisho-device runs for this instance");
        return -1;
    }
    return steal_fd(&lock);
}

/* sekishod went away or came back. */
static void keep_cover(struct device *d)
{
    bool covered = area_cover_again(&d->areas);
    if (covered == d->uncovered)
        log_warn(covered ? "sekishod covers all open areas again"
                         : "sekishod is away: open areas are closed to new visitors");
    d->uncovered = !covered;
}

static void guard_ready(void *context, int fd)
{
    struct device *d = context;
    if (d->areas.guard.sock == fd && guardlink_lost(&d->areas.guard))
        keep_cover(d);
}

static void index_ready(void *context, int fd)
{
    struct device *d = context;
    if (d->areas.index.sock == fd)
        (void)indexlink_lost(&d->areas.index);
}

static void gather(struct server *s, void *context)
{
    struct device *d = context;
    server_watch(s, d->areas.guard.sock, guard_ready);
    server_watch(s, d->areas.index.sock, index_ready);
    dispatch_gather(d);
}

static int turn(void *context)
{
    struct device *d = context;
    if (d->areas.count > 0 && d->uncovered)
        keep_cover(d);
    /* is there anything that sekisho-index should look at? */
    bool wanted = d->areas.count > 0 || d->areas.index.place_count > 0;
    bool waits = wanted && !area_index_again(&d->areas);
    held_look(&d->areas.held, tell_area);
    int due = dispatch_turn(d), look = -1;
    if (d->areas.held.count > 0)
        look = HELD_LOOK_MS;
    if (waits || (d->areas.count > 0 && d->uncovered))
        look = GUARD_RETRY_MS;
    return due < 0 || (look >= 0 && look < due) ? look : due;
}

static int serve(struct server *s, struct device *d)
{
    /* the socket appears when all is ready: what a killed process left is cleaned up first */
    d->server = s;
    sweep_mounts(&d->areas, tell_area);
    medium_sweep();
    int r = server_listen(s);
    if (r == 0)
        r = sandbox_shed(SANDBOX_DEVICE);
    if (r != 0) {
        log_error("can't start: %s", sk_strerror(r));
        return r;
    }
    log_info("ready");
    r = server_run(s);
    dispatch_end(d);
    medium_close_all(&d->media);
    size_t left = area_close_all(&d->areas, tell_area);
    if (left)
        log_warn("%zu areas are in use and stay as they are", left);
    return left ? SK_ERR_STATE : r;
}

int main(int argc, char **argv)
{
    static struct device d = {.areas = {.guard = GUARDLINK_NONE, .index = INDEXLINK_NONE}};
    const struct server_config config = {.name = "device", .socket = SK_PATH_DEVICE_SOCKET,
                                         .strange = true,
                                         .children = true, /* elsewhere.c leaves some */
                                         .send_ms = SK_ANSWER_MS,
                                         .messages = dispatch_messages,
                                         .message_count = DISPATCH_MESSAGE_COUNT, .context = &d,
                                         .turn = turn, .gather = gather, .gone = dispatch_gone};
    struct server *s = NULL;
    log_open("sekisho-device", LOG_LEVEL_INFO);
    int status = options_daemon(argc, argv, "sekisho-device", about);
    if (status >= 0)
        return status;
    umask(022);
    if (fd_limit_raise(DESCRIPTORS_WANTED) != 0)
        log_warn("the number of descriptors can't be raised: large cases may be refused");
    autoclose int lock = take_lock();
    if (lock < 0 || server_new(&config, &s) != 0)
        return 1;
    int r = serve(s, &d);
    guardlink_close(&d.areas.guard);
    indexlink_close(&d.areas.index);
    server_free(&s);
    log_info("ended");
    return r < 0;
}
