/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two halves of sekisho-notify. One reads what sekisho-control says, behind a filter that lets it do
 * nothing else; its child knows the policy and starts programs. */
#ifndef NOTIFY_TELLER_H
#define NOTIFY_TELLER_H

#include "notify/tell.h"

/* Fork the child, which gives up its rights by itself; other: a descriptor that it closes. *ret_sock leads to
 * it, for the caller to close. 0 or -errno. */
int teller_start(int other, int *ret_sock) SK_MUST_CHECK;

/* Have it tell all whom the policy names, and wait. 0; SK_ERR_FORMAT, SK_ERR_SIGNATURE, SK_ERR_KEY_UNKNOWN, -errno:
 * nobody was told; SK_ERR_STATE (it died), SK_ERR_TIMEOUT: not known. */
int teller_tell(int sock, const struct notice *n, struct tell_result *ret) SK_MUST_CHECK;

#endif
