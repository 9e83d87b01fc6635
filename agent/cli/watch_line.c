/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch_line.c owns the words for what happens. It must never let a name steer a terminal. */
#include "cli/watch_line.h"
#include <sekisho/ops.h>
#include <sekisho/reason.h>
#include <sekisho/record.h>
#include <string.h>
#include "base/str.h"
#include "cli/cli.h"
#include "cli/device_event.h"
#include "cli/screen.h"
#include "record/record.h"

#define TIME_FROM 11 /* "2026-11-26 16:05:01 +09:00": only the time of day in a list that goes on */
#define TIME_LEN  8

const char *watch_reason(const json_t *event)
{
    const char *name = record_text(event, "reason");
    for (unsigned i = 0; i < SK_REASON_COUNT; i++)
        if (str_eq(sk_reason_name((enum sk_reason)i), name))
            return gettext(sk_reason_text((enum sk_reason)i));
    const char *text = record_text(event, "text");
    return text[0] ? gettext(text) : "";
}

const char *watch_what(const json_t *event)
{
    static const struct {
        const char *kind, *phase, *text;
    } words[] = {
        {SK_KIND_ACCESS, "", N_("open a file")},
        {SK_KIND_ROOM, "started", N_("room entered")},
        {SK_KIND_ROOM, "failed", N_("room not opened")},
        {SK_KIND_ROOM, "ended", N_("room ended")},
        {SK_KIND_COPY, "", N_("copy in the room")},
        {SK_KIND_AREA, "opened", N_("area opened")},
        {SK_KIND_AREA, "closed", N_("area closed")},
        {SK_KIND_AREA, "created", N_("area made")},
        {SK_KIND_AREA, "failed", N_("area: failed")},
        {SK_KIND_INCIDENT, "opened", N_("incident opened")},
        {SK_KIND_INCIDENT, "added", N_("incident: more is known")},
        {SK_KIND_INCIDENT, "reported", N_("incident: a report was made")},
        {SK_KIND_INCIDENT, "notified", N_("incident: people were told")},
        {SK_KIND_INCIDENT, "closed", N_("incident closed")},
        {SK_KIND_DEVICE, "present", N_("device, there at the start")},
        {SK_KIND_DEVICE, "plugged", N_("device plugged in")},
        {SK_KIND_DEVICE, "removed", N_("device removed")},
        {SK_KIND_DEVICE, "cut", N_("device cut off")},
        {SK_KIND_DEVICE, "checked", N_("medium looked at")},
        {SK_KIND_DEVICE, "approving", N_("medium, approval begun")},
        {SK_KIND_DEVICE, "approved", N_("medium approved")},
        {SK_KIND_DEVICE, "not-approved", N_("medium not approved")},
        {SK_KIND_DEVICE, "revoked", N_("medium revoked")},
        {SK_KIND_DEVICE, "marking", N_("medium let in for its identity to be written")},
        {SK_KIND_DEVICE, "marked", N_("identity written onto the medium")},
        {SK_KIND_DEVICE, "not-marked", N_("no identity written onto the medium")},
        {SK_KIND_DEVICE, "in-use", N_("device in use")},
        {SK_KIND_DEVICE, "failed", N_("device: failed")},
        {SK_KIND_DEVICE, "again", N_("device comes and goes all the time")},
        {SK_KIND_DEVICE, "not-told", N_("records of devices are missing")},
        {SK_KIND_DEVICE, "break-glass", N_("glass broken: every device is let in")},
        {SK_KIND_DEVICE, "glass-whole", N_("glass whole again")},
        {SK_KIND_DEVICE, "", N_("device judged")},
        {SK_KIND_POLICY, "installed", N_("policy installed")},
        {SK_KIND_POLICY, "in-force", N_("policy in force")},
        {SK_KIND_POLICY, "refused", N_("policy refused")},
    };
    const char *kind = record_text(event, "kind"), *phase = record_text(event, "phase");
    if (str_eq(kind, SK_KIND_REFUSAL))
        return str_eq(record_text(event, "what"), SK_OP_ROOM_START) ? _("room not opened")
                                                                     : record_text(event, "what");
    for (size_t i = 0; i < array_count(words); i++)
        if (str_eq(words[i].kind, kind) && (!words[i].phase[0] || str_eq(words[i].phase, phase)))
            return gettext(words[i].text);
    return kind;
}

