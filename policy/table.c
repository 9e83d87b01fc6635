/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.c owns the grammar: every section and key of a policy file, what its value is, and which
 * change of it is looser. It must never hold a key that nothing enforces. */
#include "policy/table.h"
#include <string.h>
#include "base/str.h"

#define DAY    ((uint64_t)86400)       /* seconds */
#define YEAR   (366 * DAY)             /* seconds */
#define ALWAYS .required = true

static const struct policy_word role_words[] = {
    {"handler", POLICY_HANDLER}, {"manager", POLICY_MANAGER},
    {"administrator", POLICY_ADMINISTRATOR}, {"auditor", POLICY_AUDITOR}, {NULL, 0}};
static const struct policy_word backing_words[] = {
    {"luks", POLICY_LUKS}, {"filesystem", POLICY_FILESYSTEM}, {NULL, 0}};
static const struct policy_word gate_words[] = {
    {"room", POLICY_ROOM}, {"open", POLICY_OPEN}, {NULL, 0}};
static const struct policy_word display_words[] = {
    {"nested", POLICY_NESTED}, {"shared", POLICY_SHARED}, {NULL, 0}};
static const struct policy_word scratch_words[] = {{"temporary", POLICY_SCRATCH_TEMPORARY},
                                                  {"keep", POLICY_SCRATCH_KEEP},
                                                  {"all", POLICY_SCRATCH_ALL},
                                                  {NULL, 0}};
static const struct policy_word network_words[] = {{"none", 0}, {NULL, 0}};
static const struct policy_word kind_words[] = {
    {"hand", POLICY_HAND},     {"medium", POLICY_MEDIUM},       {"area", POLICY_AREA},
    {"backup", POLICY_BACKUP}, {"mail", POLICY_MAIL},           {"web", POLICY_WEB},
    {"directory", POLICY_DIRECTORY}, {NULL, 0}};
static const struct policy_word failure_words[] = {{"continue", 0}, {"refuse", 1}, {NULL, 0}};
static const struct policy_word escrow_words[] = {{"yes", 0}, {"no", 1}, {NULL, 0}}; /* without it? */
static const struct policy_word owner_words[] = {{"root", 0}, {NULL, 0}};

static const struct policy_word weekday_words[] = {
    {"sunday", 1},    {"monday", 2},  {"tuesday", 4},   {"wednesday", 8},
    {"thursday", 16}, {"friday", 32}, {"saturday", 64}, {NULL, 0}};

static const struct policy_word class_words[] = {
    {"hid", POLICY_CLASS_HID},         {"hub", POLICY_CLASS_HUB},
    {"audio", POLICY_CLASS_AUDIO},     {"video", POLICY_CLASS_VIDEO},
    {"printer", POLICY_CLASS_PRINTER}, {"network", POLICY_CLASS_NETWORK},
    {"mtp", POLICY_CLASS_MTP},         {"smartcard", POLICY_CLASS_SMARTCARD},
    {"serial", POLICY_CLASS_SERIAL},   {"wireless", POLICY_CLASS_WIRELESS},
    {"other", POLICY_CLASS_OTHER},     {NULL, 0}};
static const struct policy_word direction_words[] = {
    {"out", POLICY_OUT}, {"in", POLICY_IN}, {"both", POLICY_BOTH}, {NULL, 0}};

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct policy_key policy_keys[] = {
    {"version", VALUE_NUMBER, AT(policy, version), ALWAYS, .least = 1, .most = UINT32_MAX},
    {"title", VALUE_TEXT, AT(policy, title)},
    {"issued", VALUE_DATE, AT(policy, issued), ALWAYS},
    {"expires", VALUE_LAST_DAY, AT(policy, expires), ALWAYS, .looser = LOOSER_UP},
    {"hosts", VALUE_HOSTS, AT(policy, hosts), .looser = LOOSER_UP, .empty_is_all = true},
    {"change-consent", VALUE_TEXT, AT(policy, change_consent)},
    {"escrow", VALUE_AGE, AT(policy, escrow.age), .has = offsetof(struct policy, has_escrow),
     .looser = LOOSER_UP},
};

