/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turn.c owns the form of a medium's turn, which anybody may have written. It must never take more than one form for the
 * same turn. */
#include "record/turn.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/digest.h"
#include "base/str.h"

#define FORM   "sekisho-turn 1\nidentity xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n" \
               "turn dddddddddddddddddddd\n" \
               "token xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
#define PREFIX ".sekisho-turn."
#define WORDS  14 /* bytes of FORM's first line, whose letters stand for themselves */

_Static_assert(sizeof FORM == TURN_CAP, "the form is as long as each text");
_Static_assert(sizeof PREFIX - 1 + TURN_TAG_CAP - 1 + 2 < TURN_NAME_CAP, "a name has its room");

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

void turn_write(const char *identity, uint64_t number, const uint8_t token[static TURN_TOKEN_LEN], char ret[static TURN_CAP])
{
    char hex[2 * TURN_TOKEN_LEN + 1];
    str_hex(hex, token, TURN_TOKEN_LEN);
    snprintf(ret, TURN_CAP, "sekisho-turn 1\nidentity %.64s\nturn %020" PRIu64 "\ntoken %s\n", identity, number, hex);
    explicit_bzero(hex, sizeof hex);
}

/* A line's value stands behind its last blank: the words before it hold the letters of the form too. */
static bool is_value(size_t at)
{
    static const char form[] = FORM;
    while (at > 0 && form[at - 1] != ' ' && form[at - 1] != '\n')
        at--;
    return at > WORDS && form[at - 1] == ' ';
}

bool turn_is(const char *text, size_t len)
{
    static const char form[] = FORM;
    if (len != TURN_LEN)
        return false;
    for (size_t i = 0; i < TURN_LEN; i++) {
        bool right = !is_value(i) || form[i] == '\n' ? text[i] == form[i]
                     : form[i] == 'd'                ? text[i] >= '0' && text[i] <= '9'
                                                     : is_hex(text[i]);
        if (!right)
            return false;
    }
    return true;
}

int turn_tag(const char *origin, char ret[static TURN_TAG_CAP])
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    int r = digest_of(origin, strlen(origin), digest);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    snprintf(ret, TURN_TAG_CAP, "%.*s", TURN_TAG_CAP - 1, hex);
    return 0;
}

void turn_name(const char *tag, uint64_t number, char ret[static TURN_NAME_CAP])
{
    snprintf(ret, TURN_NAME_CAP, PREFIX "%.*s.%c", TURN_TAG_CAP - 1, tag, number % 2 ? '1' : '0');
}

bool turn_is_tag(const char *text)
{
    size_t len = 0;
    while (is_hex(text[len]))
        len++;
    return len == TURN_TAG_CAP - 1 && text[len] == '\0';
}

bool turn_is_name(const char *name)
{
    char tag[TURN_TAG_CAP];
    size_t len = strlen(name), head = sizeof PREFIX - 1;
    if (!str_starts(name, PREFIX) || len != head + TURN_TAG_CAP - 1 + 2)
        return false;
    memcpy(tag, name + head, sizeof tag - 1);
    tag[sizeof tag - 1] = '\0';
    return turn_is_tag(tag) && (str_eq(name + len - 2, ".0") || str_eq(name + len - 2, ".1"));
}
