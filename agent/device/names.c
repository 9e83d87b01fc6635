/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.c owns the form of names and paths that come in messages. It must never touch a file. */
#include "device/names.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include "base/str.h"

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define DIGITS             "0123456789"
#define TEMPORARY_PREFIX   NAMES_OWN_FOLDER "-"

static bool is_id(const char *id, const char *allowed)
{
    size_t len = strlen(id);
    return len > 0 && len <= SK_ID_MAX && strspn(id, allowed) == len;
}

bool names_is_area(const char *id)
{
    return is_id(id, LETTERS_AND_DIGITS "._-") && id[0] != '.' && id[0] != '-';
}

bool names_is_case(const char *id)
{
    return is_id(id, LETTERS_AND_DIGITS "-") && id[0] != '-';
}

int names_check_one(const char *name)
{
    size_t len = strlen(name);
    if (len > NAMES_ONE_MAX)
        return SK_ERR_LIMIT;
    if (len == 0 || strchr(name, '/') || str_eq(name, ".") || str_eq(name, ".."))
        return SK_ERR_FORMAT;
    if (str_eq(name, NAMES_OWN_FOLDER) || str_starts(name, TEMPORARY_PREFIX) ||
        str_eq(name, SK_ROOM_HOMES))
        return SK_ERR_FORMAT;
    return 0;
}

/* Components between slashes, all of them proper; the path begins with a component. */
static int check_components(const char *path)
{
    for (const char *at = path;;) {
        size_t len = strcspn(at, "/");
        if (len > NAMES_ONE_MAX)
            return SK_ERR_LIMIT;
        if (len == 0 || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
            return SK_ERR_FORMAT;
        if (!at[len])
            return 0;
        at += len + 1;
    }
}

int names_check_below(const char *path)
{
    if (strlen(path) > SK_FILE_NAME_MAX)
        return SK_ERR_LIMIT;
    int r = check_components(path);
    if (r != 0)
        return r;
    size_t own = strlen(NAMES_OWN_FOLDER);
    bool enters = str_starts(path, NAMES_OWN_FOLDER) && (!path[own] || path[own] == '/');
    return enters ? SK_ERR_FORMAT : 0;
}

int names_check_absolute(const char *path)
{
    if (strlen(path) > SK_FILE_NAME_MAX)
        return SK_ERR_LIMIT;
    return path[0] == '/' ? check_components(path + 1) : SK_ERR_FORMAT;
}

const char *names_last(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void names_temporary(char out[static NAMES_ONE_CAP], const char *case_id, size_t index)
{
    snprintf(out, NAMES_ONE_CAP, TEMPORARY_PREFIX "%s-%zu.part", case_id, index);
}

static const struct {
    const char *final, *temporary;
} outputs[NAMES_OUTPUTS] = {
    [NAMES_COVER] = {NAMES_COVER_SUFFIX, ".cover.part"},
    [NAMES_MANIFEST] = {NAMES_MANIFEST_SUFFIX, NAMES_MANIFEST_SUFFIX ".part"},
    [NAMES_SIGNATURE] = {NAMES_SIGNATURE_SUFFIX, NAMES_SIGNATURE_SUFFIX ".part"},
    [NAMES_EXPORT] = {NAMES_EXPORT_SUFFIX, NAMES_EXPORT_SUFFIX ".part"},
};

void names_output(const char *case_id, enum names_output which, char ret_final[static NAMES_ONE_CAP],
                  char ret_temporary[static NAMES_ONE_CAP])
{
    snprintf(ret_final, NAMES_ONE_CAP, "%s%s", case_id, outputs[which].final);
    snprintf(ret_temporary, NAMES_ONE_CAP, "%s%s", case_id, outputs[which].temporary);
}

void names_numbered(char out[static NAMES_ONE_CAP], size_t index)
{
    snprintf(out, NAMES_ONE_CAP, "%06zu", index);
}

static bool ends_at(const char *name, const char *suffix, size_t *ret_stem)
{
    size_t len = strlen(name), suffix_len = strlen(suffix);
    if (len <= suffix_len || memcmp(name + len - suffix_len, suffix, suffix_len) != 0)
        return false;
    *ret_stem = len - suffix_len;
    return true;
}

bool names_export_of(const char *name, char out[static NAMES_ONE_CAP])
{
    char stem[NAMES_ONE_CAP];
    size_t len;
    for (size_t i = 0; i < NAMES_EXPORT; i++) {
        if (!ends_at(name, outputs[i].final, &len) || len > SK_ID_MAX)
            continue;
        snprintf(stem, sizeof stem, "%.*s", (int)len, name);
        if (!names_is_case(stem))
            continue;
        snprintf(out, NAMES_ONE_CAP, "%.*s%s", SK_ID_MAX, stem, outputs[NAMES_EXPORT].temporary);
        return true;
    }
    return false;
}

bool names_is_leftover(const char *name)
{
    char stem[NAMES_ONE_CAP];
    size_t len;
    for (size_t i = 0; i < NAMES_OUTPUTS; i++) {
        if (!ends_at(name, outputs[i].temporary, &len) || len > SK_ID_MAX)
            continue;
        snprintf(stem, sizeof stem, "%.*s", (int)len, name);
        if (names_is_case(stem))
            return true;
    }
    size_t prefix = strlen(TEMPORARY_PREFIX);
    if (!str_starts(name, TEMPORARY_PREFIX) || !ends_at(name, ".part", &len) || len <= prefix)
        return false;
    snprintf(stem, sizeof stem, "%.*s", (int)(len - prefix), name + prefix);
    char *dash = strrchr(stem, '-');
    if (!dash || !dash[1] || strspn(dash + 1, DIGITS) != strlen(dash + 1))
        return false;
    *dash = '\0';
    return names_is_case(stem);
}