const char *watch_decision(const json_t *event)
{
    const char *decision = record_text(event, "decision");
    if (str_eq(decision, "refused"))
        return _("REFUSED");
    if (str_eq(decision, "partly"))
        return _("PARTLY");
    if (str_eq(decision, "unpermitted"))
        return _("WITHOUT PERMISSION");
    return decision[0] ? _("allowed") : "–";
}

static void put_time(struct buf *b, const char *at)
{
    autobuf struct buf whole = {0};
    screen_time(&whole, at, false);
    if (whole.len >= TIME_FROM + TIME_LEN)
        buf_put(b, whole.data + TIME_FROM, TIME_LEN);
    else
        screen_safe(b, whole.data ? whole.data : "");
}

static void put_who(struct buf *b, const json_t *event)
{
    const char *person = record_text(event, "person"), *login = record_text(event, "login");
    if (device_event_is(event))
        return; /* nobody is known to have plugged it in */
    screen_safe(b, person[0] ? person : login[0] ? login : "?");
}

/* "shared: list.txt", "shared", or nothing. */
static void put_object(struct buf *b, const json_t *event)
{
    const char *area = record_text(event, "area"), *file = record_text(event, "file");
    if (device_event_is(event)) {
        device_event_what(b, event);
        return;
    }
    screen_safe(b, area);
    buf_puts(b, area[0] && file[0] ? ": " : "");
    screen_safe(b, file);
    if (record_text(event, "of")[0]) {
        buf_puts(b, " ← ");
        screen_safe(b, record_text(event, "of"));
    }
}

/* Of one's own: nothing but the number, why, and what to do. */
static void own_incident(struct buf *b, const json_t *event)
{
    buf_printf(b, "#%lld  ", (long long)record_number(event, "seq"));
    put_time(b, record_text(event, "at"));
    buf_puts(b, "  ");
    buf_printf(b, _("incident %s is open over your refusals: tell an information manager what you were doing"),
               record_text(event, "of"));
}

void watch_line(struct buf *b, const json_t *event)
{
    if (record_flag(event, "own")) {
        own_incident(b, event);
        return;
    }
    const char *exe = record_text(event, "exe"), *why = watch_reason(event);
    int64_t count = record_number(event, "count");
    buf_printf(b, "#%lld  ", (long long)record_number(event, "seq"));
    put_time(b, record_text(event, "at"));
    buf_puts(b, "  ");
    put_who(b, event);
    buf_printf(b, device_event_is(event) ? "%s  " : "  %s  ", watch_decision(event));
    screen_safe(b, watch_what(event));
    buf_puts(b, "  ");
    put_object(b, event);
    if (exe[0]) {
        buf_puts(b, "  ");
        screen_safe(b, exe);
    }
    if (count > 1)
        buf_printf(b, "  ×%lld", (long long)count);
    if (why[0] && !str_eq(record_text(event, "reason"), "allowed")) {
        buf_puts(b, "  – ");
        screen_safe(b, why);
    }
}

void watch_notice(struct buf *b, const json_t *event, unsigned count)
{
    const char *exe = record_text(event, "exe"), *slash = strrchr(exe, '/');
    put_object(b, event);
    if (slash && slash[1]) {
        buf_puts(b, " (");
        screen_safe(b, slash + 1);
        buf_puts(b, ")");
    }
    buf_puts(b, b->len > 0 ? "\n" : "");
    screen_safe(b, watch_reason(event));
    if (count > 1) {
        buf_puts(b, "\n");
        buf_printf(b, ngettext("%u refusal in the last seconds", "%u refusals in the last seconds", count), count);
    }
}
