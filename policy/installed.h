/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy in force, as it lies on the disk, verified here: control's word is not enough to have a
 * program started, or a device let in. */
#ifndef POLICY_INSTALLED_H
#define POLICY_INSTALLED_H

#include "policy/policy.h"

/* 0; SK_ERR_SIGNATURE, SK_ERR_KEY_UNKNOWN, SK_ERR_FORMAT, SK_ERR_LIMIT, -errno. Free with policy_free. */
int policy_installed(struct policy **ret) SK_MUST_CHECK;

#endif
