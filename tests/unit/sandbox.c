/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each identity can and can't do after sandbox_enter, seen from inside a child that entered. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sandbox/sandbox.h"

#define RESERVED 16

static char root[64];

/* A child that fails one of these ends with the line's number modulo 200 plus 1. */
#define WANT(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            _exit(1 + __LINE__ % 200);                                                             \
    } while (0)
#define FAILS(call, code) WANT((call) == -1 && errno == (code))

/* Run body in a child that has entered the identity; its wait(2) status. */
static int inside(enum sandbox_identity identity, void (*body)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct sandbox *s = NULL;
        WANT(sandbox_prepare(identity, &s) == 0);
        WANT(sandbox_enter(&s, identity == SANDBOX_WATCH ? RESERVED : 0) == 0);
        WANT(s == NULL);
        body();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void skip_without_login(const char *login)
{
    if (geteuid() != 0 || !getpwnam(login) || !getgrnam(SK_GROUP_AUDIT)) {
        print_message("skipped: needs root, %s and %s\n", login, SK_GROUP_AUDIT);
        skip();
    }
}

static void skip_without_root(void)
{
    if (geteuid() != 0)
        skip();
}

static uint64_t effective_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    WANT(syscall(SYS_capget, &head, data) == 0);
    return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

static void confined_everywhere(void)
{
    struct rlimit core;
    WANT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    WANT(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0);
#if !SANDBOX_SANITIZED
    WANT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
#endif
}

static void in_watch(void)
{
    confined_everywhere();
    WANT(effective_capabilities() ==
         (1ull << CAP_SYS_ADMIN | 1ull << CAP_SYS_PTRACE | 1ull << CAP_DAC_READ_SEARCH |
          1ull << CAP_SYS_NICE));
    char *const arguments[] = {(char *)(uintptr_t)"true", NULL};
    FAILS(execv("/bin/true", arguments), EPERM);
#if !SANDBOX_SANITIZED
    FAILS(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM);
    FAILS(kill(getppid(), 0), EPERM);
#endif
    FAILS(mount("none", "/mnt", "tmpfs", 0, NULL), EPERM);
    FAILS(socket(AF_INET, SOCK_STREAM, 0), EPERM);
    int high = fcntl(0, F_DUPFD_CLOEXEC, RESERVED + 4);
    WANT(high >= RESERVED);
    FAILS(close(0), EPERM);
    FAILS(syscall(SYS_close, 0x100000000ul), EPERM);
    FAILS(dup2(high, 3), EPERM);
    FAILS(dup3(high, RESERVED - 1, O_CLOEXEC), EPERM);
    FAILS(syscall(SYS_close_range, 0, 2, 0), EPERM);
    WANT(close(high) == 0);
    int status = open("/proc/1/status", O_RDONLY | O_CLOEXEC);
    WANT(status >= RESERVED || close(status) == -1);
    int map = memfd_create("x", MFD_CLOEXEC);
    WANT(map >= 0);
}

static void test_watch(void **state)
{
    (void)state;
    skip_without_root();
    assert_int_equal(inside(SANDBOX_WATCH, in_watch), 0);
}

static void in_keeper(void)
{
    confined_everywhere();
    char *const arguments[] = {(char *)(uintptr_t)"true", NULL};
    FAILS(execv("/bin/true", arguments), EPERM);
    FAILS(mount("none", "/mnt", "tmpfs", 0, NULL), EPERM);
    /* what it is for: fork, watch over, and let the fork shed more */
    long pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    WANT(pid >= 0);
    if (pid == 0) {
        struct sandbox *s = NULL;
        WANT(sandbox_prepare(SANDBOX_WATCH, &s) == 0);
        WANT(sandbox_enter(&s, RESERVED) == 0);
        in_watch();
        _exit(0);
    }
    int status;
    WANT(waitpid((pid_t)pid, &status, 0) == pid);
    if (status != 0)
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 254);
}

