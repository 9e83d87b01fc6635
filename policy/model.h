/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy as data. Built by policy_parse, owned by struct policy, read-only for everybody else.
 * `line` is the line of the section's head in the policy file; decisions cite it. Strings are never
 * NULL ("" when the key is absent); a list may be empty. Times are seconds since 1970; a date that
 * ends something is kept as the first second after that day in Japan. 0 means absent. */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "crypto/age.h"
#include "crypto/minisign.h"

struct policy_list {
    char **items;
    size_t count;
};

/* What every named section starts with. */
struct policy_head {
    char *id;
    unsigned line;
};

struct policy_contract {
    struct policy_head head;
    char *title, *client, *contractor;
    char *contact;           /* whom who comes upon an export asks: office and telephone */
    int64_t start, end;      /* end: first second after the last day */
    int64_t retention_s;     /* how long records are kept after the end, seconds; LOG-1 */
    bool chapter_5;          /* information system rules apply (REQUIREMENTS, 004 別記2 5.x) */
    bool equipment;          /* equipment rules apply (4.4) */
    /* how often it is confirmed, at the latest: the register (REC-6), the access log (ACC-4), the state of
     * compliance (RUN-1); how long before the end the plans are due (DSP-3). Never 0 in a policy that was read. */
    int64_t register_check_s, access_review_s, compliance_review_s, plans_before_s;
};

/* The client's written consent (REC-4). */
struct policy_consent {
    struct policy_head head;
    char *contract, *document;
    int64_t date;
    uint8_t sha256[32];      /* of the document */
    struct policy_list areas, destinations, purposes;
    int64_t until;           /* first second after the last day; 0 = the contract's end */
    uint64_t uses;           /* permits that may be granted on it; 0 = without limit */
    int64_t standing_s;      /* how long a standing permit on it may last; 0 = none may be given */
};

enum policy_role { POLICY_HANDLER = 1, POLICY_MANAGER = 2, POLICY_ADMINISTRATOR = 4,
                   POLICY_AUDITOR = 8 };

struct policy_person {
    struct policy_head head;
    char *user;              /* login name */
    char *name;              /* as on the roster */
    unsigned roles;          /* enum policy_role bits */
    struct policy_list areas;
    int64_t trained, pledge; /* ACC-6; 0 = not */
    bool suspended;
    bool has_key;
    struct minisign_public key; /* approver's */
    char *approves_for;      /* person in whose place this one approves, "" = nobody's */
    int64_t approves_until;  /* first second after the last day of that; 0 with approves_for: never */
};

enum policy_backing { POLICY_LUKS = 1, POLICY_FILESYSTEM };
enum policy_gate { POLICY_ROOM = 1, POLICY_OPEN };
enum policy_display { POLICY_NESTED = 1, POLICY_SHARED }; /* of rooms */
/* What goes of a person's home folder in an area when their room ends. */
enum policy_scratch { POLICY_SCRATCH_ALL = 1, POLICY_SCRATCH_TEMPORARY, POLICY_SCRATCH_KEEP };

struct policy_area {
    struct policy_head head;
    char *label, *mount, *contract;
    enum policy_backing backing;
    enum policy_gate gate;
    enum policy_display display;
    bool terminal;           /* may be worked on in a terminal, whose window keeps what it shows */
    bool gpu;                /* programs in the room get the graphics card */
    enum policy_scratch scratch;
    unsigned level;          /* 機密性 1…3 */
    bool top_secret, personal_number;
    struct policy_list handlers;     /* empty: every person whose areas name this one */
    struct policy_list applications;
    char *copies;            /* consent for copies inside, "" = none */
    char *copy_purpose, *kept, *disposal;
    int64_t retention_s;
};

struct policy_application {
    struct policy_head head;
    struct policy_list exe;  /* absolute paths; '*' and '?' match within one path component */
    bool generates_code;     /* has a compiler built in: code that lies in no file is its way */
};

/* In the order of what they let happen: by hand, sealed, plain. */
enum policy_kind { POLICY_HAND = 1, POLICY_MEDIUM, POLICY_AREA, POLICY_BACKUP, POLICY_MAIL, POLICY_WEB,
                   POLICY_DIRECTORY };

