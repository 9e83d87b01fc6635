/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plugged.c owns the life of one entry in the list of devices. It must never look at the device itself. */
#include <stdlib.h>
#include "plug/hand.h"
#include "plug/plug.h"

const char *plug_state_name(enum plug_state state)
{
    static const char *const names[PLUG_STATE_COUNT] = {
        [PLUG_SHUT] = "shut", [PLUG_WAITING] = "waiting", [PLUG_PARTLY] = "partly",
        [PLUG_OPEN] = "open", [PLUG_IN_USE] = "in-use",   [PLUG_FAILED] = "failed",
        [PLUG_CHECKING] = "checking"};
    return (unsigned)state < PLUG_STATE_COUNT ? names[state] : "failed";
}

const char *plug_bus_name(enum plug_bus bus)
{
    return bus == PLUG_CARD ? "mmc" : "usb";
}

void plugged_free(struct plugged *p)
{
    if (!p)
        return;
    hand_drop(&p->hand);
    free(p->port);
    free(p->serial);
    free(p->maker);
    free(p->name);
    json_decref(p->marking);
    json_decref(p->turns);
    free(p);
}

struct plugged_question plugged_ask(const struct plugged *p, int64_t now)
{
    return (struct plugged_question){.readable = p->readable, .vendor = p->said.vendor, .product = p->said.product,
                                     .serial = p->serial, .port = p->port, .interfaces = p->said.interfaces,
                                     .count = p->said.count, .now = now};
}
