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
    };
    return state < CASE_STATE_COUNT ? names[state] : "unknown";
}

bool case_is_open(enum case_state state)
{
    return state != CASE_REJECTED && state != CASE_EXPIRED && state != CASE_RETURNED &&
           state != CASE_DISPOSED;
}

int fold_new(const char *boot_id, struct fold **ret)
{
    struct fold *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    snprintf(f->boot_id, sizeof f->boot_id, "%s", boot_id);
    json_t **const objects[] = {&f->index,    &f->parts,   &f->uses,    &f->permits,
                                &f->lockouts, &f->numbers, &f->receives, &f->rooms, &f->unseen};
    for (size_t i = 0; i < array_count(objects); i++) {
        *objects[i] = json_object();
        if (!*objects[i]) {
            fold_free(&f);
            return -ENOMEM;
        }
    }
    f->copies = json_array();
    if (!f->copies) {
        fold_free(&f);
        return -ENOMEM;
    }
    *ret = f;
    return 0;
}

static void entry_clear(struct case_entry *e)
{
    json_t *const members[] = {e->files, e->request,    e->permit,   e->intent,
                               e->done,  e->given_back, e->disposal, e->events};
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
    json_t *const objects[] = {(*f)->index,    (*f)->parts,   (*f)->uses,    (*f)->permits,
                               (*f)->lockouts, (*f)->numbers, (*f)->receives, (*f)->rooms,
                               (*f)->copies, (*f)->unseen};
    for (size_t i = 0; i < array_count(objects); i++)
        json_decref(objects[i]);
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
static int take_number(struct fold *f, const char *id)
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

static int keep(json_t **where, const json_t *record)
{
    json_t *copy = json_deep_copy(record);
    if (!copy)
        return -ENOMEM;
    json_decref(*where);
    *where = copy;
    return 0;
}

static int64_t time_of(const json_t *record, const char *key)
{
    int64_t at_s = 0;
    return clock_parse_time(record_text(record, key), &at_s) == 0 ? at_s : 0;
}

static int add_event(struct case_entry *e, const json_t *record)
{
    if (!e->events && !(e->events = json_array()))
        return -ENOMEM;
    json_t *event = json_pack("{sIssssssss}", "seq", (json_int_t)record_number(record, "seq"), "at",
                              record_text(record, "at"), "kind", record_text(record, "kind"),
                              "phase", record_text(record, "phase"), "why",
                              record_text(record, "why"));
    return event && json_array_append_new(e->events, event) == 0 ? 0 : -ENOMEM;
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

static int fold_request(struct fold *f, const char *id, const json_t *record)
{
    int r = take_number(f, id);
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
    e->take_out = strcmp(record_text(record, "type"), "takeout") == 0;
    e->state = CASE_REQUESTED;
    e->requested_s = time_of(record, "at");
    json_t *parts = json_object_get(f->parts, id);
    e->files = parts ? json_incref(parts) : json_array();
    json_object_del(f->parts, id);
    r = e->files ? append_files(e->files, record) : -ENOMEM;
    if (r == 0)
        r = keep(&e->request, record);
    return r == 0 ? add_event(e, record) : r;
}

static int count_use(struct fold *f, const json_t *record)
{
    const char *consent = record_text(record, "consent.id");
    uint64_t uses = fold_uses(f, consent) + 1;
    if (json_object_set_new(f->uses, consent, json_integer((json_int_t)uses)) != 0)
        return -ENOMEM;
    /* a signature that was accepted clears the approver's failures */
    json_object_del(f->lockouts, record_text(record, "person.id"));
    return json_object_set_new(f->permits, record_text(record, "permit"),
                               json_string(record_text(record, "case"))) == 0
               ? 0
               : -ENOMEM;
}

static int fold_permit(struct fold *f, struct case_entry *e, const json_t *record)
{
    const char *phase = record_text(record, "phase");
    if (strcmp(phase, "expired") == 0) {
        e->state = CASE_EXPIRED;
        return 0;
    }
    int r = keep(&e->permit, record);
    if (r != 0)
        return r;
    if (strcmp(phase, "granted") != 0) {
        e->state = CASE_REJECTED;
        return 0;
    }
    e->state = CASE_PERMITTED;
    e->expires_s = time_of(record, "expires");
    return count_use(f, record);
}

static int fold_transfer(struct case_entry *e, const json_t *record)
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
        e->state = phases[i].state;
        if (e->state == CASE_OUT || e->state == CASE_UNKNOWN)
            e->out_s = time_of(record, "at");
        return keep(e->state == CASE_RUNNING ? &e->intent : &e->done, record);
    }
    return 0;
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
    int r;
    if (strcmp(kind, SK_KIND_PERMIT) == 0) {
        r = fold_permit(f, e, record);
    } else if (strcmp(kind, SK_KIND_RETURN) == 0) {
        r = keep(&e->given_back, record);
        e->state = CASE_RETURNED;
    } else if (strcmp(kind, SK_KIND_DISPOSAL) == 0) {
        r = keep(&e->disposal, record);
        e->state = CASE_DISPOSED;
    } else {
        r = fold_transfer(e, record);
    }
    return r == 0 ? add_event(e, record) : r;
}

