/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold.c owns how records become cases. It must never read a clock or a file, and never refuse a
 * ledger: a record that fits nowhere is counted, because the ledger is the truth and this is not. */
#include "control/fold.h"
#include <sekisho/err.h>
#include <sekisho/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/fold_parts.h"
#include "record/phrases.h"
#include "record/record.h"

#define FOLD_STEP 64 /* cases that the table grows by */

const char *case_state_name(enum case_state state)
{
    static const char *const names[CASE_STATE_COUNT] = {
        [CASE_REQUESTED] = "requested", [CASE_PERMITTED] = "permitted",
        [CASE_REJECTED] = "rejected",   [CASE_RUNNING] = "running",
        [CASE_OUT] = "out",             [CASE_FAILED] = "failed",
        [CASE_UNKNOWN] = "unknown",     [CASE_RETURNED] = "returned",
        [CASE_DISPOSED] = "disposed",   [CASE_EXPIRED] = "expired",
        [CASE_GIVEN] = "given",         [CASE_WITHDRAWN] = "withdrawn",
        [CASE_REVOKED] = "revoked",
    };
    return state < CASE_STATE_COUNT ? names[state] : "unknown";
}

bool case_is_open(enum case_state state)
{
    return state != CASE_REJECTED && state != CASE_EXPIRED && state != CASE_RETURNED &&
           state != CASE_DISPOSED && state != CASE_GIVEN && state != CASE_WITHDRAWN && state != CASE_REVOKED;
}

bool case_may_be_disposed(enum case_state state)
{
    return state == CASE_OUT || state == CASE_UNKNOWN || state == CASE_RETURNED;
}

int fold_new(const char *boot_id, struct fold **ret)
{
    struct fold *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    snprintf(f->boot_id, sizeof f->boot_id, "%s", boot_id);
    json_t **const objects[] = {&f->index,         &f->parts,       &f->uses,      &f->permits,
                                &f->standing_uses, &f->lockouts,    &f->numbers,   &f->receives,
                                &f->rooms,         &f->contracts,   &f->incidents, &f->told,
                                &f->lost,          &f->papers,      &f->alike,     &f->approved,
                                &f->revoked,       &f->media_files, &f->turns};
    for (size_t i = 0; i < array_count(objects); i++) {
        *objects[i] = json_object();
        if (!*objects[i]) {
            fold_free(&f);
            return -ENOMEM;
        }
    }
    f->copies = json_array();
    if (!f->copies || register_init(&f->reg) != 0 || life_new(&f->life) != 0) {
        fold_free(&f);
        return -ENOMEM;
    }
    *ret = f;
    return 0;
}

static void entry_clear(struct case_entry *e)
{
    json_t *const members[] = {e->files,      e->request,  e->permit,    e->intent, e->done,
                               e->given_back, e->disposal, e->withdrawn, e->revoked, e->erased, e->approvals,
                               e->events};
    for (size_t i = 0; i < array_count(members); i++)
        json_decref(members[i]);
}

void fold_free(struct fold **f)
{
    if (!*f)
        return;
    for (size_t i = 0; i < (*f)->count; i++)
        entry_clear(&(*f)->cases[i]);
    free((*f)->cases);
    json_t *const objects[] = {
        (*f)->index,     (*f)->parts,     (*f)->uses,     (*f)->permits,     (*f)->standing_uses,
        (*f)->lockouts,  (*f)->numbers,   (*f)->receives, (*f)->rooms,       (*f)->copies,
        (*f)->contracts, (*f)->incidents, (*f)->told,     (*f)->lost,        (*f)->papers,
        (*f)->alike,     (*f)->approved,  (*f)->revoked,  (*f)->media_files, (*f)->turns};
    for (size_t i = 0; i < array_count(objects); i++)
        json_decref(objects[i]);
    register_clear(&(*f)->reg);
    life_free(&(*f)->life);
    free(*f);
    *f = NULL;
}

