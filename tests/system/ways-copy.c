/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ways-copy.c copies a file by a system call that ordinary tools seldom use: ways-copy CALL SOURCE
 * TARGET. It stands for a user's program in tests/system/ways-out and exits 0 when the copy is made. */
#include <err.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <mqueue.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 4096

struct letter {
    long type;
    char text[MOST];
};

static int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0666);
    if (fd < 0)
        err(1, "%s", path);
    return fd;
}

static size_t all_of(const char *path, char *text)
{
    int fd = opened(path, O_RDONLY);
    ssize_t n = read(fd, text, MOST);
    if (n < 0)
        err(1, "read");
    close(fd);
    return (size_t)n;
}

static void put(int fd, const char *text, size_t n)
{
    if (write(fd, text, n) != (ssize_t)n)
        err(1, "write");
}

static void by_tmpfile(const char *source, const char *target)
{
    char text[MOST], folder[MOST], self[64];
    size_t n = all_of(source, text);
    snprintf(folder, sizeof folder, "%s", target);
    *strrchr(folder, '/') = '\0';
    int fd = opened(folder, O_TMPFILE | O_RDWR);
    put(fd, text, n);
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, self, AT_FDCWD, target, AT_SYMLINK_FOLLOW) != 0)
        err(1, "linkat");
}

static void by_splice(const char *source, const char *target)
{
    int p[2], in = opened(source, O_RDONLY), out = opened(target, O_CREAT | O_WRONLY);
    if (pipe(p) != 0)
        err(1, "pipe");
    ssize_t n;
    while ((n = splice(in, NULL, p[1], NULL, MOST, 0)) > 0)
        if (splice(p[0], NULL, out, NULL, (size_t)n, 0) != n)
            err(1, "splice");
    if (n < 0)
        err(1, "splice");
}

static void by_openat2(const char *source, const char *target)
{
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_MAGICLINKS};
    char text[MOST];
    int in = (int)syscall(SYS_openat2, AT_FDCWD, source, &how, sizeof how);
    how = (struct open_how){.flags = O_CREAT | O_WRONLY, .mode = 0644};
    int out = (int)syscall(SYS_openat2, AT_FDCWD, target, &how, sizeof how);
    if (in < 0 || out < 0)
        err(1, "openat2");
    put(out, text, (size_t)read(in, text, sizeof text));
}

/* One request at a time: enough to read and write without read(2) and write(2). */
struct ring {
    int fd;
    unsigned *tail, *mask, *array, *cq_head, *cq_mask;
    struct io_uring_sqe *entries;
    struct io_uring_cqe *answers;
};

static void ring_make(struct ring *r)
{
    struct io_uring_params p = {0};
    r->fd = (int)syscall(SYS_io_uring_setup, 4, &p);
    if (r->fd < 0)
        err(1, "io_uring_setup");
    char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned), PROT_READ | PROT_WRITE,
                    MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
    char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
                    PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_CQ_RING);
    void *entries = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
                         MAP_SHARED, r->fd, IORING_OFF_SQES);
    if (sq == MAP_FAILED || cq == MAP_FAILED || entries == MAP_FAILED)
        err(1, "mmap of the ring");
    r->entries = entries;
    r->tail = (unsigned *)(void *)(sq + p.sq_off.tail);
    r->mask = (unsigned *)(void *)(sq + p.sq_off.ring_mask);
    r->array = (unsigned *)(void *)(sq + p.sq_off.array);
    r->cq_head = (unsigned *)(void *)(cq + p.cq_off.head);
    r->cq_mask = (unsigned *)(void *)(cq + p.cq_off.ring_mask);
    r->answers = (struct io_uring_cqe *)(void *)(cq + p.cq_off.cqes);
}

static int ring_do(struct ring *r, uint8_t what, int fd, const void *address, unsigned n,
                   unsigned flags)
{
    unsigned at = *r->tail & *r->mask;
    r->entries[at] = (struct io_uring_sqe){
        .opcode = what, .fd = fd, .addr = (uintptr_t)address, .len = n, .open_flags = flags};
    r->array[at] = at;
    __atomic_store_n(r->tail, *r->tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
        err(1, "io_uring_enter");
    int result = r->answers[*r->cq_head & *r->cq_mask].res;
    __atomic_store_n(r->cq_head, *r->cq_head + 1, __ATOMIC_RELEASE);
    if (result < 0)
        errx(1, "io_uring %d: %s", what, strerror(-result));
    return result;
}

static void by_uring(const char *source, const char *target)
{
    struct ring r;
    char text[MOST];
    ring_make(&r);
    int in = ring_do(&r, IORING_OP_OPENAT, AT_FDCWD, source, 0, O_RDONLY);
    int out = ring_do(&r, IORING_OP_OPENAT, AT_FDCWD, target, 0644, O_CREAT | O_WRONLY);
    int n = ring_do(&r, IORING_OP_READ, in, text, sizeof text, 0);
    ring_do(&r, IORING_OP_WRITE, out, text, (unsigned)n, 0);
}

static void by_shm(const char *source, const char *key)
{
    int id = shmget((key_t)strtol(key, NULL, 0), MOST, 0666);
    char *there = id < 0 ? (char *)-1 : shmat(id, NULL, 0);
    if (there == (char *)-1)
        err(1, "shared memory %s", key);
    all_of(source, there);
}

static void by_message(const char *source, const char *key)
{
    struct letter letter = {.type = 1};
    int id = msgget((key_t)strtol(key, NULL, 0), 0666);
    if (id < 0 || msgsnd(id, &letter, all_of(source, letter.text), IPC_NOWAIT) != 0)
        err(1, "message queue %s", key);
}

static void by_queue(const char *source, const char *name)
{
    char text[MOST];
    mqd_t q = mq_open(name, O_WRONLY | O_NONBLOCK);
    if (q < 0 || mq_send(q, text, all_of(source, text), 0) != 0)
        err(1, "queue %s", name);
}

/* The open descriptor itself goes to a socket: a path, or @NAME in the abstract. */
static void by_descriptor(const char *source, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = strlen(path) < sizeof to.sun_path ? strlen(path) : sizeof to.sun_path - 1;
    memcpy(to.sun_path, path, n);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    int in = opened(source, O_RDONLY), s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(s, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) != 0)
        err(1, "connect %s", path);
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec one = {"fd", 2};
    struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = control,
                       .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
                          .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(c), &in, sizeof in);
    if (sendmsg(s, &m, 0) < 0)
        err(1, "sendmsg");
}

static void by_copying(const char *source, const char *target)
{
    char text[MOST];
    size_t n = all_of(source, text);
    put(opened(target, O_CREAT | O_WRONLY), text, n);
}

static const struct {
    const char *name;
    void (*copy)(const char *source, const char *target);
} calls[] = {{"tmpfile", by_tmpfile}, {"splice", by_splice},   {"openat2", by_openat2},
             {"io_uring", by_uring},  {"shm", by_shm},         {"message", by_message},
             {"queue", by_queue},     {"scm", by_descriptor},  {"plain", by_copying}};

int main(int count, char **arguments)
{
    for (size_t i = 0; count == 4 && i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, arguments[1]) == 0) {
            calls[i].copy(arguments[2], arguments[3]);
            return 0;
        }
    errx(2, "usage: ways-copy CALL SOURCE TARGET");
}
