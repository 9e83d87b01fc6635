/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard-proc.c owns the fuzzing of what watch reads of processes: the first byte picks the text. */
#include <stdlib.h>
#include "watch/connector.h"
#include "watch/logins.h"
#include "watch/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void login(const char *text, size_t len)
{
    struct logins *l = NULL;
    if (logins_parse(text, len, &l) == 0 && logins_find(l, 1000) && logins_find(l, 1000)[0] == '\0')
        abort();
    logins_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proc_status status;
    struct proc_stat stat;
    struct proc_map map = {0};
    struct proc_mount mount;
    pid_t pid = 0;
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    size_t len = size - 1;
    switch (data[0]) {
    case 's':
        return proc_status_parse(text, len, &status) == 0 && status.tracer < 0 ? abort(), 0 : 0;
    case 't':
        return proc_stat_parse(text, len, &stat) == 0 && text[0] == '\0' && len == 1 ? abort(), 0 : 0;
    case 'm':
        return proc_map_parse(text, len, &map) == 0 && map.to <= map.from ? abort(), 0 : 0;
    case 'i':
        return proc_mount_parse(text, len, &mount) == 0 && (mount.root[0] != '/' || mount.point[0] != '/')
                   ? abort(), 0 : 0;
    case 'l':
        login(text, len);
        return 0;
    case 'c':
        return connector_parse(text, len, &pid) == CONNECTOR_NOTHING && pid != 0 ? abort(), 0 : 0;
    default:
        return 0;
    }
}