struct case_entry *fold_case(struct fold *f, const char *id)
{
    const json_t *at = json_object_get(f->index, id);
    return at ? &f->cases[json_integer_value(at)] : NULL;
}

uint64_t fold_uses(const struct fold *f, const char *consent)
{
    return (uint64_t)json_integer_value(json_object_get(f->uses, consent));
}

uint64_t fold_standing_uses(const struct fold *f, const char *id)
{
    return (uint64_t)json_integer_value(json_object_get(f->standing_uses, id));
}

bool fold_permit_used(const struct fold *f, const char *digest_hex)
{
    return json_object_get(f->permits, digest_hex) != NULL;
}

void fold_lockout(const struct fold *f, const char *person, uint64_t *ret_failures,
                  int64_t *ret_until_s)
{
    const json_t *row = json_object_get(f->lockouts, person);
    *ret_failures = row ? (uint64_t)record_number(row, "failures") : 0;
    *ret_until_s = row ? record_number(row, "until") : 0;
}

uint64_t fold_number(const struct fold *f, const char *prefix)
{
    return (uint64_t)json_integer_value(json_object_get(f->numbers, prefix));
}

int fold_number_taken(struct fold *f, const char *prefix, uint64_t number)
{
    if (fold_number(f, prefix) >= number)
        return 0;
    return json_object_set_new(f->numbers, prefix, json_integer((json_int_t)number)) == 0 ? 0
                                                                                        : -ENOMEM;
}

/* "T-20261121-0007" counts for "T-20261121". */
int fold_take_number(struct fold *f, const char *id)
{
    char prefix[SK_ID_MAX + 1];
    const char *dash = strrchr(id, '-');
    uint64_t number;
    if (!dash || (size_t)(dash - id) >= sizeof prefix)
        return 0;
    snprintf(prefix, sizeof prefix, "%.*s", (int)(dash - id), id);
    const char *digits = dash + 1 + strspn(dash + 1, "0");
    if (str_to_u64(digits, UINT32_MAX, &number) != 0)
        return 0;
    return fold_number_taken(f, prefix, number);
}

void fold_share(json_t **where, const json_t *record)
{
    json_decref(*where);
    *where = json_incref((json_t *)(uintptr_t)record);
}

static int64_t time_of(const json_t *record, const char *key)
{
    int64_t at_s = 0;
    return clock_parse_time(record_text(record, key), &at_s) == 0 ? at_s : 0;
}

static int add_case(struct fold *f, const char *id, struct case_entry **ret)
{
    if (f->count == f->cap || !f->cases) {
        struct case_entry *more = reallocarray(f->cases, f->cap + FOLD_STEP, sizeof *more);
        if (!more)
            return -ENOMEM;
        f->cases = more;
        f->cap += FOLD_STEP;
    }
    if (json_object_set_new(f->index, id, json_integer((json_int_t)f->count)) != 0)
        return -ENOMEM;
    struct case_entry *e = &f->cases[f->count++];
    *e = (struct case_entry){0};
    snprintf(e->id, sizeof e->id, "%s", id);
    *ret = e;
    return 0;
}

static int append_files(json_t *to, const json_t *record)
{
    const json_t *files = record_member(record, "content.files");
    for (size_t i = 0; i < json_array_size(files); i++)
        if (json_array_append_new(to, json_deep_copy(json_array_get(files, i))) != 0)
            return -ENOMEM;
    return 0;
}

/* Files of a request that is too long for one record come in records before it. */
static int fold_part(struct fold *f, const char *id, const json_t *record)
{
    json_t *files = json_object_get(f->parts, id);
    if (!files) {
        files = json_array();
        if (json_object_set_new(f->parts, id, files) != 0)
            return -ENOMEM;
    }
    return append_files(files, record);
}

