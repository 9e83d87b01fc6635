/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-archive.c: an archived segment from anywhere. Whatever it holds, reading it ends, stays within
 * bounds, and gives the same bytes for the same place. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "proof/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];

static void remove_folder(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/segment-000000.jsonl.zst", folder);
    unlink(path);
    rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char a[100000], b[1000];
    char name[SEGMENT_NAME_CAP];
    autosegment struct segment *s = NULL;
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    enum segment_form form;
    if (!folder[0]) {
        const char *tmp = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%.40s/archive-fuzz.XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(folder) || atexit(remove_folder) != 0)
            abort();
    }
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    segment_name(0, SEGMENT_ARCHIVED, name);
    autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || fd_write_full(fd, data, size) != 0)
        abort();
    (void)!segment_head(dir, 0, a, sizeof a, &form);
    if (segment_open(dir, 0, &s) == 0) {
        ssize_t n = segment_read(s, a, sizeof a, 0);
        ssize_t m = n > 500 ? segment_read(s, b, sizeof b, (uint64_t)n - 500) : 0;
        if (m >= 500 && memcmp(a + n - 500, b, 500) != 0)
            abort();
    }
    if (ledger_reader_open(folder, 0, &reader) != 0)
        return 0;
    while (ledger_reader_next(reader, &line) == 1)
        if (line.len > 0 && line.text[0] != '{')
            abort();
    return 0;
}
