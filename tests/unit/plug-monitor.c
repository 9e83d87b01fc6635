/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plug-monitor.c proves what is made of the kernel's messages, in whatever order they come: libudev and the agent's
 * code look at devices that umockdev makes up. Run it under umockdev-wrapper(1). */
#include "plug/monitor.h"
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <umockdev.h>
#include "base/fdio.h"
#include "cmocka-head.h"
#include "plug/beyond.h"
#include "plug/desk.h"
#include "record/record.h"

#define HUB   "devices/pci0000:00/0000:00:14.0/usb1"
#define OUTER HUB "/1-2"
#define INNER OUTER "/1-2.1"
#define PART  OUTER "/1-2:1.0"

static UMockdevTestbed *bed;
static struct monitor *monitor;

static const unsigned char stick[] = {18, 1, 0, 2, 0, 0, 0, 64, 0x51, 9, 0x66, 0x16, 0, 1, 1, 2, 3, 1,
                                      9, 2, 18, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 8, 6, 0x50, 0};
static const unsigned char keyboard[] = {18, 1, 0, 2, 0, 0, 0, 64, 0x27, 6, 1, 0, 0, 1, 1, 2, 3, 1,
                                         9, 2, 18, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 3, 1, 1, 0};
static const unsigned char hub[] = {18, 1, 0, 2, 9, 0, 0, 64, 9, 4, 0xaa, 0x55, 0, 1, 1, 2, 3, 1,
                                    9, 2, 18, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 9, 0, 0, 0};

static char *sys(const char *path)
{
    return g_strdup_printf("/sys/%s", path);
}

/* umockdev tells of what it adds and removes by itself, too early for what is to be proved: that is not heard. */
static void hear_nothing(void)
{
    struct monitor_event e;
    while (monitor && monitor_next(monitor, &e) == 1)
        ;
}

/* A thing below /sys, without a message about it. */
static void there_is(const char *subsystem, const char *path, const char *type)
{
    const char *attributes[] = {NULL}, *properties[] = {type ? "DEVTYPE" : NULL, type, NULL};
    g_autofree char *made = umockdev_testbed_add_devicev(bed, subsystem, path + strlen("devices/"), NULL,
                                                         (char **)(uintptr_t)attributes, (char **)(uintptr_t)properties);
    assert_non_null(made);
    hear_nothing();
}

static void is_usb(const char *path, const unsigned char *descriptors, size_t len)
{
    g_autofree char *full = sys(path);
    there_is("usb", path, "usb_device");
    umockdev_testbed_set_attribute(bed, full, "authorized", "0");
    umockdev_testbed_set_attribute_binary(bed, full, "descriptors", (guint8 *)(uintptr_t)descriptors, (int)len);
}

static void tell(const char *path, const char *action)
{
    g_autofree char *full = sys(path);
    umockdev_testbed_uevent(bed, full, action);
}

static void goes(const char *path)
{
    g_autofree char *full = sys(path);
    umockdev_testbed_remove_device(bed, full);
}

static bool next(struct monitor_event *ret)
{
    struct pollfd p = {.fd = monitor_fd(monitor), .events = POLLIN};
    int r = monitor_next(monitor, ret);
    while (r == 0 && poll(&p, 1, 2000) == 1)
        if ((r = monitor_next(monitor, ret)) == 0)
            break;
    return r == 1;
}

static void assert_next(enum monitor_action action, enum monitor_kind kind, const char *path)
{
    struct monitor_event e;
    assert_true(next(&e));
    assert_int_equal(e.action, action);
    assert_int_equal(e.kind, kind);
    assert_true(g_str_has_suffix(e.path, path));
}

static int set_up(void **state)
{
    (void)state;
    bed = umockdev_testbed_new();
    there_is("pci", "devices/pci0000:00", NULL);
    is_usb(HUB, hub, sizeof hub);
    return monitor_open(&monitor);
}

static int tear_down(void **state)
{
    (void)state;
    monitor_close(&monitor);
    g_clear_object(&bed);
    return 0;
}

static void a_message_names_vendor_and_product(void **state)
{
    static const struct {
        const char *said;
        uint16_t vendor, product;
    } rows[] = {{"46f4/1/110", 0x46f4, 1}, {"951/1666/1", 0x951, 0x1666}, {"46f4", 0, 0}, {"", 0, 0}};
    (void)state;
    is_usb(OUTER, stick, sizeof stick);
    for (size_t i = 0; i < array_count(rows); i++) {
        struct monitor_event e;
        g_autofree char *full = sys(OUTER);
        umockdev_testbed_set_property(bed, full, "PRODUCT", rows[i].said);
        tell(OUTER, "add");
        assert_true(next(&e));
        assert_int_equal(e.vendor, rows[i].vendor);
        assert_int_equal(e.product, rows[i].product);
    }
}