static const struct policy_key contract_keys[] = {
    {"title", VALUE_TEXT, AT(policy_contract, title), ALWAYS},
    {"client", VALUE_TEXT, AT(policy_contract, client), ALWAYS},
    {"contractor", VALUE_TEXT, AT(policy_contract, contractor)},
    {"contact", VALUE_TEXT, AT(policy_contract, contact)},
    {"start", VALUE_DATE, AT(policy_contract, start), ALWAYS, .looser = LOOSER_DOWN},
    {"end", VALUE_LAST_DAY, AT(policy_contract, end), ALWAYS, .looser = LOOSER_UP},
    {"retention", VALUE_DURATION, AT(policy_contract, retention_s), .least = DAY,
     .most = 100 * YEAR, .looser = LOOSER_DOWN},
    {"chapter-5", VALUE_YES_NO, AT(policy_contract, chapter_5), .looser = LOOSER_DOWN},
    {"equipment", VALUE_YES_NO, AT(policy_contract, equipment), .looser = LOOSER_DOWN},
    {"register-check", VALUE_DURATION, AT(policy_contract, register_check_s), .least = DAY, .most = YEAR,
     .looser = LOOSER_UP, .preset = 31 * DAY},
    {"access-review", VALUE_DURATION, AT(policy_contract, access_review_s), .least = DAY, .most = YEAR,
     .looser = LOOSER_UP, .preset = 31 * DAY},
    {"compliance-review", VALUE_DURATION, AT(policy_contract, compliance_review_s), .least = DAY,
     .most = YEAR, .looser = LOOSER_UP, .preset = 365 * DAY},
    {"plans-before", VALUE_DURATION, AT(policy_contract, plans_before_s), .least = DAY, .most = YEAR,
     .looser = LOOSER_DOWN, .preset = 30 * DAY},
};

static const struct policy_key consent_keys[] = {
    {"contract", VALUE_REF, AT(policy_consent, contract), ALWAYS, .refers = "contract"},
    {"document", VALUE_TEXT, AT(policy_consent, document), ALWAYS},
    {"date", VALUE_DATE, AT(policy_consent, date), ALWAYS, .looser = LOOSER_DOWN},
    {"sha256", VALUE_SHA256, AT(policy_consent, sha256), ALWAYS},
    {"areas", VALUE_REFS, AT(policy_consent, areas), ALWAYS, .refers = "area",
     .looser = LOOSER_UP},
    {"destinations", VALUE_REFS, AT(policy_consent, destinations), ALWAYS,
     .refers = "destination", .looser = LOOSER_UP},
    {"purposes", VALUE_TEXTS, AT(policy_consent, purposes), ALWAYS, .looser = LOOSER_UP},
    {"until", VALUE_LAST_DAY, AT(policy_consent, until), .looser = LOOSER_UP,
     .empty_is_all = true},
    {"uses", VALUE_NUMBER, AT(policy_consent, uses), .least = 1, .most = 1000000,
     .looser = LOOSER_UP, .empty_is_all = true},
    {"standing-permit", VALUE_DURATION, AT(policy_consent, standing_s), .least = DAY, .most = YEAR,
     .looser = LOOSER_UP},
};

static const struct policy_key person_keys[] = {
    {"user", VALUE_LOGIN, AT(policy_person, user), ALWAYS},
    {"name", VALUE_TEXT, AT(policy_person, name), ALWAYS},
    {"role", VALUE_WORDS, AT(policy_person, roles), ALWAYS, .words = role_words,
     .looser = LOOSER_UP},
    {"areas", VALUE_REFS, AT(policy_person, areas), .refers = "area", .looser = LOOSER_UP},
    {"trained", VALUE_DATE, AT(policy_person, trained), .looser = LOOSER_UP,
     .presence = true},
    {"pledge", VALUE_DATE, AT(policy_person, pledge), .looser = LOOSER_UP,
     .presence = true},
    {"suspended", VALUE_YES_NO, AT(policy_person, suspended), .looser = LOOSER_DOWN},
    {"key", VALUE_SIGN_KEY, AT(policy_person, key),
     .has = offsetof(struct policy_person, has_key), .looser = LOOSER_UP},
    {"approves-for", VALUE_REF, AT(policy_person, approves_for), .refers = "person", .looser = LOOSER_UP},
    {"approves-until", VALUE_LAST_DAY, AT(policy_person, approves_until), .looser = LOOSER_UP},
};

