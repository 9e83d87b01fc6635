/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watcher.c owns the tail of the ledger for each who looks on. It must never wait for one of them,
 * drop an event in between, or read on while one does not take what was read. */
#include "control/watcher.h"
#include <string.h>
#include <sys/socket.h>
#include "control/control.h"
#include "proof/reader.h"

#define LINES_AT_A_TIME 2000 /* of one watcher, before the others have their turn */

struct watcher {
    struct ledger_reader *reader;
    struct watch_scope scope;
    json_t *pending; /* the peer has not taken it yet */
};

void watcher_free(struct watcher **w)
{
    if (!*w)
        return;
    ledger_reader_close(&(*w)->reader);
    json_decref((*w)->pending);
    free(*w);
    *w = NULL;
}

int watcher_start(struct peer *p, uint64_t from_seq, const struct watch_scope *scope)
{
    struct watcher *w = calloc(1, sizeof *w);
    if (!w)
        return -ENOMEM;
    w->scope = *scope;
    int r = ledger_reader_open(sk_path(SK_PATH_LEDGER), from_seq, &w->reader);
    p->watcher = w;
    if (r != 0)
        watcher_free(&p->watcher);
    return r;
}

bool watchers_any(const struct control *c)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (c->peers[i] && c->peers[i]->watcher)
            return true;
    return false;
}

/* The rights are looked up for each record: a policy may have changed them meanwhile. */
static void asker_of(struct control *c, struct peer *p, struct ask *ret)
{
    *ret = (struct ask){.control = c, .peer = p};
    login_of(p->who.uid, ret->login);
    ret->person = *ret->login ? policy_person_of_user(c->rules.policy, ret->login) : NULL;
}

/* A quick look before the line is parsed: most are other people's accesses. */
static bool may_concern(const struct watcher *w, const struct ledger_line *line)
{
    char uid[32], in_room[32];
    static const char allowed[] = "\"decision\":\"allowed\"";
    snprintf(uid, sizeof uid, "\"uid\":%u", (unsigned)w->scope.uid);
    snprintf(in_room, sizeof in_room, "\"uid\":%u", (unsigned)w->scope.uid + SK_ROOM_UID_BASE);
    if (w->scope.refusals && memmem(line->text, line->len, allowed, sizeof allowed - 1))
        return false;
    return w->scope.all || memmem(line->text, line->len, uid, strlen(uid)) ||
           memmem(line->text, line->len, in_room, strlen(in_room));
}

static json_t *event_from(struct control *c, struct peer *p, const struct ledger_line *line)
{
    const struct watch_scope *scope = &p->watcher->scope;
    autojson json_t *record = NULL;
    struct ask a;
    if (!may_concern(p->watcher, line) ||
        record_parse(line->text, line->len, SK_RECORD_MAX, &record) != 0)
        return NULL;
    asker_of(c, p, &a);
    const char *area = record_text(record, "area");
    if (!event_is_of(record, scope->uid) && (!scope->all || !ask_oversees(&a, area)))
        return NULL;
    json_t *event = event_of(record, ask_is_kept_out(&a, area));
    const char *decision = event ? record_text(event, "decision") : "";
    if (event && scope->refusals && strcmp(decision, "refused") != 0 &&
        strcmp(decision, "unpermitted") != 0) {
        json_decref(event);
        event = NULL;
    }
    return event ? json_pack("{so}", "event", event) : NULL;
}

/* True when there is more to be had at once. */
static bool feed(struct control *c, struct peer *p)
{
    struct watcher *w = p->watcher;
    struct ledger_line line;
    for (int i = 0; i < LINES_AT_A_TIME; i++) {
        if (w->pending) {
            int r = link_send(p->fd, SK_MSG_PROGRESS, w->pending, NULL, 0, 0);
            if (r == SK_ERR_TIMEOUT)
                return false; /* slow: again when something is written, or at the next sweep */
            json_decref(w->pending);
            w->pending = NULL;
            if (r != 0)
                shutdown(p->fd, SHUT_RDWR); /* the loop sees that and drops it */
        }
        int r = ledger_reader_next(w->reader, &line);
        if (r == 0)
            return false;
        if (r < 0) {
            watcher_free(&p->watcher);
            peer_error(c, p, r, -1, "the ledger can't be read on", NULL);
            return false;
        }
        w->pending = event_from(c, p, &line);
    }
    return true;
}

bool watchers_feed(struct control *c)
{
    char drained[4096];
    bool more = false;
    if (!watchers_any(c))
        return false;
    while (c->machine.ledger_fd >= 0 && read(c->machine.ledger_fd, drained, sizeof drained) > 0)
        ;
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (c->peers[i] && c->peers[i]->watcher)
            more = feed(c, c->peers[i]) || more;
    return more;
}
