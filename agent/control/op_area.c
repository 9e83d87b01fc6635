/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_area.c owns the questions about areas: the policy says what an area is, the device process
 * does it, the ledger holds that it was done. It must never make or open one the policy lacks, nor
 * hide one that is open all the same: such an area can be closed. */
#include <string.h>
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "policy/decide.h"

static const char *backing_name(const struct policy_area *area)
{
    return area->backing == POLICY_LUKS ? "luks" : "filesystem";
}

static const char *gate_name(const struct policy_area *area)
{
    return area->gate == POLICY_ROOM ? "room" : "open";
}

const json_t *areas_row(const json_t *areas, const char *id)
{
    for (size_t i = 0; i < json_array_size(areas); i++)
        if (strcmp(record_text(json_array_get(areas, i), "area"), id) == 0)
            return json_array_get(areas, i);
    return NULL;
}

json_t *areas_ask(struct control *c, struct buf *why)
{
    autojson json_t *question = json_object();
    json_t *answer = NULL;
    if (link_ask(&c->device, SK_MSG_AREA_LIST, question, NULL, 0, SK_MSG_AREAS, &answer, NULL,
                 why) != 0)
        return NULL;
    return answer;
}

/* What a job of this area is about. One that the policy no longer has can still be closed, and is
 * what device says. NULL when there is no such area. */
static json_t *about_area(struct ask *a, const char *phase, const char *id, bool closing)
{
    const struct policy_area *area = policy_area(a->control->rules.policy, id);
    if (area)
        return json_pack("{ssssssssss}", "phase", phase, "area", id, "backing", backing_name(area),
                         "mount", area->mount, "gate", gate_name(area));
    autobuf struct buf why = {0};
    autojson json_t *known = closing ? areas_ask(a->control, &why) : NULL;
    const json_t *row = known ? areas_row(json_object_get(known, "areas"), id) : NULL;
    if (!row || !*record_text(row, "mount")) /* device names it of what it holds */
        return NULL;
    return json_pack("{ssssssss}", "phase", phase, "area", id, "backing",
                     record_text(row, "backing"), "mount", record_text(row, "mount"));
}

static int start(struct ask *a, uint16_t type, const char *phase, json_t *more)
{
    autojson json_t *extra = more;
    const char *id = record_text(a->body, "area");
    bool closing = type == SK_MSG_AREA_CLOSE;
    autojson json_t *about = about_area(a, phase, id, closing);
    if (!about)
        return ask_refuse(a, SK_REASON_NO_AREA, "%s", sk_reason_phrase(SK_REASON_NO_AREA));
    if (job_of(a->control, id))
        return ask_fail(a, SK_ERR_STATE, "%s is being worked on", id);
    int r = ledger_ready(a->control, &a->why);
    if (r != 0)
        return r;
    autojson json_t *question =
        closing ? json_pack("{ss}", "area", id)
                : json_pack("{ssssss}", "area", id, "mount", record_text(about, "mount"), "backing",
                            record_text(about, "backing"));
    if (!question || (extra && json_object_update(question, extra) != 0))
        return ask_fail(a, -ENOMEM, "out of memory");
    return job_start(a, JOB_AREA, type, question, a->fds, a->fd_count, id, steal_ptr(&about));
}

/* What was erased is not to be filled again. */
static int refuse_closed(struct ask *a)
{
    const char *contract = contract_of_area(a->control, record_text(a->body, "area"));
    if (!str_eq(life_closed(&a->control->fold->life, contract), "closed"))
        return 0;
    return ask_refuse(a, SK_REASON_CONTRACT_CLOSED, "the contract %s was closed", contract);
}

int op_area_create(struct ask *a)
{
    int r = refuse_closed(a);
    if (r != 0)
        return r;
    const char *filesystem = record_text(a->body, "filesystem");
    const struct policy_area *area =
        policy_area(a->control->rules.policy, record_text(a->body, "area"));
    json_t *more = json_pack("{sssssIss}", "label", area ? area->label : "", "filesystem",
                             *filesystem ? filesystem : "ext4", "bytes",
                             (json_int_t)record_number(a->body, "bytes"), "device",
                             record_text(a->body, "device"));
    return start(a, SK_MSG_AREA_CREATE, "created", more);
}

int op_area_open(struct ask *a)
{
    int r = refuse_closed(a);
    if (r != 0)
        return r;
    const struct policy_area *area =
        policy_area(a->control->rules.policy, record_text(a->body, "area"));
    return start(a, SK_MSG_AREA_OPEN, "opened",
                 json_pack("{ss}", "gate", area ? gate_name(area) : "room"));
}