static void each_message_has_its_kind(void **state)
{
    (void)state;
    is_usb(OUTER, stick, sizeof stick);
    there_is("usb", PART, "usb_interface");
    there_is("scsi", PART "/6:0:0:0", "scsi_device");
    there_is("block", PART "/sda", "disk");
    there_is("input", OUTER "/input5", NULL);
    tell(OUTER, "add");
    tell(OUTER "/input5", "add"); /* none of ours */
    tell(PART, "add");
    tell(PART, "bind");
    tell(PART "/6:0:0:0", "add");
    tell(PART "/sda", "add");
    tell(OUTER, "change");
    tell(OUTER, "remove");
    assert_next(MONITOR_ADD, MONITOR_DEVICE, "/1-2");
    assert_next(MONITOR_ADD, MONITOR_INTERFACE, "/1-2:1.0");
    assert_next(MONITOR_BIND, MONITOR_INTERFACE, "/1-2:1.0");
    assert_next(MONITOR_ADD, MONITOR_LUN, "/6:0:0:0");
    assert_next(MONITOR_ADD, MONITOR_BLOCK, "/sda");
    assert_next(MONITOR_OTHER, MONITOR_DEVICE, "/1-2");
    assert_next(MONITOR_REMOVE, MONITOR_DEVICE, "/1-2");
}

struct order {
    size_t count, hub, outer, inner;
};

static void note(void *context, const struct monitor_event *e)
{
    struct order *o = context;
    o->count++;
    if (g_str_has_suffix(e->path, "/usb1"))
        o->hub = o->count;
    else if (g_str_has_suffix(e->path, "/1-2"))
        o->outer = o->count;
    else if (g_str_has_suffix(e->path, "/1-2.1"))
        o->inner = o->count;
}

static void what_is_there_comes_parents_first(void **state)
{
    (void)state;
    struct order o = {0};
    is_usb(OUTER, hub, sizeof hub);
    is_usb(INNER, stick, sizeof stick);
    assert_int_equal(monitor_each(monitor, note, &o), 0);
    assert_int_equal(o.count, 3);
    assert_true(o.hub < o.outer && o.outer < o.inner);
}

/* --- with the desk ---------------------------------------------------------------------------- */

static struct desk *new_desk(void)
{
    struct sysfs *s = NULL;
    struct ledger_line *l = NULL;
    struct desk *d = NULL;
    assert_int_equal(sysfs_open("/sys", &s), 0);
    assert_int_equal(ledger_line_new(&l), 0); /* nobody listens: keyboards and hubs come in all the same */
    assert_int_equal(desk_new(s, l, &d), 0);
    desk_begin(d);
    return d;
}

static void hear_all(struct desk *d)
{
    struct monitor_event e;
    struct pollfd p = {.fd = monitor_fd(monitor), .events = POLLIN};
    while (poll(&p, 1, 200) == 1)
        while (monitor_next(monitor, &e) == 1)
            desk_event(d, &e);
}

static int switch_of(const char *path)
{
    g_autofree char *full = g_strdup_printf("/sys/%s/authorized", path);
    autobuf struct buf b = {0};
    return file_read(AT_FDCWD, full, 16, &b) == 0 && b.len > 0 ? b.data[0] - '0' : -1;
}

static void a_child_may_be_told_of_before_its_parent(void **state)
{
    (void)state;
    struct desk *d = new_desk();
    is_usb(OUTER, hub, sizeof hub);
    is_usb(INNER, keyboard, sizeof keyboard);
    tell(INNER, "add");
    tell(OUTER, "add");
    hear_all(d);
    assert_int_equal(desk_count(d), 2);
    assert_int_equal(switch_of(OUTER), 1);
    assert_int_equal(switch_of(INNER), 1);
    desk_free(&d);
}

static void a_parent_may_go_before_its_child(void **state)
{
    (void)state;
    struct desk *d = new_desk();
    is_usb(OUTER, hub, sizeof hub);
    is_usb(INNER, stick, sizeof stick);
    tell(OUTER, "add");
    tell(INNER, "add");
    hear_all(d);
    assert_int_equal(desk_count(d), 2);
    goes(INNER);
    goes(OUTER);
    hear_nothing();
    desk_event(d, &(struct monitor_event){.action = MONITOR_REMOVE, .kind = MONITOR_DEVICE, .path = OUTER});
    desk_event(d, &(struct monitor_event){.action = MONITOR_REMOVE, .kind = MONITOR_DEVICE, .path = INNER});
    assert_int_equal(desk_count(d), 0);
    desk_free(&d);
}

