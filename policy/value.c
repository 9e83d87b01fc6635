/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.c owns the way from one value's text to its place in struct policy, and back. It must never
 * take a value half: either all of it is right or nothing changes. */
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/phrase.h"
#include "base/str.h"
#include "policy/plugged.h"
#include "policy/table.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"
#define UUID_MIN 4  /* bytes of a file system's id: vfat has 9, ext4 and xfs 36 */
#define UUID_MAX 36
#define USB_ID_DIGITS 4
#define ADDRESS_MAX 254 /* bytes of a mail address, RFC 5321 4.5.3.1.3 */

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

static bool day_valid(const char *text)
{
    int64_t day;
    return clock_parse_date(text, &day) == 0;
}

/* "someone@example.jp": what a mail program takes as one word, and as no option (RFC 5321 4.1.2, plain
 * forms only). */
static bool address_valid(const char *text)
{
    const char *at = strchr(text, '@');
    return at && at != text && strlen(text) <= ADDRESS_MAX && strchr(LETTERS DIGITS "_", *text) &&
           strspn(text, LETTERS DIGITS "._+-") == (size_t)(at - text) && strchr(LETTERS DIGITS, at[1]) &&
           at[1] != '\0' && only(at + 1, LETTERS DIGITS ".-");
}

static bool plain_path_valid(const char *text)
{
    return path_valid(text) && !strpbrk(text, "*?");
}

static bool notice_valid(const char *text)
{
    return *text == '/' ? plain_path_valid(text) : address_valid(text);
}

/* Values that are kept as text, alone or as items of a list. */
static const struct text_rule {
    bool (*valid)(const char *text);
    const char *allowed;
} text_rules[] = {
    [VALUE_TEXT] = {text_valid, PHRASE("a text")},
    [VALUE_TEXTS] = {text_valid, PHRASE("texts with commas between them, or numbered keys")},
    [VALUE_LOGIN] = {login_valid, PHRASE("a login name")},
    [VALUE_ADDRESS] = {address_valid, PHRASE("a mail address, such as yamamoto@example.jp")},
    [VALUE_PATH] = {plain_path_valid,
                    PHRASE("an absolute path without \"..\", \"//\", a wildcard or a slash at the end")},
    [VALUE_UUID] = {uuid_valid, PHRASE("the UUID of a file system, as blkid prints it")},
    [VALUE_PORT] = {plugged_port_valid, PHRASE("a port as `sekisho device list` shows it, such as 0000:00:14.0/2.3")},
    [VALUE_REF] = {policy_id_valid, PHRASE("the id of a section: letters, digits, '.', '_' and '-'")},
    [VALUE_REFS] = {policy_id_valid, PHRASE("ids of sections with commas between them")},
    [VALUE_HOSTS] = {host_valid, PHRASE("host names with commas between them; '*' matches any part")},
    [VALUE_PATHS] = {plain_path_valid, PHRASE("absolute paths with commas between them, without \"..\", \"//\", "
                                              "a wildcard or a slash at the end")},
    [VALUE_DAYS] = {day_valid, PHRASE("days, YYYY-MM-DD, with commas between them")},
    [VALUE_NOTICES] = {notice_valid, PHRASE("mail addresses and absolute paths of programs with commas between "
                                            "them")},
    [VALUE_PROGRAMS] = {path_valid, PHRASE("absolute paths with commas between them; '*' and '?' match "
                                           "within one folder's name")},
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
        phrase_put(allowed, "%s, each once", whole ? PHRASE("one item") : rule->allowed);
    return r;
}

