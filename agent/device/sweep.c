/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.c owns the cleaning up after a device process that ended without closing its areas. It must
 * never unmount anything but this instance's areas. */
#include "device/sweep.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sekisho/paths.h>
#include "base/fdio.h"
#include "base/str.h"
#include "device/holders.h"
#include "device/loopdev.h"
#include "device/luks.h"
#include "device/names.h"

#define MOUNTINFO_MAX ((size_t)16 * 1024 * 1024) /* bytes */
#define FIELD_DEVICE  2 /* of a line of mountinfo, from 0 (proc(5)) */
#define FIELD_FOLDER  4

/* The text of a blank-separated field; mountinfo writes blanks inside as \040. */
static bool field_of(const char *line, size_t len, int number, const char **ret, size_t *ret_len)
{
    const char *end = line + len;
    for (int i = 0; i < number; i++) {
        const char *blank = memchr(line, ' ', (size_t)(end - line));
        if (!blank)
            return false;
        line = blank + 1;
    }
    const char *blank = memchr(line, ' ', (size_t)(end - line));
    *ret = line;
    *ret_len = (size_t)((blank ? blank : end) - line);
    return true;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* \ooo back to bytes (proc(5)). */
static void unescape_octal(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        bool escaped = text[i] == '\\' && len - i > 3 && is_octal(text[i + 1]) &&
                       is_octal(text[i + 2]) && is_octal(text[i + 3]);
        if (escaped) {
            int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
            buf_putc(out, (char)value);
            i += 3;
        } else {
            buf_putc(out, text[i]);
        }
    }
}

/* The folder of the last mount of this device in our namespace. */
static bool last_mount(dev_t device, struct buf *folder)
{
    char wanted[48];
    autobuf struct buf text = {0};
    struct cursor c;
    const char *line, *at;
    size_t len, at_len;
    bool found = false;
    snprintf(wanted, sizeof wanted, "%u:%u", major(device), minor(device));
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text) != 0)
        return false;
    cursor_init(&c, text.data, text.len);
    while (cursor_line(&c, &line, &len)) {
        if (!field_of(line, len, FIELD_DEVICE, &at, &at_len) || at_len != strlen(wanted) ||
            memcmp(at, wanted, at_len) != 0 || !field_of(line, len, FIELD_FOLDER, &at, &at_len))
            continue;
        buf_reset(folder);
        unescape_octal(at, at_len, folder);
        found = !folder->err;
    }
    return found;
}

/* Every mount of the device. False when one was busy. */
static bool unmount_all(dev_t device)
{
    autobuf struct buf folder = {0};
    bool clean = true;
    while (last_mount(device, &folder)) {
        if (umount2(folder.data, UMOUNT_NOFOLLOW) == 0)
            continue;
        clean = false;
        if (umount2(folder.data, MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
            return false;
    }
    return clean;
}

static void sweep_area(const char *id, struct guardlink *guard, const char *raw,
                       void (*tell)(const char *id, const char *why))
{
    char mapping[LUKS_NAME_CAP], path[LUKS_NAME_CAP + sizeof "/dev/mapper/"];
    autobuf struct buf folder = {0};
    struct fault ignored = {0};
    struct stat st;
    backing_mapping_name(id, mapping);
    snprintf(path, sizeof path, "/dev/mapper/%s", mapping);
    bool mapped = stat(path, &st) == 0;
    if (!mapped && stat(raw, &st) != 0)
        return;
    if (!last_mount(st.st_rdev, &folder) && !mapped)
        return;
    bool clean = unmount_all(st.st_rdev);
    if (mapped)
        (void)!luks_deactivate(mapping, &ignored);
    if (clean && !holders_mounted(st.st_rdev, NULL) && guardlink_drop(guard, id, &ignored) != 0)
        guardlink_close(guard);
    tell(id, clean ? "was left open by a process that was killed; closed now"
                   : "was left open by a process that was killed and is in use; detached now");
}

static bool strip(const char *name, const char *suffix, char id[static SK_ID_MAX + 1])
{
    size_t len = strlen(name), suffix_len = strlen(suffix);
    if (len <= suffix_len || len - suffix_len > SK_ID_MAX ||
        !str_eq(name + len - suffix_len, suffix))
        return false;
    memcpy(id, name, len - suffix_len);
    id[len - suffix_len] = '\0';
    return names_is_area(id);
}

static void sweep_entry(int dir_fd, const char *name, struct guardlink *guard,
                        void (*tell)(const char *id, const char *why))
{
    char id[SK_ID_MAX + 1];
    char raw[PROBE_PATH_CAP];
    if (strip(name, BACKING_DEVICE_SUFFIX, id) && backing_recorded(id, raw) == 0) {
        sweep_area(id, guard, raw, tell);
    } else if (strip(name, BACKING_IMAGE_SUFFIX, id)) {
        autoclose int image = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (image >= 0 && loopdev_find(image, raw))
            sweep_area(id, guard, raw, tell);
    }
}

void sweep_mounts(struct guardlink *guard, void (*tell)(const char *id, const char *why))
{
    autodir DIR *dir = opendir(sk_path(SK_PATH_AREAS));
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));)
        sweep_entry(dirfd(dir), e->d_name, guard, tell);
}
