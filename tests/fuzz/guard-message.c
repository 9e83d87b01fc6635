/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard-message.c owns the fuzzing of guard.sock's payloads: what is accepted is within the limits
 * and is encoded back to the same bytes. */
#include <stdlib.h>
#include <string.h>
#include "watch/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct buf *b, const uint8_t *data, size_t size)
{
    if (b->err == 0 && (b->len != size || memcmp(b->data, data, size) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message_area_add add;
    static struct message_rooms rooms;
    char id[SK_ID_MAX + 1];
    bool shut;
    if (message_area_add(data, size, &add) == 0) {
        autobuf struct buf b = {0};
        buf_put_str(&b, add.id, strlen(add.id));
        buf_put_str(&b, add.mount, strlen(add.mount));
        expect_same(&b, data, size);
    }
    if (message_area_drop(data, size, id, &shut) == 0) {
        autobuf struct buf b = {0};
        buf_put_str(&b, id, strlen(id));
        buf_put_u8(&b, shut);
        expect_same(&b, data, size);
    }
    int64_t now_s;
    bool exact;
    if (message_time(data, size, &now_s, &exact) == 0) {
        autobuf struct buf b = {0};
        buf_put_u64(&b, (uint64_t)now_s);
        buf_put_u8(&b, exact);
        expect_same(&b, data, size);
    }
    if (message_rooms(data, size, &rooms) == 0) {
        autobuf struct buf b = {0};
        buf_put_u32(&b, rooms.count);
        for (uint32_t i = 0; i < rooms.count; i++) {
            buf_put_str(&b, rooms.rows[i].area, strlen(rooms.rows[i].area));
            buf_put_u32(&b, rooms.rows[i].login_uid);
            buf_put_u32(&b, rooms.rows[i].room_uid);
        }
        expect_same(&b, data, size);
    }
    return message_policy(data, size) == 0 && size != 1 ? abort(), 0 : 0;
}
