/* SPDX-License-Identifier: GPL-3.0-or-later */
/* receipt.c owns the reading of receipts, and whose signature one needs. It must never take one whose signature was not
 * checked: the caller does that first. */
#include "control/receipt.h"
#include <sekisho/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/str.h"
#include "record/record.h"

#define HEAD        "sekisho-receipt: 1"
#define KEY_RECEIPT "receipt: "
#define KEY_SEALED  "sealed: " /* SHA-256, size, name */

static bool begins(const char *line, size_t len, const char *key)
{
    size_t key_len = strlen(key);
    return len >= key_len && memcmp(line, key, key_len) == 0;
}

static int read_id(const char *value, size_t len, struct receipt *r)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (*r->id || len == 0 || len > SK_ID_MAX)
        return SK_ERR_FORMAT;
    snprintf(r->id, sizeof r->id, "%.*s", (int)len, value);
    return strspn(r->id, letters) == len ? 0 : SK_ERR_FORMAT;
}

static int read_sealed(const char *value, size_t len, struct receipt *r)
{
    uint8_t digest[DIGEST_LEN];
    char number[24];
    size_t hex = DIGEST_HEX_CAP - 1;
    if (*r->sha256 || len < hex + 2 || value[hex] != ' ' ||
        str_unhex(value, hex, digest, sizeof digest) != 0)
        return SK_ERR_FORMAT;
    digest_hex(r->sha256, digest);
    const char *from = value + hex + 1, *space = memchr(from, ' ', len - hex - 1);
    size_t digits = space ? (size_t)(space - from) : 0;
    if (digits == 0 || digits >= sizeof number)
        return SK_ERR_FORMAT;
    memcpy(number, from, digits);
    number[digits] = '\0';
    return str_to_u64(number, INT64_MAX, &r->bytes);
}

int receipt_read(const char *text, size_t len, struct receipt *ret)
{
    struct receipt r = {0};
    struct cursor c;
    const char *line;
    size_t line_len;
    cursor_init(&c, text, len);
    if (!cursor_line(&c, &line, &line_len) || line_len != strlen(HEAD) ||
        memcmp(line, HEAD, line_len) != 0)
        return SK_ERR_FORMAT;
    while (cursor_line(&c, &line, &line_len)) {
        int err = 0;
        if (begins(line, line_len, KEY_RECEIPT))
            err = read_id(line + strlen(KEY_RECEIPT), line_len - strlen(KEY_RECEIPT), &r);
        else if (begins(line, line_len, KEY_SEALED))
            err = read_sealed(line + strlen(KEY_SEALED), line_len - strlen(KEY_SEALED), &r);
        if (err != 0)
            return err;
    }
    if (!*r.id || !*r.sha256)
        return SK_ERR_FORMAT;
    *ret = r;
    return 0;
}

size_t receipt_signers(const struct policy *p, const struct case_entry *e,
                       const struct policy_recipient *ret[static AGE_RECIPIENTS_MAX])
{
    const json_t *names = record_member(e->done, "recipients");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(names) && count < AGE_RECIPIENTS_MAX; i++) {
        const char *id = json_string_value(json_array_get(names, i));
        const struct policy_recipient *r = id ? policy_recipient(p, id) : NULL;
        if (r && r->has_receipt_key)
            ret[count++] = r;
    }
    return count;
}

bool receipt_is_clients(const struct policy *p, const struct case_entry *e, const struct policy_recipient *who)
{
    const struct policy_contract *contract = policy_contract(p, record_text(e->request, "contract"));
    return contract && str_eq(who->contract, contract->head.id) && str_eq(who->organisation, contract->client);
}