static const struct policy_key area_keys[] = {
    {"label", VALUE_TEXT, AT(policy_area, label)},
    {"mount", VALUE_PATH, AT(policy_area, mount), ALWAYS},
    {"contract", VALUE_REF, AT(policy_area, contract), ALWAYS, .refers = "contract"},
    {"backing", VALUE_WORD, AT(policy_area, backing), .words = backing_words,
     .preset = POLICY_LUKS, .looser = LOOSER_UP},
    {"gate", VALUE_WORD, AT(policy_area, gate), .words = gate_words, .preset = POLICY_ROOM,
     .looser = LOOSER_UP},
    {"display", VALUE_WORD, AT(policy_area, display), .words = display_words,
     .preset = POLICY_NESTED, .looser = LOOSER_UP},
    {"terminal", VALUE_YES_NO, AT(policy_area, terminal), .looser = LOOSER_UP},
    {"network", VALUE_FIXED, .words = network_words},
    {"gpu", VALUE_YES_NO, AT(policy_area, gpu), .looser = LOOSER_UP},
    {"scratch", VALUE_WORD, AT(policy_area, scratch), .words = scratch_words,
     .preset = POLICY_SCRATCH_TEMPORARY, .looser = LOOSER_UP},
    {"level", VALUE_COUNT, AT(policy_area, level), ALWAYS, .least = 1, .most = 3,
     .looser = LOOSER_DOWN},
    {"top-secret", VALUE_YES_NO, AT(policy_area, top_secret), .looser = LOOSER_DOWN},
    {"personal-number", VALUE_YES_NO, AT(policy_area, personal_number), .looser = LOOSER_DOWN},
    {"handlers", VALUE_REFS, AT(policy_area, handlers), .refers = "person", .looser = LOOSER_UP,
     .empty_is_all = true},
    {"applications", VALUE_REFS, AT(policy_area, applications), .refers = "application",
     .looser = LOOSER_UP, .empty_is_all_in_room = true},
    {"copies", VALUE_REF, AT(policy_area, copies), .refers = "consent", .looser = LOOSER_UP},
    {"copy-purpose", VALUE_TEXT, AT(policy_area, copy_purpose)},
    {"kept", VALUE_TEXT, AT(policy_area, kept)},
    {"disposal", VALUE_TEXT, AT(policy_area, disposal)},
    {"retention", VALUE_DURATION, AT(policy_area, retention_s), .least = DAY,
     .most = 100 * YEAR, .looser = LOOSER_DOWN},
};

static const struct policy_key application_keys[] = {
    {"exe", VALUE_PROGRAMS, AT(policy_application, exe), ALWAYS, .looser = LOOSER_UP},
    {"owner", VALUE_FIXED, .words = owner_words},
    {"generates-code", VALUE_YES_NO, AT(policy_application, generates_code),
     .looser = LOOSER_UP},
};

