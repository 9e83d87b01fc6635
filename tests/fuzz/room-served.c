/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-served.c fuzzes the reading of a line of mountinfo, whose mount point users name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "room/served.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const folders[] = {"/usr", "/opt", NULL};
    char point[64];
    enum served kind;
    if (served_mount_below((const char *)data, size, folders, point, sizeof point, &kind) == 1 &&
        strncmp(point, "/usr/", 5) != 0 && strncmp(point, "/opt/", 5) != 0)
        abort();
    return 0;
}
