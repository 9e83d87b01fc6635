/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filters of sekisho-room and of programs in rooms, call by call, and what a room's first process is
 * when it has given up root's rights. Most calls that are refused would fail there anyway, for want of a
 * capability: so the filter itself is asked, with the answers that the kernel would get. */
#include "cmocka-head.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sandbox/internal.h"

#define FILTER_MAX  8192 /* instructions */
#define NUMBERS     1024 /* system calls are below it, on every machine */
#define ALLOWED     (-1)
#define FAMILIES    64
#define X32         0x40000000u
#define ROOM_UID    0x70001000u

static struct sock_filter filter[FILTER_MAX];
static size_t filter_len;
static bool really;

/* In the place of the library's: the filter is kept instead of being put in force. */
int seccomp_load(const scmp_filter_ctx context)
{
    int (*load)(const scmp_filter_ctx) =
        (int (*)(const scmp_filter_ctx))(uintptr_t)dlsym(RTLD_NEXT, "seccomp_load");
    if (really)
        return load ? load(context) : -ENOSYS;
    int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0 || seccomp_export_bpf(context, fd) != 0)
        return -EIO;
    ssize_t n = pread(fd, filter, sizeof filter, 0);
    close(fd);
    if (n <= 0 || (size_t)n == sizeof filter)
        return -EIO;
    filter_len = (size_t)n / sizeof filter[0];
    return 0;
}

/* What the kernel does with a filter (seccomp(2)): the instructions that libseccomp writes. */
static uint32_t run(const struct seccomp_data *d)
{
    uint32_t a = 0;
    for (size_t i = 0; i < filter_len; i++) {
        const struct sock_filter *f = &filter[i];
        switch (f->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(f->k + sizeof a <= sizeof *d);
            memcpy(&a, (const char *)d + f->k, sizeof a);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= f->k;
            break;
        case BPF_JMP | BPF_JA:
            i += f->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            i += a == f->k ? f->jt : f->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            i += a > f->k ? f->jt : f->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            i += a >= f->k ? f->jt : f->jf;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            i += a & f->k ? f->jt : f->jf;
            break;
        case BPF_RET | BPF_K:
            return f->k;
        default:
            fail_msg("an instruction that this test does not know: %x", f->code);
        }
    }
    fail_msg("the filter has no end");
    return 0;
}

/* The errno of a call, 0 = it is told to have been done, or ALLOWED. */
static int answer_on(uint32_t machine, int number, uint64_t a, uint64_t b, uint64_t c)
{
    const struct seccomp_data d = {.nr = number, .arch = machine, .args = {a, b, c}};
    uint32_t action = run(&d);
    if (action == SECCOMP_RET_ALLOW)
        return ALLOWED;
    assert_int_equal(action & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
    return (int)(action & SECCOMP_RET_DATA);
}

static int answer(int number, uint64_t a, uint64_t b, uint64_t c)
{
    return answer_on(seccomp_arch_native(), number, a, b, c);
}

struct row {
    const char *name;
    int outside, inside; /* the answer where no argument says otherwise */
};

static const struct row rows[] = {
    {"kexec_load", EPERM, EPERM},        {"kexec_file_load", EPERM, EPERM},
    {"init_module", EPERM, EPERM},       {"finit_module", EPERM, EPERM},
    {"delete_module", EPERM, EPERM},     {"create_module", EPERM, EPERM},
    {"bpf", ALLOWED, EPERM},               {"perf_event_open", EPERM, EPERM},
    {"userfaultfd", EPERM, EPERM},       {"io_uring_setup", EPERM, EPERM},
    {"io_uring_enter", EPERM, EPERM},    {"io_uring_register", EPERM, EPERM},
    {"iopl", EPERM, EPERM},              {"ioperm", EPERM, EPERM},
    {"modify_ldt", EPERM, EPERM},        {"uselib", EPERM, EPERM},
    {"lookup_dcookie", EPERM, EPERM},    {"nfsservctl", EPERM, EPERM},
    {"syslog", EPERM, EPERM},            {"reboot", EPERM, EPERM},
    {"swapon", EPERM, EPERM},            {"swapoff", EPERM, EPERM},
    {"acct", EPERM, EPERM},              {"quotactl", EPERM, EPERM},
    {"quotactl_fd", EPERM, EPERM},       {"settimeofday", EPERM, EPERM},
    {"clock_settime", EPERM, EPERM},     {"clock_settime64", EPERM, EPERM},
    {"clock_adjtime", EPERM, EPERM},     {"clock_adjtime64", EPERM, EPERM},
    {"adjtimex", EPERM, EPERM},          {"stime", EPERM, EPERM},
    {"vhangup", EPERM, EPERM},           {"fanotify_init", EPERM, EPERM},
    {"fanotify_mark", EPERM, EPERM},     {"open_by_handle_at", EPERM, EPERM},
    {"setns", EPERM, EPERM},             {"add_key", EPERM, EPERM},
    {"keyctl", EPERM, EPERM},            {"request_key", EPERM, EPERM},
    {"process_vm_readv", EPERM, EPERM},  {"process_vm_writev", EPERM, EPERM},
    {"process_madvise", EPERM, EPERM},   {"pidfd_getfd", EPERM, EPERM},
    {"kcmp", EPERM, EPERM},              {"ptrace", SANDBOX_SANITIZED ? ALLOWED : EPERM, EPERM},
    {"mount", ALLOWED, EPERM},           {"umount", ALLOWED, EPERM},
    {"umount2", ALLOWED, EPERM},         {"pivot_root", ALLOWED, EPERM},
    {"chroot", ALLOWED, EPERM},          {"fsopen", ALLOWED, EPERM},
    {"fsconfig", ALLOWED, EPERM},        {"fsmount", ALLOWED, EPERM},
    {"fspick", ALLOWED, EPERM},          {"open_tree", ALLOWED, EPERM},
    {"open_tree_attr", ALLOWED, EPERM},  {"move_mount", ALLOWED, EPERM},
    {"mount_setattr", ALLOWED, EPERM},   {"unshare", ALLOWED, EPERM},
    {"sethostname", ALLOWED, EPERM},     {"setdomainname", ALLOWED, EPERM},
    {"clone3", ALLOWED, ENOSYS},         {"setpriority", ALLOWED, 0},
    {"ioprio_set", ALLOWED, 0},          {"sched_setattr", ALLOWED, 0},
    {"sched_setparam", ALLOWED, 0},      {"sched_setscheduler", ALLOWED, 0},
    {"sched_setaffinity", ALLOWED, 0},   {"socket", ALLOWED, EAFNOSUPPORT}, /* of no family */
};

static int expected(int number, bool inside)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (seccomp_syscall_resolve_name(rows[i].name) == number)
            return inside ? rows[i].inside : rows[i].outside;
    return ALLOWED;
}

