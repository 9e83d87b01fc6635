/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lint_device.c owns the findings about [device-class], [device] and [medium]: classes that there are not, a
 * policy that would leave a PC without a keyboard, media that nobody could tell apart or use. It must never
 * look at what is plugged in: that check is sekisho-plug's. */
#include <string.h>
#include "base/str.h"
#include "policy/plugged.h"
#include "policy/table.h"

/* Does some [device] let this class in? */
static bool named_singly(const struct policy *p, unsigned class)
{
    for (size_t i = 0; i < p->device_count; i++)
        if (p->devices[i].classes & class)
            return true;
    return false;
}

static int no_such_class(const struct policy_device_class *c, struct policy_findings *f)
{
    autobuf struct buf words = {0};
    for (unsigned class = 1; class <= POLICY_CLASS_OTHER; class <<= 1)
        buf_printf(&words, "%s%s", words.len ? ", " : "", plugged_class_name(class));
    const struct policy_note unknown = {.severity = POLICY_ERROR, .line = c->head.line, .code = "unknown-class",
                                        .found = c->head.id, .allowed = words.data};
    return words.err ? -ENOMEM
                     : policy_note_add(f, &unknown, "there is no class of devices \"%s\"", c->head.id);
}

static int check_class(const struct policy *p, const struct policy_device_class *c, struct policy_findings *f)
{
    unsigned class = plugged_class_named(c->head.id);
    const struct policy_note drive = {.severity = POLICY_ERROR, .line = c->head.line, .code = "storage-by-class"};
    const struct policy_note lock = {.severity = POLICY_ERROR, .line = c->head.line, .code = "locked-out"};
    const struct policy_note half = {.severity = POLICY_WARNING, .line = c->head.line, .code = "says-nothing"};
    if (class == 0)
        return no_such_class(c, f);
    if (class == POLICY_CLASS_STORAGE && (c->allow || c->split))
        return policy_note_add(f, &drive, "storage is let in medium by medium ([medium ID]), never as a class "
                                          "(MED-1)");
    if ((class == POLICY_CLASS_HID || class == POLICY_CLASS_HUB) && !c->allow && !named_singly(p, class))
        return policy_note_add(f, &lock, "class %s is refused and no [device ID] lets one in: a PC with a USB "
                                         "keyboard or mouse would be locked out", c->head.id);
    if (c->split && !c->allow)
        return policy_note_add(f, &half, "[device-class %s] is not allowed, so split = yes says nothing",
                               c->head.id);
    return 0;
}

static int check_device(const struct policy_device *d, int64_t now, struct policy_findings *f)
{
    const struct policy_note late = {.severity = POLICY_WARNING, .line = d->head.line, .code = "expired"};
    return d->expires != 0 && now >= d->expires
               ? policy_note_add(f, &late, "the approval of device %s has expired", d->head.id)
               : 0;
}

/* Vendor, product and serial may be alike (cheap media say "0123456789"), what was written on them may not. */
static int check_same(const struct policy *p, size_t i, struct policy_findings *f)
{
    const struct policy_medium *m = &p->mediums[i];
    const struct policy_note same = {.severity = POLICY_ERROR, .line = m->head.line, .code = "same-medium"};
    for (size_t k = 0; k < i; k++) {
        const struct policy_medium *other = &p->mediums[k];
        if (memcmp(other->identity, m->identity, sizeof m->identity) == 0)
            return policy_note_add(f, &same, "medium %s has the identity of medium %s", m->head.id,
                                   other->head.id);
    }
    return 0;
}

/* What is written to by its id: where it is mounted is the agent's business. */
static int check_destination(const struct policy *p, const struct policy_destination *d, struct policy_findings *f)
{
    const struct policy_medium *m = policy_medium(p, d->medium);
    const struct policy_note kind = {.severity = POLICY_ERROR, .line = d->head.line, .code = "medium-kind"};
    const struct policy_note both = {.severity = POLICY_WARNING, .line = d->head.line, .code = "says-nothing"};
    const struct policy_note in = {.severity = POLICY_ERROR, .line = d->head.line, .code = "medium-direction"};
    const struct policy_note area = {.severity = POLICY_WARNING, .line = d->head.line, .code = "medium-area"};
    bool serves = false;
    if (!*d->medium)
        return 0;
    if (d->kind != POLICY_MEDIUM)
        return policy_note_add(f, &kind, "destination %s is no medium (kind = medium), but names the medium %s",
                               d->head.id, d->medium);
    if (m && m->direction == POLICY_IN)
        return policy_note_add(f, &in, "destination %s: the medium %s is for bringing in only (direction = in)",
                               d->head.id, d->medium);
    for (size_t i = 0; m && i < m->areas.count; i++) {
        const struct policy_area *of = policy_area(p, m->areas.items[i]);
        serves = serves || (of && str_eq(of->contract, d->contract));
    }
    int r = *d->path || *d->uuid ? policy_note_add(f, &both, "destination %s: beside medium = %s path and uuid say "
                                                   "nothing", d->head.id, d->medium) : 0;
    return r == 0 && m && !serves ? policy_note_add(f, &area, "destination %s: the medium %s is for no area of the "
                                                    "contract %s", d->head.id, d->medium, d->contract) : r;
}

static int check_medium(const struct policy *p, size_t i, int64_t now, struct policy_findings *f)
{
    const struct policy_medium *m = &p->mediums[i];
    const struct policy_person *owner = policy_person(p, m->owner);
    const struct policy_note late = {.severity = POLICY_WARNING, .line = m->head.line, .code = "expired"};
    const struct policy_note gone = {.severity = POLICY_WARNING, .line = m->head.line, .code = "owner-suspended"};
    const struct policy_note bare = {.severity = POLICY_WARNING, .line = m->head.line, .code = "no-serial"};
    int r = check_same(p, i, f);
    if (r == 0 && now >= m->expires)
        r = policy_note_add(f, &late, "the registration of medium %s has expired", m->head.id);
    if (r == 0 && owner && owner->suspended)
        r = policy_note_add(f, &gone, "medium %s: %s, who answers for it, is suspended (MED-1)", m->head.id,
                            owner->head.id);
    if (r == 0 && *m->serial == '\0')
        r = policy_note_add(f, &bare, "medium %s has no serial number: each medium of that make is asked for its "
                                      "identity", m->head.id);
    return r;
}

int policy_lint_devices(const struct policy *p, int64_t now, struct policy_findings *f)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < p->device_class_count; i++)
        r = check_class(p, &p->device_classes[i], f);
    for (size_t i = 0; r == 0 && i < p->device_count; i++)
        r = check_device(&p->devices[i], now, f);
    for (size_t i = 0; r == 0 && i < p->medium_count; i++)
        r = check_medium(p, i, now, f);
    for (size_t i = 0; r == 0 && i < p->destination_count; i++)
        r = check_destination(p, &p->destinations[i], f);
    return r;
}
