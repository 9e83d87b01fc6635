/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xauth.c owns the reading of an X authority file. It must never read beyond a length that the file
 * gives, nor take a cookie of another kind. */
#include "cli/xauth.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"
#include "base/str.h"

#define FAMILY_LOCAL 256   /* address: the host's name */
#define FAMILY_WILD  65535 /* any host */
#define COOKIE_NAME  "MIT-MAGIC-COOKIE-1"

bool xauth_number(const char *display, char ret[static XAUTH_NUMBER_CAP])
{
    if (str_starts(display, "unix:"))
        display += strlen("unix");
    if (display[0] != ':')
        return false;
    size_t len = strspn(display + 1, "0123456789");
    const char *rest = display + 1 + len;
    if (len == 0 || len >= XAUTH_NUMBER_CAP || (*rest && *rest != '.'))
        return false;
    memcpy(ret, display + 1, len);
    ret[len] = '\0';
    return true;
}

/* A u16, big-endian as the whole file is. */
static uint16_t read_u16(struct cursor *c)
{
    uint8_t high = cursor_u8(c), low = cursor_u8(c);
    return (uint16_t)((high << 8) | low);
}

struct counted {
    const char *text;
    size_t len;
};

static struct counted read_counted(struct cursor *c)
{
    struct counted s = {.len = read_u16(c)};
    s.text = cursor_bytes(c, s.len);
    if (!s.text)
        s = (struct counted){"", 0};
    return s;
}

static bool is_text(const struct counted *s, const char *text)
{
    return s->len == strlen(text) && memcmp(s->text, text, s->len) == 0;
}

/* How well an entry fits: 0 = not at all. */
static int fits(uint16_t family, const struct counted *address, const char *host)
{
    if (family == FAMILY_WILD)
        return 1;
    return family == FAMILY_LOCAL && is_text(address, host) ? 2 : 0;
}

int xauth_cookie(const void *bytes, size_t len, const char *host, const char *number,
                 char ret[static XAUTH_HEX_CAP])
{
    struct cursor c;
    int best = 0;
    cursor_init(&c, bytes, len);
    while (c.left > 0 && !c.err) {
        uint16_t family = read_u16(&c);
        struct counted address = read_counted(&c), its_number = read_counted(&c);
        struct counted name = read_counted(&c), cookie = read_counted(&c);
        int fit = c.err ? 0 : fits(family, &address, host);
        if (fit <= best || !is_text(&name, COOKIE_NAME) || cookie.len == 0 ||
            cookie.len > XAUTH_COOKIE_MAX || (its_number.len > 0 && !is_text(&its_number, number)))
            continue;
        best = fit;
        str_hex(ret, cookie.text, cookie.len);
    }
    return best > 0 ? 0 : c.err ? SK_ERR_FORMAT : SK_ERR_NOT_FOUND;
}
