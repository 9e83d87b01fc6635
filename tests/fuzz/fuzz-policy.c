/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz-policy.c owns the fuzzing of the policy parser, and of lint, decisions and comparison with
 * whatever the parser lets through. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "policy/decide.h"
#include "policy/policy.h"

#define NOW 1790000000 /* seconds: September 2026, inside the corpus' contracts */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t uses(void *context, const char *consent)
{
    (void)context;
    return strlen(consent) & 1;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void decide_all(const struct policy *p)
{
    const char *user = p->person_count ? p->persons[0].user : "nobody";
    const char *area = p->area_count ? p->areas[0].head.id : "nowhere";
    const char *destination = p->destination_count ? p->destinations[0].head.id : "nowhere";
    const struct policy_consent *consent;
    struct decision d, all[DECIDE_ACCESS_MAX];
    const struct access_question a = {.user = user, .one_identity = true, .identified = true,
                                      .area = area, .code_trusted = true,
                                      .program_trusted = true, .in_room = true,
                                      .now = NOW};
    const struct transfer_question t = {.user = user, .area = area, .destination = destination,
                                        .purpose = p->title, .take_out = true, .uses = uses,
                                        .now = NOW};
    decide_access(p, &a, &d);
    require(d.allow == (decide_access_all(p, &a, all, DECIDE_ACCESS_MAX) == 0));
    decide_transfer(p, &t, &d, &consent);
    require(!d.allow || consent);
    const struct room_question r = {.user = user, .area = area, .terminal = true, .now = NOW};
    decide_room(p, &r, &d);
    require(!d.allow || p->areas[0].terminal);
    require(decide_needs_code(p, area) || p->area_count > 0);
    decide_approval(p, user, "nobody", destination, NOW, &d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy *p = NULL;
    struct policy_findings findings = {0};
    struct policy_changes changes = {0};
    int r = policy_parse((const char *)data, size, &p, &findings);
    require((r == 0) == (p != NULL));
    require(r == 0 || findings.errors > 0);
    if (p) {
        require(policy_lint(p, NOW, "pc-1", &findings) == 0);
        decide_all(p);
        require(policy_diff(policy_builtin(), p, &changes) == 0);
        policy_changes_free(&changes);
        require(policy_diff(p, p, &changes) == 0 && changes.count == 0);
        policy_changes_free(&changes);
    }
    policy_findings_free(&findings);
    policy_free(&p);
    return 0;
}
