/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erase_area.c owns the erasing of areas. Its order: the mark, then the keys, then the blocks, then the
 * names, and the mark goes last. It must never overwrite the image of a loop device that is still there,
 * whose cache would be written over it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "device/erase.h"
#include "device/loopdev.h"
#include "device/storage.h"
#include "record/record.h"

#define MARK_MAX      ((size_t)8192) /* bytes */
#define LOOP_GONE_MS  10000          /* how long a loop device may take to go after its last user */
#define LOOP_LOOK_MS  20
#define LUKS_HEADER   ((uint64_t)16 * 1024 * 1024) /* bytes: what LUKS2 keeps for itself where it says nothing */

bool erase_is_marked(const char *area)
{
    char path[PROBE_PATH_CAP * 2];
    backing_file(area, ERASE_MARK_SUFFIX, path);
    return access(path, F_OK) == 0;
}

/* What an earlier erasure of this area noted; NULL = there was none. */
static int read_mark(const char *area, json_t **ret, struct fault *f)
{
    char path[PROBE_PATH_CAP * 2];
    autobuf struct buf text = {0};
    backing_file(area, ERASE_MARK_SUFFIX, path);
    int r = file_read(AT_FDCWD, path, MARK_MAX, &text);
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = record_parse(text.data ? text.data : "", text.len, MARK_MAX, ret);
    return r == 0 ? 0 : fault_errno(f, -r, "the mark of the area's erasure can't be read");
}

/* done: NULL while there is something to be overwritten. */
static int write_mark(const struct erase_target *t, json_t *done, struct fault *f)
{
    char path[PROBE_PATH_CAP * 2];
    autobuf struct buf text = {0};
    bool holes = t->statements & SK_STATEMENT_BIT(HOLES);
    autojson json_t *mark = json_pack("{s:s, s:s, s:b, s:I, s:s, s:b}", "device", t->device, "uuid", t->uuid,
                                      "luks", t->luks ? 1 : 0, "header", (json_int_t)t->header,
                                      "erasure", t->id, "holes", holes ? 1 : 0);
    int r = mark && (!done || json_object_set(mark, "done", done) == 0) ? record_write(mark, &text)
                                                                        : -ENOMEM;
    backing_file(t->area, ERASE_MARK_SUFFIX, path);
    if (r == 0)
        r = file_write_atomic(AT_FDCWD, path, text.data, text.len, 0600);
    return r == 0 ? 0 : fault_errno(f, -r, "the erasure can't be noted beside the images");
}

int erase_note_area(const struct erase_target *t, const struct erase_result *done, struct fault *f)
{
    autojson json_t *note = json_pack("{s:I, s:s, s:s, s:I}", "bytes", (json_int_t)done->bytes,
                                      "sha256", done->sha256, "seed", done->seed, "statements",
                                      (json_int_t)done->statements);
    return note ? write_mark(t, note, f) : fault_errno(f, ENOMEM, "the erasure can't be noted");
}

/* The image is gone and the mark is there: what an earlier erasure proved is still true. */
static bool take_done(struct erase_target *t, const json_t *mark)
{
    const json_t *done = record_member(mark, "done");
    if (!done || *record_text(mark, "device"))
        return false;
    t->over = true;
    t->luks = record_flag(mark, "luks");
    t->earlier.bytes = t->bytes = t->size = (uint64_t)record_number(done, "bytes");
    t->earlier.statements = t->statements = (uint32_t)record_number(done, "statements");
    snprintf(t->earlier.sha256, sizeof t->earlier.sha256, "%s", record_text(done, "sha256"));
    snprintf(t->earlier.seed, sizeof t->earlier.seed, "%s", record_text(done, "seed"));
    return true;
}

static void take_mark(struct erase_target *t, const json_t *mark)
{
    t->luks = record_flag(mark, "luks");
    t->header = (uint64_t)record_number(mark, "header");
    snprintf(t->uuid, sizeof t->uuid, "%s", record_text(mark, "uuid"));
    if (record_flag(mark, "holes")) /* that are filled by now */
        t->statements |= SK_STATEMENT_BIT(HOLES);
}

static int look_at(struct erase_target *t, const json_t *mark, struct fault *f)
{
    char image[PROBE_PATH_CAP * 2];
    struct probe probe;
    backing_file(t->area, BACKING_IMAGE_SUFFIX, image);
    int r = probe_fd(t->fd, &probe);
    if (r == 0)
        r = overwrite_size(t->fd, &t->size);
    if (r != 0)
        return fault_errno(f, -r, "the area %s can't be read", t->area);
    t->luks = str_eq(probe.type, "crypto_LUKS");
    memcpy(t->uuid, probe.uuid, sizeof t->uuid);
    if (mark)
        take_mark(t, mark);
    if (t->luks && t->header == 0)
        t->header = luks_header_bytes(t->device[0] ? t->device : image);
    if (t->header == 0 || t->header > t->size)
        t->header = t->size < LUKS_HEADER ? t->size : LUKS_HEADER;
    t->bytes = t->luks ? t->header : t->size;
    t->statements |= storage_of_image(t->fd);
    return 0;
}

