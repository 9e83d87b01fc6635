/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diff.c owns the comparison of two policies, by the same tables that parse them. It must never
 * pass over a key: what the tables know is compared. */
#include <string.h>
#include "base/str.h"
#include "policy/table.h"

#define FIRST_ROOM 16 /* changes */

struct place {
    const struct policy_section *section;
    const struct policy_key *key; /* NULL = the whole section */
    const char *id;
};

void policy_changes_free(struct policy_changes *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->items[i].section);
        free(c->items[i].key);
        free(c->items[i].before);
        free(c->items[i].after);
    }
    free(c->items);
    *c = (struct policy_changes){0};
}

/* All four texts escaped for screens. */
static int add(struct policy_changes *c, int direction, const struct place *place,
               const char *before, const char *after)
{
    bool full = c->count == 0 || (c->count >= FIRST_ROOM && (c->count & (c->count - 1)) == 0);
    if (full) {
        size_t room = c->count ? c->count * 2 : FIRST_ROOM;
        struct policy_change *items = realloc(c->items, room * sizeof *items);
        if (!items)
            return -ENOMEM;
        c->items = items;
    }
    struct buf section = {0}, key = {0}, from = {0}, to = {0};
    buf_printf(&section, "%s%s%s", place->section->name, place->id ? " " : "",
               place->id ? place->id : "");
    buf_puts(&key, place->key ? place->key->name : "");
    str_escape(&from, before, strlen(before));
    str_escape(&to, after, strlen(after));
    struct policy_change *new = &c->items[c->count++];
    *new = (struct policy_change){.section = buf_steal(&section), .key = buf_steal(&key),
                                  .before = buf_steal(&from), .after = buf_steal(&to)};
    memcpy(&new->direction, &direction, sizeof new->direction);
    return new->section && new->key && new->before && new->after ? 0 : -ENOMEM;
}

static int turned(int direction)
{
    return direction == POLICY_LOOSER ? POLICY_TIGHTER
         : direction == POLICY_TIGHTER ? POLICY_LOOSER : POLICY_OTHER;
}

/* Did a value grow (1), shrink (-1), or become another (0)? */
static int growth_of_number(uint64_t before, uint64_t after, bool zero_is_all)
{
    if (zero_is_all && before == 0)
        return -1;
    if (zero_is_all && after == 0)
        return 1;
    return (after > before) - (after < before);
}

static bool holds_all(const struct policy_list *of, const struct policy_list *in)
{
    for (size_t i = 0; i < of->count; i++)
        if (!policy_list_has(in, of->items[i]))
            return false;
    return true;
}

static int growth_of_list(const struct policy_list *before, const struct policy_list *after,
                          bool empty_was_all, bool empty_is_all)
{
    if (empty_was_all && before->count == 0)
        return -1;
    if (empty_is_all && after->count == 0)
        return 1;
    bool kept = holds_all(before, after), added = !holds_all(after, before);
    return kept && added ? 1 : !kept && !added ? -1 : 0;
}

static int growth_of_presence(bool before, bool after, bool absence_is_all)
{
    int grown = (after ? 1 : 0) - (before ? 1 : 0);
    return absence_is_all ? -grown : grown;
}

/* No clock at all is the longest one; what counts from another moment is neither longer nor shorter. */
static int growth_of_clock(const struct policy_clock *before, const struct policy_clock *after)
{
    if (before->from != after->from && before->length_s != 0 && after->length_s != 0)
        return 0;
    int inside = growth_of_number((uint64_t)before->length_s, (uint64_t)after->length_s, true);
    int64_t was = before->outside_s ? before->outside_s : before->length_s;
    int64_t is = after->outside_s ? after->outside_s : after->length_s;
    int outside = growth_of_number((uint64_t)was, (uint64_t)is, true);
    if (before->length_s == after->length_s)
        return was == is ? 0 : outside;
    return was == is || inside == outside ? inside : 0;
}

/* Does an empty list in this item mean everything? */
static bool empty_is_all(const struct policy_key *key, const void *item)
{
    return key->empty_is_all ||
           (key->empty_is_all_in_room && ((const struct policy_area *)item)->gate == POLICY_ROOM);
}

