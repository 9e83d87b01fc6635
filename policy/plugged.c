/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plugged.c owns the decision about what is plugged in. It must never read a file or a clock, allocate, or
 * answer yes by falling through; of what a device says about itself only the most dangerous counts. */
#include "policy/plugged.h"
#include <string.h>
#include "base/str.h"
#include "policy/policy.h"

#define ANY        0xffff /* subclass or protocol of a row that takes each */
#define COMPANION  0      /* goes along with the interface that names it */

/* USB-IF "Defined Class Codes". The first row that fits counts. */
static const struct {
    uint8_t class;
    uint16_t subclass, protocol;
    unsigned is;
} codes[] = {
    {0x01, ANY, ANY, POLICY_CLASS_AUDIO},
    {0x02, 0x02, ANY, POLICY_CLASS_SERIAL},    /* CDC: abstract control model */
    {0x02, 0x06, ANY, POLICY_CLASS_NETWORK},   /* ethernet */
    {0x02, 0x0a, ANY, POLICY_CLASS_NETWORK},   /* mobile direct line */
    {0x02, 0x0c, ANY, POLICY_CLASS_NETWORK},   /* ethernet emulation */
    {0x02, 0x0d, ANY, POLICY_CLASS_NETWORK},   /* network control model */
    {0x02, 0x0e, ANY, POLICY_CLASS_NETWORK},   /* mobile broadband */
    {0x03, ANY, ANY, POLICY_CLASS_HID},
    {0x06, ANY, ANY, POLICY_CLASS_MTP},        /* still image: PTP, MTP */
    {0x07, ANY, ANY, POLICY_CLASS_PRINTER},
    {0x08, ANY, ANY, POLICY_CLASS_STORAGE},
    {0x09, ANY, ANY, POLICY_CLASS_HUB},
    {0x0a, ANY, ANY, COMPANION},               /* CDC data */
    {0x0b, ANY, ANY, POLICY_CLASS_SMARTCARD},
    {0x0e, ANY, ANY, POLICY_CLASS_VIDEO},
    {0x10, 0x01, ANY, POLICY_CLASS_VIDEO},     /* audio/video: control, video, audio */
    {0x10, 0x02, ANY, POLICY_CLASS_VIDEO},
    {0x10, 0x03, ANY, POLICY_CLASS_AUDIO},
    {0x11, ANY, ANY, POLICY_CLASS_HUB},        /* billboard: a dock's, has no endpoints for data */
    {0xe0, 0x01, 0x03, POLICY_CLASS_NETWORK},  /* RNDIS */
    {0xe0, ANY, ANY, POLICY_CLASS_WIRELESS},
    {0xef, 0x04, ANY, POLICY_CLASS_NETWORK},   /* RNDIS */
    {0xfe, 0x02, ANY, POLICY_CLASS_WIRELESS},  /* infrared */
};

static const struct {
    const char *name;
    unsigned class;
} names[] = {
    {"hid", POLICY_CLASS_HID},         {"hub", POLICY_CLASS_HUB},
    {"audio", POLICY_CLASS_AUDIO},     {"video", POLICY_CLASS_VIDEO},
    {"printer", POLICY_CLASS_PRINTER}, {"network", POLICY_CLASS_NETWORK},
    {"mtp", POLICY_CLASS_MTP},         {"storage", POLICY_CLASS_STORAGE},
    {"serial", POLICY_CLASS_SERIAL},   {"smartcard", POLICY_CLASS_SMARTCARD},
    {"other", POLICY_CLASS_OTHER},     {"wireless", POLICY_CLASS_WIRELESS},
};

#define PORT_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._-"

#define PRESET           (POLICY_CLASS_HID | POLICY_CLASS_HUB | POLICY_CLASS_AUDIO | POLICY_CLASS_VIDEO)
#define WITHOUT_A_POLICY PLUGGED_INPUT
#define BESIDE_INPUT     (POLICY_CLASS_OTHER | POLICY_CLASS_SMARTCARD)

unsigned plugged_class(const struct plugged_interface *i)
{
    for (size_t k = 0; k < array_count(codes); k++)
        if (codes[k].class == i->class && (codes[k].subclass == ANY || codes[k].subclass == i->subclass) &&
            (codes[k].protocol == ANY || codes[k].protocol == i->protocol))
            return codes[k].is;
    return POLICY_CLASS_OTHER;
}

const char *plugged_class_name(unsigned class)
{
    for (size_t i = 0; i < array_count(names); i++)
        if (names[i].class == class)
            return names[i].name;
    return "other";
}

