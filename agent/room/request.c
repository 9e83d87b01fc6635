/* SPDX-License-Identifier: GPL-3.0-or-later */
/* request.c owns the reading of what control asks. It must never let a name, path or number through
 * that the rest would have to check again. */
#include "room/request.h"
#include <stdlib.h>
#include <string.h>
#include <sekisho/err.h>
#include "base/str.h"
#include "record/record.h"

#define FIRST_UID 1000 /* below are the system's own logins, which have no room */

struct field {
    const char *key;
    bool required;
    int (*read)(const json_t *value, struct request_start *into);
};

static const char id_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
static const char locale_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@:+,/";

bool request_is_id(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= SK_ID_MAX && text[0] != '.' && text[0] != '-' &&
           strspn(text, id_letters) == len;
}

bool request_is_login(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > REQUEST_LOGIN_MAX || text[0] == '-' || text[0] == '.')
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("/:\\\"'", *c))
            return false;
    return true;
}

/* Components of a path that are neither empty nor "." nor "..". */
static bool components_fit(const char *path)
{
    while (*path) {
        size_t len = strcspn(path, "/");
        if (len == 0 || (len == 1 && path[0] == '.') || (len == 2 && strncmp(path, "..", 2) == 0))
            return false;
        path += len;
        if (*path == '/' && !*++path)
            return false;
    }
    return true;
}

bool request_is_absolute(const char *path)
{
    return path[0] == '/' && path[1] && strlen(path) <= SK_FILE_NAME_MAX && components_fit(path + 1);
}

static int take_text(const json_t *value, size_t max, char *into)
{
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
        return SK_ERR_FORMAT;
    size_t len = json_string_length(value);
    if (len > max)
        return SK_ERR_LIMIT;
    memcpy(into, json_string_value(value), len + 1);
    return 0;
}

static int take_id(const json_t *value, char into[static SK_ID_MAX + 1])
{
    int r = take_text(value, SK_ID_MAX, into);
    return r != 0 ? r : request_is_id(into) ? 0 : SK_ERR_FORMAT;
}

static int take_login(const json_t *value, char into[static REQUEST_LOGIN_MAX + 1])
{
    int r = take_text(value, REQUEST_LOGIN_MAX, into);
    return r != 0 ? r : request_is_login(into) ? 0 : SK_ERR_FORMAT;
}

static int take_number(const json_t *value, json_int_t least, json_int_t most, json_int_t *ret)
{
    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most)
        return SK_ERR_FORMAT;
    *ret = json_integer_value(value);
    return 0;
}

static int take_flag(const json_t *value, bool *ret)
{
    if (!json_is_boolean(value))
        return SK_ERR_FORMAT;
    *ret = json_is_true(value);
    return 0;
}

static int read_area(const json_t *value, struct request_start *into)
{
    return take_id(value, into->area);
}

static int read_room(const json_t *value, struct request_start *into)
{
    return take_id(value, into->room);
}

static int read_mount(const json_t *value, struct request_start *into)
{
    autobuf struct buf raw = {0};
    int r = record_take_name(value, &raw);
    if (r != 0 || raw.len == 0)
        return r;
    memcpy(into->mount, raw.data, raw.len + 1);
    return request_is_absolute(into->mount) ? 0 : SK_ERR_FORMAT;
}

static int read_label(const json_t *value, struct request_start *into)
{
    return take_text(value, SK_TEXT_MAX, into->label);
}

static int read_login(const json_t *value, struct request_start *into)
{
    return take_login(value, into->login);
}

static int read_uid(const json_t *value, struct request_start *into)
{
    json_int_t n;
    int r = take_number(value, FIRST_UID, SK_ROOM_UID_COUNT - 1, &n);
    if (r == 0)
        into->uid = (uid_t)n;
    return r;
}

static int read_gid(const json_t *value, struct request_start *into)
{
    json_int_t n;
    int r = take_number(value, 1, UINT32_MAX - 1, &n);
    if (r == 0)
        into->gid = (gid_t)n;
    return r;
}

