/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.c owns the way from one value's text to its place in struct policy, and back. It must never
 * take a value half: either all of it is right or nothing changes. */
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/str.h"
#include "policy/table.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"
#define UUID_MIN 4  /* bytes of a file system's id: vfat has 9, ext4 and xfs 36 */
#define UUID_MAX 36

/* Units of durations. A year counts 366 days, so that what is kept for years is never dropped a day
 * early. */
static const struct {
    const char *one, *many;
    int64_t seconds;
} units[] = {
    {"second", "seconds", 1},           {"minute", "minutes", 60},
    {"hour", "hours", 3600},            {"day", "days", CLOCK_DAY_S},
    {"week", "weeks", 7 * CLOCK_DAY_S}, {"year", "years", 366 * CLOCK_DAY_S},
};

static bool only(const char *text, const char *characters)
{
    return text[strspn(text, characters)] == '\0';
}

bool policy_id_valid(const char *id)
{
    return *id && strlen(id) <= SK_ID_MAX && strchr(LETTERS DIGITS, *id) &&
           only(id, LETTERS DIGITS "._-");
}

static bool login_valid(const char *text)
{
    return strlen(text) <= SK_ID_MAX && (strchr(LETTERS, *text) || *text == '_') &&
           only(text, LETTERS DIGITS "._-");
}

