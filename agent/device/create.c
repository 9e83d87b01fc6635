/* SPDX-License-Identifier: GPL-3.0-or-later */
/* create.c owns the making of areas. It must never write to a device or file that already holds
 * something, unless it was told to overwrite it, and never leave half an area under its final name. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "device/area.h"
#include "device/erase.h"
#include "device/filesystem.h"
#include "device/loopdev.h"
#include "device/make.h"
#include "record/record.h"

#define IMAGE_NEW_SUFFIX   ".img.part"
#define MAPPING_NEW_SUFFIX ".new"

/* Top folder and the agent's own folders, on a file system nobody has seen yet. */
static int furnish(const char *device, const char *type, struct fault *f)
{
    autoclose int mount = filesystem_mount(device, type, f);
    if (mount < 0)
        return mount;
    autoclose int top = filesystem_top(mount, f);
    if (top < 0)
        return top;
    autoclose int staging = -1;
    autoclose int incoming = -1;
    int r = area_own_folders(top, &staging, &incoming, f);
    if (r != 0)
        return r;
    /* chmod, because mkfs and umask decide otherwise */
    if (fchmod(top, AREA_TOP_MODE) != 0 || syncfs(top) != 0)
        return fault_errno(f, errno, "the new area can't be written");
    return 0;
}

static int make_plain(const char *device, const char *type, struct fault *f)
{
    int r = make_filesystem(type, device, f);
    return r != 0 ? r : furnish(device, type, f);
}

/* Without LUKS when there is no passphrase. */
static int make_on(const char *raw, const struct request_area *want,
                   const struct luks_passphrase *passphrase, struct fault *f)
{
    char name[LUKS_NAME_CAP];
    char device[LUKS_NAME_CAP + sizeof "/dev/mapper/"];
    struct fault closing = {0};
    if (want->backing != REQUEST_BACKING_LUKS)
        return make_plain(raw, want->filesystem, f);
    int r = luks_format(raw, passphrase, f);
    if (r != 0)
        return r;
    backing_mapping_name(want->area, name);
    size_t len = strlen(name);
    snprintf(name + len, sizeof name - len, "%s", MAPPING_NEW_SUFFIX);
    r = luks_activate(raw, name, passphrase, f);
    if (r != 0)
        return r;
    snprintf(device, sizeof device, "/dev/mapper/%s", name);
    r = make_plain(device, want->filesystem, f);
    if (luks_deactivate(name, &closing) != 0 && r == 0)
        r = fault_set(f, closing.code, "%s", closing.why);
    return r;
}

static int reserve(int image, uint64_t bytes, struct fault *f)
{
    /* real blocks: a hole would fail later, in the middle of somebody's work */
    if (fallocate(image, 0, 0, (off_t)bytes) != 0)
        return fault_errno(f, errno, "there is no room for an image of %" PRIu64 " bytes", bytes);
    return 0;
}

static int make_image(int image, const struct request_area *want,
                      const struct luks_passphrase *passphrase, struct fault *f)
{
    char raw[LOOPDEV_PATH_CAP];
    int r = reserve(image, want->bytes, f);
    if (r != 0)
        return r;
    autoclose int loop = loopdev_open(image, raw, f);
    if (loop < 0)
        return loop;
    r = make_on(raw, want, passphrase, f);
    if (r == 0 && (fsync(loop) != 0 || fsync(image) != 0))
        r = fault_errno(f, errno, "the new image can't be written");
    return r;
}

