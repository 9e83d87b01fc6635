/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The payloads of guard.sock (sekisho/proto.h): pure codec. */
#ifndef WATCH_MESSAGE_H
#define WATCH_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "base/buf.h"

struct message_area_add {
    char id[SK_ID_MAX + 1];
    char mount[SK_FILE_NAME_MAX + 1];
};

struct message_rooms {
    uint32_t count;
    struct message_room {
        char area[SK_ID_MAX + 1];
        uint32_t login_uid, room_uid;
    } rows[SK_ROOMS_MAX];
};

/* 0 or SK_ERR_FORMAT; *ret is untouched then. */
int message_area_add(const void *payload, size_t len, struct message_area_add *ret) SK_MUST_CHECK;
int message_area_drop(const void *payload, size_t len, char ret_id[static SK_ID_MAX + 1], bool *ret_shut)
    SK_MUST_CHECK;
/* SK_ERR_LIMIT too: more rooms than there may be. */
int message_rooms(const void *payload, size_t len, struct message_rooms *ret) SK_MUST_CHECK;
int message_policy(const void *payload, size_t len) SK_MUST_CHECK;
/* A time after 1970 and before the year 10000; exact: it may be earlier than one that was seen. */
int message_time(const void *payload, size_t len, int64_t *ret_s, bool *ret_exact) SK_MUST_CHECK;
int message_status(const void *payload, size_t len) SK_MUST_CHECK;

/* The ERROR payload: {"code":…,"why":…}. */
void message_error(struct buf *out, int code, const char *why);

#endif