static int set_date(const struct policy_key *key, int64_t *at, const char *text,
                    struct buf *allowed)
{
    int64_t day;
    if (clock_parse_date(text, &day) != 0) {
        buf_puts(allowed, PHRASE("a day, YYYY-MM-DD"));
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

/* What a clock counts from, as the file names it. */
static const struct {
    enum policy_from from;
    const char *words;
} moments[] = {{POLICY_FROM_KNOWING, "knowing"},
               {POLICY_FROM_FIRST, "first report"},
               {POLICY_FROM_FACTS, "facts report"}};

#define AFTER   " after "
#define OUTSIDE " outside hours"

/* A duration that ends where `end` begins; 0 when it is none. */
static int64_t duration_before(const char *text, const char *end)
{
    char part[64];
    size_t len = (size_t)(end - text);
    if (len >= sizeof part)
        return 0;
    memcpy(part, text, len);
    part[len] = '\0';
    return (int64_t)read_duration(part);
}

/* "1 hour after first report, 3 hours outside hours" → *ret; false when it is no such thing. */
static bool read_clock(const char *text, struct policy_clock *ret)
{
    const char *after = strstr(text, AFTER);
    *ret = (struct policy_clock){0};
    if (!after)
        return false;
    ret->length_s = duration_before(text, after);
    const char *moment = after + strlen(AFTER), *comma = strchr(moment, ',');
    size_t len = comma ? (size_t)(comma - moment) : strlen(moment);
    for (size_t i = 0; i < array_count(moments); i++)
        if (strlen(moments[i].words) == len && memcmp(moments[i].words, moment, len) == 0)
            ret->from = moments[i].from;
    if (comma) {
        const char *rest = comma + 1 + strspn(comma + 1, " "), *end = strstr(rest, OUTSIDE);
        if (!end || end[strlen(OUTSIDE)] != '\0')
            return false;
        ret->outside_s = duration_before(rest, end);
    }
    return ret->from != 0 && ret->length_s > 0 && ret->length_s <= units[array_count(units) - 1].seconds &&
           (!comma || (ret->outside_s > 0 && ret->outside_s <= units[array_count(units) - 1].seconds));
}

static int set_clock(struct policy_clock *at, const char *text, struct buf *allowed)
{
    struct policy_clock clock;
    if (!read_clock(text, &clock)) {
        buf_puts(allowed, "a time, \" after \", and knowing, first report or facts report, as \"8 hours after "
                          "knowing\" or \"1 hour after first report, 3 hours outside hours\"");
        return SK_ERR_FORMAT;
    }
    *at = clock;
    return 0;
}

static void print_clock(const struct policy_clock *clock, struct buf *out)
{
    if (clock->length_s == 0)
        return;
    print_duration(out, clock->length_s);
    for (size_t i = 0; i < array_count(moments); i++)
        if (moments[i].from == clock->from)
            buf_printf(out, AFTER "%s", moments[i].words);
    if (clock->outside_s != 0) {
        buf_puts(out, ", ");
        print_duration(out, clock->outside_s);
        buf_puts(out, OUTSIDE);
    }
}

/* "09:00" at text → minutes; -1 when it is none. */
static int read_minutes(const char *text)
{
    for (size_t i = 0; i < 5; i++)
        if (i == 2 ? text[i] != ':' : !strchr(DIGITS, text[i]) || text[i] == '\0')
            return -1;
    int hour = (text[0] - '0') * 10 + (text[1] - '0'), minute = (text[3] - '0') * 10 + (text[4] - '0');
    return hour > 24 || minute > 59 || (hour == 24 && minute > 0) ? -1 : hour * 60 + minute;
}

static int set_hours(struct policy_hours *at, const char *text, struct buf *allowed)
{
    int from = read_minutes(text), to = -1;
    if (from >= 0 && text[5] == '-')
        to = read_minutes(text + 6);
    if (to <= from || text[11] != '\0') {
        buf_puts(allowed, PHRASE("two times of a day, as \"09:00-17:00\""));
        return SK_ERR_FORMAT;
    }
    *at = (struct policy_hours){.from = (unsigned)from, .to = (unsigned)to};
    return 0;
}

static int set_yes_no(bool *at, const char *text, struct buf *allowed)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0) {
        buf_puts(allowed, PHRASE("yes or no"));
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
        phrase_put(allowed, "a number %llu to %llu", (unsigned long long)key->least,
                   (unsigned long long)key->most);
        return SK_ERR_FORMAT;
    }
    *ret = n;
    return 0;
}

