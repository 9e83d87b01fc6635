/* SPDX-License-Identifier: GPL-3.0-or-later */
/* asking.c owns what a request is made of. It must never fill in what the person did not say. */
#include "client/asking.h"
#include <string.h>
#include "base/clock.h"
#include "base/str.h"

static const char *said(const char *text)
{
    return text ? text : "";
}

static bool is_blank(const char *text)
{
    return said(text)[strspn(said(text), " \t")] == '\0';
}

enum asking_lack asking_lacks(const struct asking *a)
{
    int64_t day;
    if (json_array_size(a->files) == 0)
        return ASKING_FILES;
    if (is_blank(a->destination))
        return ASKING_DESTINATION;
    if (is_blank(a->purpose))
        return ASKING_PURPOSE;
    if (is_blank(a->kept))
        return ASKING_KEPT;
    return !is_blank(a->return_by) && clock_parse_date(a->return_by, &day) != 0 ? ASKING_DATE
                                                                                : ASKING_NOTHING;
}

json_t *asking_question(const struct asking *a)
{
    return json_pack("{s:s, s:O, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "type",
                     a->copy ? "copy" : "takeout", "files", a->files, "destination",
                     said(a->destination), "purpose", said(a->purpose), "kept", said(a->kept),
                     "return-by", is_blank(a->return_by) ? "" : a->return_by, "consent",
                     said(a->consent), "under", said(a->under), "again", said(a->again));
}