/* Every call that there is, and none but those of the table is refused. */
static void every_call(bool inside)
{
    assert_int_equal(refused_enter(inside), 0);
    for (int number = 0; number < NUMBERS; number++) {
        int is = answer(number, 0, 0, 0);
        if (is != expected(number, inside))
            fail_msg("call %d: %d, not %d", number, is, expected(number, inside));
    }
}

static void test_calls_of_the_room(void **state)
{
    (void)state;
    every_call(false);
}

static void test_calls_inside(void **state)
{
    (void)state;
    every_call(true);
}

/* Of other machines' conventions no call exists. */
static void test_other_machines(void **state)
{
    (void)state;
#ifdef __x86_64__
    static const bool both[] = {false, true};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(refused_enter(both[i]), 0);
        for (int number = 0; number < NUMBERS; number++) {
            assert_int_equal(answer_on(AUDIT_ARCH_I386, number, 0, 0, 0), ENOSYS);
            assert_int_equal(answer((int)(X32 | (unsigned)number), 0, 0, 0), ENOSYS);
        }
    }
#endif
}

static void test_namespaces(void **state)
{
    (void)state;
    static const uint64_t flags[] = {CLONE_NEWNS,  CLONE_NEWUSER, CLONE_NEWPID,   CLONE_NEWNET,
                                     CLONE_NEWIPC, CLONE_NEWUTS,  CLONE_NEWCGROUP};
    assert_int_equal(refused_enter(true), 0);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        assert_int_equal(answer(SCMP_SYS(clone), flags[i], 0, 0), EPERM);
        assert_int_equal(answer(SCMP_SYS(clone), flags[i] | CLONE_VM | SIGCHLD, 0, 0), EPERM);
    }
    assert_int_equal(answer(SCMP_SYS(clone), CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(clone), SIGCHLD, 0, 0), ALLOWED);
}

static void test_terminals(void **state)
{
    (void)state;
    static const uint64_t requests[] = {TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS};
    assert_int_equal(refused_enter(true), 0);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        assert_int_equal(answer(SCMP_SYS(ioctl), 0, requests[i], 0), EPERM);
        /* the kernel takes 32 bits */
        assert_int_equal(answer(SCMP_SYS(ioctl), 0, UINT64_C(1) << 32 | requests[i], 0), EPERM);
    }
    assert_int_equal(answer(SCMP_SYS(ioctl), 0, TIOCGWINSZ, 0), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(ioctl), 0, TCGETS, 0), ALLOWED);
}

