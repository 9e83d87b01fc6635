/* SPDX-License-Identifier: GPL-3.0-or-later */
/* permit_text.c owns what is known of a permit where only its text is. It must never call a text good whose parts
 * do not belong together: what is shown would not be what is signed. */
#include "client/permit_text.h"
#include <ctype.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/digest.h"
#include "base/str.h"

#define PERMIT_HEAD "sekisho-permit: 2\n"
#define DAY_DIGITS  8

bool permit_text_id(const char *text, char ret[static SK_ID_MAX + 1])
{
    size_t len = 2;
    if (!text[0] || !strchr("TCHS", text[0]) || text[1] != '-')
        return false;
    while (isdigit((unsigned char)text[len]))
        len++;
    if (len != 2 + DAY_DIGITS || text[len] != '-')
        return false;
    size_t dash = len++;
    while (isdigit((unsigned char)text[len]))
        len++;
    if (len == dash + 1 || len > SK_ID_MAX)
        return false;
    memcpy(ret, text, len);
    ret[len] = '\0';
    return true;
}

bool permit_text_value(const char *text, const char *key, struct buf *out)
{
    struct cursor c;
    const char *line;
    size_t len, key_len = strlen(key);
    cursor_init(&c, text, strlen(text));
    while (cursor_line(&c, &line, &len)) {
        if (len < key_len + 1 || memcmp(line, key, key_len) != 0 || line[key_len] != ':')
            continue;
        size_t skip = key_len + 1 + (len > key_len + 1 && line[key_len + 1] == ' ');
        buf_put(out, line + skip, len - skip);
        return true;
    }
    return false;
}

/* The request below the permit's own lines must be the one whose digest it states. */
static bool holds_together(const char *text)
{
    const char *request = strstr(text, "\n\n");
    autobuf struct buf stated = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    if (!request || !permit_text_value(text, "request", &stated) || stated.err)
        return false;
    request += 2;
    if (!str_starts(request, "sekisho-request: 1\n") &&
        !str_starts(request, "sekisho-handover: 1\n") &&
        !str_starts(request, "sekisho-standing-permit: 1\n"))
        return false;
    if (digest_of(request, strlen(request), digest) != 0)
        return false;
    digest_hex(hex, digest);
    return str_eq(stated.data ? stated.data : "", hex);
}

int permit_text_check(const char *text, const char *name, char ret_case[static SK_ID_MAX + 1], struct fault *f)
{
    autobuf struct buf id = {0}, shown = {0};
    char case_id[SK_ID_MAX + 1];
    if (!str_is_utf8(text, strlen(text)) || !str_starts(text, PERMIT_HEAD))
        return fault_set(f, SK_ERR_REFUSED, "%s is no permit's text", fault_shown(&shown, name));
    bool named = permit_text_value(text, "case", &id) && id.data && permit_text_id(id.data, case_id) &&
                 str_eq(id.data, case_id);
    if (!named || !holds_together(text))
        return fault_set(f, SK_ERR_REFUSED, "%s is a permit's text that was changed: do not sign it",
                         fault_shown(&shown, name));
    memcpy(ret_case, case_id, sizeof case_id);
    return 0;
}
