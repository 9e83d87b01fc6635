/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data register as papers see it (REC-6): what came in or went out, electronic, on paper or on a
 * medium, and copies of it, each with how it ended. Joined from receipts, cases, found copies and
 * records of kind item; an erasure ends what it names (sekisho/record.h). */
#ifndef REPORT_REGISTER_H
#define REPORT_REGISTER_H

#include "report/cases.h"

enum report_form { FORM_ELECTRONIC, FORM_PAPER, FORM_MEDIUM };

struct report_item {
    const char *id;               /* D-…, R-…, C-…, T-… */
    unsigned ledger;
    enum report_form form;
    const json_t *first;          /* the record that it came with */
    const json_t *latest;         /* the last record of kind item about it, NULL = none */
    const json_t *checked, *second; /* the manager's check; the second one's, NULL = not done */
    const json_t *end;            /* return, destruction or erasure, NULL = still there */
    bool returned;                /* the end is a return */
    bool lost;
    const struct report_case *copy; /* not NULL: a copy or take-out */
    int64_t at_s;
    bool specific;                /* specific personal information */
};

struct report_register {
    struct report_item *items;    /* in the order of their time */
    size_t count, cap;
    struct report_cases cases;
    json_t *index;
};

/* 0 or -ENOMEM; free in any case. */
int report_register_read(const struct report_source *s, struct report_register *ret) SK_MUST_CHECK;
void report_register_free(struct report_register *r);
#define autoregister __attribute__((cleanup(report_register_free)))

/* Its name: of files the first ones and how many more. */
void report_item_name(struct buf *b, const struct report_item *item, bool japanese);
/* Where and how it is kept now, each on its own. */
void report_item_place(struct buf *where, struct buf *how, const struct report_source *s,
                       const struct report_item *item, bool japanese);
/* A member of the latest record that says it. */
const char *report_item_text(const struct report_item *item, const char *member);
const json_t *report_item_member(const struct report_item *item, const char *member);

/* 情報の種類 and 情報の保存場所 as the forms of DSP-2 name them. */
const struct report_text *report_item_kind(const struct report_item *item);
const struct report_text *report_item_store(const struct report_item *item);

#endif
