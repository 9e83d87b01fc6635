/* SPDX-License-Identifier: GPL-3.0-or-later */
/* event.c owns the form in which a record is shown while things happen. It must never show to one who
 * sits outside what only those in the room may know. */
#include <string.h>
#include "control/control.h"
#include "control/watcher.h"

/* The kinds that are events, and who sees them: `everybody` those of a person, who is that one. */
static const struct {
    const char *kind;
    bool everybody;
} kinds[] = {{SK_KIND_ACCESS, true}, {SK_KIND_REFUSAL, true}, {SK_KIND_ROOM, true},
             {SK_KIND_COPY, true},   {SK_KIND_AREA, false},   {SK_KIND_POLICY, false}};

static bool is_event(const json_t *record, bool *ret_everybody)
{
    const char *kind = record_text(record, "kind");
    for (size_t i = 0; i < array_count(kinds); i++) {
        if (strcmp(kind, kinds[i].kind) != 0)
            continue;
        *ret_everybody = kinds[i].everybody;
        /* a copy of a case is in its own lists; the others were found inside of a room */
        return strcmp(kind, SK_KIND_COPY) != 0 || !*record_text(record, "case");
    }
    return false;
}

/* The login's uid of who did it, in an access record at its top; -1 when nobody did. What was done in a
 * room has the room's uid, which stands for the login's. */
static int64_t uid_of(const json_t *record)
{
    bool access = strcmp(record_text(record, "kind"), SK_KIND_ACCESS) == 0;
    const json_t *member = record_member(record, access ? "uid" : "person.uid");
    int64_t uid = json_is_integer(member) ? json_integer_value(member) : -1;
    bool of_room = uid >= SK_ROOM_UID_BASE && uid - SK_ROOM_UID_BASE < SK_ROOM_UID_COUNT;
    return of_room ? uid - SK_ROOM_UID_BASE : uid;
}

bool event_is_of(const json_t *record, uid_t uid)
{
    bool everybody;
    return is_event(record, &everybody) && everybody && uid_of(record) == (int64_t)uid;
}

static const char *decision_of(const json_t *record)
{
    const char *kind = record_text(record, "kind"), *phase = record_text(record, "phase");
    if (strcmp(kind, SK_KIND_ACCESS) == 0)
        return record_text(record, "decision");
    if (strcmp(kind, SK_KIND_COPY) == 0)
        return record_flag(record, "permission.granted") ? "allowed" : "unpermitted";
    bool refused = strcmp(kind, SK_KIND_REFUSAL) == 0 || strcmp(phase, "failed") == 0 ||
                   strcmp(phase, "refused") == 0;
    return refused ? "refused" : "";
}

static const char *file_of(const json_t *record)
{
    const json_t *files = record_member(record, "content.files");
    const char *first = record_text(json_array_get(files, 0), "name");
    return *first ? first : record_text(record, "file");
}

static const char *what_of(const json_t *record)
{
    const char *found = record_text(record, "found");
    return *found ? found : record_text(record, "what");
}

static json_t *login_json(const json_t *record)
{
    char login[CONTROL_LOGIN_CAP] = "";
    int64_t uid = uid_of(record);
    const char *known = record_text(record, "person.login");
    if (!*known && uid >= 0)
        login_of((uid_t)uid, login);
    return json_string(*known ? known : login);
}

json_t *event_of(const json_t *record, bool kept_out)
{
    bool everybody;
    const char *decision = decision_of(record), *reason = record_text(record, "reason");
    bool of_room = strcmp(record_text(record, "kind"), SK_KIND_ROOM) == 0;
    if (!is_event(record, &everybody) ||
        (kept_out && !of_room && strcmp(decision, "allowed") == 0))
        return NULL;
    enum sk_reason known = (enum sk_reason)link_reason(reason);
    const char *text = known != SK_REASON_COUNT ? sk_reason_text(known)
                       : kept_out && !of_room   ? ""
                                                : record_text(record, "why");
    int64_t count = record_number(record, "count");
    return json_pack(
        "{sI ss ss ss ss ss ss ss ss ss ss so sI sI ss ss ss ss}", "seq",
        (json_int_t)record_number(record, "seq"), "at", record_text(record, "at"), "kind",
        record_text(record, "kind"), "decision", decision, "reason", reason, "text", text, "area",
        record_text(record, "area"), "file", kept_out ? "" : file_of(record), "exe",
        kept_out ? "" : record_text(record, "exe"), "application",
        record_text(record, "application"), "person", record_text(record, "person.id"), "login",
        login_json(record), "count", (json_int_t)(count > 0 ? count : 1), "rule",
        (json_int_t)record_number(record, "rule"), "room", record_text(record, "room"), "phase",
        record_text(record, "phase"), "what", what_of(record), "of",
        kept_out ? "" : record_text(record, "of"));
}