struct policy_destination {
    struct policy_head head;
    char *contract, *label;
    enum policy_kind kind;   /* directory: plain copies; all others: sealed exports */
    char *path;              /* mount point (medium, hand) or folder, absolute; "" (hand): paper only */
    char *uuid;              /* the filesystem's, "" = any that is mounted there */
    char *medium;            /* medium: id of the registered one, "" = whatever is mounted at path */
    struct policy_list recipients, approvers;
    unsigned approvals;      /* needed for it where that is more than [approval] quorum, 0 = not said */
    int64_t return_within_s; /* 0 = no return is due */
    uint64_t largest;        /* mail, web: MiB of one sealed file; 0 = not said */
    char *site;              /* web: the file-exchange site, as people know it */
    int64_t retention_s;     /* backup: how long it is kept before it is destroyed; 0 = not said */
    bool without_escrow;     /* the policy's escrow key is not to open what goes there */
    bool has_receipt_key;
    struct minisign_public receipt_key; /* area: of the peer's agent, which signs its receipts */
};

#define POLICY_ESCROW "escrow" /* the id that records and screens have for the policy's escrow key */

struct policy_recipient {
    struct policy_head head;
    char *name, *organisation, *contract;
    char *mail;              /* address, "" = none */
    struct age_recipient age;
    bool has_receipt_key;
    struct minisign_public receipt_key; /* with which the recipient signs receipts (contrib/recipients) */
};

/* What a device is for, as its interfaces say (policy/plugged.h). */
enum policy_class {
    POLICY_CLASS_HID = 1 << 0,
    POLICY_CLASS_HUB = 1 << 1,
    POLICY_CLASS_AUDIO = 1 << 2,
    POLICY_CLASS_VIDEO = 1 << 3,
    POLICY_CLASS_PRINTER = 1 << 4,
    POLICY_CLASS_NETWORK = 1 << 5,
    POLICY_CLASS_MTP = 1 << 6, /* MTP and PTP: phones, cameras, players */
    POLICY_CLASS_STORAGE = 1 << 7,
    POLICY_CLASS_SMARTCARD = 1 << 8,
    POLICY_CLASS_SERIAL = 1 << 9,
    POLICY_CLASS_WIRELESS = 1 << 10,
    POLICY_CLASS_OTHER = 1 << 11,
};

/* [device-class NAME]; the id is the class' word. */
struct policy_device_class {
    struct policy_head head;
    bool allow;
    bool split; /* this half of a device may work while its other halves are refused */
};

/* A device that may be what it says, whatever its class is otherwise allowed. */
struct policy_device {
    struct policy_head head;
    char *label;
    unsigned vendor, product; /* USB ids */
    char *serial;             /* as str_escape writes what the device says, "" = any */
    char *port;               /* where it is plugged in (policy/plugged.h), "" = anywhere */
    unsigned classes;         /* enum policy_class bits, never storage */
    int64_t expires;          /* first second after the last day, 0 = never */
};

enum policy_direction { POLICY_OUT = 1, POLICY_IN, POLICY_BOTH };

/* A medium of the register (MED-1). */
struct policy_medium {
    struct policy_head head;
    char *label;
    unsigned vendor, product;
    char *serial;             /* as str_escape writes what the medium says, "" = it says none */
    char *owner;              /* person who answers for it (MED-1) */
    enum policy_direction direction;
    struct policy_list areas; /* whose data it may carry */
    uint8_t identity[32];     /* SHA-256 of the identity file on it: a serial can be copied */
    int64_t expires;
};

#define POLICY_QUORUM_MAX 9

struct policy_approval {
    unsigned quorum;               /* approvals needed, of different persons */
    unsigned lockout;              /* failures that lock an approver (ACC-2) */
    int64_t lockout_period_s;
    int64_t permit_lifetime_s;
    unsigned passphrase_minimum;   /* characters */
};

struct policy_ledger {
    int64_t seal_interval_s;       /* longest time without a seal */
    int64_t retention_s;           /* of records of no contract; 0 = the longest of any contract (LOG-1) */
    bool refuse_access_on_failure; /* opening stops too while the ledger can't write (LOG-2) */
};

struct policy_hours {
    unsigned from, to;     /* minutes since midnight in Japan */
};

struct policy_work {
    unsigned line;                 /* of [work], 0 = the file has none */
    bool remote;                   /* a remote login is a place of work too */
    struct policy_hours hours;     /* of weekdays; outside of them the access review asks (ACC-4), 0-0 = not set */
};

