/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keys.c owns the key file. It must never write a key anywhere but into its slot, never make the
 * file anew once it holds a key, and never leave a key in memory longer than the call. */
#include "ledger/keys.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"

#define KEYS_FILE_LEN 4096 /* bytes: one page, one block */
#define SLOT_LEN      512  /* bytes: one sector, so that a slot is never half written */
#define SLOT_MAGIC    "SKEPOCH1"

struct slot {
    char magic[8];
    uint64_t epoch; /* little-endian */
    uint8_t seed[NOTE_KEY_LEN];
    uint8_t digest[DIGEST_LEN]; /* of all before */
    uint8_t zero[SLOT_LEN - 8 - 8 - NOTE_KEY_LEN - DIGEST_LEN];
};
_Static_assert(sizeof(struct slot) == SLOT_LEN, "slot size");

struct keys {
    int fd;
};

/* A new file: no copy-on-write where that can be switched off, all zeros, durable. */
static int create(int dir, int *ret_fd)
{
    static const uint8_t zeros[KEYS_FILE_LEN];
    autoclose int fd = openat(dir, KEYS_FILE ".new",
                              O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    fd_write_in_place(fd);
    int r = fd_pwrite_full(fd, zeros, sizeof zeros, 0);
    if (r == 0 && fsync(fd) != 0)
        r = -errno;
    /* the rename happens while the file holds no key */
    if (r == 0 && renameat(dir, KEYS_FILE ".new", dir, KEYS_FILE) != 0)
        r = -errno;
    if (r == 0 && fsync(dir) != 0)
        r = -errno;
    if (r == 0)
        *ret_fd = steal_fd(&fd);
    return r;
}

int keys_open(const char *folder, struct keys **ret, bool *ret_new)
{
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    bool is_new = false;
    autoclose int fd = openat(dir, KEYS_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) {
        int r = create(dir, &fd);
        if (r != 0)
            return r;
        is_new = true;
    }
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || st.st_size != KEYS_FILE_LEN)
        return SK_ERR_FORMAT;
    struct keys *k = calloc(1, sizeof *k);
    if (!k)
        return -ENOMEM;
    k->fd = steal_fd(&fd);
    *ret = k;
    *ret_new = is_new;
    return 0;
}

void keys_close(struct keys **k)
{
    if (!*k)
        return;
    close((*k)->fd);
    free(*k);
    *k = NULL;
}

static int write_slot(struct keys *k, uint64_t epoch, const struct slot *slot)
{
    int r = fd_pwrite_full(k->fd, slot, sizeof *slot, (epoch & 1) * SLOT_LEN);
    if (r == 0 && fdatasync(k->fd) != 0)
        r = -errno;
    return r;
}

static int slot_digest(const struct slot *slot, uint8_t ret[static DIGEST_LEN])
{
    return digest_of(slot, offsetof(struct slot, digest), ret);
}

int keys_put(struct keys *k, uint64_t epoch, const uint8_t seed[static NOTE_KEY_LEN])
{
    struct slot slot = {.magic = SLOT_MAGIC, .epoch = htole64(epoch)};
    memcpy(slot.seed, seed, sizeof slot.seed);
    int r = slot_digest(&slot, slot.digest);
    if (r == 0)
        r = write_slot(k, epoch, &slot);
    sodium_memzero(&slot, sizeof slot);
    return r;
}

int keys_get(struct keys *k, uint64_t epoch, uint8_t ret_seed[static NOTE_KEY_LEN])
{
    struct slot slot;
    uint8_t digest[DIGEST_LEN];
    ssize_t n = fd_pread_full(k->fd, &slot, sizeof slot, (epoch & 1) * SLOT_LEN);
    int r = n < 0 ? (int)n : n == sizeof slot ? 0 : SK_ERR_NOT_FOUND;
    if (r == 0 && (memcmp(slot.magic, SLOT_MAGIC, sizeof slot.magic) != 0 ||
                   le64toh(slot.epoch) != epoch))
        r = SK_ERR_NOT_FOUND;
    if (r == 0)
        r = slot_digest(&slot, digest);
    if (r == 0 && memcmp(digest, slot.digest, sizeof digest) != 0)
        r = SK_ERR_NOT_FOUND;
    if (r == 0)
        memcpy(ret_seed, slot.seed, sizeof slot.seed);
    sodium_memzero(&slot, sizeof slot);
    return r;
}

int keys_erase_other(struct keys *k, uint64_t epoch)
{
    static const struct slot empty;
    return write_slot(k, epoch + 1, &empty);
}
