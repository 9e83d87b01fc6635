/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules.c owns the policy's files and the policy in force. It must never use bytes that were not
 * verified in memory first, and never leave the agent without a policy: the strictest is built in. */
#include "control/rules.h"
#include <fcntl.h>
#include <limits.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"

#define KEY_FILE_MAX ((size_t)4096) /* bytes of one .pub file */

#define FILE_TEXT      "policy.ini"
#define FILE_SIGNATURE "policy.ini.minisig"
#define NEXT_TEXT      "next.ini"
#define NEXT_SIGNATURE "next.ini.minisig"
#define LAST_TEXT      "policy.previous"
#define LAST_SIGNATURE "policy.previous.minisig"

void rules_init(struct rules *r)
{
    *r = (struct rules){.policy = policy_builtin()};
}

void rules_free(struct rules *r)
{
    policy_free(&r->owned);
    buf_free(&r->bytes);
    buf_free(&r->signature);
    r->policy = policy_builtin();
}

static int read_key(int dir_fd, const char *name, struct minisign_public *ret)
{
    autobuf struct buf text = {0};
    int r = file_read(dir_fd, name, KEY_FILE_MAX, &text);
    return r != 0 ? r : minisign_public_parse(text.data ? text.data : "", text.len, ret);
}

/* Every *.pub of keys.d that is a key; one that is none trusts nobody. Count, or -errno. */
static int read_keys(struct minisign_public keys[static RULES_KEYS_MAX])
{
    autodir DIR *dir = opendir(sk_path(SK_PATH_KEYS));
    if (!dir)
        return -errno;
    int count = 0;
    for (struct dirent *e; (e = readdir(dir)) && count < RULES_KEYS_MAX;) {
        size_t len = strlen(e->d_name);
        if (len > 4 && strcmp(e->d_name + len - 4, ".pub") == 0 &&
            read_key(dirfd(dir), e->d_name, &keys[count]) == 0)
            count++;
    }
    return count;
}

static int verify(struct rules_candidate *c, struct buf *why)
{
    struct minisign_public keys[RULES_KEYS_MAX];
    struct minisign_signature signature;
    int count = read_keys(keys);
    if (count < 0) {
        buf_printf(why, "%s: %s", sk_path(SK_PATH_KEYS), PHRASE_ERROR(count));
        return count;
    }
    int r = policy_verify(c->bytes, c->len, c->signature, c->signature_len, keys, (size_t)count,
                          &signature);
    if (r != 0) {
        phrase_put(why, "the policy's signature: %s", PHRASE_ERROR(r));
        return r;
    }
    minisign_id_format(signature.key_id, c->key_id);
    return 0;
}

/* Verified and parsed, with nothing said about time and host: enough for a policy that was checked
 * when it was installed. */
static int read_candidate(struct rules_candidate *c, struct policy_findings *findings,
                          struct buf *why)
{
    if (c->len > SK_POLICY_MAX || c->signature_len > SK_SIGNATURE_MAX) {
        buf_puts(why, PHRASE("the policy or its signature is too large"));
        return SK_ERR_LIMIT;
    }
    int r = verify(c, why);
    if (r != 0)
        return r;
    r = policy_parse(c->bytes, c->len, &c->policy, findings);
    if (r != 0) {
        phrase_put(why, findings->errors == 1 ? N_("the policy has %zu error") : N_("the policy has %zu errors"),
                   findings->errors);
        return r;
    }
    digest_hex(c->digest_hex, c->policy->digest);
    return 0;
}

int rules_examine(struct rules_candidate *c, int64_t now_s, const char *host,
                  struct policy_findings *findings, struct buf *why)
{
    int r = read_candidate(c, findings, why);
    if (r != 0)
        return r;
    r = policy_lint(c->policy, now_s, host, findings);
    if (r == 0 && !policy_for_host(c->policy, host)) {
        phrase_put(why, "the policy is not for this host (%s)", host);
        r = SK_ERR_REFUSED;
    } else if (r == 0 && findings->errors > 0) {
        phrase_put(why, findings->errors == 1 ? N_("the policy has %zu error") : N_("the policy has %zu errors"),
                   findings->errors);
        r = SK_ERR_FORMAT;
    }
    if (r != 0)
        policy_free(&c->policy);
    return r;
}

json_t *rules_findings(const struct policy_findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < findings->count; i++) {
        const struct policy_finding *f = &findings->items[i];
        json_t *row = json_pack(
            "{sssissssssssss}", "severity", f->severity == POLICY_ERROR ? "error" : "warning",
            "line", (int)f->line, "code", f->code, "found", f->found ? f->found : "", "allowed",
            f->allowed ? f->allowed : "", "nearest", f->nearest ? f->nearest : "", "text",
            f->text ? f->text : "");
        if (row && json_array_append_new(list, row) == 0)
            continue;
        json_decref(list);
        list = NULL;
    }
    return list;
}