/* Those of the records before it and its own. Most requests are one record, whose list is the case's. */
static int take_files(struct fold *f, const char *id, const json_t *record, json_t **ret)
{
    json_t *parts = json_object_get(f->parts, id);
    const json_t *own = record_member(record, "content.files");
    if (!parts && json_is_array(own)) {
        fold_share(ret, own);
        return 0;
    }
    *ret = parts ? json_incref(parts) : json_array();
    json_object_del(f->parts, id);
    return *ret ? append_files(*ret, record) : -ENOMEM;
}

static int fold_request(struct fold *f, const char *id, const json_t *record)
{
    int r = fold_take_number(f, id);
    if (r != 0)
        return r;
    if (strcmp(record_text(record, "phase"), "content") == 0)
        return fold_part(f, id, record);
    struct case_entry *e;
    if (fold_case(f, id)) {
        f->strange++;
        return 0;
    }
    r = add_case(f, id, &e);
    if (r != 0)
        return r;
    e->standing = strcmp(record_text(record, "type"), "standing") == 0;
    e->take_out =
        strcmp(record_text(record, e->standing ? "standing.type" : "type"), "takeout") == 0;
    e->state = CASE_REQUESTED;
    e->requested_s = time_of(record, "at");
    r = take_files(f, id, record, &e->files);
    fold_share(&e->request, record);
    return r == 0 ? fold_add_event(&e->events, record) : r;
}

/* One use more or less of a consent or a standing permit. */
static int count_use(json_t *uses, const char *id, int by)
{
    json_int_t now = json_integer_value(json_object_get(uses, id)) + by;
    return now < 0 || json_object_set_new(uses, id, json_integer(now)) == 0 ? 0 : -ENOMEM;
}

/* A signed text permits once, and its approver was here: their failures are forgotten. */
static int fold_signed(struct fold *f, const char *id, const json_t *record)
{
    json_object_del(f->lockouts, record_text(record, "person.id"));
    return json_object_set_new(f->permits, record_text(record, "permit"), json_string(id)) == 0
               ? 0
               : -ENOMEM;
}

int fold_granted(struct fold *f, const char *id, const json_t *record)
{
    const char *under = record_text(record, "under.id");
    int r = count_use(f->uses, record_text(record, "consent.id"), 1);
    if (r != 0)
        return r;
    if (*under)
        return count_use(f->standing_uses, under, 1);
    /* without a text: an old hand-over's, which was not signed */
    return *record_text(record, "permit") ? fold_signed(f, id, record) : 0;
}

int fold_use_back(struct fold *f, const char *consent)
{
    return count_use(f->uses, consent, -1);
}

/* A standing permit has used nothing; its cases do. */
static int give_use_back(struct fold *f, const struct case_entry *e)
{
    const char *under = record_text(e->permit, "under.id");
    if (e->state != CASE_PERMITTED || e->standing)
        return 0;
    int r = fold_use_back(f, record_text(e->request, "consent.id"));
    return r == 0 && *under ? count_use(f->standing_uses, under, -1) : r;
}

static int fold_withdrawn(struct fold *f, struct case_entry *e, const json_t *record)
{
    int r = give_use_back(f, e);
    e->state = CASE_WITHDRAWN;
    if (r == 0)
        fold_share(&e->withdrawn, record);
    return r;
}

int fold_approval(struct fold *f, json_t **list, const json_t *record)
{
    json_object_del(f->lockouts, record_text(record, "person.id"));
    if (!*list && !(*list = json_array()))
        return -ENOMEM;
    return json_array_append(*list, (json_t *)(uintptr_t)record) == 0 ? 0 : -ENOMEM;
}

/* Of a transfer that runs the permit is used: it fails, and the case stays revoked. */
static int fold_permit_revoked(struct fold *f, struct case_entry *e, const json_t *record)
{
    int r = give_use_back(f, e);
    e->state = CASE_REVOKED;
    fold_share(&e->revoked, record);
    return r;
}

