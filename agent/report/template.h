/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates without logic, a small part of mustache(5), that a contractor can replace:
 *
 *   {{name}} {{a.b}}         the text or number, always escaped for HTML; nothing when it is not there
 *   {{.}}                    the present value
 *   {{#name}}…{{/name}}      for each entry of a list; once for anything else that is not empty
 *   {{^name}}…{{/name}}      when it is empty: not there, null, false, "", 0 or an empty list
 *   {{>style}}               a part: a text that comes with the templates, filled in like them
 *   {{!remark}}
 *
 * A name is looked for in the present value, then in those around it. There is no way to run anything,
 * to include a file, or to put text into the page unescaped. */
#ifndef REPORT_TEMPLATE_H
#define REPORT_TEMPLATE_H

#include <jansson.h>
#include <stddef.h>
#include "base/buf.h"

#define TEMPLATE_DEPTH_MAX 16          /* sections within each other */
#define TEMPLATE_MAX ((size_t)1 << 20) /* bytes of a template */
#define TEMPLATE_STEPS_MAX 50000000u   /* {{…}} that one page may take */

/* What is wrong with a template. */
struct template_fault {
    unsigned line;
    const char *what; /* English, for gettext */
};

/* A part that templates may name; the list ends with a NULL name. */
struct template_part {
    const char *name, *text;
    size_t len;
};

/* Append the page that the template makes of the values. parts may be NULL. 0; SK_ERR_FORMAT: *ret_fault says where;
 * SK_ERR_LIMIT (the page or the template is too long), -ENOMEM. */
int template_fill(const char *text, size_t len, const json_t *values,
                  const struct template_part *parts, struct buf *out,
                  struct template_fault *ret_fault) SK_MUST_CHECK;

/* Append text so that it stands for itself in HTML, between tags and in quoted attributes. Bytes that
 * XML does not allow, and controls of direction, are written as \xHH or \u{HHHH}. */
void template_escape(struct buf *out, const char *text, size_t len);

#endif
