/* SPDX-License-Identifier: GPL-3.0-or-later */
/* storage.c owns the way from a file or device down to the disks. It must never say less than it knows,
 * nor take a layer that it can't look at for one that does no harm. */
#include "device/storage.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/dm-ioctl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sekisho/erasure.h>
#include "base/fdio.h"
#include "base/str.h"

#define DEPTH_MAX    8            /* layers; a ninth is not followed */
#define SYSFS_MAX    ((size_t)4096) /* bytes of one attribute */
#define WORD_CAP     256          /* bytes of a short attribute or name in sysfs, with NUL */
#define EXTENTS_STEP 64           /* extents of one question */
#define DM_ROOM      ((size_t)16384) /* bytes of a device mapper table */
#define BLOCK_LEN    512          /* bytes that st_blocks counts in */

static uint32_t device_at(dev_t device, unsigned depth);
static uint32_t file_at(int fd, unsigned depth);

/* File systems by their magic number (statfs(2)); those that are missing are not known. */
static const struct {
    unsigned long magic;
    uint32_t says;
    bool has_device; /* its blocks are those of the device of st_dev */
} kinds[] = {
    {EXT4_SUPER_MAGIC, 0, true},
    {XFS_SUPER_MAGIC, 0, true},
    {MSDOS_SUPER_MAGIC, 0, true},
    {EXFAT_SUPER_MAGIC, 0, true},
    {0x7366746e /* NTFS */, 0, true},
    {F2FS_SUPER_MAGIC, SK_STATEMENT_BIT(COPY_ON_WRITE), true},
    {NILFS_SUPER_MAGIC, SK_STATEMENT_BIT(COPY_ON_WRITE), true},
    {BTRFS_SUPER_MAGIC, SK_STATEMENT_BIT(COPY_ON_WRITE), false},
    {0x2fc12fc1 /* ZFS */, SK_STATEMENT_BIT(COPY_ON_WRITE), false},
    {0xca451a4e /* bcachefs */, SK_STATEMENT_BIT(COPY_ON_WRITE), false},
    {OVERLAYFS_SUPER_MAGIC, SK_STATEMENT_BIT(COPY_ON_WRITE), false},
    {TMPFS_MAGIC, SK_STATEMENT_BIT(MEMORY), false},
    {RAMFS_MAGIC, SK_STATEMENT_BIT(MEMORY), false},
    {NFS_SUPER_MAGIC, SK_STATEMENT_BIT(NETWORK), false},
    {SMB_SUPER_MAGIC, SK_STATEMENT_BIT(NETWORK), false},
    {CIFS_SUPER_MAGIC, SK_STATEMENT_BIT(NETWORK), false},
    {SMB2_SUPER_MAGIC, SK_STATEMENT_BIT(NETWORK), false},
    {V9FS_MAGIC, SK_STATEMENT_BIT(NETWORK), false},
    {FUSE_SUPER_MAGIC, SK_STATEMENT_BIT(NETWORK), false},
    {CEPH_SUPER_MAGIC, SK_STATEMENT_BIT(NETWORK), false},
};

/* Targets of the device mapper (dmsetup(8)); those that are missing are not known. */
static const struct {
    const char *target;
    uint32_t says;
} targets[] = {
    {"linear", 0}, {"crypt", 0}, {"striped", SK_STATEMENT_BIT(RAID)},
    {"raid", SK_STATEMENT_BIT(RAID)}, {"mirror", SK_STATEMENT_BIT(RAID)},
    {"thin", SK_STATEMENT_BIT(THIN)}, {"snapshot", SK_STATEMENT_BIT(SNAPSHOT)},
    {"snapshot-origin", SK_STATEMENT_BIT(SNAPSHOT)}, {"vdo", SK_STATEMENT_BIT(THIN)},
};

/* Disks by the beginning of their name in sysfs. */
static const struct {
    const char *name;
    uint32_t says;
} disks[] = {
    {"vd", SK_STATEMENT_BIT(VIRTUAL)},  {"xvd", SK_STATEMENT_BIT(VIRTUAL)},
    {"zram", SK_STATEMENT_BIT(MEMORY)}, {"ram", SK_STATEMENT_BIT(MEMORY)},
    {"nbd", SK_STATEMENT_BIT(NETWORK)}, {"rbd", SK_STATEMENT_BIT(NETWORK)},
    {"drbd", SK_STATEMENT_BIT(NETWORK)}, {"mmcblk", SK_STATEMENT_BIT(FLASH)},
    {"nvme", SK_STATEMENT_BIT(FLASH)},  {"sd", 0}, {"hd", 0},
};

