/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-segment.c: a whole ledger folder from anywhere. The input is cut at 0x1e into segments and,
 * last, checkpoints; reader and verifier must come to an end and stay within bounds. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "proof/verify.h"

#define PARTS_MAX 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];

static void remove_folder(void)
{
    char command[96];
    static const char *const names[] = {"segment-000000.jsonl", "segment-000001.jsonl",
                                        "segment-000002.jsonl", "segment-000003.jsonl",
                                        LEDGER_CHECKPOINTS};
    for (size_t i = 0; i < array_count(names); i++) {
        snprintf(command, sizeof command, "%s/%s", folder, names[i]);
        unlink(command);
    }
    rmdir(folder);
}

static void put(int dir, const char *name, const uint8_t *data, size_t len)
{
    autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || fd_write_full(fd, data, len) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char enrolment[] = "skyczvlr+38f75371+AUagkwMcy5qC28YWi6f6/E46YqE4kcCjHYbkobjEnWdp";
    struct note_key key;
    struct proof_report report;
    struct ledger_line line;
    autoreader struct ledger_reader *reader = NULL;
    if (!folder[0]) {
        const char *tmp = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%.40s/segment-fuzz.XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(folder) || atexit(remove_folder) != 0)
            abort();
    }
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (unsigned i = 0; i < PARTS_MAX; i++) {
        char name[32];
        const uint8_t *end = i + 1 < PARTS_MAX && size ? memchr(data, 0x1e, size) : NULL;
        size_t len = end ? (size_t)(end - data) : size;
        snprintf(name, sizeof name, LEDGER_SEGMENT_FORM, i);
        put(dir, i + 1 < PARTS_MAX ? name : LEDGER_CHECKPOINTS, data, len);
        data += end ? len + 1 : len;
        size -= end ? len + 1 : len;
    }
    if (note_vkey_parse(enrolment, NOTE_VKEY_LEN, &key) != 0 ||
        proof_verify(folder, &key, NULL, &report) != 0 ||
        ledger_reader_open(folder, 1, &reader) != 0)
        return 0;
    while (ledger_reader_next(reader, &line) == 1)
        if (line.len > 0 && line.text[0] != '{')
            abort();
    return 0;
}
