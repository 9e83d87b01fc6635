/* SPDX-License-Identifier: GPL-3.0-or-later */
/* again.c owns the difference between two requests for the same. It must never call a file unchanged whose digest is
 * another one, nor leave one out, nor compare with what nobody has looked at and permitted. */
#include "control/again.h"
#include <string.h>
#include "base/str.h"
#include "record/record.h"

#define AGAIN_CHAIN_MAX 1000 /* requests, each of which asks again for the one before it */

static json_t *state_of(const json_t *file)
{
    return file ? json_pack("{sI ss}", "bytes", (json_int_t)record_number(file, "bytes"), "sha256",
                            record_text(file, "sha256"))
                : json_null();
}

static const char *change_of(const json_t *before, const json_t *after)
{
    if (!before || !after)
        return before ? "removed" : "added";
    return str_eq(record_text(before, "sha256"), record_text(after, "sha256")) ? "unchanged" : "changed";
}

static int add(json_t *list, const json_t *before, const json_t *after)
{
    json_t *row = json_pack("{ss ss so so}", "name", record_text(after ? after : before, "name"), "change",
                            change_of(before, after), "before", state_of(before), "after", state_of(after));
    return row && json_array_append_new(list, row) == 0 ? 0 : -ENOMEM;
}

/* By name, of one request's files. */
static json_t *index_of(const json_t *files)
{
    json_t *index = json_object();
    size_t i;
    json_t *file;
    json_array_foreach(files, i, file)
        if (index)
            json_object_set(index, record_text(file, "name"), file);
    return index;
}

static json_t *changes(const json_t *before, const json_t *after)
{
    autojson json_t *old = index_of(before);
    autojson json_t *now = index_of(after);
    autojson json_t *list = json_array();
    size_t i;
    const json_t *file;
    int r = old && now && list ? 0 : -ENOMEM;
    json_array_foreach(after, i, file)
        if (r == 0)
            r = add(list, json_object_get(old, record_text(file, "name")), file);
    json_array_foreach(before, i, file)
        if (r == 0 && !json_object_get(now, record_text(file, "name")))
            r = add(list, file, NULL);
    return r == 0 ? steal_ptr(&list) : NULL;
}

bool again_was_looked_at(const struct case_entry *e)
{
    return !e->revoked && str_eq(record_text(e->permit, "phase"), "granted") && !*record_text(e->permit, "under.id");
}

const struct case_entry *again_base(struct fold *f, const struct case_entry *e)
{
    for (unsigned i = 0; e && i < AGAIN_CHAIN_MAX; i++) {
        e = fold_case(f, record_text(e->request, "again"));
        if (e && again_was_looked_at(e))
            return e;
    }
    return NULL;
}

static int put_destination(struct buf *b, const json_t *request)
{
    const json_t *d = record_member(request, "destination");
    buf_printf(b, "%s (%s, %s)", record_text(d, "id"), record_text(d, "label"), record_text(d, "kind"));
    return b->err;
}

static int put_recipients(struct buf *b, const json_t *request)
{
    size_t i;
    const json_t *id;
    json_array_foreach(record_member(request, "recipients"), i, id)
        buf_printf(b, "%s%s", i ? ", " : "", json_string_value(id));
    return b->err;
}

/* What was said of this in a request, in words. */
static int put_said(struct buf *b, const json_t *request, const char *what)
{
    if (str_eq(what, "destination"))
        return put_destination(b, request);
    if (str_eq(what, "recipients"))
        return put_recipients(b, request);
    buf_puts(b, record_text(request, what));
    return b->err;
}

/* What the two requests say otherwise, beside their files. */
static json_t *differences(const json_t *before, const json_t *after)
{
    static const char *const said[] = {"destination", "recipients", "purpose", "kept", "return-by"};
    autojson json_t *list = json_array();
    for (size_t i = 0; list && i < array_count(said); i++) {
        autobuf struct buf was = {0}, is = {0};
        if (put_said(&was, before, said[i]) != 0 || put_said(&is, after, said[i]) != 0)
            return NULL;
        const char *old = was.data ? was.data : "", *now = is.data ? is.data : "";
        if (!str_eq(old, now) &&
            json_array_append_new(list, json_pack("{ss ss ss}", "what", said[i], "before", old, "after", now)) != 0)
            return NULL;
    }
    return steal_ptr(&list);
}

/* Which request it is that all is compared with, what became of it, and whose word it had. */
static json_t *base_json(const struct case_entry *base)
{
    return json_pack("{ss ss ss ss sO* sO* sO*}", "case", base->id, "at", record_text(base->request, "at"), "state",
                     case_state_name(base->state), "permitted-at", record_text(base->permit, "at"), "approver",
                     json_object_get(base->permit, "person"), "approvals", json_object_get(base->permit, "approvals"),
                     "in-place-of", json_object_get(base->permit, "in-place-of"));
}

static json_t *heading(struct fold *f, const struct case_entry *e)
{
    const char *id = record_text(e->request, "again");
    const struct case_entry *asked = fold_case(f, id);
    return json_pack("{ss ss}", "case", id, "at", asked ? record_text(asked->request, "at") : "");
}

int again_put_hidden(json_t *where, struct fold *f, const struct case_entry *e)
{
    json_t *again = *record_text(e->request, "again") ? heading(f, e) : json_null();
    if (json_is_null(again))
        return 0;
    return again && json_object_set_new(again, "hidden", json_true()) == 0 &&
                   json_object_set_new(where, "again", again) == 0
               ? 0
               : -ENOMEM;
}

int again_put(json_t *where, struct fold *f, const struct case_entry *e)
{
    const struct case_entry *base = again_base(f, e);
    if (!*record_text(e->request, "again"))
        return 0;
    autojson json_t *none = json_array();
    autojson json_t *again = heading(f, e);
    json_t *files = changes(base ? base->files : none, e->files);
    json_t *differs = base ? differences(base->request, e->request) : json_array();
    autojson json_t *more = json_pack("{so so so}", "base", base ? base_json(base) : json_null(), "differs", differs,
                                      "files", files);
    return again && more && json_object_update(again, more) == 0 && json_object_set(where, "again", again) == 0
               ? 0
               : -ENOMEM;
}
