/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stick.c owns what becomes of storage that says it is a registered medium: sekisho-device looks at it, its identity
 * decides. It must never let people see one whose identity is not the policy's, nor one of two that have the same. */
#include <sekisho/err.h>
#include <sekisho/reason.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "plug/desk_parts.h"
#include "plug/tell.h"
#include "policy/policy.h"
#include "record/record.h"

#define SCSI_DISK "0" /* SPC-4, 6.6.2: direct access block device */
#define DISK_NS 20000000000u /* until what was let in to be looked at must have become a disk */
#define TOO_MANY PHRASE("too many media wait to be looked at: plug it in again later")
#define MARK_NS 60000000000u /* until a disk that is to be marked must have answered */

bool stick_is(const struct plugged *p)
{
    return p->marking || str_eq(p->decision.section, "medium");
}

static void forget_disk(struct plugged *p)
{
    p->disk[0] = p->place[0] = '\0';
    p->known = p->waits = p->turn_fits = false;
    p->doubt = 0;
}

static void tell_marker(struct desk *d, struct plugged *p, const json_t *answer, const char *why)
{
    autojson json_t *marking = steal_ptr(&p->marking);
    if (marking && d->marked)
        d->marked(d->marked_context, p->marker, p, answer, why);
}

void stick_close(struct desk *d, struct plugged *p)
{
    if (*p->disk)
        (void)media_ask(d->media, MEDIA_CLOSE, p->disk, json_pack("{ss}", "number", p->disk));
    forget_disk(p);
}

void stick_gone(struct desk *d, struct plugged *p)
{
    stick_close(d, p);
    tell_marker(d, p, NULL, PHRASE("the medium was pulled out"));
}

/* --- the identity decides --------------------------------------------------------------------- */

static void refuse(struct desk *d, struct plugged *p, enum sk_reason reason, const char *phase)
{
    p->decision.verdict = PLUGGED_REFUSED;
    p->decision.reason = reason;
    log_warn("medium at %s is refused: %s", p->port, sk_reason_name(reason));
    desk_shut(d, p, phase);
}

/* Another one that is in, with this identity. */
static struct plugged *its_double(const struct desk *d, const struct plugged *p)
{
    struct plugged *other;
    TAILQ_FOREACH(other, &d->devices, all)
        if (other != p && other->known && other->authorized && memcmp(other->identity, p->identity, sizeof p->identity) == 0)
            return other;
    return NULL;
}

static const struct policy_medium *registered(const struct desk *d, const struct plugged *p)
{
    const struct plugged_question q = plugged_ask(p, time(NULL));
    return p->known ? plugged_medium(d->policy, &q, p->identity) : NULL;
}

static bool is_revoked(const struct desk *d, const struct plugged *p)
{
    return p->known && revoked_has(&d->revoked, p->identity);
}

/* Why there is none: the policy may have it, and say that its time is over. */
static enum sk_reason refusal(const struct desk *d, const struct plugged *p)
{
    if (is_revoked(d, p))
        return SK_REASON_MEDIUM_REVOKED;
    if (!p->known && *p->why)
        return SK_REASON_MEDIUM_UNUSABLE; /* nobody knows what it carries */
    for (size_t i = 0; p->known && i < d->policy->medium_count; i++)
        if (memcmp(d->policy->mediums[i].identity, p->identity, sizeof p->identity) == 0 &&
            time(NULL) >= d->policy->mediums[i].expires)
            return SK_REASON_MEDIUM_EXPIRED;
    return SK_REASON_MEDIUM_IDENTITY;
}

static const char *direction_of(const struct policy_medium *m)
{
    static const char *const words[] = {[POLICY_OUT] = "out", [POLICY_IN] = "in", [POLICY_BOTH] = "both"};
    return words[m->direction];
}

/* What exports wrote onto it last may not be in the list yet: the next one decides, which control sends at its next look. */
static bool is_in_doubt(const struct desk *d, struct plugged *p)
{
    p->turn_fits = p->turn_fits || revoked_fits(&d->revoked, p->identity, p->turns);
    if (p->turn_fits) {
        p->doubt = 0;
        return false;
    }
    if (p->doubt == 0)
        p->doubt = d->revoked.number;
    return true;
}

