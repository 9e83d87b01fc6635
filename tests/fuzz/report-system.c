/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report-system.c: any bytes as every file from which the PC's own protection is told. Whatever they are, each
 * item comes out with its words, and a value and a file that end. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clean.h"
#include "base/str.h"
#include "report/system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const folders[] = {"etc", "etc/apt", "etc/apt/apt.conf.d", "etc/dnf", "etc/ufw", "etc/dconf",
                                      "etc/dconf/profile", "etc/dconf/db", "etc/dconf/db/x.d", "etc/dconf/db/x.d/locks",
                                      "etc/pam.d", "etc/security", "etc/systemd", "etc/systemd/system",
                                      "etc/systemd/system/multi-user.target.wants", "proc"};
/* Which files have the input: by the first byte, so that those behind them get their turn. */
static const char *const files[] = {"etc/apt/apt.conf.d/1", "etc/dnf/automatic.conf", "etc/ufw/ufw.conf",
                                    "etc/nftables.conf", "etc/dconf/profile/user", "etc/dconf/db/x.d/1",
                                    "etc/dconf/db/x.d/locks/1", "etc/pam.d/common-auth"};
static const char *const always[] = {"etc/security/faillock.conf", "proc/swaps", "etc/dconf/db/x"};

static char root[] = "/tmp/sekisho-fuzz-root.XXXXXX";
static int root_fd = -1;

static void put(const char *path, const void *data, size_t size)
{
    autoclose int fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
}

static void remove_root(void)
{
    for (size_t i = 0; i < array_count(files); i++)
        (void)unlinkat(root_fd, files[i], 0);
    for (size_t i = 0; i < array_count(always); i++)
        (void)unlinkat(root_fd, always[i], 0);
    (void)unlinkat(root_fd, "etc/systemd/system/multi-user.target.wants/nftables.service", 0);
    for (size_t i = array_count(folders); i-- > 0;)
        (void)unlinkat(root_fd, folders[i], AT_REMOVEDIR);
    (void)rmdir(root);
}

static void make_root(void)
{
    if (!mkdtemp(root) || (root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
        abort();
    (void)!atexit(remove_root);
    for (size_t i = 0; i < array_count(folders); i++)
        if (mkdirat(root_fd, folders[i], 0755) != 0)
            abort();
    put("etc/systemd/system/multi-user.target.wants/nftables.service", "", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char profile[] = "system-db:x\n";
    struct system_fact facts[SYSTEM_COUNT];
    if (root_fd < 0)
        make_root();
    if (size < 1)
        return 0;
    for (size_t i = 0; i < array_count(files); i++) {
        if (data[0] & (1u << i))
            put(files[i], data + 1, size - 1);
        else
            (void)unlinkat(root_fd, files[i], 0);
    }
    if (!(data[0] & 1u << 4))
        put(files[4], profile, sizeof profile - 1);
    for (size_t i = 0; i < array_count(always); i++)
        put(always[i], data + 1, size - 1);
    if (system_read(root, 0, facts) != 0)
        abort();
    for (size_t i = 0; i < SYSTEM_COUNT; i++)
        if (!facts[i].why.ja || !facts[i].why.en || strlen(facts[i].value) >= sizeof facts[i].value ||
            strlen(facts[i].file) >= sizeof facts[i].file)
            abort();
    return 0;
}
