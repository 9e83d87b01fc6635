/* SPDX-License-Identifier: GPL-3.0-or-later */
/* house.c owns the rooms' common life: what they need of this PC, and their ends. It must never leave
 * a process of an ended room alive, nor tell sekishod of a room later than it goes. */
#include "room/house.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/clock.h"
#include "base/log.h"
#include "room/cgroup.h"
#include "room/hide.h"
#include "room/idmap.h"
#include "room/spawn.h"

#define MS      1000000ull /* nanoseconds */
#define TERM_MS 3000ull    /* between TERM and KILL */

static int find_init_program(struct house *h, struct fault *f)
{
    static const char name[] = "/sekisho-room-init";
    ssize_t n = readlink("/proc/self/exe", h->init_program, sizeof h->init_program - sizeof name);
    if (n <= 0)
        return fault_errno(f, errno, "our own program can't be found");
    h->init_program[n] = '\0';
    char *slash = strrchr(h->init_program, '/');
    memcpy(slash ? slash : h->init_program, name, sizeof name);
    return access(h->init_program, X_OK) == 0 ? 0 : fault_errno(f, errno, "%s", h->init_program);
}

int house_open(struct house *h, struct fault *f)
{
    h->table.folder_fd = open(sk_path(SK_PATH_RUN_ROOMS), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (h->table.folder_fd < 0)
        return fault_errno(f, errno, "%s can't be opened", sk_path(SK_PATH_RUN_ROOMS));
    h->table.cgroups_fd = cgroup_open(f);
    if (h->table.cgroups_fd < 0)
        return f->code;
    if (access(SPAWN_BWRAP, X_OK) != 0)
        return fault_set(f, SK_ERR_UNSUPPORTED, "bubblewrap is not installed");
    h->map_fd = idmap_open(f);
    return h->map_fd < 0 ? f->code : find_init_program(h, f);
}

int house_tell(struct house *h, struct fault *f)
{
    int r = guardlink_tell(&h->guard, &h->table, f);
    h->told = r == 0;
    return r;
}

void house_show(struct house *h)
{
    int r = h->table.count == 0 ? hide_undo(h->table.folder_fd) : 0;
    if (r != 0)
        log_warn("/proc goes on hiding processes from other logins: %s", sk_strerror(r));
}

void house_bury(struct house *h, struct room *r)
{
    struct fault later = {0};
    char id[ROOM_ID_MAX + 1];
    memcpy(id, r->id, sizeof id);
    table_forget(&h->table, r);
    (void)!house_tell(h, &later); /* again until it is told: main.c */
    table_clear(&h->table, id);
    house_show(h);
}

/* Until the first processes of all are gone or the time is over. */
static void wait_gone(struct room *const *rooms, size_t count, uint64_t until_ns)
{
    for (;;) {
        struct pollfd p[SK_ROOMS_MAX];
        size_t left = 0;
        uint64_t now = clock_boot_ns();
        for (size_t i = 0; i < count; i++) {
            struct pollfd one = {.fd = rooms[i]->init_fd, .events = POLLIN};
            if (poll(&one, 1, 0) == 0)
                p[left++] = one;
        }
        if (left == 0 || now >= until_ns)
            return;
        (void)!poll(p, left, (int)((until_ns - now) / MS) + 1);
    }
}

void house_end(struct house *h, struct room *const *rooms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rooms[i]->ending = true;
        syscall(SYS_pidfd_send_signal, rooms[i]->init_fd, SIGTERM, NULL, 0);
    }
    wait_gone(rooms, count, clock_boot_ns() + TERM_MS * MS);
    for (size_t i = 0; i < count; i++)
        house_bury(h, rooms[i]);
}