/* Vendors of disks that are none (SCSI INQUIRY, as sysfs shows it). */
static const char *const virtual_vendors[] = {"QEMU", "VMware", "VBOX", "Msft", "Google", "Virtual"};

/* A short attribute; a long one is none. */
static bool attribute(int folder_fd, const char *name, char ret[static WORD_CAP])
{
    autobuf struct buf text = {0};
    if (file_read(folder_fd, name, SYSFS_MAX, &text) != 0 || text.len >= WORD_CAP)
        return false;
    snprintf(ret, WORD_CAP, "%s", text.data ? text.data : "");
    ret[strcspn(ret, "\n")] = '\0';
    return true;
}

/* Each extent of a file, in order. 0, or -errno where the file system does not say. */
static int visit_extents(int fd, void (*visit)(void *context, const struct fiemap_extent *e), void *context)
{
    union {
        struct fiemap head;
        char space[sizeof(struct fiemap) + EXTENTS_STEP * sizeof(struct fiemap_extent)];
    } ask;
    uint64_t from = 0;
    for (bool last = false; !last;) {
        memset(&ask.head, 0, sizeof ask.head);
        ask.head.fm_start = from;
        ask.head.fm_length = FIEMAP_MAX_OFFSET - from;
        ask.head.fm_flags = FIEMAP_FLAG_SYNC;
        ask.head.fm_extent_count = EXTENTS_STEP;
        if (ioctl(fd, FS_IOC_FIEMAP, &ask) != 0)
            return -errno;
        const struct fiemap_extent *extents = ask.head.fm_extents;
        last = ask.head.fm_mapped_extents == 0;
        for (uint32_t i = 0; i < ask.head.fm_mapped_extents; i++) {
            visit(context, &extents[i]);
            last = last || (extents[i].fe_flags & FIEMAP_EXTENT_LAST);
            from = extents[i].fe_logical + extents[i].fe_length;
        }
    }
    return 0;
}

static void add_says(void *context, const struct fiemap_extent *e)
{
    uint32_t *says = context;
    if (e->fe_flags & FIEMAP_EXTENT_SHARED)
        *says |= SK_STATEMENT_BIT(SHARED);
    if (e->fe_flags & FIEMAP_EXTENT_DATA_INLINE)
        *says |= SK_STATEMENT_BIT(JOURNAL);
    if (e->fe_flags & FIEMAP_EXTENT_ENCODED)
        *says |= SK_STATEMENT_BIT(COPY_ON_WRITE);
}

uint32_t storage_of_extents(int fd)
{
    uint32_t says = 0;
    /* where nothing is said the file system's kind has said what can be said */
    (void)!visit_extents(fd, add_says, &says);
    return says;
}

/* Neighbours that lie behind each other are one, however the file system cuts them. */
struct places {
    struct digest *digest;
    uint64_t logical, physical, len; /* the run that is not hashed yet, len 0 = none */
    int err;
};

static void end_run(struct places *p)
{
    const uint64_t run[] = {p->logical, p->physical, p->len};
    if (p->len > 0 && p->err == 0)
        p->err = digest_add(p->digest, run, sizeof run);
    p->len = 0;
}

static void add_place(void *context, const struct fiemap_extent *e)
{
    struct places *p = context;
    if (p->len > 0 && p->logical + p->len == e->fe_logical && p->physical + p->len == e->fe_physical) {
        p->len += e->fe_length;
        return;
    }
    end_run(p);
    *p = (struct places){.digest = p->digest, .logical = e->fe_logical, .physical = e->fe_physical,
                         .len = e->fe_length, .err = p->err};
}

int storage_places(int fd, uint8_t ret[static DIGEST_LEN])
{
    struct places p = {0};
    uint8_t digest[DIGEST_LEN];
    int r = digest_new(&p.digest);
    if (r == 0)
        r = visit_extents(fd, add_place, &p);
    end_run(&p);
    if (r == 0)
        r = p.err != 0 ? p.err : digest_end(p.digest, digest);
    digest_free(&p.digest);
    if (r == 0)
        memcpy(ret, digest, DIGEST_LEN);
    return r;
}

static bool has_flag(int fd, int flag)
{
    int flags = 0;
    return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & flag);
}

/* Where a device is in sysfs, to be freed; its name there is the last component. NULL = nowhere. */
static char *place_of(dev_t device)
{
    char link[64];
    snprintf(link, sizeof link, "/sys/dev/block/%u:%u", major(device), minor(device));
    return realpath(link, NULL);
}

/* Does ext4 write content into its journal first (ext4(5) data=journal, chattr(1) +j)? Asked of the file
 * system itself, because a private mount is in nobody's list. */
