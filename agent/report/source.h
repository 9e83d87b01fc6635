/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What papers are made of: the verified, sealed records of one contract (and of the machines) from
 * one or several ledgers or extracts, in the order of their time. Each folder is checked whole from
 * its enrolment line while it is read, once; nothing of a ledger that does not verify comes out, and
 * nothing behind its last seal. */
#ifndef REPORT_SOURCE_H
#define REPORT_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "base/buf.h"
#include "base/clock.h"
#include "policy/model.h"
#include "proof/steps.h"
#include "proof/verify.h"
#include "report/paper.h"

/* One ledger that was read. */
struct report_ledger {
    const char *folder;          /* the caller's text */
    struct note_key key;
    struct proof_report *proof;
    struct clock_steps steps;    /* how the PC's clock was moved, by the lines that are shown */
    char host[SK_ID_MAX + 1];    /* "" = no record says */
};

/* One record. The members of `record` are as they stand in the ledger. */
struct report_record {
    json_t *record;
    const char *kind;
    int64_t at_s;
    uint64_t seq;
    unsigned ledger;
};

/* One access record, or several that the ledger folded. Texts are numbers, see report_name. */
struct report_access {
    int64_t at_s;
    uint64_t seq;
    uint64_t count;
    uint32_t person, area, file, reason, exe;
    uint8_t ledger;
    bool refused;
};

struct report_source {
    const char *contract;              /* id; the caller's text */
    char from[CLOCK_TIME_CAP], to[CLOCK_TIME_CAP]; /* days, "" = open */
    int64_t from_s, to_s;              /* first second of from, first second after to; 0, INT64_MAX */
    const struct policy *policy;       /* NULL = not known */
    struct report_ledger *ledgers;     /* REPORT_LEDGERS_MAX of them once one was read */
    size_t ledger_count;
    struct report_record *records;
    size_t count, cap;
    struct report_access *accesses;    /* only when asked for */
    size_t access_count, access_cap;
    struct texts *names;
    json_t *people;                    /* id: name, as the records have them */
    json_t *announced;                 /* the last record that announces the contract, NULL = none */
    uint64_t policy_version;           /* of the last record in the range that names one */
    char policy_digest[65];
    const uint64_t *heads;             /* read so many records of each ledger, in their order; NULL = all sealed */
    size_t head_count;
    bool want_accesses;
    unsigned reading;                  /* ledger being read */
    int err;
    const json_t *entries;             /* what a person filled in, see paper.h; the caller's */
    const char *photos;                /* folder of pictures that records name, NULL = none; the caller's text */
    const struct system_fact *system;  /* SYSTEM_COUNT of the PC that the paper is made on, NULL = not this one's records */
    /* Put the sentences of a record (record/phrases.h) into the paper's language, NULL = English. 0 or -ENOMEM. */
    int (*say)(json_t *record);
    /* Draw a QR code as SVG, NULL = none is drawn. */
    int (*draw_qr)(const char *text, unsigned millimetres, struct buf *out);
};

/* Zero-initialise, set contract, from/to (report_source_range), policy and want_accesses; read each
 * folder; then sort. Free in any case. */
int report_source_range(struct report_source *s, const char *from, const char *to) SK_MUST_CHECK;

/* Verify and read one folder. enrolment NULL = the folder's own line. 0; SK_ERR_TAMPERED: it does
 * not verify (ledgers[ledger_count].proof says how, and it is not counted); SK_ERR_EXISTS: this ledger
 * was given already; SK_ERR_REFUSED: an extract of another contract; SK_ERR_STATE: no seal of it stands
 * where heads says; SK_ERR_LIMIT, -errno. */
int report_source_read(struct report_source *s, const char *folder, const struct note_key *enrolment)
    SK_MUST_CHECK;
void report_source_sort(struct report_source *s);
void report_source_free(struct report_source *s);

bool report_in_range(const struct report_source *s, int64_t at_s);
/* A text of an access record. */
const char *report_name(const struct report_source *s, uint32_t number);
/* The PC's name, for a record's ledger. */
const char *report_host(const struct report_source *s, unsigned ledger);

/* From the policy, or NULL. */
const struct policy_contract *report_contract(const struct report_source *s);
/* A person's name: the policy's, or of who left it what the last record calls them; "" = neither knows. */
const char *report_person(const struct report_source *s, const char *id);
const struct policy_area *report_area(const struct report_source *s, const char *id);

#endif
