/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c owns the way from a decision to its slot of the ring, and the memory of what lies there in
 * full. It must never leave anything of a decision out, nor take an event for a repeat in doubt. */
#include "watch/report.h"
#include <string.h>
#include <sys/sysmacros.h>
#include "base/clock.h"
#include "watch/names.h"

#define WRITTEN_PLACES 256 /* a power of two */

/* An event that this process committed in full. Two numbers stand for all of it but its time: the
 * answer's for the process, its program, the policy and what that said, the name's for process and
 * file. Neither is ever used twice. */
struct written {
    uint64_t answer, name; /* 0 = an empty place */
    uint64_t slot;
};

static struct written written[WRITTEN_PLACES];

static void put_id(char into[static SK_ID_MAX + 1], const char *id)
{
    size_t len = id ? strnlen(id, SK_ID_MAX) : 0;
    memcpy(into, id ? id : "", len);
    into[len] = '\0';
}

/* All but the file's name. */
static void fill_event(struct access_event *e, const struct report *what)
{
    const struct identity *i = what->identity;
    const struct decision *d = what->decision;
    e->boot_ns = clock_boot_ns();
    e->process_start = i->start;
    e->inode = what->st->st_ino;
    e->dev_major = major(what->st->st_dev);
    e->dev_minor = minor(what->st->st_dev);
    e->pid = i->pid;
    e->uid = i->uid;
    e->reason = (uint16_t)d->reason;
    e->allowed = d->allow;
    e->rule_line = d->line;
    e->policy_version = (uint32_t)what->policy->version;
    memcpy(e->policy_digest, what->policy->digest, sizeof e->policy_digest);
    put_id(e->person, d->person ? d->person->head.id : NULL);
    put_id(e->area, what->question->area);
    put_id(e->application, what->question->application);
    memcpy(e->exe, i->exe, sizeof e->exe);
}

static struct written *place_of(const struct report *what)
{
    uint32_t bits = (uint32_t)what->identity->pid * 0x9e3779b1u + (uint32_t)what->st->st_ino;
    return &written[bits % WRITTEN_PLACES];
}

void report_fill(const struct report *what, struct access_event *ret)
{
    fill_event(ret, what);
    ret->file[0] = '\0';
    ret->file_cut = false;
    if (what->fd >= 0)
        (void)names_fill(what->fd, what->st, what->area, what->room, what->now_ns, ret);
}

int report_access(struct ring *ring, const struct report *what)
{
    struct written *w = place_of(what);
    uint64_t answer = what->identity->answer.number;
    uint64_t name = names_known(what->st, what->identity->pid, what->identity->start, what->now_ns);
    bool same = answer != 0 && name != 0 && w->answer == answer && w->name == name;
    if (same && ring_commit_again(ring, w->slot, clock_boot_ns()) == 0)
        return 0;
    struct access_event e; /* large; all of it is filled */
    uint64_t slot = ring_head(ring);
    fill_event(&e, what);
    name = names_fill(what->fd, what->st, what->area, what->room, what->now_ns, &e);
    int r = ring_commit(ring, &e);
    if (r == 0)
        *w = (struct written){.answer = answer, .name = name, .slot = slot};
    return r;
}
