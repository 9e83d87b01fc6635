/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tie.c owns the judgement whether the logins that hold a room are over. It must never take a process for
 * the one that a login began with because its number is the same, nor end what nobody's login holds. */
#include "room/tie.h"
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/clean.h"
#include "base/fdio.h"
#include "base/str.h"
#include "room/logind.h"
#include "room/table.h"

void tie_close(struct tie *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

void tie_attach(struct tie *t)
{
    uint64_t start;
    autoclose int fd = t->kind == TIE_LEADER ? (int)syscall(SYS_pidfd_open, t->leader, 0) : -1;
    /* while the descriptor is held the number can't become another's */
    t->fd = fd >= 0 && process_start(t->leader, &start) && start == t->start ? steal_fd(&fd) : -1;
}

static bool find_leader(pid_t pid, struct tie *ret)
{
    uint64_t asker;
    *ret = (struct tie){.kind = TIE_LEADER, .leader = place_leader(pid), .fd = -1};
    if (ret->leader <= 1 || !process_start(ret->leader, &ret->start))
        return false;
    tie_attach(ret);
    /* older than who asks: not a later one of its number */
    if (process_start(pid, &asker) && asker >= ret->start && ret->fd >= 0)
        return true;
    tie_close(ret);
    return false;
}

bool tie_find(pid_t pid, uid_t uid, struct tie *ret)
{
    if (!logind_rules())
        return find_leader(pid, ret);
    *ret = (struct tie){.kind = TIE_SESSION, .fd = -1};
    switch (place_of_process(pid, ret->session)) {
    case PLACE_SESSION:
        return true;
    case PLACE_MANAGER:
        if (!logind_desktop(uid, ret->session))
            ret->kind = TIE_PERSON;
        return true;
    case PLACE_OUTSIDE:
    default:
        return false;
    }
}

bool tie_holds(const struct tie *t, uid_t uid)
{
    struct logind_session s;
    switch (t->kind) {
    case TIE_SESSION:
        return logind_session(t->session, &s) && s.uid == uid && !s.over;
    case TIE_PERSON:
        return logind_is_in(uid);
    case TIE_LEADER:
    default:
        return t->fd >= 0 && fd_wait(t->fd, POLLIN, 0) == 0;
    }
}

static bool same(const struct tie *a, const struct tie *b)
{
    return a->kind == b->kind && str_eq(a->session, b->session) && a->leader == b->leader &&
           a->start == b->start;
}

void ties_add(struct ties *all, struct tie *t, uid_t uid)
{
    bool known = false;
    if (all->count == TIES_MAX)
        (void)ties_over(all, uid);
    for (size_t i = 0; i < all->count; i++)
        known = known || same(&all->at[i], t);
    all->some = true;
    if (known || all->count == TIES_MAX)
        tie_close(t);
    else
        all->at[all->count++] = *t;
}

bool ties_over(struct ties *all, uid_t uid)
{
    for (size_t i = all->count; i-- > 0;)
        if (!tie_holds(&all->at[i], uid)) {
            tie_close(&all->at[i]);
            all->at[i] = all->at[--all->count];
        }
    return all->some && all->count == 0;
}

void ties_clear(struct ties *all)
{
    for (size_t i = 0; i < all->count; i++)
        tie_close(&all->at[i]);
    *all = (struct ties){0};
}
