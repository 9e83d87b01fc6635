/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard-opener.c opens files in a folder over and over until a file named by its second argument
 * appears, and prints how often it was let in, refused (EPERM) or met anything else, and the longest
 * it had to wait. It stands for a user's program in the tests of sekishod. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int count, char **arguments)
{
    if (count != 3 && count != 4)
        return 2;
    long opened = 0, refused = 0, other = 0;
    long rounds = count == 4 ? strtol(arguments[3], NULL, 10) : -1;
    double longest = 0;
    char path[512];
    for (unsigned i = 0; rounds != 0 && access(arguments[2], F_OK) != 0; i++) {
        snprintf(path, sizeof path, "%s/f%u", arguments[1], i % 8);
        double before = now_ms();
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        double took = now_ms() - before;
        if (took > longest)
            longest = took;
        if (fd >= 0) {
            opened++;
            close(fd);
        } else if (errno == EPERM) {
            refused++;
        } else {
            fprintf(stderr, "%s: %s\n", path, strerror(errno));
            other++;
        }
        if (rounds > 0)
            rounds--;
    }
    printf("opened=%ld refused=%ld other=%ld longest-ms=%.1f\n", opened, refused, other, longest);
    return 0;
}
