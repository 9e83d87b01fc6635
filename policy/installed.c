/* SPDX-License-Identifier: GPL-3.0-or-later */
/* installed.c owns the reading of the signed policy, and alone of this library opens files. It must never use
 * bytes whose signature it has not seen to be one of keys.d. */
#include "policy/installed.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <string.h>
#include "base/fdio.h"

#define KEYS_MAX     32
#define KEY_FILE_MAX ((size_t)4096) /* bytes of one .pub file */

static int read_key(int dir, const char *name, struct minisign_public *ret)
{
    autobuf struct buf text = {0};
    int r = file_read(dir, name, KEY_FILE_MAX, &text);
    return r != 0 ? r : minisign_public_parse(text.data ? text.data : "", text.len, ret);
}

static int read_keys(struct minisign_public ret[static KEYS_MAX])
{
    int count = 0;
    autodir DIR *dir = opendir(sk_path(SK_PATH_KEYS));
    if (!dir)
        return -errno;
    for (struct dirent *e; count < KEYS_MAX && (e = readdir(dir));) {
        size_t len = strlen(e->d_name);
        if (len > 4 && strcmp(e->d_name + len - 4, ".pub") == 0 && read_key(dirfd(dir), e->d_name, &ret[count]) == 0)
            count++;
    }
    return count;
}

static int read_file(const char *name, size_t max, struct buf *out)
{
    char path[SK_PATH_CAP + 32];
    snprintf(path, sizeof path, "%s/%s", sk_path(SK_PATH_POLICY), name);
    return file_read(AT_FDCWD, path, max, out);
}

int policy_installed(struct policy **ret)
{
    struct minisign_public keys[KEYS_MAX];
    struct minisign_signature signature;
    struct policy_findings findings = {0};
    autobuf struct buf text = {0}, signed_by = {0};
    int count = read_keys(keys);
    int r = count < 0 ? count : read_file("policy.ini", SK_POLICY_MAX, &text);
    if (r == 0)
        r = read_file("policy.ini.minisig", SK_SIGNATURE_MAX, &signed_by);
    if (r == 0)
        r = policy_verify(text.data, text.len, signed_by.data ? signed_by.data : "", signed_by.len, keys,
                          (size_t)count, &signature);
    if (r == 0)
        r = policy_parse(text.data, text.len, ret, &findings);
    policy_findings_free(&findings);
    return r;
}
