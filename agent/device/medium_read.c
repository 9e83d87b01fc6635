/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium_read.c owns the first look at a medium. It must never write to one that is not being marked, nor take the
 * file system's word for anything but the bytes of one regular file. */
#include "device/medium_read.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "device/filesystem.h"

#define NUMBER_MAX   24  /* bytes of "MAJOR:MINOR" with its NUL */
#define SYS_PATH_CAP 320 /* bytes with NUL */
#define TOKEN_LEN    32  /* bytes */
#define MARK_NAME    IDENTITY_NAME ".part"
#define MARK_MODE    ((mode_t)0400)

/* What the file system is asked for: on FAT nobody owns anything, so all is root's and readable. */
static const char *const fat_options[] = {"fmask", "0133", "dmask", "0022", NULL};
static const char *const ext_options[] = {"errors", "remount-ro", NULL};

/* What libblkid calls it; which driver; may it be written to. */
static const struct medium_kind {
    const char *type, *driver;
    bool writable, utf8;
    const char *const *options; /* name and value by turns */
} kinds[] = {
    {"vfat", "vfat", true, true, fat_options},   {"exfat", "exfat", true, false, fat_options},
    {"ext4", "ext4", true, false, ext_options},  {"ext3", "ext4", true, false, ext_options},
    {"ext2", "ext4", true, false, ext_options},  {"ntfs", "ntfs3", false, false, NULL},
};

static const struct medium_kind *kind_of(const char *type)
{
    for (size_t i = 0; i < array_count(kinds); i++)
        if (str_eq(kinds[i].type, type))
            return &kinds[i];
    return NULL;
}

bool medium_can_write(const char *type)
{
    const struct medium_kind *k = kind_of(type);
    return k && k->writable;
}

int medium_number(const char *text, dev_t *ret)
{
    char word[NUMBER_MAX];
    uint64_t first, second;
    const char *colon = strchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof word)
        return SK_ERR_FORMAT;
    memcpy(word, text, (size_t)(colon - text));
    word[colon - text] = '\0';
    if (str_to_u64(word, UINT32_MAX, &first) != 0 || str_to_u64(colon + 1, UINT32_MAX, &second) != 0)
        return SK_ERR_FORMAT;
    *ret = makedev((unsigned)first, (unsigned)second);
    return 0;
}

/* --- which block device ----------------------------------------------------------------------- */

static int number_in(int dir_fd, const char *name, dev_t *ret)
{
    char path[SYS_PATH_CAP];
    autobuf struct buf text = {0};
    if ((size_t)snprintf(path, sizeof path, "%s/dev", name) >= sizeof path ||
        file_read(dir_fd, path, NUMBER_MAX, &text) != 0 || text.len == 0)
        return SK_ERR_FORMAT;
    text.data[strcspn(text.data, "\n")] = '\0';
    return medium_number(text.data, ret);
}

static bool is_partition(int dir_fd, const char *name)
{
    char path[SYS_PATH_CAP];
    return (size_t)snprintf(path, sizeof path, "%s/partition", name) < sizeof path &&
           faccessat(dir_fd, path, F_OK, 0) == 0;
}

static int choose_part(dev_t disk, dev_t *ret, struct fault *f)
{
    char path[SYS_PATH_CAP];
    size_t count = 0;
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(disk), minor(disk));
    autodir DIR *dir = opendir(path);
    if (!dir)
        return fault_errno(f, errno, "the medium is gone");
    *ret = disk;
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.' && is_partition(dirfd(dir), e->d_name) && number_in(dirfd(dir), e->d_name, ret) == 0)
            count++;
    return count <= 1 ? 0
                      : fault_set(f, SK_ERR_UNSUPPORTED, "the medium has %zu partitions: a medium has one", count);
}

/* *ret_fd: the device. */
static int look_at_blocks(struct medium_found *m, int *ret_fd, struct fault *f)
{
    struct stat st;
    struct probe probe;
    if (probe_device_path(m->part, m->device) != 0)
        return fault_set(f, SK_ERR_NOT_FOUND, "the medium is gone");
    autoclose int fd = open(m->device, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fault_errno(f, errno, "%s can't be read", m->device);
    if (!S_ISBLK(st.st_mode) || st.st_rdev != m->part)
        return fault_set(f, SK_ERR_NOT_FOUND, "%s is another device by now", m->device);
    int r = probe_fd(fd, &probe);
    if (r != 0)
        return fault_errno(f, -r, "%s can't be read", m->device);
    memcpy(m->type, probe.type, sizeof m->type);
    memcpy(m->uuid, probe.uuid, sizeof m->uuid);
    *ret_fd = steal_fd(&fd);
    return 0;
}

/* --- mounts ----------------------------------------------------------------------------------- */

static int set_options(int context, const struct medium_kind *k, const char *device)
{
    if (fsconfig(context, FSCONFIG_SET_STRING, "source", device, 0) != 0 ||
        fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) != 0 ||
        (k->utf8 && fsconfig(context, FSCONFIG_SET_FLAG, "utf8", NULL, 0) != 0))
        return -errno;
    for (const char *const *o = k->options; o && *o; o += 2)
        if (fsconfig(context, FSCONFIG_SET_STRING, o[0], o[1], 0) != 0)
            return -errno;
    return 0;
}