/* The message that it left comes first, or twice: nothing is known of it, and it is judged when it comes. */
static void a_removal_may_come_before_the_arrival(void **state)
{
    (void)state;
    struct desk *d = new_desk();
    is_usb(OUTER, stick, sizeof stick);
    tell(OUTER, "remove");
    tell(OUTER, "remove");
    tell(OUTER, "add");
    hear_all(d);
    assert_int_equal(desk_count(d), 1);
    assert_int_equal(switch_of(OUTER), 0);
    desk_free(&d);
}

/* It was gone before its arrival was read. */
static void one_that_is_gone_already_leaves_nothing(void **state)
{
    (void)state;
    struct desk *d = new_desk();
    is_usb(OUTER, keyboard, sizeof keyboard);
    tell(OUTER, "add");
    goes(OUTER);
    hear_all(d);
    assert_int_equal(desk_count(d), 0);
    desk_free(&d);
}

/* Its leaving was never told: who comes to its place is judged for itself. */
static void a_lost_removal_lets_nobody_in(void **state)
{
    (void)state;
    struct desk *d = new_desk();
    is_usb(OUTER, keyboard, sizeof keyboard);
    tell(OUTER, "add");
    hear_all(d);
    assert_int_equal(switch_of(OUTER), 1);
    goes(OUTER);
    hear_nothing();
    is_usb(OUTER, stick, sizeof stick);
    tell(OUTER, "add");
    hear_all(d);
    assert_int_equal(desk_count(d), 1);
    assert_int_equal(switch_of(OUTER), 0);
    desk_free(&d);
}

/* After lost messages all there is is looked at: what came and what went. */
static void a_look_finds_what_was_not_told(void **state)
{
    (void)state;
    struct desk *d = new_desk();
    is_usb(OUTER, hub, sizeof hub);
    is_usb(INNER, stick, sizeof stick);
    desk_look(d, monitor);
    assert_int_equal(desk_count(d), 2);
    assert_int_equal(switch_of(OUTER), 1);
    assert_int_equal(switch_of(INNER), 0);
    goes(INNER);
    hear_nothing();
    desk_look(d, monitor);
    assert_int_equal(desk_count(d), 1);
    desk_free(&d);
}

/* What waits when messages were lost is older than the look that follows. */
static void what_waits_is_dropped_at_a_loss(void **state)
{
    (void)state;
    struct monitor_event e;
    is_usb(OUTER, hub, sizeof hub);
    for (unsigned i = 0; i < 8; i++)
        tell(OUTER, i % 2 == 0 ? "remove" : "add");
    monitor_drop(monitor);
    assert_int_equal(monitor_next(monitor, &e), 0);
    tell(OUTER, "add");
    assert_next(MONITOR_ADD, MONITOR_DEVICE, "/1-2");
}

/* A reader's card: the bus is told to offer it to nobody. */
static void a_card_is_offered_to_nobody(void **state)
{
    (void)state;
    const char *const reader = "devices/pci0000:00/0000:00:15.0/mmc_host/mmc0";
    g_autofree char *card = g_strdup_printf("%s/mmc0:0001", reader), *full = sys(card);
    struct desk *d = new_desk();
    there_is("mmc_host", reader, NULL);
    there_is("mmc", card, NULL);
    umockdev_testbed_set_attribute(bed, full, "type", "SD\n");
    umockdev_testbed_set_attribute(bed, full, "name", "SU08G\n");
    umockdev_testbed_set_attribute(bed, full, "manfid", "0x000003\n");
    umockdev_testbed_set_attribute(bed, full, "oemid", "0x5344\n");
    umockdev_testbed_set_attribute(bed, full, "serial", "0x1234abcd\n");
    tell(reader, "add");
    tell(card, "add");
    hear_all(d);
    autojson json_t *list = desk_list(d);
    const json_t *one = json_array_get(json_object_get(list, "devices"), 0);
    assert_string_equal(record_text(one, "bus"), "mmc");
    assert_string_equal(record_text(one, "port"), "mmc0:0001");
    assert_string_equal(record_text(one, "name"), "SU08G");
    assert_string_equal(record_text(one, "vendor"), "0003");
    assert_string_equal(record_text(one, "decision"), "refused");
    assert_string_equal(record_text(one, "state"), "shut");
    tell(card, "remove"); /* an old message: it is there */
    hear_all(d);
    assert_int_equal(desk_count(d), 1);
    umockdev_testbed_set_attribute(bed, full, "type", "MMC\n"); /* soldered in */
    tell(card, "remove");
    hear_all(d);
    assert_int_equal(desk_count(d), 0);
    tell(card, "add");
    hear_all(d);
    assert_int_equal(desk_count(d), 0);
    desk_free(&d);
}

static bool names(const char *way)
{
    autojson json_t *list = beyond_uncovered("/sys", "/dev");
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
        if (strcmp(json_string_value(one), way) == 0)
            return true;
    return false;
}

