/* SPDX-License-Identifier: GPL-3.0-or-later */
/* came_back.c owns the comparison of a medium's files with the cases that went onto it. It must never take a file for a
 * case's by its name alone where a record says what it must hold. */
#include "control/cover.h"
#include "control/came_back.h"
#include <ctype.h>
#include <sekisho/limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/str.h"
#include "record/record.h"

#define NAME_CAP      (SK_ID_MAX + 32)
#define EXFAT_PIECE   15 /* letters of a name in one entry of a folder */
#define SHORT_LETTERS 6  /* of a long name, in FAT's short one */

bool media_carries(const struct policy *p, const struct case_entry *e, const char *medium)
{
    const char *destination = record_text(e->request, "destination.id");
    const char *noted = record_text(e->done ? e->done : e->intent, "medium");
    const struct policy_destination *d = policy_destination(p, destination);
    if (!*medium)
        return false;
    if (str_eq(destination, medium) || str_eq(noted, medium))
        return true;
    return !*noted && d && str_eq(d->medium, medium);
}

/* May its export still be there, as far as the records say? */
static bool is_awaited(const struct case_entry *e)
{
    return e->take_out && (e->state == CASE_OUT || e->state == CASE_UNKNOWN || e->state == CASE_RETURNED);
}

static void export_name(const struct case_entry *e, char ret[static NAME_CAP])
{
    snprintf(ret, NAME_CAP, "%s.tar.age", e->id);
}

json_t *came_back_first(const struct policy *p, const struct fold *f, const char *medium)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < f->count; i++) {
        char name[NAME_CAP];
        const struct case_entry *e = &f->cases[i];
        export_name(e, name);
        if (!is_awaited(e) || !media_carries(p, e, medium))
            continue;
        json_t *one = json_pack("{ss}", "name", name);
        if (e->done && json_is_integer(record_member(e->done, "sealed.bytes")))
            json_object_set_new(one, "bytes", json_integer(record_number(e->done, "sealed.bytes")));
        json_array_append_new(list, one);
    }
    return list;
}

/* Its export has no end, or none that is good: what it left unfinished goes as soon as a job may sweep there. */
static bool is_half(const struct case_entry *e)
{
    return e->state == CASE_FAILED || e->state == CASE_UNKNOWN || e->state == CASE_RUNNING ||
           e->state == CASE_REVOKED;
}

/* The case that a name at the medium's top is made of; *ret_rest: what follows its id. */
static const struct case_entry *case_of_name(const struct policy *p, const struct fold *f, const char *medium,
                                             const char *name, const char **ret_rest)
{
    char id[SK_ID_MAX + 1];
    size_t len = strcspn(name, ".");
    if (len >= sizeof id)
        return NULL;
    snprintf(id, sizeof id, "%.*s", (int)len, name);
    const json_t *at = json_object_get(f->index, id);
    const struct case_entry *e = at ? &f->cases[json_integer_value(at)] : NULL;
    *ret_rest = name + len;
    return e && e->take_out && media_carries(p, e, medium) ? e : NULL;
}

/* --- what an export that was cut off leaves ------------------------------------------------------ */

static const char *const parts[] = {".tar.age.part", ".manifest.part", ".manifest.minisig.part", ".cover.part"};

static bool is_part(const char *rest)
{
    for (size_t i = 0; i < array_count(parts); i++)
        if (str_eq(rest, parts[i]))
            return true;
    return false;
}

/* exFAT has a name in pieces, of which the last ones are missing. */
static bool is_cut(const char *id, const char *rest)
{
    size_t id_len = strlen(id), len = strlen(rest);
    for (size_t i = 0; i < array_count(parts); i++)
        if ((id_len + len) % EXFAT_PIECE == 0 && len < strlen(parts[i]) && memcmp(rest, parts[i], len) == 0)
            return true;
    return false;
}

/* FAT has a short name beside the long one, which a renaming that is cut off may leave alone: "T-2026~1.PAR", or with a
 * number of four digits where many begin alike, "T-07B3~1.PAR". */
static bool is_short(const char *id, const char *name)
{
    static const char *const endings[] = {".PAR", ".AGE", ".MAN", ".MIN", ".HTM"};
    size_t same = 0;
    while (same < SHORT_LETTERS && id[same] && toupper((unsigned char)id[same]) == toupper((unsigned char)name[same]))
        same++;
    bool numbered = same >= 2 && strspn(name + 2, "0123456789ABCDEFabcdef") >= SHORT_LETTERS - 2;
    if ((same < SHORT_LETTERS && !numbered) || name[SHORT_LETTERS] != '~' || name[SHORT_LETTERS + 1] < '1' ||
        name[SHORT_LETTERS + 1] > '9')
        return false;
    for (size_t i = 0; i < array_count(endings); i++)
        if (strcasecmp(name + SHORT_LETTERS + 2, endings[i]) == 0)
            return true;
    return false;
}

static bool is_short_of_one(const struct policy *p, const struct fold *f, const char *medium, const json_t *file)
{
    for (size_t i = 0; str_eq(record_text(file, "kind"), "file") && i < f->count; i++) {
        const struct case_entry *e = &f->cases[i];
        if (e->take_out && is_half(e) && is_short(e->id, record_text(file, "name")) && media_carries(p, e, medium))
            return true;
    }
    return false;
}

