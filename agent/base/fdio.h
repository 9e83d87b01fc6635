/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptors: whole reads and writes, files that appear whole or not at all. */
#ifndef BASE_FDIO_H
#define BASE_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"

/* Read until len bytes or the end of file. Bytes read, or -errno. Restarts after EINTR. */
ssize_t fd_read_full(int fd, void *data, size_t len) SK_MUST_CHECK;
ssize_t fd_pread_full(int fd, void *data, size_t len, uint64_t offset) SK_MUST_CHECK;

/* Write all len bytes. 0 or -errno (some bytes may then be written). */
int fd_write_full(int fd, const void *data, size_t len) SK_MUST_CHECK;
int fd_pwrite_full(int fd, const void *data, size_t len, uint64_t offset) SK_MUST_CHECK;

/* Append what is left to read of fd, at most max bytes; SK_ERR_LIMIT when there is more. */
int fd_read_all(int fd, size_t max, struct buf *b) SK_MUST_CHECK;

/* Append the file's content. dir_fd as in openat(2). -errno or SK_ERR_LIMIT. */
int file_read(int dir_fd, const char *path, size_t max, struct buf *b) SK_MUST_CHECK;

/* Open a file that somebody else put there for reading: a regular file and nothing else, no link, and never
 * waiting. A descriptor, -errno (-ELOOP: a symbolic link), SK_ERR_KIND. */
int file_open_plain(int dir_fd, const char *path) SK_MUST_CHECK;
/* Append the content of such a file, as file_read. */
int file_read_plain(int dir_fd, const char *path, size_t max, struct buf *b) SK_MUST_CHECK;
/* Does that answer say that there is no such file, or something else in its place? After any other failure nobody knows. */
bool file_is_no_plain(int r);

/* Replace path with len bytes: temporary file in the same folder, fsync, rename, fsync of the
 * folder. On failure path is as it was. 0 or -errno. */
int file_write_atomic(int dir_fd, const char *path, const void *data, size_t len,
                      mode_t mode) SK_MUST_CHECK;

/* fsync the folder that holds path, so that a rename or unlink in it is durable. 0 or -errno. */
int dir_sync_of(int dir_fd, const char *path) SK_MUST_CHECK;

/* Close-on-exec and the seals that make a memfd's bytes unchangeable. A new memfd holding the
 * bytes, or a negative code. */
int fd_memory_sealed(const char *name, const void *data, size_t len) SK_MUST_CHECK;

/* The same with len zero bytes that may be written, but not made more or fewer. */
int fd_memory_fixed(const char *name, size_t len) SK_MUST_CHECK;

/* Wait until fd has events (poll(2) bits) or the time is over. 1, 0 when the time is over, -errno.
 * timeout_ms < 0 waits without end. */
int fd_wait(int fd, short events, int timeout_ms) SK_MUST_CHECK;

/* The signals that ask a daemon to end (SIGTERM, SIGINT, SIGHUP), and SIGCHLD if it has children, as
 * a non-blocking signalfd(2) instead of interruptions; SIGPIPE is ignored, because whoever reads the
 * log or an answer may go away. A descriptor, or -errno. */
int fd_signals(bool children) SK_MUST_CHECK;

/* Let this process have so many descriptors at a time, or as many as it may. 0 or -errno. */
int fd_limit_raise(uint64_t wanted) SK_MUST_CHECK;

/* The file is empty yet: where its file system would write changed blocks elsewhere (btrfs) it is to write
 * them in place, so that what is overwritten is gone and room that was reserved stays. Others have
 * nothing to switch. */
void fd_write_in_place(int fd);

/* The immutable attribute (FS_IOC_SETFLAGS(2const)): set, nobody changes, renames or removes the file, its
 * owner and root neither. Who changes it owns the file and has CAP_LINUX_IMMUTABLE. 0, also when it is so
 * already; -errno: -EOPNOTSUPP, -ENOTTY (the file system has none), -EPERM. */
int fd_protect(int fd, bool on) SK_MUST_CHECK;
/* Has it? False also where that can't be known. */
bool fd_is_protected(int fd);

#endif