static int fold_permit(struct fold *f, struct case_entry *e, const json_t *record)
{
    const char *phase = record_text(record, "phase");
    if (strcmp(phase, "expired") == 0) {
        int r = give_use_back(f, e);
        e->state = CASE_EXPIRED;
        return r;
    }
    if (strcmp(phase, "withdrawn") == 0)
        return fold_withdrawn(f, e, record);
    if (strcmp(phase, "approved") == 0)
        return fold_approval(f, &e->approvals, record);
    if (strcmp(phase, "revoked") == 0)
        return fold_permit_revoked(f, e, record);
    if (give_use_back(f, e) != 0) /* a void permit is replaced */
        return -ENOMEM;
    fold_share(&e->permit, record);
    if (strcmp(phase, "granted") != 0) {
        e->state = CASE_REJECTED;
        return 0;
    }
    e->state = CASE_PERMITTED;
    e->expires_s = time_of(record, "expires");
    return e->standing ? fold_signed(f, e->id, record) : fold_granted(f, e->id, record);
}

static void fold_transfer(struct case_entry *e, const json_t *record)
{
    static const struct {
        const char *phase;
        enum case_state state;
    } phases[] = {{"intent", CASE_RUNNING},
                  {"done", CASE_OUT},
                  {"failed", CASE_FAILED},
                  {"unknown", CASE_UNKNOWN}};
    const char *phase = record_text(record, "phase");
    for (size_t i = 0; i < array_count(phases); i++) {
        if (strcmp(phase, phases[i].phase) != 0)
            continue;
        if (e->state != CASE_REVOKED || phases[i].state != CASE_FAILED)
            e->state = phases[i].state;
        if (e->state == CASE_OUT || e->state == CASE_UNKNOWN)
            e->out_s = time_of(record, "at");
        fold_share(phases[i].state == CASE_RUNNING ? &e->intent : &e->done, record);
        if (phases[i].state != CASE_RUNNING)
            json_decref(steal_ptr(&e->intent)); /* the end says all that it said */
    }
}

static int fold_of_case(struct fold *f, const char *kind, const json_t *record)
{
    const char *id = record_text(record, "case");
    if (!*id && strcmp(kind, SK_KIND_COPY) == 0)
        return 0; /* a copy inside a room: of no case */
    if (strcmp(kind, SK_KIND_REQUEST) == 0)
        return fold_request(f, id, record);
    struct case_entry *e = fold_case(f, id);
    if (!e) {
        f->strange++;
        return 0;
    }
    int r = 0;
    if (strcmp(kind, SK_KIND_PERMIT) == 0) {
        r = fold_permit(f, e, record);
    } else if (strcmp(kind, SK_KIND_RETURN) == 0) {
        fold_share(&e->given_back, record);
        e->state = CASE_RETURNED;
    } else if (strcmp(kind, SK_KIND_DISPOSAL) == 0) {
        fold_share(&e->disposal, record);
        e->state = CASE_DISPOSED;
    } else {
        fold_transfer(e, record);
        r = fold_turn(f, record, strcmp(record_text(record, "phase"), "done") == 0);
    }
    return r == 0 ? fold_add_event(&e->events, record) : r;
}

static int fold_receive(struct fold *f, const json_t *record)
{
    const char *receipt = record_text(record, "receipt");
    if (!*receipt)
        return 0;
    int r = fold_take_number(f, receipt);
    if (r != 0)
        return r;
    const char *phase = record_text(record, "phase");
    if (strcmp(phase, "intent") == 0)
        return json_object_set_new(f->receives, receipt, json_deep_copy(record)) == 0 ? 0 : -ENOMEM;
    if (strcmp(phase, "content") == 0)
        return 0;
    json_object_del(f->receives, receipt);
    /* of what nobody knows whether it came in, it is to be found out */
    return strcmp(phase, "failed") == 0 ? 0 : fold_received(f, record);
}

#define ROOM_KEY_CAP 512 /* bytes with NUL of an area's id and a login */

static void room_key(char ret[static ROOM_KEY_CAP], const char *area, const char *login)
{
    snprintf(ret, ROOM_KEY_CAP, "%s %s", area, login);
}

