/* SPDX-License-Identifier: GPL-3.0-or-later */
/* syscalls.c owns the seccomp filters: groups of system calls by name, joined by the identity's
 * row. It must never allow a call by default.
 *
 * Programs built with sanitizers get one more group (SANITIZER below): their run-time maps, traces
 * itself when it looks for leaks, and reads its own image. Such builds are for tests only. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "sandbox/internal.h"

struct call_group {
    unsigned group;
    const char *const *names; /* NULL-terminated */
};

#define NAMES(...) (const char *const[]){__VA_ARGS__, NULL}

static const struct call_group groups[] = {
    {GROUP_COMMON,
     NAMES("read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
           "pwritev2", "close", "fstat", "lseek", "fcntl", "dup", "dup2", "dup3", "pipe", "pipe2",
           "sendfile", "splice", "copy_file_range", "fsync", "fdatasync", "sync_file_range",
           "fallocate", "ftruncate", "fadvise64", "readahead", "syncfs",
           "mmap", "munmap", "mprotect", "mremap", "madvise", "msync", "brk", "mlock", "mlock2",
           "munlock", "memfd_create", "membarrier", "mincore",
           "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
           "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "signalfd",
           "signalfd4", "timerfd_create", "timerfd_settime", "timerfd_gettime", "setitimer",
           "getitimer", "alarm", "timer_create", "timer_settime", "timer_delete", "timer_gettime",
           "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
           "rt_sigtimedwait", "rt_sigqueueinfo", "sigaltstack", "pause", "restart_syscall",
           "tgkill", "tkill",
           "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
           "times", "adjtimex", "clock_adjtime",
           "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getgroups",
           "getresuid", "getresgid", "getpgrp", "getpgid", "getsid", "capget", "getrandom",
           "uname", "sysinfo", "getrlimit", "prlimit64", "getrusage", "getcpu", "getpriority",
           "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
           "sched_get_priority_max", "sched_get_priority_min", "futex", "futex_waitv",
           "set_robust_list", "get_robust_list", "set_tid_address", "rseq", "arch_prctl", "prctl",
           "exit", "exit_group", "sendmsg", "recvmsg", "sendto", "recvfrom", "sendmmsg", "recvmmsg",
           "shutdown", "getsockopt", "setsockopt", "getsockname", "getpeername", "umask")},
    {GROUP_FILES,
     NAMES("open", "openat", "openat2", "creat", "stat", "lstat", "fstatat64", "statx",
           "statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
           "getdents", "getdents64", "getcwd", "chdir", "fchdir", "rename", "renameat", "renameat2",
           "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "link", "linkat", "symlink",
           "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat",
           "utime", "utimes", "futimesat", "utimensat", "truncate", "flock", "close_range",
           "getxattr", "lgetxattr", "fgetxattr", "listxattr", "flistxattr", "inotify_init",
           "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "name_to_handle_at")},
    {GROUP_SOCKETS, NAMES("connect", "bind", "listen", "accept", "accept4", "socketpair")},
    {GROUP_PROCESSES,
     NAMES("clone", "fork", "vfork", "wait4", "waitid", "kill", "pidfd_open", "pidfd_send_signal",
           "setpgid", "setsid", "unshare")},
    {GROUP_EXEC, NAMES("execve", "execveat", "setpriority", "setrlimit", "getdents", "ioprio_get",
                       "ioprio_set", "sched_setaffinity", "sched_setscheduler", "sched_setattr",
                       "sched_getattr", "uselib", "personality")},
    {GROUP_MOUNTS,
     NAMES("mount", "umount2", "fsopen", "fsconfig", "fsmount", "fspick", "open_tree", "move_mount",
           "mount_setattr", "open_by_handle_at", "setns", "pivot_root", "sync", "mknod", "mknodat",
           "setxattr", "lsetxattr", "fsetxattr", "removexattr", "fremovexattr")},
    {GROUP_IOCTL, NAMES("ioctl", "add_key", "keyctl", "request_key", "semget", "semop", "semctl",
                        "semtimedop", "shmget", "shmat", "shmdt", "shmctl", "io_setup",
                        "io_submit", "io_getevents", "io_destroy", "io_cancel")},
    {GROUP_IDENTITY,
     NAMES("setfsuid", "setfsgid", "setgroups", "setresuid", "setresgid", "setuid", "setgid",
           "setreuid", "setregid", "capset")},
    {GROUP_FANOTIFY, NAMES("fanotify_mark", "pidfd_open", "close_range", "sched_setscheduler")},
    {GROUP_LOCKED, NAMES("mlockall", "munlockall")},
    {GROUP_HANDLES, NAMES("open_by_handle_at", "name_to_handle_at")},
    {GROUP_GROUPS, NAMES("fanotify_init")},
};

/* What the processes shed their rights with after the keeper's filter is already in place. */
static const char *const shed_names[] = {"capset", "seccomp", NULL};

static const char *const sanitizer_names[] = {
    "openat", "open", "readlink", "readlinkat", "newfstatat", "stat", "fstat", "clone", "wait4",
    "ptrace", "kill", "getdents64", "process_vm_readv", "sched_setaffinity", "ioctl", "setrlimit",
    "personality", "access", "getcwd", NULL};

/* ioctl(2) requests that libraries make on files and terminals. */
static const uint64_t plain_ioctls[] = {TCGETS, FIONREAD, FIONBIO, FIOCLEX, FS_IOC_GETFLAGS,
                                        FS_IOC_SETFLAGS, TIOCGWINSZ};

/* libseccomp's own macros for this leave a member out. */
static int add_compared(scmp_filter_ctx filter, uint32_t action, int number,
                        struct scmp_arg_cmp compared)
{
    return seccomp_rule_add_array(filter, action, number, 1, &compared);
}

/* The low 32 bits of an argument: what the kernel takes of an int. */
static struct scmp_arg_cmp low_is(unsigned argument, uint32_t value)
{
    return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = UINT32_MAX,
                                 .datum_b = value};
}

/* A name that this library or machine does not know grants nothing. */
static int add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
    for (; *names; names++) {
        int number = seccomp_syscall_resolve_name(*names);
        if (number == __NR_SCMP_ERROR)
            continue;
        int r = seccomp_rule_add(filter, action, number, 0);
        /* -EACCES: the default action already says this */
        if (r != 0 && r != -EEXIST && r != -EACCES && r != -EDOM)
            return r;
    }
    return 0;
}

