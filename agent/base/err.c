/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err.c owns the text of every error code. It must never log, allocate or translate: callers do. */
#include <sekisho/err.h>
#include <string.h>

struct error_text {
    const char *name;
    const char *text;
};

#define ROW(code, text) [(code) - SK_ERR_FIRST] = {#code, text}
static const struct error_text texts[] = {
    ROW(SK_ERR_FORMAT, "malformed"),
    ROW(SK_ERR_LIMIT, "over a limit"),
    ROW(SK_ERR_SIGNATURE, "signature does not verify"),
    ROW(SK_ERR_KEY_UNKNOWN, "key is not known here"),
    ROW(SK_ERR_DIGEST, "content does not match its digest"),
    ROW(SK_ERR_ROLLBACK, "version is older than one seen before"),
    ROW(SK_ERR_EXPIRED, "outside its period"),
    ROW(SK_ERR_REFUSED, "refused by the policy"),
    ROW(SK_ERR_STATE, "not possible in the present state"),
    ROW(SK_ERR_PEER, "this peer may not ask that"),
    ROW(SK_ERR_CLOSED, "the other side closed the connection"),
    ROW(SK_ERR_PASSPHRASE, "wrong or too weak passphrase"),
    ROW(SK_ERR_CRYPTO, "cryptographic operation failed"),
    ROW(SK_ERR_NOT_FOUND, "not found"),
    ROW(SK_ERR_EXISTS, "exists already"),
    ROW(SK_ERR_TIMEOUT, "no answer in time"),
    ROW(SK_ERR_UNSUPPORTED, "not supported here"),
    ROW(SK_ERR_TAMPERED, "was tampered with"),
    ROW(SK_ERR_KIND, "not a regular file"),
};

static const struct error_text *find(int code)
{
    if (code <= SK_ERR_FIRST || code >= SK_ERR_LAST)
        return NULL;
    return &texts[code - SK_ERR_FIRST];
}

const char *sk_strerror(int code)
{
    const struct error_text *row = find(code);
    if (row)
        return row->text;
    const char *text = code <= 0 && code > SK_ERR_FIRST ? strerrordesc_np(-code) : NULL;
    return text ? text : "unknown error";
}

const char *sk_errname(int code)
{
    const struct error_text *row = find(code);
    if (row)
        return row->name;
    const char *name = code < 0 && code > SK_ERR_FIRST ? strerrorname_np(-code) : NULL;
    return name ? name : code == 0 ? "OK" : "UNKNOWN";
}
