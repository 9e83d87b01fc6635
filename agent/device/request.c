/* SPDX-License-Identifier: GPL-3.0-or-later */
/* request.c owns the reading of what control asks. It must never let a name, path or number through
 * that the rest would have to check again. */
#include "device/request.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sekisho/err.h>
#include "base/digest.h"
#include "base/str.h"
#include "device/request_fields.h"
#include "record/record.h"

static const char *const gates[] = {"open", "room", NULL};
static const char *const backings[] = {"luks", "filesystem", NULL};
static const char *const directions[] = {"out", "in", "both", NULL};
static const char *const objects[] = {"area", "file", "medium", NULL};
static const char *const jobs[] = {"freeze", "receive", "export", "copy", NULL};

#define AREA_FIELD(name, form, required, words)                                                    \
    {#name, form, required, offsetof(struct request_area, name), words}

int request_create(const json_t *body, struct request_area *ret, struct fault *f)
{
    static const struct field fields[] = {
        AREA_FIELD(area, FORM_AREA, true, NULL),
        AREA_FIELD(mount, FORM_MOUNT, false, NULL),
        AREA_FIELD(backing, FORM_CHOICE, true, backings),
        AREA_FIELD(filesystem, FORM_WORD, true, NULL),
        AREA_FIELD(bytes, FORM_BYTES, false, NULL),
        AREA_FIELD(device, FORM_DEVICE, false, NULL),
        AREA_FIELD(overwrite, FORM_FLAG, false, NULL),
        {"label", FORM_IGNORED, false, 0, NULL},
    };
    *ret = (struct request_area){0};
    return fields_read(body, fields, array_count(fields), ret, f);
}

int request_open(const json_t *body, struct request_area *ret, struct fault *f)
{
    static const struct field fields[] = {
        AREA_FIELD(area, FORM_AREA, true, NULL),
        AREA_FIELD(mount, FORM_MOUNT, true, NULL),
        AREA_FIELD(backing, FORM_CHOICE, true, backings),
        AREA_FIELD(gate, FORM_CHOICE, true, gates),
    };
    *ret = (struct request_area){0};
    return fields_read(body, fields, array_count(fields), ret, f);
}

int request_close(const json_t *body, struct request_area *ret, struct fault *f)
{
    static const struct field fields[] = {AREA_FIELD(area, FORM_AREA, true, NULL)};
    *ret = (struct request_area){0};
    return fields_read(body, fields, array_count(fields), ret, f);
}

int request_stage_drop(const json_t *body, struct request_area *ret, struct fault *f)
{
    static const struct field fields[] = {
        AREA_FIELD(area, FORM_AREA, true, NULL),
        {"case", FORM_CASE, true, offsetof(struct request_area, case_id), NULL},
    };
    *ret = (struct request_area){0};
    return fields_read(body, fields, array_count(fields), ret, f);
}

int request_place(const json_t *body, struct request_destination *ret, struct fault *f)
{
    static const struct field fields[] = {
        {"path", FORM_MOUNT, false, offsetof(struct request_destination, path), NULL},
        {"medium", FORM_AREA, false, offsetof(struct request_destination, medium), NULL},
        {"uuid", FORM_WORD, false, offsetof(struct request_destination, uuid), NULL},
        {"kind", FORM_WORD, false, offsetof(struct request_destination, kind), NULL},
        {"folder", FORM_WORD, false, offsetof(struct request_destination, folder), NULL},
        {"sweep", FORM_FLAG, false, offsetof(struct request_destination, sweep), NULL},
    };
    *ret = (struct request_destination){0};
    int r = fields_read(body, fields, array_count(fields), ret, f);
    if (r == 0 && (strchr(ret->folder, '/') || ret->folder[0] == '.'))
        r = fault_set(f, SK_ERR_FORMAT, "\"folder\" is no name");
    if (r == 0 && !*ret->path == !*ret->medium)
        r = fault_set(f, SK_ERR_FORMAT, "the message names no folder, or no medium, to write to");
    return r;
}

#define MEDIUM_FIELD(name, form, required, words) \
    {#name, form, required, offsetof(struct request_medium, name), words}

int request_medium(const json_t *body, struct request_medium *ret, struct fault *f)
{
    static const struct field number = MEDIUM_FIELD(number, FORM_WORD, true, NULL);
    *ret = (struct request_medium){.areas = ""};
    return fields_read(body, &number, 1, ret, f);
}

int request_medium_open(const json_t *body, struct request_medium *ret, struct fault *f)
{
    static const struct field fields[] = {
        MEDIUM_FIELD(number, FORM_WORD, true, NULL), MEDIUM_FIELD(medium, FORM_AREA, true, NULL),
        MEDIUM_FIELD(identity, FORM_TEXT, true, NULL), MEDIUM_FIELD(login, FORM_WORD, true, NULL),
        MEDIUM_FIELD(direction, FORM_CHOICE, true, directions),
    };
    *ret = (struct request_medium){.areas = ""};
    return fields_read(body, fields, array_count(fields), ret, f);
}

int request_medium_mark(const json_t *body, struct request_medium *ret, struct fault *f)
{
    static const struct field fields[] = {
        MEDIUM_FIELD(number, FORM_WORD, true, NULL), MEDIUM_FIELD(medium, FORM_AREA, true, NULL),
        MEDIUM_FIELD(owner, FORM_AREA, true, NULL),  MEDIUM_FIELD(areas, FORM_TEXT, true, NULL),
        MEDIUM_FIELD(until, FORM_WORD, true, NULL),  MEDIUM_FIELD(tag, FORM_WORD, false, NULL),
    };
    *ret = (struct request_medium){.areas = ""};
    int r = fields_read(body, fields, array_count(fields), ret, f);
    if (r == 0 && *ret->tag && !turn_is_tag(ret->tag))
        r = fault_set(f, SK_ERR_FORMAT, "the message's member \"%s\" is not as it must be", "tag");
    return r;
}

int request_survey(const json_t *body, struct request_survey *ret, struct fault *f)
{
    static const struct field fields[] = {
        {"case", FORM_CASE, true, offsetof(struct request_survey, case_id), NULL},
        {"medium", FORM_AREA, true, offsetof(struct request_survey, medium), NULL},
        {"first", FORM_NESTED, true, 0, NULL},
    };
    *ret = (struct request_survey){.first = json_object_get(body, "first")};
    int r = fields_read(body, fields, array_count(fields), ret, f);
    return r != 0 || json_is_array(ret->first) ? r : fault_set(f, SK_ERR_FORMAT, "there is no list of names to be read first");
}

int request_places(const json_t *body, char *ret_paths[static SK_PLACES_MAX], size_t *ret_count,
                   struct fault *f)
{
    static const struct field fields[] = {{"paths", FORM_NESTED, true, 0, NULL}};
    const json_t *paths = json_object_get(body, "paths");
    char unused = 0; /* a nested field keeps nothing */
    *ret_count = 0;
    int r = fields_read(body, fields, array_count(fields), &unused, f);
    if (r != 0)
        return r;
    if (!json_is_array(paths) || json_array_size(paths) > SK_PLACES_MAX)
        return fault_set(f, SK_ERR_FORMAT, "paths is no list of at most %d", SK_PLACES_MAX);
    for (size_t i = 0; i < json_array_size(paths); i++) {
        autobuf struct buf raw = {0};
        r = record_take_name(json_array_get(paths, i), &raw);
        if (r == 0)
            r = names_check_absolute(raw.data);
        if (r != 0)
            return fault_set(f, r, "paths has a wrong form");
        ret_paths[i] = buf_steal(&raw);
        if (!ret_paths[i])
            return fault_errno(f, ENOMEM, "no memory for a path");
        *ret_count = i + 1;
    }
    return 0;
}

static int read_tags(const json_t *tags, struct request_erase *ret, struct fault *f)
{
    size_t count = json_array_size(tags);
    if (tags && (!json_is_array(tags) || count > REQUEST_TAGS_MAX))
        return fault_set(f, SK_ERR_FORMAT, "the message's member \"tags\" is not as it must be");
    for (size_t i = 0; i < count; i++) {
        const char *tag = json_string_value(json_array_get(tags, i));
        if (!tag || !names_is_case(tag))
            return fault_set(f, SK_ERR_FORMAT, "an earlier erasure is not named as it must be");
        snprintf(ret->tags[i], sizeof ret->tags[i], "%s", tag);
    }
    ret->tag_count = count;
    return 0;
}

static int read_digest(const json_t *value, struct request_erase *ret, struct fault *f)
{
    uint8_t digest[DIGEST_LEN];
    const char *text = json_string_value(value);
    if (value && (!text || str_unhex(text, strlen(text), digest, sizeof digest) != 0))
        return fault_set(f, SK_ERR_FORMAT, "the message's member \"sha256\" is not as it must be");
    if (text)
        digest_hex(ret->sha256, digest);
    return 0;
}

/* Does the path fit what it is to name? */
static int check_object(const struct request_erase *want, struct fault *f)
{
    bool below = want->object == REQUEST_OBJECT_FILE && *want->area;
    if (*want->medium && (want->object != REQUEST_OBJECT_FILE || *want->area))
        return fault_set(f, SK_ERR_FORMAT, "the message does not name what is to be erased");
    int r = want->object == REQUEST_OBJECT_AREA ? (*want->area && !*want->path ? 0 : SK_ERR_FORMAT)
            : below || *want->medium            ? names_check_below(want->path)
                                                : names_check_absolute(want->path);
    return r == 0 ? 0 : fault_set(f, r, "the message does not name what is to be erased");
}

int request_erase(const json_t *body, struct request_erase *ret, struct fault *f)
{
#define ERASE_FIELD(name, key, form, required, words)                                              \
    {key, form, required, offsetof(struct request_erase, name), words}
    static const struct field fields[] = {
        ERASE_FIELD(object, "object", FORM_CHOICE, true, objects),
        ERASE_FIELD(case_id, "case", FORM_CASE, true, NULL),
        ERASE_FIELD(area, "area", FORM_AREA, false, NULL),
        ERASE_FIELD(medium, "medium", FORM_AREA, false, NULL),
        ERASE_FIELD(path, "path", FORM_PATH, false, NULL),
        ERASE_FIELD(uuid, "uuid", FORM_WORD, false, NULL),
        ERASE_FIELD(all_names, "all-names", FORM_FLAG, false, NULL),
        ERASE_FIELD(plan, "plan", FORM_FLAG, false, NULL),
        {"tags", FORM_NESTED, false, 0, NULL},
        {"sha256", FORM_NESTED, false, 0, NULL},
    };
#undef ERASE_FIELD
    *ret = (struct request_erase){0};
    int r = fields_read(body, fields, array_count(fields), ret, f);
    if (r == 0)
        r = read_tags(json_object_get(body, "tags"), ret, f);
    if (r == 0)
        r = read_digest(json_object_get(body, "sha256"), ret, f);
    return r == 0 ? check_object(ret, f) : r;
}

int request_finish(const json_t *body, struct request_finish *ret, struct fault *f)
{
    static const struct field fields[] = {
        {"case", FORM_CASE, true, offsetof(struct request_finish, case_id), NULL},
        {"commit", FORM_FLAG, true, offsetof(struct request_finish, commit), NULL},
        {"manifest", FORM_TEXT, false, offsetof(struct request_finish, manifest), NULL},
        {"signature", FORM_TEXT, false, offsetof(struct request_finish, signature), NULL},
        {"cover", FORM_TEXT, false, offsetof(struct request_finish, cover), NULL},
    };
    *ret = (struct request_finish){.manifest = "", .signature = "", .cover = ""};
    return fields_read(body, fields, array_count(fields), ret, f);
}

static bool is_id_number(const json_t *value, uint32_t *ret)
{
    /* the highest value means "no change" to the kernel, so it is nobody's id */
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) >= UINT32_MAX)
        return false;
    *ret = (uint32_t)json_integer_value(value);
    return true;
}

