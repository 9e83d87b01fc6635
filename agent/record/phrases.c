/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phrases.c owns the form that sentences have in records. It must never let "said" say something else than
 * the text that it stands beside. */
#include "record/phrases.h"
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"

#define SAID      "said"
#define DEPTH_MAX 8   /* phrases within each other, and objects within a record */
#define PATH_CAP  256 /* bytes of "permission.why" */

/* --- of a text -------------------------------------------------------------------------------- */

static json_t *list_of(const char *text, size_t len, unsigned depth);

static json_t *phrase_list(const char *text, size_t len, size_t *ret_used, unsigned depth)
{
    struct phrase_parts p;
    int r = phrase_split(text, len, &p);
    json_t *list = r == 0 ? json_array() : NULL;
    bool full = list && json_array_append_new(list, json_stringn(p.id.data, p.id.len)) == 0;
    for (size_t i = 0; full && i < p.count; i++)
        full = json_array_append_new(list, list_of(p.argument[i].at, p.argument[i].len, depth + 1)) == 0;
    *ret_used = r == 0 ? p.used : 1;
    buf_free(&p.id);
    if (full)
        return list;
    json_decref(list);
    return r == SK_ERR_FORMAT ? json_string("") : NULL; /* a mark alone */
}

/* A text without phrases is itself; one that is a phrase is its list; others are an id "" and their parts. */
static json_t *list_of(const char *text, size_t len, unsigned depth)
{
    const char *mark = memchr(text, MARK_PHRASE, len);
    size_t used = 0;
    if (!mark || depth > DEPTH_MAX)
        return json_stringn(text, len);
    if (mark == text) {
        json_t *list = phrase_list(text, len, &used, depth);
        if (!list || used == len)
            return list;
        json_decref(list);
    }
    json_t *all = json_pack("[s]", "");
    for (size_t at = 0; all && at < len; at += used) {
        mark = memchr(text + at, MARK_PHRASE, len - at);
        used = mark ? (size_t)(mark - text) - at : len - at;
        json_t *part = used ? json_stringn(text + at, used) : phrase_list(text + at, len - at, &used, depth);
        if (json_array_append_new(all, part) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

static int make_plain(json_t *text)
{
    autofree char *plain = strdup(json_string_value(text));
    if (!plain)
        return -ENOMEM;
    phrase_plain(plain);
    return json_string_set(text, plain) == 0 ? 0 : -ENOMEM;
}

/* --- and back --------------------------------------------------------------------------------- */

static void put_said(struct buf *b, const json_t *said, unsigned depth);

static void put_phrase(struct buf *b, const char *id, const json_t *list, unsigned depth)
{
    size_t next = 1, count = json_array_size(list);
    buf_putc(b, MARK_PHRASE);
    while (*id) {
        size_t plain = count > 1 ? strcspn(id, "%") : strlen(id);
        buf_put(b, id, plain);
        id += plain;
        if (!*id)
            break;
        if (id[1] == '%') {
            buf_putc(b, '%');
            id += 2;
            continue;
        }
        size_t len = strcspn(id, "diuxcs");
        len += id[len] != '\0';
        buf_putc(b, MARK_ARGUMENT);
        buf_put(b, id, len);
        buf_putc(b, MARK_VALUE);
        put_said(b, json_array_get(list, next++), depth + 1);
        buf_putc(b, MARK_END);
        id += len;
    }
    buf_putc(b, MARK_END);
}

static void put_said(struct buf *b, const json_t *said, unsigned depth)
{
    const char *id = json_string_value(json_array_get(said, 0));
    if (json_is_string(said))
        buf_puts(b, json_string_value(said));
    else if (id && *id && depth <= DEPTH_MAX)
        put_phrase(b, id, said, depth);
    else if (id && depth <= DEPTH_MAX)
        for (size_t i = 1; i < json_array_size(said); i++)
            put_said(b, json_array_get(said, i), depth + 1);
}

static int take_one(json_t *text, const json_t *said)
{
    autobuf struct buf phrase = {0};
    if (!json_is_string(text))
        return 0;
    put_said(&phrase, said, 0);
    autofree char *plain = phrase.data ? strdup(phrase.data) : NULL;
    if (phrase.err || (phrase.data && !plain))
        return -ENOMEM;
    if (!plain)
        return 0;
    phrase_plain(plain);
    if (!str_eq(plain, json_string_value(text)))
        return 0;
    return json_string_set(text, phrase.data) == 0 ? 0 : -ENOMEM;
}

int phrases_take(json_t *record)
{
    autojson json_t *said = json_incref(json_object_get(record, SAID));
    const char *path;
    json_t *list;
    int r = 0;
    if (!json_is_object(said))
        return 0;
    json_object_foreach(said, path, list) {
        json_t *text = record;
        autofree char *copy = strdup(path);
        char *rest = copy, *key;
        while (copy && text && (key = strsep(&rest, ".")) != NULL)
            text = json_object_get(text, key);
        if (r == 0)
            r = copy ? take_one(text, list) : -ENOMEM;
    }
    (void)!json_object_del(record, SAID);
    return r;
}

int phrases_read(const char *text, size_t len, json_t **ret)
{
    autojson json_t *record = NULL;
    int r = record_parse(text, len, SK_RECORD_MAX, &record);
    if (r == 0)
        r = phrases_take(record);
    if (r == 0)
        *ret = steal_ptr(&record);
    return r;
}

/* --- whole values ----------------------------------------------------------------------------- */

struct walk {
    json_t *said; /* NULL: only make them plain */
    const char *(*lookup)(const char *id);
};

static int walk_text(const struct walk *w, json_t *text, const char *path)
{
    const char *is = json_string_value(text);
    if (!phrase_is(is))
        return 0;
    if (w->lookup) {
        autobuf struct buf here = {0};
        phrase_show(&here, is, w->lookup);
        return !here.err && json_string_set(text, here.data) == 0 ? 0 : -ENOMEM;
    }
    if (w->said && path && strchr(is, MARK_PHRASE) &&
        json_object_set_new(w->said, path, list_of(is, strlen(is), 0)) != 0)
        return -ENOMEM;
    return make_plain(text);
}

/* path: where it stands, NULL in lists. */
static int walk(const struct walk *w, json_t *value, const char *path, unsigned depth)
{
    char below[PATH_CAP];
    const char *key;
    size_t i;
    json_t *member;
    int r = 0;
    if (json_is_string(value))
        return walk_text(w, value, path);
    json_object_foreach(value, key, member) {
        bool named = path && depth < DEPTH_MAX &&
                     snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key) < PATH_CAP;
        if (r == 0)
            r = walk(w, member, named ? below : NULL, depth + 1);
    }
    json_array_foreach(value, i, member)
        if (r == 0)
            r = walk(w, member, NULL, depth + 1);
    return r;
}

int phrases_put(json_t *record)
{
    autojson json_t *said = json_object();
    int r = said ? walk(&(struct walk){.said = said}, record, "", 0) : -ENOMEM;
    if (r == 0 && json_object_size(said) > 0 && json_object_set(record, SAID, said) != 0)
        r = -ENOMEM;
    return r;
}

int phrases_plain(json_t *value)
{
    return walk(&(struct walk){0}, value, NULL, 0);
}

int phrases_show(json_t *value, const char *(*lookup)(const char *id))
{
    return walk(&(struct walk){.lookup = lookup}, value, NULL, 0);
}
