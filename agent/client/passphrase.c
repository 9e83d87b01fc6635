/* SPDX-License-Identifier: GPL-3.0-or-later */
/* passphrase.c owns the least strength of an approver's passphrase. It must never keep a copy of one. */
#include "client/passphrase.h"
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include <stdbool.h>
#include <string.h>
#include "client/language.h"
#include "client/talk.h"
#include "policy/policy.h"
#include "record/record.h"

static unsigned kind_of(unsigned char c)
{
    if (c >= 'a' && c <= 'z')
        return 1;
    if (c >= 'A' && c <= 'Z')
        return 2;
    if (c >= '0' && c <= '9')
        return 4;
    return c < 0x80 ? 8 : 16; /* signs and spaces; beyond ASCII */
}

/* The length in bytes of the UTF-8 sequence that starts here; a stray byte counts as one. */
static size_t sequence_len(const char *s)
{
    size_t len = 1;
    while (((unsigned char)s[0] & 0xc0) == 0xc0 && ((unsigned char)s[len] & 0xc0) == 0x80)
        len++;
    return len;
}

const char *passphrase_weakness(const char *passphrase)
{
    size_t characters = 0, different = 0;
    unsigned kinds = 0;
    for (const char *at = passphrase; *at; at += sequence_len(at)) {
        size_t len = sequence_len(at);
        bool seen = false;
        for (const char *before = passphrase; before < at && !seen; before += sequence_len(before))
            seen = sequence_len(before) == len && memcmp(before, at, len) == 0;
        characters++;
        different += !seen;
        kinds |= kind_of((unsigned char)*at);
    }
    if (characters < PASSPHRASE_LEAST)
        return _("the passphrase is too short: 12 characters at least");
    if (__builtin_popcount(kinds) < PASSPHRASE_LEAST_KINDS)
        return _("the passphrase is of one kind of characters only: mix small letters, capitals, "
                 "digits, spaces, signs or Japanese");
    if (different < PASSPHRASE_LEAST_DIFFERENT)
        return _("the passphrase repeats itself: use at least 6 different characters");
    return NULL;
}

static size_t length_of(const char *passphrase)
{
    size_t characters = 0;
    for (const char *at = passphrase; *at; at += sequence_len(at))
        characters++;
    return characters;
}

/* 0 where no agent says. */
static unsigned least_of_policy(void)
{
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    autoclose int sock = -1;
    enum talk_step step = TALK_REFUSED;
    struct policy *policy = NULL;
    struct policy_findings findings = {0};
    if (!request || talk_begin(SK_OP_POLICY_SHOW, request, NULL, 0, &sock) != 0 ||
        talk_next(sock, talk_limit_ms(SK_OP_POLICY_SHOW), &answer, &step) != 0 || step != TALK_ANSWER)
        return 0;
    const char *text = record_text(answer, "text");
    unsigned least = *text && policy_parse(text, strlen(text), &policy, &findings) == 0
                         ? policy->approval.passphrase_minimum
                         : 0;
    policy_free(&policy);
    policy_findings_free(&findings);
    return least;
}

int passphrase_suits_policy(const char *passphrase, struct fault *f)
{
    unsigned least = least_of_policy();
    return length_of(passphrase) >= least
               ? 0
               : fault_set(f, SK_ERR_REFUSED, "the passphrase is too short: the policy asks for %u characters at least", least);
}