static int open_folder(void)
{
    int fd = open(sk_path(SK_PATH_POLICY), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int rules_write(const struct rules_candidate *c)
{
    autoclose int dir = open_folder();
    if (dir < 0)
        return dir;
    int r = file_write_atomic(dir, NEXT_TEXT, c->bytes, c->len, 0644);
    return r != 0 ? r : file_write_atomic(dir, NEXT_SIGNATURE, c->signature, c->signature_len, 0644);
}

static int keep_previous(int dir, const struct rules *r)
{
    if (!r->owned)
        return 0;
    int err = file_write_atomic(dir, LAST_TEXT, r->bytes.data, r->bytes.len, 0644);
    return err != 0 ? err
                    : file_write_atomic(dir, LAST_SIGNATURE, r->signature.data, r->signature.len,
                                        0644);
}

/* Take the candidate over into r. */
static int take(struct rules *r, struct rules_candidate *c)
{
    struct buf bytes = {0}, signature = {0};
    buf_put(&bytes, c->bytes, c->len);
    buf_put(&signature, c->signature, c->signature_len);
    if (bytes.err || signature.err) {
        buf_free(&bytes);
        buf_free(&signature);
        return -ENOMEM;
    }
    rules_free(r);
    rules_init(r);
    r->owned = steal_ptr(&c->policy);
    r->policy = r->owned;
    r->bytes = bytes;
    r->signature = signature;
    memcpy(r->digest_hex, c->digest_hex, sizeof r->digest_hex);
    memcpy(r->key_id, c->key_id, sizeof r->key_id);
    return 0;
}

int rules_use(struct rules *r, struct rules_candidate *c)
{
    autoclose int dir = open_folder();
    if (dir < 0)
        return dir;
    int err = keep_previous(dir, r);
    if (err != 0)
        return err;
    /* text first: rules_load knows the pair (new text, next signature) */
    if (renameat(dir, NEXT_TEXT, dir, FILE_TEXT) != 0 ||
        renameat(dir, NEXT_SIGNATURE, dir, FILE_SIGNATURE) != 0 || fsync(dir) != 0)
        return -errno;
    return take(r, c);
}

/* One pair of files. `recorded`: its version must be the one that the ledger holds as the last. */
static int load_pair(struct rules *r, int dir, const char *const names[2], bool recorded,
                     uint64_t least_version)
{
    const char *text = names[0], *signature = names[1];
    autobuf struct buf bytes = {0}, sig = {0}, why = {0};
    int err = file_read(dir, text, SK_POLICY_MAX, &bytes);
    if (err == 0)
        err = file_read(dir, signature, SK_SIGNATURE_MAX, &sig);
    if (err != 0) {
        snprintf(r->why, sizeof r->why, "%s: %s", text, PHRASE_ERROR(err));
        return err;
    }
    struct rules_candidate c = {.bytes = bytes.data, .len = bytes.len, .signature = sig.data,
                                .signature_len = sig.len};
    struct policy_findings findings = {0};
    err = read_candidate(&c, &findings, &why);
    policy_findings_free(&findings);
    if (err == 0 && c.policy->version < least_version) {
        phrase_put(&why, "version %llu is older than version %llu, which the ledger holds",
                   (unsigned long long)c.policy->version, (unsigned long long)least_version);
        err = SK_ERR_ROLLBACK;
    } else if (err == 0 && recorded && c.policy->version != least_version) {
        buf_puts(&why, PHRASE("its installation was not recorded"));
        err = SK_ERR_STATE;
    }
    if (err == 0)
        err = take(r, &c);
    policy_free(&c.policy);
    if (err != 0)
        snprintf(r->why, sizeof r->why, "%s: %s", text, why.data ? why.data : PHRASE_ERROR(err));
    return err;
}

void rules_load(struct rules *r, uint64_t least_version)
{
    static const char *const pairs[][2] = {
        {FILE_TEXT, FILE_SIGNATURE}, {FILE_TEXT, NEXT_SIGNATURE}, {NEXT_TEXT, NEXT_SIGNATURE}};
    rules_free(r);
    rules_init(r);
    autoclose int dir = open_folder();
    if (dir < 0) {
        snprintf(r->why, sizeof r->why, "%s: %s", sk_path(SK_PATH_POLICY), PHRASE_ERROR(dir));
        return;
    }
    char first[sizeof r->why] = "";
    for (size_t i = 0; i < array_count(pairs); i++) {
        if (load_pair(r, dir, pairs[i], i > 0, least_version) == 0)
            return;
        if (i == 0)
            memcpy(first, r->why, sizeof first);
    }
    memcpy(r->why, first, sizeof first);
}

json_t *rules_show(const struct rules *r, int64_t now_s)
{
    char expires[CLOCK_TIME_CAP] = "";
    const struct policy *p = r->policy;
    if (p->expires > 0)
        clock_format_date(expires, p->expires - 1);
    const char *state = !r->owned                                  ? "built-in"
                        : p->expires > 0 && now_s >= p->expires ? "expired"
                                                                : "in-force";
    return json_pack("{sIssssssssss}", "version", (json_int_t)p->version, "digest", r->digest_hex,
                     "state", state, "expires", expires, "title", p->title ? p->title : "", "key",
                     r->key_id);
}