static const struct policy_key destination_keys[] = {
    {"contract", VALUE_REF, AT(policy_destination, contract), ALWAYS, .refers = "contract"},
    {"label", VALUE_TEXT, AT(policy_destination, label)},
    {"kind", VALUE_WORD, AT(policy_destination, kind), ALWAYS, .words = kind_words,
     .looser = LOOSER_UP},
    {"path", VALUE_PATH, AT(policy_destination, path)},
    {"uuid", VALUE_UUID, AT(policy_destination, uuid), .looser = LOOSER_UP,
     .empty_is_all = true},
    {"medium", VALUE_REF, AT(policy_destination, medium), .refers = "medium",
     .looser = LOOSER_UP, .empty_is_all = true},
    {"recipients", VALUE_REFS, AT(policy_destination, recipients), .refers = "recipient",
     .looser = LOOSER_UP},
    {"approvers", VALUE_REFS, AT(policy_destination, approvers), .refers = "person",
     .looser = LOOSER_UP, .empty_is_all = true},
    {"approvals", VALUE_COUNT, AT(policy_destination, approvals), .least = 1, .most = POLICY_QUORUM_MAX,
     .looser = LOOSER_DOWN},
    {"return-within", VALUE_DURATION, AT(policy_destination, return_within_s), .least = 60,
     .most = 100 * YEAR, .looser = LOOSER_UP, .empty_is_all = true},
    {"retention", VALUE_DURATION, AT(policy_destination, retention_s), .least = DAY,
     .most = 100 * YEAR, .looser = LOOSER_UP, .empty_is_all = true},
    {"largest", VALUE_NUMBER, AT(policy_destination, largest), .least = 1, .most = 1024 * 1024,
     .looser = LOOSER_UP, .empty_is_all = true},
    {"site", VALUE_TEXT, AT(policy_destination, site), .looser = LOOSER_UP},
    {"escrow", VALUE_FLAG, AT(policy_destination, without_escrow), .words = escrow_words, .looser = LOOSER_DOWN},
    {"receipt-key", VALUE_SIGN_KEY, AT(policy_destination, receipt_key),
     .has = offsetof(struct policy_destination, has_receipt_key), .looser = LOOSER_UP},
};

static const struct policy_key recipient_keys[] = {
    {"name", VALUE_TEXT, AT(policy_recipient, name), ALWAYS},
    {"organisation", VALUE_TEXT, AT(policy_recipient, organisation)},
    {"contract", VALUE_REF, AT(policy_recipient, contract), ALWAYS, .refers = "contract"},
    {"mail", VALUE_ADDRESS, AT(policy_recipient, mail), .looser = LOOSER_UP},
    {"age", VALUE_AGE, AT(policy_recipient, age), ALWAYS},
    {"receipt-key", VALUE_SIGN_KEY, AT(policy_recipient, receipt_key),
     .has = offsetof(struct policy_recipient, has_receipt_key), .looser = LOOSER_UP},
};

static const struct policy_key device_class_keys[] = {
    {"allow", VALUE_YES_NO, AT(policy_device_class, allow), ALWAYS, .looser = LOOSER_UP},
    {"split", VALUE_YES_NO, AT(policy_device_class, split), .looser = LOOSER_UP},
};

static const struct policy_key device_keys[] = {
    {"label", VALUE_TEXT, AT(policy_device, label)},
    {"vendor", VALUE_USB_ID, AT(policy_device, vendor), ALWAYS},
    {"product", VALUE_USB_ID, AT(policy_device, product), ALWAYS},
    {"serial", VALUE_TEXT, AT(policy_device, serial), .looser = LOOSER_UP, .empty_is_all = true},
    {"port", VALUE_PORT, AT(policy_device, port), .looser = LOOSER_UP, .empty_is_all = true},
    {"classes", VALUE_WORDS, AT(policy_device, classes), ALWAYS, .words = class_words,
     .looser = LOOSER_UP},
    {"expires", VALUE_LAST_DAY, AT(policy_device, expires), .looser = LOOSER_UP,
     .empty_is_all = true},
};

static const struct policy_key medium_keys[] = {
    {"label", VALUE_TEXT, AT(policy_medium, label)},
    {"vendor", VALUE_USB_ID, AT(policy_medium, vendor), ALWAYS},
    {"product", VALUE_USB_ID, AT(policy_medium, product), ALWAYS},
    {"serial", VALUE_TEXT, AT(policy_medium, serial)},
    {"owner", VALUE_REF, AT(policy_medium, owner), ALWAYS, .refers = "person"},
    {"direction", VALUE_WORD, AT(policy_medium, direction), ALWAYS, .words = direction_words,
     .looser = LOOSER_UP},
    {"areas", VALUE_REFS, AT(policy_medium, areas), ALWAYS, .refers = "area", .looser = LOOSER_UP},
    {"identity", VALUE_SHA256, AT(policy_medium, identity), ALWAYS},
    {"expires", VALUE_LAST_DAY, AT(policy_medium, expires), ALWAYS, .looser = LOOSER_UP},
};

