/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state.c owns the form in which a room is kept on disk. It must never take a number from there for
 * a process without a second mark that it is the same one. */
#include <stdio.h>
#include <string.h>
#include <sekisho/err.h>
#include "base/str.h"
#include "record/record.h"
#include "room/table.h"

#define STATE_MAX ((size_t)64 * 1024) /* bytes */

static json_t *groups_of(const struct room *r)
{
    json_t *groups = json_array();
    for (size_t i = 0; i < r->group_count; i++)
        json_array_append_new(groups, json_integer((json_int_t)r->groups[i]));
    return groups;
}

static json_t *ties_of(const struct room *r)
{
    json_t *ties = json_array();
    for (size_t i = 0; i < r->ties.count; i++) {
        const struct tie *t = &r->ties.at[i];
        json_array_append_new(
            ties, t->kind == TIE_SESSION ? json_pack("{s:s}", "session", t->session)
                  : t->kind == TIE_LEADER
                      ? json_pack("{s:i, s:I}", "leader", (int)t->leader, "start", (json_int_t)t->start)
                      : json_object());
    }
    return ties;
}

int state_write(const struct room *r, struct buf *out)
{
    autobuf struct buf mount = {0};
    str_escape(&mount, r->mount, strlen(r->mount));
    if (mount.err)
        return mount.err;
    autojson json_t *state = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:I, s:s, s:i, s:b, s:i, s:I, s:b, s:s, s:b, s:o, s:b}", "room", r->id, "area",
        r->area, "mount", mount.data, "login", r->login, "uid", (json_int_t)r->uid, "gid",
        (json_int_t)r->gid, "groups", groups_of(r), "since", (json_int_t)r->since_ns, "display",
        r->display == REQUEST_SHARED ? "shared" : "nested", "x-display", r->x_display, "remote",
        r->remote, "pid", (int)r->init_pid, "start", (json_int_t)r->init_start, "leaving",
        r->leaving_ns != 0, "why", r->why, "held", r->ties.some, "ties", ties_of(r),
        "gpu", r->gpu);
    return state ? record_write(state, out) : -ENOMEM;
}

static bool copy_text(const json_t *state, const char *key, char *into, size_t max)
{
    const char *text = record_text(state, key);
    if (!text[0] || strlen(text) > max)
        return false;
    memcpy(into, text, strlen(text) + 1);
    return true;
}

static bool copy_mount(const json_t *state, struct room *ret)
{
    autobuf struct buf raw = {0};
    if (record_take_name(record_member(state, "mount"), &raw) != 0 || !request_is_absolute(raw.data))
        return false;
    memcpy(ret->mount, raw.data, raw.len + 1);
    return true;
}

static bool copy_groups(const json_t *state, struct room *ret)
{
    size_t i;
    const json_t *group;
    const json_t *groups = record_member(state, "groups");
    if (!json_is_array(groups))
        return false;
    json_array_foreach((json_t *)(uintptr_t)groups, i, group)
    {
        if (i == REQUEST_GROUPS_MAX || !json_is_integer(group) || json_integer_value(group) <= 0 ||
            json_integer_value(group) >= UINT32_MAX)
            return false;
        ret->groups[ret->group_count++] = (gid_t)json_integer_value(group);
    }
    return true;
}

/* Their leaders are found again by table_recover. */
static bool copy_ties(const json_t *state, struct room *ret)
{
    size_t i;
    const json_t *row;
    const json_t *ties = record_member(state, "ties");
    if (!json_is_array(ties) || json_array_size(ties) > TIES_MAX)
        return false;
    json_array_foreach((json_t *)(uintptr_t)ties, i, row)
    {
        struct tie *t = &ret->ties.at[i];
        const char *session = record_text(row, "session");
        int64_t leader = record_number(row, "leader"), start = record_number(row, "start");
        if (strlen(session) >= sizeof t->session || leader < 0 || leader > INT32_MAX || start < 0)
            return false;
        *t = (struct tie){.kind = *session ? TIE_SESSION : leader > 1 ? TIE_LEADER : TIE_PERSON,
                          .leader = (pid_t)leader, .start = (uint64_t)start, .fd = -1};
        memcpy(t->session, session, strlen(session) + 1);
        ret->ties.count++;
    }
    ret->ties.some = record_flag(state, "held");
    return true;
}

static bool copy_numbers(const json_t *state, struct room *ret)
{
    int64_t uid = record_number(state, "uid"), gid = record_number(state, "gid");
    int64_t pid = record_number(state, "pid"), start = record_number(state, "start");
    int64_t since = record_number(state, "since"), x = record_number(state, "x-display");
    if (uid <= 0 || uid >= SK_ROOM_UID_COUNT || gid <= 0 || gid >= UINT32_MAX || pid <= 1 ||
        pid > INT32_MAX || start <= 0 || since <= 0 || x < -1 || x > REQUEST_DISPLAY_MAX)
        return false;
    ret->uid = (uid_t)uid;
    ret->gid = (gid_t)gid;
    ret->init_pid = (pid_t)pid;
    ret->init_start = (uint64_t)start;
    ret->since_ns = (uint64_t)since;
    ret->x_display = (int)x;
    return true;
}

int state_read(const char *text, size_t len, struct room *ret)
{
    autojson json_t *state = NULL;
    int r = record_parse(text, len, STATE_MAX, &state);
    if (r != 0)
        return r;
    *ret = (struct room){.init_fd = ROOM_NO_FD, .namespace_fd = ROOM_NO_FD,
                         .removed_fd = ROOM_NO_FD};
    const char *display = record_text(state, "display");
    bool fits = copy_text(state, "room", ret->id, ROOM_ID_MAX) && request_is_id(ret->id) &&
                copy_text(state, "area", ret->area, SK_ID_MAX) && request_is_id(ret->area) &&
                copy_text(state, "login", ret->login, REQUEST_LOGIN_MAX) &&
                request_is_login(ret->login) && copy_mount(state, ret) &&
                copy_groups(state, ret) && copy_numbers(state, ret) &&
                copy_ties(state, ret) &&
                (str_eq(display, "shared") || str_eq(display, "nested"));
    ret->display = str_eq(display, "shared") ? REQUEST_SHARED : REQUEST_NESTED;
    ret->remote = record_flag(state, "remote");
    ret->gpu = record_flag(state, "gpu");
    ret->leaving_ns = record_flag(state, "leaving") ? ret->since_ns : 0;
    snprintf(ret->why, sizeof ret->why, "%s", record_text(state, "why"));
    return fits ? 0 : SK_ERR_FORMAT;
}
