/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium_turn.c owns the files that hold a medium's turns. It must never touch the one that is awaited while it writes the
 * next, nor write into a file that is more than that. */
#include "device/medium_turn.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <sekisho/err.h>
#include "base/fdio.h"

#define TURN_MODE     ((mode_t)0400)
#define ALONE_MS      2000 /* until somebody who has the file open is told of */
#define ALONE_LOOK_MS 50

/* 1: it is one; 0: it is none; negative: it can't be read, and may be any. */
static int digest_of_turn(int top_fd, const char *name, uint8_t ret[static DIGEST_LEN])
{
    autobuf struct buf text = {0};
    int r = file_read_plain(top_fd, name, TURN_LEN, &text);
    if (r == 0 && turn_is(text.data ? text.data : "", text.len))
        r = digest_of(text.data, text.len, ret) == 0 ? 1 : SK_ERR_CRYPTO;
    if (text.data)
        explicit_bzero(text.data, text.len);
    return file_is_no_plain(r) ? 0 : r;
}

int medium_turns_read(int mount_fd, struct medium_turns *ret, struct fault *f)
{
    int fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    ret->count = 0;
    if (!dir)
        return fault_errno(f, errno, "the medium can't be read");
    errno = 0;
    for (struct dirent *e; r >= 0 && ret->count < MEDIUM_TURNS_MAX && (e = readdir(dir)); errno = 0) {
        r = turn_is_name(e->d_name) ? digest_of_turn(fd, e->d_name, ret->list[ret->count]) : 0;
        ret->count += r > 0;
    }
    if (r >= 0 && ret->count < MEDIUM_TURNS_MAX && errno != 0)
        r = -errno;
    return r >= 0 ? 0 : fault_errno(f, -r, "the medium can't be read");
}

/* One that is awaited is in one of the two files of this ledger: 1, 0 or negative as above. */
static int has_awaited(int top_fd, const struct request_turn *turn)
{
    int unread = 0;
    for (uint64_t i = 0; i < 2; i++) {
        char name[TURN_NAME_CAP];
        uint8_t digest[DIGEST_LEN];
        turn_name(turn->tag, i, name);
        int r = digest_of_turn(top_fd, name, digest);
        if (r < 0)
            unread = r;
        for (size_t k = 0; r > 0 && k < turn->awaited_count; k++)
            if (memcmp(digest, turn->awaited[k], sizeof digest) == 0)
                return 1;
    }
    return unread;
}

/* A file of its own, which no other name leads to: what somebody put in its place goes. */
static int open_file(int top_fd, const char *name)
{
    const int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    struct stat st;
    bool there = fstatat(top_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && (!S_ISREG(st.st_mode) || st.st_nlink != 1) &&
        unlinkat(top_fd, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) != 0)
        return -errno;
    int fd = openat(top_fd, name, flags | O_CREAT, TURN_MODE);
    return fd < 0 ? -errno : fd;
}

static int check_awaited(int top_fd, const struct request_turn *turn, struct fault *f)
{
    int r = turn->awaited_count > 0 ? has_awaited(top_fd, turn) : 1;
    if (r < 0)
        return fault_errno(f, -r, "the medium can't be read");
    return r > 0 ? 0
                 : fault_set(f, SK_ERR_ROLLBACK, "the medium is not as it was left here: it is a copy, or a copy of it was used");
}

int medium_turn_make(int top_fd, const struct request_turn *turn, struct fault *f)
{
    char name[TURN_NAME_CAP], other[TURN_NAME_CAP];
    turn_name(turn->tag, turn->number, name);
    turn_name(turn->tag, turn->number + 1, other);
    int r = check_awaited(top_fd, turn, f);
    if (r != 0)
        return r;
    autoclose int fd = open_file(top_fd, name);
    /* the one before, whatever it is, stays */
    autoclose int before = openat(top_fd, other, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, TURN_MODE);
    bool made = fd >= 0 && (before >= 0 || errno == EEXIST);
    return made ? 0 : fault_errno(f, fd < 0 ? -fd : errno, "the medium's turn can't be written");
}

/* Who opened the file before it was covered reads what is written into it: no lease is given while anybody has it open.
 * A look at the medium's files ends soon. */
static int wait_alone(int fd)
{
    const struct timespec pause = {.tv_nsec = ALONE_LOOK_MS * 1000000L};
    int r = -EAGAIN;
    (void)signal(SIGIO, SIG_IGN); /* which tells of one who comes; the process is a job's own */
    for (int waited = 0; r == -EAGAIN && waited <= ALONE_MS; waited += ALONE_LOOK_MS) {
        r = fcntl(fd, F_SETLEASE, F_WRLCK) == 0 ? fcntl(fd, F_SETLEASE, F_UNLCK) : -errno;
        if (r == -EAGAIN)
            nanosleep(&pause, NULL);
    }
    return r == -EAGAIN ? -EBUSY : 0; /* a file system that knows no leases tells nothing */
}

static int put(int top_fd, const char *name, const char *text)
{
    autoclose int fd = open_file(top_fd, name);
    if (fd < 0)
        return fd;
    int r = wait_alone(fd);
    if (r == 0)
        r = fd_pwrite_full(fd, text, TURN_LEN, 0);
    if (r == 0 && (ftruncate(fd, TURN_LEN) != 0 || fsync(fd) != 0 || fsync(top_fd) != 0))
        r = -errno;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return r;
}

int medium_turn_write(int top_fd, const struct request_turn *turn, struct fault *f)
{
    char name[TURN_NAME_CAP];
    autobuf struct buf back = {0};
    int r = check_awaited(top_fd, turn, f);
    if (r != 0)
        return r;
    turn_name(turn->tag, turn->number, name);
    r = put(top_fd, name, turn->text);
    if (r != 0)
        return fault_errno(f, -r, "the medium's turn can't be written");
    r = file_read_plain(top_fd, name, TURN_LEN, &back);
    bool same = r == 0 && back.len == TURN_LEN && memcmp(back.data, turn->text, TURN_LEN) == 0;
    if (back.data)
        explicit_bzero(back.data, back.len);
    return same ? 0 : fault_set(f, SK_ERR_DIGEST, "the medium does not give back what was written onto it");
}
