/* SPDX-License-Identifier: GPL-3.0-or-later */
/* event.c owns the form of a notification group's events. It must never look beyond the length that
 * an event or a part of it states, and never lose a descriptor that an event brings. */
#include "index/event.h"
#include <sekisho/err.h>
#include <string.h>
#include <sys/fanotify.h>

#define FSID_LEN 8 /* bytes */

/* Parts newer than the build's headers (include/uapi/linux/fanotify.h of Linux 5.17). */
#ifndef FAN_EVENT_INFO_TYPE_OLD_DFID_NAME
#define FAN_EVENT_INFO_TYPE_OLD_DFID_NAME 10
#endif
#ifndef FAN_EVENT_INFO_TYPE_NEW_DFID_NAME
#define FAN_EVENT_INFO_TYPE_NEW_DFID_NAME 12
#endif

/* A handle, then a name that ends with NUL and may be padded with more of them. */
static int read_place(struct cursor *c, bool named, struct event_place *ret)
{
    int r = handle_read(c, &ret->dir);
    if (r != 0)
        return r;
    if (!named || c->left == 0)
        return 0;
    const char *name = (const char *)c->at;
    if (!memchr(name, 0, c->left))
        return SK_ERR_FORMAT;
    ret->name = name;
    return 0;
}

static int read_fid(uint8_t type, struct cursor *c, struct event *e)
{
    int r = 0;
    if (!cursor_bytes(c, FSID_LEN))
        return SK_ERR_FORMAT;
    switch (type) {
    case FAN_EVENT_INFO_TYPE_FID:
        r = handle_read(c, &e->target);
        e->has_target = r == 0 && e->target.len > 0;
        break;
    case FAN_EVENT_INFO_TYPE_DFID:
    case FAN_EVENT_INFO_TYPE_DFID_NAME:
        r = read_place(c, type == FAN_EVENT_INFO_TYPE_DFID_NAME, &e->at);
        break;
    case FAN_EVENT_INFO_TYPE_NEW_DFID_NAME:
        r = read_place(c, true, &e->at);
        break;
    default:
        r = read_place(c, true, &e->before);
        break;
    }
    /* a handle longer than ours belongs to a file system whose files can't be followed by handle */
    return r == SK_ERR_LIMIT ? 0 : r;
}

static int read_part(struct cursor *c, struct event *e)
{
    uint8_t type = cursor_u8(c);
    cursor_u8(c); /* padding */
    uint16_t len = cursor_u16(c);
    if (c->err != 0 || len < 4)
        return SK_ERR_FORMAT;
    const void *bytes = cursor_bytes(c, len - 4u);
    struct cursor part;
    if (!bytes)
        return SK_ERR_FORMAT;
    cursor_init(&part, bytes, len - 4u);
    switch (type) {
    case FAN_EVENT_INFO_TYPE_PIDFD:
        e->pidfd = (int)cursor_u32(&part);
        return part.err;
    case FAN_EVENT_INFO_TYPE_FID:
    case FAN_EVENT_INFO_TYPE_DFID:
    case FAN_EVENT_INFO_TYPE_DFID_NAME:
    case FAN_EVENT_INFO_TYPE_OLD_DFID_NAME:
    case FAN_EVENT_INFO_TYPE_NEW_DFID_NAME:
        return read_fid(type, &part, e);
    default:
        return 0; /* of a later kernel */
    }
}

int event_next(struct cursor *c, struct event *ret)
{
    if (c->left == 0)
        return 0;
    *ret = (struct event){.pidfd = -1, .fd = -1};
    uint32_t len = cursor_u32(c);
    uint8_t version = cursor_u8(c);
    cursor_u8(c); /* reserved */
    uint16_t head_len = cursor_u16(c);
    ret->mask = cursor_u64(c);
    ret->fd = (int)cursor_u32(c);
    ret->pid = (int)cursor_u32(c);
    if (c->err != 0 || version != FANOTIFY_METADATA_VERSION || head_len < FAN_EVENT_METADATA_LEN ||
        len < head_len)
        return SK_ERR_FORMAT;
    if (!cursor_bytes(c, head_len - FAN_EVENT_METADATA_LEN))
        return SK_ERR_FORMAT;
    const void *bytes = cursor_bytes(c, len - head_len);
    struct cursor parts;
    if (!bytes)
        return SK_ERR_FORMAT;
    cursor_init(&parts, bytes, len - head_len);
    while (parts.left > 0) {
        /* what can't be read of one event does not take the others with it */
        if (read_part(&parts, ret) != 0)
            break;
    }
    return 1;
}
