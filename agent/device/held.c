/* SPDX-License-Identifier: GPL-3.0-or-later */
/* held.c owns the question whether a file system has really ended, and its shutting down where it has not.
 * It must never take /proc's word for it, nor call one shut that can still be read. */
#include "device/held.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/phrase.h"
#include "base/str.h"
#include "device/filesystem.h"
#include "device/holders.h"
#include "device/loopdev.h"

#define LOOK_MS 20 /* between two questions */

/* A mounted file system has its device for itself (open(2), O_EXCL without O_CREAT). */
static bool is_claimed(const char *device)
{
    autoclose int fd = open(device, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd < 0 && errno != ENOENT && errno != ENXIO && errno != ENODEV;
}

bool held_by_mount(const char *device, int wait_ms)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    for (int waited = 0; is_claimed(device); waited += LOOK_MS) {
        if (waited >= wait_ms)
            return true;
        nanosleep(&look, NULL);
    }
    return false;
}

int held_shut(const char *device, const char *type, struct fault *f)
{
    /* the kernel gives another mount of the file system that is there */
    autoclose int mount = filesystem_mount(device, type, f);
    return mount < 0 ? mount : filesystem_shut(mount, f);
}

bool held_is_shut(const char *device, const char *type)
{
    struct fault ignored = {0};
    autoclose int mount = filesystem_mount(device, type, &ignored);
    return mount >= 0 && filesystem_is_shut(mount);
}

void held_note(struct held_list *l, const char *id, const char *mount, const struct backing *backing,
               dev_t number, const char *who)
{
    if (l->count == HELD_MAX)
        return;
    struct held *h = &l->rows[l->count++];
    *h = (struct held){.number = number};
    memcpy(h->id, id, strlen(id) + 1);
    memcpy(h->mount, mount, strlen(mount) + 1);
    memcpy(h->mapping, backing->mapping, sizeof h->mapping);
    snprintf(h->who, sizeof h->who, "%s", who);
}

static int open_device(const char *device)
{
    int fd = open(device, O_RDONLY | O_CLOEXEC);
    bool gone = errno == ENOENT || errno == ENXIO || errno == ENODEV;
    return fd >= 0 ? fd : gone ? LOOPDEV_NONE : LOOPDEV_UNKNOWN;
}

/* The device that carries the area, kept while it is asked: a loop device that became free may be
 * somebody else's in the next moment. A descriptor, LOOPDEV_NONE when there is none any more, or LOOPDEV_UNKNOWN. */
static int keep_device(const struct held *h, char ret[static PROBE_PATH_CAP])
{
    char path[PROBE_PATH_CAP * 2];
    if (h->mapping[0]) {
        snprintf(ret, PROBE_PATH_CAP, "/dev/mapper/%s", h->mapping);
        return open_device(ret);
    }
    backing_file(h->id, BACKING_IMAGE_SUFFIX, path);
    autoclose int image = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (image >= 0)
        return loopdev_hold(image, ret);
    if (errno != ENOENT)
        return LOOPDEV_UNKNOWN;
    return backing_recorded(h->id, ret) == 0 ? open_device(ret) : LOOPDEV_NONE;
}

static bool is_held(const struct held *h)
{
    char device[PROBE_PATH_CAP];
    autoclose int kept = keep_device(h, device);
    return kept == LOOPDEV_UNKNOWN || (kept >= 0 && held_by_mount(device, 0));
}

void held_look(struct held_list *l, void (*tell)(const char *id, const char *why))
{
    struct fault ignored = {0};
    for (size_t i = 0; i < l->count;) {
        struct held *h = &l->rows[i];
        if (is_held(h)) {
            i++;
            continue;
        }
        if (h->mapping[0])
            (void)!luks_deactivate(h->mapping, &ignored);
        if (tell)
            tell(h->id, PHRASE("no mount holds it any more: closed now"));
        *h = l->rows[--l->count];
    }
}

const struct held *held_find(const struct held_list *l, const char *id)
{
    for (size_t i = 0; i < l->count; i++)
        if (str_eq(l->rows[i].id, id))
            return &l->rows[i];
    return NULL;
}

void held_why(const struct held *h, struct buf *text)
{
    autobuf struct buf who = {0};
    bool luks = h->mapping[0] != '\0';
    holders_of_mount(h->number, &who);
    if (!who.len)
        buf_puts(&who, h->who);
    if (!who.len || who.err)
        phrase_put(text, luks ? N_("shut down: nobody can read it, but a mount that no process shows still "
                                   "holds its device, and its key stays in the kernel until that goes")
                              : N_("shut down: nobody can read it, but a mount that no process shows still "
                                   "holds its device"));
    else
        phrase_put(text, luks ? N_("shut down: nobody can read it, but a mount of %s still holds its device, "
                                   "and its key stays in the kernel until that ends")
                              : N_("shut down: nobody can read it, but a mount of %s still holds its device"),
                   who.data);
}
