/* SPDX-License-Identifier: GPL-3.0-or-later */
/* descriptors.c owns the reading of USB descriptors. It must never find less than the kernel's own parser does
 * (drivers/usb/core/config.c), nor guess: what can't be what the kernel shows is no description. */
#include "plug/descriptors.h"
#include <sekisho/err.h>
#include "base/buf.h"

/* USB 2.0, table 9-5 and 9.6.1, 9.6.3, 9.6.5 */
#define TYPE_DEVICE        0x01
#define TYPE_CONFIGURATION 0x02
#define TYPE_INTERFACE     0x04
#define DEVICE_LEN         18 /* bytes; sysfs shows so many whatever the descriptor says */
#define CONFIGURATION_LEN  9
#define INTERFACE_LEN      9
#define HEAD_LEN           2  /* length and type of any descriptor */

/* One descriptor from c: its type, and a cursor over what stands behind the head. */
static int next(struct cursor *c, uint8_t *ret_type, struct cursor *ret)
{
    uint8_t len = cursor_u8(c);
    uint8_t type = cursor_u8(c);
    const void *rest = len >= HEAD_LEN ? cursor_bytes(c, (size_t)len - HEAD_LEN) : NULL;
    if (c->err != 0 || !rest)
        return SK_ERR_FORMAT;
    cursor_init(ret, rest, (size_t)len - HEAD_LEN);
    *ret_type = type;
    return 0;
}

static int read_device(struct cursor *c, struct descriptors *d, unsigned *ret_configurations)
{
    (void)cursor_u8(c); /* its length */
    uint8_t type = cursor_u8(c);
    (void)cursor_u16(c); /* version of USB */
    d->class = cursor_u8(c);
    (void)cursor_bytes(c, 3); /* subclass, protocol, packet size */
    d->vendor = cursor_u16(c);
    d->product = cursor_u16(c);
    (void)cursor_bytes(c, 5); /* version of the device, numbers of its strings */
    *ret_configurations = cursor_u8(c);
    return c->err == 0 && type == TYPE_DEVICE ? 0 : SK_ERR_FORMAT;
}

/* One that is too short is none, as the kernel has it. */
static int read_interface(struct cursor *at, uint8_t configuration, struct descriptors *d)
{
    if (at->left < INTERFACE_LEN - HEAD_LEN)
        return 0;
    if (d->count == PLUGGED_INTERFACES_MAX)
        return SK_ERR_LIMIT;
    struct plugged_interface *i = &d->interfaces[d->count];
    i->configuration = configuration;
    i->number = cursor_u8(at);
    i->alternate = cursor_u8(at);
    (void)cursor_u8(at); /* endpoints */
    i->class = cursor_u8(at);
    i->subclass = cursor_u8(at);
    i->protocol = cursor_u8(at);
    d->count++;
    return 0;
}

static int read_configuration(struct cursor *at, uint8_t *ret_configuration)
{
    if (at->left < CONFIGURATION_LEN - HEAD_LEN)
        return SK_ERR_FORMAT;
    (void)cursor_u16(at); /* the length that the device gave, which the kernel has cut what it shows to less than */
    (void)cursor_u8(at);  /* interfaces that it announced */
    *ret_configuration = cursor_u8(at);
    return 0;
}

/* The kernel ends a configuration where a descriptor is cut off or none, and shows no byte of what follows: all that is
 * here is whole. A configuration within another would be one too many. */
int descriptors_parse(const void *data, size_t len, struct descriptors *ret)
{
    struct descriptors d = {0};
    struct cursor c, at;
    unsigned configurations = 0, found = 0;
    uint8_t type, configuration = 0;
    cursor_init(&c, data, len);
    int r = read_device(&c, &d, &configurations);
    while (r == 0 && c.left > 0) {
        r = next(&c, &type, &at);
        if (r == 0 && found == 0 && type != TYPE_CONFIGURATION)
            r = SK_ERR_FORMAT;
        if (r == 0 && type == TYPE_CONFIGURATION) {
            found++;
            r = read_configuration(&at, &configuration);
        } else if (r == 0 && type == TYPE_INTERFACE) {
            r = read_interface(&at, configuration, &d);
        }
    }
    if (r == 0 && (found == 0 || found != configurations))
        r = SK_ERR_FORMAT;
    if (r == 0)
        *ret = d;
    return r;
}