static const struct policy_key approval_keys[] = {
    {"quorum", VALUE_COUNT, AT(policy_approval, quorum), .least = 1, .most = POLICY_QUORUM_MAX,
     .looser = LOOSER_DOWN},
    {"lockout", VALUE_COUNT, AT(policy_approval, lockout), .least = 1, .most = 100,
     .looser = LOOSER_UP},
    {"lockout-period", VALUE_DURATION, AT(policy_approval, lockout_period_s), .least = 1,
     .most = YEAR, .looser = LOOSER_DOWN},
    {"permit-lifetime", VALUE_DURATION, AT(policy_approval, permit_lifetime_s), .least = 60,
     .most = YEAR, .looser = LOOSER_UP},
    {"passphrase-minimum", VALUE_COUNT, AT(policy_approval, passphrase_minimum), .least = 1,
     .most = 128, .looser = LOOSER_DOWN},
};

static const struct policy_key ledger_keys[] = {
    {"seal-interval", VALUE_DURATION, AT(policy_ledger, seal_interval_s), .least = 1, .most = DAY,
     .looser = LOOSER_UP},
    {"on-failure", VALUE_FLAG, AT(policy_ledger, refuse_access_on_failure),
     .words = failure_words, .looser = LOOSER_DOWN},
    {"retention", VALUE_DURATION, AT(policy_ledger, retention_s), .least = DAY, .most = 100 * YEAR,
     .looser = LOOSER_DOWN},
};

static const struct policy_key work_keys[] = {
    {"remote", VALUE_YES_NO, AT(policy_work, remote), .looser = LOOSER_UP},
    {"hours", VALUE_HOURS, AT(policy_work, hours)},
};

static const struct policy_key index_keys[] = {
    {"places", VALUE_PATHS, AT(policy_index, places), .looser = LOOSER_DOWN},
};

#define CLOCK(name) AT(policy_incident, clocks[POLICY_CLOCK_##name]), .looser = LOOSER_UP

static const struct policy_key incident_keys[] = {
    {"first", VALUE_CLOCK, CLOCK(FIRST)},
    {"effect", VALUE_CLOCK, CLOCK(EFFECT)},
    {"details", VALUE_CLOCK, CLOCK(DETAILS)},
    {"facts", VALUE_CLOCK, CLOCK(FACTS)},
    {"written", VALUE_CLOCK, CLOCK(WRITTEN)},
    {"plan", VALUE_CLOCK, CLOCK(PLAN)},
    {"result", VALUE_CLOCK, CLOCK(RESULT)},
    {"final", VALUE_CLOCK, CLOCK(FINAL)},
    {"hours", VALUE_HOURS, AT(policy_incident, hours)},
    {"weekdays", VALUE_WORDS, AT(policy_incident, weekdays), .words = weekday_words,
     .looser = LOOSER_DOWN},
    {"national-holidays", VALUE_YES_NO, AT(policy_incident, national_holidays), .looser = LOOSER_UP},
    {"holidays", VALUE_DAYS, AT(policy_incident, holidays), .looser = LOOSER_UP},
    {"phone", VALUE_TEXTS, AT(policy_incident, phone)},
    {"contact", VALUE_TEXTS, AT(policy_incident, contact)},
    {"notify", VALUE_NOTICES, AT(policy_incident, notify), .looser = LOOSER_DOWN},
    {"sendmail", VALUE_PATH, AT(policy_incident, sendmail)},
    {"burst", VALUE_COUNT, AT(policy_incident, burst), .least = 2, .most = 1000,
     .looser = LOOSER_UP},
    {"burst-period", VALUE_DURATION, AT(policy_incident, burst_period_s), .least = 1, .most = DAY,
     .looser = LOOSER_DOWN},
    {"clock-step", VALUE_DURATION, AT(policy_incident, clock_step_s), .least = 1, .most = YEAR,
     .looser = LOOSER_UP},
    {"unsynchronised", VALUE_DURATION, AT(policy_incident, unsynchronised_s), .least = 60,
     .most = YEAR, .looser = LOOSER_UP},
    {"uncovered", VALUE_DURATION, AT(policy_incident, uncovered_s), .least = 1, .most = YEAR,
     .looser = LOOSER_UP},
    {"overdue-grace", VALUE_DURATION, AT(policy_incident, overdue_grace_s), .least = 1,
     .most = YEAR, .looser = LOOSER_UP},
};