const json_t *fold_room(const struct fold *f, const char *area, const char *login)
{
    char key[ROOM_KEY_CAP];
    room_key(key, area, login);
    return json_object_get(f->rooms, key);
}

void fold_room_named(struct fold *f, const char *area, const char *login, const char *room)
{
    char key[ROOM_KEY_CAP];
    room_key(key, area, login);
    json_t *row = json_object_get(f->rooms, key);
    if (row)
        json_object_set_new(row, "room", json_string(room));
}

/* Each start has a record, also one in a room that is there: a start that failed takes itself back,
 * and the room's end all of them. */
static int fold_of_room(struct fold *f, const json_t *record)
{
    char key[ROOM_KEY_CAP];
    const char *phase = record_text(record, "phase");
    room_key(key, record_text(record, "area"), record_text(record, "person.login"));
    json_t *open = json_object_get(f->rooms, key);
    int64_t starts = open ? record_number(open, "starts") : 0;
    if (strcmp(phase, "started") == 0) {
        json_t *row = json_deep_copy(record);
        bool ok = row && json_object_set_new(row, "starts", json_integer(starts + 1)) == 0;
        if (ok)
            return json_object_set_new(f->rooms, key, row) == 0 ? 0 : -ENOMEM;
        json_decref(row);
        return -ENOMEM;
    }
    if (open && strcmp(phase, "failed") == 0 && starts > 1)
        return json_object_set_new(open, "starts", json_integer(starts - 1)) == 0 ? 0 : -ENOMEM;
    json_object_del(f->rooms, key);
    return 0;
}

static int fold_policy(struct fold *f, const json_t *record)
{
    const char *phase = record_text(record, "phase");
    uint64_t version = (uint64_t)record_number(record, "version");
    if (strcmp(phase, "refused") == 0 || version <= f->policy_version)
        return 0;
    f->policy_version = version;
    snprintf(f->policy_digest, sizeof f->policy_digest, "%s", record_text(record, "digest"));
    return 0;
}

static int fold_contract(struct fold *f, const json_t *record)
{
    const char *contract = record_text(record, "contract");
    if (!*contract || strcmp(record_text(record, "phase"), "announced") != 0)
        return 0;
    json_t *kept = (json_t *)(uintptr_t)record; /* the reference is counted, the record stays as it is */
    return json_object_set(f->contracts, contract, kept) == 0 ? 0 : -ENOMEM;
}

static int fold_failures(struct fold *f, const json_t *record)
{
    json_t *row = json_pack("{sIsI}", "failures", (json_int_t)record_number(record, "failures"),
                            "until", (json_int_t)time_of(record, "until"));
    return row && json_object_set_new(f->lockouts, record_text(record, "person.id"), row) == 0
               ? 0
               : -ENOMEM;
}

/* One file of a case: it ends when all are erased (erase.h), with a record of its own. */
static int fold_erased_file(struct case_entry *e, const json_t *record)
{
    if (!e->erased && !(e->erased = json_object()))
        return -ENOMEM;
    return json_object_set(e->erased, record_text(record, "object.name"), (json_t *)(uintptr_t)record) == 0
               ? 0
               : -ENOMEM;
}

static int fold_removed(struct fold *f, const json_t *record)
{
    struct case_entry *e = fold_case(f, record_text(record, "case"));
    if (!e || strcmp(record_text(record, "phase"), "done") != 0)
        return fold_erasure(f, record);
    int r = 0;
    if (record_flag(record, "changed"))
        return fold_erasure(f, record); /* of a file that was another one: the case goes on */
    if (case_may_be_disposed(e->state) && strcmp(record_text(record, "object.kind"), "file") == 0) {
        r = fold_erased_file(e, record);
    } else if (case_may_be_disposed(e->state)) {
        e->state = CASE_DISPOSED;
        fold_share(&e->disposal, record);
        r = fold_add_event(&e->events, record);
    }
    return r == 0 ? fold_erasure(f, record) : r; /* an item that was named as well */
}