static void settle_doubt(struct desk *d, struct plugged *p, const struct policy_medium *m)
{
    p->decision.medium = m;
    p->why[0] = '\0';
    if (d->revoked.number != p->doubt) {
        refuse(d, p, SK_REASON_MEDIUM_COPY, "checked");
        return;
    }
    phrase_print(p->why, sizeof p->why, "%s", PHRASE("it is compared with what is on record"));
    p->state = PLUG_CHECKING;
}

bool stick_in_doubt(const struct desk *d)
{
    const struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        if (p->doubt != 0 && p->state == PLUG_CHECKING)
            return true;
    return false;
}

/* Whatever it is, it is not opened before it is known which media were revoked. */
static void wait_for_list(struct plugged *p)
{
    phrase_print(p->why, sizeof p->why, "%s", PHRASE("sekisho-control has not said yet which media were revoked"));
    p->state = PLUG_CHECKING;
}

/* For people to read, once that is on record: of its own, though the device's coming is one already, and not counted
 * with what devices do again and again (repeats.h). It follows once on each coming, which was admitted; one that
 * came and had to wait for a second place would wait twice. */
static void open_up(struct desk *d, struct plugged *p, const struct policy_medium *m)
{
    char identity[DIGEST_HEX_CAP];
    const struct policy_person *owner = policy_person(d->policy, m->owner);
    digest_hex(identity, p->identity);
    p->decision.medium = m;
    p->decision.id = m->head.id;
    p->decision.line = m->head.line;
    p->state = PLUG_OPEN;
    p->waits = !*p->place && ledger_before(d->ledger, tell_record(p, "checked", d->policy)) != 0;
    if (p->waits)
        p->state = PLUG_CHECKING;
    else if (!media_ask(d->media, MEDIA_OPEN, p->disk,
                        json_pack("{ssssssssss}", "number", p->disk, "medium", m->head.id, "identity", identity, "login",
                                  owner ? owner->user : "", "direction", direction_of(m))))
        stick_answered(d, MEDIA_OPEN, p->disk, NULL, TOO_MANY);
}

/* What is on it is known: it is who it says, another, or one of two. */
static void settle(struct desk *d, struct plugged *p)
{
    const struct policy_medium *m = is_revoked(d, p) ? NULL : registered(d, p);
    struct plugged *other = m ? its_double(d, p) : NULL;
    if (!m) {
        refuse(d, p, refusal(d, p), "checked");
    } else if (other) {
        p->twice = other->twice = true;
        p->decision.medium = m;
        refuse(d, other, SK_REASON_MEDIUM_TWICE, "checked");
        refuse(d, p, SK_REASON_MEDIUM_TWICE, "checked");
    } else if (!revoked_known(&d->revoked)) {
        wait_for_list(p);
    } else if (is_in_doubt(d, p)) {
        settle_doubt(d, p, m);
    } else {
        p->why[0] = '\0';
        open_up(d, p, m);
    }
}

bool stick_ended(const struct desk *d, const struct plugged *p)
{
    return p->state == PLUG_OPEN && p->known && str_eq(p->decision.section, "medium") &&
           (is_revoked(d, p) || !registered(d, p));
}

/* --- questions and answers -------------------------------------------------------------------- */

static void look(struct desk *d, struct plugged *p)
{
    enum media_ask what = p->marking ? MEDIA_MARK : MEDIA_LOOK;
    if (p->marking)
        json_object_set_new(p->marking, "number", json_string(p->disk));
    if (!media_ask(d->media, what, p->disk, p->marking ? json_incref(p->marking) : json_pack("{ss}", "number", p->disk)))
        stick_answered(d, what, p->disk, NULL, TOO_MANY);
}

void stick_again(struct desk *d, struct plugged *p)
{
    if (p->known)
        settle(d, p);
    else if (*p->disk)
        look(d, p);
}

static bool is_below(const char *path, const char *device)
{
    size_t len = strlen(device);
    return strncmp(path, device, len) == 0 && path[len] == '/';
}

/* ".../block/sda", not ".../block/sda/sda1": a disk, none of its parts. */
static bool is_disk(const char *path)
{
    static const char folder[] = "/block";
    const char *name = strrchr(path, '/');
    return name && (size_t)(name - path) >= sizeof folder - 1 &&
           strncmp(name - (sizeof folder - 1), folder, sizeof folder - 1) == 0;
}