/* The device that was recorded; half erased it is known by its label, else by what lies on it. */
static int open_recorded(const struct request_erase *want, const json_t *mark, struct erase_target *t,
                         struct fault *f)
{
    int r = 0;
    if (mark && *record_text(mark, "device"))
        snprintf(t->device, sizeof t->device, "%s", record_text(mark, "device"));
    else if (backing_recorded(t->area, t->device) != 0)
        return fault_set(f, SK_ERR_NOT_FOUND, "the area %s is not on this machine", t->area);
    t->fd = open(t->device, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (t->fd < 0)
        return fault_errno(f, errno, "the device %s of the area %s can't be opened", t->device,
                           t->area);
    struct probe probe = {0};
    r = probe_fd(t->fd, &probe);
    bool same = r == 0 && *probe.uuid && (!mark || str_eq(probe.uuid, record_text(mark, "uuid")));
    if (!same && !erase_has_label(t->fd, want))
        return fault_set(f, SK_ERR_STATE, "%s is not the device that the area %s was made on",
                         t->device, t->area);
    return 0;
}

int erase_look_area(const struct request_erase *want, struct erase_target *t, struct fault *f)
{
    char path[PROBE_PATH_CAP * 2];
    autojson json_t *mark = NULL;
    int r = read_mark(t->area, &mark, f);
    if (r != 0)
        return r;
    backing_file(t->area, BACKING_IMAGE_SUFFIX, path);
    t->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (t->fd < 0 && errno != ENOENT)
        return fault_errno(f, errno, "the image of the area %s can't be opened", t->area);
    if (t->fd < 0 && mark && take_done(t, mark))
        return 0;
    if (t->fd < 0)
        r = open_recorded(want, mark, t, f);
    return r == 0 ? look_at(t, mark, f) : r;
}

/* Its file system may still write when its last mount goes. */
static int refuse_held(const struct held *h, struct fault *f)
{
    autobuf struct buf why = {0};
    held_why(h, &why);
    return fault_set(f, SK_ERR_STATE, "the area %s can't be erased yet: %s", h->id,
                     why.data && !why.err ? why.data : "");
}

int erase_prepare_area(struct area_table *areas, struct erase_target *t, struct fault *f)
{
    int r = area_find(areas, t->area) ? area_close(areas, t->area, f) : 0;
    if (r != 0)
        return r;
    held_look(&areas->held, NULL);
    const struct held *held = held_find(&areas->held, t->area);
    if (held)
        return refuse_held(held, f);
    indexlink_drop_area(&areas->index, t->area); /* it may have it from a process before this one */
    if (t->device[0]) {
        autoclose int alone = open(t->device, O_RDWR | O_EXCL | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (alone < 0)
            return fault_errno(f, errno, "%s is in use", t->device);
        close(t->fd);
        t->fd = steal_fd(&alone);
    }
    return t->over ? 0 : write_mark(t, NULL, f);
}

/* What can't be learnt is no "gone": somebody's cache would be written over what is overwritten here. */
static int wait_for_loop(const struct erase_target *t, struct fault *f)
{
    char path[LOOPDEV_PATH_CAP];
    const struct timespec look = {.tv_nsec = LOOP_LOOK_MS * 1000000L};
    uint64_t until_ns = clock_boot_ns() + LOOP_GONE_MS * 1000000ull;
    for (;;) {
        int loop = loopdev_hold(t->fd, path);
        if (loop == LOOPDEV_NONE)
            return 0;
        if (loop >= 0)
            close(loop); /* else we were the last to keep it */
        if (clock_boot_ns() < until_ns)
            nanosleep(&look, NULL);
        else if (loop == LOOPDEV_UNKNOWN)
            return fault_set(f, SK_ERR_STATE, "another process has the image of the area %s open, and a loop device does "
                                              "not tell whether it is the image's: try again", t->area);
        else
            return fault_set(f, SK_ERR_STATE, "the area %s is still held by %s: some process keeps it", t->area, path);
    }
}

/* An image: all of its blocks, or those of the header. */
static int overwrite_image(struct erase_target *t, struct overwrite *o, struct fault *f)
{
    struct overwrite_place place;
    t->statements |= overwrite_place_before(t->fd, &place);
    int r = overwrite_write(o, t->fd, 0, t->bytes, f);
    if (r == 0)
        r = overwrite_sync(t->fd, f);
    if (r == 0)
        r = overwrite_compare(o, t->fd, 0, t->bytes, f);
    if (r != 0)
        return r;
    t->statements |= overwrite_place_after(t->fd, &place);
    bool given = overwrite_discard(t->fd, 0, t->size);
    if (given && fsync(t->fd) != 0)
        return fault_errno(f, errno, "the blocks of the image can't be given back");
    return 0;
}

int erase_run_area(struct erase_target *t, struct overwrite *o, struct fault *f)
{
    char path[PROBE_PATH_CAP * 2];
    int r = t->device[0] ? 0 : wait_for_loop(t, f);
    backing_file(t->area, BACKING_IMAGE_SUFFIX, path);
    if (r == 0 && t->luks)
        r = luks_destroy(t->device[0] ? t->device : path, f);
    if (r != 0)
        return r;
    return t->device[0] ? erase_device(t, o, t->bytes, f) : overwrite_image(t, o, f);
}

/* The names go, and last the mark: until then it is an area that is being erased. */
int erase_finish_area(struct erase_target *t, struct fault *f)
{
    static const char *const suffixes[] = {BACKING_IMAGE_SUFFIX, BACKING_DEVICE_SUFFIX,
                                           ERASE_MARK_SUFFIX};
    char path[PROBE_PATH_CAP * 2];
    for (size_t i = 0; i < array_count(suffixes); i++) {
        backing_file(t->area, suffixes[i], path);
        if (unlink(path) != 0 && errno != ENOENT)
            return fault_errno(f, errno, "the image of the area %s can't be removed", t->area);
        int r = dir_sync_of(AT_FDCWD, path);
        if (r != 0)
            return fault_errno(f, -r, "the folder of the images can't be written");
    }
    return 0;
}
