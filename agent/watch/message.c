/* SPDX-License-Identifier: GPL-3.0-or-later */
/* message.c owns the form of what comes over guard.sock. It must never act on it. */
#include "watch/message.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/phrase.h"

#define TIME_MAX_S 253402300799ull /* the last second of the year 9999 */

int message_area_add(const void *payload, size_t len, struct message_area_add *ret)
{
    struct cursor c;
    size_t id_len, mount_len;
    cursor_init(&c, payload, len);
    const char *id = cursor_str(&c, SK_ID_MAX, &id_len);
    const char *mount = cursor_str(&c, SK_FILE_NAME_MAX, &mount_len);
    if (cursor_done(&c) != 0 || id_len == 0 || mount_len == 0)
        return SK_ERR_FORMAT;
    memcpy(ret->id, id, id_len);
    ret->id[id_len] = '\0';
    memcpy(ret->mount, mount, mount_len);
    ret->mount[mount_len] = '\0';
    return 0;
}

int message_area_drop(const void *payload, size_t len, char ret_id[static SK_ID_MAX + 1], bool *ret_shut)
{
    struct cursor c;
    size_t id_len;
    cursor_init(&c, payload, len);
    const char *id = cursor_str(&c, SK_ID_MAX, &id_len);
    uint8_t shut = cursor_u8(&c);
    if (cursor_done(&c) != 0 || id_len == 0 || shut > 1)
        return SK_ERR_FORMAT;
    memcpy(ret_id, id, id_len);
    ret_id[id_len] = '\0';
    *ret_shut = shut == 1;
    return 0;
}

int message_rooms(const void *payload, size_t len, struct message_rooms *ret)
{
    static struct message_rooms rooms; /* large, and this process has one thread */
    struct cursor c;
    cursor_init(&c, payload, len);
    rooms = (struct message_rooms){.count = cursor_u32(&c)};
    if (rooms.count > SK_ROOMS_MAX)
        return SK_ERR_LIMIT;
    for (uint32_t i = 0; i < rooms.count; i++) {
        struct message_room *row = &rooms.rows[i];
        size_t area_len;
        const char *area = cursor_str(&c, SK_ID_MAX, &area_len);
        if (area_len == 0)
            return SK_ERR_FORMAT;
        memcpy(row->area, area, area_len);
        row->login_uid = cursor_u32(&c);
        row->room_uid = cursor_u32(&c);
    }
    if (cursor_done(&c) != 0)
        return SK_ERR_FORMAT;
    *ret = rooms;
    return 0;
}

int message_policy(const void *payload, size_t len)
{
    struct cursor c;
    cursor_init(&c, payload, len);
    return cursor_u8(&c) == 0 ? cursor_done(&c) : SK_ERR_FORMAT;
}

int message_time(const void *payload, size_t len, int64_t *ret_s, bool *ret_exact)
{
    struct cursor c;
    cursor_init(&c, payload, len);
    uint64_t now_s = cursor_u64(&c);
    uint8_t exact = cursor_u8(&c);
    if (cursor_done(&c) != 0 || now_s > TIME_MAX_S || exact > 1)
        return SK_ERR_FORMAT;
    *ret_exact = exact != 0;
    *ret_s = (int64_t)now_s;
    return 0;
}

int message_status(const void *payload, size_t len)
{
    (void)payload;
    return len == 0 ? 0 : SK_ERR_FORMAT;
}

static void put_json_text(struct buf *out, const char *text)
{
    buf_putc(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else
            buf_putc(out, (char)c);
    }
    buf_putc(out, '"');
}

void message_error(struct buf *out, int code, const char *why)
{
    buf_printf(out, "{\"code\":\"%s\",\"why\":", sk_errname(code));
    put_json_text(out, why && *why ? why : PHRASE_ERROR(code));
    buf_putc(out, '}');
}