/* Absolute, no empty, "." or ".." component, no slash at the end, not "/". */
static bool path_valid(const char *text)
{
    if (*text != '/')
        return false;
    for (const char *at = text; *at; ) {
        at++; /* the slash */
        size_t len = strcspn(at, "/");
        if (len == 0 || (len == 1 && *at == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += len;
    }
    return true;
}

static bool uuid_valid(const char *text)
{
    size_t len = strlen(text);
    return len >= UUID_MIN && len <= UUID_MAX && only(text, DIGITS "abcdefABCDEF-");
}

static bool host_valid(const char *text)
{
    return only(text, LETTERS DIGITS ".-*?");
}

static bool text_valid(const char *text)
{
    return *text != '\0';
}

static bool plain_path_valid(const char *text)
{
    return path_valid(text) && !strpbrk(text, "*?");
}

/* Values that are kept as text, alone or as items of a list. */
static const struct text_rule {
    bool (*valid)(const char *text);
    const char *allowed;
} text_rules[] = {
    [VALUE_TEXT] = {text_valid, "a text"},
    [VALUE_TEXTS] = {text_valid, "texts with commas between them, or numbered keys"},
    [VALUE_LOGIN] = {login_valid, "a login name"},
    [VALUE_PATH] = {plain_path_valid,
                    "an absolute path without \"..\", \"//\", a wildcard or a slash at the end"},
    [VALUE_UUID] = {uuid_valid, "the UUID of a file system, as blkid prints it"},
    [VALUE_REF] = {policy_id_valid, "the id of a section: letters, digits, '.', '_' and '-'"},
    [VALUE_REFS] = {policy_id_valid, "ids of sections with commas between them"},
    [VALUE_HOSTS] = {host_valid, "host names with commas between them; '*' matches any part"},
    [VALUE_PATHS] = {plain_path_valid, "absolute paths with commas between them, without \"..\", \"//\", "
                                       "a wildcard or a slash at the end"},
    [VALUE_PROGRAMS] = {path_valid, "absolute paths with commas between them; '*' and '?' match "
                                    "within one folder's name"},
};

static int set_text(const struct policy_key *key, char **at, const char *text, struct buf *allowed)
{
    const struct text_rule *rule = &text_rules[key->value];
    if (!rule->valid(text)) {
        buf_puts(allowed, rule->allowed);
        return SK_ERR_FORMAT;
    }
    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    free(*at);
    *at = copy;
    return 0;
}

static int list_add(struct policy_list *list, const char *text, size_t len)
{
    /* room in powers of two */
    if ((list->count & (list->count - 1)) == 0) {
        size_t room = list->count ? list->count * 2 : 1;
        char **items = realloc(list->items, room * sizeof *items);
        if (!items)
            return -ENOMEM;
        list->items = items;
    }
    char *copy = strndup(text, len);
    if (!copy)
        return -ENOMEM;
    list->items[list->count++] = copy;
    return 0;
}

/* One item, if it is right and not there yet. */
static int set_item(const struct text_rule *rule, struct policy_list *list, size_t since,
                    const char *text, size_t len)
{
    int r = list_add(list, text, len);
    if (r != 0)
        return r;
    const char *item = list->items[list->count - 1];
    bool right = rule->valid(item);
    for (size_t i = since; right && i + 1 < list->count; i++)
        right = strcmp(list->items[i], item) != 0;
    return right ? 0 : SK_ERR_FORMAT;
}

static int set_list(const struct policy_key *key, struct policy_list *list, const char *text,
                    bool whole, struct buf *allowed)
{
    const struct text_rule *rule = &text_rules[key->value];
    size_t before = list->count, len;
    const char *at = text, *word;
    int r = 0;
    if (whole)
        r = set_item(rule, list, before, text, strlen(text));
    else
        while (r == 0 && str_next_word(&at, &word, &len))
            r = set_item(rule, list, before, word, len);
    if (r != 0) {
        while (list->count > before)
            free(list->items[--list->count]);
        if (before == 0) {
            free(list->items);
            list->items = NULL;
        }
    }
    if (r == SK_ERR_FORMAT)
        buf_printf(allowed, "%s, each once", whole ? "one item" : rule->allowed);
    return r;
}

static int set_date(const struct policy_key *key, int64_t *at, const char *text,
                    struct buf *allowed)
{
    int64_t day;
    if (clock_parse_date(text, &day) != 0) {
        buf_puts(allowed, "a day, YYYY-MM-DD");
        return SK_ERR_FORMAT;
    }
    *at = key->value == VALUE_LAST_DAY ? day + CLOCK_DAY_S : day;
    return 0;
}

static void print_duration(struct buf *out, int64_t seconds)
{
    size_t i = array_count(units) - 1;
    while (i > 0 && seconds % units[i].seconds != 0)
        i--;
    int64_t n = seconds / units[i].seconds;
    buf_printf(out, "%lld %s", (long long)n, n == 1 ? units[i].one : units[i].many);
}

/* "30 days" → seconds; 0 when it is none. */
static uint64_t read_duration(const char *text)
{
    char number[16];
    size_t len = strspn(text, DIGITS);
    uint64_t n;
    if (len == 0 || len >= sizeof number || text[len] != ' ')
        return 0;
    memcpy(number, text, len);
    number[len] = '\0';
    if (str_to_u64(number, UINT32_MAX, &n) != 0)
        return 0;
    const char *unit = text + len + strspn(text + len, " ");
    for (size_t i = 0; i < array_count(units); i++)
        if (strcmp(unit, units[i].one) == 0 || strcmp(unit, units[i].many) == 0)
            return n * (uint64_t)units[i].seconds;
    return 0;
}

static int set_duration(const struct policy_key *key, int64_t *at, const char *text,
                        struct buf *allowed)
{
    uint64_t seconds = read_duration(text);
    if (seconds < key->least || seconds > key->most || seconds == 0) {
        buf_puts(allowed, "a time as \"30 days\" (seconds, minutes, hours, days, weeks, years), ");
        print_duration(allowed, (int64_t)key->least);
        buf_puts(allowed, " to ");
        print_duration(allowed, (int64_t)key->most);
        return SK_ERR_FORMAT;
    }
    *at = (int64_t)seconds;
    return 0;
}

static int set_yes_no(bool *at, const char *text, struct buf *allowed)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0) {
        buf_puts(allowed, "yes or no");
        return SK_ERR_FORMAT;
    }
    *at = strcmp(text, "yes") == 0;
    return 0;
}

