/* SPDX-License-Identifier: GPL-3.0-or-later */
/* area_table.c owns the list of open areas and their cover by sekishod. It must never call an area
 * covered that the present sekishod has not marked. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include "base/str.h"
#include "device/area.h"

struct area *area_find(const struct area_table *t, const char *id)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->areas[i]->id, id))
            return t->areas[i];
    return NULL;
}

bool area_owns(const struct area_table *t, dev_t device)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->areas[i]->device == device)
            return true;
    return false;
}

/* Close or give back the way in. An area on a full or read-only file system keeps its mode. */
static void lock_top(struct area *a)
{
    struct stat st;
    if (a->locked || fstat(a->top_fd, &st) != 0)
        return;
    a->top_mode = st.st_mode & 07777;
    a->locked = fchmod(a->top_fd, AREA_LOCKED_MODE) == 0;
}

static void unlock_top(struct area *a)
{
    if (a->locked && fchmod(a->top_fd, a->top_mode) == 0)
        a->locked = false;
}

bool area_index_again(struct area_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        struct area *a = t->areas[i];
        if (!indexlink_ready(&t->index))
            return false;
        /* on an earlier connection: that index has ended */
        if (a->indexed != t->index.number && !indexlink_add_area(&t->index, a->id, a->top_fd))
            return false;
        a->indexed = t->index.number;
    }
    return indexlink_add_places(&t->index);
}

bool area_cover_again(struct area_table *t)
{
    bool all = true;
    struct fault away = {0};
    bool connected = guardlink_connect(&t->guard, &away) == 0;
    for (size_t i = 0; i < t->count; i++) {
        struct area *a = t->areas[i];
        struct fault f = away;
        if (a->top_fd < 0)
            fault_set(&f, SK_ERR_STATE, "its file system can't be mounted again: close it again");
        a->covered = connected && a->top_fd >= 0 &&
                     guardlink_add(&t->guard, a->id, a->mount, a->top_fd, &f) == 0;
        memcpy(a->why, f.why, sizeof a->why);
        if (a->covered)
            unlock_top(a);
        else
            lock_top(a);
        all = all && a->covered;
    }
    return all;
}