static void test_keeper(void **state)
{
    (void)state;
    skip_without_root();
    assert_int_equal(inside(SANDBOX_KEEPER, in_keeper), 0);
    assert_int_equal(inside(SANDBOX_HOLDER, in_keeper), 0);
}

static void in_device(void)
{
    confined_everywhere();
    pid_t pid = fork();
    WANT(pid >= 0);
    if (pid == 0) {
        execl("/sbin/mkfs.ext4", "mkfs.ext4", "-V", (char *)NULL);
        _exit(99);
    }
    int status;
    WANT(waitpid(pid, &status, 0) == pid && status == 0);
    WANT(unshare(CLONE_NEWNS) == 0);
    WANT(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    WANT(mount("none", "/mnt", "tmpfs", 0, NULL) == 0);
    FAILS(socket(AF_INET, SOCK_STREAM, 0), EPERM);
    FAILS(syscall(SYS_init_module, NULL, 0, NULL), EPERM);
    WANT(syscall(SYS_setfsuid, 65534) == 0);
}

static void test_device(void **state)
{
    (void)state;
    skip_without_root();
    assert_int_equal(inside(SANDBOX_DEVICE, in_device), 0);
}

static void in_ledger(void)
{
    confined_everywhere();
    const struct passwd *login = getpwnam(SK_USER_LEDGER);
    WANT(login && getuid() == login->pw_uid && geteuid() == login->pw_uid);
    /* what it wishes for, where the tests have it to give */
    WANT((effective_capabilities() & ~(1ull << CAP_LINUX_IMMUTABLE)) == 0);
    gid_t groups[64];
    int count = getgroups(64, groups);
    const struct group *audit = getgrnam(SK_GROUP_AUDIT);
    bool has = false;
    for (int i = 0; i < count; i++)
        has = has || (audit && groups[i] == audit->gr_gid);
    WANT(has);
    char path[SK_PATH_CAP + 16];
    snprintf(path, sizeof path, "%s/segment", sk_path(SK_PATH_LEDGER));
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
    WANT(fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 && close(fd) == 0);
    WANT(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) >= 0);
    /* the mode of this folder would let everybody in: only Landlock says no */
    snprintf(path, sizeof path, "%s/open/file", root);
    if (sandbox_landlock_abi() > 0)
        FAILS(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0640), EACCES);
}

static void test_ledger(void **state)
{
    (void)state;
    skip_without_login(SK_USER_LEDGER);
    assert_int_equal(inside(SANDBOX_LEDGER, in_ledger), 0);
}

static void in_control(void)
{
    confined_everywhere();
    WANT(getpwuid(0) != NULL);
    char path[SK_PATH_CAP + 16];
    snprintf(path, sizeof path, "%s/policy.ini", sk_path(SK_PATH_POLICY));
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0640);
    WANT(fd >= 0);
    int memory = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    WANT(memory >= 0 && fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE) == 0);
}

static void test_control(void **state)
{
    (void)state;
    skip_without_login(SK_USER_CONTROL);
    assert_int_equal(inside(SANDBOX_CONTROL, in_control), 0);
}

static void in_export(void)
{
    confined_everywhere();
    WANT(effective_capabilities() == 0);
    int memory = memfd_create("x", MFD_CLOEXEC);
    char byte;
    WANT(write(memory, "x", 1) == 1 && pread(memory, &byte, 1, 0) == 1 && fsync(memory) == 0);
    if (sandbox_landlock_abi() > 0)
        FAILS(open("/etc/passwd", O_RDONLY | O_CLOEXEC), EACCES);
}

