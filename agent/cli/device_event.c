/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device_event.c owns the words about a device that came or went. It must never show what a device says of itself but
 * as text. */
#include "cli/device_event.h"
#include <sekisho/record.h>
#include <string.h>
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "cli/watch_line.h"
#include "client/refusal.h"
#include "record/record.h"

bool device_event_is(const json_t *event)
{
    return str_eq(record_text(event, "kind"), SK_KIND_DEVICE);
}

static void put_names(struct buf *b, const json_t *event)
{
    const char *maker = record_text(event, "device.maker"), *name = record_text(event, "device.name");
    screen_safe(b, maker);
    buf_puts(b, *maker && *name ? " " : "");
    screen_safe(b, name);
    buf_puts(b, *maker || *name ? " " : "");
}

static void put_kinds(struct buf *b, const json_t *event)
{
    const json_t *list = record_member(event, "device.classes"), *one;
    size_t i;
    json_array_foreach(list, i, one) {
        buf_puts(b, i > 0 ? ", " : ": ");
        screen_safe(b, json_string_value(one) ? json_string_value(one) : "");
    }
}

static const char *shown(struct buf *b, const json_t *event, const char *member)
{
    screen_safe(b, record_text(event, member));
    buf_puts(b, "");
    return b->data ? b->data : "";
}

void device_event_what(struct buf *b, const json_t *event)
{
    autobuf struct buf names = {0}, vendor = {0}, product = {0}, serial = {0}, port = {0};
    if (!record_member(event, "device"))
        return;
    put_names(&names, event);
    buf_puts(&names, "");
    const char *name = names.data ? names.data : "";
    const char *number = shown(&serial, event, "device.serial");
    const char *ids[] = {shown(&vendor, event, "device.vendor"), shown(&product, event, "device.product")};
    const char *place = shown(&port, event, "device.port");
    if (*number)
        buf_printf(b, _("%s(%s:%s, serial %s) at %s"), name, ids[0], ids[1], number, place);
    else
        buf_printf(b, _("%s(%s:%s) at %s"), name, ids[0], ids[1], place);
    put_kinds(b, event);
}

const char *device_event_title(const json_t *event)
{
    static const struct {
        const char *phase, *decision, *state, *text;
    } words[] = {
        {"break-glass", "", "", N_("Every device is let in: the glass was broken")},
        {"glass-whole", "", "", N_("Devices are decided about again")},
        {"not-told", "", "", N_("Records of devices are missing")},
        {"cut", "", "", N_("A device was cut off")},
        {"in-use", "", "", N_("A device that is not allowed is in use")},
        {"again", "", "", N_("A device comes and goes all the time")},
        {"failed", "", "", N_("A device could not be handled")},
        {"removed", "", "", N_("A device was taken out")},
        {"not-marked", "", "", N_("No identity was written onto a medium")},
        {"", "", "checking", N_("A medium is looked at")},
        {"", "", "waiting", N_("A device is not let in yet")},
        {"", "partly", "", N_("A part of a device was let in")},
        {"", "allowed", "", N_("A device was let in")},
    };
    for (size_t i = 0; i < array_count(words); i++)
        if ((!*words[i].phase || str_eq(words[i].phase, record_text(event, "phase"))) &&
            (!*words[i].decision || str_eq(words[i].decision, record_text(event, "decision"))) &&
            (!*words[i].state || str_eq(words[i].state, record_text(event, "state"))))
            return gettext(words[i].text);
    if (str_eq(record_text(event, "reason"), "break-glass"))
        return _("A device was let in: the glass was broken");
    return _("A device was not let in");
}

const char *device_event_advice(const json_t *event)
{
    const char *advice = refusal_advice(record_text(event, "reason"));
    bool of_interest = !str_eq(record_text(event, "decision"), "allowed") && !str_eq(record_text(event, "phase"), "removed");
    return advice && of_interest ? gettext(advice) : NULL;
}

static void put_line(struct buf *b, const char *text)
{
    if (!*text)
        return;
    buf_puts(b, b->len > 0 ? "\n" : "");
    screen_safe(b, text);
}

void device_event_text(struct buf *b, const json_t *event, unsigned count)
{
    const char *advice = device_event_advice(event);
    device_event_what(b, event);
    if (!str_eq(record_text(event, "decision"), "allowed"))
        put_line(b, watch_reason(event));
    put_line(b, record_text(event, "why"));
    if (advice)
        put_line(b, advice);
    if (count > 1) {
        buf_puts(b, "\n");
        buf_printf(b, ngettext("%u such event in the last seconds", "%u such events in the last seconds", count), count);
    }
}
