/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sekisho-plug keeps: the devices that are plugged in, what each may become, and what became of it. */
#ifndef PLUG_PLUG_H
#define PLUG_PLUG_H

#include <jansson.h>
#include <sys/queue.h>
#include <sys/types.h>
#include "plug/descriptors.h"
#include "policy/policy.h"

#define PLUG_DEVICES_MAX 512  /* devices at a time */
#define PLUG_TEXT_MAX    512  /* bytes of one string that a device says */
#define PLUG_PATH_CAP    512  /* bytes of a path below /sys, or of a mount, with its NUL */
#define PLUG_NUMBER_CAP  24   /* bytes of the number of a disk with its NUL */

enum plug_state {
    PLUG_SHUT,    /* not let in: no driver, no nodes */
    PLUG_WAITING, /* may be let in as soon as that is on record */
    PLUG_PARTLY,  /* some of its interfaces are let in */
    PLUG_OPEN,    /* let in */
    PLUG_IN_USE,  /* not to be let in, but a mounted file system or swap of this PC lies on it */
    PLUG_CHECKING, /* a medium: let in as far as its disk, which is root's; what is on it is looked at */
    PLUG_FAILED,  /* the kernel did not do what it was told: why says what */
    PLUG_STATE_COUNT
};

/* PLUG_CARD: a memory card that is not behind USB (cards.h). */
enum plug_bus { PLUG_USB, PLUG_CARD };

/* What udev was told of its own node (nodes.h). */
enum plug_node { PLUG_NODE_UNTOLD, PLUG_NODE_SHUT, PLUG_NODE_OPEN };

struct plugged {
    TAILQ_ENTRY(plugged) all;
    char path[PLUG_PATH_CAP];        /* its folder below /sys: "devices/pci0000:00/…/usb1/1-2" */
    ino_t folder;                    /* which one that was: another device at this path has another */
    enum plug_bus bus;
    char *port;                      /* policy/plugged.h; of a card the kernel's name: "mmc0:0001" */
    char *serial, *maker, *name;     /* as str_escape writes them, "" = it says none */
    struct descriptors said;
    bool readable;                   /* said is all of it */
    bool authorized;                 /* as sysfs said last */
    bool present;                    /* it was there before this process */
    bool was_in;                     /* and let in by the kernel's own default */
    bool driven;                     /* and a driver of the kernel's had each of its maker's own interfaces */
    enum plug_state state;
    enum plug_node node;
    struct hand *hand;               /* its switch is being used (hand.h); NULL = it is not */
    bool hand_again;                 /* and is to be used again after that */
    bool hand_told;                  /* that it does not answer is on record */
    const char *hand_phase;          /* as what it is judged anew when it was used, NULL = judged */
    struct plugged_decision decision;
    uint64_t since_ns;               /* CLOCK_BOOTTIME: plugged in, or seen first */
    uint64_t failed_ns;              /* PLUG_FAILED: CLOCK_BOOTTIME, since when */
    char why[256];                   /* a phrase (base/phrase.h); PLUG_FAILED, or which driver did not fit */
    /* a medium: */
    char disk[PLUG_NUMBER_CAP];      /* number of its disk, "" = the kernel made none yet */
    uint64_t diskless_ns;            /* CLOCK_BOOTTIME: since when it is let in and has none, 0 = it is not so */
    bool known;                      /* sekisho-device found this on it: */
    uint8_t identity[32];
    json_t *turns;                   /* an array: those on it, when it was looked at */
    bool turn_fits;                  /* one of them was awaited then: what exports write since is its own */
    uint64_t doubt;                  /* by this list none is, which one that comes later decides; 0 = no doubt */
    bool waits;                      /* it is approved, and that is not on record yet */
    bool twice;                      /* another one with this identity was there: until it is pulled out */
    char place[PLUG_PATH_CAP];       /* where it is mounted for reading, "" = nowhere */
    json_t *marking;                 /* an identity is to be written onto it: MEDIUM_MARK's body, else NULL */
    uint64_t marker;                 /* who waits for that */
    uint64_t marking_ns;             /* CLOCK_BOOTTIME: since when */
};

TAILQ_HEAD(plugged_list, plugged);

/* "shut", "waiting", "partly", "open", "in-use", "checking", "failed" */
const char *plug_state_name(enum plug_state state);

void plugged_free(struct plugged *p);

/* "usb", "mmc" */
const char *plug_bus_name(enum plug_bus bus);

/* What the decision looks at. Pointers live as long as p. */
struct plugged_question plugged_ask(const struct plugged *p, int64_t now);

#endif