static int read_groups(const json_t *value, struct request_start *into)
{
    if (!json_is_array(value))
        return SK_ERR_FORMAT;
    size_t i;
    const json_t *group;
    /* jansson iterates over arrays that it takes as non-const but does not change */
    json_array_foreach((json_t *)(uintptr_t)value, i, group)
    {
        json_int_t n;
        if (i == REQUEST_GROUPS_MAX)
            return SK_ERR_LIMIT;
        int r = take_number(group, 0, UINT32_MAX - 1, &n);
        if (r != 0)
            return r;
        /* a login in group 0 is nothing that a room needs */
        if (n != 0)
            into->groups[into->group_count++] = (gid_t)n;
    }
    return 0;
}

static int read_pid(const json_t *value, struct request_start *into)
{
    json_int_t n;
    int r = take_number(value, 1, INT32_MAX, &n);
    if (r == 0)
        into->pid = (pid_t)n;
    return r;
}

static int read_remote(const json_t *value, struct request_start *into)
{
    return take_flag(value, &into->remote);
}

static int read_wait(const json_t *value, struct request_start *into)
{
    return take_flag(value, &into->wait);
}

static int read_gpu(const json_t *value, struct request_start *into)
{
    return take_flag(value, &into->gpu);
}

static int read_scratch(const json_t *value, struct request_start *into)
{
    const char *word = json_is_string(value) ? json_string_value(value) : "";
    return scratch_of_word(word, &into->scratch) ? 0 : SK_ERR_FORMAT;
}

static int read_display(const json_t *value, struct request_start *into)
{
    const char *word = json_is_string(value) ? json_string_value(value) : "";
    into->display = str_eq(word, "shared") ? REQUEST_SHARED : REQUEST_NESTED;
    return str_eq(word, "shared") || str_eq(word, "nested") ? 0 : SK_ERR_FORMAT;
}

/* ":N" or ":N.S"; a display of another machine is none that a room could reach. */
static int read_x_display(const json_t *value, struct request_start *into)
{
    char text[32];
    uint64_t number;
    int r = take_text(value, sizeof text - 1, text);
    if (r != 0 || !text[0])
        return r;
    char *dot = strchr(text, '.');
    if (text[0] != ':' || (dot && strspn(dot + 1, "0123456789") != strlen(dot + 1)))
        return SK_ERR_FORMAT;
    if (dot)
        *dot = '\0';
    r = str_to_u64(text + 1, REQUEST_DISPLAY_MAX, &number);
    if (r == 0)
        into->x_display = (int)number;
    return r;
}

static int read_x_cookie(const json_t *value, struct request_start *into)
{
    if (!json_is_string(value))
        return SK_ERR_FORMAT;
    into->has_cookie = json_string_length(value) > 0;
    return into->has_cookie ? str_unhex(json_string_value(value), json_string_length(value),
                                        into->x_cookie, sizeof into->x_cookie)
                            : 0;
}

static int read_command(const json_t *value, struct request_start *into)
{
    if (!json_is_array(value))
        return SK_ERR_FORMAT;
    size_t i;
    const json_t *word;
    json_array_foreach((json_t *)(uintptr_t)value, i, word)
    {
        autobuf struct buf raw = {0};
        if (i == REQUEST_WORDS_MAX)
            return SK_ERR_LIMIT;
        int r = record_take_escaped(word, SK_WORD_MAX, &raw);
        if (r != 0)
            return r;
        if (i == 0 && raw.len == 0)
            return SK_ERR_FORMAT;
        into->command[i] = buf_steal(&raw);
        if (!into->command[i])
            return -ENOMEM;
        into->word_count++;
    }
    return 0;
}

static int read_folder(const json_t *value, struct request_start *into)
{
    autobuf struct buf raw = {0};
    int r = record_take_name(value, &raw);
    if (r != 0 || raw.len == 0)
        return r;
    memcpy(into->folder, raw.data, raw.len + 1);
    return components_fit(into->folder) ? 0 : SK_ERR_FORMAT;
}