static int read_number(const struct policy_key *key, const char *text, uint64_t *ret,
                       struct buf *allowed)
{
    uint64_t n = 0;
    if (str_to_u64(text, key->most, &n) != 0 || n < key->least) {
        buf_printf(allowed, "a number %llu to %llu", (unsigned long long)key->least,
                   (unsigned long long)key->most);
        return SK_ERR_FORMAT;
    }
    *ret = n;
    return 0;
}

static void allow_words(const struct policy_word *words, bool several, struct buf *allowed)
{
    buf_puts(allowed, several ? "one or more of " : words[1].name ? "one of " : "");
    for (const struct policy_word *w = words; w->name; w++)
        buf_printf(allowed, "%s%s", w == words ? "" : ", ", w->name);
}

static const struct policy_word *find_word(const struct policy_word *words, const char *text,
                                           size_t len)
{
    for (; words->name; words++)
        if (strlen(words->name) == len && memcmp(words->name, text, len) == 0)
            return words;
    return NULL;
}

static int set_word(const struct policy_key *key, void *at, const char *text, struct buf *allowed)
{
    const struct policy_word *word = find_word(key->words, text, strlen(text));
    if (!word) {
        allow_words(key->words, false, allowed);
        return SK_ERR_FORMAT;
    }
    unsigned value = (unsigned)word->value;
    if (key->value == VALUE_FLAG)
        *(bool *)at = value != 0;
    else if (key->value == VALUE_WORD)
        memcpy(at, &value, sizeof value);
    return 0;
}

static int set_words(const struct policy_key *key, unsigned *at, const char *text,
                     struct buf *allowed)
{
    unsigned bits = 0;
    const char *rest = text, *name;
    size_t len;
    while (str_next_word(&rest, &name, &len)) {
        const struct policy_word *word = find_word(key->words, name, len);
        if (!word || (bits & (unsigned)word->value)) {
            allow_words(key->words, true, allowed);
            return SK_ERR_FORMAT;
        }
        bits |= (unsigned)word->value;
    }
    *at = bits;
    return 0;
}

static int set_key_material(const struct policy_key *key, char *item, const char *text,
                            struct buf *allowed)
{
    char *at = item + key->offset;
    const char *form;
    int r;
    if (key->value == VALUE_SHA256) {
        r = str_unhex(text, strlen(text), at, DIGEST_LEN);
        form = "64 hexadecimal digits, as sha256sum prints them";
    } else if (key->value == VALUE_SIGN_KEY) {
        r = minisign_public_parse(text, strlen(text), (struct minisign_public *)at);
        form = "a minisign public key, \"RW…\", 56 characters";
    } else {
        r = age_recipient_parse(text, (struct age_recipient *)at);
        form = "an age public key, \"age1…\", 62 characters";
    }
    if (r != 0) {
        buf_puts(allowed, form);
        return SK_ERR_FORMAT;
    }
    if (key->has)
        *(bool *)(item + key->has) = true;
    return 0;
}

int policy_value_set(const struct policy_key *key, void *item, const char *text, bool whole,
                     struct buf *allowed)
{
    void *at = (char *)item + key->offset;
    uint64_t n = 0;
    int r;
    switch (key->value) {
    case VALUE_TEXT: case VALUE_LOGIN: case VALUE_PATH: case VALUE_UUID: case VALUE_REF:
        return set_text(key, at, text, allowed);
    case VALUE_TEXTS: case VALUE_HOSTS: case VALUE_PROGRAMS: case VALUE_PATHS:
    case VALUE_REFS:
        return set_list(key, at, text, whole, allowed);
    case VALUE_DATE: case VALUE_LAST_DAY:
        return set_date(key, at, text, allowed);
    case VALUE_DURATION:
        return set_duration(key, at, text, allowed);
    case VALUE_YES_NO:
        return set_yes_no(at, text, allowed);
    case VALUE_NUMBER: case VALUE_COUNT:
        r = read_number(key, text, &n, allowed);
        if (r == 0 && key->value == VALUE_NUMBER)
            *(uint64_t *)at = n;
        else if (r == 0)
            *(unsigned *)at = (unsigned)n;
        return r;
    case VALUE_WORD: case VALUE_FLAG: case VALUE_FIXED:
        return set_word(key, at, text, allowed);
    case VALUE_WORDS:
        return set_words(key, at, text, allowed);
    case VALUE_SHA256: case VALUE_SIGN_KEY: case VALUE_AGE:
        return set_key_material(key, item, text, allowed);
    }
    return SK_ERR_FORMAT;
}