static bool journals_content(int fd, dev_t device)
{
    char path[WORD_CAP];
    autobuf struct buf text = {0};
    autofree char *place = place_of(device);
    if (has_flag(fd, FS_JOURNAL_DATA_FL) || !place)
        return true;
    if (snprintf(path, sizeof path, "/proc/fs/ext4%s/options", strrchr(place, '/')) >=
            (int)sizeof path ||
        file_read(AT_FDCWD, path, SYSFS_MAX, &text) != 0)
        return true;
    return text.data && strstr(text.data, "data=journal");
}

static uint32_t file_at(int fd, unsigned depth)
{
    struct statfs fs;
    struct stat st;
    uint32_t says = storage_of_extents(fd);
    if (fstatfs(fd, &fs) != 0 || fstat(fd, &st) != 0)
        return says | SK_STATEMENT_BIT(UNKNOWN);
    for (size_t i = 0; i < array_count(kinds); i++) {
        if (kinds[i].magic != ((unsigned long)fs.f_type & 0xffffffff))
            continue;
        says |= kinds[i].says;
        /* btrfs writes a file in place that was told to, on devices that st_dev does not name */
        if (kinds[i].magic == BTRFS_SUPER_MAGIC && has_flag(fd, FS_NOCOW_FL))
            return (says & ~SK_STATEMENT_BIT(COPY_ON_WRITE)) | SK_STATEMENT_BIT(UNKNOWN);
        if (kinds[i].magic == EXT4_SUPER_MAGIC && journals_content(fd, st.st_dev))
            says |= SK_STATEMENT_BIT(JOURNAL);
        return kinds[i].has_device ? says | device_at(st.st_dev, depth + 1) : says;
    }
    return says | SK_STATEMENT_BIT(UNKNOWN);
}

