/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luks.c owns libcryptsetup and passphrases. It must never leave a passphrase in memory that is
 * freed, nor fall back to a weaker or no encryption. */
#include "device/luks.h"
#include <errno.h>
#include <fcntl.h>
#include <libcryptsetup.h>
#include <linux/dm-ioctl.h>
#include <sodium.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"

#define VOLUME_KEY_LEN ((size_t)64) /* bytes: AES-256 in XTS takes two keys */
#define PASSPHRASE_SLOT 0
#define DM_ANSWER_LEN ((size_t)1024) /* bytes for the head and one target's version */

struct luks_passphrase {
    size_t len;
    char text[LUKS_PASSPHRASE_MAX + 1]; /* one more to notice a longer one */
};

void luks_passphrase_free(struct luks_passphrase **p)
{
    if (*p)
        sodium_free(*p); /* wipes and unlocks */
    *p = NULL;
}

int luks_passphrase_read(int fd, struct luks_passphrase **ret)
{
    if (sodium_init() < 0)
        return SK_ERR_CRYPTO;
    autopassphrase struct luks_passphrase *p = sodium_malloc(sizeof *p);
    if (!p)
        return -ENOMEM;
    ssize_t n = fd_pread_full(fd, p->text, sizeof p->text, 0);
    if (n < 0)
        return (int)n;
    p->len = (size_t)n;
    if (p->len > 0 && p->text[p->len - 1] == '\n')
        p->len--;
    if (p->len == 0 || p->len > LUKS_PASSPHRASE_MAX)
        return SK_ERR_PASSPHRASE;
    *ret = steal_ptr(&p);
    return 0;
}

int luks_available(struct fault *f)
{
    union {
        struct dm_ioctl head;
        char space[DM_ANSWER_LEN];
    } ask = {.head = {.version = {DM_VERSION_MAJOR, 0, 0},
                      .data_size = sizeof ask,
                      .data_start = sizeof(struct dm_ioctl),
                      .name = "crypt"}};
    autoclose int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    if (control < 0)
        return fault_set(f, SK_ERR_UNSUPPORTED,
                         "LUKS is not possible here: this kernel has no device mapper "
                         "(/dev/mapper/control: %s)", PHRASE_ERROR(-errno));
    if (ioctl(control, DM_GET_TARGET_VERSION, &ask) != 0)
        return fault_set(f, SK_ERR_UNSUPPORTED,
                         "LUKS is not possible here: this kernel has no dm-crypt (%s)",
                         PHRASE_ERROR(-errno));
    return 0;
}

static void release(struct crypt_device **cd)
{
    crypt_free(*cd);
}

struct messages {
    struct buf text;
};

static void keep_error(int level, const char *text, void *user)
{
    struct messages *m = user;
    size_t len = strcspn(text, "\n");
    if (level != CRYPT_LOG_ERROR)
        return;
    buf_puts(&m->text, m->text.len ? "; " : "");
    str_escape(&m->text, text, len);
}

static int failed(struct messages *m, int r, const char *what, struct fault *f)
{
    int code = r == -EPERM ? SK_ERR_PASSPHRASE : r;
    bool told = m->text.len && !m->text.err;
    fault_set(f, code, "%s: %s%s%s", what, PHRASE_ERROR(code), told ? ": " : "",
              told ? m->text.data : "");
    buf_free(&m->text);
    return f->code;
}

int luks_format(const char *device, const struct luks_passphrase *passphrase, struct fault *f)
{
    __attribute__((cleanup(release))) struct crypt_device *cd = NULL;
    struct messages m = {0};
    if (passphrase->len < LUKS_PASSPHRASE_MIN)
        return fault_set(f, SK_ERR_PASSPHRASE, "the passphrase is shorter than %d bytes",
                         LUKS_PASSPHRASE_MIN);
    int r = crypt_init(&cd, device);
    if (r == 0) {
        crypt_set_log_callback(cd, keep_error, &m);
        /* NULL key and parameters: a random volume key, argon2id as cryptsetup(8) measures it */
        r = crypt_format(cd, CRYPT_LUKS2, "aes", "xts-plain64", NULL, NULL, VOLUME_KEY_LEN, NULL);
    }
    if (r == 0)
        r = crypt_keyslot_add_by_volume_key(cd, PASSPHRASE_SLOT, NULL, 0, passphrase->text,
                                            passphrase->len);
    if (r < 0)
        return failed(&m, r, PHRASE("the LUKS header can't be made"), f);
    buf_free(&m.text);
    return 0;
}

int luks_activate(const char *device, const char *name, const struct luks_passphrase *passphrase,
                  struct fault *f)
{
    __attribute__((cleanup(release))) struct crypt_device *cd = NULL;
    struct messages m = {0};
    int r = crypt_init(&cd, device);
    if (r == 0) {
        crypt_set_log_callback(cd, keep_error, &m);
        r = crypt_load(cd, CRYPT_LUKS2, NULL);
    }
    if (r == 0)
        r = crypt_activate_by_passphrase(cd, name, CRYPT_ANY_SLOT, passphrase->text,
                                         passphrase->len, 0);
    if (r < 0)
        return failed(&m, r, PHRASE("the encrypted area can't be opened"), f);
    buf_free(&m.text);
    return 0;
}

#define SECTOR_LEN 512 /* bytes: libcryptsetup counts in sectors */

uint64_t luks_header_bytes(const char *path)
{
    __attribute__((cleanup(release))) struct crypt_device *cd = NULL;
    if (crypt_init(&cd, path) != 0 || crypt_load(cd, CRYPT_LUKS2, NULL) != 0)
        return 0;
    return crypt_get_data_offset(cd) * SECTOR_LEN;
}

int luks_destroy(const char *path, struct fault *f)
{
    __attribute__((cleanup(release))) struct crypt_device *cd = NULL;
    struct messages m = {0};
    int r = crypt_init(&cd, path);
    if (r == 0) {
        crypt_set_log_callback(cd, keep_error, &m);
        r = crypt_load(cd, CRYPT_LUKS2, NULL);
        if (r == -EINVAL) { /* no header any more */
            buf_free(&m.text);
            return 0;
        }
    }
    for (int slot = 0; r == 0 && slot < crypt_keyslot_max(CRYPT_LUKS2); slot++) {
        crypt_keyslot_info is = crypt_keyslot_status(cd, slot);
        if (is != CRYPT_SLOT_INACTIVE && is != CRYPT_SLOT_INVALID)
            r = crypt_keyslot_destroy(cd, slot);
    }
    if (r < 0)
        return failed(&m, r, PHRASE("the key slots can't be destroyed"), f);
    buf_free(&m.text);
    return 0;
}

int luks_deactivate(const char *name, struct fault *f)
{
    struct messages m = {0};
    int r = crypt_deactivate_by_name(NULL, name, CRYPT_DEACTIVATE_DEFERRED);
    return r == 0 || r == -ENODEV ? 0 : failed(&m, r, PHRASE("the encryption can't be closed"), f);
}
