/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hold-mount.c owns an attacker: somebody off the roster, in a user namespace of their own, takes a mount of
 * an area that no process' namespace shows, and tries to read through it for as long as they can. It must
 * never be installed.
 *
 *   hold-mount FOLDER FILE READY LOG [MOUNTS]
 *
 * A child makes user and mount namespace, clones the mount of FOLDER (open_tree(2)), passes it over a socket
 * and ends. With MOUNTS a number the child stays instead, in its namespace, with that many more mounts at long
 * paths, so that its mountinfo has no end for who reads but a part of it. READY has the process' number then. Each tenth of a
 * second one try, and LOG gets one line for each answer that differs from the one before: "read TEXT", or the
 * error's name. SIGTERM ends it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clean.h"

#define LONG_NAME 200 /* bytes of each of the folders that make a path long */
#define DEPTH     16

static int clone_mount(const char *folder)
{
    return (int)syscall(SYS_open_tree, AT_FDCWD, folder, OPEN_TREE_CLONE | O_CLOEXEC);
}

static int write_text(const char *path, const char *text)
{
    autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

/* Without these nothing can be made in the namespace's own file systems. */
static int map_ids(unsigned uid, unsigned gid)
{
    char line[64];
    snprintf(line, sizeof line, "0 %u 1", uid);
    if (write_text("/proc/self/setgroups", "deny") != 0 || write_text("/proc/self/uid_map", line) != 0)
        return -errno;
    snprintf(line, sizeof line, "0 %u 1", gid);
    return write_text("/proc/self/gid_map", line);
}

/* Mounts of a folder on itself, whose line has its path of some 3200 bytes twice. */
static int make_many(int count)
{
    char name[LONG_NAME + 1];
    memset(name, 'x', LONG_NAME);
    name[LONG_NAME] = '\0';
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/mnt", "tmpfs", 0, NULL) != 0 || chdir("/mnt") != 0)
        return -errno;
    for (int i = 0; i < DEPTH; i++)
        if (mkdir(name, 0755) != 0 || chdir(name) != 0)
            return -errno;
    if (mkdir("m", 0755) != 0)
        return -errno;
    for (int i = 0; i < count; i++)
        if (mount("m", "m", NULL, MS_BIND, NULL) != 0)
            return -errno;
    return chdir("/") == 0 ? 0 : -errno;
}

static int send_fd(int sock, int fd)
{
    char byte = 'm';
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = control;
        m.msg_controllen = sizeof control;
        struct cmsghdr *head = CMSG_FIRSTHDR(&m);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(head), &fd, sizeof fd);
    }
    return sendmsg(sock, &m, 0) < 0 ? -errno : 0;
}

static int receive_fd(int sock)
{
    char byte;
    int fd;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                       .msg_controllen = sizeof control};
    if (recvmsg(sock, &m, 0) <= 0 || !CMSG_FIRSTHDR(&m))
        return -1;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
    return fd;
}

static _Noreturn void be_child(int sock, const char *folder, const char *file, int mounts)
{
    unsigned uid = getuid(), gid = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        _exit(1);
    if (mounts == 0) {
        int fd = clone_mount(folder);
        _exit(fd < 0 || send_fd(sock, fd) != 0);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (map_ids(uid, gid) != 0 || make_many(mounts) != 0 || send_fd(sock, -1) != 0)
        _exit(1);
    /* asked for one try at a time: the answer is the errno, or the text */
    for (char ask; read(sock, &ask, 1) == 1;) {
        char path[4096], text[64] = "";
        snprintf(path, sizeof path, "%s/%s", folder, file);
        autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        int error = n < 0 ? errno : 0;
        if (write(sock, &error, sizeof error) < 0 || write(sock, text, sizeof text) < 0)
            break;
    }
    _exit(0);
}

static int try_self(int mount, const char *file, char text[static 64])
{
    autoclose int fd = openat(mount, file, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, 63);
    return n < 0 ? errno : 0;
}

static int try_child(int sock, char text[static 64])
{
    int error = EPIPE;
    char ask = '?';
    if (write(sock, &ask, 1) != 1 || read(sock, &error, sizeof error) != (ssize_t)sizeof error ||
        read(sock, text, 64) != 64)
        return EPIPE;
    return error;
}

int main(int count, char **words)
{
    int pair[2], mounts = count > 5 ? (int)strtol(words[5], NULL, 10) : 0;
    if (count < 5 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return 2;
    pid_t child = fork();
    if (child == 0)
        be_child(pair[1], words[1], words[2], mounts);
    close(pair[1]);
    int mount_fd = -1;
    char byte;
    if (mounts == 0) {
        mount_fd = receive_fd(pair[0]);
        waitpid(child, NULL, 0);
    } else if (read(pair[0], &byte, 1) != 1) {
        return 1;
    }
    if (mounts == 0 && mount_fd < 0)
        return 1;
    autoclose int log = open(words[4], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    autoclose int ready = open(words[3], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (log < 0 || ready < 0 || dprintf(ready, "%d\n", getpid()) < 0)
        return 1;
    for (char last[128] = "", now[128];; usleep(100000)) {
        char text[64] = "";
        int error = mounts == 0 ? try_self(mount_fd, words[2], text) : try_child(pair[0], text);
        text[strcspn(text, "\n")] = '\0';
        snprintf(now, sizeof now, "%s%s\n", error ? strerrorname_np(error) : "read ", error ? "" : text);
        if (strcmp(now, last) == 0)
            continue;
        memcpy(last, now, sizeof last);
        if (write(log, now, strlen(now)) < 0)
            return 1;
    }
}
