/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_job.c feeds arbitrary bytes to the reading of JOB: no name that is accepted for an archive
 * may lead out of the folder it is unpacked in. */
#include <string.h>
#include "export/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name)
{
    if (name[0] == '/' || name[0] == '\0' || strstr(name, "//") || strncmp(name, "../", 3) == 0 ||
        strstr(name, "/../") || strcmp(name, "..") == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autojob struct job job = {0};
    if (job_parse((const char *)data, size, &job) != 0)
        return 0;
    if (job.count == 0 || job_descriptors(&job) < 3)
        abort();
    for (size_t i = 0; i < job.count && job.mode == JOB_MODE_SEAL; i++) {
        check_name(job.files[i].name);
        if (!job.files[i].has_digest)
            abort();
    }
    return 0;
}