static int set_usb_id(unsigned *at, const char *text, struct buf *allowed)
{
    if (strlen(text) != USB_ID_DIGITS || !only(text, DIGITS "abcdefABCDEF")) {
        buf_puts(allowed, PHRASE("four hexadecimal digits, as `sekisho device list` shows them"));
        return SK_ERR_FORMAT;
    }
    *at = (unsigned)strtoul(text, NULL, 16);
    return 0;
}

/* What may stand there instead. SK_ERR_FORMAT, or -ENOMEM. */
static int allow_words(const struct policy_word *words, bool several, struct buf *allowed)
{
    autobuf struct buf list = {0};
    for (const struct policy_word *w = words; w->name; w++)
        buf_printf(&list, "%s%s", w == words ? "" : ", ", w->name);
    if (list.err)
        return -ENOMEM;
    phrase_put(allowed, several ? N_("one or more of %s") : words[1].name ? N_("one of %s") : "%s", list.data);
    return SK_ERR_FORMAT;
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
    if (!word)
        return allow_words(key->words, false, allowed);
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
        if (!word || (bits & (unsigned)word->value))
            return allow_words(key->words, true, allowed);
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
        form = PHRASE("64 hexadecimal digits, as sha256sum prints them");
    } else if (key->value == VALUE_SIGN_KEY) {
        r = minisign_public_parse(text, strlen(text), (struct minisign_public *)at);
        form = PHRASE("a minisign public key, \"RW…\", 56 characters");
    } else {
        r = age_recipient_parse(text, (struct age_recipient *)at);
        form = POLICY_AGE_KEY;
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
    case VALUE_TEXT: case VALUE_LOGIN: case VALUE_ADDRESS: case VALUE_PATH: case VALUE_UUID: case VALUE_PORT: case VALUE_REF:
        return set_text(key, at, text, allowed);
    case VALUE_TEXTS: case VALUE_HOSTS: case VALUE_PROGRAMS: case VALUE_PATHS: case VALUE_DAYS:
    case VALUE_NOTICES: case VALUE_REFS:
        return set_list(key, at, text, whole, allowed);
    case VALUE_DATE: case VALUE_LAST_DAY:
        return set_date(key, at, text, allowed);
    case VALUE_DURATION:
        return set_duration(key, at, text, allowed);
    case VALUE_CLOCK:
        return set_clock(at, text, allowed);
    case VALUE_HOURS:
        return set_hours(at, text, allowed);
    case VALUE_YES_NO:
        return set_yes_no(at, text, allowed);
    case VALUE_NUMBER: case VALUE_COUNT:
        r = read_number(key, text, &n, allowed);
        if (r == 0 && key->value == VALUE_NUMBER)
            *(uint64_t *)at = n;
        else if (r == 0)
            *(unsigned *)at = (unsigned)n;
        return r;
    case VALUE_USB_ID:
        return set_usb_id(at, text, allowed);
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
    case VALUE_TEXT: case VALUE_LOGIN: case VALUE_ADDRESS: case VALUE_PATH: case VALUE_UUID: case VALUE_PORT: case VALUE_REF:
        buf_puts(out, *(char *const *)at);
        return;
    case VALUE_TEXTS: case VALUE_HOSTS: case VALUE_PROGRAMS: case VALUE_PATHS: case VALUE_DAYS:
    case VALUE_NOTICES: case VALUE_REFS:
        print_list(at, out);
        return;
    case VALUE_DATE: case VALUE_LAST_DAY:
        print_date(key, *(const int64_t *)at, out);
        return;
    case VALUE_DURATION:
        if (*(const int64_t *)at)
            print_duration(out, *(const int64_t *)at);
        return;
    case VALUE_CLOCK:
        print_clock(at, out);
        return;
    case VALUE_HOURS: {
        const struct policy_hours *h = at;
        if (h->to > 0)
            buf_printf(out, "%02u:%02u-%02u:%02u", h->from / 60, h->from % 60, h->to / 60, h->to % 60);
        return;
    }
    case VALUE_YES_NO:
        buf_puts(out, *(const bool *)at ? "yes" : "no");
        return;
    case VALUE_NUMBER:
        if (*(const uint64_t *)at)
            buf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)at);
        return;
    case VALUE_USB_ID:
        buf_printf(out, "%04x", *(const unsigned *)at);
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
