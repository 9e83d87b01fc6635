/* SPDX-License-Identifier: GPL-3.0-or-later */
/* logins.c owns the names that a room shows. It must never give two uids one name. */
#include "room/logins.h"
#include <string.h>
#include <sekisho/limits.h>
#include "base/str.h"

#define PEOPLE_FIRST 1000u  /* as idmap.c has it: 0…999 and 60000…65535 are the system's */
#define PEOPLE_LAST  59999u
#define SYSTEM_LAST  65535u
#define FIELDS       7
#define FIELD_MAX    1024   /* bytes of one field; longer ones are nobody's */

uid_t logins_uid_inside(uid_t uid)
{
    bool people = (uid >= PEOPLE_FIRST && uid <= PEOPLE_LAST) ||
                  (uid > SYSTEM_LAST && uid < SK_ROOM_UID_COUNT);
    return people ? uid + SK_ROOM_UID_BASE : uid;
}

/* A number and the separator behind it, at *at, which moves on; end: the last of a line. */
static bool take_field(const char **at, const char *end, uint64_t *ret)
{
    char word[24];
    const char *colon = memchr(*at, ':', (size_t)(end - *at));
    size_t len = (size_t)((colon ? colon : end) - *at);
    if (len >= sizeof word)
        return false;
    memcpy(word, *at, len);
    word[len] = '\0';
    *at = colon ? colon + 1 : end;
    return str_to_u64(word, UINT32_MAX, ret) == 0;
}

bool logins_given_away(const char *subuid, size_t len, uid_t uid)
{
    struct cursor c;
    const char *line;
    size_t line_len;
    cursor_init(&c, subuid, len);
    while (cursor_line(&c, &line, &line_len)) {
        uint64_t first, count;
        const char *colon = memchr(line, ':', line_len), *at = colon ? colon + 1 : line;
        if (colon && take_field(&at, line + line_len, &first) &&
            take_field(&at, line + line_len, &count) && uid >= first && uid < first + count)
            return true;
    }
    return false;
}

/* name, password, uid, gid, comment, home, shell. */
static bool split(const char *line, size_t len, char fields[FIELDS][FIELD_MAX])
{
    for (int i = 0; i < FIELDS; i++) {
        const char *end = memchr(line, ':', len);
        size_t n = end && i < FIELDS - 1 ? (size_t)(end - line) : len;
        if (n >= FIELD_MAX || (!end && i < FIELDS - 1))
            return false;
        memcpy(fields[i], line, n);
        fields[i][n] = '\0';
        line += i < FIELDS - 1 ? n + 1 : n;
        len -= i < FIELDS - 1 ? n + 1 : n;
    }
    return !strchr(fields[FIELDS - 1], ':');
}

static void add_other(const char *line, size_t len, const char *login, struct buf *ret)
{
    char fields[FIELDS][FIELD_MAX];
    uint64_t uid, gid;
    if (!split(line, len, fields) || !fields[0][0] || str_eq(fields[0], login) ||
        str_to_u64(fields[2], UINT32_MAX - 1, &uid) != 0 ||
        str_to_u64(fields[3], UINT32_MAX - 1, &gid) != 0)
        return;
    buf_printf(ret, "%s:x:%u:%u:%s:/nonexistent:/usr/sbin/nologin\n", fields[0],
               logins_uid_inside((uid_t)uid), (gid_t)gid, fields[4]);
}

void logins_passwd(const char *host, size_t len, const struct logins_person *person,
                   struct buf *ret)
{
    struct cursor c;
    const char *line;
    size_t line_len;
    buf_printf(ret, "%s:x:%u:%u::%s:%s\n", person->login, logins_uid_inside(person->uid),
               person->gid, person->home, person->shell);
    cursor_init(&c, host, len);
    while (cursor_line(&c, &line, &line_len))
        add_other(line, line_len, person->login, ret);
}
