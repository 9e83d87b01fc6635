/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key.c owns the secret key while it is open. It must never print or send it, and never take one
 * that opens without a passphrase. */
#include "client/key.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "record/record.h"

#define KEY_FILE_MAX 4096 /* bytes */

int key_default_path(bool make, char **ret, struct fault *f)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    autobuf struct buf b = {0};
    if (config && config[0] == '/')
        buf_puts(&b, config);
    else if (home && home[0] == '/')
        buf_printf(&b, "%s/.config", home);
    else
        return fault_set(f, SK_ERR_NOT_FOUND, "no home folder is known; name the key's file");
    if (make && !b.err)
        mkdir(b.data, 0700);
    buf_puts(&b, "/sekisho");
    if (make && !b.err && mkdir(b.data, 0700) != 0 && errno != EEXIST)
        return fault_path(f, b.data, -errno);
    buf_puts(&b, "/approver.key");
    *ret = buf_steal(&b);
    return *ret ? 0 : fault_path(f, "approver.key", -ENOMEM);
}

static int write_new(const char *path, const struct buf *text)
{
    autoclose int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int r = fd_write_full(fd, text->data, text->len);
    if (r == 0 && fsync(fd) != 0)
        r = -errno;
    if (r != 0)
        unlink(path);
    return r;
}

int key_make(const char *path, const char *passphrase, struct minisign_public *ret,
             struct fault *f)
{
    struct minisign_secret secret = {0};
    autobuf struct buf text = {0}, shown = {0};
    int r = minisign_generate(&secret);
    if (r == 0)
        r = minisign_secret_format(&secret, passphrase, false, &text);
    struct minisign_public pub = secret.pub;
    minisign_secret_wipe(&secret);
    if (r != 0)
        return fault_set(f, r, "the key can't be made: %s", PHRASE_ERROR(r));
    r = write_new(path, &text);
    if (r == -EEXIST)
        return fault_set(f, SK_ERR_STATE, "%s exists already and is never replaced",
                         fault_shown(&shown, path));
    if (r != 0)
        return fault_path(f, path, r);
    *ret = pub;
    return 0;
}

int key_read(const char *path, char **ret, struct fault *f)
{
    autobuf struct buf b = {0}, shown = {0};
    struct minisign_secret secret;
    int r = file_read(AT_FDCWD, path, KEY_FILE_MAX, &b);
    buf_puts(&b, "");
    if (r == 0 && (b.err || b.len != strlen(b.data)))
        r = SK_ERR_FORMAT;
    if (r == 0)
        r = minisign_secret_parse(b.data, b.len, NULL, &secret);
    if (r == 0) {
        minisign_secret_wipe(&secret);
        return fault_set(
            f, SK_ERR_REFUSED,
            "%s is a key without a passphrase; sekisho approver init makes one that has",
            fault_shown(&shown, path));
    }
    if (r != SK_ERR_PASSPHRASE)
        return fault_path(f, path, r);
    *ret = buf_steal(&b);
    return *ret ? 0 : fault_path(f, path, -ENOMEM);
}

int key_open(const char *path, const char *text, const char *passphrase,
             struct minisign_secret *ret, struct fault *f)
{
    int r = minisign_secret_parse(text, strlen(text), passphrase, ret);
    return r == 0 || r == SK_ERR_PASSPHRASE ? r : fault_path(f, path, r);
}

int key_sign(const struct minisign_secret *secret, const char *text, const char *comment,
             struct buf *out, struct fault *f)
{
    int r = minisign_sign(text, strlen(text), secret, comment, out);
    return r == 0 ? 0 : fault_set(f, r, "the permit can't be signed: %s", PHRASE_ERROR(r));
}

int key_sign_permit(const struct minisign_secret *secret, const char *path, const char *id,
                    const json_t *prepared, struct buf *out, struct fault *f)
{
    char own[MINISIGN_PUBLIC_TEXT_CAP];
    autobuf struct buf comment = {0}, shown = {0};
    minisign_public_format(&secret->pub, own);
    if (!str_eq(own, record_text(prepared, "key")))
        return fault_set(f, SK_ERR_REFUSED, "%s is not the key that the policy names for you (%s)",
                         fault_shown(&shown, path), record_text(prepared, "key"));
    buf_printf(&comment, "sekisho permit %s", id);
    return comment.err ? fault_set(f, comment.err, "the permit can't be signed: %s",
                                   PHRASE_ERROR(comment.err))
                       : key_sign(secret, record_text(prepared, "permit"), comment.data, out, f);
}
