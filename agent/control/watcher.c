/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watcher.c owns the tail of the ledger for each who looks on. It must never wait for one of them,
 * drop an event in between, or read on while one does not take what was read. */
#include "control/watcher.h"
#include <string.h>
#include <sys/socket.h>
#include "base/phrase.h"
#include "control/control.h"
#include "proof/reader.h"
#include "record/phrases.h"

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

/* Whose own refusals led to it is told that, and no more: who else is concerned is theirs who answer for it. */
static json_t *own_incident(const struct peer *p, const json_t *record)
{
    json_t *event = incident_concerns(record, p->who.uid) ? event_of(record, false) : NULL;
    json_t *wrapped = event ? json_pack("{s{ss sO sO ss ss sO sO ss sb}}", "event", "kind", SK_KIND_INCIDENT, "seq",
                                        json_object_get(event, "seq"), "at", json_object_get(event, "at"), "decision",
                                        "", "reason", "", "phase", json_object_get(event, "phase"), "of",
                                        json_object_get(event, "of"), "what", record_text(record, "trigger"), "own", 1)
                            : NULL;
    json_decref(event);
    return wrapped;
}

/* Incidents are for those who opened them or answer for them, whoever did what; and for those over whose refusals the
 * agent opened them. */
static json_t *incident_from(struct control *c, struct peer *p, const struct ledger_line *line)
{
    autojson json_t *record = NULL;
    struct ask a;
    if (*p->area || phrases_read(line->text, line->len, &record) != 0)
        return NULL;
    bool opened_now = strcmp(record_text(record, "phase"), "opened") == 0;
    if (p->watcher->scope.refusals && !opened_now && !incident_concerns(record, p->who.uid))
        return NULL;
    asker_of(c, p, &a);
    const json_t *row = fold_incident_of(c->fold, record_text(record, "incident"));
    const json_t *opened = row ? json_object_get(row, "opened") : NULL;
    json_t *event = incident_may_see(&a, opened ? opened : record) ? event_of(record, false) : NULL;
    if (!event)
        return own_incident(p, record);
    return json_pack("{so}", "event", event);
}

/* What is plugged into the PC concerns all who sit at it, and nobody who is far inside of a room. */
static json_t *device_from(const struct peer *p, const struct ledger_line *line)
{
    autojson json_t *record = NULL;
    if (*p->area || phrases_read(line->text, line->len, &record) != 0 ||
        (p->watcher->scope.refusals && !event_of_device_matters(record)))
        return NULL;
    json_t *event = event_of(record, false);
    return event ? json_pack("{so}", "event", event) : NULL;
}

/* What a record of a hand-over changes, for those who may look at it. */
static json_t *handover_from(struct control *c, struct ask *a, const json_t *record)
{
    struct thing t;
    const struct handover *h = fold_handover_of_id(c->fold, record_text(record, "handover"));
    return h && thing_find(c->fold, h->of, &t) && handover_may_view(a, h, &t)
               ? json_pack("{ss}", "changed", h->id)
               : NULL;
}

/* Which case or hand-over a record changes, for those who may look at it; what it says they then ask
 * for. */
static json_t *change_from(struct control *c, struct peer *p, const struct ledger_line *line)
{
    static const char access[] = SK_KIND_ACCESS, member[] = "\"case\":\"",
                      handing[] = SK_KIND_HANDOVER;
    autojson json_t *record = NULL;
    struct ask a;
    bool handover = scan_is(&line->kind, handing);
    if (scan_is(&line->kind, access) ||
        (!handover && !memmem(line->text, line->len, member, sizeof member - 1)) ||
        phrases_read(line->text, line->len, &record) != 0)
        return NULL;
    asker_of(c, p, &a);
    if (handover)
        return handover_from(c, &a, record);
    const struct case_entry *e = fold_case(c->fold, record_text(record, "case"));
    return e && ask_may_view(&a, e) ? json_pack("{ss}", "changed", e->id) : NULL;
}

static json_t *event_from(struct control *c, struct peer *p, const struct ledger_line *line)
{
    if (p->watcher->scope.cases)
        return change_from(c, p, line);
    if (scan_is(&line->kind, SK_KIND_DEVICE))
        return device_from(p, line);
    if (p->watcher->scope.devices)
        return NULL;
    if (scan_is(&line->kind, SK_KIND_INCIDENT))
        return incident_from(c, p, line);
    const struct watch_scope *scope = &p->watcher->scope;
    autojson json_t *record = NULL;
    struct ask a;
    if (!may_concern(p->watcher, line) ||
        phrases_read(line->text, line->len, &record) != 0)
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
            peer_error(c, p, r, -1, PHRASE("the ledger can't be read on"), NULL);
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
