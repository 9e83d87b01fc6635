/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job.c owns the reading of JOB. It must never let a name through that an archive's reader could
 * take for a place outside of its folder. */
#include "export/job.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

void job_clear(struct job *job)
{
    for (size_t i = 0; i < job->count; i++)
        free(job->files[i].name);
    free(job->files);
    free(job->digests_name);
    sodium_memzero(&job->identity, sizeof job->identity);
    *job = (struct job){0};
}

size_t job_descriptors(const struct job *job)
{
    return 1 + job->count + (job->mode == JOB_MODE_SEAL ? 1 : job->count);
}

static bool has_only(const json_t *object, const char *const *known, size_t count)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found |= str_eq(known[i], key);
        if (!found)
            return false;
    }
    return true;
}

/* The raw bytes of an escaped name; absent is "". */
static int read_name(const json_t *object, const char *key, char **ret)
{
    autobuf struct buf raw = {0};
    const json_t *value = json_object_get(object, key);
    int r = value ? record_take_name(value, &raw) : 0;
    if (r != 0)
        return r;
    buf_puts(&raw, "");
    char *name = buf_steal(&raw);
    if (!name)
        return -ENOMEM;
    *ret = name;
    return 0;
}

/* A path that stays below the folder it is unpacked in. */
static bool is_member_name(const char *name)
{
    for (;;) {
        size_t len = strcspn(name, "/");
        bool dots = (len == 1 || len == 2) && strspn(name, ".") >= len;
        if (len == 0 || dots)
            return false;
        if (name[len] == '\0')
            return true;
        name += len + 1;
    }
}

static int read_file(const json_t *value, enum job_mode mode, struct job_file *ret)
{
    static const char *const known[] = {"name", "bytes", "sha256"};
    if (!json_is_object(value) || !has_only(value, known, array_count(known)))
        return SK_ERR_FORMAT;
    int r = read_name(value, "name", &ret->name);
    if (r != 0)
        return r;
    const json_t *bytes = json_object_get(value, "bytes");
    if (bytes && (!json_is_integer(bytes) || json_integer_value(bytes) < 0))
        return SK_ERR_FORMAT;
    ret->bytes = (uint64_t)json_integer_value(bytes);
    const json_t *digest = json_object_get(value, "sha256");
    if (digest && !json_is_string(digest))
        return SK_ERR_FORMAT;
    ret->has_digest = json_string_length(digest) > 0;
    if (ret->has_digest)
        r = str_unhex(json_string_value(digest), json_string_length(digest), ret->digest,
                      sizeof ret->digest);
    bool sealable = bytes && ret->has_digest && is_member_name(ret->name);
    return r != 0 ? r : mode == JOB_MODE_SEAL && !sealable ? SK_ERR_FORMAT : 0;
}

static int read_files(const json_t *list, struct job *job)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0)
        return SK_ERR_FORMAT;
    if (count > SK_CASE_FILES_MAX)
        return SK_ERR_LIMIT;
    job->files = calloc(count, sizeof *job->files);
    if (!job->files)
        return -ENOMEM;
    job->count = count;
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++)
        r = read_file(json_array_get(list, i), job->mode, &job->files[i]);
    return r;
}

static int read_recipients(const json_t *list, struct job *job)
{
    size_t count = json_array_size(list);
    if (list && !json_is_array(list))
        return SK_ERR_FORMAT;
    if (count > AGE_RECIPIENTS_MAX)
        return SK_ERR_LIMIT;
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        int r = text ? age_recipient_parse(text, &job->recipients[i]) : SK_ERR_FORMAT;
        if (r != 0)
            return r;
    }
    job->recipient_count = count;
    return job->mode == JOB_MODE_SEAL && count == 0 ? SK_ERR_FORMAT : 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Two members of one name would hide one from whoever unpacks them. */
static int check_unique(const struct job *job)
{
    autofree char **names = calloc(job->count + 1, sizeof *names);
    if (!names)
        return -ENOMEM;
    for (size_t i = 0; i < job->count; i++)
        names[i] = job->files[i].name;
    names[job->count] = job->digests_name;
    qsort(names, job->count + 1, sizeof *names, compare_names);
    for (size_t i = 0; i < job->count; i++)
        if (str_eq(names[i], names[i + 1]))
            return SK_ERR_EXISTS;
    return 0;
}

static int read_mode(const json_t *object, enum job_mode *ret)
{
    const char *mode = record_text(object, "mode");
    static const char *const modes[] = {
        [JOB_MODE_COPY] = "copy", [JOB_MODE_SEAL] = "seal", [JOB_MODE_OPEN] = "open"};
    for (size_t i = 0; i < array_count(modes); i++)
        if (str_eq(mode, modes[i])) {
            *ret = (enum job_mode)i;
            return 0;
        }
    return SK_ERR_FORMAT;
}

/* One file is opened, with one key. */
static int read_identity(const json_t *object, struct job *job)
{
    const char *text = json_string_value(json_object_get(object, "identity"));
    if (job->mode != JOB_MODE_OPEN)
        return json_object_get(object, "identity") ? SK_ERR_FORMAT : 0;
    return text && job->count == 1 ? age_identity_parse(text, &job->identity) : SK_ERR_FORMAT;
}

int job_parse(const char *text, size_t len, struct job *ret)
{
    static const char *const known[] = {"mode", "files", "recipients", "digests-name",
                                        "identity"};
    autojson json_t *object = NULL;
    int r = record_parse(text, len, SK_MESSAGE_MAX, &object);
    if (r == 0 && !has_only(object, known, array_count(known)))
        r = SK_ERR_FORMAT;
    if (r == 0)
        r = read_mode(object, &ret->mode);
    if (r == 0)
        r = read_files(json_object_get(object, "files"), ret);
    if (r == 0)
        r = read_recipients(json_object_get(object, "recipients"), ret);
    if (r == 0)
        r = read_name(object, "digests-name", &ret->digests_name);
    if (r == 0)
        r = read_identity(object, ret);
    if (r == 0 && ret->mode == JOB_MODE_SEAL)
        r = is_member_name(ret->digests_name) ? check_unique(ret) : SK_ERR_FORMAT;
    return r;
}
