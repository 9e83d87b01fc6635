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

/* Replace path with len bytes: temporary file in the same folder, fsync, rename, fsync of the
 * folder. On failure path is as it was. 0 or -errno. */
int file_write_atomic(int dir_fd, const char *path, const void *data, size_t len,
                      mode_t mode) SK_MUST_CHECK;

/* fsync the folder that holds path, so that a rename or unlink in it is durable. 0 or -errno. */
int dir_sync_of(int dir_fd, const char *path) SK_MUST_CHECK;

/* Close-on-exec and the seals that make a memfd's bytes unchangeable. A new memfd holding the
 * bytes, or a negative code. */
int fd_memory_sealed(const char *name, const void *data, size_t len) SK_MUST_CHECK;

/* Wait until fd has events (poll(2) bits) or the time is over. 1, 0 when the time is over, -errno.
 * timeout_ms < 0 waits without end. */
int fd_wait(int fd, short events, int timeout_ms) SK_MUST_CHECK;

/* The signals that ask a daemon to end (SIGTERM, SIGINT, SIGHUP), and SIGCHLD if it has children, as
 * a non-blocking signalfd(2) instead of interruptions; SIGPIPE is ignored, because whoever reads the
 * log or an answer may go away. A descriptor, or -errno. */
int fd_signals(bool children) SK_MUST_CHECK;

#endif