static void print_list(const struct policy_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, "%s%s", i ? ", " : "", list->items[i]);
}

static void print_date(const struct policy_key *key, int64_t at, struct buf *out)
{
    char text[CLOCK_TIME_CAP];
    if (at == 0)
        return;
    clock_format_date(text, key->value == VALUE_LAST_DAY ? at - CLOCK_DAY_S : at);
    buf_puts(out, text);
}

static void print_words(const struct policy_key *key, unsigned value, struct buf *out)
{
    const char *comma = "";
    for (const struct policy_word *w = key->words; w->name; w++) {
        bool set = key->value == VALUE_WORDS ? (value & (unsigned)w->value) != 0
                                             : value == (unsigned)w->value;
        if (set) {
            buf_printf(out, "%s%s", comma, w->name);
            comma = ", ";
        }
    }
}

static void print_key_material(const struct policy_key *key, const char *item, struct buf *out)
{
    const char *at = item + key->offset;
    char hex[DIGEST_HEX_CAP], minisign[MINISIGN_PUBLIC_TEXT_CAP], age[AGE_RECIPIENT_CAP];
    if (key->has && !*(const bool *)(item + key->has))
        return;
    if (key->value == VALUE_SHA256) {
        digest_hex(hex, (const uint8_t *)at);
        buf_puts(out, hex);
    } else if (key->value == VALUE_SIGN_KEY) {
        minisign_public_format((const struct minisign_public *)at, minisign);
        buf_puts(out, minisign);
    } else {
        age_recipient_format((const struct age_recipient *)at, age);
        buf_puts(out, age);
    }
}

void policy_value_print(const struct policy_key *key, const void *item, struct buf *out)
{
    const void *at = (const char *)item + key->offset;
    switch (key->value) {
    case VALUE_TEXT: case VALUE_LOGIN: case VALUE_PATH: case VALUE_UUID: case VALUE_REF:
        buf_puts(out, *(char *const *)at);
        return;
    case VALUE_TEXTS: case VALUE_HOSTS: case VALUE_PROGRAMS: case VALUE_PATHS:
    case VALUE_REFS:
        print_list(at, out);
        return;
    case VALUE_DATE: case VALUE_LAST_DAY:
        print_date(key, *(const int64_t *)at, out);
        return;
    case VALUE_DURATION:
        if (*(const int64_t *)at)
            print_duration(out, *(const int64_t *)at);
        return;
    case VALUE_YES_NO:
        buf_puts(out, *(const bool *)at ? "yes" : "no");
        return;
    case VALUE_NUMBER:
        if (*(const uint64_t *)at)
            buf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)at);
        return;
    case VALUE_COUNT:
        buf_printf(out, "%u", *(const unsigned *)at);
        return;
    case VALUE_FLAG:
        print_words(key, *(const bool *)at, out);
        return;
    case VALUE_WORD: case VALUE_WORDS:
        print_words(key, *(const unsigned *)at, out);
        return;
    case VALUE_FIXED:
        return;
    case VALUE_SHA256: case VALUE_SIGN_KEY: case VALUE_AGE:
        print_key_material(key, item, out);
        return;
    }
}