static int read_requester(const json_t *value, struct persona *ret, struct fault *f)
{
    const json_t *groups = json_object_get(value, "groups");
    size_t count = json_array_size(groups);
    if (count > PERSONA_GROUPS_MAX)
        return fault_set(f, SK_ERR_LIMIT, "the requester is in more than %d groups",
                         PERSONA_GROUPS_MAX);
    bool good = is_id_number(json_object_get(value, "uid"), &ret->uid) &&
                is_id_number(json_object_get(value, "gid"), &ret->gid) &&
                (!groups || json_is_array(groups));
    for (size_t i = 0; good && i < count; i++)
        good = is_id_number(json_array_get(groups, i), &ret->groups[i]);
    ret->group_count = count;
    return good ? 0 : fault_set(f, SK_ERR_FORMAT, "the requester is not told by uid, gid, groups");
}

/* A raw name that the caller frees, by the rule for the kind of list it stands in. */
static int read_name(const json_t *value, int (*check)(const char *), char **ret, struct fault *f)
{
    autobuf struct buf raw = {0};
    autobuf struct buf shown = {0};
    int r = record_take_name(value, &raw);
    if (r == 0)
        r = check(raw.data ? raw.data : "");
    if (r == -ENOMEM)
        return fault_set(f, r, "out of memory");
    if (r != 0)
        return fault_set(f, r, "\"%s\" can't be the name of a file here",
                         fault_shown(&shown, raw.data ? raw.data : ""));
    char *name = buf_steal(&raw);
    if (!name)
        return fault_set(f, -ENOMEM, "out of memory");
    *ret = name;
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Two files of one job under one name would lose one of them. */
static int refuse_twice(char *const *names, size_t count, struct fault *f)
{
    autofree char **sorted = calloc(count ? count : 1, sizeof *sorted);
    autobuf struct buf shown = {0};
    if (!sorted)
        return fault_set(f, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        sorted[i] = names[i];
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < count; i++)
        if (str_eq(sorted[i - 1], sorted[i]))
            return fault_set(f, SK_ERR_EXISTS, "two files of this case are named \"%s\"",
                             fault_shown(&shown, sorted[i]));
    return 0;
}

static int read_list_size(const json_t *list, size_t *ret, struct fault *f)
{
    size_t count = json_array_size(list);
    if (count == 0)
        return fault_set(f, SK_ERR_FORMAT, "the message names no file");
    if (count > SK_CASE_FILES_MAX)
        return fault_set(f, SK_ERR_LIMIT, "a case has at most %d files", SK_CASE_FILES_MAX);
    *ret = count;
    return 0;
}

/* freeze, receive: a list of names alone. */
static int read_plain_files(const json_t *list, int (*check)(const char *),
                            struct request_job_start *ret, struct fault *f)
{
    int r = read_list_size(list, &ret->count, f);
    if (r != 0)
        return r;
    ret->files = calloc(ret->count, sizeof *ret->files);
    if (!ret->files)
        return fault_set(f, -ENOMEM, "out of memory");
    for (size_t i = 0; r == 0 && i < ret->count; i++)
        r = read_name(json_array_get(list, i), check, &ret->files[i].name, f);
    return r;
}

static int read_permitted_file(const json_t *value, struct request_file *ret, struct fault *f)
{
    const json_t *bytes = json_object_get(value, "bytes");
    const char *sha256 = json_string_value(json_object_get(value, "sha256"));
    unsigned char digest[(REQUEST_SHA256_CAP - 1) / 2];
    if (!json_is_integer(bytes) || json_integer_value(bytes) < 0)
        return fault_set(f, SK_ERR_FORMAT, "a file of the permit has no size");
    if (!sha256 || str_unhex(sha256, strlen(sha256), digest, sizeof digest) != 0)
        return fault_set(f, SK_ERR_FORMAT, "a file of the permit has no SHA-256");
    ret->bytes = (uint64_t)json_integer_value(bytes);
    memcpy(ret->sha256, sha256, REQUEST_SHA256_CAP);
    return read_name(json_object_get(value, "name"), names_check_below, &ret->name, f);
}

/* export, copy: what the permit binds. */
static int read_permitted_files(const json_t *list, struct request_job_start *ret, struct fault *f)
{
    int r = read_list_size(list, &ret->count, f);
    if (r != 0)
        return r;
    ret->files = calloc(ret->count, sizeof *ret->files);
    if (!ret->files)
        return fault_set(f, -ENOMEM, "out of memory");
    for (size_t i = 0; r == 0 && i < ret->count; i++)
        r = read_permitted_file(json_array_get(list, i), &ret->files[i], f);
    return r;
}

/* copy: final names as told, or the last component of each permitted name. */
static int read_copy_names(const json_t *list, struct request_job_start *ret, struct fault *f)
{
    if (list && json_array_size(list) != ret->count)
        return fault_set(f, SK_ERR_FORMAT, "a copy needs one name for each file");
    ret->names = calloc(ret->count, sizeof *ret->names);
    if (!ret->names)
        return fault_set(f, -ENOMEM, "out of memory");
    int r = 0;
    for (size_t i = 0; r == 0 && i < ret->count; i++) {
        if (list)
            r = read_name(json_array_get(list, i), names_check_one, &ret->names[i], f);
        else if (!(ret->names[i] = strdup(names_last(ret->files[i].name))))
            r = fault_set(f, -ENOMEM, "out of memory");
    }
    return r != 0 ? r : refuse_twice(ret->names, ret->count, f);
}

static int read_recipients(json_t *list, struct request_job_start *ret, struct fault *f)
{
    size_t count = json_array_size(list);
    if (count == 0 || count > REQUEST_RECIPIENTS_MAX)
        return fault_set(f, SK_ERR_FORMAT, "an export needs 1 to %d recipients",
                         REQUEST_RECIPIENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);
        size_t len = json_string_length(value);
        if (len == 0 || len > REQUEST_RECIPIENT_MAX ||
            !str_starts(json_string_value(value), "age1"))
            return fault_set(f, SK_ERR_FORMAT, "recipient %zu is not an age key", i + 1);
    }
    ret->recipients = json_incref(list);
    return 0;
}

