/* SPDX-License-Identifier: GPL-3.0-or-later */
/* papers.c owns when which paper is due. It must never call one confirmed on the strength of another
 * contract's. */
#include "control/papers.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "record/record.h"

#define KEY_CAP    (SK_ID_MAX + PAPER_NAME_MAX + 3) /* bytes with NUL */
#define FIRST_DAYS 31 /* behind a contract's start, in which what is confirmed seldom is for the first time */
#define AFTER_DAYS 30 /* behind its end, in which what is due still shows */

/* What is confirmed again and again while a contract runs, as often as it says: the register and the access log
 * (ACC-4, REC-6), the state of compliance, which is confirmed at the start as well (RUN-1). Only papers that
 * sekisho report prints. */
static const struct {
    const char *paper;
    size_t every; /* where the contract says how often */
} rounds[] = {
    {"register", offsetof(struct policy_contract, register_check_s)},
    {"access-review", offsetof(struct policy_contract, access_review_s)},
    {"compliance", offsetof(struct policy_contract, compliance_review_s)},
};

void paper_line(const json_t *question, const char *person, struct buf *out)
{
    static const char *const members[] = {"paper", "contract", "from", "to", "sha256", "content", "role"};
    buf_puts(out, "sekisho-confirm: 1\n");
    for (size_t i = 0; i < array_count(members); i++)
        buf_printf(out, "%s: %s\n", members[i], record_text(question, members[i]));
    buf_printf(out, "person: %s\n", person);
}

static bool key_of(char *ret, size_t cap, const char *contract, const char *paper)
{
    return snprintf(ret, cap, "%s %s", contract, paper) < (int)cap;
}

/* A handler's word for a paper is no review of it; an auditor's is, but only a manager plans and reports an end. */
static bool signs_off(const json_t *record)
{
    const char *role = record_text(record, "role");
    bool is_round = false;
    for (size_t i = 0; i < array_count(rounds); i++)
        is_round = is_round || str_eq(rounds[i].paper, record_text(record, "paper"));
    return str_eq(role, "manager") || (is_round && str_eq(role, "auditor"));
}

int fold_paper(struct fold *f, const json_t *record)
{
    char key[KEY_CAP];
    int64_t at_s;
    if (strcmp(record_text(record, "what"), "paper") != 0 || !signs_off(record) ||
        clock_parse_time(record_text(record, "at"), &at_s) != 0 ||
        !key_of(key, sizeof key, record_text(record, "contract"), record_text(record, "paper")))
        return 0;
    return json_object_set_new(f->papers, key, json_integer((json_int_t)at_s)) == 0 ? 0 : -ENOMEM;
}

int64_t fold_paper_confirmed(const struct fold *f, const char *contract, const char *paper)
{
    char key[KEY_CAP];
    return key_of(key, sizeof key, contract, paper) ? json_integer_value(json_object_get(f->papers, key))
                                                    : 0;
}

static int add(json_t *list, const char *contract, const char *paper, int64_t last_s, int64_t due_s)
{
    char last[CLOCK_TIME_CAP] = "", due[CLOCK_TIME_CAP];
    if (last_s > 0)
        clock_format(last, last_s, 0);
    clock_format_date(due, due_s);
    return json_array_append_new(list, json_pack("{ss ss ss ss}", "contract", contract, "paper", paper,
                                                 "last", last, "due", due));
}

static int add_rounds(json_t *list, const struct fold *f, const struct policy_contract *c, int64_t now_s)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < array_count(rounds); i++) {
        int64_t last = fold_paper_confirmed(f, c->head.id, rounds[i].paper), every;
        if (last > now_s) /* by a clock that was ahead: it proves nothing */
            last = 0;
        memcpy(&every, (const char *)c + rounds[i].every, sizeof every);
        int64_t first = every < FIRST_DAYS * CLOCK_DAY_S ? every : FIRST_DAYS * CLOCK_DAY_S;
        int64_t due = last ? last + every : c->start + first;
        if (c->end > 0 && due > c->end)
            due = c->end;
        if (now_s >= due && (c->end == 0 || last < c->end))
            r = add(list, c->head.id, rounds[i].paper, last, due);
    }
    return r;
}

/* The plan of what becomes of the data, and of the equipment's erasure where that applies. */
static int add_plans(json_t *list, const struct fold *f, const struct policy_contract *c, int64_t now_s)
{
    int64_t due = c->end - c->plans_before_s;
    if (c->end == 0 || now_s < due)
        return 0;
    int r = 0;
    if (!fold_paper_confirmed(f, c->head.id, "plan") && !fold_paper_confirmed(f, c->head.id, "return-plan"))
        r = add(list, c->head.id, "plan", 0, due);
    if (r == 0 && c->equipment && !fold_paper_confirmed(f, c->head.id, "erasure-plan"))
        r = add(list, c->head.id, "erasure-plan", 0, due);
    if (r == 0 && now_s >= c->end && !fold_paper_confirmed(f, c->head.id, "completion"))
        r = add(list, c->head.id, "completion", 0, c->end);
    return r;
}

json_t *papers_due(const struct fold *f, const struct policy *p, int64_t now_s)
{
    json_t *list = json_array();
    int r = list ? 0 : -1;
    for (size_t i = 0; r == 0 && i < p->contract_count; i++) {
        const struct policy_contract *c = &p->contracts[i];
        if (now_s < c->start || (c->end > 0 && now_s >= c->end + AFTER_DAYS * CLOCK_DAY_S))
            continue;
        r = str_eq(life_closed(&f->life, c->head.id), "closed") ? 0 : add_rounds(list, f, c, now_s);
        if (r == 0)
            r = add_plans(list, f, c, now_s);
    }
    if (r == 0)
        return list;
    json_decref(list);
    return NULL;
}
