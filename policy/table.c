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
static const struct policy_word network_words[] = {{"none", 0}, {NULL, 0}};
static const struct policy_word kind_words[] = {
    {"medium", POLICY_MEDIUM}, {"directory", POLICY_DIRECTORY}, {NULL, 0}};
static const struct policy_word failure_words[] = {{"continue", 0}, {"refuse", 1}, {NULL, 0}};
static const struct policy_word owner_words[] = {{"root", 0}, {NULL, 0}};

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
    {"start", VALUE_DATE, AT(policy_contract, start), ALWAYS, .looser = LOOSER_DOWN},
    {"end", VALUE_LAST_DAY, AT(policy_contract, end), ALWAYS, .looser = LOOSER_UP},
    {"retention", VALUE_DURATION, AT(policy_contract, retention_s), .least = DAY,
     .most = 100 * YEAR, .looser = LOOSER_DOWN},
    {"chapter-5", VALUE_YES_NO, AT(policy_contract, chapter_5), .looser = LOOSER_DOWN},
    {"equipment", VALUE_YES_NO, AT(policy_contract, equipment), .looser = LOOSER_DOWN},
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
    {"path", VALUE_PATH, AT(policy_destination, path), ALWAYS},
    {"uuid", VALUE_UUID, AT(policy_destination, uuid), .looser = LOOSER_UP,
     .empty_is_all = true},
    {"recipients", VALUE_REFS, AT(policy_destination, recipients), .refers = "recipient",
     .looser = LOOSER_UP},
    {"approvers", VALUE_REFS, AT(policy_destination, approvers), .refers = "person",
     .looser = LOOSER_UP, .empty_is_all = true},
    {"return-within", VALUE_DURATION, AT(policy_destination, return_within_s), .least = 60,
     .most = 100 * YEAR, .looser = LOOSER_UP, .empty_is_all = true},
};

static const struct policy_key recipient_keys[] = {
    {"name", VALUE_TEXT, AT(policy_recipient, name), ALWAYS},
    {"organisation", VALUE_TEXT, AT(policy_recipient, organisation)},
    {"contract", VALUE_REF, AT(policy_recipient, contract), ALWAYS, .refers = "contract"},
    {"age", VALUE_AGE, AT(policy_recipient, age), ALWAYS},
};

static const struct policy_key approval_keys[] = {
    {"quorum", VALUE_COUNT, AT(policy_approval, quorum), .least = 1, .most = 9,
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
};

static const struct policy_key work_keys[] = {
    {"remote", VALUE_YES_NO, AT(policy_work, remote), .looser = LOOSER_UP},
};

static const struct policy_key index_keys[] = {
    {"places", VALUE_PATHS, AT(policy_index, places), .looser = LOOSER_DOWN},
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
    {.name = "approval", .items = offsetof(struct policy, approval), KEYS(approval_keys)},
    {.name = "ledger", .items = offsetof(struct policy, ledger), KEYS(ledger_keys)},
    {.name = "work", .items = offsetof(struct policy, work), KEYS(work_keys)},
    {.name = "index", .items = offsetof(struct policy, index), KEYS(index_keys)},
};
const size_t policy_section_count = array_count(policy_sections);

_Static_assert(array_count(area_keys) <= POLICY_KEYS_MAX, "the largest table fits the parser");

/* What the design names and this version does not enforce; to be moved into the tables above in
 * the change that enforces it. */
static const char *const planned_sections[] = {
    "medium", "device-class", "cloud", "egress", "incident", "room", "printer", "mail"};
static const struct {
    const char *section, *key;
} planned_keys[] = {
    {"contract", "deadlines"}, {"recipient", "mail"}, {"recipient", "consent"},
    {"work", "places"},        {"work", "hours"},
};

static const char *const planned_kinds[] = {"backup", "area", "cloud-folder", "web", "mail",
                                            "printer", "machine", "hand"};

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
           key->value == VALUE_REFS;
}
