/* SPDX-License-Identifier: GPL-3.0-or-later */
/* landlock.c owns the confinement to paths by Landlock (Linux 5.13, landlock(7)), by raw system
 * calls since the C library has no wrappers. It must never fail a start because the kernel lacks
 * Landlock, and never pass over any other failure. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sandbox/internal.h"

/* Constants newer than Debian 12's headers (include/uapi/linux/landlock.h of Linux 6.2). */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_ABI1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1) /* every bit of the first version */
#define ACCESS_FILE                                                                                \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

/* What any program may need to read after its start: name service, time zone, locale and the
 * libraries behind them, its own /proc. Absent ones grant nothing. */
static const char *const everybody_reads[] = {"/etc", "/usr", "/lib", "/lib64", "/proc",
                                              "/run/systemd", "/dev/urandom", "/dev/random"};
static const char *const everybody_writes[] = {"/dev/null", "/run/nscd"};

int sandbox_landlock_abi(void)
{
    static int known = -1; /* asked once: afterwards the filter forbids the question */
    if (known < 0) {
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        known = abi < 0 ? 0 : (int)abi;
    }
    return known;
}

static uint64_t handled_by(int abi)
{
    uint64_t handled = ACCESS_ABI1;
    if (abi >= 2)
        handled |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        handled |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return handled;
}

static int grant(int ruleset, const char *path, uint64_t access)
{
    autoclose int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    if (!S_ISDIR(st.st_mode))
        access &= ACCESS_FILE;
    if (access == 0)
        return 0; /* nothing of it is confined */
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        return -errno;
    return 0;
}

static int grant_all(int ruleset, const struct sandbox_row *row, uint64_t handled)
{
    int r = 0;
    for (size_t i = 0; i < array_count(everybody_reads) && r == 0; i++)
        r = grant(ruleset, everybody_reads[i], handled & ACCESS_READ);
    for (size_t i = 0; i < array_count(everybody_writes) && r == 0; i++)
        r = grant(ruleset, everybody_writes[i],
                  handled & (ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE));
    for (unsigned i = 0; i < row->path_count && r == 0; i++) {
        bool writes = row->paths[i].access == PATH_WRITE;
        uint64_t access =
            writes ? handled & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE : handled & ACCESS_READ;
        r = grant(ruleset, sk_path(row->paths[i].path), access);
    }
    for (size_t i = 0; row->system_reads && row->system_reads[i] && r == 0; i++)
        r = grant(ruleset, row->system_reads[i], handled & ACCESS_READ);
    for (size_t i = 0; row->system_writes && row->system_writes[i] && r == 0; i++)
        r = grant(ruleset, row->system_writes[i], handled & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE);
    return r;
}

int landlock_enter(const struct sandbox_row *row)
{
    int abi = sandbox_landlock_abi();
    if ((!row->confine_paths && !row->confine_writes) || abi == 0)
        return 0;
    uint64_t handled = handled_by(abi);
    if (row->confine_writes)
        handled &= ~(uint64_t)ACCESS_READ;
    struct landlock_ruleset_attr attr = {.handled_access_fs = handled};
    autoclose int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);
    if (ruleset < 0)
        return -errno;
    /* a row without paths opens no file at all */
    int r = row->path_count > 0 ? grant_all(ruleset, row, handled) : 0;
    if (r != 0)
        return r;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        return -errno;
    return 0;
}