unsigned plugged_class_named(const char *name)
{
    for (size_t i = 0; i < array_count(names); i++)
        if (str_eq(names[i].name, name))
            return names[i].class;
    return 0;
}

bool plugged_class_allowed(const struct policy *p, unsigned class)
{
    if (class == POLICY_CLASS_STORAGE)
        return false;
    if (p->version == 0)
        return (class & WITHOUT_A_POLICY) != 0;
    const struct policy_device_class *c = policy_device_class(p, plugged_class_name(class));
    return c ? c->allow : (class & PRESET) != 0;
}

bool plugged_port_valid(const char *text)
{
    const char *slash = strrchr(text, '/');
    if (!slash || slash == text || strspn(text, PORT_CHARACTERS) != (size_t)(slash - text))
        return false;
    for (const char *at = slash + 1;; at++) {
        size_t digits = strspn(at, "0123456789");
        at += digits;
        if (digits == 0 || (*at != '\0' && *at != '.'))
            return false;
        if (*at == '\0')
            return true;
    }
}

/* --- what the device is named by -------------------------------------------------------------- */

static bool expired(int64_t expires, const struct plugged_question *q)
{
    return expires != 0 && q->now >= expires;
}

static bool names_device(const struct policy_device *d, const struct plugged_question *q, unsigned classes)
{
    return d->vendor == q->vendor && d->product == q->product && (classes & ~d->classes) == 0 &&
           (*d->serial == '\0' || str_eq(d->serial, q->serial)) &&
           (*d->port == '\0' || str_eq(d->port, q->port));
}

/* The [device] that lets it in, or else one that did so until it expired. */
static const struct policy_device *find_device(const struct policy *p, const struct plugged_question *q,
                                               unsigned classes)
{
    const struct policy_device *late = NULL;
    for (size_t i = 0; i < p->device_count; i++) {
        const struct policy_device *d = &p->devices[i];
        if (!names_device(d, q, classes))
            continue;
        if (!expired(d->expires, q))
            return d;
        late = d;
    }
    return late;
}

static bool says_it_is(const struct policy_medium *m, const struct plugged_question *q)
{
    return m->vendor == q->vendor && m->product == q->product && str_eq(m->serial, q->serial);
}

/* A registered medium that it says it is, or else one whose registration has expired. */
static const struct policy_medium *find_medium(const struct policy *p, const struct plugged_question *q)
{
    const struct policy_medium *late = NULL;
    for (size_t i = 0; i < p->medium_count; i++) {
        const struct policy_medium *m = &p->mediums[i];
        if (!says_it_is(m, q))
            continue;
        if (!expired(m->expires, q))
            return m;
        late = m;
    }
    return late;
}

const struct policy_medium *plugged_medium(const struct policy *p, const struct plugged_question *q,
                                           const uint8_t identity[32])
{
    for (size_t i = 0; i < p->medium_count; i++) {
        const struct policy_medium *m = &p->mediums[i];
        if (says_it_is(m, q) && !expired(m->expires, q) && memcmp(m->identity, identity, sizeof m->identity) == 0)
            return m;
    }
    return NULL;
}

/* --- the decision ----------------------------------------------------------------------------- */

static unsigned classes_of(const struct plugged_question *q)
{
    unsigned classes = 0;
    for (size_t i = 0; i < q->count; i++)
        classes |= plugged_class(&q->interfaces[i]);
    return classes ? classes : POLICY_CLASS_OTHER;
}

static void decide(struct plugged_decision *d, enum plugged_verdict verdict, enum sk_reason reason,
                   const char *section, const struct policy_head *head)
{
    d->verdict = verdict;
    d->reason = reason;
    d->section = head ? section : "";
    d->id = head ? head->id : "";
    d->line = head ? head->line : 0;
}

/* The [device-class] of the first of these classes that has one. */
static const struct policy_head *class_head(const struct policy *p, unsigned classes)
{
    for (size_t i = 0; i < array_count(names); i++) {
        const struct policy_device_class *c =
            classes & names[i].class ? policy_device_class(p, names[i].name) : NULL;
        if (c)
            return &c->head;
    }
    return NULL;
}

static bool may_be_split(const struct policy *p, unsigned allowed)
{
    bool all = allowed != 0 && !(allowed & POLICY_CLASS_STORAGE);
    for (size_t i = 0; all && i < array_count(names); i++) {
        const struct policy_device_class *c =
            allowed & names[i].class ? policy_device_class(p, names[i].name) : NULL;
        all = !(allowed & names[i].class) || (c && c->split);
    }
    return all;
}

