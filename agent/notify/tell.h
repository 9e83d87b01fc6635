/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Telling all whom the policy names, at once, within a bounded time. */
#ifndef NOTIFY_TELL_H
#define NOTIFY_TELL_H

#include "notify/notice.h"
#include "policy/policy.h"

#define TELL_LIMIT_MS 30000 /* milliseconds that sekisho-notify gives */

#define TELL_WHY_CAP  1024  /* bytes with NUL */

/* It holds no pointer, so that it can be handed to another process as it is. */
struct tell_result {
    uint8_t sent[SK_NOTICES_MAX + 1], failed[SK_NOTICES_MAX + 1]; /* bool: by number, from 1 */
    char why[TELL_WHY_CAP]; /* "notify.2: …" for each that failed, as far as it fits */
};

/* Tell them; what has not ended after limit_ms is killed and counts as failed. 0 or -errno (nobody was
 * told). */
int tell_all(const struct notice *n, const struct policy_incident *rules, unsigned limit_ms,
             struct tell_result *ret) SK_MUST_CHECK;

/* May this program be started? Nobody but root, and whoever asks, may be able to change it or put another in
 * its place, by any folder above it. 0, SK_ERR_REFUSED, -errno. */
int tell_check_program(const char *path) SK_MUST_CHECK;

#endif
