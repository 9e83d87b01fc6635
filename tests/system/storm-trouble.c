/* SPDX-License-Identifier: GPL-3.0-or-later */
/* storm-trouble.c does to the guard what an ordinary user can do to make it wait. It says on its
 * standard output how far it is, one word a line, and must never end by itself when others wait for it.
 *   forks COUNT          so many processes begin and end
 *   leases FOLDER        holds a write lease on each of f0 … f7, and keeps it when asked to let go
 *   serve MOUNTPOINT     a FUSE file system with one file, "code", which takes what is written and keeps nothing; after
 *                        SIGUSR1 it answers no more
 *   serve-once MOUNTPOINT  the same, and answers no more from the first write on
 *   serve-image MOUNTPOINT IMAGE  the same, but "code" is the image: what is written is kept until it answers no more
 *   mapped FILE TARGET   maps FILE as code; after SIGUSR1 opens TARGET
 *   locked FILE TARGET   after SIGUSR1 one thread hangs with the memory map locked (it writes FILE
 *                        back), another opens TARGET
 * The last two print how the open ended and how long it took. Built as a user would. */
#define _GNU_SOURCE
#include "storm.h"
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FILE_LEN  65536 /* bytes of "code" */
#define FILE_NODE 2
#define REPLY_MAX (1024 * 1024) /* bytes of one answer; the kernel asks for less */

static int image = -1;      /* serve-image */
static uint64_t image_len;

static volatile sig_atomic_t asked;

static void say(const char *word)
{
    puts(word);
    fflush(stdout);
}

static int fail(const char *what)
{
    printf("%s: %s\n", what, strerror(errno));
    fflush(stdout);
    return 1;
}

static void note_signal(int number)
{
    (void)number;
    asked = 1;
}

static void fork_once(void)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static int forks(char **a)
{
    for (long i = atol(a[0]); i > 0; i--)
        fork_once();
    return 0;
}

static int leases(char **a)
{
    signal(SIGIO, SIG_IGN);
    for (int i = 0; i < STORM_FILES; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/f%d", a[0], i);
        int fd = open(path, O_RDWR | O_CLOEXEC), tries = 100;
        if (fd < 0)
            return fail(path);
        while (fcntl(fd, F_SETLEASE, F_WRLCK) != 0) { /* the guard may still hold its own */
            if (errno != EAGAIN || tries-- == 0)
                return fail(path);
            storm_sleep_us(10000);
        }
    }
    say("leased");
    for (;;)
        pause();
}

/* --- a FUSE server ------------------------------------------------------------------------------ */

/* fusermount3 opens the device, mounts, and hands the descriptor over. */
static int mount_fuse(const char *where)
{
    int pair[2];
    char number[16];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        snprintf(number, sizeof number, "%d", pair[1]);
        setenv("_FUSE_COMMFD", number, 1);
        execlp("fusermount3", "fusermount3", "-o", "rw,nosuid,nodev,fsname=trouble", "--", where,
               (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                       .msg_controllen = sizeof control};
    int fd = -1;
    if (recvmsg(pair[0], &m, 0) > 0 && CMSG_FIRSTHDR(&m))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
    waitpid(pid, NULL, 0);
    return fd;
}

static struct fuse_attr attributes(uint64_t node)
{
    bool file = node == FILE_NODE;
    return (struct fuse_attr){.ino = node, .size = !file ? 0 : image >= 0 ? image_len : FILE_LEN, .nlink = 1,
                              .mode = file ? S_IFREG | 0777 : S_IFDIR | 0755, .uid = getuid(),
                              .gid = getgid(), .blksize = 4096};
}

static void reply(int fd, const struct fuse_in_header *to, int error, const void *data, size_t len)
{
    static char packet[sizeof(struct fuse_out_header) + REPLY_MAX];
    struct fuse_out_header head = {.len = (uint32_t)(sizeof head + len), .error = error,
                                   .unique = to->unique};
    memcpy(packet, &head, sizeof head);
    if (len > 0)
        memcpy(packet + sizeof head, data, len);
    if (write(fd, packet, head.len) < 0)
        return; /* the request was taken back */
}

static void read_image(int fd, const struct fuse_in_header *in, const struct fuse_read_in *range)
{
    static char content[REPLY_MAX];
    ssize_t n = pread(image, content, range->size < REPLY_MAX ? range->size : REPLY_MAX, (off_t)range->offset);
    reply(fd, in, n < 0 ? -errno : 0, content, n < 0 ? 0 : (size_t)n);
}

static void write_image(int fd, const struct fuse_in_header *in, const struct fuse_write_in *range)
{
    ssize_t n = pwrite(image, range + 1, range->size, (off_t)range->offset);
    const struct fuse_write_out written = {.size = n < 0 ? 0 : (uint32_t)n};
    reply(fd, in, n < 0 ? -errno : 0, &written, n < 0 ? 0 : sizeof written);
}

static void serve_one(int fd, const struct fuse_in_header *in, const void *body)
{
    static char content[FILE_LEN];
    static const struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = 31,
                                              .max_readahead = 65536, .max_write = 65536};
    const struct fuse_entry_out entry = {.nodeid = FILE_NODE, .attr_valid = 1, .entry_valid = 1,
                                         .attr = attributes(FILE_NODE)};
    const struct fuse_attr_out attr = {.attr_valid = 1, .attr = attributes(in->nodeid)};
    const struct fuse_open_out opened = {.fh = 1};
    const struct fuse_read_in *range = body;
    const struct fuse_write_out written = {.size = ((const struct fuse_write_in *)body)->size};
    switch (in->opcode) {
    case FUSE_INIT:
        reply(fd, in, 0, &init, sizeof init);
        break;
    case FUSE_LOOKUP:
        reply(fd, in, strcmp(body, "code") == 0 ? 0 : -ENOENT, &entry,
              strcmp(body, "code") == 0 ? sizeof entry : 0);
        break;
    case FUSE_GETATTR:
    case FUSE_SETATTR:
        reply(fd, in, 0, &attr, sizeof attr);
        break;
    case FUSE_OPEN:
        reply(fd, in, 0, &opened, sizeof opened);
        break;
    case FUSE_READ:
        if (image >= 0)
            read_image(fd, in, range);
        else
            reply(fd, in, 0, content, range->size < FILE_LEN ? range->size : FILE_LEN);
        break;
    case FUSE_WRITE: /* taken, and forgotten: what is read is what was there */
        if (image >= 0)
            write_image(fd, in, body);
        else
            reply(fd, in, 0, &written, sizeof written);
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break;
    case FUSE_FLUSH:
    case FUSE_FSYNC:
    case FUSE_RELEASE:
        reply(fd, in, 0, NULL, 0);
        break;
    default:
        reply(fd, in, -ENOSYS, NULL, 0);
    }
}