static int refuse_twice_received(const struct request_job_start *job, struct fault *f)
{
    autofree char **names = calloc(job->count, sizeof *names);
    if (!names)
        return fault_set(f, -ENOMEM, "out of memory");
    for (size_t i = 0; i < job->count; i++)
        names[i] = job->files[i].name;
    return refuse_twice(names, job->count, f);
}

static int read_of_kind(const json_t *body, struct request_job_start *ret, struct fault *f)
{
    const json_t *names = json_object_get(body, "names");
    if (ret->identity && ret->job != REQUEST_RECEIVE)
        return fault_set(f, SK_ERR_FORMAT, "only what is received is opened");
    if (ret->job == REQUEST_FREEZE)
        return read_plain_files(json_object_get(body, "paths"), names_check_below, ret, f);
    if (ret->job == REQUEST_RECEIVE) {
        int r = read_plain_files(names, names_check_one, ret, f);
        if (r == 0 && ret->identity && ret->count != 1)
            r = fault_set(f, SK_ERR_FORMAT, "one sealed file is opened at a time");
        return r != 0 ? r : refuse_twice_received(ret, f);
    }
    const json_t *destination = json_object_get(body, "destination");
    if (!json_is_object(destination))
        return fault_set(f, SK_ERR_FORMAT, "the message lacks \"destination\"");
    int r = request_place(destination, &ret->destination, f);
    if (r == 0)
        r = read_permitted_files(json_object_get(body, "files"), ret, f);
    if (r == 0 && ret->job == REQUEST_COPY)
        r = read_copy_names(names, ret, f);
    if (r == 0 && ret->job == REQUEST_EXPORT)
        r = read_recipients(json_object_get(body, "recipients"), ret, f);
    return r;
}

