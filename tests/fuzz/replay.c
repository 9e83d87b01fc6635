/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.c owns the corpus run of a fuzz target in builds without libFuzzer: each file of each
 * folder named is given to the target once. It must never pass when it found no file. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/fdio.h"

#define REPLAY_MAX ((size_t)16 * 1024 * 1024) /* bytes of one input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_folder(const char *folder)
{
    autodir DIR *dir = opendir(folder);
    if (!dir)
        return -1;
    int count = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        autobuf struct buf b = {0};
        struct stat st;
        if (fstatat(dirfd(dir), e->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
            continue;
        if (file_read(dirfd(dir), e->d_name, REPLAY_MAX, &b) != 0)
            return -1;
        LLVMFuzzerTestOneInput((const uint8_t *)b.data, b.len);
        count++;
    }
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        if (count <= 0) {
            fprintf(stderr, "%s: no inputs to replay\n", argv[i]);
            return 1;
        }
        total += count;
    }
    printf("%d inputs replayed\n", total);
    return total > 0 ? 0 : 1;
}