static int create_image(const struct request_area *want, const struct luks_passphrase *passphrase,
                        struct fault *f)
{
    char path[PROBE_PATH_CAP * 2], made[PROBE_PATH_CAP * 2];
    backing_file(want->area, BACKING_IMAGE_SUFFIX, path);
    backing_file(want->area, IMAGE_NEW_SUFFIX, made);
    /* only this process makes images, one at a time: an old one is of a run that was cut off */
    if (unlink(made) != 0 && errno != ENOENT)
        return fault_errno(f, errno, "an old unfinished image can't be removed");
    autoclose int image = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (image < 0)
        return fault_errno(f, errno, "the image can't be made");
    int r = make_image(image, want, passphrase, f);
    if (r == 0 && renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
        r = fault_errno(f, errno, "the new image can't get its name");
    if (r == 0 && (r = dir_sync_of(AT_FDCWD, path)) != 0)
        r = fault_errno(f, -r, "the folder of the images can't be written");
    if (r != 0)
        unlink(made);
    return r;
}

/* Free to be written to? Not mounted or otherwise held, and empty unless told to overwrite. */
static int check_device(const struct request_area *want, struct fault *f)
{
    struct probe probe;
    struct stat st;
    autobuf struct buf shown = {0};
    const char *name = fault_shown(&shown, want->device);
    autoclose int fd = open(want->device, O_RDWR | O_EXCL | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return fault_errno(f, errno, "%s can't be used", name);
    if (fstat(fd, &st) != 0 || !S_ISBLK(st.st_mode))
        return fault_set(f, SK_ERR_FORMAT, "%s is not a block device", name);
    int r = probe_fd(fd, &probe);
    if (r != 0)
        return fault_errno(f, -r, "%s can't be read", name);
    if (probe.type[0] && !want->overwrite)
        return fault_set(f, SK_ERR_EXISTS, "%s holds %s; it is not overwritten", name, probe.type);
    if (probe.bytes < make_least_bytes(want->filesystem))
        return fault_set(f, SK_ERR_LIMIT, "%s is too small for %s", name, want->filesystem);
    return 0;
}

/* Remember which device it is, by the UUID of what lies on it now. */
static int record_device(const struct request_area *want, struct fault *f)
{
    char path[PROBE_PATH_CAP * 2];
    struct probe probe;
    autobuf struct buf text = {0};
    int r = probe_path(want->device, &probe);
    if (r != 0)
        return fault_errno(f, -r, "the device can't be read");
    autojson json_t *record = json_object();
    r = record_set_bytes(record, "device", want->device, strlen(want->device));
    if (r == 0)
        r = record_set_bytes(record, "uuid", probe.uuid, strlen(probe.uuid));
    if (r == 0)
        r = record_write(record, &text);
    backing_file(want->area, BACKING_DEVICE_SUFFIX, path);
    if (r == 0)
        r = file_write_atomic(AT_FDCWD, path, text.data, text.len, 0600);
    return r == 0 ? 0 : fault_errno(f, -r, "the device can't be recorded");
}

static int create_device(const struct request_area *want,
                         const struct luks_passphrase *passphrase, struct fault *f)
{
    if (strlen(want->device) >= PROBE_PATH_CAP)
        return fault_set(f, SK_ERR_LIMIT, "the path of the device is too long");
    int r = check_device(want, f);
    if (r == 0)
        r = make_on(want->device, want, passphrase, f);
    return r == 0 ? record_device(want, f) : r;
}

static int check_request(const struct area_table *t, const struct request_area *want,
                         const struct luks_passphrase *passphrase, struct fault *f)
{
    char image[PROBE_PATH_CAP * 2], device[PROBE_PATH_CAP * 2];
    uint64_t least = make_least_bytes(want->filesystem);
    backing_file(want->area, BACKING_IMAGE_SUFFIX, image);
    backing_file(want->area, BACKING_DEVICE_SUFFIX, device);
    if (area_find(t, want->area) || access(image, F_OK) == 0 || access(device, F_OK) == 0)
        return fault_set(f, SK_ERR_EXISTS, "the area %s exists already", want->area);
    if (erase_is_marked(want->area))
        return fault_set(f, SK_ERR_STATE, "the area %s is half erased: erase it again first",
                         want->area);
    if (!least)
        return fault_set(f, SK_ERR_UNSUPPORTED, "an area's file system is ext4 or xfs");
    if (!want->device[0] && want->bytes < least)
        return fault_set(f, SK_ERR_LIMIT, "an area with %s needs at least %" PRIu64 " bytes",
                         want->filesystem, least);
    if (want->backing != REQUEST_BACKING_LUKS)
        return 0;
    int r = luks_available(f);
    if (r == 0 && !passphrase)
        r = fault_set(f, SK_ERR_PASSPHRASE, "an encrypted area needs a passphrase");
    return r;
}

int area_create(const struct area_table *t, const struct request_area *want,
                const struct luks_passphrase *passphrase, struct buf *detail, struct fault *f)
{
    int r = check_request(t, want, passphrase, f);
    if (r == 0)
        r = want->device[0] ? create_device(want, passphrase, f)
                            : create_image(want, passphrase, f);
    if (r != 0)
        return r;
    buf_printf(detail, "%s, %s", want->filesystem,
               want->backing == REQUEST_BACKING_LUKS ? PHRASE("encrypted (LUKS2)")
                                                     : PHRASE("not encrypted at rest"));
    if (want->device[0])
        buf_puts(detail, PHRASE(", on a block device"));
    else
        phrase_put(detail, ", image of %" PRIu64 " bytes", want->bytes);
    return 0;
}
