/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_room.c owns the questions about rooms. It must never let a room begin whose record is not
 * durable, nor hand anything of the asker's into one but a terminal that the policy allows. */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "policy/decide.h"

/* Slaves of pseudo-terminals (Documentation/admin-guide/devices.txt: 136 to 143). */
#define PTY_MAJOR_FIRST 136
#define PTY_MAJOR_LAST  143
#define FOLDER_MAX      1024 /* bytes of a working folder, escaped */

static int check_terminal(struct ask *a)
{
    struct stat st;
    if (a->fd_count == 0)
        return 0;
    if (fstat(a->fds[0], &st) != 0 || !S_ISCHR(st.st_mode) ||
        major(st.st_rdev) < PTY_MAJOR_FIRST || major(st.st_rdev) > PTY_MAJOR_LAST ||
        st.st_uid != a->peer->who.uid)
        return ask_fail(a, SK_ERR_FORMAT, "what came is no terminal of the asker's own");
    return 0;
}

static int check_folder(struct ask *a)
{
    const char *at = record_text(a->body, "folder");
    if (strlen(at) > FOLDER_MAX || at[0] == '/')
        return ask_fail(a, SK_ERR_FORMAT, "the folder is not one below the area's");
    for (; *at; at += strcspn(at, "/"), at += *at == '/')
        if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == '\0'))
            return ask_fail(a, SK_ERR_FORMAT, "the folder is not one below the area's");
    return 0;
}

static const char *display_of(const struct ask *a, const struct policy_area *area)
{
    if (!*record_text(a->body, "display"))
        return "none";
    return area->display == POLICY_SHARED ? "shared" : "nested";
}

static const char *scratch_of(const struct policy_area *area)
{
    return area->scratch == POLICY_SCRATCH_KEEP  ? "keep"
           : area->scratch == POLICY_SCRATCH_ALL ? "all"
                                                 : "temporary";
}

/* ROOM_START as <sekisho/proto.h> has it; NULL when memory is short. */
static json_t *question_of(const struct ask *a, const struct policy_area *area)
{
    autojson json_t *who = requester_json(a);
    autojson json_t *empty = json_object();
    autojson json_t *none = json_array();
    const json_t *command = json_object_get(a->body, "command");
    const json_t *locale = json_object_get(a->body, "locale");
    json_t *question = json_pack(
        "{ssssss s{ssss} ss sI sb sb ss ss ss ss sO ss sO sb}", "area", area->head.id, "mount",
        area->mount, "gate-label", area->label, "person", "id", a->person->head.id, "name",
        a->person->name, "login", a->login, "pid", (json_int_t)a->peer->who.pid, "remote",
        a->control->rules.policy->work.remote ? 1 : 0, "gpu", area->gpu ? 1 : 0,
        "scratch", scratch_of(area),
        "display", area->display == POLICY_SHARED ? "shared" : "nested", "x-display",
        record_text(a->body, "display"), "x-cookie", record_text(a->body, "cookie"), "command",
        command ? command : none, "folder", record_text(a->body, "folder"), "locale",
        locale ? locale : empty, "wait", record_flag(a->body, "wait") ? 1 : 0);
    if (question && who && json_object_update(question, who) == 0)
        return question;
    json_decref(question);
    return NULL;
}