static int add_ioctls(scmp_filter_ctx filter)
{
    int r = 0;
    for (size_t i = 0; i < array_count(plain_ioctls) && r == 0; i++)
        r = add_compared(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl),
                         low_is(1, (uint32_t)plain_ioctls[i]));
    return r;
}

static int add_sockets(scmp_filter_ctx filter, unsigned allow)
{
    static const struct {
        unsigned group;
        uint32_t family;
    } families[] = {{GROUP_SOCKETS, AF_UNIX}, {GROUP_NETLINK, AF_NETLINK}, {GROUP_NETLINK, AF_ALG}};
    int r = 0;
    for (size_t i = 0; i < array_count(families) && r == 0; i++)
        if (allow & families[i].group)
            r = add_compared(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
                             low_is(0, families[i].family));
    return r;
}

/* Threads only: the flags of clone(2) are in a register; those of clone3(2) are not, so it does not
 * exist here and the C library falls back. */
static int add_clone(scmp_filter_ctx filter, unsigned allow)
{
    const struct scmp_arg_cmp threads = {.arg = 0, .op = SCMP_CMP_MASKED_EQ,
                                         .datum_a = CLONE_THREAD, .datum_b = CLONE_THREAD};
    int r = 0;
    if ((allow & GROUP_THREADS) && !(allow & GROUP_PROCESSES))
        r = add_compared(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), threads);
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return r;
}

/* The C library's fstat(3) is newfstatat(2) with AT_EMPTY_PATH. A filter can't see whether the path
 * is empty; at worst a path's metadata is learnt, never its content. */
static int add_fstat(scmp_filter_ctx filter, const struct sandbox_row *row)
{
    if (row->allow & GROUP_FILES)
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 0);
    int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
                             SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
    if (r == 0 && (row->refuse & GROUP_FILES))
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1,
                             SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0));
    return r;
}

static int fill(scmp_filter_ctx filter, const struct sandbox_row *row)
{
    int r = 0;
    for (size_t i = 0; i < array_count(groups) && r == 0; i++)
        if (row->allow & groups[i].group)
            r = add_names(filter, SCMP_ACT_ALLOW, groups[i].names);
    for (size_t i = 0; i < array_count(groups) && r == 0; i++)
        if ((row->refuse & groups[i].group) && !SANDBOX_SANITIZED)
            r = add_names(filter, SCMP_ACT_ERRNO(EACCES), groups[i].names);
    if (r == 0 && !SANDBOX_SANITIZED)
        r = add_fstat(filter, row);
    if (r == 0 && (row->allow & GROUP_PROCESSES))
        r = add_names(filter, SCMP_ACT_ALLOW, shed_names);
    if (r == 0 && !(row->allow & GROUP_IOCTL) && !SANDBOX_SANITIZED)
        r = add_ioctls(filter);
    if (r == 0)
        r = add_sockets(filter, row->allow);
    if (r == 0)
        r = add_clone(filter, SANDBOX_SANITIZED ? 0 : row->allow);
    if (r == 0 && SANDBOX_SANITIZED)
        r = add_names(filter, SCMP_ACT_ALLOW, sanitizer_names);
    return r;
}

/* A second filter, which refuses only: no descriptor below the limit may be closed or replaced. The
 * kernel takes 32 bits of the register, so a number above them is refused as well. */
static int enter_reserved(int below)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return -ENOMEM;
    const uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
    const struct {
        int number;
        unsigned argument; /* which one is replaced or closed */
    } calls[] = {{SCMP_SYS(close), 0}, {SCMP_SYS(dup2), 1}, {SCMP_SYS(dup3), 1}};
    int r = 0;
    for (size_t i = 0; i < array_count(calls) && r == 0; i++) {
        struct scmp_arg_cmp low = {.arg = calls[i].argument, .op = SCMP_CMP_LT,
                                   .datum_a = (scmp_datum_t)below};
        struct scmp_arg_cmp high = {.arg = calls[i].argument, .op = SCMP_CMP_GT,
                                    .datum_a = UINT32_MAX};
        r = add_compared(filter, refuse, calls[i].number, low);
        if (r == 0)
            r = add_compared(filter, refuse, calls[i].number, high);
    }
    if (r == 0)
        r = seccomp_rule_add(filter, refuse, SCMP_SYS(close_range), 0);
    if (r == 0) /* once for each event: looked for first */
        r = seccomp_syscall_priority(filter, SCMP_SYS(close), UINT8_MAX);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}

int syscalls_enter(const struct sandbox_row *row, int reserved_fd_below)
{
    if (reserved_fd_below > 0) {
        int r = enter_reserved(reserved_fd_below);
        if (r != 0)
            return r;
    }
    scmp_filter_ctx filter =
        seccomp_init(row->kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return -ENOMEM;
    int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (r == 0 && !row->kill)
        r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
    if (r == 0)
        r = fill(filter, row);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}