static int growth(const struct policy_key *key, const void *a, const void *b)
{
    const char *before = (const char *)a + key->offset, *after = (const char *)b + key->offset;
    bool all = key->empty_is_all;
    switch (key->value) {
    case VALUE_TEXTS: case VALUE_HOSTS: case VALUE_PROGRAMS: case VALUE_PATHS: case VALUE_DAYS:
    case VALUE_NOTICES: case VALUE_REFS:
        return growth_of_list((const struct policy_list *)before,
                              (const struct policy_list *)after, empty_is_all(key, a),
                              empty_is_all(key, b));
    case VALUE_DATE: case VALUE_LAST_DAY: case VALUE_DURATION: {
        int64_t x = *(const int64_t *)before, y = *(const int64_t *)after;
        if (key->presence)
            return growth_of_presence(x != 0, y != 0, false);
        return growth_of_number(x < 0 ? 0 : (uint64_t)x, y < 0 ? 0 : (uint64_t)y, all);
    }
    case VALUE_NUMBER:
        return growth_of_number(*(const uint64_t *)before, *(const uint64_t *)after, all);
    case VALUE_COUNT: case VALUE_WORD:
        return growth_of_number(*(const unsigned *)before, *(const unsigned *)after, all);
    case VALUE_WORDS: {
        unsigned x = *(const unsigned *)before, y = *(const unsigned *)after;
        return (x & ~y) == 0 ? 1 : (y & ~x) == 0 ? -1 : 0;
    }
    case VALUE_YES_NO: case VALUE_FLAG:
        return growth_of_presence(*(const bool *)before, *(const bool *)after, false);
    case VALUE_TEXT: case VALUE_LOGIN: case VALUE_ADDRESS: case VALUE_PATH: case VALUE_UUID: case VALUE_PORT: case VALUE_REF:
        return growth_of_presence(**(char *const *)before != '\0', **(char *const *)after != '\0',
                                  all);
    case VALUE_SIGN_KEY: case VALUE_AGE:
        return key->has ? growth_of_presence(*((const bool *)a + key->has),
                                             *((const bool *)b + key->has), false)
                        : 0;
    case VALUE_CLOCK:
        return growth_of_clock((const struct policy_clock *)before,
                               (const struct policy_clock *)after);
    case VALUE_SHA256: case VALUE_FIXED: case VALUE_HOURS: case VALUE_USB_ID:
        return 0;
    }
    return 0;
}

static int direction_of(enum policy_looser looser, int grown)
{
    if (looser == LOOSER_NOT || grown == 0)
        return POLICY_OTHER;
    return (looser == LOOSER_UP) == (grown > 0) ? POLICY_LOOSER : POLICY_TIGHTER;
}

/* Every key of one section that both policies have. */
static int compare_items(const struct policy_section *s, const char *id, const void *before,
                         const void *after, struct policy_changes *c)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < s->key_count; i++) {
        const struct policy_key *key = &s->keys[i];
        autobuf struct buf x = {0}, y = {0};
        policy_value_print(key, before, &x);
        policy_value_print(key, after, &y);
        buf_puts(&x, "");
        buf_puts(&y, "");
        if (x.err || y.err)
            return -ENOMEM;
        const struct place place = {.section = s, .key = key, .id = id};
        if (strcmp(x.data, y.data) != 0)
            r = add(c, direction_of(key->looser, growth(key, before, after)), &place, x.data,
                    y.data);
    }
    return r;
}

static const void *item_with_id(const struct policy *p, const struct policy_section *s,
                                const char *id)
{
    for (size_t i = 0; i < policy_item_count(p, s); i++) {
        const struct policy_head *head = policy_item(p, s, i);
        if (strcmp(head->id, id) == 0)
            return head;
    }
    return NULL;
}

static int compare_named(const struct policy_section *s, const struct policy *before,
                         const struct policy *after, struct policy_changes *c)
{
    int r = 0;
    int added = s->looser == LOOSER_UP ? POLICY_LOOSER : POLICY_OTHER;
    for (size_t i = 0; r == 0 && i < policy_item_count(before, s); i++) {
        const struct policy_head *old = policy_item(before, s, i);
        const struct place place = {.section = s, .id = old->id};
        const void *new = item_with_id(after, s, old->id);
        r = new ? compare_items(s, old->id, old, new, c)
                : add(c, turned(added), &place, "present", "");
    }
    for (size_t i = 0; r == 0 && i < policy_item_count(after, s); i++) {
        const struct policy_head *new = policy_item(after, s, i);
        const struct place place = {.section = s, .id = new->id};
        if (!item_with_id(before, s, new->id))
            r = add(c, added, &place, "", "present");
    }
    return r;
}

int policy_diff(const struct policy *before, const struct policy *after, struct policy_changes *ret)
{
    struct policy_changes c = {0};
    int r = 0;
    for (size_t i = 0; r == 0 && i < policy_section_count; i++) {
        const struct policy_section *s = &policy_sections[i];
        r = s->named ? compare_named(s, before, after, &c)
                     : compare_items(s, NULL, policy_item(before, s, 0), policy_item(after, s, 0),
                                     &c);
    }
    if (r != 0)
        policy_changes_free(&c);
    else
        *ret = c;
    return r;
}