static int fold_of_copy(struct fold *f, const json_t *record)
{
    int r = fold_found(f, record);
    return r == 0 ? fold_copy_found(f, record) : r;
}

static int fold_trouble(struct fold *f, const json_t *record)
{
    const char *kind = record_text(record, "kind");
    int r = fold_take_number(f, record_text(record, "incident"));
    struct case_entry *e = fold_case(f, record_text(record, "case"));
    if (r != 0 || strcmp(kind, SK_KIND_INCIDENT) == 0)
        return r != 0 ? r : fold_incident(f, record);
    r = fold_lost(f, record);
    return r == 0 && e ? fold_add_event(&e->events, record) : r;
}

int fold_record(struct fold *f, const json_t *record)
{
    static const char *const of_case[] = {SK_KIND_REQUEST, SK_KIND_PERMIT, SK_KIND_TAKEOUT,
                                          SK_KIND_COPY,    SK_KIND_RETURN, SK_KIND_DISPOSAL};
    static const struct {
        const char *kind;
        int (*take)(struct fold *f, const json_t *record);
    } others[] = {
        {SK_KIND_CONFIRM, fold_confirm},    {SK_KIND_RECEIVE, fold_receive},
        {SK_KIND_ROOM, fold_of_room},       {SK_KIND_POLICY, fold_policy},
        {SK_KIND_LOCKOUT, fold_failures},   {SK_KIND_CONTRACT, fold_contract},
        {SK_KIND_ITEM, fold_item},          {SK_KIND_HANDOVER, fold_handover},
        {SK_KIND_ERASURE, fold_removed},    {SK_KIND_INCIDENT, fold_trouble},
        {SK_KIND_LOST, fold_trouble},       {SK_KIND_DEVICE, fold_device},
        {SK_KIND_MEDIUM, fold_medium},
    };
    fold_share_alike(f, record); /* first: it puts other values that are the same into their places */
    const char *kind = record_text(record, "kind");
    uint64_t seq = (uint64_t)record_number(record, "seq");
    bool this_boot = strcmp(record_text(record, "boot"), f->boot_id) == 0;
    uint64_t boot_ns = (uint64_t)record_number(record, "boottime");
    trusted_see(&f->time, time_of(record, "at"), strcmp(record_text(record, "clock"), "synchronised") == 0,
                this_boot, boot_ns);
    if (strcmp(kind, SK_KIND_CLOCK) == 0 && strcmp(record_text(record, "phase"), "corrected") == 0) {
        trusted_correct(&f->time, time_of(record, "at"), this_boot, boot_ns);
        json_object_clear(f->lockouts); /* they would last as long as the clock was ahead */
    }
    if (seq >= f->next_seq)
        f->next_seq = seq + 1;
    int r = life_record(&f->life, record);
    if (r == 0 && strcmp(kind, SK_KIND_ERASURE) == 0)
        r = fold_take_number(f, record_text(record, "erasure"));
    if (r != 0)
        return r;
    if (fold_is_found(record))
        return fold_of_copy(f, record);
    for (size_t i = 0; i < array_count(of_case); i++)
        if (strcmp(kind, of_case[i]) == 0)
            return fold_of_case(f, kind, record);
    for (size_t i = 0; i < array_count(others); i++)
        if (strcmp(kind, others[i].kind) == 0)
            return others[i].take(f, record);
    return 0;
}

int fold_line(struct fold *f, const char *line, size_t len, uint64_t seq)
{
    /* Quotes inside a JSON string are escaped, so these bytes are the member and nothing else. */
    static const char access[] = "\"kind\":\"" SK_KIND_ACCESS "\"";
    if (memmem(line, len, access, sizeof access - 1)) {
        if (seq >= f->next_seq)
            f->next_seq = seq + 1;
        return 0;
    }
    autojson json_t *record = NULL;
    int r = phrases_read(line, len, &record);
    return r != 0 ? r : fold_record(f, record);
}
