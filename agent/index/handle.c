/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle.c owns the passage between file handles and descriptors. It must never decode a handle on a
 * mount of another file system than it came from: the caller keeps them together. */
#include "index/handle.h"
#include <fcntl.h>
#include <linux/magic.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/digest.h"

#define HASH_PRIME ((uint64_t)0x100000001b3)
#define PATH_BYTES 24 /* of a path's digest */

_Static_assert(PATH_BYTES <= HANDLE_MAX && PATH_BYTES <= DIGEST_LEN, "a digest's part is a handle");

/* Others have none (exFAT and overlays before Linux 6.6), numbers that each mount gives anew (FAT), or
 * handles that only a server can lead back (NFS, FUSE). */
static const long lasting[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
                               F2FS_SUPER_MAGIC};

union kernel_handle {
    struct file_handle head;
    uint8_t room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

bool handle_eq(const struct handle *a, const struct handle *b)
{
    return a->type == b->type && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

uint64_t handle_hash(const struct handle *h, uint64_t seed)
{
    uint64_t sum = seed ^ (uint64_t)(uint32_t)h->type;
    for (size_t i = 0; i < h->len; i++)
        sum = (sum ^ h->bytes[i]) * HASH_PRIME;
    return sum ^ sum >> 29;
}

static int fill(struct handle *ret, int type, const void *bytes, size_t len)
{
    if (len > HANDLE_MAX)
        return SK_ERR_LIMIT;
    *ret = (struct handle){.type = type, .len = (uint8_t)len};
    memcpy(ret->bytes, bytes, len);
    return 0;
}

int handle_read(struct cursor *c, struct handle *ret)
{
    uint32_t len = cursor_u32(c);
    int32_t type = (int32_t)cursor_u32(c);
    const void *bytes = cursor_bytes(c, len);
    if (!bytes || c->err != 0)
        return SK_ERR_FORMAT;
    return fill(ret, type, bytes, len);
}

int handle_of(int dir_fd, const char *name, int flags, struct handle *ret)
{
    union kernel_handle k = {.head.handle_bytes = MAX_HANDLE_SZ};
    int mount_id;
    if (name_to_handle_at(dir_fd, name, &k.head, &mount_id, flags) != 0)
        return -errno;
    return fill(ret, k.head.handle_type, k.head.f_handle, k.head.handle_bytes);
}

bool handle_lasts(long type)
{
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
        if (lasting[i] == type)
            return true;
    return false;
}

int handle_of_path(const char *path, struct handle *ret)
{
    uint8_t digest[DIGEST_LEN];
    int r = digest_of(path, strlen(path), digest);
    return r != 0 ? r : fill(ret, HANDLE_OF_PATH, digest, PATH_BYTES);
}

int handle_open(int mount_fd, const struct handle *h, int flags)
{
    union kernel_handle k = {.head.handle_bytes = h->len, .head.handle_type = h->type};
    memcpy(k.head.f_handle, h->bytes, h->len);
    int fd;
    do
        fd = open_by_handle_at(mount_fd, &k.head, flags | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}
