/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The builders, one file for each concern, listed in papers.c. Each appends fields, tables and notes to
 * the paper; 0, or a negative code when it could not read what it needs. */
#ifndef REPORT_PAPERS_H
#define REPORT_PAPERS_H

#include "report/paper.h"

int paper_copies(const struct report_source *s, struct report_paper *p);
int paper_takeouts(const struct report_source *s, struct report_paper *p);
int paper_handovers(const struct report_source *s, struct report_paper *p);
int paper_register(const struct report_source *s, struct report_paper *p);
int paper_plan(const struct report_source *s, struct report_paper *p);
int paper_completion(const struct report_source *s, struct report_paper *p);
int paper_return_plan(const struct report_source *s, struct report_paper *p);
int paper_erasure_plan(const struct report_source *s, struct report_paper *p);
int paper_erasure_report(const struct report_source *s, struct report_paper *p);
int paper_access(const struct report_source *s, struct report_paper *p);
int paper_roster(const struct report_source *s, struct report_paper *p);
int paper_start(const struct report_source *s, struct report_paper *p);
int paper_inspection(const struct report_source *s, struct report_paper *p);
int paper_audit(const struct report_source *s, struct report_paper *p);
int paper_compliance(const struct report_source *s, struct report_paper *p);
int paper_incident_first(const struct report_source *s, struct report_paper *p);
int paper_incident_details(const struct report_source *s, struct report_paper *p);
int paper_incident_final(const struct report_source *s, struct report_paper *p);
int paper_storage(const struct report_source *s, struct report_paper *p);

#endif
