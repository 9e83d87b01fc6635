/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peers.c owns the connections to control.sock. It must never wait for one of them: who does not
 * take an answer at once is dropped, and the others go on being served. */
#include <string.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/closer.h"
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"

#define NOBODY ((uid_t)-1)

static size_t peers_of(const struct control *c, uid_t uid)
{
    size_t count = 0;
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (c->peers[i] && c->peers[i]->who.uid == uid)
            count++;
    return count;
}

static size_t peers_of_others(const struct control *c)
{
    size_t count = 0;
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (c->peers[i] && c->peers[i]->other)
            count++;
    return count;
}

/* One person may have many uids (subuid(5)), but the roster has one login of each person. */
static bool is_other(const struct control *c, uid_t uid)
{
    char login[CONTROL_LOGIN_CAP];
    if (uid == 0)
        return false;
    login_of(uid, login);
    return !*login || !policy_person_of_user(c->rules.policy, login);
}

static struct peer **free_place(struct control *c)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (!c->peers[i])
            return &c->peers[i];
    return NULL;
}

static void send_error(int fd, int code, int reason, const char *why, const json_t *detail)
{
    autojson json_t *error =
        json_pack("{ssss}", "code", sk_errname(code), "why", why);
    if (!error)
        return;
    if (reason >= 0)
        json_object_set_new(error, "reason", json_string(sk_reason_name((enum sk_reason)reason)));
    if (detail)
        json_object_set_new(error, "detail", json_deep_copy(detail));
    if (link_send(fd, SK_MSG_ERROR, error, NULL, 0, 0) != 0)
        shutdown(fd, SHUT_RDWR);
}

/* In a room a person has a uid of its own, which nobody has outside. */
static bool uid_fits(struct wire_peer *who, const char *area)
{
    uid_t login = (uid_t)room_login_uid(who->uid);
    bool of_room = login != who->uid;
    if (*area)
        who->uid = login;
    return of_room == (*area != '\0');
}

/* What somebody sent along and nobody read goes with the connection. */
static void hang_up(int fd, uid_t uid)
{
    shutdown(fd, SHUT_RDWR);
    closer_close(uid, &fd, 1);
}

/* Take a connection up, unless somebody has too many. */
static int take_up(struct control *c, int fd, struct wire_peer who, const char *area)
{
    if (!uid_fits(&who, area)) {
        send_error(fd, SK_ERR_PEER, -1, PHRASE("a room's socket is for that room alone"), NULL);
        return SK_ERR_PEER;
    }
    struct peer **place = free_place(c);
    bool other = is_other(c, who.uid);
    if (!place || (who.uid != 0 && peers_of(c, who.uid) >= CONTROL_PEERS_OF_USER) ||
        (who.uid != 0 && closer_pending(who.uid) >= CONTROL_CLOSING_OF_USER) ||
        (other && peers_of_others(c) >= CONTROL_PEERS_OF_OTHERS)) {
        send_error(fd, SK_ERR_LIMIT, -1, PHRASE("too many connections"), NULL);
        return SK_ERR_LIMIT;
    }
    struct peer *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    *p = (struct peer){.fd = fd, .id = ++c->last_peer_id, .who = who, .other = other,
                       .last_ns = clock_boot_ns()};
    snprintf(p->area, sizeof p->area, "%s", area);
    *place = p;
    return 0;
}

void peer_accept(struct control *c, int listener, const char *area)
{
    struct wire_peer who;
    int fd = wire_accept_patient(listener);
    if (fd < 0)
        return;
    if (wire_peer(fd, &who) != 0)
        who.uid = NOBODY;
    if (who.uid == NOBODY || take_up(c, fd, who, area) != 0)
        hang_up(fd, who.uid);
}

void peer_drop(struct control *c, struct peer *p)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (c->peers[i] == p)
            c->peers[i] = NULL;
    room_jobs_forget(c, p->id);
    jobs_left(c, p->id);
    watcher_free(&p->watcher);
    hang_up(p->fd, p->who.uid);
    free(p);
}

struct peer *peer_by_id(struct control *c, uint64_t id)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (c->peers[i] && c->peers[i]->id == id)
            return c->peers[i];
    return NULL;
}

void peer_read(struct control *c, struct peer *p)
{
    autowire struct wire_message m = {.strange = true, .owner = p->who.uid};
    int r = wire_receive(p->fd, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    p->last_ns = clock_boot_ns();
    if (r == 0)
        r = ask_run(c, p, &m);
    if (r != 0)
        peer_drop(c, p);
}

void peers_idle(struct control *c)
{
    uint64_t now = clock_boot_ns();
    for (size_t i = 0; i < SK_PEERS_MAX; i++) {
        struct peer *p = c->peers[i];
        if (p && !p->busy && now - p->last_ns > CONTROL_IDLE_NS)
            peer_drop(c, p);
    }
}

void peer_answer(struct control *c, struct peer *p, const json_t *answer)
{
    (void)c;
    p->busy = false;
    /* one that can't take it is at its end: the loop sees that and drops it */
    if (link_send(p->fd, SK_MSG_ANSWER, answer, NULL, 0, 0) != 0)
        shutdown(p->fd, SHUT_RDWR);
}

void peer_error(struct control *c, struct peer *p, int code, int reason, const char *why,
                const json_t *detail)
{
    (void)c;
    p->busy = false;
    send_error(p->fd, code, reason, why, detail);
}

void peer_progress(struct control *c, struct peer *p, const json_t *progress)
{
    (void)c;
    /* a bar that misses a step is no loss */
    int r = link_send(p->fd, SK_MSG_PROGRESS, progress, NULL, 0, 0);
    if (r == SK_ERR_CLOSED)
        shutdown(p->fd, SHUT_RDWR);
}