/* The medium that this belongs to: one that is looked at, or was. */
static struct plugged *find_by_path(const struct desk *d, const char *path)
{
    struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        if (stick_is(p) && (p->state == PLUG_CHECKING || (p->state == PLUG_OPEN && !d->glass.broken)) && is_below(path, p->path))
            return p;
    return NULL;
}

static struct plugged *find_by_disk(const struct desk *d, const char *number)
{
    struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        if (*p->disk && str_eq(p->disk, number))
            return p;
    return NULL;
}

/* It is something that no medium is; why: a phrase. */
static void refuse_kind(struct desk *d, struct plugged *p, const char *why)
{
    phrase_print(p->why, sizeof p->why, "%s", why);
    refuse(d, p, SK_REASON_MEDIUM_IDENTITY, "checked");
    tell_marker(d, p, NULL, p->why);
}

void stick_lun(struct desk *d, const char *path)
{
    struct plugged *p = find_by_path(d, path);
    bool whole = true;
    autofree char *type = p ? sysfs_text(d->sysfs, path, "type", &whole) : NULL;
    if (p && !(type && str_eq(type, SCSI_DISK)))
        refuse_kind(d, p, PHRASE("it is more than a disk, or none, which a medium is not"));
}

void stick_block(struct desk *d, const char *path, const char *number)
{
    struct plugged *p = is_disk(path) ? find_by_path(d, path) : NULL;
    if (!p || str_eq(p->disk, number))
        return;
    if (*p->disk) {
        refuse_kind(d, p, PHRASE("it has more than one disk, which a medium has not"));
        return;
    }
    snprintf(p->disk, sizeof p->disk, "%s", number);
    look(d, p);
}

static void looked(struct desk *d, struct plugged *p, const json_t *body)
{
    const char *hex = record_text(body, "identity");
    p->known = str_unhex(hex, strlen(hex), p->identity, sizeof p->identity) == 0;
    const char *why = record_text(body, "why");
    p->why[0] = '\0';
    if (*why) /* of nothing a phrase would be something */
        phrase_print(p->why, sizeof p->why, "%s", why);
    json_decref(p->turns);
    p->turns = json_incref(json_object_get(body, "turns"));
    p->turn_fits = record_flag(body, "kept");
    p->doubt = 0;
    settle(d, p);
}

/* Whatever came of it: from here on the policy decides, which does not know it yet. */
static void marked(struct desk *d, struct plugged *p, const json_t *body, const char *why)
{
    const char *wrong = body ? record_text(body, "why") : why;
    desk_after(d, p, *wrong ? "not-marked" : "marked");
    tell_marker(d, p, *wrong ? NULL : body, wrong);
    desk_judge(d, p, "judged");
}

static void opened(struct desk *d, struct plugged *p, const json_t *body, const char *why)
{
    if (body) {
        snprintf(p->place, sizeof p->place, "%s", record_text(body, "mount"));
        log_info("medium %s is mounted at %s", p->decision.id, p->place);
        return;
    }
    phrase_print(p->why, sizeof p->why, "it can't be mounted: %s", why);
    refuse(d, p, SK_REASON_MEDIUM_UNUSABLE, "failed");
}

void stick_answered(void *context, enum media_ask what, const char *number, const json_t *body, const char *why)
{
    struct desk *d = context;
    struct plugged *p = find_by_disk(d, number);
    if (!p || what == MEDIA_CLOSE)
        return; /* it went meanwhile */
    if (what == MEDIA_OPEN && p->state == PLUG_OPEN)
        opened(d, p, body, why);
    else if (what == MEDIA_MARK && p->marking)
        marked(d, p, body, why);
    else if (what == MEDIA_LOOK && p->state == PLUG_CHECKING && body)
        looked(d, p, body);
    else if (what == MEDIA_LOOK && p->state == PLUG_CHECKING) {
        phrase_print(p->why, sizeof p->why, "%s", why);
        refuse(d, p, SK_REASON_MEDIUM_UNUSABLE, "checked");
    }
}

/* sekisho-device was started anew: what it had mounted is not mounted any more. */
static void look_anew(struct desk *d)
{
    struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        if (*p->disk && !p->marking && (p->state == PLUG_OPEN || p->state == PLUG_CHECKING)) {
            p->state = PLUG_CHECKING;
            p->known = p->waits = p->turn_fits = false;
            p->doubt = 0;
            p->place[0] = '\0';
            look(d, p);
        }
}

