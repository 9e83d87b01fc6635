/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tell.c owns how a device is written down. It must never pass on a string of a device that is not escaped. */
#include "plug/tell.h"
#include <string.h>
#include "base/digest.h"
#include "base/str.h"
#include "record/record.h"

#define INTERFACES_SHOWN 32 /* of a device's, in records: what is alike is shown once */

static json_t *classes(unsigned bits)
{
    json_t *list = json_array();
    for (unsigned class = 1; list && class <= POLICY_CLASS_OTHER; class <<= 1)
        if (bits & class)
            json_array_append_new(list, json_string(plugged_class_name(class)));
    return list;
}

static bool shown(const json_t *list, const char *text)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
        if (str_eq(json_string_value(one), text))
            return true;
    return false;
}

static json_t *interfaces(const struct descriptors *d)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < d->count && json_array_size(list) < INTERFACES_SHOWN; i++) {
        const struct plugged_interface *at = &d->interfaces[i];
        char text[8];
        snprintf(text, sizeof text, "%02x%02x%02x", at->class, at->subclass, at->protocol);
        if (!shown(list, text))
            json_array_append_new(list, json_string(text));
    }
    return list;
}

json_t *tell_device(const struct plugged *p)
{
    char vendor[8], product[8];
    snprintf(vendor, sizeof vendor, "%04x", p->said.vendor);
    snprintf(product, sizeof product, "%04x", p->said.product);
    return json_pack("{sssssssssssssoso}", "port", p->port, "vendor", vendor, "product", product, "serial", p->serial,
                     "maker", p->maker, "name", p->name, "classes", classes(p->decision.classes), "interfaces",
                     interfaces(&p->said));
}

static const char *decision_word(const struct plugged *p)
{
    static const char *const words[] = {
        [PLUGGED_REFUSED] = "refused", [PLUGGED_PARTLY] = "partly", [PLUGGED_ALLOWED] = "allowed"};
    return words[p->decision.verdict];
}

static const char *medium_of(const struct plugged *p)
{
    return p->decision.medium ? p->decision.medium->head.id : "";
}

json_t *tell_record(const struct plugged *p, const char *phase, const struct policy *policy)
{
    char digest[DIGEST_HEX_CAP];
    digest_hex(digest, policy->digest);
    return json_pack("{sssssssosssssssssIsss{sssI}}", "kind", "device", "phase", phase, "bus", plug_bus_name(p->bus), "device",
                     tell_device(p), "decision", decision_word(p), "reason", sk_reason_name(p->decision.reason),
                     "state", plug_state_name(p->state), "medium", medium_of(p), "rule", (json_int_t)p->decision.line,
                     "why", p->why, "policy", "digest", digest, "version", (json_int_t)policy->version);
}

json_t *tell_glass(const struct glass *g, const struct policy *policy)
{
    char digest[DIGEST_HEX_CAP];
    digest_hex(digest, policy->digest);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:{s:s,s:I}}", "kind", "device", "phase", g->broken ? "break-glass" : "glass-whole",
                     "bus", "usb", "login", g->login, "terminal", g->terminal, "why", g->why, "done-at", g->at,
                     "at-boot", g->at_boot, "policy", "digest", digest, "version", (json_int_t)policy->version);
}

json_t *tell_entry(const struct plugged *p)
{
    json_t *entry = tell_device(p);
    json_t *more = json_pack("{sssssssssssssIsbsIssssss}", "bus", plug_bus_name(p->bus), "decision", decision_word(p), "reason",
                             sk_reason_name(p->decision.reason), "section", p->decision.section, "id",
                             p->decision.id, "state", plug_state_name(p->state), "rule", (json_int_t)p->decision.line,
                             "present", p->present, "since-ns", (json_int_t)p->since_ns, "why", p->why, "medium",
                             medium_of(p), "mount", p->place);
    if (!entry || !more || json_object_update(entry, more) != 0) {
        json_decref(entry);
        entry = NULL;
    }
    json_decref(more);
    return entry;
}
