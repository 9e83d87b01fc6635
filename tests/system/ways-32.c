/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ways-32.c is a 32-bit program without a library: ways-32 SOURCE TARGET copies the first 4 KiB through
 * the 32-bit system calls, whose numbers a filter for the 64-bit ones does not know. */
enum { CALL_EXIT = 1, CALL_READ = 3, CALL_WRITE = 4, CALL_OPEN = 5 };
#define WRITE_CREATE 0101 /* O_WRONLY | O_CREAT */

static long call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

__attribute__((used)) static void run(const char **stack)
{
    static char text[4096];
    long in = call(CALL_OPEN, (long)stack[2], 0, 0);
    long out = call(CALL_OPEN, (long)stack[3], WRITE_CREATE, 0644);
    long n = call(CALL_READ, in, (long)text, sizeof text);
    long written = call(CALL_WRITE, out, (long)text, n);
    call(CALL_EXIT, in < 0 || out < 0 || written != n, 0, 0);
}

/* argc and the arguments lie on the stack where the kernel put them */
__asm__(".globl _start\n_start: mov %esp, %eax\n push %eax\n call run\n");
