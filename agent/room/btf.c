/* SPDX-License-Identifier: GPL-3.0-or-later */
/* btf.c owns the reading of the kernel's description of its types. It must never read beyond its bytes,
 * whatever they say. */
#include "room/btf.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <string.h>
#include <sekisho/err.h>
#include "base/buf.h"
#include "base/fdio.h"
#include "base/str.h"

#define BTF_SIZE_MAX ((size_t)64 * 1024 * 1024) /* bytes */
#define TYPES_MAX    (1u << 20)
#define NESTED_MAX   8 /* unnamed structures in one another */
#define BYTE_BITS    8u

struct btf {
    struct buf own; /* when it was read */
    const char *types, *strings;
    size_t strings_len;
    uint32_t *at; /* where each type begins in types; number 0 is void */
    uint32_t count;
};

/* What follows struct btf_type, for each kind. */
static bool tail_of(const struct btf_type *t, size_t *ret)
{
    size_t each = BTF_INFO_VLEN(t->info);
    static const struct {
        size_t fixed, for_each;
        bool known;
    } kinds[] = {
        [BTF_KIND_INT] = {sizeof(uint32_t), 0, true},
        [BTF_KIND_PTR] = {0, 0, true},
        [BTF_KIND_ARRAY] = {sizeof(struct btf_array), 0, true},
        [BTF_KIND_STRUCT] = {0, sizeof(struct btf_member), true},
        [BTF_KIND_UNION] = {0, sizeof(struct btf_member), true},
        [BTF_KIND_ENUM] = {0, sizeof(struct btf_enum), true},
        [BTF_KIND_FWD] = {0, 0, true},
        [BTF_KIND_TYPEDEF] = {0, 0, true},
        [BTF_KIND_VOLATILE] = {0, 0, true},
        [BTF_KIND_CONST] = {0, 0, true},
        [BTF_KIND_RESTRICT] = {0, 0, true},
        [BTF_KIND_FUNC] = {0, 0, true},
        [BTF_KIND_FUNC_PROTO] = {0, sizeof(struct btf_param), true},
        [BTF_KIND_VAR] = {sizeof(struct btf_var), 0, true},
        [BTF_KIND_DATASEC] = {0, sizeof(struct btf_var_secinfo), true},
        [BTF_KIND_FLOAT] = {0, 0, true},
        [BTF_KIND_DECL_TAG] = {sizeof(struct btf_decl_tag), 0, true},
        [BTF_KIND_TYPE_TAG] = {0, 0, true},
        [BTF_KIND_ENUM64] = {0, sizeof(struct btf_enum64), true},
    };
    unsigned kind = BTF_INFO_KIND(t->info);
    if (kind >= array_count(kinds) || !kinds[kind].known)
        return false;
    *ret = kinds[kind].fixed + each * kinds[kind].for_each;
    return true;
}

static const struct btf_type *type_at(const struct btf *b, uint32_t number)
{
    return number == 0 || number >= b->count ? NULL
                                             : (const struct btf_type *)(const void *)(b->types + b->at[number]);
}

static bool is_named(const struct btf *b, uint32_t name, const char *text)
{
    size_t len = strlen(text) + 1;
    return name < b->strings_len && b->strings_len - name >= len &&
           memcmp(b->strings + name, text, len) == 0;
}

/* Where each type begins: they follow one another. */
static int number_types(struct btf *b, size_t len)
{
    uint32_t cap = 0;
    b->count = 1;
    for (size_t at = 0; at < len; b->count++) {
        size_t tail;
        if (len - at < sizeof(struct btf_type) ||
            !tail_of((const struct btf_type *)(const void *)(b->types + at), &tail) ||
            tail > len - at - sizeof(struct btf_type))
            return SK_ERR_FORMAT;
        if (b->count == TYPES_MAX)
            return SK_ERR_LIMIT;
        if (b->count >= cap) {
            cap = cap ? cap * 2 : 4096;
            uint32_t *more = reallocarray(b->at, cap, sizeof *more);
            if (!more)
                return -ENOMEM;
            b->at = more;
        }
        b->at[b->count] = (uint32_t)at;
        at += sizeof(struct btf_type) + tail;
    }
    return 0;
}

