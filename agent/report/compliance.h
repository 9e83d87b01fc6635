/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of compliance (RUN-1): for each requirement whether it is in force, and by what that is seen. */
#ifndef REPORT_COMPLIANCE_H
#define REPORT_COMPLIANCE_H

#include "report/register.h"

enum compliance_state {
    COMPLIANCE_UNKNOWN,        /* no record, policy or file says: a person fills it in */
    COMPLIANCE_IN_FORCE,
    COMPLIANCE_NOT_IN_FORCE,
    COMPLIANCE_NOT_APPLICABLE, /* the contract leaves it out */
};

/* What several checks need, gathered once. */
struct compliance_facts {
    struct report_register things;
    int64_t as_of_s;      /* when the range ends, or the records do */
    size_t incidents, incidents_open, late; /* late: reports that came late or were not made */
    size_t uncovered;     /* open incidents: the PC ran without the agent */
    size_t unknown_files; /* incidents by media that nobody allowed */
    size_t crashes, gaps, removals, policies;
    int64_t seen_through[REPORT_LEDGERS_MAX]; /* found copies up to this record were looked at */
    int64_t closed_s;     /* when the contract was closed, 0 = not */
    bool plain_area;      /* an area was opened that is not encrypted, though the policy wants it */
    bool unsynchronised;  /* a ledger's last record has a clock that was not synchronised */
};
/* 0 or -ENOMEM; free in any case. */
int compliance_gather(const struct report_source *s, struct compliance_facts *ret) SK_MUST_CHECK;
void compliance_facts_free(struct compliance_facts *f);

/* One line of the paper while it is made. */
struct compliance_line {
    const struct report_source *s;
    const struct policy_contract *contract; /* NULL: no policy could be read, or it has no such contract */
    const struct compliance_facts *facts;
    bool japanese;
    struct buf shown; /* the command, record or setting that shows it, or why it is not in force */
};

/* When a manager or auditor (role NULL), or somebody of the role, last confirmed the paper; 0 = never. Confirmations over
 * the range of this paper itself are left out for "compliance", so that they don't change what it says. */
int64_t compliance_confirmed(const struct report_source *s, const char *paper, const char *role);

/* The checks. Each says in shown by what it is seen; in compliance.c and compliance_rules.c. */
typedef enum compliance_state compliance_check(struct compliance_line *l);
compliance_check compliance_rec_1, compliance_rec_2, compliance_rec_3, compliance_rec_4, compliance_rec_5,
    compliance_rec_6, compliance_rec_7, compliance_rec_8;
compliance_check compliance_acc_1, compliance_acc_2, compliance_acc_3, compliance_acc_4, compliance_acc_5,
    compliance_acc_6, compliance_acc_7;
compliance_check compliance_med_1, compliance_med_2, compliance_cld_1, compliance_cld_2, compliance_cld_4;
compliance_check compliance_enc_1, compliance_enc_2;
compliance_check compliance_log_1, compliance_log_2, compliance_log_3, compliance_log_4, compliance_log_5;
compliance_check compliance_dsp_1, compliance_dsp_2, compliance_dsp_3, compliance_dsp_4, compliance_dsp_5;
compliance_check compliance_inc_1, compliance_inc_2, compliance_inc_3;
compliance_check compliance_run_1, compliance_run_2, compliance_run_3, compliance_run_4, compliance_run_5,
    compliance_run_6, compliance_run_7, compliance_run_8;

#endif
