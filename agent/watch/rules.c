/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules.c owns the policy in watch. It must never decide by bytes whose signature this very process
 * has not checked. */
#include "watch/rules.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/utsname.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/phrase.h"
#include "watch/logins.h"
#include "watch/programs.h"

#define PASSWD_MAX  (16u * 1024 * 1024) /* bytes */
#define REFRESH_MS  1000

static size_t read_keys(const struct guard *g, struct minisign_public *keys)
{
    size_t count = 0;
    for (uint32_t i = 0; i < g->shared->key_count && i < GUARD_KEYS_MAX; i++) {
        const struct guard_key *k = &g->shared->keys[i];
        if (k->len <= sizeof k->text && minisign_public_parse(k->text, k->len, &keys[count]) == 0)
            count++;
    }
    return count;
}

static void say_first_error(const struct policy_findings *f, struct buf *why)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].severity == POLICY_ERROR) {
            phrase_put(why, "line %u: %s", f->items[i].line, f->items[i].text);
            return;
        }
    buf_puts(why, PHRASE("the policy is malformed"));
}

#define autofindings __attribute__((cleanup(policy_findings_free)))

/* Signature, then form. */
static int build(const struct guard *g, const void *bytes, size_t len, const void *signature,
                 size_t signature_len, struct policy **ret, struct buf *why)
{
    struct minisign_public keys[GUARD_KEYS_MAX];
    struct minisign_signature signed_by;
    size_t key_count = read_keys(g, keys);
    int r = policy_verify(bytes, len, signature, signature_len, keys, key_count, &signed_by);
    if (r != 0) {
        phrase_put(why, "the policy's signature: %s", PHRASE_ERROR(r));
        return r;
    }
    autofindings struct policy_findings findings = {0};
    r = policy_parse(bytes, len, ret, &findings);
    if (r != 0)
        say_first_error(&findings, why);
    return r;
}

/* Is it fit to come into force here and now? A policy in force is not asked again, so that a worker
 * that starts later decides as the one before it. */
static int examine(const struct policy *p, const struct policy *before, struct buf *why)
{
    autofindings struct policy_findings findings = {0};
    struct utsname host;
    if (uname(&host) != 0)
        return -errno;
    int r = policy_lint(p, clock_wall_s(), host.nodename, &findings);
    if (r == 0 && findings.errors > 0) {
        say_first_error(&findings, why);
        r = SK_ERR_FORMAT;
    }
    if (r == 0 && !policy_for_host(p, host.nodename)) {
        buf_puts(why, PHRASE("the policy is for other hosts"));
        r = SK_ERR_REFUSED;
    }
    if (r == 0 && p->version < before->version) {
        phrase_put(why, "version %ju is older than %ju, which is in force", (uintmax_t)p->version,
                   (uintmax_t)before->version);
        r = SK_ERR_ROLLBACK;
    }
    return r;
}

static void read_logins(const struct guard *g, struct rules *r)
{
    autobuf struct buf text = {0};
    struct logins *fresh = NULL;
    if (file_read(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &text) != 0 || !text.data ||
        logins_parse(text.data, text.len, &fresh) != 0) {
        failure_note(g, FAILURE_OF_LOGINS);
        return;
    }
    logins_free(&r->logins);
    r->logins = fresh;
}

static void expand(const struct guard *g, struct rules *r)
{
    struct programs *fresh = NULL;
    r->expanded_ns = guard_now_ns();
    if (programs_expand(g, r->policy, &fresh) != 0)
        return;
    programs_free(&r->programs);
    r->programs = fresh;
}

static void take(const struct guard *g, struct rules *r, struct policy *fresh)
{
    policy_free(&r->owned);
    r->owned = fresh;
    r->policy = fresh ? fresh : policy_builtin();
    programs_free(&r->programs);
    identity_forget_all();
    read_logins(g, r);
    expand(g, r);
}

void rules_load(const struct guard *g, struct rules *r)
{
    autobuf struct buf why = {0};
    struct policy *p = NULL;
    uint32_t slot = atomic_load_explicit(&g->shared->policy_slot, memory_order_acquire);
    *r = (struct rules){.policy = policy_builtin()};
    if (slot >= 1 && slot <= array_count(g->shared->policies)) {
        const struct guard_policy *held = &g->shared->policies[slot - 1];
        if (held->len > sizeof held->bytes || held->signature_len > sizeof held->signature ||
            build(g, held->bytes, held->len, held->signature, held->signature_len, &p, &why) != 0)
            failure_note(g, FAILURE_OF_POLICY_LOST);
    }
    take(g, r, p);
}

void rules_free(struct rules *r)
{
    programs_free(&r->programs);
    logins_free(&r->logins);
    policy_free(&r->owned);
    *r = (struct rules){.policy = policy_builtin()};
}

int rules_install(const struct guard *g, struct rules *r, const struct buf *bytes,
                  const struct buf *signature, struct buf *why)
{
    struct policy *p = NULL;
    if (bytes->len > SK_POLICY_MAX || signature->len > SK_SIGNATURE_MAX) {
        buf_puts(why, PHRASE("the policy or its signature is too long"));
        return SK_ERR_LIMIT;
    }
    int result = build(g, bytes->data, bytes->len, signature->data, signature->len, &p, why);
    if (result == 0)
        result = examine(p, r->policy, why);
    if (result != 0) {
        policy_free(&p);
        return result;
    }
    uint32_t slot = atomic_load(&g->shared->policy_slot) == 1 ? 2 : 1;
    struct guard_policy *held = &g->shared->policies[slot - 1];
    memcpy(held->bytes, bytes->data, bytes->len);
    memcpy(held->signature, signature->data, signature->len);
    held->len = (uint32_t)bytes->len;
    held->signature_len = (uint32_t)signature->len;
    atomic_store_explicit(&g->shared->policy_slot, slot, memory_order_release);
    take(g, r, p);
    return 0;
}

void rules_match(const struct rules *r, struct identity *i)
{
    if (i->matched_ns == r->expanded_ns)
        return;
    programs_match(r->programs, i);
    i->matched_ns = r->expanded_ns;
}

bool rules_refresh(const struct guard *g, struct rules *r)
{
    if (!guard_silent(r->expanded_ns, REFRESH_MS))
        return false;
    expand(g, r);
    return true;
}
