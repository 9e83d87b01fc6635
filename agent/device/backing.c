/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backing.c owns the way from an area's id to a block device with a plain file system. It must
 * never take an unencrypted device for an encrypted one, nor another device for the one recorded. */
#include "device/backing.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "device/loopdev.h"
#include "device/make.h"
#include "record/record.h"

#define DEVICE_FILE_MAX ((size_t)8192) /* bytes */

void backing_file(const char *area, const char *suffix, char ret[static PROBE_PATH_CAP * 2])
{
    _Static_assert(SK_PATH_CAP <= PROBE_PATH_CAP * 2, "a path of the instance fits");
    snprintf(ret, PROBE_PATH_CAP * 2, "%s/%s%s", sk_path(SK_PATH_AREAS), area, suffix);
}

void backing_mapping_name(const char *area, char ret[static LUKS_NAME_CAP])
{
    struct stat st = {0};
    /* two instances on one machine have different folders of areas */
    if (stat(sk_path(SK_PATH_AREAS), &st) != 0)
        st.st_ino = 0;
    snprintf(ret, LUKS_NAME_CAP, "sekisho-%llx-%s", (unsigned long long)st.st_ino, area);
}

/* The block device recorded for an area, checked to be that one still. */
static int recorded_device(const char *area, char ret[static PROBE_PATH_CAP], struct probe *ret_probe,
                           struct fault *f)
{
    char path[PROBE_PATH_CAP * 2];
    autobuf struct buf text = {0};
    autojson json_t *record = NULL;
    struct probe probe;
    backing_file(area, BACKING_DEVICE_SUFFIX, path);
    int r = file_read(AT_FDCWD, path, DEVICE_FILE_MAX, &text);
    if (r == -ENOENT)
        return fault_set(f, SK_ERR_NOT_FOUND, "the area %s has not been created", area);
    if (r == 0)
        r = record_parse(text.data ? text.data : "", text.len, DEVICE_FILE_MAX, &record);
    if (r != 0)
        return fault_errno(f, -r, "what is recorded of the area %s can't be read", area);
    const char *device = record_text(record, "device");
    if (strlen(device) >= PROBE_PATH_CAP)
        return fault_set(f, SK_ERR_LIMIT, "the device path of the area %s is too long", area);
    r = probe_path(device, &probe);
    if (r != 0)
        return fault_errno(f, -r, "the device %s of the area %s can't be read", device, area);
    if (!str_eq(probe.uuid, record_text(record, "uuid")))
        return fault_set(f, SK_ERR_STATE, "%s is not the device that the area %s was made on",
                         device, area);
    memcpy(ret, device, strlen(device) + 1);
    *ret_probe = probe;
    return 0;
}

int backing_recorded(const char *area, char ret[static PROBE_PATH_CAP])
{
    struct probe probe;
    struct fault f = {0};
    return recorded_device(area, ret, &probe, &f);
}

/* Raw device of an image or recorded device, into ret->raw and what lies on it. */
static int open_raw(const char *area, struct backing *ret, struct probe *ret_probe, struct fault *f)
{
    char path[PROBE_PATH_CAP * 2];
    backing_file(area, BACKING_IMAGE_SUFFIX, path);
    autoclose int image = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (image < 0 && errno == ENOENT)
        return recorded_device(area, ret->raw, ret_probe, f);
    if (image < 0)
        return fault_errno(f, errno, "the image of the area %s can't be opened", area);
    int r = probe_fd(image, ret_probe);
    if (r != 0)
        return fault_errno(f, -r, "the image of the area %s can't be read", area);
    r = loopdev_open(image, ret->raw, f);
    if (r < 0)
        return r;
    ret->hold_fd = r;
    return 0;
}

static int decrypt(const char *area, const struct luks_passphrase *passphrase, struct backing *ret,
                   struct fault *f)
{
    int r = luks_available(f);
    if (r != 0)
        return r;
    if (!passphrase)
        return fault_set(f, SK_ERR_PASSPHRASE, "the area %s needs its passphrase", area);
    char name[LUKS_NAME_CAP];
    backing_mapping_name(area, name);
    r = luks_activate(ret->raw, name, passphrase, f);
    if (r != 0)
        return r;
    memcpy(ret->mapping, name, sizeof name);
    snprintf(ret->device, sizeof ret->device, "/dev/mapper/%s", name);
    return 0;
}

static int open_checked(const char *area, enum request_backing wanted,
                        const struct luks_passphrase *passphrase, struct backing *ret,
                        struct fault *f)
{
    struct probe probe = {0};
    int r = open_raw(area, ret, &probe, f);
    if (r != 0)
        return r;
    memcpy(ret->device, ret->raw, sizeof ret->device);
    bool encrypted = str_eq(probe.type, "crypto_LUKS");
    if (encrypted && wanted != REQUEST_BACKING_LUKS)
        return fault_set(f, SK_ERR_STATE,
                         "the area %s is encrypted, but the policy says backing = filesystem", area);
    if (!encrypted && wanted == REQUEST_BACKING_LUKS)
        return fault_set(f, SK_ERR_STATE,
                         "the area %s is not encrypted, but the policy says backing = luks", area);
    if (encrypted) {
        r = decrypt(area, passphrase, ret, f);
        if (r == 0 && (r = probe_path(ret->device, &probe)) != 0)
            r = fault_errno(f, -r, "the area %s can't be read", area);
        if (r != 0)
            return r;
    }
    if (make_least_bytes(probe.type) == 0)
        return fault_set(f, SK_ERR_UNSUPPORTED, "the area %s holds %s, not ext4 or xfs", area,
                         probe.type[0] ? probe.type : PHRASE("no file system"));
    memcpy(ret->type, probe.type, sizeof ret->type);
    return 0;
}

int backing_open(const char *area, enum request_backing wanted,
                 const struct luks_passphrase *passphrase, struct backing *ret, struct fault *f)
{
    struct backing b = {.hold_fd = -1};
    int r = open_checked(area, wanted, passphrase, &b, f);
    if (r != 0) {
        backing_release(&b);
        return r;
    }
    *ret = b;
    return 0;
}

void backing_release(struct backing *b)
{
    struct fault ignored = {0};
    /* a mapping that can't be closed now is deferred by the kernel until its last mount goes */
    if (b->mapping[0] && luks_deactivate(b->mapping, &ignored) == 0)
        b->mapping[0] = '\0';
    if (b->hold_fd >= 0)
        close(b->hold_fd);
    b->hold_fd = -1;
}

void backing_facts(const char *area, struct backing_facts *ret)
{
    char path[PROBE_PATH_CAP * 2];
    char device[PROBE_PATH_CAP];
    struct probe probe = {0};
    struct fault ignored = {0};
    *ret = (struct backing_facts){0};
    backing_file(area, BACKING_IMAGE_SUFFIX, path);
    ret->image = probe_path(path, &probe) == 0;
    ret->exists = ret->image || recorded_device(area, device, &probe, &ignored) == 0;
    ret->bytes = probe.bytes;
    ret->encrypted = str_eq(probe.type, "crypto_LUKS");
    if (!ret->encrypted)
        memcpy(ret->type, probe.type, sizeof ret->type);
}
