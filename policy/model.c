/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model.c owns a policy's life and look-ups. It must never change a policy that is in use. */
#include <string.h>
#include "base/str.h"
#include "policy/table.h"

/* What holds where [approval] or [ledger] says nothing. */
#define DEFAULT_LOCKOUT         5
#define DEFAULT_LOCKOUT_PERIOD  (30 * 60)    /* seconds */
#define DEFAULT_PERMIT_LIFETIME (8 * 3600)   /* seconds */
#define DEFAULT_PASSPHRASE      12           /* characters */
#define DEFAULT_SEAL_INTERVAL   (15 * 60)    /* seconds */

#define HOUR 3600 /* seconds */
#define DAY  (24 * HOUR)

/* The clocks of the contracts, where several name one the shortest (policy/deadline.h). For "written" they
 * say "without delay" and for "final" that the client names a date: the day is ours. */
#define DEFAULT_CLOCKS                                                                             \
    {[POLICY_CLOCK_FIRST] = {POLICY_FROM_KNOWING, HOUR, 0},                                        \
     [POLICY_CLOCK_EFFECT] = {POLICY_FROM_KNOWING, HOUR, 0},                                       \
     [POLICY_CLOCK_DETAILS] = {POLICY_FROM_KNOWING, 8 * HOUR, 0},                                  \
     [POLICY_CLOCK_FACTS] = {POLICY_FROM_FIRST, HOUR, 3 * HOUR},                                   \
     [POLICY_CLOCK_WRITTEN] = {POLICY_FROM_FACTS, DAY, 0},                                         \
     [POLICY_CLOCK_PLAN] = {POLICY_FROM_KNOWING, DAY, 0},                                          \
     [POLICY_CLOCK_RESULT] = {POLICY_FROM_KNOWING, 2 * DAY, 0}}

#define DEFAULT_INCIDENT                                                                           \
    .clocks = DEFAULT_CLOCKS, .hours = {.from = 9 * 60, .to = 17 * 60},                            \
    .weekdays = 2 | 4 | 8 | 16 | 32, .national_holidays = true, .burst = 10,                       \
    .burst_period_s = 10 * 60, .clock_step_s = 10 * 60, .unsynchronised_s = DAY,                   \
    .uncovered_s = 10 * 60, .overdue_grace_s = 7 * DAY

#define DEFAULT_RULES                                                                              \
    .approval = {.quorum = 1,                                                                      \
                 .lockout = DEFAULT_LOCKOUT,                                                       \
                 .lockout_period_s = DEFAULT_LOCKOUT_PERIOD,                                       \
                 .permit_lifetime_s = DEFAULT_PERMIT_LIFETIME,                                     \
                 .passphrase_minimum = DEFAULT_PASSPHRASE},                                        \
    .ledger = {.seal_interval_s = DEFAULT_SEAL_INTERVAL, .refuse_access_on_failure = true}

#define DEFAULT_POLICY DEFAULT_RULES, .incident = {DEFAULT_INCIDENT}

const struct policy *policy_builtin(void)
{
    static char empty[] = "";
    static const struct policy builtin = {
        .title = empty,
        .change_consent = empty,
        .escrow = {.head = {.id = empty}, .name = empty, .organisation = empty, .contract = empty},
        DEFAULT_RULES,
        .incident = {DEFAULT_INCIDENT, .sendmail = empty},
    };
    return &builtin;
}

static bool is_string(const struct policy_key *key)
{
    return key->value == VALUE_TEXT || key->value == VALUE_LOGIN || key->value == VALUE_ADDRESS || key->value == VALUE_PATH ||
           key->value == VALUE_UUID || key->value == VALUE_REF || key->value == VALUE_PORT;
}

static int make_empty(char **text)
{
    if (!*text)
        *text = strdup("");
    return *text ? 0 : -ENOMEM;
}

int policy_item_prepare(const struct policy_section *s, void *item)
{
    for (size_t i = 0; i < s->key_count; i++) {
        char *at = (char *)item + s->keys[i].offset;
        if (is_string(&s->keys[i]) && make_empty((char **)at) != 0)
            return -ENOMEM;
        if (s->keys[i].value == VALUE_WORD)
            memcpy(at, &s->keys[i].preset, sizeof s->keys[i].preset);
        if (s->keys[i].value == VALUE_DURATION && s->keys[i].preset)
            *(int64_t *)(void *)at = s->keys[i].preset;
    }
    return 0;
}

static void list_clear(struct policy_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct policy_list){0};
}