static int serve_until(const char *folder, bool once)
{
    static _Alignas(8) char request[FUSE_MIN_READ_BUFFER + 2 * FILE_LEN];
    int fd = mount_fuse(folder);
    if (fd < 0)
        return fail("fusermount3");
    say("serving");
    while (!asked) {
        ssize_t n = read(fd, request, sizeof request);
        if (n < 0 && errno == ENODEV)
            return 0;
        if (n < (ssize_t)sizeof(struct fuse_in_header) || asked)
            continue;
        if (once && ((const struct fuse_in_header *)(const void *)request)->opcode == FUSE_WRITE)
            break;
        serve_one(fd, (const void *)request, request + sizeof(struct fuse_in_header));
    }
    say("silent");
    for (;;)
        pause();
}

static int serve(char **a)
{
    return serve_until(a[0], false);
}

static int serve_once(char **a)
{
    return serve_until(a[0], true);
}

static int serve_image(char **a)
{
    struct stat st;
    image = open(a[1], O_RDWR | O_CLOEXEC);
    if (image < 0 || fstat(image, &st) != 0)
        return fail(a[1]);
    image_len = (uint64_t)st.st_size;
    return serve_until(a[0], false);
}

/* --- openers that hold the guard up -------------------------------------------------------------- */

static void wait_for_signal(void)
{
    while (!asked)
        storm_sleep_us(10000);
}

static void open_once(const char *path)
{
    uint64_t before = storm_now_ns();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int saved = errno;
    printf("%s %ju\n", fd >= 0 ? "opened" : strerror(saved),
           (uintmax_t)((storm_now_ns() - before) / 1000000));
    fflush(stdout);
    if (fd >= 0)
        close(fd);
}

static _Noreturn void open_target(const char *path)
{
    open_once(path);
    for (;;)
        pause();
}

static int mapped(char **a)
{
    int fd = open(a[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || mmap(NULL, FILE_LEN, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
        return fail(a[0]);
    say("mapped");
    wait_for_signal();
    open_target(a[1]);
}

static char *map;

/* A new mapping in the old one's place: the old one is written back while the map is locked. */
static void *replace(void *unused)
{
    (void)unused;
    mmap(map, FILE_LEN, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    return NULL;
}

static int locked(char **a)
{
    pthread_t id;
    int fd = open(a[0], O_RDWR | O_CLOEXEC);
    map = fd < 0 ? MAP_FAILED
                 : mmap(NULL, FILE_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return fail(a[0]);
    memset(map, 1, FILE_LEN);
    open_once(a[1]); /* whatever it needs of memory it has by now */
    say("mapped");
    wait_for_signal();
    if (pthread_create(&id, NULL, replace, NULL) != 0)
        return 1;
    storm_sleep_us(200000);
    open_target(a[1]);
}

static const struct {
    const char *name;
    int arguments;
    int (*run)(char **arguments);
} commands[] = {
    {"forks", 1, forks},   {"leases", 1, leases}, {"serve", 1, serve},
    {"mapped", 2, mapped}, {"locked", 2, locked},
    {"serve-once", 1, serve_once}, {"serve-image", 2, serve_image},
};

int main(int count, char **a)
{
    const struct sigaction action = {.sa_handler = note_signal};
    sigaction(SIGUSR1, &action, NULL);
    for (size_t i = 0; count > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(a[1], commands[i].name) == 0 && count == 2 + commands[i].arguments)
            return commands[i].run(a + 2);
    return 2;
}
