/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard-injector.c has another process, which waits in a system call, make one of ours: PID NUMBER ARGUMENT…
 * Prints its result. It stands for a fault in that process: what would the kernel let it do? */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#ifdef __x86_64__

#define SYSCALL_LEN 2 /* bytes of the instruction, which the stopped process has just behind it */

static int fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return 2;
}

static int make_call(pid_t pid, const struct user_regs_struct *was, const unsigned long long call[static 4])
{
    struct user_regs_struct regs = *was;
    int status;
    regs.rip = was->rip - SYSCALL_LEN;
    regs.rax = call[0];
    regs.rdi = call[1];
    regs.rsi = call[2];
    regs.rdx = call[3];
    regs.orig_rax = (unsigned long long)-1; /* nothing to begin anew */
    if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) != 0 || ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 ||
        waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
        ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0 || ptrace(PTRACE_SETREGS, pid, NULL, was) != 0)
        return fail("the call");
    printf("%lld\n", (long long)regs.rax);
    return 0;
}

int main(int count, char **arguments)
{
    struct user_regs_struct was;
    unsigned long long call[4] = {0};
    int status;
    if (count < 3 || count > 6)
        return 2;
    pid_t pid = (pid_t)strtol(arguments[1], NULL, 10);
    for (int i = 2; i < count; i++)
        call[i - 2] = strtoull(arguments[i], NULL, 10);
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0 ||
        waitpid(pid, &status, 0) != pid || ptrace(PTRACE_GETREGS, pid, NULL, &was) != 0)
        return fail("stopping it");
    if ((long long)was.orig_rax < 0) {
        fputs("it waits in no system call\n", stderr);
        return 3;
    }
    int r = make_call(pid, &was, call);
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
    return r;
}

#else

int main(void)
{
    return 77; /* another machine, other registers */
}

#endif
