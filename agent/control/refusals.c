/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusals.c owns how refusals reach the ledger. Whoever asks for what is not theirs again and again
 * must not be able to fill the ledger with it: in a period each user has a number of records of
 * their own, what goes beyond is counted and becomes one record at the period's end. It must never
 * drop a refusal from the count. */
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "control/control.h"

static json_t *refusal_of(struct control *c, const char *area, json_t *person, const char *op,
                          int reason, const char *consent, const char *case_id, const char *why)
{
    autojson json_t *fields = json_pack(
        "{sOssssssssss}", "person", person, "what", op, "reason",
        reason >= 0 ? sk_reason_name((enum sk_reason)reason) : "", "case", case_id ? case_id : "",
        "consent", consent ? consent : "", "why", why);
    json_t *record = person ? control_record(c, SK_KIND_REFUSAL) : NULL;
    bool ok = fields && record && json_object_update(record, fields) == 0;
    if (ok && (!*area || json_object_set_new(record, "area", json_string(area)) == 0))
        return record;
    json_decref(record);
    return NULL;
}

static int append(struct control *c, json_t *record)
{
    autobuf struct buf failure = {0};
    int r = ledger_append(c, record, false, NULL, &failure);
    if (r != 0)
        log_warn("a refusal could not be recorded: %s",
                 failure.data ? failure.data : sk_strerror(r));
    return r;
}

/* The users beyond the table's places share the last one. */
static struct refusal_row *row_of(struct refusals *all, uid_t uid)
{
    struct refusal_row *unused = NULL;
    for (size_t i = 0; i < REFUSAL_USERS_MAX - 1; i++) {
        struct refusal_row *row = &all->rows[i];
        if (row->since_ns != 0 && row->uid == uid)
            return row;
        if (row->since_ns == 0 && !unused)
            unused = row;
    }
    return unused ? unused : &all->rows[REFUSAL_USERS_MAX - 1];
}

static void forget(struct refusal_row *row)
{
    json_decref(row->last);
    *row = (struct refusal_row){0};
}

/* One record for all that were only counted. What the ledger does not take now stays counted. */
static void close_period(struct control *c, struct refusal_row *row)
{
    if (row->folded > 0 && row->last) {
        json_t *record = json_deep_copy(row->last);
        json_t *count = json_integer((json_int_t)row->folded);
        if (!record || json_object_set_new(record, "count", count) != 0) {
            json_decref(record);
            return;
        }
        if (append(c, record) != 0)
            return;
    }
    forget(row);
}

bool refusal_record(struct control *c, uid_t uid, const char *area, json_t *person_in,
                    const char *op, int reason, const char *consent, const char *case_id,
                    const char *why)
{
    autojson json_t *person = person_in;
    autojson json_t *record = refusal_of(c, area, person, op, reason, consent, case_id, why);
    struct refusal_row *row = row_of(&c->refusals, uid);
    if (!record)
        return false;
    if (row->since_ns == 0) {
        row->since_ns = clock_boot_ns();
        row->uid = uid;
    }
    if (row->recorded < REFUSAL_RECORDS_MAX) {
        row->recorded++;
        if (append(c, json_incref(record)) == 0)
            return true;
    }
    row->folded++;
    json_decref(row->last);
    row->last = json_incref(record);
    return false;
}

void refusals_close(struct control *c, bool all)
{
    uint64_t now = clock_boot_ns();
    for (size_t i = 0; i < REFUSAL_USERS_MAX; i++) {
        struct refusal_row *row = &c->refusals.rows[i];
        if (row->since_ns != 0 && (all || now - row->since_ns >= REFUSAL_PERIOD_NS))
            close_period(c, row);
    }
}
