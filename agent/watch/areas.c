/* SPDX-License-Identifier: GPL-3.0-or-later */
/* areas.c owns the marks and the table of areas. It must never mark a filesystem that the agent or
 * the system itself lives on: nothing would open there any more, this program included. */
#include "watch/areas.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/vfs.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "watch/trust.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#define FDINFO_MAX (64 * 1024) /* bytes */

bool areas_id_valid(const char *id)
{
    size_t len = strlen(id);
    return len > 0 && len <= SK_ID_MAX &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static bool same_filesystem(const char *path, const struct statx *st)
{
    struct statx other;
    return trust_stat(AT_FDCWD, path, 0, &other) == 0 &&
           other.stx_dev_major == st->stx_dev_major && other.stx_dev_minor == st->stx_dev_minor;
}

static bool system_lives_on(const struct statx *st)
{
    const char *const places[] = {"/", "/usr", "/etc", "/var", "/run", "/dev", "/proc",
                                  "/proc/self/exe", sk_path(SK_PATH_CONFIG), sk_path(SK_PATH_LIB),
                                  sk_path(SK_PATH_RUN)};
    for (size_t i = 0; i < array_count(places); i++)
        if (same_filesystem(places[i], st))
            return true;
    return false;
}

/* Only kinds whose stat numbers are one to a filesystem and which no user can serve. */
static int check_kind(int dir_fd, struct buf *why)
{
    struct statfs fs;
    if (fstatfs(dir_fd, &fs) != 0)
        return -errno;
    if (fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC)
        return 0;
    buf_puts(why, PHRASE("an area must be an ext4 or xfs filesystem of its own"));
    return SK_ERR_UNSUPPORTED;
}

static int mark(int dir_fd, struct buf *why)
{
    if (fanotify_mark(GUARD_FD_GROUP, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM, dir_fd,
                      NULL) != 0) {
        int saved = errno;
        phrase_put(why, "the filesystem can't be marked: %s", PHRASE_ERROR(-saved));
        return -saved;
    }
    if (fanotify_mark(GUARD_FD_GROUP, FAN_MARK_ADD | FAN_MARK_MOUNT | FAN_MARK_IGNORE_SURV,
                      FAN_OPEN_PERM, dir_fd, NULL) != 0) {
        int saved = errno;
        phrase_put(why, "the private mount can't be ignored: %s", PHRASE_ERROR(-saved));
        return -saved;
    }
    return 0;
}

static int free_row(const struct guard *g)
{
    for (int i = 0; i < SK_AREAS_MAX; i++)
        if (!atomic_load(&g->shared->areas[i].in_use))
            return i;
    return SK_ERR_LIMIT;
}

static int row_of(const struct guard *g, const char *id)
{
    for (int i = 0; i < SK_AREAS_MAX; i++)
        if (atomic_load_explicit(&g->shared->areas[i].in_use, memory_order_acquire) &&
            strcmp(g->shared->areas[i].id, id) == 0)
            return i;
    return SK_ERR_NOT_FOUND;
}

static bool is_same(const struct guard_area *a, const struct statx *st, const char *mount)
{
    return a->dev_major == st->stx_dev_major && a->dev_minor == st->stx_dev_minor &&
           strcmp(a->mount, mount) == 0;
}

static uint64_t number_of(uint32_t dev_major, uint32_t dev_minor)
{
    return (uint64_t)dev_major << 32 | dev_minor;
}

/* Is this number among the file systems that were shut down? Its place, or a free one, or -1. */
static int shut_place(const struct guard *g, uint64_t number)
{
    int place = -1;
    for (int i = 0; i < GUARD_SHUT_MAX; i++) {
        uint64_t is = atomic_load(&g->shared->shut[i]);
        if (is == number)
            return i;
        if (is == 0 && place < 0)
            place = i;
    }
    return place;
}

/* The next file system may have the number of one that was shut down. */
static void note_shut(const struct guard *g, uint64_t number, bool shut)
{
    int place = shut_place(g, number);
    if (place >= 0)
        atomic_store(&g->shared->shut[place], shut ? number : 0);
}

int areas_add(const struct guard *g, const char *id, const char *mount, int dir_fd,
              struct buf *why)
{
    struct statx st;
    if (!areas_id_valid(id) || mount[0] != '/' || strlen(mount) > SK_FILE_NAME_MAX) {
        buf_puts(why, PHRASE("an area needs an id and an absolute mount path"));
        return SK_ERR_FORMAT;
    }
    int r = trust_stat(dir_fd, "", AT_EMPTY_PATH, &st);
    if (r != 0)
        return r;
    if (!S_ISDIR(st.stx_mode) || system_lives_on(&st)) {
        buf_puts(why, PHRASE("the system itself lives on this filesystem"));
        return SK_ERR_REFUSED;
    }
    r = check_kind(dir_fd, why);
    if (r == 0)
        r = mark(dir_fd, why);
    if (r != 0)
        return r;
    note_shut(g, number_of(st.stx_dev_major, st.stx_dev_minor), false);
    int old = row_of(g, id);
    if (old >= 0 && is_same(&g->shared->areas[old], &st, mount))
        return 0; /* also where no row is free for a moment */
    int row = free_row(g);
    if (row < 0)
        return row;
    struct guard_area *a = &g->shared->areas[row];
    a->dev_major = st.stx_dev_major;
    a->dev_minor = st.stx_dev_minor;
    memcpy(a->id, id, strlen(id) + 1);
    memcpy(a->mount, mount, strlen(mount) + 1);
    if (old >= 0)
        atomic_store(&g->shared->areas[old].in_use, false);
    atomic_store_explicit(&a->in_use, true, memory_order_release);
    return 0;
}

static bool was_shut(const struct guard *g, uint64_t number)
{
    int place = number == 0 ? -1 : shut_place(g, number);
    return place >= 0 && atomic_load(&g->shared->shut[place]) == number;
}

int areas_drop(const struct guard *g, const char *id, bool shut)
{
    int row = row_of(g, id);
    if (row < 0)
        return row;
    const struct guard_area *a = &g->shared->areas[row];
    note_shut(g, number_of(a->dev_major, a->dev_minor), shut);
    atomic_store(&g->shared->areas[row].in_use, false);
    return 0;
}

const struct guard_area *areas_find(const struct guard *g, uint32_t dev_major, uint32_t dev_minor)
{
    for (size_t i = 0; i < SK_AREAS_MAX; i++) {
        const struct guard_area *a = &g->shared->areas[i];
        if (atomic_load_explicit(&a->in_use, memory_order_acquire) &&
            a->dev_major == dev_major && a->dev_minor == dev_minor)
            return a;
    }
    return NULL;
}

/* The kernel writes MAJOR << 20 | MINOR (include/linux/kdev_t.h). */
static uint64_t number_in(const char *text, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len && isxdigit((unsigned char)text[i]); i++)
        value = value << 4 | (uint64_t)(isdigit((unsigned char)text[i]) ? text[i] - '0'
                                                                        : (text[i] | 0x20) - 'a' + 10);
    return number_of((uint32_t)(value >> 20), (uint32_t)(value & 0xfffff));
}

/* proc(5): one line "fanotify sdev:… mask:…" for each marked filesystem. */
int areas_live_marks(const struct guard *g)
{
    autobuf struct buf text = {0};
    char path[48];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", GUARD_FD_GROUP);
    if (file_read(AT_FDCWD, path, FDINFO_MAX, &text) != 0 || !text.data)
        return -1;
    struct cursor c;
    const char *line;
    size_t len;
    int count = 0;
    static const char head[] = "fanotify sdev:";
    cursor_init(&c, text.data, text.len);
    while (cursor_line(&c, &line, &len))
        count += len >= sizeof head - 1 && memcmp(line, head, sizeof head - 1) == 0 &&
                 !was_shut(g, number_in(line + sizeof head - 1, len - (sizeof head - 1)));
    return count;
}