/* The reports that an incident asks for, each with a clock (INC-2). */
enum policy_clock_name {
    POLICY_CLOCK_FIRST,   /* at once, by word of mouth */
    POLICY_CLOCK_EFFECT,  /* what happened, effect on the client's work */
    POLICY_CLOCK_DETAILS, /* also cause and response */
    POLICY_CLOCK_FACTS,   /* when, where, cause, handlers concerned */
    POLICY_CLOCK_WRITTEN, /* the same in writing */
    POLICY_CLOCK_PLAN,    /* plan of correction, approved */
    POLICY_CLOCK_RESULT,  /* corrected, and the result reported */
    POLICY_CLOCK_FINAL,   /* final report, measures against recurrence */
    POLICY_CLOCK_COUNT
};

enum policy_from { POLICY_FROM_KNOWING = 1, POLICY_FROM_FIRST, POLICY_FROM_FACTS };

struct policy_clock {
    enum policy_from from; /* what it counts from */
    int64_t length_s;      /* 0 = no clock */
    int64_t outside_s;     /* the same outside of the hours, 0 = no difference */
};

/* What happens at an incident: clocks, who is told, when the agent opens one by itself (INC-2, INC-3). */
struct policy_incident {
    unsigned line;                   /* of [incident], 0 = the file has none */
    struct policy_clock clocks[POLICY_CLOCK_COUNT];
    struct policy_hours hours;       /* of weekdays */
    unsigned weekdays;               /* bits, 1 = Sunday, 2 = Monday, … */
    bool national_holidays;          /* are none of the weekdays */
    struct policy_list holidays;     /* further days, YYYY-MM-DD */
    struct policy_list phone, contact; /* whom to call and to write to */
    struct policy_list notify;       /* who is told: mail addresses, programs (absolute paths) */
    char *sendmail;                  /* "" = /usr/sbin/sendmail */
    unsigned burst;                  /* refusals of one person in one area within burst_period_s */
    int64_t burst_period_s;
    int64_t clock_step_s;            /* a clock that jumps by more */
    int64_t unsynchronised_s;        /* a clock that was not synchronised for longer */
    int64_t uncovered_s;             /* the PC was up for longer without the agent */
    int64_t overdue_grace_s;         /* a case that is overdue for longer */
};

/* Where copies of protected files are searched for, outside of areas. */
struct policy_index {
    struct policy_list places;     /* folders, absolute paths */
};

/* X(member type, member, section) for every kind of named section. */
struct policy {
    uint64_t version;
    char *title;
    int64_t issued, expires;       /* expires: first second after the last day */
    struct policy_list hosts;      /* host name patterns, empty = every host */
    char *change_consent;          /* RUN-7 */
    unsigned line;                 /* of [policy] */
    struct policy_contract *contracts;
    struct policy_consent *consents;
    struct policy_person *persons;
    struct policy_area *areas;
    struct policy_application *applications;
    struct policy_destination *destinations;
    struct policy_recipient *recipients;
    struct policy_device_class *device_classes;
    struct policy_device *devices;
    struct policy_medium *mediums;
    size_t contract_count, consent_count, person_count, area_count, application_count,
        destination_count, recipient_count, device_class_count, device_count, medium_count;
    struct policy_recipient escrow; /* the contractor's key that exports are sealed to as well; its id is POLICY_ESCROW */
    bool has_escrow;
    struct policy_approval approval;
    struct policy_ledger ledger;
    struct policy_work work;
    struct policy_index index;
    struct policy_incident incident;
    uint8_t digest[32];            /* SHA-256 of the file's bytes */
};

/* The section with that id, or NULL. */
const struct policy_contract *policy_contract(const struct policy *p, const char *id);
const struct policy_consent *policy_consent(const struct policy *p, const char *id);
const struct policy_person *policy_person(const struct policy *p, const char *id);
const struct policy_area *policy_area(const struct policy *p, const char *id);
const struct policy_application *policy_application(const struct policy *p, const char *id);
const struct policy_destination *policy_destination(const struct policy *p, const char *id);
const struct policy_recipient *policy_recipient(const struct policy *p, const char *id);
const struct policy_device_class *policy_device_class(const struct policy *p, const char *id);
const struct policy_device *policy_device(const struct policy *p, const char *id);
const struct policy_medium *policy_medium(const struct policy *p, const char *id);

/* Whom what goes there is encrypted to (nobody, where it goes plain): number i, in the destination's order and the escrow key last (its id is
 * POLICY_ESCROW), or NULL when there are no more. */
const struct policy_recipient *policy_sealed_to(const struct policy *p, const struct policy_destination *d, size_t i);

/* The person with that login, or NULL. */
const struct policy_person *policy_person_of_user(const struct policy *p, const char *user);
bool policy_list_has(const struct policy_list *list, const char *item);

#endif