/* The second one is another mount of the same file system. */
static int mount_one(const struct medium_found *m, const struct medium_kind *k, unsigned more, struct fault *f)
{
    autoclose int context = fsopen(k->driver, FSOPEN_CLOEXEC);
    if (context < 0)
        return fault_errno(f, errno, "this kernel can't mount %s", k->type);
    int r = set_options(context, k, m->device);
    if (r == 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
        r = -errno;
    if (r == -EROFS)
        return fault_set(f, r, "the medium was pulled out while it was written to: have its file system repaired elsewhere");
    if (r != 0)
        return filesystem_failed(context, -r, PHRASE("the medium can't be mounted"), f);
    int fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | more);
    return fd < 0 ? fault_errno(f, errno, "the medium can't be mounted") : fd;
}

int medium_writable(int mount_fd, bool yes, struct fault *f)
{
    autoclose int context = fspick(mount_fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
    if (context < 0)
        return fault_errno(f, errno, "the medium can't be used");
    if (fsconfig(context, FSCONFIG_SET_FLAG, yes ? "rw" : "ro", NULL, 0) == 0 &&
        fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) == 0)
        return 0;
    return filesystem_failed(context, errno,
                             yes ? PHRASE("the medium can't be written to") : PHRASE("the medium is still written to"), f);
}

/* --- the identity ----------------------------------------------------------------------------- */

static int read_identity(struct medium_found *m, struct fault *f)
{
    uint8_t digest[DIGEST_LEN];
    autobuf struct buf text = {0};
    int r = file_read_plain(m->private_fd, IDENTITY_NAME, IDENTITY_MAX, &text);
    m->known = false;
    m->sha256[0] = '\0';
    if (r != 0 && !file_is_no_plain(r))
        return fault_errno(f, -r, "the medium's identity can't be read, so nobody knows which one it is: plug it in again");
    if (r != 0 || identity_parse(text.data ? text.data : "", text.len, &m->identity) != 0)
        return 0;
    r = digest_of(text.data, text.len, digest);
    sodium_memzero(text.data, text.len);
    if (r != 0)
        return fault_set(f, r, "the medium's identity can't be read");
    digest_hex(m->sha256, digest);
    m->known = true;
    return 0;
}

static void found_close(struct medium_found *m)
{
    int *fds[] = {&m->private_fd, &m->shown_fd};
    for (size_t i = 0; i < array_count(fds); i++)
        if (*fds[i] >= 0)
            close(steal_fd(fds[i]));
}

static int mount_both(struct medium_found *m, struct fault *f)
{
    const struct medium_kind *k = kind_of(m->type);
    if (!k)
        return fault_set(f, SK_ERR_UNSUPPORTED, "the medium holds %s: a medium has vfat, exfat, ext4 or ntfs",
                         m->type[0] ? m->type : PHRASE("no file system"));
    m->private_fd = mount_one(m, k, 0, f);
    if (m->private_fd < 0)
        return m->private_fd;
    m->shown_fd = mount_one(m, k, MOUNT_ATTR_RDONLY, f);
    return m->shown_fd < 0 ? m->shown_fd : 0;
}

uint64_t medium_free(int mount_fd)
{
    struct statvfs room;
    autoclose int top = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return top >= 0 && fstatvfs(top, &room) == 0 ? (uint64_t)room.f_bavail * room.f_frsize : 0;
}

/* A file system that was not unmounted would be repaired by mounting it, also read-only: nothing is written to a medium
 * before it is known which one it is. What a look that was killed left so goes with the next. */
static int look_inside(struct medium_found *m, int device, struct fault *f)
{
    int yes = 1, no = 0;
    if (ioctl(device, BLKROSET, &yes) != 0)
        return fault_errno(f, errno, "%s can't be read", m->device);
    int r = mount_both(m, f);
    if (r == 0)
        r = read_identity(m, f);
    if (r == 0 && m->known)
        r = medium_turns_read(m->private_fd, &m->turns, f);
    if (ioctl(device, BLKROSET, &no) != 0 && r == 0)
        r = fault_errno(f, errno, "the medium can't be used");
    return r;
}

