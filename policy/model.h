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
    int64_t start, end;      /* end: first second after the last day */
    int64_t retention_s;     /* how long records are kept after the end, seconds; LOG-1 */
    bool chapter_5;          /* information system rules apply (REQUIREMENTS, 004 別記2 5.x) */
    bool equipment;          /* equipment rules apply (4.4) */
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
};

enum policy_backing { POLICY_LUKS = 1, POLICY_FILESYSTEM };
enum policy_gate { POLICY_ROOM = 1, POLICY_OPEN };
enum policy_display { POLICY_NESTED = 1, POLICY_SHARED }; /* of rooms */

struct policy_area {
    struct policy_head head;
    char *label, *mount, *contract;
    enum policy_backing backing;
    enum policy_gate gate;
    enum policy_display display;
    bool terminal;           /* may be worked on in a terminal, whose window keeps what it shows */
    bool gpu;                /* programs in the room get the graphics card */
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

enum policy_kind { POLICY_MEDIUM = 1, POLICY_DIRECTORY };

struct policy_destination {
    struct policy_head head;
    char *contract, *label;
    enum policy_kind kind;   /* medium: sealed exports to a mounted filesystem; directory: plain copies */
    char *path;              /* mount point (medium) or folder (directory), absolute */
    char *uuid;              /* the filesystem's, "" = any that is mounted there */
    struct policy_list recipients, approvers;
    int64_t return_within_s; /* 0 = no return is due */
};

struct policy_recipient {
    struct policy_head head;
    char *name, *organisation, *contract;
    struct age_recipient age;
};

struct policy_approval {
    unsigned quorum;               /* approvals needed, 1 in this version */
    unsigned lockout;              /* failures that lock an approver (ACC-2) */
    int64_t lockout_period_s;
    int64_t permit_lifetime_s;
    unsigned passphrase_minimum;   /* characters */
};

struct policy_ledger {
    int64_t seal_interval_s;       /* longest time without a seal */
    bool refuse_access_on_failure; /* reading stops too when nothing can be recorded (LOG-2) */
};

struct policy_work {
    unsigned line;                 /* of [work], 0 = the file has none */
    bool remote;                   /* a remote login is a place of work too */
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
    size_t contract_count, consent_count, person_count, area_count, application_count,
        destination_count, recipient_count;
    struct policy_recipient escrow; /* the contractor's key that every export is sealed to as well */
    bool has_escrow;
    struct policy_approval approval;
    struct policy_ledger ledger;
    struct policy_work work;
    struct policy_index index;
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

/* The person with that login, or NULL. */
const struct policy_person *policy_person_of_user(const struct policy *p, const char *user);
bool policy_list_has(const struct policy_list *list, const char *item);

#endif
