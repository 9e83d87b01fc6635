/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kill-step.c ends a process with SIGKILL at its n-th step: before the n-th system call that changes
 * something others can see, or right after one that told another process something, while those others are
 * held. It must never change what the process does otherwise, and must never be installed.
 *
 *   kill-step [OPTION]… attach PID STEP
 *   kill-step [OPTION]… run STEP PROGRAM ARGUMENT…
 *     -o FILE  the result goes there: "STEP CALL" of the one who was killed, "0 COUNT" when it was not reached
 *     -r FILE  made when the process is watched
 *     -k PID   this one dies with it
 *     -h PID   this one is held while the process tells somebody something and dies
 *     -e N     steps are counted from its N-th execve(2) on
 *     -v       each step is listed, on the standard output
 * STEP 0 kills nobody. SIGTERM ends the watching. run exits as the program does. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"

#define OTHERS_MAX  16   /* of each kind */
#define THREADS_MAX 1024 /* that tell something at the same time */
#define NEW_FLAGS   (O_CREAT | O_TRUNC)

enum when { ALWAYS, IF_NEW, IF_NEW_HOW, NOT_LOG };

/* What changes something outside of the process. `tells`: another process hears of it at once. */
static const struct call {
    long number;
    const char *name;
    enum when when;
    bool tells;
} calls[] = {
#define CALL(name) {SYS_##name, #name, ALWAYS, false}
    {SYS_write, "write", NOT_LOG, false},
    {SYS_writev, "writev", NOT_LOG, false},
    CALL(pwrite64), CALL(pwritev),
    {SYS_sendmsg, "sendmsg", ALWAYS, true},
    {SYS_sendto, "sendto", ALWAYS, true},
    {SYS_openat, "openat", IF_NEW, false},
    {SYS_openat2, "openat2", IF_NEW_HOW, false},
    CALL(connect), CALL(shutdown), CALL(fsync), CALL(fdatasync), CALL(syncfs), CALL(sync_file_range),
    CALL(renameat2), CALL(linkat), CALL(symlinkat), CALL(unlinkat), CALL(mkdirat), CALL(mknodat),
    CALL(ftruncate), CALL(truncate), CALL(fallocate), CALL(fchown), CALL(fchownat), CALL(fchmod),
    CALL(fchmodat), CALL(utimensat), CALL(ioctl), CALL(mount), CALL(umount2), CALL(move_mount),
    CALL(fsmount), CALL(fsconfig), CALL(open_tree), CALL(mount_setattr), CALL(copy_file_range),
    CALL(sendfile), CALL(exit_group),
#ifdef SYS_renameat
    CALL(renameat),
#endif
#ifdef SYS_rename
    CALL(rename), CALL(link), CALL(unlink), CALL(mkdir), CALL(rmdir), CALL(chmod), CALL(chown),
    {SYS_open, "open", ALWAYS, false},
#endif
};

struct watched {
    pid_t victim, kill[OTHERS_MAX], hold[OTHERS_MAX];
    size_t kills, holds;
    const char *result;
    uint64_t step, count;
    uint64_t execs, exec; /* so far, and the one from which steps are counted */
    bool list, counting, held, own; /* own: we started the process */
};

static volatile sig_atomic_t over;

static void on_term(int signal)
{
    (void)signal;
    over = 1;
}

static void die(const char *what)
{
    fprintf(stderr, "kill-step: %s: %s\n", what, strerror(errno));
    exit(125);
}

static void touch(const char *path)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) : -1;
    if (fd >= 0)
        close(fd);
}

static void say(const struct watched *w, const char *call)
{
    FILE *f = w->result ? fopen(w->result, "we") : NULL;
    if (!f)
        return;
    if (call)
        fprintf(f, "%llu %s\n", (unsigned long long)w->step, call);
    else
        fprintf(f, "0 %llu\n", (unsigned long long)w->count);
    fclose(f);
}

static void signal_all(const pid_t *pids, size_t count, int number)
{
    for (size_t i = 0; i < count; i++)
        kill(pids[i], number);
}

static const struct call *step_of(pid_t thread, const struct __ptrace_syscall_info *info)
{
    for (size_t i = 0; i < array_count(calls); i++) {
        const struct call *c = &calls[i];
        if ((uint64_t)c->number != info->entry.nr)
            continue;
        errno = 0;
        long how = c->when == IF_NEW_HOW ? ptrace(PTRACE_PEEKDATA, thread, info->entry.args[2], 0) : 0;
        bool is = c->when == NOT_LOG  ? info->entry.args[0] != STDERR_FILENO
                  : c->when == IF_NEW ? (info->entry.args[2] & NEW_FLAGS) != 0
                                      : c->when != IF_NEW_HOW || errno != 0 || (how & NEW_FLAGS);
        return is ? c : NULL;
    }
    return NULL;
}

