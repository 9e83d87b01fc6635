/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minisign-tool.c owns a small program around crypto/minisign.h for tests against the stock
 * program.
 * A passphrase of "-" means none; exit codes: 0 yes, 1 no (the error's name on stdout), 2 misuse.
 *   generate SECRET-FILE PUBLIC-FILE PASSPHRASE|light:PASSPHRASE
 *   sign SECRET-FILE PASSPHRASE DATA SIGNATURE COMMENT
 *   verify DATA SIGNATURE PUBLIC…        (files or keys; prints the trusted comment)
 *   public SECRET-FILE PASSPHRASE        (prints the public key) */
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/fdio.h"
#include "base/str.h"
#include "crypto/minisign.h"

#define FILE_MAX ((size_t)8 * 1024 * 1024) /* bytes */
#define KEYS     16

static int answer(int r)
{
    if (r != 0)
        puts(sk_errname(r));
    return r != 0;
}

static const char *given(const char *passphrase)
{
    return strcmp(passphrase, "-") == 0 ? NULL : passphrase;
}

static int read_secret(const char *path, const char *passphrase, struct minisign_secret *ret)
{
    autobuf struct buf b = {0};
    int r = file_read(AT_FDCWD, path, FILE_MAX, &b);
    return r != 0 ? r : minisign_secret_parse(b.data, b.len, given(passphrase), ret);
}

static int generate(char **words)
{
    struct minisign_secret s;
    autobuf struct buf secret = {0}, public = {0};
    bool light = str_starts(words[2], "light:");
    int r = minisign_generate(&s);
    if (r == 0)
        r = minisign_secret_format(&s, given(words[2] + (light ? strlen("light:") : 0)), light,
                                   &secret);
    minisign_public_file(&s.pub, &public);
    if (r == 0)
        r = file_write_atomic(AT_FDCWD, words[0], secret.data, secret.len, 0600);
    if (r == 0)
        r = file_write_atomic(AT_FDCWD, words[1], public.data, public.len, 0644);
    return answer(r);
}

static int sign(char **words)
{
    struct minisign_secret s;
    autobuf struct buf data = {0}, out = {0};
    int r = read_secret(words[0], words[1], &s);
    if (r == 0)
        r = file_read(AT_FDCWD, words[2], FILE_MAX, &data);
    if (r == 0)
        r = minisign_sign(data.data ? data.data : "", data.len, &s, words[4], &out);
    if (r == 0)
        r = file_write_atomic(AT_FDCWD, words[3], out.data, out.len, 0644);
    return answer(r);
}

static int read_public(const char *word, struct minisign_public *ret)
{
    autobuf struct buf b = {0};
    if (minisign_public_parse(word, strlen(word), ret) == 0)
        return 0;
    int r = file_read(AT_FDCWD, word, FILE_MAX, &b);
    return r != 0 ? r : minisign_public_parse(b.data ? b.data : "", b.len, ret);
}

static int verify(char **words, int count)
{
    struct minisign_public keys[KEYS];
    struct minisign_signature s;
    autobuf struct buf data = {0}, signature = {0};
    size_t key_count = 0;
    int r = file_read(AT_FDCWD, words[0], FILE_MAX, &data);
    if (r == 0)
        r = file_read(AT_FDCWD, words[1], FILE_MAX, &signature);
    for (int i = 2; r == 0 && i < count && key_count < KEYS; i++)
        r = read_public(words[i], &keys[key_count++]);
    if (r == 0)
        r = minisign_verify(data.data ? data.data : "", data.len,
                            signature.data ? signature.data : "", signature.len, keys, key_count,
                            &s, NULL);
    if (r == 0)
        puts(s.trusted_comment);
    return answer(r);
}

static int public(char **words)
{
    struct minisign_secret s;
    char text[MINISIGN_PUBLIC_TEXT_CAP];
    int r = read_secret(words[0], words[1], &s);
    if (r == 0) {
        minisign_public_format(&s.pub, text);
        puts(text);
    }
    return answer(r);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "generate") == 0 && argc == 5)
        return generate(argv + 2);
    if (strcmp(what, "sign") == 0 && argc == 7)
        return sign(argv + 2);
    if (strcmp(what, "verify") == 0 && argc >= 5)
        return verify(argv + 2, argc - 2);
    if (strcmp(what, "public") == 0 && argc == 4)
        return public(argv + 2);
    return 2;
}
