/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refused.c owns the filters of sekisho-room, of the programs in rooms and of those that tell of incidents.
 * Nobody can list what an office suite or a mail program calls, so these refuse a list and allow the rest:
 * what reaches into other processes, other namespaces, the kernel's own insides or rarely tested code. They
 * must never refuse what an ordinary program can't do without. In rooms the second filter adds to the first,
 * which it inherits. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include "sandbox/internal.h"

#define NETLINK_ROUTE_ONLY 0u  /* linux/netlink.h: NETLINK_ROUTE */
#define NETLINK_UEVENT     15u /* NETLINK_KOBJECT_UEVENT: libudev, of the room's own network */

/* Neither sekisho-room nor anything in a room needs these. */
static const char *const everywhere[] = {
    /* the kernel's own */
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module",
    "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "iopl", "ioperm", "modify_ldt", "uselib", "lookup_dcookie", "nfsservctl", "syslog",
    /* the machine's */
    "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "settimeofday",
    "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64", "adjtimex", "stime",
    "vhangup", "fanotify_init", "fanotify_mark", "open_by_handle_at", "setns",
    /* keys are not bound to a namespace */
    "add_key", "keyctl", "request_key",
    /* other processes' memory and descriptors */
    "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", NULL};

/* The leak checker of test builds traces its own process. */
static const char *const tracing[] = {"ptrace", NULL};

static const char *const mounting[] = {
    "mount", "umount", "umount2", "pivot_root", "fsopen", "fsconfig", "fsmount", "fspick",
    "open_tree", "open_tree_attr", "move_mount", "mount_setattr", "sethostname", "setdomainname", NULL};

static const char *const inside_only[] = {"chroot", "unshare", NULL};

/* sekisho-room itself keeps the kernel quiet about rooms by one (room/quiet.c). */
static const char *const kernel_programs[] = {"bpf", NULL};

/* What anybody outside may read of every process by its number alone, whatever hides it in /proc:
 * getpriority(2), ioprio_get(2), sched_getattr(2), sched_getaffinity(2). */
static const char *const told_to_all[] = {"setpriority",    "ioprio_set",         "sched_setattr",
                                          "sched_setparam", "sched_setscheduler", "sched_setaffinity",
                                          NULL};

/* error 0: the caller is told that it was done. */
static int answer_names(scmp_filter_ctx filter, int error, const char *const *names)
{
    for (; *names; names++) {
        int number = seccomp_syscall_resolve_name(*names);
        if (number == __NR_SCMP_ERROR)
            continue;
        int r = seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)error), number, 0);
        /* -EDOM: not on this machine */
        if (r != 0 && r != -EEXIST && r != -EDOM)
            return r;
    }
    return 0;
}

static int refuse_if(scmp_filter_ctx filter, int error, int number, struct scmp_arg_cmp first)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((uint32_t)error), number, 1, &first);
}

static struct scmp_arg_cmp compare(unsigned argument, enum scmp_compare op, uint64_t a, uint64_t b)
{
    return (struct scmp_arg_cmp){.arg = argument, .op = op, .datum_a = a, .datum_b = b};
}

/* New namespaces of any kind. The flags of clone3(2) are not in a register, so it does not exist
 * here and the C library falls back. */
static int refuse_namespaces(scmp_filter_ctx filter)
{
    static const uint64_t flags[] = {CLONE_NEWNS,  CLONE_NEWUSER, CLONE_NEWPID,   CLONE_NEWNET,
                                     CLONE_NEWIPC, CLONE_NEWUTS,  CLONE_NEWCGROUP};
    int r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; i < array_count(flags) && r == 0; i++)
        r = refuse_if(filter, EPERM, SCMP_SYS(clone),
                      compare(0, SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
    return r;
}

/* Typing into a terminal that somebody else reads. The kernel takes 32 bits of the request. */
static int refuse_terminal_tricks(scmp_filter_ctx filter)
{
    static const uint64_t requests[] = {TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS};
    int r = 0;
    for (size_t i = 0; i < array_count(requests) && r == 0; i++)
        r = refuse_if(filter, EPERM, SCMP_SYS(ioctl),
                      compare(1, SCMP_CMP_MASKED_EQ, UINT32_MAX, requests[i]));
    return r;
}

/* AF_UNIX, AF_INET, AF_INET6 and two kinds of AF_NETLINK stay. Others are rarely tested, or are bound
 * to no network namespace, as AF_VSOCK, which leads to a virtual machine's host. */
static int refuse_families(scmp_filter_ctx filter)
{
    int r = 0;
    for (uint64_t family = 0; family < AF_NETLINK && r == 0; family++)
        if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
            r = refuse_if(filter, EAFNOSUPPORT, SCMP_SYS(socket),
                          compare(0, SCMP_CMP_EQ, family, 0));
    if (r == 0)
        r = refuse_if(filter, EAFNOSUPPORT, SCMP_SYS(socket),
                      compare(0, SCMP_CMP_GT, AF_NETLINK, 0));
    struct scmp_arg_cmp netlink[2] = {compare(0, SCMP_CMP_EQ, AF_NETLINK, 0),
                                      compare(2, SCMP_CMP_GT, NETLINK_UEVENT, 0)};
    if (r == 0)
        r = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 2,
                                   netlink);
    for (uint64_t kind = NETLINK_ROUTE_ONLY + 1; kind < NETLINK_UEVENT && r == 0; kind++) {
        netlink[1] = compare(2, SCMP_CMP_EQ, kind, 0);
        r = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 2,
                                   netlink);
    }
    return r;
}