/* What the records say of the file with this ending, "" = nothing; NULL: the case has no such file. */
static const char *digest_of_rest(const struct case_entry *e, const char *rest)
{
    static const struct {
        const char *rest, *member;
    } files[] = {{".tar.age", "sealed.sha256"}, {".manifest", "manifest"}, {".manifest.minisig", "manifest-signature"}, {COVER_SUFFIX, "cover"}};
    for (size_t i = 0; i < array_count(files); i++)
        if (str_eq(files[i].rest, rest))
            return e->done ? record_text(e->done, files[i].member) : "";
    return NULL;
}

enum match { MATCH_NONE, MATCH_SAME, MATCH_OTHER, MATCH_UNCERTAIN };

/* It was listed and not read: nothing but its length tells. */
static enum match match_unread(const struct case_entry *e, const char *rest, const json_t *file)
{
    const json_t *bytes = e->done ? record_member(e->done, "sealed.bytes") : NULL;
    bool other = str_eq(rest, ".tar.age") && json_is_integer(bytes) &&
                 json_integer_value(bytes) != record_number(file, "bytes");
    return other ? MATCH_OTHER : MATCH_UNCERTAIN;
}

static enum match match(const struct case_entry *e, const char *rest, const json_t *file, bool unread)
{
    const char *digest = digest_of_rest(e, rest), *kind = record_text(file, "kind");
    bool is_file = str_eq(kind, "file"), unreadable = str_eq(kind, "unreadable");
    bool unfinished = is_part(rest) || is_cut(e->id, rest) || (unreadable && digest);
    if (is_half(e) && unfinished && (is_file || unreadable))
        return MATCH_UNCERTAIN;
    if (!is_file)
        return digest ? MATCH_OTHER : MATCH_NONE;
    if (!digest)
        return MATCH_NONE;
    if (*digest && unread)
        return match_unread(e, rest, file);
    if (*digest)
        return str_eq(digest, record_text(file, "sha256")) ? MATCH_SAME : MATCH_OTHER;
    /* of a transfer that runs, or of which nobody knows how it ended; and signatures were not always on record */
    bool small = str_eq(rest, ".manifest.minisig") && record_number(file, "bytes") <= SK_SIGNATURE_MAX;
    bool open = e->state == CASE_RUNNING || e->state == CASE_UNKNOWN;
    return open || (e->done && small && case_may_be_disposed(e->state)) ? MATCH_UNCERTAIN : MATCH_OTHER;
}

static json_t *find_file(const json_t *files, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)files, i, one)
        if (str_eq(record_text(one, "name"), name))
            return one;
    return NULL;
}

static const char *found_word(const struct case_entry *e, const json_t *file, bool unread)
{
    if (!file)
        return "gone";
    if (str_eq(record_text(file, "kind"), "unreadable"))
        return "unreadable";
    enum match m = match(e, ".tar.age", file, unread);
    return m == MATCH_SAME ? "unchanged" : m == MATCH_UNCERTAIN ? "uncertain" : "changed";
}

static json_t *cases_of(const struct policy *p, const struct fold *f, const char *medium, const json_t *files)
{
    const json_t *list = record_member(files, "files");
    json_t *cases = json_array();
    for (size_t i = 0; cases && i < f->count; i++) {
        const struct case_entry *e = &f->cases[i];
        char name[NAME_CAP];
        if (!is_awaited(e) || !media_carries(p, e, medium))
            continue;
        export_name(e, name);
        const json_t *file = find_file(list, name);
        const char *found = found_word(e, file, record_flag(files, "unread"));
        json_array_append_new(cases, json_pack("{ss ss ss ss}", "case", e->id, "found", found, "name", name, "sha256",
                                               record_text(file, "sha256")));
    }
    return cases;
}

int came_back_compare(const struct policy *p, const struct fold *f, const char *medium, const json_t *files,
                      json_t **ret_cases, json_t **ret_unknown)
{
    const json_t *list = record_member(files, "files");
    autojson json_t *cases = cases_of(p, f, medium, files), *unknown = json_array();
    size_t i;
    json_t *file;
    json_array_foreach((json_t *)(uintptr_t)list, i, file) {
        const char *rest = "";
        const struct case_entry *e = case_of_name(p, f, medium, record_text(file, "name"), &rest);
        enum match m = e ? match(e, rest, file, record_flag(files, "unread")) : MATCH_NONE;
        if (m == MATCH_SAME || m == MATCH_UNCERTAIN || (!e && is_short_of_one(p, f, medium, file)))
            continue;
        json_t *row = json_deep_copy(file);
        if (!row || json_object_set_new(row, "case", json_string(m == MATCH_OTHER ? e->id : "")) != 0 ||
            json_array_append_new(unknown, row) != 0)
            return -ENOMEM;
    }
    if (!cases || !unknown)
        return -ENOMEM;
    *ret_cases = steal_ptr(&cases);
    *ret_unknown = steal_ptr(&unknown);
    return 0;
}
