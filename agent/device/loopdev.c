/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loopdev.c owns loop devices. It must never bind one image to two of them, also where it can't learn which one has it,
 * nor wait for the storage of somebody else's. */
#include "device/loopdev.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/child.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "wire/wire.h"

#define CONFIGURE_TRIES 16 /* another process may take the free device in between */
#define NAMES_MAX  1024     /* loop devices that are looked at */
#define NAME_CAP   16       /* bytes of "loop0" with its NUL */
#define PATH_MAX_CAP 4097   /* bytes that the kernel tells of a backing file's path, with a NUL */
#define ASKED_MS   2000     /* all of the asking: a file that its own disk holds is told at once */
#define SEND_MS    1000
#define ALONE_MAX  16       /* processes that ask one device each */
#define DELETED    " (deleted)"

/* What can't be opened for a reason of ours says nothing about what it backs. */
static bool is_none(int error)
{
    return error == ENXIO || error == ENOENT || error == ENODEV || error == EACCES || error == EROFS;
}

/* The device when it backs exactly this file; -1: it does not; or the error that kept that from being learnt. */
static int open_if_backing(const char *path, const struct stat *image)
{
    struct loop_info64 info = {0};
    autoclose int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return is_none(errno) ? LOOPDEV_NONE : LOOPDEV_UNKNOWN;
    if (ioctl(fd, LOOP_GET_STATUS64, &info) != 0)
        return LOOPDEV_NONE; /* none is bound, or its storage fails: that of an image does not fail at this */
    if (info.lo_device != (uint64_t)image->st_dev || info.lo_inode != (uint64_t)image->st_ino)
        return LOOPDEV_NONE;
    return steal_fd(&fd);
}

/* --- which one backs the image ---------------------------------------------------------------------- */

struct search {
    char names[NAMES_MAX][NAME_CAP]; /* of those that are bound: first those whose file has the image's name */
    size_t count, alike;
    struct stat image;
};

struct asking {
    const struct search *search;
    size_t first, end;
};

/* Has nobody but this description the image open? The kernel gives a lease on no other terms, and asks nobody
 * for it. A loop device has its image open. Who opens it meanwhile only waits until the lease is given back. */
static bool is_alone(int image_fd)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    if (sigaction(SIGIO, &ignore, &before) != 0) /* by which that one's coming is told */
        return false;
    bool alone = fcntl(image_fd, F_SETLEASE, F_WRLCK) == 0;
    if (alone)
        (void)!fcntl(image_fd, F_SETLEASE, F_UNLCK);
    (void)sigaction(SIGIO, &before, NULL);
    return alone;
}

