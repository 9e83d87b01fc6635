/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdstore.c owns the talk with a service manager of systemd's kind (sd_notify(3), sd_listen_fds(3)):
 * it keeps copies of the descriptors without which openers would pass, and hands them to the next
 * sekishod. It must never take a descriptor for what its name says without a look at it. */
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/str.h"
#include "keeper/keeper.h"

#define LISTEN_FIRST 3 /* sd_listen_fds(3): SD_LISTEN_FDS_START */

static const struct {
    const char *name; /* FDNAME */
    int number;
} stored[FDSTORE_COUNT] = {{"sekisho-group", GUARD_FD_GROUP},
                           {"sekisho-shared", GUARD_FD_SHARED},
                           {"sekisho-ring", GUARD_FD_RING},
                           {"sekisho-bell", GUARD_FD_BELL}};

static bool wants_watchdog;

/* Which of the colon-separated names is this one? -1 = none. */
static int place_of(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; names; i++) {
        if (strncmp(names, name, len) == 0 && (names[len] == ':' || names[len] == '\0'))
            return i;
        names = strchr(names, ':');
        names = names ? names + 1 : NULL;
    }
    return -1;
}

static bool is_group(int fd)
{
    static const char wanted[] = "anon_inode:[fanotify]";
    char path[32], name[sizeof wanted + 1];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return readlink(path, name, sizeof name) == (ssize_t)strlen(wanted) &&
           memcmp(name, wanted, strlen(wanted)) == 0;
}

/* 0 when the environment names nobody's or another process' descriptors. */
static int listen_count(void)
{
    uint64_t pid, count;
    const char *pid_text = getenv("LISTEN_PID"), *count_text = getenv("LISTEN_FDS");
    if (!pid_text || !count_text || str_to_u64(pid_text, INT32_MAX, &pid) != 0 ||
        (pid_t)pid != getpid() ||
        str_to_u64(count_text, GUARD_FD_RESERVED - LISTEN_FIRST, &count) != 0)
        return 0;
    return (int)count;
}

bool fdstore_take(struct fdstore *ret)
{
    int count = listen_count();
    const char *names = getenv("LISTEN_FDNAMES");
    struct fdstore s = {.fds = {-1, -1, -1, -1}};
    bool whole = count > 0 && names && close_range(GUARD_FD_RESERVED, ~0u, 0) == 0;
    for (size_t i = 0; whole && i < FDSTORE_COUNT; i++) {
        int place = place_of(names, stored[i].name);
        if (place >= 0 && place < count)
            s.fds[i] = fcntl(LISTEN_FIRST + place, F_DUPFD_CLOEXEC, GUARD_FD_RESERVED);
    }
    if (!whole || s.fds[0] < 0 || !is_group(s.fds[0]))
        return false;
    *ret = s;
    return true;
}

int fdstore_place(struct fdstore *s)
{
    int r = 0;
    for (size_t i = 0; i < FDSTORE_COUNT; i++) {
        if (s->fds[i] >= 0 && dup3(s->fds[i], stored[i].number, O_CLOEXEC) < 0)
            r = -errno;
        if (s->fds[i] >= 0)
            close(s->fds[i]);
    }
    return r;
}

int fdstore_open(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    wants_watchdog = getenv("WATCHDOG_USEC") != NULL;
    if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return SK_ERR_NOT_FOUND;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    autoclose int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0 ||
        connect(sock, (const struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) != 0 ||
        dup3(sock, GUARD_FD_NOTIFY, O_CLOEXEC) < 0)
        return -errno;
    return 0;
}

/* A manager that does not listen is no reason to stop guarding: nobody looks at the result. */
static void send_text(const char *text, int fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        control.head.cmsg_len = CMSG_LEN(sizeof fd);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    }
    if (sendmsg(GUARD_FD_NOTIFY, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return;
}

void fdstore_give(void)
{
    char text[96];
    for (size_t i = 0; i < FDSTORE_COUNT; i++) {
        snprintf(text, sizeof text, "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", stored[i].name);
        send_text(text, stored[i].number);
    }
}

void fdstore_remove(void)
{
    char text[96];
    send_text("STOPPING=1", -1);
    for (size_t i = 0; i < FDSTORE_COUNT; i++) {
        snprintf(text, sizeof text, "FDSTOREREMOVE=1\nFDNAME=%s", stored[i].name);
        send_text(text, -1);
    }
}

void fdstore_ready(void)
{
    send_text("READY=1", -1);
}

void fdstore_beat(void)
{
    if (wants_watchdog)
        send_text("WATCHDOG=1", -1);
}