/* Everything that was meant dies now; whoever was held goes on when it is dead. */
static void strike(struct watched *w, const char *when, const char *call)
{
    char text[64];
    int status;
    kill(w->victim, SIGKILL);
    signal_all(w->kill, w->kills, SIGKILL);
    for (pid_t gone; (gone = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;)
        if (gone == w->victim && !WIFSTOPPED(status))
            break;
    signal_all(w->hold, w->holds, SIGCONT);
    snprintf(text, sizeof text, "%s %s", when, call);
    say(w, text);
    exit(w->own ? 128 + SIGKILL : 0);
}

static void count_step(struct watched *w, const char *when, const char *call)
{
    w->count++;
    if (w->list) {
        printf("%llu %s %s\n", (unsigned long long)w->count, when, call);
        fflush(stdout);
    }
    if (w->count == w->step)
        strike(w, when, call);
}

static void release(struct watched *w)
{
    if (w->held)
        signal_all(w->hold, w->holds, SIGCONT);
    w->held = false;
}

static void at_call(struct watched *w, pid_t thread)
{
    struct __ptrace_syscall_info info;
    static const char *told[THREADS_MAX]; /* by thread: the call that tells and is under way */
    static pid_t tellers[THREADS_MAX];
    if (!w->counting || ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0)
        return;
    size_t slot = (size_t)thread % THREADS_MAX;
    if (info.op == PTRACE_SYSCALL_INFO_EXIT && told[slot] && tellers[slot] == thread) {
        const char *call = told[slot];
        told[slot] = NULL;
        if (!info.exit.is_error)
            count_step(w, "after", call);
        release(w);
    }
    const struct call *c = info.op == PTRACE_SYSCALL_INFO_ENTRY ? step_of(thread, &info) : NULL;
    if (!c)
        return;
    count_step(w, "before", c->name);
    if (!c->tells)
        return;
    told[slot] = c->name;
    tellers[slot] = thread;
    w->held = w->count + 1 == w->step;
    if (w->held)
        signal_all(w->hold, w->holds, SIGSTOP);
}

/* The exit status that a shell would say. */
static int watch(struct watched *w)
{
    for (;;) {
        int status, signal = 0;
        pid_t thread = waitpid(-1, &status, __WALL);
        if (over || (thread < 0 && errno == ECHILD)) {
            release(w);
            say(w, NULL);
            return 0;
        }
        if (thread < 0)
            continue;
        if (!WIFSTOPPED(status)) {
            if (thread != w->victim)
                continue;
            release(w);
            say(w, NULL);
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        int event = status >> 16;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80))
            at_call(w, thread);
        else if (event == PTRACE_EVENT_EXEC)
            w->counting = ++w->execs >= w->exec;
        else if (event == 0)
            signal = WSTOPSIG(status);
        /* one that is stopped for good stays so until somebody lets it go on */
        bool group = event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP;
        if (ptrace(group ? PTRACE_LISTEN : PTRACE_SYSCALL, thread, 0, signal) != 0 && errno != ESRCH)
            die("ptrace");
    }
}

/* 0 is watched from now on, 1 ended meanwhile or was watched already, as a thread of a watched one */
static int seize(pid_t thread)
{
    if (ptrace(PTRACE_SEIZE, thread, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC) == 0 &&
        ptrace(PTRACE_INTERRUPT, thread, 0, 0) == 0)
        return 0;
    if (errno != ESRCH && errno != EPERM)
        die("the process can't be watched");
    return 1;
}

static void seize_process(pid_t pid)
{
    if (seize(pid) != 0)
        die("the process can't be watched");
}

static pid_t number(const char *text)
{
    uint64_t value;
    if (str_to_u64(text, INT32_MAX, &value) != 0) {
        errno = EINVAL;
        die(text);
    }
    return (pid_t)value;
}

/* Threads come and go while they are looked through: all are watched when one look finds no other. */
static void attach(struct watched *w)
{
    char path[64];
    seize_process(w->victim);
    snprintf(path, sizeof path, "/proc/%d/task", (int)w->victim);
    for (bool again = true; again;) {
        autodir DIR *list = opendir(path);
        if (!list)
            die(path);
        again = false;
        for (struct dirent *d; (d = readdir(list));)
            if (d->d_name[0] != '.' && seize(number(d->d_name)) == 0)
                again = true;
    }
    w->counting = true;
}

static void start(struct watched *w, char **argv)
{
    int go[2];
    char byte;
    if (pipe2(go, O_CLOEXEC) != 0)
        die("pipe");
    w->victim = fork();
    if (w->victim < 0)
        die("fork");
    w->own = true;
    if (w->victim == 0) {
        while (read(go[0], &byte, 1) != 1) {
        }
        execv(argv[0], argv);
        _exit(127);
    }
    seize_process(w->victim);
    if (write(go[1], "", 1) != 1)
        die("pipe");
    /* its sockets are its own: nobody else may keep them open */
    close_range(STDERR_FILENO + 1, ~0u, 0);
}

int main(int argc, char **argv)
{
    struct watched w = {0};
    const char *ready = NULL;
    for (int o; (o = getopt(argc, argv, "+o:r:k:h:e:v")) != -1;) {
        if (o == 'o')
            w.result = optarg;
        else if (o == 'r')
            ready = optarg;
        else if (o == 'k' && w.kills < OTHERS_MAX)
            w.kill[w.kills++] = number(optarg);
        else if (o == 'h' && w.holds < OTHERS_MAX)
            w.hold[w.holds++] = number(optarg);
        else if (o == 'e')
            w.exec = (uint64_t)number(optarg);
        else if (o == 'v')
            w.list = true;
        else
            return 125;
    }
    argv += optind;
    if (argc - optind < 3)
        return 125;
    struct sigaction term = {.sa_handler = on_term};
    sigaction(SIGTERM, &term, NULL);
    if (str_eq(argv[0], "attach")) {
        w.victim = number(argv[1]);
        w.step = (uint64_t)number(argv[2]);
        attach(&w);
    } else {
        w.step = (uint64_t)number(argv[1]);
        start(&w, argv + 2);
    }
    touch(ready);
    return watch(&w);
}
