/* SPDX-License-Identifier: GPL-3.0-or-later */
/* monitor.c owns the connection to libudev. It must never use what udev's rules or databases say of a device:
 * paths, actions and numbers are of the kernel's message, all else is read from sysfs. */
#include "plug/monitor.h"
#include <libudev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "base/str.h"

/* Of the socket: some 10 000 events. Without CAP_NET_ADMIN it is net.core.rmem_max at most, of Debian's some 300. */
#define QUEUE_BYTES (16 * 1024 * 1024)
#define DROP_MAX    100000 /* messages that are forgotten at a time: who sends them all the time must not be waited for */
#define SYS         "/sys/"

struct monitor {
    struct udev *udev;
    struct udev_monitor *socket;
    struct udev_device *last; /* whose path the last event names */
};

static const char *const subsystems[] = {"usb", "scsi", "block", "mmc_host", "mmc"};

static int watch(struct monitor *m)
{
    m->udev = udev_new();
    if (!m->udev)
        return -ENOMEM;
    /* the kernel's own messages: a verdict must not wait for udev's rules, nor fail without udev */
    m->socket = udev_monitor_new_from_netlink(m->udev, "kernel");
    if (!m->socket)
        return -errno;
    int r = 0;
    for (size_t i = 0; r >= 0 && i < array_count(subsystems); i++)
        r = udev_monitor_filter_add_match_subsystem_devtype(m->socket, subsystems[i], NULL);
    if (r >= 0)
        (void)udev_monitor_set_receive_buffer_size(m->socket, QUEUE_BYTES); /* needs a right that may be missing */
    if (r >= 0)
        r = udev_monitor_enable_receiving(m->socket);
    return r < 0 ? r : 0;
}

int monitor_open(struct monitor **ret)
{
    struct monitor *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    int r = watch(m);
    if (r != 0)
        monitor_close(&m);
    else
        *ret = m;
    return r;
}

void monitor_close(struct monitor **at)
{
    struct monitor *m = steal_ptr(at);
    if (!m)
        return;
    udev_device_unref(m->last);
    udev_monitor_unref(m->socket);
    udev_unref(m->udev);
    free(m);
}

int monitor_fd(const struct monitor *m)
{
    return udev_monitor_get_fd(m->socket);
}

/* What there is of it to look at: each is a subsystem, some only with their devtype. */
static const struct {
    const char *subsystem, *type;
    enum monitor_kind kind;
} kinds[] = {{"usb", "usb_device", MONITOR_DEVICE},
             {"usb", "usb_interface", MONITOR_INTERFACE},
             {"scsi", "scsi_device", MONITOR_LUN},
             {"block", NULL, MONITOR_BLOCK},
             {"mmc_host", NULL, MONITOR_READER},
             {"mmc", NULL, MONITOR_CARD}};

static bool kind_of(struct udev_device *d, enum monitor_kind *ret)
{
    const char *subsystem = udev_device_get_subsystem(d), *type = udev_device_get_devtype(d);
    for (size_t i = 0; subsystem && i < array_count(kinds); i++) {
        if (!str_eq(kinds[i].subsystem, subsystem) || (kinds[i].type && (!type || !str_eq(kinds[i].type, type))))
            continue;
        *ret = kinds[i].kind;
        return true;
    }
    return false;
}

/* "951/1666/110": vendor, product and release of a USB device, hexadecimal. */
static void name(struct udev_device *d, struct monitor_event *e)
{
    const char *text = udev_device_get_property_value(d, "PRODUCT");
    char *end = NULL;
    unsigned long vendor = text ? strtoul(text, &end, 16) : 0;
    if (!end || *end != '/')
        return;
    e->vendor = (uint16_t)vendor;
    e->product = (uint16_t)strtoul(end + 1, NULL, 16);
}

/* False: not what we look at. */
static bool describe(struct udev_device *d, const char *action, struct monitor_event *ret)
{
    static const struct {
        const char *word;
        enum monitor_action action;
    } actions[] = {{"add", MONITOR_ADD}, {"remove", MONITOR_REMOVE}, {"bind", MONITOR_BIND}};
    const char *path = udev_device_get_syspath(d);
    struct monitor_event e = {.action = MONITOR_OTHER};
    if (!path || !str_starts(path, SYS) || !kind_of(d, &e.kind))
        return false;
    e.path = path + strlen(SYS);
    for (size_t i = 0; action && i < array_count(actions); i++)
        if (str_eq(actions[i].word, action))
            e.action = actions[i].action;
    if (e.kind == MONITOR_DEVICE)
        name(d, &e);
    if (e.kind == MONITOR_BLOCK) {
        dev_t number = udev_device_get_devnum(d);
        snprintf(e.number, sizeof e.number, "%u:%u", major(number), minor(number));
    }
    *ret = e;
    return true;
}

int monitor_next(struct monitor *m, struct monitor_event *ret)
{
    for (;;) {
        udev_device_unref(m->last);
        errno = 0;
        m->last = udev_monitor_receive_device(m->socket);
        if (!m->last)
            return errno == ENOBUFS ? -ENOBUFS : 0;
        if (describe(m->last, udev_device_get_action(m->last), ret))
            return 1;
    }
}

void monitor_drop(struct monitor *m)
{
    struct monitor_event e;
    int r = 1;
    for (unsigned i = 0; i < DROP_MAX && r != 0; i++)
        r = monitor_next(m, &e);
}

static void tell(struct monitor *m, const char *path, monitor_found *found, void *context)
{
    struct monitor_event e;
    struct udev_device *d = udev_device_new_from_syspath(m->udev, path);
    if (d && describe(d, "add", &e))
        found(context, &e);
    udev_device_unref(d);
}

int monitor_each(struct monitor *m, monitor_found *found, void *context)
{
    struct udev_enumerate *all = udev_enumerate_new(m->udev);
    if (!all)
        return -ENOMEM;
    int r = 0;
    for (size_t i = 0; r >= 0 && i < array_count(subsystems); i++)
        r = udev_enumerate_add_match_subsystem(all, subsystems[i]);
    if (r >= 0)
        r = udev_enumerate_scan_devices(all);
    struct udev_list_entry *e;
    if (r >= 0)
        udev_list_entry_foreach(e, udev_enumerate_get_list_entry(all))
            tell(m, udev_list_entry_get_name(e), found, context);
    udev_enumerate_unref(all);
    return r < 0 ? r : 0;
}
