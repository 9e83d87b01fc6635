/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inside.c owns the sockets that are bound into rooms. It must never listen for an area without
 * rooms, and never judge who connects: peers.c does. */
#include "control/inside.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clean.h"
#include "base/log.h"
#include "wire/wire.h"

#define SOCKET_NAME "control.sock"

static bool has_rooms(const struct policy *p, const char *area)
{
    const struct policy_area *found = policy_area(p, area);
    return found && found->gate == POLICY_ROOM;
}

static int open_folder(const char *area)
{
    autoclose int all = open(sk_path(SK_PATH_RUN_INSIDE), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (all < 0)
        return -errno;
    if (area[0] == '.')
        return SK_ERR_FORMAT;
    if (mkdirat(all, area, 0755) != 0 && errno != EEXIST)
        return -errno;
    int fd = openat(all, area, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

/* By descriptor: a path with the area's id may be longer than an address holds. */
static int listen_for(const char *area)
{
    char path[64];
    autoclose int folder = open_folder(area);
    if (folder < 0)
        return folder;
    snprintf(path, sizeof path, "/proc/self/fd/%d/" SOCKET_NAME, folder);
    return wire_listen(path, 0666);
}

static void drop_row(struct inside *in, size_t i)
{
    char path[SK_PATH_CAP];
    snprintf(path, sizeof path, "%s/%s/" SOCKET_NAME, sk_path(SK_PATH_RUN_INSIDE), in->rows[i].area);
    unlink(path); /* the folder stays: rooms may have it mounted */
    close(in->rows[i].fd);
    in->rows[i] = in->rows[--in->count];
}

static bool listens(const struct inside *in, const char *area)
{
    for (size_t i = 0; i < in->count; i++)
        if (strcmp(in->rows[i].area, area) == 0)
            return true;
    return false;
}

void inside_sync(struct inside *in, const struct policy *p)
{
    for (size_t i = in->count; i-- > 0;)
        if (!has_rooms(p, in->rows[i].area))
            drop_row(in, i);
    for (size_t i = 0; i < p->area_count && in->count < SK_AREAS_MAX; i++) {
        const char *area = p->areas[i].head.id;
        if (p->areas[i].gate != POLICY_ROOM || listens(in, area))
            continue;
        struct inside_row *row = &in->rows[in->count];
        row->fd = listen_for(area);
        snprintf(row->area, sizeof row->area, "%s", area);
        if (row->fd >= 0)
            in->count++;
        else
            log_warn("rooms of %s can't ask: %s", area, sk_strerror(row->fd));
    }
}

void inside_close(struct inside *in)
{
    while (in->count > 0)
        drop_row(in, in->count - 1);
}
