/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suggest.c owns the way from what happened to what may be asked for. It must never make a path out
 * of a name that is not whole, nor offer what nobody would permit. */
#include "client/suggest.h"
#include <sekisho/record.h>
#include <string.h>
#include "base/str.h"
#include "client/offers.h"
#include "record/record.h"

#define CUT_BEGINNING "…" /* of a name whose beginning did not fit into the record */

void suggestion_free(struct suggestion *s)
{
    free(s->file);
    free(s->destination);
    *s = (struct suggestion){0};
}

static bool is_refused_file(const json_t *event)
{
    return str_eq(record_text(event, "kind"), SK_KIND_ACCESS) &&
           str_eq(record_text(event, "decision"), "refused") && *record_text(event, "file") &&
           !str_starts(record_text(event, "file"), CUT_BEGINNING);
}

static bool is_approved_medium(const json_t *event)
{
    return str_eq(record_text(event, "kind"), SK_KIND_DEVICE) &&
           str_eq(record_text(event, "decision"), "allowed") && *record_text(event, "medium") &&
           !str_eq(record_text(event, "phase"), "removed") &&
           !str_eq(record_text(event, "state"), "checking");
}

bool suggest_may(const json_t *event)
{
    return is_refused_file(event) || is_approved_medium(event);
}

static char *path_of(const struct policy_area *area, const char *escaped)
{
    autobuf struct buf path = {0};
    buf_printf(&path, "%s/", area->mount);
    int r = str_unescape(&path, escaped, strlen(escaped));
    bool whole = r == 0 && !path.err && memchr(path.data, '\0', path.len) == NULL;
    return whole ? buf_steal(&path) : NULL;
}

static void suggest_file(const struct policy *p, const char *login, const json_t *event,
                         int64_t now, struct suggestion *ret)
{
    autooffers struct offers offers = {0};
    const struct policy_area *area = policy_area(p, record_text(event, "area"));
    if (area && offers_for(p, login, area->head.id, now, &offers) == 0 && offers.count > 0)
        ret->file = path_of(area, record_text(event, "file"));
}

static bool is_offered(const struct policy *p, const char *login, const char *destination,
                       int64_t now)
{
    for (size_t i = 0; i < p->area_count; i++) {
        autooffers struct offers offers = {0};
        if (offers_for(p, login, p->areas[i].head.id, now, &offers) != 0)
            return false;
        for (size_t k = 0; k < offers.count; k++)
            if (str_eq(offers.items[k].destination->head.id, destination))
                return true;
    }
    return false;
}

static void suggest_destination(const struct policy *p, const char *login, const json_t *event,
                                int64_t now, struct suggestion *ret)
{
    const char *medium = record_text(event, "medium");
    for (size_t i = 0; i < p->destination_count && !ret->destination; i++) {
        const struct policy_destination *d = &p->destinations[i];
        if (str_eq(d->medium, medium) && is_offered(p, login, d->head.id, now))
            ret->destination = strdup(d->head.id);
    }
}

void suggest_of(const struct policy *p, const char *login, const json_t *event, int64_t now,
                struct suggestion *ret)
{
    *ret = (struct suggestion){0};
    if (is_refused_file(event))
        suggest_file(p, login, event, now, ret);
    else if (is_approved_medium(event))
        suggest_destination(p, login, event, now, ret);
}