int medium_read(dev_t disk, struct medium_found *ret, struct fault *f)
{
    autoclose int device = -1;
    struct medium_found m = MEDIUM_FOUND_NONE;
    int r = choose_part(disk, &m.part, f);
    if (r == 0)
        r = look_at_blocks(&m, &device, f);
    if (r == 0)
        r = look_inside(&m, device, f);
    m.free = r == 0 ? medium_free(m.private_fd) : 0;
    if (r == 0)
        *ret = m;
    else
        found_close(&m);
    return r;
}

static int write_mark(int top_fd, const struct buf *text, struct fault *f)
{
    if (unlinkat(top_fd, MARK_NAME, 0) != 0 && errno != ENOENT)
        return fault_errno(f, errno, "the identity can't be written");
    autoclose int fd = openat(top_fd, MARK_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MARK_MODE);
    if (fd < 0)
        return fault_errno(f, errno, "the identity can't be written");
    int r = fd_write_full(fd, text->data, text->len);
    if (r == 0 && (fsync(fd) != 0 || renameat(top_fd, MARK_NAME, top_fd, IDENTITY_NAME) != 0 || fsync(top_fd) != 0 ||
                   syncfs(top_fd) != 0))
        r = -errno;
    return r == 0 ? 0 : fault_errno(f, -r, "the identity can't be written");
}

static void forget_pages(int top_fd)
{
    autoclose int fd = openat(top_fd, IDENTITY_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* Written, and read back past the cache. */
static int put_identity(struct medium_found *m, const struct buf *text, struct fault *f)
{
    uint8_t digest[DIGEST_LEN];
    char wanted[DIGEST_HEX_CAP];
    int r = digest_of(text->data, text->len, digest);
    if (r != 0)
        return fault_set(f, r, "the identity can't be made");
    digest_hex(wanted, digest);
    autoclose int top = openat(m->private_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return fault_errno(f, errno, "the medium can't be used");
    r = write_mark(top, text, f);
    if (r != 0)
        return r;
    forget_pages(top);
    r = read_identity(m, f);
    if (r == 0 && !str_eq(m->sha256, wanted))
        r = fault_set(f, SK_ERR_DIGEST, "the medium does not give back what was written onto it");
    return r;
}

/* Both of its files are there from now on, so nobody ever sees one before it is covered. */
static int put_turn(struct medium_found *m, const char *tag, struct fault *f)
{
    uint8_t token[TURN_TOKEN_LEN];
    struct request_turn turn = {.given = true, .number = TURN_FIRST};
    autoclose int top = openat(m->private_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return fault_errno(f, errno, "the medium can't be used");
    snprintf(turn.tag, sizeof turn.tag, "%s", tag);
    randombytes_buf(token, sizeof token);
    turn_write(m->sha256, turn.number, token, turn.text);
    int r = medium_turn_make(top, &turn, f);
    if (r == 0)
        r = medium_turn_write(top, &turn, f);
    if (r == 0 && digest_of(turn.text, TURN_LEN, m->turns.list[0]) != 0)
        r = fault_set(f, SK_ERR_CRYPTO, "the medium's turn can't be written");
    m->turns.count = r == 0;
    sodium_memzero(&turn, sizeof turn);
    sodium_memzero(token, sizeof token);
    return r;
}

int medium_mark(struct medium_found *m, const struct identity *wanted, const char *tag, struct fault *f)
{
    uint8_t token[TOKEN_LEN];
    struct identity identity = *wanted;
    autobuf struct buf text = {0};
    if (!medium_can_write(m->type))
        return fault_set(f, SK_ERR_UNSUPPORTED, "%s can only be read: format the medium as vfat, exfat or ext4", m->type);
    randombytes_buf(token, sizeof token);
    str_hex(identity.token, token, sizeof token);
    int r = identity_write(&identity, &text);
    if (r != 0)
        return fault_set(f, r, "the identity can't be made");
    r = medium_writable(m->private_fd, true, f);
    m->turns.count = 0; /* what it has is of another identity */
    if (r == 0)
        r = put_identity(m, &text, f);
    if (r == 0 && *tag)
        r = put_turn(m, tag, f);
    struct fault late = {0};
    if (medium_writable(m->private_fd, false, &late) != 0 && r == 0)
        r = fault_set(f, late.code, "%s", late.why);
    sodium_memzero(text.data, text.len);
    sodium_memzero(&identity, sizeof identity);
    sodium_memzero(token, sizeof token);
    return r;
}
