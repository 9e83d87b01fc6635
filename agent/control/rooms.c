/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms.c owns what control knows of rooms and what it has ended: who may have one is the policy's
 * word, which there are is sekisho-room's, that they were there is the ledger's. It must never leave
 * a room to somebody whom the policy no longer lets in, nor one without an end in the ledger. */
#include "control/rooms.h"
#include <string.h>
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"
#include "policy/decide.h"

int64_t room_login_uid(int64_t uid)
{
    bool of_room = uid > SK_ROOM_UID_BASE && uid - SK_ROOM_UID_BASE < SK_ROOM_UID_COUNT;
    return of_room ? uid - SK_ROOM_UID_BASE : uid;
}

json_t *room_record(const struct control *c, const char *phase, const char *room, const char *area,
                    json_t *person_in, const char *why, const json_t *more)
{
    autojson json_t *person = person_in;
    autojson json_t *fields = json_pack("{sssssssOss}", "phase", phase, "room", room, "area", area,
                                        "person", person, "why", why);
    json_t *record = control_record(c, SK_KIND_ROOM);
    /* jansson's update wants a pointer that is not const; nothing is changed */
    if (fields && record && json_object_update(record, fields) == 0 &&
        (!more || json_object_update(record, (json_t *)(uintptr_t)more) == 0))
        return record;
    json_decref(record);
    return NULL;
}

int rooms_ask(struct control *c, json_t **ret, struct buf *why)
{
    autojson json_t *nothing = json_object();
    return link_ask(&c->room, SK_MSG_ROOM_LIST, nothing, NULL, 0, SK_MSG_ROOMS, ret, NULL, why);
}

/* Who had it: as the ledger holds it, or else as the policy knows the login. */
static json_t *person_of(const struct control *c, const json_t *row)
{
    const char *area = record_text(row, "area"), *login = record_text(row, "login");
    const json_t *started = fold_room(c->fold, area, login);
    const json_t *person = started ? record_member(started, "person") : NULL;
    return person ? json_deep_copy(person)
                  : control_person(login, (uid_t)record_number(row, "uid"),
                                   policy_person_of_user(c->rules.policy, login));
}

/* row: of ROOMS, or what ROOM_GONE says, or a record of its start with "login" beside. */
static void record_end(struct control *c, const json_t *row, const char *why)
{
    autojson json_t *more = json_object();
    static const char *const kept[] = {"display", "remote", "scratch"};
    for (size_t i = 0; more && i < array_count(kept); i++) {
        json_t *value = json_object_get(row, kept[i]);
        if (value)
            json_object_set(more, kept[i], value);
    }
    ledger_close_act(c, room_record(c, "ended", record_text(row, "room"), record_text(row, "area"),
                                    person_of(c, row), why, more));
}

static bool matches(const json_t *row, const json_t *which)
{
    static const char *const keys[] = {"room", "area", "login"};
    for (size_t i = 0; i < array_count(keys); i++) {
        const char *wanted = record_text(which, keys[i]);
        if (*wanted && strcmp(wanted, record_text(row, keys[i])) != 0)
            return false;
    }
    return true;
}

bool rooms_any(struct control *c, const json_t *which, struct buf *why)
{
    autojson json_t *answer = NULL;
    if (rooms_ask(c, &answer, why) != 0)
        return false;
    const json_t *rooms = json_object_get(answer, "rooms");
    size_t found = 0;
    for (size_t i = 0; i < json_array_size(rooms); i++)
        found += matches(json_array_get(rooms, i), which);
    return found > 0;
}

bool rooms_stray(void *control, const struct wire_message *m)
{
    struct control *c = control;
    autojson json_t *body = NULL;
    if (m->type != SK_MSG_ROOM_GONE)
        return false;
    /* each of control's connections is told: the first to hear it writes it down */
    if (link_parse(m, &body) == 0 &&
        fold_room(c->fold, record_text(body, "area"), record_text(body, "login")))
        record_end(c, body, record_text(body, "why"));
    return true;
}

static bool is_listed(const json_t *rooms, const char *area, const char *login)
{
    for (size_t i = 0; i < json_array_size(rooms); i++) {
        const json_t *row = json_array_get(rooms, i);
        if (strcmp(record_text(row, "area"), area) == 0 &&
            strcmp(record_text(row, "login"), login) == 0)
            return true;
    }
    return false;
}

/* What the ledger holds as open and is not there any more: it ended while nobody listened. */
static void close_lost(struct control *c, const json_t *rooms)
{
    autojson json_t *lost = json_array();
    const char *key;
    json_t *started;
    json_object_foreach(c->fold->rooms, key, started)
    {
        const char *area = record_text(started, "area");
        const char *login = record_text(started, "person.login");
        if (is_listed(rooms, area, login) || room_job_starts(c, area, login))
            continue;
        json_t *row = json_pack("{ssssss}", "area", area, "login", login, "room",
                                record_text(started, "room"));
        json_array_append_new(lost, row);
    }
    for (size_t i = 0; i < json_array_size(lost); i++)
        record_end(c, json_array_get(lost, i), PHRASE("it was found to be gone"));
}

/* Why the policy, or the list of logins, says that there must not be this room; NULL = it may. */
static const char *why_not(const struct control *c, const json_t *row)
{
    struct decision d = {0};
    char now[CONTROL_LOGIN_CAP];
    const char *login = record_text(row, "login");
    const struct room_question q = {.user = login, .area = record_text(row, "area"),
                                    .remote = record_flag(row, "remote"), .now = control_now(c)};
    decide_room(c->rules.policy, &q, &d);
    if (!d.allow)
        return sk_reason_phrase(d.reason);
    /* whoever gets the user id next is not to find a room */
    login_of((uid_t)record_number(row, "uid"), now);
    return strcmp(now, login) == 0 ? NULL : PHRASE("its login is no longer there");
}

static void judge_one(struct control *c, const json_t *row)
{
    autobuf struct buf what = {0};
    const char *why = record_flag(row, "ending") ? NULL : why_not(c, row);
    if (!why)
        return;
    autojson json_t *which = json_pack("{ss}", "room", record_text(row, "room"));
    if (!which || room_end_start(c, which, why, 0, NULL, &what) != 0)
        log_warn("a room of %s in %s can't be ended: %s", record_text(row, "login"),
                 record_text(row, "area"), what.data ? what.data : "");
}

void rooms_judge(struct control *c)
{
    autojson json_t *answer = NULL;
    autobuf struct buf why = {0};
    /* until the ledger is read nobody knows of any, and no end could be recorded */
    if (!c->folded || json_object_size(c->fold->rooms) == 0 || rooms_ask(c, &answer, &why) != 0)
        return;
    const json_t *rooms = json_object_get(answer, "rooms");
    close_lost(c, rooms);
    for (size_t i = 0; i < json_array_size(rooms); i++)
        judge_one(c, json_array_get(rooms, i));
}