/* Its rooms first. Rooms that can't be ended keep it busy: device says so. */
int op_area_close(struct ask *a)
{
    const char *id = record_text(a->body, "area");
    autojson json_t *which = json_pack("{ss}", "area", id);
    const struct policy_area *area = policy_area(a->control->rules.policy, id);
    bool has_rooms = !a->again && (!area || area->gate == POLICY_ROOM) && which &&
                     rooms_any(a->control, which, &a->why);
    if (has_rooms && room_end_start(a->control, which, PHRASE("the area was closed"), a->peer->id, a->body,
                                    &a->why) == 0)
        return ASK_LATER;
    if (a->why.len > 0)
        log_warn("rooms of %s: %s", id, a->why.data ? a->why.data : "");
    buf_reset(&a->why);
    return start(a, SK_MSG_AREA_CLOSE, "closed", NULL);
}

static json_t *area_record(const struct control *c, const struct job *j, const char *phase,
                           bool encrypted, const char *why)
{
    autojson json_t *fields =
        json_pack("{sssssssbsOss}", "phase", phase, "area", record_text(j->about, "area"),
                  "backing", record_text(j->about, "backing"), "encrypted", encrypted ? 1 : 0,
                  "person", j->person, "why", why);
    json_t *record = control_record(c, SK_KIND_AREA);
    if (fields && record && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

static void area_done(struct control *c, struct job *j, const json_t *message)
{
    const char *phase = record_text(j->about, "phase");
    bool encrypted = record_flag(message, "encrypted") ||
                     strcmp(record_text(j->about, "backing"), "luks") == 0;
    const char *held = record_text(message, "held");
    ledger_close_act(c, area_record(c, j, phase, encrypted, held));
    if (strcmp(phase, "closed") == 0)
        j->answer = json_pack("{ss}", "held", held);
    else if (strcmp(phase, "opened") == 0)
        j->answer = json_pack("{sssssb}", "mount", record_text(j->about, "mount"), "gate",
                              record_text(j->about, "gate"), "encrypted", encrypted ? 1 : 0);
    else if (strcmp(phase, "created") == 0)
        j->answer = json_pack("{ss}", "detail", record_text(message, "detail"));
    drop_run(c);
    desktop_sync(c);
}

static void area_failed(struct control *c, struct job *j)
{
    autobuf struct buf why = {0};
    const char *phase = record_text(j->about, "phase");
    phrase_put(&why,
               str_eq(phase, "opened")   ? N_("not opened: %s")
               : str_eq(phase, "closed") ? N_("not closed: %s")
                                         : N_("not created: %s"),
               j->why.data ? j->why.data : PHRASE_ERROR(j->code));
    ledger_close_act(c, area_record(c, j, "failed", false, why.data ? why.data : ""));
}

const struct job_actions job_area = {.done = area_done, .failed = area_failed};

static bool is_marked(const struct guard_status *guard, const char *id)
{
    for (uint32_t i = 0; guard && i < guard->area_count; i++)
        if (strcmp(guard->areas[i].id, id) == 0)
            return guard->areas[i].marked;
    return false;
}

/* True when it is mounted at another place than the policy says. */
static bool is_elsewhere(const struct policy_area *area, const json_t *row)
{
    autobuf struct buf mount = {0};
    const char *at = record_text(row, "mount");
    str_escape(&mount, area->mount, strlen(area->mount));
    return *at && (mount.err || strcmp(mount.data, at) != 0);
}

static const char *why_of(const struct policy_area *area, const json_t *row, bool open,
                          bool covered, bool guard_there)
{
    if (!row)
        return PHRASE("it has not been created");
    if (*record_text(row, "why"))
        return record_text(row, "why");
    if (!record_flag(row, "exists"))
        return PHRASE("it has not been created");
    if (!open)
        return PHRASE("it is closed");
    if (!covered)
        return guard_there ? PHRASE("sekishod does not watch it") : PHRASE("sekishod does not answer");
    if (is_elsewhere(area, row))
        return PHRASE("the policy has another place for it: close it and open it again");
    bool plain = area->backing == POLICY_FILESYSTEM;
    if (area->gate == POLICY_ROOM)
        return plain ? PHRASE("in rooms only; not encrypted at rest") : PHRASE("in rooms only");
    return plain ? PHRASE("not encrypted at rest") : "";
}

static json_t *area_json(const struct policy_area *area, const json_t *row,
                         const struct guard_status *guard)
{
    bool open = row && record_flag(row, "open");
    bool covered = open && is_marked(guard, area->head.id);
    bool elsewhere = open && is_elsewhere(area, row);
    json_t *all = row ? json_deep_copy(row) : json_object();
    autojson json_t *own = json_pack(
        "{sssssssisssbsbsbsbsssssssssb}", "area", area->head.id, "label", area->label, "contract",
        area->contract, "level", (int)area->level, "gate", gate_name(area), "open", open ? 1 : 0,
        "covered", covered ? 1 : 0, "encrypted", row && record_flag(row, "encrypted") ? 1 : 0,
        "elsewhere", elsewhere ? 1 : 0, "mount",
        elsewhere ? record_text(row, "mount") : area->mount, "backing", backing_name(area), "why",
        why_of(area, row, open, covered, guard != NULL), "display",
        area->display == POLICY_SHARED ? "shared" : "nested", "terminal", area->terminal ? 1 : 0);
    if (!all || !own || json_object_update(all, own) != 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

/* An area that is open, or held by mounts of others, although the policy in force has none of that name;
 * else NULL. */
static json_t *stray_json(const struct policy *p, const json_t *row,
                          const struct guard_status *guard)
{
    const char *id = record_text(row, "area");
    bool held = record_flag(row, "held");
    if ((!record_flag(row, "open") && !held) || policy_area(p, id))
        return NULL;
    json_t *all = json_deep_copy(row);
    autojson json_t *own =
        json_pack("{sssssisssbsbss}", "label", "", "contract", "", "level", 0, "gate", "", "covered",
                  is_marked(guard, id) ? 1 : 0, "stray", 1, "why",
                  held ? record_text(row, "why") : PHRASE("the policy has no such area: close it"));
    if (!all || !own || json_object_update(all, own) != 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

json_t *areas_list(struct control *c, const struct guard_status *guard, struct buf *why)
{
    const struct policy *p = c->rules.policy;
    json_t *list = json_array();
    /* without the device process the policy's areas are listed all the same, with the reason */
    autojson json_t *answer = areas_ask(c, why);
    autojson json_t *silent = json_pack("{ss}", "why", PHRASE("sekisho-device does not answer"));
    for (size_t i = 0; list && i < p->area_count; i++) {
        const json_t *row =
            answer ? areas_row(json_object_get(answer, "areas"), p->areas[i].head.id) : silent;
        json_array_append_new(list, area_json(&p->areas[i], row, guard));
    }
    const json_t *rows = answer ? json_object_get(answer, "areas") : NULL;
    for (size_t i = 0; list && i < json_array_size(rows); i++) {
        json_t *stray = stray_json(p, json_array_get(rows, i), guard);
        if (stray)
            json_array_append_new(list, stray);
    }
    return list;
}

void areas_hide(const struct ask *a, json_t *areas)
{
    for (size_t i = 0; i < json_array_size(areas); i++) {
        json_t *row = json_array_get(areas, i);
        if (ask_is_kept_out(a, record_text(row, "area")))
            json_object_del(row, "free");
    }
}

int op_area_list(struct ask *a)
{
    autobuf struct buf why = {0};
    autofree struct guard_status *guard = malloc(sizeof *guard);
    bool known = guard && guard_status(a->control, guard, &why) == 0;
    json_t *areas = areas_list(a->control, known ? guard : NULL, &why);
    for (size_t i = 0; i < json_array_size(areas); i++) {
        struct decision d = {0};
        json_t *row = json_array_get(areas, i);
        const struct room_question q = {.user = a->login, .area = record_text(row, "area"),
                                        .now = control_now(a->control)};
        decide_room(a->control->rules.policy, &q, &d);
        json_object_set_new(row, "mine", json_boolean(d.allow));
    }
    areas_hide(a, areas);
    a->answer = json_pack("{so}", "areas", areas);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* Whoever has the area's key can send to it; it opens nothing but what comes in. */
int op_area_key(struct ask *a)
{
    struct control *c = a->control;
    const char *id = record_text(a->body, "area");
    const struct policy_area *area = policy_area(c->rules.policy, id);
    char recipient[AGE_RECIPIENT_CAP], key[MINISIGN_PUBLIC_TEXT_CAP] = "";
    bool made = false;
    if (!area)
        return ask_refuse(a, SK_REASON_NO_AREA, "%s", sk_reason_phrase(SK_REASON_NO_AREA));
    if (a->peer->who.uid != 0 && !handover_manages(a, id))
        return ask_fail(a, SK_ERR_PEER, "%s does not manage area %s", a->login, id);
    int r = ledger_ready(c, &a->why);
    if (r == 0)
        r = area_key_recipient(id, &made, recipient);
    if (r == 0 && made) {
        json_t *record = control_record(c, SK_KIND_AREA);
        autojson json_t *fields = json_pack("{sssssssssoss}", "phase", "keyed", "area", id, "contract",
                                            area->contract, "recipient", recipient, "person",
                                            ask_person(a), "why", "");
        if (!record || !fields || json_object_update(record, fields) != 0) {
            json_decref(record);
            return -ENOMEM;
        }
        r = ledger_append(c, record, true, NULL, &a->why);
    }
    if (r != 0)
        return r;
    if (c->has_manifest_key)
        minisign_public_format(&c->manifest_key.pub, key);
    a->answer = json_pack("{ssss}", "recipient", recipient, "receipt-key", key);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}
