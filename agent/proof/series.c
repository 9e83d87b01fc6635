/* SPDX-License-Identifier: GPL-3.0-or-later */
/* series.c owns the form of running numbers and of their statement in a seal. It must never name a
 * contract in what is shown to another one's client. */
#include "proof/series.h"
#include <inttypes.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"

#define MARK_CAP (SK_ID_MAX + 64) /* bytes of the member's text with NUL */

int series_read(const struct scan_field *field, struct series_mark *ret)
{
    static const char contract[] = "{\"contract\":\"", number[] = "\"n\":";
    char text[MARK_CAP], again[MARK_CAP];
    struct series_mark mark = {0};
    if (!field->value)
        return 0;
    if (field->len >= sizeof text)
        return SK_ERR_FORMAT;
    memcpy(text, field->value, field->len);
    text[field->len] = '\0';
    char *at = text + 1;
    if (str_starts(text, contract)) {
        at = text + sizeof contract - 1;
        size_t len = str_span_id(at, strlen(at));
        if (len == 0 || len > SK_ID_MAX)
            return SK_ERR_FORMAT;
        memcpy(mark.contract, at, len);
        at += len + (at[len] ? 2 : 0); /* behind the quote and the comma, if they are those */
    }
    char *end = strchr(text, '}');
    if (!end || at > end || !str_starts(at, number))
        return SK_ERR_FORMAT;
    *end = '\0';
    if (str_to_u64(at + sizeof number - 1, INT64_MAX, &mark.n) != 0 || mark.n == 0)
        return SK_ERR_FORMAT;
    snprintf(again, sizeof again, "%s%s%s\"n\":%" PRIu64 "}", mark.contract[0] ? contract : "{",
             mark.contract, mark.contract[0] ? "\"," : "", mark.n);
    if (strlen(again) != field->len || memcmp(again, field->value, field->len) != 0)
        return SK_ERR_FORMAT;
    *ret = mark;
    return 1;
}

bool series_is_blind(const char *text)
{
    return strlen(text) == SERIES_BLIND_LEN && strspn(text, "0123456789abcdef") == SERIES_BLIND_LEN;
}

int series_count(const char *blind, uint64_t epoch, const struct series_mark *mark,
                 char ret[static DIGEST_HEX_CAP])
{
    char text[SERIES_BLIND_LEN + SK_ID_MAX + 64];
    uint8_t digest[DIGEST_LEN];
    int len = snprintf(text, sizeof text, "%.*s %" PRIu64 " %s %" PRIu64, SERIES_BLIND_LEN, blind,
                       epoch, mark->contract, mark->n);
    int r = digest_of(text, (size_t)len, digest);
    if (r == 0)
        digest_hex(ret, digest);
    return r;
}

struct series_row *series_row(struct series_seen *s, const char *contract)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_eq(s->rows[i].last.contract, contract))
            return &s->rows[i];
    return NULL;
}

int series_see(struct series_seen *s, const struct series_mark *mark, uint64_t at,
               struct series_row *ret_before)
{
    if (s->count == 0)
        s->count = 1;
    struct series_row *row = series_row(s, mark->contract);
    if (!row) {
        if (s->count == array_count(s->rows))
            return SK_ERR_LIMIT;
        row = &s->rows[s->count++];
        memcpy(row->last.contract, mark->contract, sizeof row->last.contract);
    }
    if (mark->n <= row->last.n)
        return SK_ERR_TAMPERED;
    *ret_before = *row;
    row->missing += mark->n - row->last.n - 1;
    row->last.n = mark->n;
    row->at = at;
    row->seen++;
    return 0;
}