static int read_locale(const json_t *value, struct request_start *into)
{
    static const char *const names[REQUEST_LOCALES] = {"LANG", "LANGUAGE", "LC_ALL", "TZ", "IM"};
    const char *key;
    const json_t *text;
    if (!json_is_object(value))
        return SK_ERR_FORMAT;
    json_object_foreach((json_t *)(uintptr_t)value, key, text)
    {
        size_t i = 0;
        while (i < REQUEST_LOCALES && !str_eq(names[i], key))
            i++;
        if (i == REQUEST_LOCALES || !json_is_string(text))
            return SK_ERR_FORMAT;
        const char *word = json_string_value(text);
        /* a wrong one is left out: somebody's odd locale is no reason to keep them from work */
        if (strlen(word) <= REQUEST_LOCALE_MAX && strspn(word, locale_letters) == strlen(word) &&
            word[0] != '/' && word[0] != ':' && !strstr(word, ".."))
            memcpy(into->locale[i], word, strlen(word) + 1);
    }
    return 0;
}

static int ignore(const json_t *value, struct request_start *into)
{
    (void)value;
    (void)into;
    return 0;
}

static const struct field fields[] = {
    {"area", true, read_area},           {"mount", false, read_mount},
    {"gate-label", true, read_label},    {"person", false, ignore},
    {"login", true, read_login},         {"uid", true, read_uid},
    {"gid", true, read_gid},             {"groups", true, read_groups},
    {"pid", true, read_pid},             {"remote", true, read_remote},
    {"display", true, read_display},     {"x-display", true, read_x_display},
    {"x-cookie", true, read_x_cookie},   {"command", true, read_command},
    {"folder", true, read_folder},       {"locale", true, read_locale},
    {"wait", true, read_wait},           {"gpu", false, read_gpu},
    {"scratch", false, read_scratch},
    {"room", false, read_room},
};

static const struct field *field_of(const char *key)
{
    for (size_t i = 0; i < array_count(fields); i++)
        if (str_eq(fields[i].key, key))
            return &fields[i];
    return NULL;
}

static int read_all(const json_t *body, struct request_start *into, struct fault *f)
{
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)body, key, value)
    {
        const struct field *field = field_of(key);
        if (!field)
            return fault_set(f, SK_ERR_FORMAT, "the message has a member that is not known");
        int r = field->read(value, into);
        if (r != 0)
            return fault_set(f, r, "the message's member \"%s\" is not as it must be", key);
    }
    for (size_t i = 0; i < array_count(fields); i++)
        if (fields[i].required && !json_object_get(body, fields[i].key))
            return fault_set(f, SK_ERR_FORMAT, "the message lacks \"%s\"", fields[i].key);
    return 0;
}

int request_start(const json_t *body, struct request_start *ret, struct fault *f)
{
    *ret = (struct request_start){.x_display = -1, .scratch = SCRATCH_TEMPORARY};
    int r = read_all(body, ret, f);
    if (r != 0)
        request_start_clear(ret);
    return r;
}

void request_start_clear(struct request_start *r)
{
    for (size_t i = 0; i < r->word_count; i++)
        free(r->command[i]);
    *r = (struct request_start){.x_display = -1};
}

int request_place(const json_t *body, struct request_place *ret, struct fault *f)
{
    json_int_t uid, pid;
    *ret = (struct request_place){0};
    if (json_object_size(body) != 4 || take_id(json_object_get(body, "area"), ret->area) != 0 ||
        take_login(json_object_get(body, "login"), ret->login) != 0 ||
        take_number(json_object_get(body, "uid"), FIRST_UID, SK_ROOM_UID_COUNT - 1, &uid) != 0 ||
        take_number(json_object_get(body, "pid"), 1, INT32_MAX, &pid) != 0)
        return fault_set(f, SK_ERR_FORMAT, "the message is not as it must be");
    ret->uid = (uid_t)uid;
    ret->pid = (pid_t)pid;
    return 0;
}

int request_end(const json_t *body, struct request_end *ret, struct fault *f)
{
    const char *key;
    const json_t *value;
    *ret = (struct request_end){0};
    json_object_foreach((json_t *)(uintptr_t)body, key, value)
    {
        int r = str_eq(key, "room")    ? take_id(value, ret->room)
                : str_eq(key, "area")  ? take_id(value, ret->area)
                : str_eq(key, "login") ? take_login(value, ret->login)
                : str_eq(key, "why")   ? take_text(value, SK_TEXT_MAX, ret->why)
                                       : SK_ERR_FORMAT;
        if (r != 0)
            return fault_set(f, r, "the message's member is not as it must be");
    }
    return 0;
}
