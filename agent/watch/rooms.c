/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms.c owns the list of rooms. It must never keep a room's namespace open (its mounts would live
 * as long) nor leave half a list behind: a new one is written aside and then takes its place. */
#include "watch/rooms.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/phrase.h"
#include "watch/areas.h"
#include "watch/trust.h"

static const struct guard_rooms *current(const struct guard *g)
{
    uint32_t slot = atomic_load_explicit(&g->shared->rooms_slot, memory_order_acquire);
    return &g->shared->rooms[slot & 1];
}

static bool same_namespace(const struct statx *st, const char *path)
{
    struct statx other;
    return trust_stat(AT_FDCWD, path, 0, &other) == 0 && other.stx_ino == st->stx_ino &&
           other.stx_dev_major == st->stx_dev_major && other.stx_dev_minor == st->stx_dev_minor;
}

/* The kernel's own name for what lies behind a descriptor of nsfs, which no user can shape. */
static bool is_mount_namespace(int fd)
{
    static const char head[] = "mnt:[";
    struct statfs fs;
    char path[32], name[32];
    if (fstatfs(fd, &fs) != 0 || fs.f_type != NSFS_MAGIC)
        return false;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return readlink(path, name, sizeof name) > (ssize_t)strlen(head) &&
           memcmp(name, head, strlen(head)) == 0;
}

static int fill(const struct message_room *ask, int fd, struct guard_room *row, struct buf *why)
{
    struct statx st;
    if (!areas_id_valid(ask->area) || ask->login_uid == 0 ||
        ask->login_uid >= SK_ROOM_UID_COUNT ||
        ask->room_uid != SK_ROOM_UID_BASE + ask->login_uid) {
        buf_puts(why, PHRASE("a room needs an area's id and the user ids that belong together"));
        return SK_ERR_FORMAT;
    }
    if (!is_mount_namespace(fd)) {
        buf_puts(why, PHRASE("a room's descriptor must be a mount namespace"));
        return SK_ERR_FORMAT;
    }
    int r = trust_stat(fd, "", AT_EMPTY_PATH, &st);
    if (r != 0)
        return r;
    if (same_namespace(&st, "/proc/self/ns/mnt") || same_namespace(&st, "/proc/1/ns/mnt")) {
        buf_puts(why, PHRASE("the machine's own mount namespace is no room"));
        return SK_ERR_REFUSED;
    }
    *row = (struct guard_room){.ns_inode = st.stx_ino, .ns_major = st.stx_dev_major,
                               .ns_minor = st.stx_dev_minor, .login_uid = ask->login_uid,
                               .room_uid = ask->room_uid};
    memcpy(row->area, ask->area, strlen(ask->area) + 1);
    return 0;
}

static bool same_room(const struct guard_room *a, const struct guard_room *b)
{
    return a->ns_inode == b->ns_inode && a->ns_major == b->ns_major && a->ns_minor == b->ns_minor;
}

int rooms_replace(const struct guard *g, const struct message_rooms *rooms, const int *fds,
                  struct buf *why)
{
    uint32_t slot = ~atomic_load(&g->shared->rooms_slot) & 1;
    struct guard_rooms *aside = &g->shared->rooms[slot];
    for (uint32_t i = 0; i < rooms->count; i++) {
        int r = fill(&rooms->rows[i], fds[i], &aside->rows[i], why);
        if (r != 0)
            return r;
        for (uint32_t k = 0; k < i; k++)
            if (same_room(&aside->rows[k], &aside->rows[i])) {
                buf_puts(why, PHRASE("two rooms have one mount namespace"));
                return SK_ERR_FORMAT;
            }
    }
    aside->count = rooms->count;
    atomic_store_explicit(&g->shared->rooms_slot, slot, memory_order_release);
    return 0;
}

const struct guard_room *rooms_find(const struct guard *g, const struct identity *i)
{
    const struct guard_rooms *rooms = current(g);
    for (uint32_t n = 0; i->identified && n < rooms->count && n < SK_ROOMS_MAX; n++) {
        const struct guard_room *row = &rooms->rows[n];
        if (row->ns_inode == i->mnt_inode && row->ns_major == i->mnt_major &&
            row->ns_minor == i->mnt_minor && row->room_uid == i->uid && i->one_identity)
            return row;
    }
    return NULL;
}

uint32_t rooms_count(const struct guard *g)
{
    return current(g)->count;
}
