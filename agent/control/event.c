/* SPDX-License-Identifier: GPL-3.0-or-later */
/* event.c owns the form in which a record is shown while things happen. It must never show to one who
 * sits outside what only those in the room may know. */
#include <string.h>
#include "control/control.h"
#include "control/watcher.h"

/* The kinds that are events, and who sees them: `everybody` those of a person, who is that one; what is plugged
 * into the PC concerns all who sit at it. */
static const struct {
    const char *kind;
    bool everybody;
} kinds[] = {{SK_KIND_DEVICE, true},
             {SK_KIND_ACCESS, true}, {SK_KIND_REFUSAL, true}, {SK_KIND_ROOM, true},
             {SK_KIND_COPY, true},   {SK_KIND_AREA, false},   {SK_KIND_POLICY, false},
             {SK_KIND_INCIDENT, false}};

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
    return room_login_uid(json_is_integer(member) ? json_integer_value(member) : -1);
}

bool event_is_of(const json_t *record, uid_t uid)
{
    bool everybody;
    return is_event(record, &everybody) && everybody &&
           (uid_of(record) == (int64_t)uid || strcmp(record_text(record, "kind"), SK_KIND_DEVICE) == 0);
}

static const char *decision_of(const json_t *record)
{
    const char *kind = record_text(record, "kind"), *phase = record_text(record, "phase");
    if (strcmp(kind, SK_KIND_ACCESS) == 0 || strcmp(kind, SK_KIND_DEVICE) == 0)
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

static bool is_incident(const json_t *record)
{
    return strcmp(record_text(record, "kind"), SK_KIND_INCIDENT) == 0;
}

static const char *what_of(const json_t *record)
{
    if (is_incident(record))
        return record_text(record, "type");
    if (strcmp(record_text(record, "kind"), SK_KIND_DEVICE) == 0)
        return record_text(record, "device.name");
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

bool event_of_device_matters(const json_t *record)
{
    static const char *const told[] = {"present", "plugged", "judged",   "cut",         "in-use",      "failed",
                                       "again",   "checked", "not-told", "break-glass", "glass-whole", "not-marked"};
    const char *phase = record_text(record, "phase");
    bool is_told = false;
    for (size_t i = 0; i < array_count(told); i++)
        is_told = is_told || strcmp(phase, told[i]) == 0;
    bool wrong = strcmp(phase, "failed") == 0 || strcmp(phase, "not-marked") == 0;
    bool open = strcmp(record_text(record, "state"), "checking") != 0; /* a medium that is looked at is not let in yet */
    return is_told && (wrong || strcmp(record_text(record, "decision"), "allowed") != 0 ||
                       (*record_text(record, "medium") && open));
}

/* What else is told of a device. */
static int add_device(json_t *event, const json_t *record)
{
    static const char *const members[] = {"device", "state", "medium", "bus", "since", "until", "why"};
    for (size_t i = 0; i < array_count(members); i++) {
        json_t *value = json_object_get(record, members[i]);
        if (value && json_object_set(event, members[i], value) != 0)
            return -ENOMEM;
    }
    return 0;
}

static bool is_device(const json_t *record)
{
    return strcmp(record_text(record, "kind"), SK_KIND_DEVICE) == 0;
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
    const char *text = known != SK_REASON_COUNT ? sk_reason_phrase(known)
                       : kept_out && !of_room   ? ""
                                                : record_text(record, "why");
    int64_t count = record_number(record, "count");
    json_t *event = json_pack(
        "{sI ss ss ss ss ss ss ss ss ss ss so sI sI ss ss ss ss}", "seq",
        (json_int_t)record_number(record, "seq"), "at", record_text(record, "at"), "kind",
        record_text(record, "kind"), "decision", decision, "reason", reason, "text", text, "area",
        record_text(record, "area"), "file", kept_out ? "" : file_of(record), "exe",
        kept_out ? "" : record_text(record, "exe"), "application",
        record_text(record, "application"), "person", record_text(record, "person.id"), "login",
        login_json(record), "count", (json_int_t)(count > 0 ? count : 1), "rule",
        (json_int_t)record_number(record, "rule"), "room", record_text(record, "room"), "phase",
        record_text(record, "phase"), "what", what_of(record), "of",
        is_incident(record) ? record_text(record, "incident") : kept_out ? "" : record_text(record, "of"));
    if (event && is_device(record) && add_device(event, record) != 0) {
        json_decref(event);
        return NULL;
    }
    return event;
}