static int image_of(int folder_fd)
{
    autobuf struct buf path = {0};
    if (file_read(folder_fd, "loop/backing_file", PATH_MAX, &path) != 0 || !path.data)
        return -1;
    path.data[strcspn(path.data, "\n")] = '\0';
    return open(path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
}

/* Blocks that were once given back to the disk below: what was in them is out of reach. */
static uint32_t image_says(int image, unsigned depth)
{
    struct stat st;
    if (fstat(image, &st) != 0)
        return SK_STATEMENT_BIT(UNKNOWN);
    bool holes = S_ISREG(st.st_mode) && (int64_t)st.st_blocks * BLOCK_LEN < st.st_size;
    uint32_t below = S_ISBLK(st.st_mode) ? device_at(st.st_rdev, depth + 1) : file_at(image, depth + 1);
    return below | (holes ? SK_STATEMENT_BIT(HOLES) : 0);
}

/* "8:1" → the device of a folder of sysfs. */
static bool number_of(const char *name, int folder_fd, dev_t *ret)
{
    char path[WORD_CAP], text[WORD_CAP];
    uint64_t major_number, minor_number;
    if (snprintf(path, sizeof path, "%s/dev", name) >= (int)sizeof path ||
        !attribute(folder_fd, path, text))
        return false;
    char *colon = strchr(text, ':');
    if (!colon)
        return false;
    *colon = '\0';
    if (str_to_u64(text, UINT32_MAX, &major_number) != 0 ||
        str_to_u64(colon + 1, UINT32_MAX, &minor_number) != 0)
        return false;
    *ret = makedev((unsigned)major_number, (unsigned)minor_number);
    return true;
}

/* The devices that this one is made of; *ret_any: there are some. */
static uint32_t parts_at(int folder_fd, unsigned depth, bool *ret_any)
{
    uint32_t says = 0;
    dev_t part;
    int fd = openat(folder_fd, "slaves", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    *ret_any = false;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        *ret_any = true;
        says |= number_of(e->d_name, fd, &part) ? device_at(part, depth + 1)
                                                : SK_STATEMENT_BIT(UNKNOWN);
    }
    return says;
}

static uint32_t target_says(const char *target)
{
    for (size_t i = 0; i < array_count(targets); i++)
        if (str_eq(targets[i].target, target))
            return targets[i].says;
    return SK_STATEMENT_BIT(UNKNOWN);
}

/* What kind of device the mapper makes of its parts (DM_TABLE_STATUS, dm-ioctl.h). */
static uint32_t mapping_says(dev_t device)
{
    autofree char *space = calloc(1, DM_ROOM);
    autoclose int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    if (!space || control < 0)
        return SK_STATEMENT_BIT(UNKNOWN);
    struct dm_ioctl *ask = (struct dm_ioctl *)(void *)space;
    *ask = (struct dm_ioctl){.version = {DM_VERSION_MAJOR, 0, 0}, .data_size = DM_ROOM,
                             .data_start = sizeof *ask, .flags = DM_STATUS_TABLE_FLAG,
                             .dev = (uint64_t)minor(device) | (uint64_t)major(device) << 8};
    if (minor(device) > 0xff) /* huge_encode_dev of the kernel, for the numbers that matter */
        ask->dev = (uint64_t)(minor(device) & 0xff) | (uint64_t)major(device) << 8 |
                   (uint64_t)(minor(device) & ~0xffu) << 12;
    if (ioctl(control, DM_TABLE_STATUS, ask) != 0 || (ask->flags & DM_BUFFER_FULL_FLAG) ||
        ask->target_count == 0)
        return SK_STATEMENT_BIT(UNKNOWN);
    uint32_t says = 0;
    size_t at = ask->data_start;
    for (uint32_t i = 0; i < ask->target_count; i++) {
        struct dm_target_spec spec;
        if (at > DM_ROOM - sizeof spec)
            return SK_STATEMENT_BIT(UNKNOWN);
        memcpy(&spec, space + at, sizeof spec);
        spec.target_type[sizeof spec.target_type - 1] = '\0';
        says |= target_says(spec.target_type);
        at = ask->data_start + spec.next;
    }
    return says;
}

static bool is_virtual(int folder_fd)
{
    char vendor[WORD_CAP];
    if (!attribute(folder_fd, "device/vendor", vendor))
        return false;
    for (size_t i = 0; i < array_count(virtual_vendors); i++)
        if (str_starts(vendor, virtual_vendors[i]))
            return true;
    return false;
}

/* A disk. Sticks say that they rotate: what can be pulled out counts as flash. */
static uint32_t disk_says(int folder_fd, const char *name)
{
    char text[WORD_CAP];
    uint32_t says = SK_STATEMENT_BIT(UNKNOWN);
    for (size_t i = 0; i < array_count(disks); i++)
        if (str_starts(name, disks[i].name)) {
            says = disks[i].says;
            break;
        }
    if (is_virtual(folder_fd))
        says |= SK_STATEMENT_BIT(VIRTUAL);
    if (says)
        return says;
    bool rotates = attribute(folder_fd, "queue/rotational", text) && str_eq(text, "1");
    bool removable = attribute(folder_fd, "removable", text) && !str_eq(text, "0");
    ssize_t n = readlinkat(folder_fd, "device", text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return rotates && !removable && !strstr(text, "/usb") ? SK_STATEMENT_BIT(REMAPPED)
                                                          : SK_STATEMENT_BIT(FLASH);
}

static uint32_t device_at(dev_t device, unsigned depth)
{
    char text[WORD_CAP];
    bool parts;
    autofree char *path = depth > DEPTH_MAX ? NULL : place_of(device);
    if (!path)
        return SK_STATEMENT_BIT(UNKNOWN);
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return SK_STATEMENT_BIT(UNKNOWN);
    if (attribute(folder, "partition", text)) {
        autoclose int whole = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        dev_t parent;
        return whole >= 0 && number_of(".", whole, &parent) ? device_at(parent, depth + 1)
                                                           : SK_STATEMENT_BIT(UNKNOWN);
    }
    const char *name = strrchr(path, '/');
    if (name && str_starts(name + 1, "loop")) {
        autoclose int image = image_of(folder);
        return image < 0 ? SK_STATEMENT_BIT(UNKNOWN) : image_says(image, depth);
    }
    uint32_t says = parts_at(folder, depth, &parts);
    if (faccessat(folder, "md", F_OK, 0) == 0)
        return says | SK_STATEMENT_BIT(RAID);
    if (faccessat(folder, "dm", F_OK, 0) == 0)
        return says | mapping_says(device) | (parts ? 0 : SK_STATEMENT_BIT(UNKNOWN));
    return says | (parts ? 0 : disk_says(folder, name ? name + 1 : ""));
}

uint32_t storage_of_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISBLK(st.st_mode) ? device_at(st.st_rdev, 0) : file_at(fd, 0);
}

uint32_t storage_of_image(int fd)
{
    return image_says(fd, 0);
}

uint32_t storage_of_device(dev_t device)
{
    return device_at(device, 0);
}

static void forget_at(int fd, unsigned depth)
{
    struct stat st;
    if (depth > DEPTH_MAX || fstat(fd, &st) != 0)
        return;
    if (fsync(fd) == 0) /* what is not written yet can't be forgotten */
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    dev_t below = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
    autofree char *path = place_of(below);
    if (!path)
        return;
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int image = folder < 0 ? -1 : image_of(folder);
    if (image >= 0)
        forget_at(image, depth + 1);
}

void storage_forget(int fd)
{
    forget_at(fd, 0);
}