static const char *last_of(char *path)
{
    size_t len = strcspn(path, "\n"), cut = strlen(DELETED);
    path[len] = '\0';
    if (len > cut && str_eq(path + len - cut, DELETED))
        path[len - cut] = '\0';
    char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The path of the image, as this process sees it: what only its last name is compared of. */
static bool name_of_image(int image_fd, char ret[static PATH_MAX_CAP])
{
    char link[sizeof "/proc/self/fd/" + 16];
    snprintf(link, sizeof link, "/proc/self/fd/%d", image_fd);
    ssize_t n = readlink(link, ret, PATH_MAX_CAP - 1);
    ret[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* 1: bound to a file of this name; 0: to another; negative: to none. The kernel knows the path by itself. */
static int bound_to(const char *device, const char *name)
{
    char path[sizeof "/sys/block//loop/backing_file" + NAME_MAX];
    autobuf struct buf text = {0};
    snprintf(path, sizeof path, "/sys/block/%s/loop/backing_file", device);
    int r = file_read(AT_FDCWD, path, PATH_MAX_CAP, &text);
    if (r == -ENOENT)
        return r;
    return r == 0 && text.len > 0 && str_eq(last_of(text.data), name);
}

static void add_name(struct search *s, const char *name, bool alike)
{
    size_t at = s->count++;
    if (alike) { /* before all others */
        memcpy(s->names[at], s->names[s->alike], NAME_CAP);
        at = s->alike++;
    }
    snprintf(s->names[at], NAME_CAP, "%s", name);
}

static int list_names(struct search *s, int image_fd)
{
    autofree char *path = malloc(PATH_MAX_CAP);
    autodir DIR *dir = opendir("/sys/block");
    if (!dir || !path || !name_of_image(image_fd, path))
        return LOOPDEV_UNKNOWN;
    const char *name = last_of(path);
    for (struct dirent *e; (e = readdir(dir));) {
        int bound = str_starts(e->d_name, "loop") && strlen(e->d_name) < NAME_CAP ? bound_to(e->d_name, name) : -1;
        if (bound < 0)
            continue;
        if (s->count == NAMES_MAX)
            return LOOPDEV_UNKNOWN;
        add_name(s, e->d_name, bound > 0);
    }
    return 0;
}

/* In a process of its own: the kernel asks the storage of each, and that of somebody else's may never answer. */
static void ask_some(void *context, int sock)
{
    const struct asking *a = context;
    size_t at = a->first;
    int fd = LOOPDEV_NONE;
    for (; at < a->end; at++) {
        char path[LOOPDEV_PATH_CAP];
        snprintf(path, sizeof path, "/dev/%s", a->search->names[at]);
        fd = open_if_backing(path, &a->search->image);
        if (fd != LOOPDEV_NONE)
            break;
    }
    if (fd != LOOPDEV_UNKNOWN)
        (void)!wire_send(sock, SK_MSG_OK, &at, sizeof at, &fd, fd >= 0, SEND_MS);
}

/* What one process says. The device, LOOPDEV_NONE or LOOPDEV_UNKNOWN. */
static int hear(const struct search *s, int sock, uint64_t until_ns, size_t *ret_at)
{
    autowire struct wire_message m = {0};
    size_t at;
    uint64_t now = clock_boot_ns();
    int r = wire_receive(sock, &m, now < until_ns ? (int)((until_ns - now) / 1000000) : 0);
    if (r != 0 || m.payload.len != sizeof at)
        return LOOPDEV_UNKNOWN;
    memcpy(&at, m.payload.data, sizeof at);
    if (m.fd_count != 1 || at >= s->count)
        return LOOPDEV_NONE;
    *ret_at = at;
    return steal_fd(&m.fds[0]);
}

/* Each of these processes asks its own part, side by side: one that is silent hides none of the others. */
static int ask_parts(const struct search *s, struct asking *parts, size_t count, uint64_t until_ns, size_t *ret_at)
{
    struct child children[ALONE_MAX];
    size_t started = 0;
    struct fault ignored = {0};
    while (started < count && child_start(&children[started], NULL, 0, ask_some, &parts[started], &ignored) == 0)
        started++;
    int found = started < count ? LOOPDEV_UNKNOWN : LOOPDEV_NONE;
    for (size_t i = 0; i < started; i++) {
        int r = found >= 0 ? LOOPDEV_NONE : hear(s, children[i].sock, until_ns, ret_at);
        if (r != LOOPDEV_NONE)
            found = r;
        child_end(&children[i], 0);
    }
    return found;
}

static int search(const struct search *s, size_t *ret_at)
{
    struct asking parts[ALONE_MAX];
    uint64_t until_ns = clock_boot_ns() + ASKED_MS * 1000000ull;
    size_t alone = s->alike < ALONE_MAX ? s->alike : ALONE_MAX;
    for (size_t i = 0; i < alone; i++)
        parts[i] = (struct asking){s, i, i + 1};
    int fd = ask_parts(s, parts, alone, until_ns, ret_at);
    if (fd != LOOPDEV_NONE || alone == s->count)
        return fd;
    /* by another name: what another process has open here is some reader's, as a rule */
    parts[0] = (struct asking){s, alone, s->count};
    return ask_parts(s, parts, 1, until_ns, ret_at);
}

int loopdev_hold(int image_fd, char ret_path[static LOOPDEV_PATH_CAP])
{
    size_t at = 0;
    if (is_alone(image_fd))
        return LOOPDEV_NONE;
    autofree struct search *s = calloc(1, sizeof *s);
    if (!s || fstat(image_fd, &s->image) != 0 || list_names(s, image_fd) != 0)
        return LOOPDEV_UNKNOWN;
    int fd = search(s, &at);
    if (fd >= 0)
        snprintf(ret_path, LOOPDEV_PATH_CAP, "/dev/%s", s->names[at]);
    return fd;
}

static int configure(int control, const struct loop_config *config,
                     char path[static LOOPDEV_PATH_CAP])
{
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0)
        return -errno;
    snprintf(path, LOOPDEV_PATH_CAP, "/dev/loop%d", number);
    autoclose int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, LOOP_CONFIGURE, config) != 0)
        return -errno;
    return steal_fd(&fd);
}

/* No discard reaches the image, whoever sends one (fstrim(8)): it would make holes, and what was in them
 * would stay on the disk below. Where it can't be switched off an erasure sees the holes. */
static void keep_blocks(const char *device)
{
    char path[sizeof "/sys/block//queue/discard_max_bytes" + LOOPDEV_PATH_CAP];
    snprintf(path, sizeof path, "/sys/block/%s/queue/discard_max_bytes", device + strlen("/dev/"));
    autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)!write(fd, "0", 1);
}

int loopdev_open(int image_fd, char ret_path[static LOOPDEV_PATH_CAP], struct fault *f)
{
    char path[LOOPDEV_PATH_CAP];
    int fd = loopdev_hold(image_fd, ret_path);
    if (fd >= 0)
        return fd;
    if (fd == LOOPDEV_UNKNOWN)
        return fault_set(f, SK_ERR_STATE, "another process has the image open, and a loop device does not tell whether "
                                          "it is the image's: try again");
    autoclose int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0)
        return fault_errno(f, errno, "this kernel has no loop devices");
    struct loop_config config = {.fd = (uint32_t)image_fd,
                                 .info.lo_flags = LO_FLAGS_AUTOCLEAR};
    fd = -EBUSY;
    for (int i = 0; i < CONFIGURE_TRIES && (fd == -EBUSY || fd == -ENXIO); i++)
        fd = configure(control, &config, path);
    if (fd < 0)
        return fault_errno(f, -fd, "the image can't be made a loop device");
    keep_blocks(path);
    memcpy(ret_path, path, sizeof path);
    return fd;
}
