/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cases of a source: records joined from request to disposal, per ledger (a case's number is its
 * ledger's own), and copies that the agent found. And the cells that several papers make of them. */
#ifndef REPORT_CASES_H
#define REPORT_CASES_H

#include "report/paper.h"
#include "report/source.h"

/* One copy, take-out or found copy. Members are the source's records, NULL until there is one. */
struct report_case {
    const char *id;          /* "" for a copy that was found */
    unsigned ledger;
    bool take_out, found;
    int64_t at_s;            /* when it was made; of one that was not, when it was asked for */
    const json_t *request, *permit, *done, *given_back, *disposal, *lost;
    const json_t *delivered; /* handed to the client, who keeps it */
    const json_t *parts;     /* files of continuation records, see report_case_files */
};

struct report_cases {
    struct report_case *items; /* in the order of their requests */
    size_t count, cap;
    json_t *index, *parts;
};

/* 0 or -ENOMEM; free in any case. */
int report_cases_read(const struct report_source *s, struct report_cases *ret) SK_MUST_CHECK;
void report_cases_free(struct report_cases *c);
#define autocases __attribute__((cleanup(report_cases_free)))

/* Did content leave, or may it have? */
bool report_case_went(const struct report_case *c);

/* A case of a ledger, or NULL. */
const struct report_case *report_case_find(const struct report_cases *c, unsigned ledger, const char *id);

/* The record that says most of the case: its done record, or the request. */
const json_t *report_case_main(const struct report_case *c);

/* Cells ① to ⑥ of REC-1, REC-2 and REC-3, in their order. */
void report_case_cells(struct report_paper *p, const struct report_source *s,
                       const struct report_case *c);
/* Append who can open what left sealed to these ids (recipients of a record), with `between` between two. */
void report_put_openers(struct buf *b, const struct report_source *s, const json_t *ids, const char *between, bool japanese);
/* ⑦, ⑧: when, how, proof; "open" when it has not happened. */
void report_end_cell(struct report_paper *p, const json_t *end, const struct report_text *open);
/* The annex that lists the files of cases with more of them than a cell holds. */
void report_files_annex(struct report_paper *p, const struct report_source *s,
                        const struct report_cases *cases, bool take_out);

#endif
