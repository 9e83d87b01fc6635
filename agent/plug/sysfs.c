/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sysfs.c owns the reading of devices' folders and the writing of their switches. It must never follow a name
 * that a device gave, and take no string of one but escaped. */
#include "plug/sysfs.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"

#define UNKNOWN    0xff /* of no class */
#define NUMBER_MAX 16 /* bytes of a file that holds a small number */
#define BLOCK_UP_MAX    32 /* folders from a block device up to the root of sysfs */
#define BLOCK_DEPTH_MAX 8  /* devices that are made of others, one on top of the other */

struct sysfs {
    int root;
};

int sysfs_open(const char *root, struct sysfs **ret)
{
    struct sysfs *s = malloc(sizeof *s);
    if (!s)
        return -ENOMEM;
    s->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0) {
        int r = -errno;
        free(s);
        return r;
    }
    *ret = s;
    return 0;
}

void sysfs_close(struct sysfs **at)
{
    struct sysfs *s = steal_ptr(at);
    if (!s)
        return;
    close(s->root);
    free(s);
}

int sysfs_fd(const struct sysfs *s)
{
    return s->root;
}

/* --- names ------------------------------------------------------------------------------------ */

bool sysfs_is_root_hub(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    return str_starts(name, "usb") && name[3] != '\0' && name[strspn(name + 3, "0123456789") + 3] == '\0';
}

/* The end of the root hub's folder within path: ".../usb1|/1-2". NULL = there is none. */
static const char *root_hub_end(const char *path)
{
    for (const char *at = strstr(path, "/usb"); at; at = strstr(at + 1, "/usb")) {
        const char *end = at + 4 + strspn(at + 4, "0123456789");
        if (end > at + 4 && (*end == '/' || *end == '\0'))
            return end;
    }
    return NULL;
}