int op_room_start(struct ask *a)
{
    struct control *c = a->control;
    struct decision d = {0};
    const struct policy_area *area = policy_area(c->rules.policy, record_text(a->body, "area"));
    if (!area)
        return ask_refuse(a, SK_REASON_NO_AREA, "%s", sk_reason_phrase(SK_REASON_NO_AREA));
    /* where the asker sits is seen by sekisho-room, which refuses if need be */
    const struct room_question q = {.user = a->login, .area = area->head.id,
                                    .terminal = a->fd_count > 0, .now = control_now(c)};
    decide_room(c->rules.policy, &q, &d);
    if (!d.allow)
        return ask_refuse(a, d.reason, "%s", sk_reason_phrase(d.reason));
    if (a->peer->who.uid >= SK_ROOM_UID_COUNT)
        return ask_fail(a, SK_ERR_UNSUPPORTED, "logins with so high a uid have no room");
    int r = check_terminal(a);
    if (r == 0)
        r = check_folder(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    autojson json_t *question = question_of(a, area);
    autojson json_t *more = json_pack("{sssb}", "display", display_of(a, area), "terminal",
                                      a->fd_count > 0 ? 1 : 0);
    return question && more ? room_job_start(a, question, more, record_flag(a->body, "wait"))
                            : ask_fail(a, -ENOMEM, "out of memory");
}

/* ---- looking, ending ---- */

static bool is_own(const struct ask *a, const json_t *row)
{
    return *a->login && strcmp(record_text(row, "login"), a->login) == 0;
}

/* Whose business is it beside the person's own? A manager's, of the manager's areas; root's. */
static bool may_end(const struct ask *a, const json_t *row)
{
    const struct policy_person *p = a->person;
    bool manages = p && !p->suspended && (p->roles & POLICY_MANAGER) &&
                   (p->areas.count == 0 || policy_list_has(&p->areas, record_text(row, "area")));
    return is_own(a, row) || a->peer->who.uid == 0 || manages;
}

static bool may_see(const struct ask *a, const json_t *row)
{
    bool audits = a->person && !a->person->suspended && (a->person->roles & POLICY_AUDITOR);
    return audits || may_end(a, row);
}

static json_t *shown_row(const struct ask *a, const json_t *row)
{
    const struct policy *p = a->control->rules.policy;
    const struct policy_area *area = policy_area(p, record_text(row, "area"));
    const struct policy_person *person = policy_person_of_user(p, record_text(row, "login"));
    uint64_t since = (uint64_t)record_number(row, "since"), now = clock_boot_ns();
    /* how many programs run is chosen inside */
    json_t *processes = ask_is_kept_out(a, record_text(row, "area")) ? json_null()
                                                                     : json_integer(record_number(row, "processes"));
    return json_pack("{ssssss s{ssssss} sI sI so ss sb}", "room", record_text(row, "room"), "area",
                     record_text(row, "area"), "label", area ? area->label : "", "person", "id",
                     person ? person->head.id : "", "name", person ? person->name : "", "login",
                     record_text(row, "login"), "since", (json_int_t)since, "uptime-ns",
                     (json_int_t)(now > since ? now - since : 0), "processes", processes,
                     "display",
                     record_text(row, "display"), "mine", is_own(a, row) ? 1 : 0);
}

int op_room_list(struct ask *a)
{
    autojson json_t *answer = NULL;
    int r = rooms_ask(a->control, &answer, &a->why);
    if (r != 0)
        return r;
    const json_t *rooms = json_object_get(answer, "rooms");
    autojson json_t *list = json_array();
    for (size_t i = 0; list && i < json_array_size(rooms); i++) {
        const json_t *row = json_array_get(rooms, i);
        if (may_see(a, row) && json_array_append_new(list, shown_row(a, row)) != 0)
            return -ENOMEM;
    }
    a->answer = json_pack("{sO}", "rooms", list);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_room_end(struct ask *a)
{
    autojson json_t *answer = NULL;
    const char *room = record_text(a->body, "room");
    int r = rooms_ask(a->control, &answer, &a->why);
    if (r != 0)
        return r;
    const json_t *rooms = json_object_get(answer, "rooms"), *found = NULL;
    for (size_t i = 0; i < json_array_size(rooms) && !found; i++)
        if (strcmp(record_text(json_array_get(rooms, i), "room"), room) == 0)
            found = json_array_get(rooms, i);
    /* which rooms others have is nobody's business: one answer for theirs and for none */
    if (!found || !may_see(a, found))
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no room %s", room);
    if (!may_end(a, found))
        return ask_fail(a, SK_ERR_PEER, "%s may not end the room of another", a->login);
    autojson json_t *which = json_pack("{ss}", "room", room);
    autobuf struct buf why = {0};
    phrase_put(&why, is_own(a, found) ? N_("ended by its owner") : N_("ended by %s"), a->login);
    r = room_end_start(a->control, which, why.data ? why.data : "", a->peer->id, NULL, &a->why);
    return r == 0 ? ASK_LATER : r;
}