#define KEYS(table) .keys = table, .key_count = array_count(table)
#define NAMED(word, plural)                                                                        \
    .name = #word, .named = true, .items = offsetof(struct policy, plural),                        \
    .count = offsetof(struct policy, word##_count), .size = sizeof(struct policy_##word),          \
    KEYS(word##_keys)

const struct policy_section policy_sections[] = {
    {.name = "policy", .required = true, .items = 0, KEYS(policy_keys)},
    {NAMED(contract, contracts)},
    {NAMED(consent, consents), .looser = LOOSER_UP},
    {NAMED(person, persons), .looser = LOOSER_UP},
    {NAMED(area, areas)},
    {NAMED(application, applications), .looser = LOOSER_UP},
    {NAMED(destination, destinations), .looser = LOOSER_UP},
    {NAMED(recipient, recipients), .looser = LOOSER_UP},
    {.name = "device-class", .named = true, .items = offsetof(struct policy, device_classes),
     .count = offsetof(struct policy, device_class_count),
     .size = sizeof(struct policy_device_class), KEYS(device_class_keys)},
    {NAMED(device, devices), .looser = LOOSER_UP},
    {NAMED(medium, mediums), .looser = LOOSER_UP},
    {.name = "approval", .items = offsetof(struct policy, approval), KEYS(approval_keys)},
    {.name = "ledger", .items = offsetof(struct policy, ledger), KEYS(ledger_keys)},
    {.name = "work", .items = offsetof(struct policy, work), KEYS(work_keys)},
    {.name = "index", .items = offsetof(struct policy, index), KEYS(index_keys)},
    {.name = "incident", .items = offsetof(struct policy, incident), KEYS(incident_keys)},
};
const size_t policy_section_count = array_count(policy_sections);

_Static_assert(array_count(area_keys) <= POLICY_KEYS_MAX, "the largest table fits the parser");

/* What the design names and this version does not enforce; to be moved into the tables above in
 * the change that enforces it. */
static const char *const planned_sections[] = {
    "cloud", "egress", "room", "printer", "mail"};
static const struct {
    const char *section, *key;
} planned_keys[] = {
    {"contract", "deadlines"}, {"recipient", "consent"},
    {"work", "places"},
};

static const char *const planned_kinds[] = {"cloud-folder", "printer", "machine"};

const struct policy_section *policy_section_named(const char *name)
{
    for (size_t i = 0; i < policy_section_count; i++)
        if (str_eq(policy_sections[i].name, name))
            return &policy_sections[i];
    return NULL;
}

bool policy_section_planned(const char *name)
{
    for (size_t i = 0; i < array_count(planned_sections); i++)
        if (str_eq(planned_sections[i], name))
            return true;
    return false;
}

bool policy_key_planned(const char *section, const char *key)
{
    for (size_t i = 0; i < array_count(planned_keys); i++)
        if (str_eq(planned_keys[i].section, section) && str_eq(planned_keys[i].key, key))
            return true;
    return false;
}

bool policy_value_planned(const struct policy_key *key, const char *value)
{
    for (size_t i = 0; key->words == kind_words && i < array_count(planned_kinds); i++)
        if (str_eq(planned_kinds[i], value))
            return true;
    return key->words == network_words && str_eq(value, "approved");
}

void *policy_item(const struct policy *p, const struct policy_section *s, size_t i)
{
    uintptr_t at = (uintptr_t)p + s->items;
    if (!s->named)
        return (void *)at;
    char *items;
    memcpy(&items, (const void *)at, sizeof items);
    return items ? items + i * s->size : NULL;
}

size_t policy_item_count(const struct policy *p, const struct policy_section *s)
{
    size_t count = 1;
    if (s->named)
        memcpy(&count, (const char *)p + s->count, sizeof count);
    return count;
}

bool policy_key_is_list(const struct policy_key *key)
{
    return key->value == VALUE_TEXTS || key->value == VALUE_HOSTS ||
           key->value == VALUE_PROGRAMS || key->value == VALUE_PATHS ||
           key->value == VALUE_DAYS || key->value == VALUE_NOTICES || key->value == VALUE_REFS;
}
