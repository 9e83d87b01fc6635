/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the running kernel says of its own types (BTF, Documentation/bpf/btf.rst): where a field of a structure
 * lies differs from kernel to kernel. */
#ifndef ROOM_BTF_H
#define ROOM_BTF_H

#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

struct btf; /* opaque */

/* Read the kernel's own; the memory is the caller's (btf_free). 0, -errno, SK_ERR_FORMAT, SK_ERR_LIMIT. */
int btf_read(const char *path, struct btf **ret) SK_MUST_CHECK;

/* The same of bytes, which must stay: for tests. */
int btf_parse(const void *data, size_t len, struct btf **ret) SK_MUST_CHECK;
void btf_free(struct btf **b);
#define autobtf __attribute__((cleanup(btf_free)))

/* The number of a function's type. SK_ERR_NOT_FOUND. */
int btf_function(const struct btf *b, const char *name, uint32_t *ret) SK_MUST_CHECK;

/* How many bytes from the beginning of a structure a member lies, also one in unnamed unions and structures
 * inside. SK_ERR_NOT_FOUND, also for bit fields. */
int btf_member(const struct btf *b, const char *structure, const char *member, uint32_t *ret)
    SK_MUST_CHECK;

#endif