static int fold_receive(struct fold *f, const json_t *record)
{
    const char *receipt = record_text(record, "receipt");
    if (!*receipt)
        return 0;
    int r = take_number(f, receipt);
    if (r != 0)
        return r;
    const char *phase = record_text(record, "phase");
    if (strcmp(phase, "intent") == 0)
        return json_object_set_new(f->receives, receipt, json_deep_copy(record)) == 0 ? 0 : -ENOMEM;
    if (strcmp(phase, "content") != 0)
        json_object_del(f->receives, receipt);
    return 0;
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

static int fold_failures(struct fold *f, const json_t *record)
{
    json_t *row = json_pack("{sIsI}", "failures", (json_int_t)record_number(record, "failures"),
                            "until", (json_int_t)time_of(record, "until"));
    return row && json_object_set_new(f->lockouts, record_text(record, "person.id"), row) == 0
               ? 0
               : -ENOMEM;
}

int fold_record(struct fold *f, const json_t *record)
{
    const char *kind = record_text(record, "kind");
    uint64_t seq = (uint64_t)record_number(record, "seq");
    bool this_boot = strcmp(record_text(record, "boot"), f->boot_id) == 0;
    trusted_see(&f->time, time_of(record, "at"), this_boot,
                (uint64_t)record_number(record, "boottime"));
    if (seq >= f->next_seq)
        f->next_seq = seq + 1;
    static const char *const of_case[] = {SK_KIND_REQUEST, SK_KIND_PERMIT, SK_KIND_TAKEOUT,
                                          SK_KIND_COPY,    SK_KIND_RETURN, SK_KIND_DISPOSAL};
    if (fold_is_found(record))
        return fold_found(f, record);
    if (strcmp(kind, SK_KIND_CONFIRM) == 0)
        return fold_confirm(f, record);
    for (size_t i = 0; i < array_count(of_case); i++)
        if (strcmp(kind, of_case[i]) == 0)
            return fold_of_case(f, kind, record);
    if (strcmp(kind, SK_KIND_RECEIVE) == 0)
        return fold_receive(f, record);
    if (strcmp(kind, SK_KIND_ROOM) == 0)
        return fold_of_room(f, record);
    if (strcmp(kind, SK_KIND_POLICY) == 0)
        return fold_policy(f, record);
    if (strcmp(kind, SK_KIND_LOCKOUT) == 0)
        return fold_failures(f, record);
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
    int r = record_parse(line, len, SK_RECORD_MAX, &record);
    return r != 0 ? r : fold_record(f, record);
}