void policy_item_clear(const struct policy_section *s, void *item)
{
    for (size_t i = 0; i < s->key_count; i++) {
        char *at = (char *)item + s->keys[i].offset;
        if (is_string(&s->keys[i]))
            free(*(char **)at);
        else if (policy_key_is_list(&s->keys[i]))
            list_clear((struct policy_list *)at);
    }
}

int policy_prepare(struct policy *p)
{
    *p = (struct policy){DEFAULT_POLICY};
    for (size_t i = 0; i < policy_section_count; i++) {
        const struct policy_section *s = &policy_sections[i];
        if (!s->named && policy_item_prepare(s, policy_item(p, s, 0)) != 0)
            return -ENOMEM;
    }
    struct policy_recipient *e = &p->escrow;
    e->head.id = strdup(POLICY_ESCROW);
    return !e->head.id || make_empty(&e->name) != 0 ||
           make_empty(&e->organisation) != 0 || make_empty(&e->contract) != 0 ? -ENOMEM : 0;
}

void policy_free(struct policy **at)
{
    struct policy *p = at ? *at : NULL;
    if (!p)
        return;
    for (size_t i = 0; i < policy_section_count; i++) {
        const struct policy_section *s = &policy_sections[i];
        for (size_t k = 0; k < policy_item_count(p, s); k++) {
            void *item = policy_item(p, s, k);
            policy_item_clear(s, item);
            if (s->named)
                free(((struct policy_head *)item)->id);
        }
        if (s->named)
            free(policy_item(p, s, 0));
    }
    free(p->escrow.head.id);
    free(p->escrow.name);
    free(p->escrow.organisation);
    free(p->escrow.contract);
    free(p);
    *at = NULL;
}

#define LOOK_UP(word, plural)                                                                      \
    const struct policy_##word *policy_##word(const struct policy *p, const char *id)              \
    {                                                                                              \
        for (size_t i = 0; id && i < p->word##_count; i++)                                         \
            if (strcmp(p->plural[i].head.id, id) == 0)                                             \
                return &p->plural[i];                                                              \
        return NULL;                                                                               \
    }
LOOK_UP(contract, contracts)
LOOK_UP(consent, consents)
LOOK_UP(person, persons)
LOOK_UP(area, areas)
LOOK_UP(application, applications)
LOOK_UP(destination, destinations)
LOOK_UP(recipient, recipients)
LOOK_UP(device_class, device_classes)
LOOK_UP(device, devices)
LOOK_UP(medium, mediums)

const struct policy_recipient *policy_sealed_to(const struct policy *p, const struct policy_destination *d, size_t i)
{
    if (d->kind == POLICY_DIRECTORY)
        return NULL;
    if (i < d->recipients.count)
        return policy_recipient(p, d->recipients.items[i]);
    return i == d->recipients.count && p->has_escrow && !d->without_escrow ? &p->escrow : NULL;
}

const struct policy_person *policy_person_of_user(const struct policy *p, const char *user)
{
    for (size_t i = 0; user && i < p->person_count; i++)
        if (strcmp(p->persons[i].user, user) == 0)
            return &p->persons[i];
    return NULL;
}

bool policy_list_has(const struct policy_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->items[i], item))
            return true;
    return false;
}

/* '*' and '?' never match `stop` (0 = they match everything). Linear back-tracking: the last star
 * that still may grow is enough. */
static bool matches(const char *pattern, const char *text, char stop)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == *text || (*pattern == '?' && *text != stop)) {
            pattern++;
            text++;
        } else if (star && *resume != stop) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool policy_program_matches(const struct policy_application *a, const char *path)
{
    for (size_t i = 0; i < a->exe.count; i++)
        if (matches(a->exe.items[i], path, '/'))
            return true;
    return false;
}

bool policy_for_host(const struct policy *p, const char *host)
{
    for (size_t i = 0; i < p->hosts.count; i++)
        if (matches(p->hosts.items[i], host, '\0'))
            return true;
    return p->hosts.count == 0;
}

const struct policy_area *policy_area_of_path(const struct policy *p, const char *path)
{
    const struct policy_area *deepest = NULL;
    size_t deepest_len = 0;
    for (size_t i = 0; i < p->area_count; i++) {
        size_t len = strlen(p->areas[i].mount);
        if (len > deepest_len && str_starts(path, p->areas[i].mount) &&
            (path[len] == '/' || path[len] == '\0')) {
            deepest = &p->areas[i];
            deepest_len = len;
        }
    }
    return deepest;
}