static int parse(struct btf *b, const char *data, size_t len)
{
    const struct btf_header *h = (const void *)data;
    if (len < sizeof *h || h->magic != BTF_MAGIC || h->hdr_len < sizeof *h || h->hdr_len > len ||
        h->type_off % sizeof(uint32_t) != 0 || h->hdr_len % sizeof(uint32_t) != 0)
        return SK_ERR_FORMAT;
    size_t left = len - h->hdr_len;
    if (h->type_off > left || h->type_len > left - h->type_off || h->str_off > left ||
        h->str_len > left - h->str_off)
        return SK_ERR_FORMAT;
    b->types = data + h->hdr_len + h->type_off;
    b->strings = data + h->hdr_len + h->str_off;
    b->strings_len = h->str_len;
    return number_types(b, h->type_len);
}

int btf_parse(const void *data, size_t len, struct btf **ret)
{
    autobtf struct btf *b = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    int r = parse(b, data, len);
    if (r == 0)
        *ret = steal_ptr(&b);
    return r;
}

int btf_read(const char *path, struct btf **ret)
{
    autobtf struct btf *b = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    int r = file_read(AT_FDCWD, path, BTF_SIZE_MAX, &b->own);
    if (r == 0)
        r = b->own.data ? parse(b, b->own.data, b->own.len) : SK_ERR_FORMAT;
    if (r == 0)
        *ret = steal_ptr(&b);
    return r;
}

void btf_free(struct btf **b)
{
    if (!*b)
        return;
    buf_free(&(*b)->own);
    free((*b)->at);
    free(*b);
    *b = NULL;
}

static uint32_t find(const struct btf *b, unsigned kind, const char *name)
{
    for (uint32_t i = 1; i < b->count; i++) {
        const struct btf_type *t = type_at(b, i);
        if (BTF_INFO_KIND(t->info) == kind && is_named(b, t->name_off, name))
            return i;
    }
    return 0;
}

int btf_function(const struct btf *b, const char *name, uint32_t *ret)
{
    uint32_t number = find(b, BTF_KIND_FUNC, name);
    if (number == 0)
        return SK_ERR_NOT_FOUND;
    *ret = number;
    return 0;
}

/* Bits from the beginning of this structure. */
static bool member_in(const struct btf *b, uint32_t number, const char *name, unsigned depth,
                      uint32_t *ret_bits)
{
    const struct btf_type *t = type_at(b, number);
    unsigned kind = t ? BTF_INFO_KIND(t->info) : BTF_KIND_UNKN;
    if ((kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION) || depth == NESTED_MAX)
        return false;
    const struct btf_member *members = (const void *)(t + 1);
    for (unsigned i = 0; i < BTF_INFO_VLEN(t->info); i++) {
        const struct btf_member *m = &members[i];
        bool fields = BTF_INFO_KFLAG(t->info);
        uint32_t bits = fields ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset, inner;
        if (is_named(b, m->name_off, name) && !(fields && BTF_MEMBER_BITFIELD_SIZE(m->offset))) {
            *ret_bits = bits;
            return true;
        }
        if (is_named(b, m->name_off, "") && member_in(b, m->type, name, depth + 1, &inner)) {
            *ret_bits = bits + inner;
            return true;
        }
    }
    return false;
}

int btf_member(const struct btf *b, const char *structure, const char *member, uint32_t *ret)
{
    uint32_t bits;
    if (!member_in(b, find(b, BTF_KIND_STRUCT, structure), member, 0, &bits) || bits % BYTE_BITS != 0)
        return SK_ERR_NOT_FOUND;
    *ret = bits / BYTE_BITS;
    return 0;
}