int request_start(const json_t *body, struct request_job_start *ret, struct fault *f)
{
    static const struct field fields[] = {
        {"job", FORM_CHOICE, true, offsetof(struct request_job_start, job), jobs},
        {"case", FORM_CASE, true, offsetof(struct request_job_start, case_id), NULL},
        {"area", FORM_AREA, true, offsetof(struct request_job_start, area), NULL},
        {"into", FORM_BELOW, false, offsetof(struct request_job_start, into), NULL},
        {"archive-digests", FORM_NAME, false, offsetof(struct request_job_start, digests_name),
         NULL},
        {"identity", FORM_TEXT, false, offsetof(struct request_job_start, identity), NULL},
        {"requester", FORM_NESTED, true, 0, NULL},
        {"paths", FORM_NESTED, false, 0, NULL},
        {"names", FORM_NESTED, false, 0, NULL},
        {"files", FORM_NESTED, false, 0, NULL},
        {"destination", FORM_NESTED, false, 0, NULL},
        {"recipients", FORM_NESTED, false, 0, NULL},
        {"manifest-name", FORM_IGNORED, false, 0, NULL},
        {"turn", FORM_NESTED, false, 0, NULL},
    };
    *ret = (struct request_job_start){0};
    int r = fields_read(body, fields, array_count(fields), ret, f);
    if (r == 0)
        r = read_requester(json_object_get(body, "requester"), &ret->requester, f);
    if (r == 0)
        r = request_turn(json_object_get(body, "turn"), &ret->turn, f);
    return r != 0 ? r : read_of_kind(body, ret, f);
}

void request_job_clear(struct request_job_start *job)
{
    for (size_t i = 0; i < job->count; i++) {
        if (job->files)
            free(job->files[i].name);
        if (job->names)
            free(job->names[i]);
    }
    free(job->files);
    free(job->names);
    json_decref(job->recipients);
    *job = (struct request_job_start){0};
}
