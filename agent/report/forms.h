/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The templates that come with the program, as embed.cmake makes them of report/templates. */
#ifndef REPORT_FORMS_H
#define REPORT_FORMS_H

#include <stddef.h>

#define FORM(member, file)                                                                         \
    extern const unsigned char form_##member[];                                                    \
    extern const size_t form_##member##_len;
#include "report/forms.def"
#undef FORM

#endif