static void ways_that_are_not_closed_are_named(void **state)
{
    (void)state;
    autojson json_t *list = beyond_uncovered("/sys", "/dev");
    assert_int_equal(json_array_size(list), 0);
    there_is("pci", "devices/pci0000:00/0000:00:1d.0", NULL);
    assert_false(names("pci"));
    umockdev_testbed_set_attribute(bed, "/sys/devices/pci0000:00/0000:00:1d.0", "removable", "fixed\n");
    assert_false(names("pci"));
    umockdev_testbed_set_attribute(bed, "/sys/devices/pci0000:00/0000:00:1d.0", "removable", "removable\n");
    assert_true(names("pci"));
    there_is("thunderbolt", "devices/pci0000:00/domain0", NULL);
    assert_true(names("thunderbolt"));
    there_is("firewire", "devices/pci0000:00/fw0", NULL);
    assert_true(names("firewire"));
    there_is("pcmcia", "devices/pci0000:00/0.0", NULL);
    assert_true(names("pcmcia"));
    assert_false(names("cards") || names("nodes"));
    there_is("mmc_host", "devices/pci0000:00/mmc_host/mmc0", NULL);
    assert_true(names("cards"));
}

/* A node that others may open, below a folder in the place of /dev. */
static void a_medium_that_others_may_open_is_named(void **state)
{
    (void)state;
    g_autofree char *dev = g_dir_make_tmp("sekisho-plug.XXXXXX", NULL), *node = g_build_filename(dev, "sr0", NULL);
    there_is("block", "devices/virtual/block/sr0", "disk");
    autojson json_t *none = beyond_uncovered("/sys", dev);
    assert_int_equal(json_array_size(none), 0); /* there is no node of it */
    assert_true(g_file_set_contents(node, "", 0, NULL));
    chmod(node, 0660);
    autojson json_t *one = beyond_uncovered("/sys", dev);
    assert_string_equal(json_string_value(json_array_get(one, 0)), "nodes");
    chmod(node, 0600);
    autojson json_t *root_only = beyond_uncovered("/sys", dev);
    assert_int_equal(json_array_size(root_only), geteuid() == 0 ? 0 : 1);
    unlink(node);
    rmdir(dev);
}

/* The node of a device that is not let in takes requests all the same. */
static void a_shut_device_whose_node_is_open_is_named(void **state)
{
    (void)state;
    g_autofree char *dev = g_dir_make_tmp("sekisho-plug.XXXXXX", NULL), *full = sys(OUTER);
    g_autofree char *folder = g_build_filename(dev, "bus/usb/003", NULL), *node = g_build_filename(folder, "012", NULL);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    is_usb(OUTER, stick, sizeof stick);
    umockdev_testbed_set_attribute(bed, full, "busnum", "3\n");
    umockdev_testbed_set_attribute(bed, full, "devnum", "12\n");
    assert_true(g_file_set_contents(node, "", 0, NULL));
    chmod(node, 0664);
    autojson json_t *one = beyond_uncovered("/sys", dev);
    assert_string_equal(json_string_value(json_array_get(one, 0)), "nodes");
    umockdev_testbed_set_attribute(bed, full, "authorized", "1\n");
    autojson json_t *let_in = beyond_uncovered("/sys", dev);
    assert_int_equal(json_array_size(let_in), 0);
    umockdev_testbed_set_attribute(bed, full, "authorized", "0\n");
    chmod(node, 0600);
    autojson json_t *root_only = beyond_uncovered("/sys", dev);
    assert_int_equal(json_array_size(root_only), geteuid() == 0 ? 0 : 1);
    unlink(node);
    for (const char *const *at = (const char *const[]){"bus/usb/003", "bus/usb", "bus", "", NULL}; *at; at++) {
        g_autofree char *path = g_build_filename(dev, *at, NULL);
        rmdir(path);
    }
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BED(a_message_names_vendor_and_product),
        WITH_BED(each_message_has_its_kind),
        WITH_BED(what_is_there_comes_parents_first),
        WITH_BED(a_child_may_be_told_of_before_its_parent),
        WITH_BED(a_parent_may_go_before_its_child),
        WITH_BED(a_removal_may_come_before_the_arrival),
        WITH_BED(one_that_is_gone_already_leaves_nothing),
        WITH_BED(a_lost_removal_lets_nobody_in),
        WITH_BED(a_look_finds_what_was_not_told),
        WITH_BED(what_waits_is_dropped_at_a_loss),
        WITH_BED(a_card_is_offered_to_nobody),
        WITH_BED(ways_that_are_not_closed_are_named),
        WITH_BED(a_medium_that_others_may_open_is_named),
        WITH_BED(a_shut_device_whose_node_is_open_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
