/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device may become that is plugged in, pure: the same function serves sekisho-plug, the check of
 * a policy against what is plugged in, and the tests. MED-1, MED-5, MED-7. */
#ifndef POLICY_PLUGGED_H
#define POLICY_PLUGGED_H

#include <sekisho/reason.h>
#include "policy/model.h"

#define PLUGGED_INPUT (POLICY_CLASS_HID | POLICY_CLASS_HUB) /* what whoever works at the PC needs */
#define PLUGGED_HOLDS_FILES (POLICY_CLASS_STORAGE | POLICY_CLASS_MTP)

#define PLUGGED_INTERFACES_MAX 256 /* interfaces of all configurations and alternate settings of one device */

/* One interface descriptor (USB 2.0, 9.6.5). */
struct plugged_interface {
    uint8_t configuration, number, alternate;
    uint8_t class, subclass, protocol;
};

/* One device. Strings are as str_escape writes what it said, never NULL. */
struct plugged_question {
    bool readable;         /* its descriptors were read whole and are well formed */
    uint16_t vendor, product;
    const char *serial;    /* "" = it says none */
    const char *port;      /* controller, slash, ports from the root on: "0000:00:14.0/2.3" */
    const struct plugged_interface *interfaces; /* of every configuration: it may change between them */
    size_t count;
    int64_t now;
};

enum plugged_verdict {
    PLUGGED_REFUSED = 1, /* nothing of it */
    PLUGGED_PARTLY,      /* the interfaces that plugged_part_allowed names */
    PLUGGED_ALLOWED,     /* all of it; of a medium: if it carries its identity */
};

struct plugged_decision {
    enum plugged_verdict verdict;
    enum sk_reason reason;
    unsigned classes;      /* enum policy_class bits of the whole device */
    unsigned refused;      /* those of them that are not allowed */
    const char *section;   /* kind of the section that decided, "" = none: a preset did */
    const char *id;
    unsigned line;
    const struct policy_medium *medium; /* what it says it is (plugged_medium decides); NULL = none */
};

/* The class bit of one interface; 0 for one that only goes along with another (CDC data). */
unsigned plugged_class(const struct plugged_interface *i);

/* The word of one class bit ("storage"); "other" for anything else. */
const char *plugged_class_name(unsigned class);

/* The class bit of a word, 0 = there is no such class. */
unsigned plugged_class_named(const char *name);

/* Is it a port: a controller, a slash, numbers with dots between them? */
bool plugged_port_valid(const char *text);

/* Is the class allowed where neither [device] nor [medium] says so? By [device-class], else the preset: hid,
 * hub, audio and video. Without a policy hid and hub. Storage never. */
bool plugged_class_allowed(const struct policy *p, unsigned class);

/* The checks, in this order; the first that holds decides:
 *   not readable, no interface   refused, DEVICE_UNREADABLE
 *   hid and storage together     refused, DEVICE_COMPOSITE, whatever names it
 *   a [device] that names vendor, product, and where it says them serial and port, and all its classes
 *                                allowed, as long as it has not expired
 *   a [medium] that names vendor, product and serial lets storage in, as long as it has not expired
 *   every class allowed          allowed
 *   some allowed, none of these storage, each of these with split = yes   partly
 *   keyboards, mice, hubs allowed, and beside them only what no driver of the kernel's own takes (a maker's own
 *   interface, new firmware, a smart card's)                       partly, whatever split says
 *   else                         refused: MEDIUM_EXPIRED, MEDIUM_UNKNOWN, DEVICE_EXPIRED or DEVICE_CLASS */
void decide_plugged(const struct policy *p, const struct plugged_question *q, struct plugged_decision *ret);

/* The registered medium that says this of itself and carries this identity (SHA-256 of its identity file),
 * not expired; NULL = there is none: it is not let in. */
const struct policy_medium *plugged_medium(const struct policy *p, const struct plugged_question *q,
                                           const uint8_t identity[32]);

/* Without a policy, for one that worked before this process looked: what *d would refuse stays, but what can hold
 * files (a maker's own interface beside such can, and one without input, hub, audio and video, unless the kernel's drivers
 * have all of those: driven), and but what is not readable or types and stores. Nobody is cut off by an agent that knows no
 * rules yet. */
void plugged_keep(struct plugged_decision *d, bool driven);

/* May interface i work? Where the device may partly, an interface that only goes along with another may not:
 * it can be the refused half's. */
bool plugged_part_allowed(const struct plugged_decision *d, const struct plugged_interface *i);

#endif
