/* SPDX-License-Identifier: GPL-3.0-or-later */
/* again.c owns the difference between two requests for the same. It must never call a file unchanged whose digest is
 * another one, nor leave one out. */
#include "control/again.h"
#include <string.h>
#include "base/str.h"
#include "record/record.h"

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

int again_put(json_t *where, struct fold *f, const struct case_entry *e)
{
    const struct case_entry *before = fold_case(f, record_text(e->request, "again"));
    if (!before)
        return 0;
    json_t *files = changes(before->files, e->files);
    json_t *again = files ? json_pack("{ss ss so}", "case", before->id, "at", record_text(before->request, "at"), "files",
                                      files)
                          : NULL;
    return again && json_object_set_new(where, "again", again) == 0 ? 0 : -ENOMEM;
}
