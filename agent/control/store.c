/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.c owns the files below SK_PATH_CONTROL: request and permit texts, marks of snapshots, the
 * manifest key, areas' keys. It must never use a name that is not an id. */
#include <fcntl.h>
#include <sekisho/paths.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "control/control.h"

#define KEY_FILE       "manifest.key"
#define KEY_PUBLIC     "manifest.pub"
#define KEY_FILE_MAX   ((size_t)4096) /* bytes */
#define STORE_PATH_CAP (SK_PATH_CAP + 2 * SK_ID_MAX + 64)

static int path_of(char out[static STORE_PATH_CAP], const char *folder, const char *name)
{
    if (strchr(name, '/') || name[0] == '.')
        return SK_ERR_FORMAT;
    int n = snprintf(out, STORE_PATH_CAP, "%s/%s%s%s", sk_path(SK_PATH_CONTROL), folder,
                     *folder ? "/" : "", name);
    return n > 0 && n < STORE_PATH_CAP ? 0 : SK_ERR_LIMIT;
}

int store_open(void)
{
    static const char *const folders[] = {STORE_REQUEST, STORE_PREPARED, STORE_PERMIT, STORE_STAGED,
                                          STORE_AREA_KEY};
    char path[STORE_PATH_CAP];
    for (size_t i = 0; i < array_count(folders); i++) {
        int r = path_of(path, "", folders[i]);
        if (r != 0)
            return r;
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return -errno;
    }
    return 0;
}

int store_write(const char *folder, const char *name, const void *data, size_t len)
{
    char path[STORE_PATH_CAP];
    int r = path_of(path, folder, name);
    return r != 0 ? r : file_write_atomic(AT_FDCWD, path, data, len, 0600);
}

int store_read(const char *folder, const char *name, size_t max, struct buf *b)
{
    char path[STORE_PATH_CAP];
    int r = path_of(path, folder, name);
    return r != 0 ? r : file_read(AT_FDCWD, path, max, b);
}

void store_remove(const char *folder, const char *name)
{
    char path[STORE_PATH_CAP];
    if (path_of(path, folder, name) == 0)
        unlink(path);
}

bool store_has(const char *folder, const char *name)
{
    char path[STORE_PATH_CAP];
    return path_of(path, folder, name) == 0 && access(path, F_OK) == 0;
}

void store_each(const char *folder, void (*each)(void *, const char *), void *context)
{
    char path[STORE_PATH_CAP];
    if (path_of(path, "", folder) != 0)
        return;
    autodir DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            each(context, e->d_name);
}

int store_manifest_key(struct minisign_secret *ret, bool *ret_new)
{
    autobuf struct buf text = {0}, public_text = {0};
    int r = store_read("", KEY_FILE, KEY_FILE_MAX, &text);
    if (r == 0) {
        *ret_new = false;
        return minisign_secret_parse(text.data ? text.data : "", text.len, NULL, ret);
    }
    if (r != -ENOENT)
        return r;
    r = minisign_generate(ret);
    if (r == 0)
        r = minisign_secret_format(ret, NULL, false, &text);
    if (r == 0) {
        minisign_public_file(&ret->pub, &public_text);
        r = public_text.err;
    }
    /* the secret last: with it the key counts as made */
    if (r == 0)
        r = store_write("", KEY_PUBLIC, public_text.data, public_text.len);
    if (r == 0)
        r = store_write("", KEY_FILE, text.data, text.len);
    *ret_new = r == 0;
    return r;
}

int area_key_read(const char *area, struct buf *ret)
{
    int r = store_read(STORE_AREA_KEY, area, KEY_FILE_MAX, ret);
    return r == 0 && (!ret->data || ret->len >= AGE_IDENTITY_CAP) ? SK_ERR_FORMAT : r;
}

int area_key_recipient(const char *area, bool *ret_new, char ret[static AGE_RECIPIENT_CAP])
{
    autobuf struct buf text = {0};
    struct age_identity identity;
    struct age_recipient recipient;
    char made[AGE_IDENTITY_CAP];
    int r = area_key_read(area, &text);
    *ret_new = r == -ENOENT;
    if (r == -ENOENT) {
        r = age_identity_generate(&identity);
        if (r == 0) {
            age_identity_format(&identity, made);
            r = store_write(STORE_AREA_KEY, area, made, strlen(made));
        }
    } else if (r == 0) {
        r = age_identity_parse(text.data, &identity);
    }
    if (r == 0)
        r = age_identity_recipient(&identity, &recipient);
    if (r == 0)
        age_recipient_format(&recipient, ret);
    if (text.data)
        sodium_memzero(text.data, text.len);
    sodium_memzero(&identity, sizeof identity);
    sodium_memzero(made, sizeof made);
    return r;
}