static void asks_for_a_socket(void)
{
    (void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void starts_a_program(void)
{
    char *const arguments[] = {(char *)(uintptr_t)"true", NULL};
    (void)execv("/bin/true", arguments);
}

static void assert_killed(int status)
{
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void test_export(void **state)
{
    (void)state;
    skip_without_login(SK_USER_EXPORT);
    assert_int_equal(inside(SANDBOX_EXPORT, in_export), 0);
    assert_killed(inside(SANDBOX_EXPORT, asks_for_a_socket));
    assert_killed(inside(SANDBOX_EXPORT, starts_a_program));
    assert_killed(inside(SANDBOX_CONTROL, starts_a_program));
    assert_killed(inside(SANDBOX_LEDGER, starts_a_program));
}

/* A child that can't gain rights, read files or start anything; it talks on what is open. */
static void in_notify(void)
{
    confined_everywhere();
    WANT(effective_capabilities() == 0);
#if !SANDBOX_SANITIZED
    FAILS(open("/etc/passwd", O_RDONLY | O_CLOEXEC), EACCES);
#endif
}

/* What set-id mail programs need stays: rights can be gained, though this filter can't be shed. */
static void in_teller(void)
{
    const struct passwd *login = getpwnam(SK_USER_NOTIFY);
    WANT(login && getuid() == login->pw_uid && geteuid() == login->pw_uid);
    WANT(effective_capabilities() == 0);
    WANT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
    WANT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2);
    FAILS(syscall(SYS_init_module, NULL, 0, NULL), EPERM);
    FAILS(syscall(SYS_bpf, 0, NULL, 0), EPERM);
    FAILS(mount("none", "/mnt", "tmpfs", 0, NULL), EPERM);
    FAILS(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0), EPERM);
    pid_t pid = fork();
    WANT(pid >= 0);
    if (pid == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(99);
    }
    int status;
    WANT(waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_notify(void **state)
{
    (void)state;
    skip_without_login(SK_USER_NOTIFY);
    assert_int_equal(inside(SANDBOX_NOTIFY, in_notify), 0);
    assert_killed(inside(SANDBOX_NOTIFY, asks_for_a_socket));
    assert_killed(inside(SANDBOX_NOTIFY, starts_a_program));
    assert_int_equal(inside(SANDBOX_TELLER, in_teller), 0);
}

static void test_names(void **state)
{
    (void)state;
    struct sandbox *s = NULL;
    assert_int_equal(sandbox_prepare(SANDBOX_IDENTITY_COUNT, &s), -EINVAL);
    assert_null(s);
    if (!getpwnam(SK_USER_EXPORT))
        assert_int_equal(sandbox_prepare(SANDBOX_EXPORT, &s), SK_ERR_NOT_FOUND);
}

static int make_instance(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    snprintf(root, sizeof root, "/tmp/test-sandbox-XXXXXX");
    if (!mkdtemp(root) || chmod(root, 0755) != 0 || sk_paths_choose(root) != 0)
        return -1;
    char path[SK_PATH_CAP];
    static const char *const tops[] = {"etc", "lib", "run"};
    for (size_t i = 0; i < array_count(tops); i++) {
        snprintf(path, sizeof path, "%s/%s", root, tops[i]);
        if (mkdir(path, 0755) != 0)
            return -1;
    }
    for (int which = 0; which < SK_PATH_COUNT; which++) {
        const char *user, *group;
        mode_t mode;
        if (sk_path_owner((enum sk_path)which, &user, &group, &mode) != 0)
            continue;
        const struct passwd *login = getpwnam(user);
        if (mkdir(sk_path((enum sk_path)which), mode) != 0 && errno != EEXIST)
            return -1;
        if (login && chown(sk_path((enum sk_path)which), login->pw_uid, login->pw_gid) != 0)
            return -1;
    }
    snprintf(path, sizeof path, "%s/open", root);
    mode_t old = umask(0);
    int r = mkdir(path, 0777);
    umask(old);
    return r;
}

static int remove_instance(void **state)
{
    (void)state;
    char command[128];
    if (!root[0])
        return 0;
    snprintf(command, sizeof command, "rm -rf -- '%s'", root);
    return system(command) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),  cmocka_unit_test(test_watch), cmocka_unit_test(test_keeper),
        cmocka_unit_test(test_device), cmocka_unit_test(test_ledger), cmocka_unit_test(test_control),
        cmocka_unit_test(test_export), cmocka_unit_test(test_notify),
    };
    return cmocka_run_group_tests(tests, make_instance, remove_instance);
}
