/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ways-peek.c is two programs of a user in tests/system/ways-out: one that holds a file's text open, in
 * memory, in a memfd and in its environment (ways-peek hold FILE), and one that takes it from the first
 * from outside: ways-peek ptrace|vm|mem|fd PID prints what it got. It is linked to a fixed address, so
 * that the second knows where the text lies without asking. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELD_FD 9

static char held[4096];

static void load(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, held, sizeof held - 1) < 1 || dup2(fd, HELD_FD) < 0)
        err(1, "%s", path);
}

/* environ is read from the stack of the process as it was at exec: so once more, with the text there */
static int hold(char **arguments)
{
    load(arguments[2]);
    int mem = memfd_create("held", 0);
    if (mem < 0 || write(mem, held, strlen(held)) < 0)
        err(1, "memfd");
    if (!getenv("HELD")) {
        setenv("HELD", held, 1);
        execv("/proc/self/exe", arguments);
        err(1, "exec");
    }
    pause();
    return 0;
}

/* Ends by a signal with the text in memory and asks for as large a core file as it may have. */
static int crash(const char *path)
{
    load(path);
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    core.rlim_cur = core.rlim_max;
    setrlimit(RLIMIT_CORE, &core);
    prctl(PR_SET_DUMPABLE, 1);
    abort();
}

/* Ends by reading where nothing is, with the text before the instruction that reads: the kernel's log tells
 * the bytes around it. */
static int fault(const char *path)
{
    load(path);
#ifdef __x86_64__
    static const unsigned char read_nowhere[] = {0x8a, 0x04, 0x25, 0, 0, 0, 0}; /* mov 0, %al */
    enum { PAGE = 4096, AT = 64, BEFORE = 24 }; /* the log holds 42 bytes before the instruction, if they can be read */
    unsigned char *code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED)
        err(1, "mmap");
    memcpy(code + AT - BEFORE, held, BEFORE);
    memcpy(code + AT, read_nowhere, sizeof read_nowhere);
    if (mprotect(code, PAGE, PROT_READ | PROT_EXEC) != 0)
        err(1, "mprotect");
    signal(SIGSEGV, SIG_DFL);
    void (*enter)(void);
    unsigned char *at = code + AT;
    memcpy(&enter, &at, sizeof enter);
    enter();
#endif
    return 0;
}

static void show(const char *text, ssize_t n)
{
    if (n <= 0)
        err(1, "nothing read");
    fwrite(text, 1, (size_t)n, stdout);
}

static void take_by_ptrace(pid_t pid)
{
    long word;
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
        err(1, "ptrace");
    waitpid(pid, NULL, 0);
    for (size_t i = 0; i < 256; i += sizeof word) {
        word = ptrace(PTRACE_PEEKDATA, pid, held + i, NULL);
        memcpy(held + i, &word, sizeof word);
    }
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
    show(held, 256);
}

static void take_by_vm(pid_t pid)
{
    char text[256];
    struct iovec to = {text, sizeof text}, from = {held, sizeof text};
    show(text, process_vm_readv(pid, &to, 1, &from, 1, 0));
}

static void take_by_mem(pid_t pid)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    show(text, fd < 0 ? -1 : pread(fd, text, sizeof text, (off_t)(size_t)held));
}

static void take_by_fd(pid_t pid)
{
    char text[256];
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, HELD_FD, 0);
    show(text, fd < 0 ? -1 : pread(fd, text, sizeof text, 0));
}

/* The other end of ways-copy's shm and message: made outside, waits at most two seconds. */
static int wait_for_shm(const char *key)
{
    int id = shmget((key_t)strtol(key, NULL, 0), sizeof held, IPC_CREAT | 0666);
    const char *there = id < 0 ? (char *)-1 : shmat(id, NULL, SHM_RDONLY);
    if (there == (char *)-1)
        err(1, "shm");
    for (int i = 0; i < 20 && there[0] == '\0'; i++)
        usleep(100000);
    shmctl(id, IPC_RMID, NULL);
    show(there, there[0] == '\0' ? 0 : 256);
    return 0;
}

static int wait_for_message(const char *key)
{
    struct {
        long type;
        char text[4096];
    } letter;
    int id = msgget((key_t)strtol(key, NULL, 0), IPC_CREAT | 0666);
    ssize_t n = -1;
    for (int i = 0; i < 20 && n < 0; i++) {
        n = msgrcv(id, &letter, sizeof letter.text, 0, IPC_NOWAIT);
        usleep(100000);
    }
    msgctl(id, IPC_RMID, NULL);
    show(letter.text, n);
    return 0;
}

int main(int count, char **arguments)
{
    if (count != 3)
        errx(2, "usage: ways-peek hold|crash|fault FILE, ptrace|vm|mem|fd PID, shm|message KEY");
    const char *what = arguments[1];
    pid_t pid = (pid_t)strtol(arguments[2], NULL, 10);
    if (strcmp(what, "hold") == 0)
        return hold(arguments);
    if (strcmp(what, "crash") == 0)
        return crash(arguments[2]);
    if (strcmp(what, "fault") == 0)
        return fault(arguments[2]);
    if (strcmp(what, "shm") == 0)
        return wait_for_shm(arguments[2]);
    if (strcmp(what, "message") == 0)
        return wait_for_message(arguments[2]);
    if (strcmp(what, "ptrace") == 0)
        take_by_ptrace(pid);
    if (strcmp(what, "vm") == 0)
        take_by_vm(pid);
    if (strcmp(what, "mem") == 0)
        take_by_mem(pid);
    if (strcmp(what, "fd") == 0)
        take_by_fd(pid);
    return 0;
}