/* What is worked with goes on working: a keyboard's second half is often for its maker's program or new firmware, which
 * no driver of the kernel's own takes. A half that carries data makes it a device like any other. */
static bool is_input_with_more(const struct plugged_decision *d)
{
    unsigned allowed = d->classes & ~d->refused;
    return (allowed & PLUGGED_INPUT) && !(allowed & PLUGGED_HOLDS_FILES) && (d->refused & ~(unsigned)BESIDE_INPUT) == 0;
}

/* Some class is not allowed. */
static void refuse(const struct policy *p, const struct policy_device *late, struct plugged_decision *d)
{
    if (d->refused & POLICY_CLASS_STORAGE && d->medium)
        decide(d, PLUGGED_REFUSED, SK_REASON_MEDIUM_EXPIRED, "medium", &d->medium->head);
    else if (d->refused & POLICY_CLASS_STORAGE)
        decide(d, PLUGGED_REFUSED, SK_REASON_MEDIUM_UNKNOWN, "", NULL);
    else if (late)
        decide(d, PLUGGED_REFUSED, SK_REASON_DEVICE_EXPIRED, "device", &late->head);
    else
        decide(d, PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "device-class", class_head(p, d->refused));
    if (may_be_split(p, d->classes & ~d->refused) || is_input_with_more(d))
        d->verdict = PLUGGED_PARTLY;
}

void decide_plugged(const struct policy *p, const struct plugged_question *q, struct plugged_decision *ret)
{
    struct plugged_decision d = {.classes = classes_of(q)};
    d.refused = d.classes;
    *ret = d;
    if (!q->readable || q->count == 0) {
        decide(ret, PLUGGED_REFUSED, SK_REASON_DEVICE_UNREADABLE, "", NULL);
        return;
    }
    if ((d.classes & POLICY_CLASS_HID) && (d.classes & POLICY_CLASS_STORAGE)) {
        decide(ret, PLUGGED_REFUSED, SK_REASON_DEVICE_COMPOSITE, "", NULL);
        return;
    }
    const struct policy_device *device = find_device(p, q, d.classes);
    if (device && !expired(device->expires, q)) {
        ret->refused = 0;
        decide(ret, PLUGGED_ALLOWED, SK_REASON_ALLOWED, "device", &device->head);
        return;
    }
    if (d.classes & POLICY_CLASS_STORAGE)
        ret->medium = find_medium(p, q);
    bool medium = ret->medium && !expired(ret->medium->expires, q);
    for (size_t i = 0; i < array_count(names); i++)
        if (plugged_class_allowed(p, names[i].class) || (medium && names[i].class == POLICY_CLASS_STORAGE))
            ret->refused &= ~names[i].class;
    if (ret->refused != 0)
        refuse(p, device, ret);
    else if (medium)
        decide(ret, PLUGGED_ALLOWED, SK_REASON_ALLOWED, "medium", &ret->medium->head);
    else
        decide(ret, PLUGGED_ALLOWED, SK_REASON_ALLOWED, "device-class", class_head(p, d.classes));
}

/* A maker's own interface may well carry files: a phone's does, to programs, and no driver takes it. It goes on only of
 * what is there for something else. */
static unsigned held_back(unsigned classes, bool driven)
{
    unsigned files = classes & PLUGGED_HOLDS_FILES;
    bool other = (classes & POLICY_CLASS_OTHER) && (files || !((classes & PRESET) || driven));
    return files | (other ? POLICY_CLASS_OTHER : 0);
}

void plugged_keep(struct plugged_decision *d, bool driven)
{
    if (d->verdict == PLUGGED_ALLOWED || d->reason == SK_REASON_DEVICE_UNREADABLE ||
        d->reason == SK_REASON_DEVICE_COMPOSITE)
        return;
    unsigned refused = held_back(d->classes, driven);
    if (refused == d->classes)
        return;
    d->refused = refused;
    d->verdict = d->refused ? PLUGGED_PARTLY : PLUGGED_ALLOWED;
    d->reason = SK_REASON_DEVICE_PRESENT;
}

bool plugged_part_allowed(const struct plugged_decision *d, const struct plugged_interface *i)
{
    unsigned class = plugged_class(i);
    if (class == COMPANION && d->reason == SK_REASON_DEVICE_PRESENT)
        return true; /* what holds files has none */
    return d->verdict == PLUGGED_ALLOWED ||
           (d->verdict == PLUGGED_PARTLY && (class & d->classes & ~d->refused) != 0);
}