/* What is let in to be looked at is not in for good: true as long as its disk has not come. */
static bool is_diskless(struct desk *d, struct plugged *p)
{
    uint64_t now = clock_boot_ns();
    if (p->state != PLUG_CHECKING || p->marking || *p->disk) {
        p->diskless_ns = 0;
        return false;
    }
    if (p->diskless_ns == 0)
        p->diskless_ns = now;
    if (now - p->diskless_ns <= DISK_NS)
        return true;
    refuse_kind(d, p, PHRASE("no disk came of it"));
    return false;
}

/* True as long as an approval waits for the ledger, or an identity for its disk. */
static bool turn_one(struct desk *d, struct plugged *p)
{
    bool diskless = is_diskless(d, p);
    if (p->waits)
        settle(d, p);
    if (p->marking && clock_boot_ns() - p->marking_ns > MARK_NS)
        marked(d, p, NULL, PHRASE("the medium does not answer"));
    return diskless || p->waits || p->marking;
}

bool stick_turn(struct desk *d)
{
    bool waiting = false, there = media_fd(d->media) >= 0;
    struct plugged *p;
    if (d->media_there && !there)
        look_anew(d);
    TAILQ_FOREACH(p, &d->devices, all)
        waiting = turn_one(d, p) || waiting;
    waiting = media_turn(d->media) || waiting;
    d->media_there = media_fd(d->media) >= 0;
    return waiting;
}

int desk_media_fd(const struct desk *d)
{
    return media_fd(d->media);
}

void desk_media_begin(struct desk *d)
{
    (void)media_ask(d->media, MEDIA_CLOSE, "", json_pack("{ss}", "number", ""));
}

void desk_media_ready(struct desk *d)
{
    media_ready(d->media);
}

/* --- marking ---------------------------------------------------------------------------------- */

void desk_on_marked(struct desk *d, desk_marked *marked_by, void *context)
{
    d->marked = marked_by;
    d->marked_context = context;
}

static int may_be_marked(const struct desk *d, const struct plugged *p, const char *port, struct fault *f)
{
    if (!p)
        return fault_set(f, SK_ERR_NOT_FOUND, "nothing is plugged in at %s", port);
    if (d->glass.broken)
        return fault_set(f, SK_ERR_STATE, "the glass is broken: nothing is approved now");
    if (!p->readable || p->decision.classes != POLICY_CLASS_STORAGE)
        return fault_set(f, SK_ERR_REFUSED, "what is plugged in at %s is no storage medium, or is more than that", port);
    if (p->marking)
        return fault_set(f, SK_ERR_STATE, "the medium at %s is being approved", port);
    if (p->state != PLUG_SHUT)
        return fault_set(f, SK_ERR_STATE, "the medium at %s is let in, or in use, already", port);
    return 0;
}

int desk_mark(struct desk *d, const char *port, json_t *given, uint64_t marker, struct fault *f)
{
    autojson json_t *body = given;
    struct plugged *p;
    TAILQ_FOREACH(p, &d->devices, all)
        if (str_eq(p->port, port))
            break;
    int r = body ? may_be_marked(d, p, port, f) : fault_set(f, -ENOMEM, "out of memory");
    if (r != 0)
        return r;
    /* a person's act, which no device can repeat: control has counted and recorded it */
    r = ledger_before(d->ledger, tell_record(p, "marking", d->policy));
    if (r != 0)
        return fault_set(f, r, "the approval can't be recorded: %s", PHRASE_ERROR(r));
    p->marking = steal_ptr(&body);
    p->marker = marker;
    p->marking_ns = clock_boot_ns();
    p->twice = false;
    p->decision = (struct plugged_decision){.verdict = PLUGGED_ALLOWED, .reason = SK_REASON_ALLOWED,
                                            .classes = POLICY_CLASS_STORAGE, .section = "", .id = ""};
    p->state = PLUG_CHECKING;
    desk_let_in(d, p);
    if (p->authorized)
        return 0;
    json_decref(steal_ptr(&p->marking));
    return fault_set(f, SK_ERR_STATE, "the medium at %s can't be let in: %s", port, p->why);
}
