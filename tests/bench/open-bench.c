/* SPDX-License-Identifier: GPL-3.0-or-later */
/* open-bench.c is both ends of the bench of opening: the program that opens, and the barest responder
 * there can be. It must do nothing else, so that what is measured is the opening.
 *   loop FILE COUNT   opens and closes FILE, prints nanoseconds for each time
 *   allow FOLDER      answers FAN_ALLOW to every opening on FOLDER's file system, until killed */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <time.h>
#include <unistd.h>

#define WARM 200

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void open_once(const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "%s: %s\n", file, strerror(errno));
        exit(1);
    }
    close(fd);
}

static int loop(const char *file, long count)
{
    for (long i = 0; i < WARM; i++)
        open_once(file);
    double before = now_ns();
    for (long i = 0; i < count; i++)
        open_once(file);
    printf("%.1f\n", (now_ns() - before) / (double)count);
    return 0;
}

static int allow(const char *folder)
{
    char events[4096];
    int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_UNLIMITED_QUEUE,
                              O_RDONLY | O_CLOEXEC | O_LARGEFILE);
    if (group < 0 || fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM,
                                   AT_FDCWD, folder) != 0) {
        perror(folder);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        ssize_t n = read(group, events, sizeof events);
        const struct fanotify_event_metadata *m = (const void *)events;
        for (; n > 0 && FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n)) {
            struct fanotify_response r = {.fd = m->fd, .response = FAN_ALLOW};
            if (write(group, &r, sizeof r) != sizeof r)
                perror("write");
            close(m->fd);
        }
    }
}

int main(int count, char **a)
{
    if (count == 4 && strcmp(a[1], "loop") == 0)
        return loop(a[2], atol(a[3]));
    if (count == 3 && strcmp(a[1], "allow") == 0)
        return allow(a[2]);
    return 2;
}