/* A limit of 1 keeps the kernel from piping a core to a handler outside (cores_forbid_inherited); 0
 * would not, so nobody may change it. Programs that switch their cores off are told that it worked. */
static int keep_core_limit(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp setting[2] = {compare(1, SCMP_CMP_MASKED_EQ, UINT32_MAX, RLIMIT_CORE),
                                      compare(2, SCMP_CMP_NE, 0, 0)};
    int r = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(0), SCMP_SYS(prlimit64), 2, setting);
    return r == 0 ? refuse_if(filter, 0, SCMP_SYS(setrlimit),
                              compare(0, SCMP_CMP_MASKED_EQ, UINT32_MAX, RLIMIT_CORE))
                  : r;
}

/* A process' name and its share of the processor are the kernel's hints and programs' courtesy: who sets
 * one is told that it worked, and nothing changes. A name would go to everybody who listens to the
 * process connector (from Linux 6.6 on anybody may). */
static int keep_what_all_see(scmp_filter_ctx filter)
{
    int r = answer_names(filter, 0, told_to_all);
    return r == 0 ? refuse_if(filter, 0, SCMP_SYS(prctl),
                              compare(0, SCMP_CMP_MASKED_EQ, UINT32_MAX, PR_SET_NAME))
                  : r;
}

/* How long a file's content is going to live, said through any descriptor of it: before Linux 6.9 the kernel
 * keeps it with the inode, whoever owns it, and tells it to whoever opens the file elsewhere (fcntl(2)). */
static int refuse_hints(scmp_filter_ctx filter)
{
    static const uint64_t commands[] = {F_SET_RW_HINT, F_SET_FILE_RW_HINT};
    int r = 0;
    for (size_t i = 0; i < array_count(commands) && r == 0; i++)
        r = refuse_if(filter, EINVAL, SCMP_SYS(fcntl),
                      compare(1, SCMP_CMP_MASKED_EQ, UINT32_MAX, commands[i]));
    return r;
}

static int fill_inside(scmp_filter_ctx filter)
{
    int r = answer_names(filter, EPERM, mounting);
    if (r == 0)
        r = answer_names(filter, EPERM, inside_only);
    if (r == 0)
        r = answer_names(filter, EPERM, kernel_programs);
    if (r == 0)
        r = refuse_namespaces(filter);
    if (r == 0)
        r = refuse_terminal_tricks(filter);
    if (r == 0)
        r = refuse_families(filter);
    if (r == 0)
        r = refuse_hints(filter);
    if (r == 0)
        r = keep_core_limit(filter);
    if (r == 0)
        r = keep_what_all_see(filter);
    /* personalities loosen the layout of memory */
    if (r == 0)
        r = refuse_if(filter, EPERM, SCMP_SYS(personality), compare(0, SCMP_CMP_NE, 0, 0));
    return r;
}

int refused_enter_programs(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return -ENOMEM;
    int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    if (r == 0)
        r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    /* the leak checker of test builds traces its own process */
    const char *const *const lists[] = {everywhere, mounting, kernel_programs,
                                         SANDBOX_SANITIZED ? NULL : tracing};
    for (size_t i = 0; i < array_count(lists) && r == 0; i++)
        r = lists[i] ? answer_names(filter, EPERM, lists[i]) : 0;
    if (r == 0)
        r = refuse_terminal_tricks(filter);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}

int refused_enter(bool inside)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return -ENOMEM;
    int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    /* calls of other machines' conventions (32 bit) pass no list: they don't exist */
    if (r == 0)
        r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    if (r == 0)
        r = answer_names(filter, EPERM, everywhere);
    if (r == 0 && (inside || !SANDBOX_SANITIZED))
        r = answer_names(filter, EPERM, tracing);
    if (r == 0 && inside)
        r = fill_inside(filter);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}

int cores_forbid_inherited(void)
{
    /* core(5): 0 is not looked at where /proc/sys/kernel/core_pattern is a pipe; 1 is what the kernel
     * gives its own handlers, and such a process is never dumped */
    const struct rlimit one = {1, 1};
    return setrlimit(RLIMIT_CORE, &one) == 0 ? 0 : -errno;
}