void sysfs_port(const char *path, struct buf *out)
{
    const char *end = root_hub_end(path);
    const char *name = strrchr(path, '/');
    const char *dash = name ? strchr(name, '-') : NULL;
    if (!end || !dash || name < end)
        return;
    const char *hub = end; /* back to the slash before the root hub, and on to that before the controller */
    while (*hub != '/' || hub == end)
        hub--;
    const char *controller = hub;
    while (controller > path && controller[-1] != '/')
        controller--;
    buf_put(out, controller, (size_t)(hub - controller));
    buf_printf(out, "/%s", dash + 1);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int attribute(const struct sysfs *s, const char *path, const char *name, size_t max, struct buf *out)
{
    char full[PLUG_PATH_CAP + 64];
    int len = snprintf(full, sizeof full, "%s/%s", path, name);
    if (len < 0 || (size_t)len >= sizeof full)
        return SK_ERR_LIMIT;
    return file_read(s->root, full, max, out);
}

/* A number in base 16; without is what it is when it can't be read. */
static uint16_t hex_attribute(const struct sysfs *s, const char *path, const char *name, uint16_t without)
{
    autobuf struct buf b = {0};
    return attribute(s, path, name, NUMBER_MAX, &b) == 0 && b.data ? (uint16_t)strtoul(b.data, NULL, 16) : without;
}

/* A string of the device, escaped; sysfs ends it with a newline of its own. What is too long is as if it said
 * nothing readable: *whole becomes false. */
char *sysfs_text(const struct sysfs *s, const char *path, const char *name, bool *whole)
{
    autobuf struct buf raw = {0}, shown = {0};
    int r = attribute(s, path, name, PLUG_TEXT_MAX, &raw);
    if (r == SK_ERR_LIMIT)
        *whole = false;
    if (r == 0 && raw.len > 0 && raw.data[raw.len - 1] == '\n')
        raw.len--;
    if (r == 0)
        str_escape(&shown, raw.data ? raw.data : "", raw.len);
    buf_puts(&shown, "");
    return buf_steal(&shown);
}

int sysfs_authorized(const struct sysfs *s, const char *path)
{
    autobuf struct buf b = {0};
    int r = attribute(s, path, "authorized", NUMBER_MAX, &b);
    return r != 0 ? r : b.len > 0 && b.data[0] != '0';
}

ino_t sysfs_folder(const struct sysfs *s, const char *path)
{
    struct stat st;
    return fstatat(s->root, path, &st, 0) == 0 ? st.st_ino : 0;
}

bool sysfs_is_same(const struct sysfs *s, const struct plugged *p)
{
    ino_t now = sysfs_folder(s, p->path);
    return now != 0 && now == p->folder;
}

int sysfs_read(const struct sysfs *s, const char *path, struct plugged **ret)
{
    autobuf struct buf bytes = {0}, port = {0};
    if (strlen(path) >= PLUG_PATH_CAP)
        return SK_ERR_LIMIT;
    ino_t folder = sysfs_folder(s, path); /* before anything else of it */
    int authorized = sysfs_authorized(s, path);
    if (authorized < 0)
        return authorized;
    struct plugged *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    memcpy(p->path, path, strlen(path) + 1);
    p->folder = folder;
    p->authorized = authorized != 0;
    p->readable = attribute(s, path, "descriptors", DESCRIPTORS_MAX, &bytes) == 0 &&
                  descriptors_parse(bytes.data ? bytes.data : "", bytes.len, &p->said) == 0;
    if (!p->readable) { /* which one it is can be told all the same */
        p->said.vendor = hex_attribute(s, path, "idVendor", 0);
        p->said.product = hex_attribute(s, path, "idProduct", 0);
    }
    p->serial = sysfs_text(s, path, "serial", &p->readable);
    p->maker = sysfs_text(s, path, "manufacturer", &p->readable);
    p->name = sysfs_text(s, path, "product", &p->readable);
    sysfs_port(path, &port);
    buf_puts(&port, "");
    p->port = buf_steal(&port);
    p->since_ns = clock_boot_ns();
    if (!p->serial || !p->maker || !p->name || !p->port) {
        plugged_free(p);
        return -ENOMEM;
    }
    *ret = p;
    return 0;
}

/* --- switches --------------------------------------------------------------------------------- */

int sysfs_write(const struct sysfs *s, const char *path, const char *name, const char *value)
{
    char full[PLUG_PATH_CAP + 64];
    int len = snprintf(full, sizeof full, "%s/%s", path, name);
    if (len < 0 || (size_t)len >= sizeof full)
        return SK_ERR_LIMIT;
    autoclose int fd = openat(s->root, full, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd_write_full(fd, value, strlen(value));
}

int sysfs_authorize(const struct sysfs *s, const char *path, bool yes)
{
    return sysfs_write(s, path, "authorized", yes ? "1" : "0");
}

int sysfs_close_root_hub(const struct sysfs *s, const char *path)
{
    int r = sysfs_write(s, path, "authorized_default", "0");
    /* a death in the middle of sysfs_authorize_partly leaves it 0 */
    return r != 0 ? r : sysfs_write(s, path, "interface_authorized_default", "1");
}

struct part {
    const struct sysfs *s;
    const struct plugged_decision *decision;
    const char *path;
};

/* An interface that came in shut is opened and offered to the drivers: authorizing alone binds none. */
static int open_part(const struct part *part, const char *name, const struct plugged_interface *i)
{
    char path[PLUG_PATH_CAP + 64];
    if (!plugged_part_allowed(part->decision, i))
        return 0;
    int len = snprintf(path, sizeof path, "%s/%s", part->path, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return SK_ERR_LIMIT;
    int r = sysfs_write(part->s, path, "authorized", "1");
    return r != 0 ? r : sysfs_write(part->s, "bus/usb", "drivers_probe", name);
}

/* The last component of the link "driver", "" when nothing has bound. */
void sysfs_driver(const struct sysfs *s, const char *path, char ret[static 64])
{
    char full[PLUG_PATH_CAP + 64], target[PLUG_PATH_CAP];
    ret[0] = '\0';
    int len = snprintf(full, sizeof full, "%s/driver", path);
    if (len < 0 || (size_t)len >= sizeof full)
        return;
    ssize_t n = readlinkat(s->root, full, target, sizeof target - 1);
    if (n <= 0)
        return;
    target[n] = '\0';
    const char *name = strrchr(target, '/');
    snprintf(ret, 64, "%.63s", name ? name + 1 : target);
}

typedef int each_part(void *context, const char *name, const struct plugged_interface *i, const char *driver);

static int for_each_part(const struct sysfs *s, const char *path, each_part *each, void *context)
{
    int fd = openat(s->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return -errno;
    const char *device = strrchr(path, '/');
    device = device ? device + 1 : path;
    size_t len = strlen(device);
    int r = 0;
    for (struct dirent *e; r == 0 && (e = readdir(dir));) {
        char full[PLUG_PATH_CAP + 64], driver[64];
        if (strncmp(e->d_name, device, len) != 0 || e->d_name[len] != ':')
            continue; /* interfaces are called as their device, ':', configuration.number */
        if ((size_t)snprintf(full, sizeof full, "%s/%s", path, e->d_name) >= sizeof full)
            return SK_ERR_LIMIT;
        const struct plugged_interface i = {.number = (uint8_t)hex_attribute(s, full, "bInterfaceNumber", UNKNOWN),
                                            .class = (uint8_t)hex_attribute(s, full, "bInterfaceClass", UNKNOWN),
                                            .subclass = (uint8_t)hex_attribute(s, full, "bInterfaceSubClass", UNKNOWN),
                                            .protocol = (uint8_t)hex_attribute(s, full, "bInterfaceProtocol", UNKNOWN)};
        sysfs_driver(s, full, driver);
        r = each(context, e->d_name, &i, driver);
    }
    return r;
}

static int open_one(void *context, const char *name, const struct plugged_interface *i, const char *driver)
{
    (void)driver;
    return open_part(context, name, i);
}

/* One that is open keeps the driver that it has, or that a program took it from. */
static int open_shut_one(void *context, const char *name, const struct plugged_interface *i, const char *driver)
{
    const struct part *part = context;
    char path[PLUG_PATH_CAP + 64];
    (void)driver;
    int len = snprintf(path, sizeof path, "%s/%s", part->path, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return SK_ERR_LIMIT;
    return sysfs_authorized(part->s, path) == 1 ? 0 : open_part(part, name, i);
}

static int shut_one(void *context, const char *name, const struct plugged_interface *i, const char *driver)
{
    const struct part *part = context;
    char path[PLUG_PATH_CAP + 64];
    (void)driver;
    if (plugged_part_allowed(part->decision, i))
        return 0;
    int len = snprintf(path, sizeof path, "%s/%s", part->path, name);
    return len < 0 || (size_t)len >= sizeof path ? SK_ERR_LIMIT : sysfs_write(part->s, path, "authorized", "0");
}

/* It is in: the rest of it goes on working. */
static int narrow(struct part *part)
{
    int r = for_each_part(part->s, part->path, shut_one, part);
    if (r == 0)
        r = for_each_part(part->s, part->path, open_shut_one, part);
    if (r != 0 && (part->decision->refused & (unsigned)PLUGGED_HOLDS_FILES))
        (void)!sysfs_authorize(part->s, part->path, false);
    return r;
}

int sysfs_authorize_partly(const struct sysfs *s, const char *path, const struct plugged_decision *d)
{
    char hub[PLUG_PATH_CAP];
    const char *end = root_hub_end(path);
    if (!end || *end == '\0')
        return -EINVAL;
    snprintf(hub, sizeof hub, "%.*s", (int)(end - path), path);
    struct part part = {.s = s, .decision = d, .path = path};
    if (sysfs_authorized(s, path) == 1)
        return narrow(&part);
    /* the interfaces of a device come in as the bus' default says at that moment */
    int r = sysfs_write(s, hub, "interface_authorized_default", "0");
    if (r == 0)
        r = sysfs_authorize(s, path, true);
    int back = sysfs_write(s, hub, "interface_authorized_default", "1");
    if (r == 0)
        r = back;
    if (r == 0)
        r = for_each_part(s, path, open_one, &part);
    if (r != 0)
        (void)!sysfs_authorize(s, path, false);
    return r;
}

struct visitor {
    sysfs_each *each;
    void *context;
};

static int visit(void *context, const char *name, const struct plugged_interface *i, const char *driver)
{
    (void)name;
    const struct visitor *v = context;
    return v->each(v->context, i, driver);
}

int sysfs_interfaces(const struct sysfs *s, const char *path, sysfs_each *each, void *context)
{
    struct visitor v = {.each = each, .context = context};
    return for_each_part(s, path, visit, &v);
}

/* --- block devices ---------------------------------------------------------------------------- */

static bool lies_on(const struct sysfs *s, const char *path, int block, unsigned depth);

/* Does what this one is made of lie on the device? block: its folder. */
static bool made_of(const struct sysfs *s, const char *path, int block, unsigned depth)
{
    int fd = openat(block, "slaves", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    bool found = false;
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
        autoclose int slave = e->d_name[0] == '.' ? -1 : openat(fd, e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        found = slave >= 0 && lies_on(s, path, slave, depth + 1);
    }
    return found;
}

/* Is the folder of a block device below the device's own, which one sees from "..", as the kernel has it? */
static bool lies_on(const struct sysfs *s, const char *path, int block, unsigned depth)
{
    struct stat wanted, at;
    autoclose int up = fcntl(block, F_DUPFD_CLOEXEC, 0);
    if (fstatat(s->root, path, &wanted, 0) != 0)
        return false;
    for (unsigned i = 0; i < BLOCK_UP_MAX && up >= 0 && fstat(up, &at) == 0; i++) {
        if (at.st_dev == wanted.st_dev && at.st_ino == wanted.st_ino)
            return true;
        int above = openat(up, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(up);
        up = above;
    }
    return depth < BLOCK_DEPTH_MAX && made_of(s, path, block, depth);
}

bool sysfs_block_of(const struct sysfs *s, const char *path, const char *number)
{
    char full[64];
    if (strspn(number, "0123456789:") != strlen(number) ||
        (size_t)snprintf(full, sizeof full, "dev/block/%s", number) >= sizeof full)
        return false;
    autoclose int block = openat(s->root, full, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return block >= 0 && lies_on(s, path, block, 0);
}
