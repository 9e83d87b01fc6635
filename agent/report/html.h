/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A paper as one HTML page that needs no other file: A4 when it is printed, its look from templates
 * (report/template.h). What templates may name, beside the document's own members (report/paper.h):
 *   heading, long (of a long heading), wide, own (the layout is ours), printed-day, range-text, words.…,
 *   volume-text (of a paper in several volumes: which this is), any-confirmed, any-notes, any-pictures, missing-text, foot-css; fields, tables, columns and pictures
 *   have a label, tables a width (columns) and their rows in parts
 *   (each with rows, and next but for the first); field.KEY and table.KEY give one of them. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <jansson.h>
#include "report/paper.h"
#include "report/template.h"

#define REPORT_FORMS_MAX 16 /* files of templates */

/* The templates: those that come with the program, each replaced by a file of that name in the
 * folder, where there is one. */
struct report_forms {
    struct template_part parts[REPORT_FORMS_MAX];
    char names[REPORT_FORMS_MAX][40];
    char *own[REPORT_FORMS_MAX];
    size_t count;
    const char *form;  /* the form's text, one of parts */
    size_t form_len;
    char failed[64];   /* the file that could not be read */
};

/* For the paper of the row; folder may be NULL or missing. A file NAME.html of the paper's own goes
 * before its form's. Only regular files are taken. 0, or a negative code (failed names the file, "" = the folder).
 * Free in any case. */
int report_forms_read(const struct report_row *row, const char *folder, struct report_forms *ret)
    SK_MUST_CHECK;
void report_forms_free(struct report_forms *f);
#define autoforms __attribute__((cleanup(report_forms_free)))

/* Append the page. As template_fill. */
int report_html(const json_t *document, const struct report_row *row, const struct report_forms *forms,
                struct buf *out, struct template_fault *ret_fault) SK_MUST_CHECK;

/* The document in volumes that are printed one by one: each has at most REPORT_VOLUME_ROWS rows of its tables, the
 * last one notes and pictures. A list of documents, one of them where it is short. 0 or -ENOMEM. */
#define REPORT_VOLUME_ROWS ((size_t)500)
int report_volumes(const json_t *document, json_t **ret) SK_MUST_CHECK;

#endif