static void test_families(void **state)
{
    (void)state;
    assert_int_equal(refused_enter(true), 0);
    for (uint64_t family = 0; family < FAMILIES; family++) {
        bool fine = family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
        assert_int_equal(answer(SCMP_SYS(socket), family, SOCK_STREAM, 0), fine ? ALLOWED : EAFNOSUPPORT);
    }
    for (uint64_t kind = 0; kind < FAMILIES; kind++) /* of AF_NETLINK: ROUTE, KOBJECT_UEVENT */
        assert_int_equal(answer(SCMP_SYS(socket), AF_NETLINK, SOCK_RAW, kind),
                         kind == 0 || kind == 15 ? ALLOWED : EAFNOSUPPORT);
}

static void test_settings(void **state)
{
    (void)state;
    const uint64_t high = UINT64_C(1) << 32;
    assert_int_equal(refused_enter(true), 0);
    assert_int_equal(answer(SCMP_SYS(prlimit64), 0, RLIMIT_CORE, 4096), 0);
    assert_int_equal(answer(SCMP_SYS(prlimit64), 0, high | RLIMIT_CORE, 4096), 0);
    assert_int_equal(answer(SCMP_SYS(prlimit64), 0, RLIMIT_CORE, 0), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(prlimit64), 0, RLIMIT_NOFILE, 4096), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(setrlimit), RLIMIT_CORE, 4096, 0), 0);
    assert_int_equal(answer(SCMP_SYS(setrlimit), high | RLIMIT_CORE, 4096, 0), 0);
    assert_int_equal(answer(SCMP_SYS(setrlimit), RLIMIT_NOFILE, 4096, 0), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(prctl), PR_SET_NAME, 4096, 0), 0);
    assert_int_equal(answer(SCMP_SYS(prctl), high | PR_SET_NAME, 4096, 0), 0);
    assert_int_equal(answer(SCMP_SYS(prctl), PR_GET_NAME, 4096, 0), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(fcntl), 0, F_SET_RW_HINT, 4096), EINVAL);
    assert_int_equal(answer(SCMP_SYS(fcntl), 0, high | F_SET_FILE_RW_HINT, 4096), EINVAL);
    assert_int_equal(answer(SCMP_SYS(fcntl), 0, F_GET_RW_HINT, 4096), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(fcntl), 0, F_SETLK, 4096), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(personality), 0, 0, 0), ALLOWED);
    assert_int_equal(answer(SCMP_SYS(personality), 1, 0, 0), EPERM);
}

/* A child that fails one of these ends with the line's number modulo 200 plus 1. */
#define WANT(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            _exit(1 + __LINE__ % 200);                                                             \
    } while (0)

static void become_person(void)
{
    static const gid_t groups[] = {65533};
    const struct sandbox_person person = {
        .uid = ROOM_UID, .gid = 65534, .groups = groups, .group_count = 1};
    gid_t has[4];
    struct rlimit core;
    really = true;
    WANT(setgroups(2, (const gid_t[]){0, 1}) == 0);
    WANT(sandbox_enter_inside(&(struct sandbox_person){.uid = 0}) == -EINVAL);
    WANT(sandbox_enter_inside(&person) == 0);
    WANT(getuid() == ROOM_UID && geteuid() == ROOM_UID && getgid() == 65534 && getegid() == 65534);
    WANT(getgroups(4, has) == 1 && has[0] == 65533);
    WANT(setuid(0) != 0 && setgid(0) != 0);
    WANT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    WANT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
    WANT(prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 0 && prctl(PR_CAPBSET_READ, 21, 0, 0, 0) == 0);
    WANT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER);
    WANT(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 1 && core.rlim_max == 1);
}

static void test_person(void **state)
{
    (void)state;
    int status;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        become_person();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* That the filter is in force, as root, to whom the kernel itself would not say no. */
static void test_in_force(void **state)
{
    (void)state;
    int status;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        really = true;
        WANT(chroot("/") == 0 && unshare(CLONE_NEWNS) == 0);
        WANT(refused_enter(true) == 0);
        WANT(chroot("/") == -1 && errno == EPERM);
        WANT(unshare(CLONE_NEWNS) == -1 && errno == EPERM);
        WANT(socket(AF_VSOCK, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_of_the_room), cmocka_unit_test(test_calls_inside),
        cmocka_unit_test(test_other_machines),    cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_terminals),         cmocka_unit_test(test_families),
        cmocka_unit_test(test_settings),          cmocka_unit_test(test_person),
        cmocka_unit_test(test_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
