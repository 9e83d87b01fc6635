/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_ledger.c owns what people ask about the ledger's old segments: which there are, compressing them,
 * removing what no period, case or incident keeps. It must never ask for a removal that the rule in
 * retention.c does not allow. */
#include <errno.h>
#include <fcntl.h>
#include <sekisho/record.h>
#include <string.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "control/control.h"
#include "control/media.h"
#include "control/shelf.h"
#include "proof/segment.h"

#define SEGMENTS_MAX 256 /* of one archiving or removal: the ledger takes no more */

/* Has its archive the immutable attribute? */
static bool is_protected(const struct retention_segment *s)
{
    char path[SK_PATH_CAP + SEGMENT_NAME_CAP], name[SEGMENT_NAME_CAP];
    segment_name(s->number, SEGMENT_ARCHIVED, name);
    snprintf(path, sizeof path, "%s/%s", sk_path(SK_PATH_LEDGER), name);
    autoclose int fd = s->archived ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    return fd >= 0 && fd_is_protected(fd);
}

static json_t *row_of(struct ask *a, const struct retention_segment *s)
{
    struct control *c = a->control;
    int64_t until = 0;
    char last[CLOCK_TIME_CAP], day[CLOCK_TIME_CAP] = "";
    autojson json_t *why = json_array();
    if (!why || retention_until(s, c->rules.policy, c->fold, shelf_incidents(c->shelf),
                                control_least(c), &until, why) != 0)
        return NULL;
    clock_format(last, s->last_s, 0);
    if (until != INT64_MAX)
        clock_format(day, until, 0);
    return json_pack("{sIsIsIsssbsssssbsO}", "segment", (json_int_t)s->number, "from",
                     (json_int_t)s->from, "to", (json_int_t)s->to, "form",
                     s->removed ? "removed" : s->archived ? "archived" : "plain", "protected",
                     is_protected(s), "last", last,
                     "until", day, "removable", !s->removed && json_array_size(why) == 0, "why", why);
}

static int list(struct ask *a, json_t **ret)
{
    const struct control *c = a->control;
    json_t *rows = json_array();
    int r = rows ? shelf_update(c->shelf, sk_path(SK_PATH_LEDGER)) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < shelf_closed(c->shelf); i++)
        if (json_array_append_new(rows, row_of(a, shelf_segment(c->shelf, i))) != 0)
            r = -ENOMEM;
    if (r != 0) {
        json_decref(rows);
        return r;
    }
    *ret = rows;
    return 0;
}

int op_ledger_archives(struct ask *a)
{
    autojson json_t *rows = NULL;
    autojson json_t *head = NULL;
    int r = ledger_ready(a->control, &a->why);
    if (r == 0)
        r = ledger_head(a->control, &head, &a->why);
    if (r == 0)
        r = list(a, &rows);
    if (r != 0)
        return r;
    a->answer = json_pack("{sOsI}", "segments", rows, "working",
                          (json_int_t)record_number(head, "retiring"));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* The rows that the job is about, and their numbers. */
static int pick(const json_t *rows, bool remove, json_t **ret_rows, json_t **ret_numbers)
{
    autojson json_t *picked = json_array();
    autojson json_t *numbers = json_array();
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        bool fits = remove ? record_flag(row, "removable")
                           : str_eq(record_text(row, "form"), "plain");
        if (!fits || json_array_size(picked) == SEGMENTS_MAX)
            continue;
        if (json_array_append(picked, row) != 0 ||
            json_array_append(numbers, json_object_get(row, "segment")) != 0)
            return -ENOMEM;
    }
    if (!picked || !numbers)
        return -ENOMEM;
    *ret_rows = steal_ptr(&picked);
    *ret_numbers = steal_ptr(&numbers);
    return 0;
}

/* Who wants it, and why: a record of its own, because the removal's goes into every contract's extract. */
static int record_asker(struct ask *a)
{
    json_t *record = control_record(a->control, SK_KIND_CONFIRM);
    autojson json_t *fields = json_pack("{sosssO}", "person", ask_person(a), "what", "removal", "why",
                                        json_object_get(a->body, "why"));
    if (!record || !fields || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(a->control, record, false, NULL, &a->why);
}

static int ask_ledger(struct ask *a, bool remove, const json_t *numbers, json_t **ret)
{
    struct control *c = a->control;
    autojson json_t *record = remove ? control_record(c, SK_KIND_REMOVAL) : json_object();
    autojson json_t *question = NULL;
    question = record ? json_pack("{sOsO}", "segments", numbers, "record", record) : NULL;
    int r = !question ? -ENOMEM : remove ? media_repeat_revoked(c, &a->why) : 0;
    if (r == 0 && remove)
        r = turns_repeat(c, &a->why);
    if (r == 0 && remove)
        r = record_asker(a);
    if (r != 0)
        return r;
    return link_ask(&c->ledger, remove ? SK_MSG_REMOVE : SK_MSG_ARCHIVE, question, NULL, 0,
                    remove ? SK_MSG_APPENDED : SK_MSG_OK, ret, NULL, &a->why);
}

static int run(struct ask *a, bool remove)
{
    autojson json_t *rows = NULL;
    autojson json_t *picked = NULL;
    autojson json_t *numbers = NULL;
    autojson json_t *answer = NULL;
    int r = ledger_ready(a->control, &a->why);
    if (r == 0)
        r = list(a, &rows);
    if (r == 0)
        r = pick(rows, remove, &picked, &numbers);
    if (r == 0 && json_array_size(picked) > 0 && !record_flag(a->body, "dry-run"))
        r = ask_ledger(a, remove, numbers, &answer);
    if (r != 0)
        return r;
    a->answer = json_pack("{sOsOsI}", "segments", picked, "all", rows, "seq",
                          (json_int_t)(answer && remove ? record_number(answer, "seq") : -1));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_ledger_archive(struct ask *a)
{
    return run(a, false);
}

int op_ledger_prune(struct ask *a)
{
    if (!record_text(a->body, "why")[0] && !record_flag(a->body, "dry-run"))
        return ask_fail(a, SK_ERR_FORMAT, "say why");
    return run(a, true);
}
