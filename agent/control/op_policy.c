/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_policy.c owns the installation of a policy: verified, parsed, checked, newer, for this host,
 * recorded, written, in force, handed to the guard; in this order. A refusal changes nothing:
 * it must never leave bytes in force that were not verified. */
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"

static int read_fd(int fd, size_t max, struct buf *b)
{
    struct stat st;
    /* a pipe could keep the whole agent waiting for its other end */
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return SK_ERR_FORMAT;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return -errno;
    int r = fd_read_all(fd, max, b);
    buf_puts(b, "");
    return r != 0 ? r : b->err;
}

static json_t *policy_record(struct ask *a, const char *phase, const struct rules_candidate *n,
                             uint64_t version, const char *why, json_t *findings)
{
    autojson json_t *fields =
        json_pack("{sssIsssssosssO}", "phase", phase, "version", (json_int_t)version, "digest",
                  n->digest_hex, "key", n->key_id, "person", ask_person(a), "why", why, "findings",
                  findings);
    json_t *record = control_record(a->control, SK_KIND_POLICY);
    if (fields && record && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

#define RECORD_FINDINGS_MAX 40 /* findings in a refusal's record; the answer has them all */

static void record_refused(struct ask *a, const struct rules_candidate *n, json_t *findings)
{
    autobuf struct buf failure = {0};
    autojson json_t *some = json_copy(findings);
    while (some && json_array_size(some) > RECORD_FINDINGS_MAX)
        json_array_remove(some, RECORD_FINDINGS_MAX);
    if (some && json_dumpb(some, NULL, 0, JSON_COMPACT) > CONTROL_RECORD_FILES)
        json_array_clear(some);
    json_t *record = policy_record(a, "refused", n, n->policy ? n->policy->version : 0,
                                   a->why.data ? a->why.data : "", some);
    if (ledger_append(a->control, record, false, NULL, &failure) != 0)
        log_warn("a refused policy could not be recorded: %s", failure.data ? failure.data : "");
}

/* Newer than everything that was ever in force; the same once more changes nothing. */
static int check_version(struct ask *a, const struct rules_candidate *n, bool *ret_same)
{
    struct control *c = a->control;
    uint64_t version = n->policy->version, highest = c->fold->policy_version;
    *ret_same = c->rules.owned && version == c->rules.policy->version &&
                strcmp(n->digest_hex, c->rules.digest_hex) == 0;
    if (*ret_same)
        return 0;
    /* lost files are put back by the very policy that the ledger names */
    bool restored = !c->rules.owned && version == highest &&
                    strcmp(n->digest_hex, c->fold->policy_digest) == 0;
    if (version > highest || restored)
        return 0;
    return ask_fail(a, SK_ERR_ROLLBACK, "version %llu is not newer than version %llu",
                    (unsigned long long)version, (unsigned long long)highest);
}

static int put_in_force(struct ask *a, struct rules_candidate *n)
{
    struct control *c = a->control;
    autobuf struct buf why = {0};
    uint64_t version = n->policy->version;
    int r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    r = plugs_try(c, n->bytes, n->len, &a->why);
    if (r != 0)
        return r;
    uint64_t looked = incidents_looked(c); /* by the numbers that were in force */
    r = rules_write(n);
    if (r != 0)
        return ask_fail(a, r, "the policy can't be written: %s", PHRASE_ERROR(r));
    r = contracts_announce(c, n->policy, &a->why);
    if (r != 0)
        return r;
    autojson json_t *none = json_array();
    r = ledger_append(c, policy_record(a, "installed", n, version, "", none), true, NULL, &a->why);
    if (r != 0)
        return r;
    r = rules_use(&c->rules, n);
    if (r != 0)
        return ask_fail(a, r, "the policy can't be put in place: %s", PHRASE_ERROR(r));
    a->person = *a->login ? policy_person_of_user(c->rules.policy, a->login) : NULL;
    rooms_judge(c);
    inside_sync(&c->inside, c->rules.policy);
    desktop_sync(c);
    plugs_watch(c);
    if (guard_push(c, &why) != 0)
        log_warn("the guard did not take the policy yet: %s", why.data ? why.data : "");
    json_t *record = policy_record(a, "in-force", n, version, why.data ? why.data : "", none);
    if (record)
        json_object_set_new(record, "looked", json_integer((json_int_t)looked));
    ledger_close_act(c, record);
    return 0;
}

/* Where the ledger stands with this on record: whoever sent the policy may keep it. */
static void put_head(struct control *c, struct buf *out)
{
    autojson json_t *head = NULL;
    autobuf struct buf why = {0};
    if (ledger_head(c, &head, &why) == 0)
        buf_printf(out, "%lld %s", (long long)record_number(head, "size"), record_text(head, "root"));
}

static int examine(struct ask *a, struct rules_candidate *n, struct policy_findings *findings)
{
    bool same = false;
    int r = rules_examine(n, control_now(a->control), a->control->host, findings, &a->why);
    autojson json_t *list = rules_findings(findings);
    if (!list)
        return -ENOMEM;
    if (r == 0)
        r = check_version(a, n, &same);
    bool only_check = record_flag(a->body, "check");
    uint64_t version = n->policy ? n->policy->version : 0;
    bool expired = n->policy && control_now(a->control) >= n->policy->expires; /* it is taken below */
    if (r == 0 && !same && !only_check)
        r = put_in_force(a, n);
    if (r != 0) {
        if (!only_check && r != SK_ERR_STATE)
            record_refused(a, n, list);
        a->detail = json_pack("{sO}", "findings", list);
        return r;
    }
    autobuf struct buf kept = {0};
    if (!only_check)
        put_head(a->control, &kept);
    a->answer = json_pack("{sIsssOsbssss}", "version", (json_int_t)version, "digest", n->digest_hex,
                          "findings", list, "expired", expired ? 1 : 0, "origin", a->control->origin,
                          "head", kept.data ? kept.data : "");
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_policy_install(struct ask *a)
{
    autobuf struct buf text = {0}, signature = {0};
    struct policy_findings findings = {0};
    int r = read_fd(a->fds[0], SK_POLICY_MAX, &text);
    if (r == 0)
        r = read_fd(a->fds[1], SK_SIGNATURE_MAX, &signature);
    if (r != 0)
        return ask_fail(a, r, "the policy or its signature can't be read: %s", PHRASE_ERROR(r));
    if (!a->control->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", a->control->fold_why);
    struct rules_candidate n = {.bytes = text.data, .len = text.len, .signature = signature.data,
                                .signature_len = signature.len};
    r = examine(a, &n, &findings);
    policy_findings_free(&findings);
    policy_free(&n.policy);
    return r;
}

int op_policy_show(struct ask *a)
{
    struct control *c = a->control;
    a->answer = rules_show(&c->rules, control_now(c));
    if (!a->answer ||
        json_object_set_new(a->answer, "text",
                            json_stringn(c->rules.bytes.data ? c->rules.bytes.data : "",
                                         c->rules.bytes.len)) != 0)
        return -ENOMEM;
    return ASK_ANSWERED;
}
