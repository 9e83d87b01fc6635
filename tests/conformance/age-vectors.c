/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age-vectors.c owns the run of the C2SP CCTV age vectors against crypto/age.h: one folder of files,
 * "key: value" lines, an empty line, the age file (not compressed). It must count every file, and
 * pass only when each applicable one came out as it says. */
#include <sekisho/err.h>
#include <string.h>
#include "base/digest.h"
#include "base/fdio.h"
#include "base/str.h"
#include "crypto/age.h"

#define VECTOR_MAX     ((size_t)32 * 1024 * 1024) /* bytes of one vector */
#define IDENTITIES_MAX 4

struct vector {
    char expect[64];
    char payload[DIGEST_HEX_CAP];
    char passphrase[128];
    bool has_passphrase, needs_ml_kem;
    struct age_identity identities[IDENTITIES_MAX];
    size_t identity_count;
    const void *file;
    size_t file_len;
};

static bool keep(char *out, size_t cap, const char *value, size_t len)
{
    if (len >= cap)
        return false;
    memcpy(out, value, len);
    out[len] = '\0';
    return true;
}

static bool take_identity(struct vector *v, const char *value, size_t len)
{
    char text[AGE_IDENTITY_CAP];
    if (len > 18 && memcmp(value, "AGE-SECRET-KEY-PQ-", 18) == 0) {
        v->needs_ml_kem = true;
        return true;
    }
    return v->identity_count < IDENTITIES_MAX && keep(text, sizeof text, value, len) &&
           age_identity_parse(text, &v->identities[v->identity_count++]) == 0;
}

static bool take_line(struct vector *v, const char *line, size_t len)
{
    const char *colon = memmem(line, len, ": ", 2);
    if (!colon)
        return false;
    size_t key_len = (size_t)(colon - line);
    const char *value = colon + 2;
    size_t value_len = len - key_len - 2;
    char key[32];
    if (!keep(key, sizeof key, line, key_len))
        return false;
    if (str_eq(key, "expect"))
        return keep(v->expect, sizeof v->expect, value, value_len);
    if (str_eq(key, "payload"))
        return keep(v->payload, sizeof v->payload, value, value_len);
    if (str_eq(key, "identity"))
        return take_identity(v, value, value_len);
    if (str_eq(key, "passphrase")) {
        v->has_passphrase = true;
        return keep(v->passphrase, sizeof v->passphrase, value, value_len);
    }
    return str_eq(key, "file key") || str_eq(key, "armored") || str_eq(key, "comment");
}

static bool vector_read(struct vector *v, const struct buf *b)
{
    struct cursor c;
    const char *line;
    size_t len;
    cursor_init(&c, b->data, b->len);
    while (cursor_line(&c, &line, &len)) {
        if (len == 0) {
            v->file = c.at;
            v->file_len = c.left;
            return v->expect[0] != '\0';
        }
        if (!take_line(v, line, len))
            return false;
    }
    return false;
}

/* What a result means in the vectors' words. */
static bool is_expected(const char *expect, int r)
{
    static const struct {
        const char *expect;
        int code;
    } meanings[] = {
        {"success", 0},
        {"no match", SK_ERR_KEY_UNKNOWN},
        {"HMAC failure", SK_ERR_SIGNATURE},
        {"header failure", SK_ERR_FORMAT},
        {"header failure", SK_ERR_LIMIT}, /* a work factor that we refuse */
        {"armor failure", SK_ERR_FORMAT},
        {"payload failure", SK_ERR_CRYPTO},
    };
    for (size_t i = 0; i < array_count(meanings); i++)
        if (str_eq(meanings[i].expect, expect) && meanings[i].code == r)
            return true;
    return false;
}

static bool vector_passes(const struct vector *v, const char *name)
{
    autobuf struct buf plain = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    int r = age_decrypt(v->file, v->file_len, v->identities, v->identity_count,
                        v->has_passphrase ? v->passphrase : NULL, &plain);
    if (!is_expected(v->expect, r)) {
        printf("FAIL %s: expected %s, got %s\n", name, v->expect, sk_errname(r));
        return false;
    }
    if (v->payload[0] == '\0')
        return plain.len == 0;
    if (digest_of(plain.data, plain.len, digest) != 0)
        return false;
    digest_hex(hex, digest);
    if (!str_eq(hex, v->payload)) {
        printf("FAIL %s: %s, but the plaintext is not the expected one\n", name, v->expect);
        return false;
    }
    return true;
}

struct tally {
    unsigned passed, failed, skipped;
};

static void run_file(int dir_fd, const char *name, struct tally *t)
{
    autobuf struct buf b = {0};
    struct vector v = {0};
    if (file_read(dir_fd, name, VECTOR_MAX, &b) != 0 || !vector_read(&v, &b)) {
        printf("FAIL %s: not a vector file that this program understands\n", name);
        t->failed++;
    } else if (v.needs_ml_kem && v.identity_count == 0) {
        printf("skip %s: needs ML-KEM, which libsodium before 1.0.22 lacks\n", name);
        t->skipped++;
    } else if (vector_passes(&v, name)) {
        t->passed++;
    } else {
        t->failed++;
    }
}

int main(int argc, char **argv)
{
    autodir DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    struct tally t = {0};
    if (!dir) {
        fprintf(stderr, "usage: age-vectors FOLDER\n");
        return 2;
    }
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            run_file(dirfd(dir), e->d_name, &t);
    printf("passed %u, failed %u, skipped %u\n", t.passed, t.failed, t.skipped);
    return t.failed == 0 && t.passed > 0 ? 0 : 1;
}
